import { breadthOf, judgedSet } from './breadth.js'
import { widestStatement } from './openness.js'
import type { RuleOn } from './rule.js'
import { serviceAccountWitness } from './witness.js'

/**
 * Every service account of a cluster can assume the role. Whoever can create a pod anywhere in the cluster has the role's
 * permissions. Asked of the set: does it hold every service account that a cluster can have?
 */
export const anyServiceAccount: RuleOn<'grant'> = {
  id: 'any-service-account',
  severity: 'high',
  summary: 'every service account of a cluster can assume the role',
  since: '0.1.0',
  kind: 'exposure',
  on: 'grant',

  *check({ grant }) {
    if (grant.mechanism !== 'irsa' || !grant.isNamed) return
    const set = judgedSet(grant)
    if (breadthOf(set).kind !== 'any-service-account') return
    const { at, cause } = widestStatement(grant)
    const whose =
      grant.issuerKind === 'unknown'
        ? 'every subject of an issuer of unknown kind'
        : 'every service account of the cluster'
    yield {
      at,
      message: `${whose} can assume the role: ${cause}`,
      witness: serviceAccountWitness(grant.admission, set),
      help: 'name the service accounts that need the role with `StringEquals` on the `:sub` key',
    }
  },
}
