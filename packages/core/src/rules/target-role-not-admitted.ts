import { isUnknown } from '../inventory.js'
import { quoted } from '../text/quote.js'
import { targetHopOutcome } from '../trust/pod-identity-hops.js'
import { associationSubject } from './association-subject.js'
import { refusalOf } from './refused-hop.js'
import type { RuleOn } from './rule.js'

/**
 * The target role of an association does not let the association's role in: its pods get no credentials, for EKS hands
 * out those of the target alone. The session tags travel along, so both actions must be allowed there too.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/pod-id-assign-target-role.html
 */
export const targetRoleNotAdmitted: RuleOn<'inventory'> = {
  id: 'target-role-not-admitted',
  severity: 'high',
  summary: 'the target role of a Pod Identity association does not let its role in',
  since: '0.1.0',
  kind: 'breakage',
  needs: ['associations'],
  on: 'inventory',

  *check({ inventory }) {
    for (const association of inventory.facts.associations) {
      const { roleArn, targetRoleArn } = association
      if (targetRoleArn === undefined || isUnknown(targetRoleArn) || isUnknown(roleArn)) continue
      const refusal = refusalOf(targetHopOutcome, inventory.rolesOf(targetRoleArn), association, {
        ...inventory,
        nobody: () => `no statement of it names ${quoted(roleArn)} or its account`,
      })
      if (refusal === undefined || !inventory.isJudged(refusal.role)) continue
      const { role, why, certainty } = refusal
      yield {
        subject: associationSubject(association),
        role,
        location: association.location,
        related: [{ location: role.trustPolicy.location, note: 'the trust policy of the target role' }],
        blamed: role.key,
        message: `the target role ${quoted(role.name)} ${certainty === undefined ? 'does not let' : 'is expected not to let'} ${quoted(roleArn)} in: ${why}`,
        ...(certainty === undefined ? {} : { certainty }),
        help: "allow `sts:AssumeRole` and `sts:TagSession` to the association's role, under conditions that the association meets",
      }
    }
  },
}
