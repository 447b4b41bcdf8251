import type { ServiceAccount } from '../inventory.js'
import { quoted } from '../text/quote.js'
import { AnnotatedRole } from './annotated-role.js'
import { associationOf, placeText, serviceAccountSubject } from './kubernetes-subject.js'
import { roleArnParts } from './role-annotation.js'
import type { RuleOn } from './rule.js'

/**
 * A service account names a role that does not admit it. The webhook gives its pods a token and the role's ARN without
 * asking IAM, and the first call to AWS fails. Asked of the possible set of the role, for a token of the audience that the
 * service account asks for; what differs from the nearest service account that gets in is in the message.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
 */
export const annotationNotAdmitted: RuleOn<'inventory'> = {
  id: 'annotation-not-admitted',
  severity: 'high',
  summary: 'a service account names a role that does not admit it',
  since: '0.1.0',
  kind: 'breakage',
  on: 'inventory',

  *check({ inventory }) {
    const { facts, now } = inventory
    for (const [arn, accounts] of byRole(facts.serviceAccounts ?? [])) {
      const roles = inventory.rolesOf(arn).map((role) => new AnnotatedRole(role, facts, now))
      const [first] = roles
      if (first === undefined) continue
      for (const account of accounts) {
        if (roles.some((role) => role.mayAdmit(account)) || associationOf(account, facts) !== undefined)
          continue
        yield {
          subject: serviceAccountSubject(account),
          role: first.role,
          location: account.roleArnLocation ?? account.location,
          related: [{ location: first.role.trustPolicy.location, note: 'the trust policy of the role' }],
          blamed: arn,
          message: `the role ${quoted(first.role.name)} does not admit ${placeText(account)}: ${first.nearestMiss(account)}`,
          help: 'name the service account in the trust policy of the role, or the right role in the annotation',
        }
      }
    }
  },
}

/** Service accounts by the role they name, so that each role is analyzed once and one at a time. */
function byRole(accounts: readonly ServiceAccount[]): ReadonlyMap<string, readonly ServiceAccount[]> {
  const groups = new Map<string, ServiceAccount[]>()
  for (const account of accounts) {
    const { roleArn } = account
    if (roleArn === undefined || roleArnParts(roleArn) === undefined) continue
    const group = groups.get(roleArn)
    if (group === undefined) groups.set(roleArn, [account])
    else group.push(account)
  }
  return groups
}
