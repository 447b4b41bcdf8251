import { isUnknown } from '../inventory.js'
import { quoted } from '../text/quote.js'
import type { RoleSubject, RuleOn } from './rule.js'
import { namedPrincipals } from './service-principal.js'

/** What IAM makes of the ARN of a role or user that is deleted. */
const UNIQUE_ID = /^A(?:RO|ID)A[A-Z0-9]{12,124}$/

/**
 * The trust policy of a role for pods names a role or user by its unique id. IAM shows it so when that one is deleted; one
 * that is made again under the name gets another id and is not meant. Harmless, but a sign that somebody no longer gets in.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export const stalePrincipal: RuleOn<'role'> = {
  id: 'stale-principal',
  severity: 'info',
  summary: 'the trust policy names a role or user that was deleted',
  since: '0.1.0',
  kind: 'hygiene',
  on: 'role',

  *check({ role }) {
    if (!role.isPodRole && !isTarget(role)) return
    for (const { value, pointer } of namedPrincipals(role, 'AWS')) {
      if (!UNIQUE_ID.test(value)) continue
      yield {
        at: pointer,
        message: `${quoted(value)} is the id of a ${value.startsWith('AROA') ? 'role' : 'user'} that was deleted: one of the same name is another one to IAM`,
        help: 'remove it, or name by its ARN the one that is meant today',
      }
    }
  },
}

/** Whether associations lead to the role by another one, which it then trusts. */
function isTarget({ role: { arn }, facts }: RoleSubject): boolean {
  return (
    arn !== undefined &&
    facts.associations.some(
      ({ targetRoleArn }) =>
        targetRoleArn !== undefined && !isUnknown(targetRoleArn) && targetRoleArn === arn,
    )
  )
}
