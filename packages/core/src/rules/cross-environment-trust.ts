import { quoted } from '../text/quote.js'
import type { RuleOn } from './rule.js'
import { blameClusters, severalAccounts, trustedClusters } from './trusted-clusters.js'

/**
 * Clusters of different accounts share one role. Accounts are what keeps environments apart; a role that clusters of two
 * accounts can assume carries a break-in from the weaker one over to what the other one works with. Asked of the grants:
 * do service accounts of known clusters of more than one account get in?
 */
export const crossEnvironmentTrust: RuleOn<'role'> = {
  id: 'cross-environment-trust',
  severity: 'medium',
  summary: 'service accounts of clusters in different accounts can assume the role',
  since: '0.1.0',
  kind: 'exposure',
  on: 'role',

  *check({ role }) {
    const clusters = trustedClusters(role)
    if (!severalAccounts(clusters)) return
    const known = clusters.filter(({ cluster }) => cluster?.account !== undefined)
    const where = known.map(({ name, cluster }) => `${name} in ${quoted(cluster?.account ?? '')}`)
    yield {
      ...blameClusters(known, role),
      message: `clusters of different accounts share the role: ${where.join(', ')}`,
      help: 'give each environment a role of its own',
    }
  },
}
