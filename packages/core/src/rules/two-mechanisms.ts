import { quoted } from '../text/quote.js'
import { serviceAccountSubject } from './kubernetes-subject.js'
import { doublyServed } from './pod-identity-reach.js'
import type { RuleOn } from './rule.js'

/**
 * A service account has the same role twice, by an annotation and by an association. The webhook looks for an association
 * first and then leaves the annotation alone, so the annotation does nothing but mislead. Where the roles differ, or where
 * the pods get nothing, another rule speaks.
 * @see amazon-eks-pod-identity-webhook, `buildPodPatchConfig`
 */
export const twoMechanisms: RuleOn<'inventory'> = {
  id: 'two-mechanisms',
  severity: 'info',
  summary: 'a service account has its role by an annotation and by an association',
  since: '0.1.0',
  kind: 'hygiene',
  needs: ['associations', 'service-accounts'],
  on: 'inventory',

  *check({ inventory: { facts } }) {
    for (const { account, association, given, stranded } of doublyServed(facts)) {
      if (stranded !== undefined || given !== account.roleArn) continue
      yield {
        subject: serviceAccountSubject(account),
        location: account.roleArnLocation ?? account.location,
        related: [{ location: association.location, note: 'the association' }],
        blamed: account.roleArn,
        message: `an association gives its pods the role ${quoted(given)} too, and the annotation then has no effect`,
        help: 'remove the annotation once no pod is left that was started before the association',
      }
    }
  },
}
