import type { RuleOn } from './rule.js'
import { minterProblems } from './token-minters.js'

/**
 * RBAC lets somebody mint tokens or start pods in every namespace, and so have every role of the cluster's service accounts.
 * Operators often hold as much. The cluster's own controllers and people with `cluster-admin` are not reported.
 * @see https://kubernetes.io/docs/concepts/security/rbac-good-practices/
 */
export const clusterTokenMinter: RuleOn<'inventory'> = {
  id: 'cluster-token-minter',
  severity: 'high',
  summary: 'RBAC lets somebody become any service account of the cluster that has a role',
  since: '0.1.0',
  kind: 'exposure',
  needs: ['rbac', 'service-accounts'],
  on: 'inventory',

  check({ inventory }) {
    return minterProblems(inventory, 'cluster')
  },
}
