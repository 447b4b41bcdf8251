import { ServiceAccountSet } from '../trust/service-account-set.js'
import { admitWith } from './admit-with.js'
import { openedBy } from './openness.js'
import type { RuleOn } from './rule.js'
import { serviceAccountWitness } from './witness.js'

/**
 * The same names in another cluster can use the role. Namespaces and service accounts repeat from cluster to cluster; a
 * role that asks for these alone is open to an association in any cluster of the account, the test cluster included.
 * Asked of the set: does it hold some service accounts, but not all, of a cluster that nothing names?
 */
export const unpinnedAssociationCluster: RuleOn<'grant'> = {
  id: 'unpinned-association-cluster',
  severity: 'low',
  summary: 'the same namespace and service account in any other cluster of the account can use the role',
  since: '0.1.0',
  kind: 'exposure',
  on: 'grant',

  *check({ grant }) {
    if (grant.mechanism !== 'pod-identity' || !grant.isNamed) return
    const { unnamedCluster, certain, admission } = grant.tagged
    if (unnamedCluster.isEmpty || ServiceAccountSet.all.isSubsetOf(unnamedCluster)) return
    const { role } = grant
    const arn = `arn:${role.partition ?? 'aws'}:eks:eu-west-1:${role.account ?? '000000000000'}:cluster/another-cluster`
    const elsewhere = admitWith(grant.policy, admission, {
      'aws:requesttag/eks-cluster-arn': arn,
      'aws:requesttag/eks-cluster-name': 'another-cluster',
    })
    const witness = serviceAccountWitness(admission, unnamedCluster)
    const can = unnamedCluster.isSubsetOf(certain) ? 'can' : 'are expected to be able to'
    yield {
      at: openedBy(admission, witness.word).statement.pointer,
      message: `the same names in any other cluster of the account ${can} use the role: no condition on \`aws:RequestTag/eks-cluster-arn\` pins the cluster`,
      witness: elsewhere.possible.has(witness.word) ? { ...witness, admission: elsewhere } : witness,
      help: 'ask for the ARN of the cluster with `StringEquals` on `aws:RequestTag/eks-cluster-arn`',
    }
  },
}
