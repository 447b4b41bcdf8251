import { absenteeProblem, absenteesOf } from './trusted-absentees.js'
import type { RuleOn } from './rule.js'

/**
 * The trust policy names a service account in a namespace that does not exist. Whoever may create namespaces owns what is
 * in them, creates the service account too and has the role's permissions. Said only where all service accounts and
 * namespaces of the cluster were read, once for a role.
 */
export const absentNamespace: RuleOn<'role'> = {
  id: 'absent-namespace',
  severity: 'medium',
  summary: 'the trust policy names a service account in a namespace that does not exist',
  since: '0.1.0',
  kind: 'exposure',
  on: 'role',

  *check({ role }) {
    const absentees = absenteesOf(role).filter(({ mayHaveNamespace }) => !mayHaveNamespace)
    const problem = absenteeProblem(
      absentees,
      (places) =>
        `the role admits ${places}, whose namespace does not exist: whoever creates the namespace has the role`,
    )
    if (problem !== undefined)
      yield { ...problem, help: 'remove the service account from the trust policy, or the role with it' }
  },
}
