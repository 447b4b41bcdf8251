import type { RuleOn } from './rule.js'
import { minterProblems } from './token-minters.js'

/**
 * RBAC lets somebody mint tokens or start pods where service accounts have roles. Nothing but RBAC stands between them and
 * the role: a trust policy names the service account, and whoever can be it gets in. What people hold by `edit` or `admin` in
 * a namespace of theirs is meant so, and not reported; what programs hold is.
 * @see https://kubernetes.io/docs/concepts/security/rbac-good-practices/
 */
export const tokenMinter: RuleOn<'inventory'> = {
  id: 'token-minter',
  severity: 'medium',
  summary: 'RBAC lets somebody become service accounts of a namespace that have roles',
  since: '0.1.0',
  kind: 'exposure',
  needs: ['rbac', 'service-accounts'],
  on: 'inventory',

  check({ inventory }) {
    return minterProblems(inventory, 'namespace')
  },
}
