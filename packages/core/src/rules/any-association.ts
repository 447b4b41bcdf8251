import { ServiceAccountSet } from '../trust/service-account-set.js'
import { meansEveryone } from './breadth.js'
import { openedBy } from './openness.js'
import type { RuleOn } from './rule.js'
import { serviceAccountWitness } from './witness.js'

/**
 * Any Pod Identity association of the account can use the role. Whoever may create associations and pass the role gives
 * it to any pod of any cluster of the account, and the trust policy has no say in it. Asked of the set: does it hold
 * every service account of a cluster that nothing names?
 */
export const anyAssociation: RuleOn<'grant'> = {
  id: 'any-association',
  severity: 'low',
  summary: 'any Pod Identity association of the account can use the role',
  since: '0.1.0',
  kind: 'exposure',
  on: 'grant',

  *check({ grant }) {
    if (grant.mechanism !== 'pod-identity' || !grant.isNamed) return
    if (grant.undecided.some(({ cause }) => cause === 'limit') || meansEveryone(grant.policy)) return
    const isTagged = !grant.tagged.expected.isEmpty
    const { unnamedCluster, certain, admission } = isTagged ? grant.tagged : grant.untagged
    if (!ServiceAccountSet.all.isSubsetOf(unnamedCluster)) return
    const witness = serviceAccountWitness(admission, unnamedCluster)
    const can = ServiceAccountSet.all.isSubsetOf(certain) ? 'can' : 'is expected to be able to'
    yield {
      at: openedBy(admission, witness.word).at,
      message: `any association of the account ${can} use the role${isTagged ? '' : ' if its session tags are disabled'}: no condition binds cluster, namespace or service account`,
      witness,
      help: 'ask for `aws:RequestTag/eks-cluster-arn`, `aws:RequestTag/kubernetes-namespace` and `aws:RequestTag/kubernetes-service-account` with `StringEquals`',
    }
  },
}
