/** Words that answers share: where callers come from, what patterns they are told by, which associations they have. */
import type { Facts, PodIdentityAssociation } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { parseTrustPolicyDocument } from '../policy/parse.js'
import { arnParts } from '../sources/aws-names.js'
import { withoutUnknown } from '../sources/placeholders.js'
import type {
  AwsPrincipalTrust,
  PodIdentityTrust,
  TrustAnalysis,
  WebIdentityTrust,
} from '../trust/analyze.js'
import { firstHopOutcome, withClusterArn } from '../trust/pod-identity-hops.js'

/** The cluster or issuer, or what kind of caller: "cluster prod (oidc.eks…/id/8A5F…)". */
export function fromOf(trust: TrustAnalysis): string {
  switch (trust.mechanism) {
    case 'irsa': {
      const { cluster, issuer, issuerKind } = trust
      const kind = issuerKind === 'unknown' ? ', an issuer of unknown kind' : ''
      return cluster === undefined ? `issuer ${issuer}${kind}` : `cluster ${cluster.name} (${issuer})`
    }
    case 'pod-identity':
      return trust.tagged.unnamedCluster.isEmpty && trust.untagged.unnamedCluster.isEmpty
        ? 'the clusters that the policy names'
        : 'any cluster of the account'
    case 'web-identity':
      return `issuer ${trust.issuer}`
    case 'aws-principal':
      return trust.caller.kind === 'account'
        ? `AWS account ${trust.caller.account}`
        : trust.caller.kind === 'organization'
          ? 'AWS accounts of an organization that the policy names'
          : 'any AWS account'
  }
}

/** The globs of a policy that say which subjects or principals, and what to call all of them. */
export function callerWords(trust: WebIdentityTrust | AwsPrincipalTrust): {
  readonly globs: readonly string[]
  readonly every: string
} {
  const valuesOf = (isMeant: (key: string) => boolean): readonly string[] =>
    trust.policy.statements.flatMap(({ conditions }) =>
      conditions.flatMap(({ key, values }) => (isMeant(key) ? values : [])),
    )
  if (trust.mechanism === 'web-identity')
    return { globs: valuesOf((key) => key.endsWith(':sub')), every: 'every subject' }
  const every =
    trust.caller.kind === 'account'
      ? `every principal of account ${trust.caller.account} with permission to call`
      : 'every principal'
  return { globs: valuesOf((key) => key === 'aws:principalarn'), every }
}

/** The associations that lead to the role, whether its trust lets their pods in or not. */
export function associationsTo(
  { role }: Pick<TrustAnalysis, 'role'>,
  { associations }: Facts,
): readonly PodIdentityAssociation[] {
  return associations.filter(
    ({ roleArn, roleKey }) => roleKey === role.key || (role.arn !== undefined && roleArn === role.arn),
  )
}

/** The associations whose pods get the role as their target. */
export function associationsThrough(
  { role }: Pick<TrustAnalysis, 'role'>,
  { associations }: Facts,
): readonly PodIdentityAssociation[] {
  return role.arn === undefined ? [] : associations.filter(({ targetRoleArn }) => targetRoleArn === role.arn)
}

/** The cluster of an association in words, with Region and account where the facts hold another one of that name. */
export function clusterOfAssociation(
  { cluster, clusterArn }: Pick<PodIdentityAssociation, 'cluster' | 'clusterArn'>,
  ...facts: readonly Facts[]
): string {
  if (isUnknown(cluster)) return '(not known yet)'
  const { region, account } = (clusterArn === undefined ? undefined : arnParts(clusterArn)) ?? {}
  if (region === undefined || account === undefined) return cluster
  const arns = new Set(facts.flatMap((one) => [...(clustersByName(one).get(cluster) ?? [])]))
  return arns.size > 1 ? `${cluster} (${region}, account ${account})` : cluster
}

const named = new WeakMap<Facts, ReadonlyMap<string, ReadonlySet<string>>>()

/** The ARNs of clusters that share a name. */
function clustersByName(facts: Facts): ReadonlyMap<string, ReadonlySet<string>> {
  const known = named.get(facts)
  if (known !== undefined) return known
  const byName = new Map<string, Set<string>>()
  const add = (name: string, arn: string): void => {
    byName.set(name, (byName.get(name) ?? new Set()).add(arn))
  }
  for (const { name, arn } of facts.clusters) if (arn !== undefined) add(name, arn)
  for (const { cluster, clusterArn } of facts.associations)
    if (clusterArn !== undefined && !isUnknown(cluster)) add(cluster, clusterArn)
  named.set(facts, byName)
  return byName
}

/** Those of them whose pods the trust lets in, or may; one that is not known yet may be. */
export function admittedAssociations(
  trust: PodIdentityTrust,
  facts: Facts,
  now: Date,
): readonly { readonly association: PodIdentityAssociation; readonly admitted: 'certain' | 'possible' }[] {
  return associationsTo(trust, facts).flatMap((association) => {
    const admitted = admittedBy(trust, association, facts, now)
    return admitted === 'none' ? [] : [{ association, admitted }]
  })
}

/** Whether the trust lets the pods of an association in: that cluster's, with its session tags or without. */
export function admittedBy(
  trust: PodIdentityTrust,
  association: PodIdentityAssociation,
  facts: Facts,
  now: Date,
): 'certain' | 'possible' | 'none' {
  const { policy, role } = trust
  const called = withClusterArn(association, facts)
  const hop = firstHopOutcome(policy, role, called, now)
  if (hop === undefined) {
    const { serviceAccounts } = association.disableSessionTags ? trust.untagged : trust.tagged
    return serviceAccounts.isEmpty ? 'none' : 'possible'
  }
  if (hop.outcome !== 'denied') return hop.outcome === 'allowed' ? 'certain' : 'possible'
  // Values that are not known yet may turn out to be those of the association.
  const opened = withoutUnknown(role.trustPolicy)
  if (opened === undefined || opened.kind === 'unknown') return 'none'
  const open = firstHopOutcome(parseTrustPolicyDocument(opened), role, called, now)
  return open?.outcome === 'denied' ? 'none' : 'possible'
}
