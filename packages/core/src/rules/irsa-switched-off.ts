import { serviceAccountSubject } from './kubernetes-subject.js'
import { doublyServed } from './pod-identity-reach.js'
import type { RuleOn } from './rule.js'

/**
 * An association takes IRSA away from pods that Pod Identity does not reach. The webhook stops at the association without
 * a look at where the pod will run, so that pods on Fargate, on Windows or in a cluster without the agent start with neither
 * mechanism. Running pods go on until they are replaced. That the webhook of EKS does as the published one is expected.
 * @see amazon-eks-pod-identity-webhook, `buildPodPatchConfig`
 */
export const irsaSwitchedOff: RuleOn<'inventory'> = {
  id: 'irsa-switched-off',
  severity: 'high',
  summary: 'an association takes IRSA away from pods that Pod Identity does not reach',
  since: '0.1.0',
  kind: 'breakage',
  needs: ['associations', 'service-accounts', 'workloads'],
  on: 'inventory',

  *check({ inventory }) {
    for (const { account, association, stranded } of doublyServed(inventory.facts)) {
      if (stranded === undefined) continue
      const [role] = inventory.rolesOf(account.roleArn)
      yield {
        subject: serviceAccountSubject(account),
        ...(role === undefined ? {} : { role }),
        location: account.roleArnLocation ?? account.location,
        related: [{ location: association.location, note: 'the association' }],
        blamed: account.roleArn,
        message: `its association switches IRSA off, and Pod Identity does not reach its pods: ${stranded}; they are expected to get no credentials`,
        certainty: 'possible',
        help: 'delete the association, or give the workloads that it cannot reach a service account of their own',
      }
    }
  },
}
