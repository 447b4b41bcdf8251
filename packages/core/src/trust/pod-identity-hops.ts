import type { Facts, PodIdentityAssociation, Role } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { awsPrincipalModel } from '../mechanisms/aws-principal.js'
import { podIdentityModel } from '../mechanisms/pod-identity.js'
import type { RequestModel } from '../mechanisms/request-model.js'
import type { TrustPolicy } from '../policy/ast.js'
import type { Outcome } from '../policy/request.js'
import { accountOfArn, nameOfCluster } from './cluster-facts.js'
import { evaluateTrust } from './evaluate.js'
import type { Evaluation } from './evaluate.js'
import { requestOf } from './one-request.js'
import type { ServiceAccountName } from './service-account-set.js'

/** Whom one call of EKS is for. */
export interface PodIdentityCall {
  readonly serviceAccount: ServiceAccountName
  readonly cluster: { readonly name: string; readonly arn?: string } | undefined
  readonly sessionTags: boolean
  readonly now: Date
}

/** One call, evaluated. */
export interface Hop {
  readonly model: RequestModel
  readonly evaluation: Evaluation
}

/**
 * EKS assumes the role of an association.
 *
 * @param expected take what AWS is expected to send where nobody has said it; else that is unknown
 */
export function firstHop(
  policy: TrustPolicy,
  source: Role,
  { serviceAccount, cluster, sessionTags, now }: PodIdentityCall,
  expected: boolean,
): Hop {
  const model = podIdentityModel({
    account: source.account ?? accountOfArn(source.arn),
    partition: source.partition,
    ...(cluster?.arn === undefined ? {} : { clusterArn: cluster.arn }),
    sessionTags,
    expected,
    now,
  })
  const known = new Map<string, string>()
  if (cluster !== undefined && sessionTags)
    known.set('aws:requesttag/eks-cluster-name', nameOfCluster(cluster.name))
  const word = `${serviceAccount.namespace}:${serviceAccount.name}`
  return { model, evaluation: evaluateTrust(policy, requestOf(policy, model, word, now, known)) }
}

/** The role that EKS assumes first, and its account. */
export interface SourceOfHop {
  readonly arn: string
  readonly account: string
}

/**
 * The second hop: EKS assumes the target role with the credentials of the role of the association. The tags travel along,
 * so that both actions are asked for again.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/pod-id-assign-target-role.html
 */
export function targetHop(
  policy: TrustPolicy,
  target: Role,
  source: SourceOfHop,
  { serviceAccount: { namespace, name }, cluster, sessionTags, now }: PodIdentityCall,
  expected: boolean,
): Hop {
  const { arn, account } = source
  const model = awsPrincipalModel({
    caller: { kind: 'account', account },
    account: target.account ?? accountOfArn(target.arn),
    partition: target.partition,
    namedAccounts: new Set([account]),
    namedOrganizations: new Set(),
    now,
  })
  const known = new Map<string, string>()
  // Whether the transitive tags show as request tags or as principal tags is not documented.
  if (sessionTags && expected) {
    const tags = {
      'kubernetes-namespace': namespace,
      'kubernetes-service-account': name,
      ...(cluster === undefined ? {} : { 'eks-cluster-name': nameOfCluster(cluster.name) }),
      ...(cluster?.arn === undefined ? {} : { 'eks-cluster-arn': cluster.arn }),
    }
    for (const [tag, value] of Object.entries(tags)) {
      known.set(`aws:requesttag/${tag}`, value)
      known.set(`aws:principaltag/${tag}`, value)
    }
  }
  const region = cluster?.arn?.split(':')[3]
  if (!sessionTags && region !== undefined && cluster !== undefined)
    known.set('sts:externalid', `${region}/${account}/${nameOfCluster(cluster.name)}/${namespace}/${name}`)
  const request = requestOf(policy, model, arn, now, known)
  const actions = sessionTags
    ? (['sts:AssumeRole', 'sts:TagSession'] as const)
    : (['sts:AssumeRole'] as const)
  return { model, evaluation: evaluateTrust(policy, { ...request, actions }) }
}

/** What a hop comes to: for certain, and with what AWS is expected to send where it documents nothing. */
export interface HopOutcome {
  readonly outcome: Outcome
  readonly expected: Outcome
  /** What led to it; to the expected one where the other is undecided. */
  readonly evaluation: Evaluation
}

/** Whether an association's role lets it in; `undefined` where the association is not known well enough to tell. */
export function firstHopOutcome(
  policy: TrustPolicy,
  source: Role,
  association: PodIdentityAssociation,
  now: Date,
): HopOutcome | undefined {
  const call = callOf(association, now)
  return call && outcomeOf((expected) => firstHop(policy, source, call, expected))
}

/** Whether an association's target role lets the association's role in. */
export function targetHopOutcome(
  policy: TrustPolicy,
  target: Role,
  association: PodIdentityAssociation,
  now: Date,
): HopOutcome | undefined {
  const call = callOf(association, now)
  const { roleArn } = association
  const account = isUnknown(roleArn) ? undefined : accountOfArn(roleArn)
  if (call === undefined || isUnknown(roleArn) || account === undefined) return undefined
  return outcomeOf((expected) => targetHop(policy, target, { arn: roleArn, account }, call, expected))
}

/** With the ARN of its cluster, where the inputs have one cluster of the name: sources often tell the name alone. */
export function withClusterArn(
  association: PodIdentityAssociation,
  { clusters }: Facts,
): PodIdentityAssociation {
  const { cluster, clusterArn, account } = association
  if (clusterArn !== undefined || isUnknown(cluster)) return association
  const [only, ...others] = clusters.filter(
    (one) =>
      (one.name === cluster || one.arn === cluster) &&
      (account === undefined || one.account === undefined || one.account === account),
  )
  // Two inputs may tell of one cluster.
  const isOne = others.every(({ arn }) => arn === only?.arn)
  return only?.arn === undefined || !isOne ? association : { ...association, clusterArn: only.arn }
}

function callOf(association: PodIdentityAssociation, now: Date): PodIdentityCall | undefined {
  const { cluster, clusterArn, namespace, serviceAccount, disableSessionTags } = association
  if (isUnknown(namespace) || isUnknown(serviceAccount)) return undefined
  return {
    serviceAccount: { namespace, name: serviceAccount },
    cluster: isUnknown(cluster)
      ? undefined
      : { name: cluster, ...(clusterArn === undefined ? {} : { arn: clusterArn }) },
    sessionTags: !disableSessionTags,
    now,
  }
}

function outcomeOf(hop: (expected: boolean) => Hop): HopOutcome {
  const { evaluation: plain } = hop(false)
  const evaluation = plain.outcome === 'undecided' ? hop(true).evaluation : plain
  return { outcome: plain.outcome, expected: evaluation.outcome, evaluation }
}
