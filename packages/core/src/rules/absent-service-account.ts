import { absenteeProblem, absenteesOf } from './trusted-absentees.js'
import type { RuleOn } from './rule.js'

/**
 * The trust policy names a service account that does not exist. Whoever may create it in its namespace, or start a pod that
 * names it, has the role's permissions; nobody notices, for nothing else uses the name. Said only where all service
 * accounts of the cluster were read, once for a role.
 */
export const absentServiceAccount: RuleOn<'role'> = {
  id: 'absent-service-account',
  severity: 'low',
  summary: 'the trust policy names a service account that does not exist',
  since: '0.1.0',
  kind: 'exposure',
  on: 'role',

  *check({ role }) {
    const absentees = absenteesOf(role).filter(({ mayHaveNamespace }) => mayHaveNamespace)
    const problem = absenteeProblem(
      absentees,
      (places) => `the role admits ${places}, which does not exist: whoever creates it has the role`,
    )
    if (problem !== undefined)
      yield { ...problem, help: 'remove the service account from the trust policy, or the role with it' }
  },
}
