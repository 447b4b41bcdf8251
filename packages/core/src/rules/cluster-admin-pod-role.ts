import { escaped } from '../text/quote.js'
import { clusterPowers } from '../trust/cluster-powers.js'
import type { ClusterPower } from '../trust/cluster-powers.js'
import { podEntry } from './pod-witness.js'
import type { RuleOn } from './rule.js'

/**
 * A role for pods may edit a cluster by an access entry of EKS. Whoever has it starts a pod with any service account of the
 * scope, and has that one's role too. RBAC shows nothing of this: access policies are AWS's own.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/access-policies.html
 */
export const clusterAdminPodRole: RuleOn<'role'> = {
  id: 'cluster-admin-pod-role',
  severity: 'high',
  summary: 'a role for pods may edit a cluster, and so become any service account there',
  since: '0.1.0',
  kind: 'exposure',
  needs: ['access-entries'],
  on: 'role',

  *check({ role }) {
    const { arn } = role.role
    const powers = !role.isPodRole || arn === undefined ? undefined : clusterPowers(role.facts).get(arn)
    const entry = powers === undefined ? undefined : podEntry(role)
    if (powers === undefined || entry === undefined) return
    yield {
      at: entry.at,
      message: `an access entry gives the role ${powers.map(powerText).join(', and ')}: ${entry.who} can start pods as any service account there, and have its role`,
      witness: entry.witness,
      help: 'give the program an access policy that only reads, or RBAC for the few things that it does',
    }
  },
}

function powerText({ cluster, policy, namespaces }: ClusterPower): string {
  const scope =
    namespaces === undefined ? 'all of' : `${namespaces.map((name) => `\`${escaped(name)}\``).join(', ')} in`
  return `${policy} for ${scope} cluster ${escaped(cluster)}`
}
