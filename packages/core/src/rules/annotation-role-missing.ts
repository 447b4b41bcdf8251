import { quoted } from '../text/quote.js'
import { associationOf, serviceAccountSubject } from './kubernetes-subject.js'
import { isNear, roleArnParts } from './role-annotation.js'
import type { RuleOn } from './rule.js'

/**
 * A service account names a role that does not exist. Its pods get a token and an ARN, and every call to AWS fails. Said
 * only where all roles of the account were read: a role that is not in a part of them may be in the rest.
 */
export const annotationRoleMissing: RuleOn<'inventory'> = {
  id: 'annotation-role-missing',
  severity: 'medium',
  summary: 'a service account names a role that does not exist',
  since: '0.1.0',
  kind: 'breakage',
  on: 'inventory',

  *check({ inventory }) {
    const { serviceAccounts = [], complete = [] } = inventory.facts
    const accounts = new Set(complete.flatMap((one) => (one.kind === 'roles' ? [one.account] : [])))
    if (accounts.size === 0) return
    for (const account of serviceAccounts) {
      const { roleArn } = account
      const parts = roleArn === undefined ? undefined : roleArnParts(roleArn)
      if (roleArn === undefined || parts === undefined || !accounts.has(parts.account)) continue
      if (inventory.roleArns.has(roleArn) || inventory.rolesOf(roleArn).length > 0) continue
      if (associationOf(account, inventory.facts) !== undefined) continue
      const nearest = nearestOf(roleArn, inventory.roleArns)
      yield {
        subject: serviceAccountSubject(account),
        location: account.roleArnLocation ?? account.location,
        blamed: roleArn,
        message: `there is no role ${quoted(roleArn)}${nearest === undefined ? '' : `; ${nearest}`}`,
        help: 'create the role, or name one that exists',
      }
    }
  },
}

function nearestOf(arn: string, roleArns: ReadonlySet<string>): string | undefined {
  const wanted = roleArnParts(arn)
  let near: string | undefined
  for (const other of roleArns) {
    const parts = roleArnParts(other)
    if (parts === undefined || parts.account !== wanted?.account) continue
    if (parts.name === wanted.name) return `the one of that name has another path: ${quoted(other)}`
    if (isNear(wanted.name, parts.name)) near = `the nearest is ${quoted(other)}`
  }
  return near
}
