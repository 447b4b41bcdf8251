/** Words that answers share: where callers come from, what patterns they are told by, which associations they have. */
import type { Facts, PodIdentityAssociation } from '../inventory.js'
import { parseTrustPolicyDocument } from '../policy/parse.js'
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
