import type { Facts, Role } from '../inventory.js'
import type { TrustAnalysis } from '../trust/analyze.js'
import { isComplete, mayBeOf } from './kubernetes-subject.js'
import { wholeRegions } from './read-completely.js'
import type { RoleSubject, RuleOn } from './rule.js'

/**
 * The role trusts pods, nothing names it for them, and nobody has ever used it. Said only where IAM's record of the last
 * use was read, and all that could name it: for IRSA the service accounts of the clusters that it trusts (add-ons annotate
 * theirs), for Pod Identity the associations of all clusters of its account in the Regions that were read. A workload may set the ARN by hand, and one
 * that is not running now may run again, so that no pod runs proves nothing.
 */
export const idleTrust: RuleOn<'role'> = {
  id: 'idle-trust',
  severity: 'info',
  summary: 'no service account and no association names the role, and it was never used',
  since: '0.1.0',
  kind: 'hygiene',
  on: 'role',

  *check({ role: subject }) {
    const { role, facts, grants } = subject
    if (role.lastUsed !== 'never' || role.arn === undefined || grants.length === 0) return
    const pods = grants.filter(({ mechanism }) => mechanism === 'irsa' || mechanism === 'pod-identity')
    if (pods.length === 0 || grants.some(({ mechanism }) => mechanism === 'web-identity')) return
    if (!pods.every((trust) => isRead(trust, facts)) || isNamed(role, facts)) return
    const hasIrsa = pods.some(({ mechanism }) => mechanism === 'irsa')
    const hasAssociations = pods.some(({ mechanism }) => mechanism === 'pod-identity')
    yield {
      at: statementOf(subject),
      message: `${[
        ...(hasIrsa ? ['no service account of the clusters that it trusts names the role'] : []),
        ...(hasAssociations ? ['no association of the clusters that were read names the role'] : []),
      ].join(', ')}, and it was never used`,
      help: 'remove the trust, or the role',
    }
  },
}

/** Whether all that could name the role for pods was read. */
function isRead(trust: TrustAnalysis, facts: Facts): boolean {
  if (trust.mechanism === 'irsa')
    return trust.cluster !== undefined && isComplete('service-accounts', trust.cluster, facts)
  const { account } = trust.role
  if (account === undefined || wholeRegions(account, facts).length === 0) return false
  return facts.clusters.every(
    (cluster) => (cluster.account ?? account) !== account || isComplete('associations', cluster, facts),
  )
}

function isNamed({ arn, key }: Role, facts: Facts): boolean {
  const { serviceAccounts = [], workloads = [], addons = [], capabilities = [], clusters } = facts
  return (
    serviceAccounts.some((one) => one.roleArn === arn && clusters.some((cluster) => mayBeOf(one, cluster))) ||
    // A value that comes from elsewhere may be the role's ARN.
    workloads.some(({ roleArns }) => roleArns.some((value) => typeof value !== 'string' || value === arn)) ||
    addons.some(({ serviceAccountRoleArn }) => serviceAccountRoleArn === arn) ||
    capabilities.some(({ roleArn }) => roleArn === arn) ||
    // Of an association that is not known yet, the role may be this one.
    facts.associations.some(
      ({ roleArn, roleKey }) =>
        roleKey === key || (typeof roleArn !== 'string' && roleKey === undefined) || roleArn === arn,
    )
  )
}

function statementOf({ podStatements, policy }: RoleSubject): string {
  return podStatements[0]?.statement.pointer ?? policy.statements[0]?.pointer ?? ''
}
