import type { Facts, Role } from '../inventory.js'
import type { IrsaTrust } from '../trust/analyze.js'
import { isComplete, mayBeOf } from './kubernetes-subject.js'
import type { RoleSubject, RuleOn } from './rule.js'

/**
 * The role trusts service accounts of a cluster, none of them names it, and nobody has ever used it. Said only where all
 * service accounts of the cluster were read (add-ons annotate theirs) and IAM's record of the last use too: a workload may
 * set the ARN by hand, and one that is not running now may run again. Trust for Pod Identity is idle where no association
 * names the role, which needs the associations of every cluster, and is left to inputs that hold them.
 */
export const idleTrust: RuleOn<'role'> = {
  id: 'idle-trust',
  severity: 'info',
  summary: 'no service account names the role, and it was never used',
  since: '0.1.0',
  kind: 'hygiene',
  on: 'role',

  *check({ role: subject }) {
    const { role, facts, grants } = subject
    if (role.lastUsed !== 'never' || role.arn === undefined || grants.length === 0) return
    const trusts = grants.filter((grant) => grant.mechanism === 'irsa')
    const [first] = trusts
    if (
      first === undefined ||
      grants.some(({ mechanism }) => mechanism === 'web-identity' || mechanism === 'pod-identity')
    )
      return
    if (!trusts.every((trust) => isRead(trust, facts)) || isNamed(role, facts)) return
    yield {
      at: statementOf(subject),
      message: 'no service account of the clusters that it trusts names the role, and it was never used',
      help: 'remove the trust, or the role',
    }
  },
}

function isRead({ cluster }: IrsaTrust, facts: Facts): boolean {
  return cluster !== undefined && isComplete('service-accounts', cluster, facts)
}

function isNamed(
  { arn, key }: Role,
  { serviceAccounts = [], workloads = [], associations, clusters }: Facts,
): boolean {
  return (
    serviceAccounts.some((one) => one.roleArn === arn && clusters.some((cluster) => mayBeOf(one, cluster))) ||
    // A value that comes from elsewhere may be the role's ARN.
    workloads.some(({ roleArns }) => roleArns.some((value) => typeof value !== 'string' || value === arn)) ||
    associations.some(({ roleArn, roleKey }) => roleKey === key || roleArn === arn)
  )
}

function statementOf({ podStatements, policy }: RoleSubject): string {
  return podStatements[0]?.statement.pointer ?? policy.statements[0]?.pointer ?? ''
}
