import type { RuleOn } from './rule.js'
import { blameClusters, severalAccounts, trustedClusters } from './trusted-clusters.js'

/** Clusters that a message lists. */
const MOST_SHOWN = 5

/**
 * Several clusters share one role. Whoever takes over the service account in any of them has the permissions that the
 * workload has in all of them, and the role's log does not say which it was. Asked of the grants: do service accounts of
 * more than one cluster get in?
 */
export const crossClusterTrust: RuleOn<'role'> = {
  id: 'cross-cluster-trust',
  severity: 'low',
  summary: 'service accounts of several clusters can assume the role',
  since: '0.1.0',
  kind: 'exposure',
  on: 'role',

  *check({ role }) {
    const clusters = trustedClusters(role)
    if (clusters.length < 2 || severalAccounts(clusters)) return
    const shown = clusters.slice(0, MOST_SHOWN).map(({ name }) => name)
    const more = clusters.length > shown.length ? ` and ${clusters.length - shown.length} more` : ''
    yield {
      ...blameClusters(clusters, role),
      message: `service accounts of ${clusters.length} clusters can assume the role: ${shown.join(', ')}${more}`,
      help: 'give each cluster a role of its own, with what its workload needs',
    }
  },
}
