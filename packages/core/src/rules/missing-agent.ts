import { associationsIn, lacksAgent } from './pod-identity-reach.js'
import { quoted } from '../text/quote.js'
import type { RuleOn } from './rule.js'

/**
 * A cluster has associations and nothing that hands out their credentials. All workloads were read and none is the agent of
 * Pod Identity, which runs on each node as a DaemonSet; Auto Mode has it built in. One finding for each cluster. A machine
 * image may hold the agent, which nothing in the inputs shows.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html
 */
export const missingAgent: RuleOn<'inventory'> = {
  id: 'missing-agent',
  severity: 'high',
  summary: 'a cluster has Pod Identity associations and runs no agent',
  since: '0.1.0',
  kind: 'breakage',
  needs: ['clusters', 'associations', 'workloads'],
  on: 'inventory',

  *check({ inventory: { facts } }) {
    for (const cluster of facts.clusters) {
      const count = associationsIn(cluster, facts)
      if (count === 0 || !lacksAgent(cluster, facts)) continue
      const isUnsure = cluster.autoMode === undefined
      yield {
        subject: { kind: 'cluster', key: cluster.arn ?? cluster.name, name: `cluster ${cluster.name}` },
        location: cluster.location,
        blamed: 'agent',
        message: `${quoted(cluster.name)} has ${count === 1 ? 'an association' : `${count} associations`} and runs no Pod Identity agent, so pods get nothing by ${count === 1 ? 'it' : 'them'} unless it is in the machine image${isUnsure ? ' or the cluster is in Auto Mode' : ''}`,
        ...(isUnsure ? { certainty: 'possible' } : {}),
        help: 'install the add-on `eks-pod-identity-agent`',
      }
    }
  },
}
