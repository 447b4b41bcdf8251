import { quoted } from '../text/quote.js'
import { isComplete } from './kubernetes-subject.js'
import { associationsIn, showsAgent } from './pod-identity-reach.js'
import type { RuleOn } from './rule.js'

/**
 * Seen from AWS alone: a cluster has associations, and the agent of Pod Identity is none of its add-ons. A chart or a
 * machine image may bring it as well, so this is a question and no verdict; where the workloads were read, `missing-agent`
 * answers it.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html
 */
export const agentNotSeen: RuleOn<'inventory'> = {
  id: 'agent-not-seen',
  severity: 'low',
  summary: 'a cluster has Pod Identity associations and no add-on for the agent',
  since: '0.1.0',
  kind: 'breakage',
  needs: ['clusters', 'associations', 'addons'],
  on: 'inventory',

  *check({ inventory: { facts } }) {
    for (const cluster of facts.clusters) {
      if (cluster.autoMode === true || associationsIn(cluster, facts) === 0) continue
      if (!isComplete('addons', cluster, facts) || isComplete('workloads', cluster, facts)) continue
      if (showsAgent(cluster, facts)) continue
      yield {
        subject: { kind: 'cluster', key: cluster.arn ?? cluster.name, name: `cluster ${cluster.name}` },
        location: cluster.location,
        blamed: 'agent',
        message: `${quoted(cluster.name)} has associations and not the add-on \`eks-pod-identity-agent\`: the agent may be installed another way, which AWS does not tell`,
        certainty: 'possible',
        help: 'read the workloads of the cluster too, or install the add-on',
      }
    }
  },
}
