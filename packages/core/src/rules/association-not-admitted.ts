import type { PodIdentityAssociation, Role } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { POD_IDENTITY_SERVICE } from '../mechanisms/pod-identity.js'
import { parseProviderArn } from '../mechanisms/provider-arn.js'
import type { TrustPolicy } from '../policy/ast.js'
import { quoted } from '../text/quote.js'
import { firstHopOutcome } from '../trust/pod-identity-hops.js'
import { associationSubject } from './association-subject.js'
import { refusalOf } from './refused-hop.js'
import type { Refusal } from './refused-hop.js'
import type { InventorySubject, RuleOn } from './rule.js'

/**
 * The role of an association does not let it in: its pods get no credentials. EKS checks the trust policy when the
 * association is made and not again, so an edit breaks it in silence. One request is evaluated, for the names and the
 * cluster of the association, with its session tags or without; both actions must be allowed.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html
 */
export const associationNotAdmitted: RuleOn<'inventory'> = {
  id: 'association-not-admitted',
  severity: 'high',
  summary: 'the role of a Pod Identity association does not let it in',
  since: '0.1.0',
  kind: 'breakage',
  needs: ['associations'],
  on: 'inventory',

  *check({ inventory }) {
    for (const association of inventory.facts.associations) {
      const refusal = firstRefusal(association, inventory)
      if (refusal === undefined || !inventory.isJudged(refusal.role)) continue
      const { role, why, certainty } = refusal
      yield {
        subject: associationSubject(association),
        role,
        location: association.location,
        related: [{ location: role.trustPolicy.location, note: 'the trust policy of the role' }],
        blamed: role.key,
        message: `the role ${quoted(role.name)} ${certainty === undefined ? 'does not let' : 'is expected not to let'} the association in: ${why}`,
        ...(certainty === undefined ? {} : { certainty }),
        help: 'allow `sts:AssumeRole` and `sts:TagSession` to `pods.eks.amazonaws.com` under conditions that the association meets, or give it another role',
      }
    }
  },
}

function firstRefusal(association: PodIdentityAssociation, inventory: InventorySubject): Refusal | undefined {
  const { roleArn, roleKey } = association
  const linked = roleKey === undefined ? undefined : inventory.roleOfKey(roleKey)
  const named = isUnknown(roleArn) ? [] : inventory.rolesOf(roleArn)
  const roles = linked === undefined ? named : [linked]
  const elsewhere = roles.find((role) => isElsewhere(association, role))
  if (elsewhere !== undefined)
    return {
      role: elsewhere,
      why: `it is of account ${quoted(elsewhere.account ?? '')}, and EKS takes only roles of the account of the cluster`,
    }
  return refusalOf(firstHopOutcome, roles, association, { ...inventory, nobody: nobodyText })
}

function isElsewhere({ account, clusterArn }: PodIdentityAssociation, role: Role): boolean {
  const own = account ?? clusterArn?.split(':')[4]
  return own !== undefined && role.account !== undefined && own !== role.account
}

function nobodyText({ statements }: TrustPolicy): string {
  const entries = statements.flatMap(({ effect, principal }) =>
    effect === 'Deny' || principal.kind !== 'principals' ? [] : principal.entries,
  )
  const meant = entries.find(({ type }) => type === 'Service')
  if (meant !== undefined)
    return `it trusts ${quoted(meant.value)}, and Pod Identity is ${quoted(POD_IDENTITY_SERVICE)}`
  return entries.some(({ value }) => parseProviderArn(value) !== undefined)
    ? `it trusts an OIDC provider, which is for IRSA, and not ${quoted(POD_IDENTITY_SERVICE)}`
    : `no statement of it allows anything to ${quoted(POD_IDENTITY_SERVICE)}`
}
