import type { Cluster, PodIdentityAssociation, Role, ServiceAccount } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { SUBJECT_PREFIX, isNamespaceName, isServiceAccountName } from '../mechanisms/kubernetes-names.js'
import { parseProviderArn } from '../mechanisms/provider-arn.js'
import { quoted } from '../text/quote.js'
import type { ServiceAccountName } from '../trust/service-account-set.js'
import type { WebIdentityCall } from './explain-provider.js'
import type { ExplainQuestion, TokenFacts } from './explain-question.js'
import { clusterArnOf, isAssociatedIn, isLedTo } from './explain-scene.js'
import { accountOfArn, nameOfCluster } from '../trust/cluster-facts.js'
import type { ClusterRef, ExplainIndex } from './explain-scene.js'
import { admitsIssuer } from './explain-web-identity.js'

const DEFAULT_AUDIENCE = 'sts.amazonaws.com'

/** Who asks, worked out from the question and the inventory. */
export interface CallerScene {
  readonly token: TokenFacts
  /** Host and path of its issuer. */
  readonly issuer: string
  readonly isSupposed: boolean
  readonly serviceAccount: ServiceAccountName | undefined
  /** What was read of the service account in the cluster, where that was looked up already. */
  readonly found?: readonly ServiceAccount[] | undefined
  readonly cluster: Cluster | (ClusterRef & { readonly account?: string }) | undefined
  readonly account: string | undefined
  readonly assumptions: readonly string[]
  readonly now: Date
}

export function webCall(index: ExplainIndex, role: Role, scene: CallerScene): WebIdentityCall {
  const { token, isSupposed, serviceAccount, cluster, account, now } = scene
  return {
    index,
    role,
    account,
    policy: index.policyOf(role),
    token,
    issuer: scene.issuer,
    isSupposed,
    serviceAccount,
    cluster,
    now,
  }
}

/** Host and path. */
function issuerOf({ issuer }: TokenFacts): string {
  return issuer?.startsWith('https://') ? issuer.slice('https://'.length) : (issuer ?? '')
}

export function sceneOf(
  index: ExplainIndex,
  question: ExplainQuestion,
  role: Role | undefined,
  now: Date,
): CallerScene {
  const account = role?.account ?? accountOfArn(role?.arn ?? question.role)
  if ('token' in question) {
    const { token } = question
    const issuer = issuerOf(token)
    const ofIssuer = (one: Cluster): boolean => one.issuer === issuer
    const cluster =
      question.cluster === undefined
        ? index.facts.clusters.find(ofIssuer)
        : namedCluster(index, question.cluster, [], [ofIssuer])
    return {
      token,
      issuer,
      isSupposed: false,
      serviceAccount: serviceAccountOf(token.subject),
      cluster,
      account,
      assumptions: [],
      now,
    }
  }
  const { serviceAccount } = question
  const assumptions: string[] = []
  const leads = leadingAssociations(index, role, serviceAccount)
  const cluster =
    question.cluster === undefined
      ? (onlyCluster(index, assumptions) ?? clusterOfAssociation(index, leads, assumptions))
      : namedCluster(index, question.cluster, assumptions, [
          (one) => leads.some((lead) => isAssociatedIn(lead, one)),
          (one) => isTrusted(index, role, one),
        ])
  const known =
    cluster !== undefined && 'issuer' in cluster && typeof cluster.issuer === 'string'
      ? cluster.issuer
      : undefined
  const found = index.serviceAccountsOf(serviceAccount.namespace, serviceAccount.name, cluster)
  const token: TokenFacts = {
    issuer: known === undefined ? undefined : `https://${known}`,
    subject: `${SUBJECT_PREFIX}${serviceAccount.namespace}:${serviceAccount.name}`,
    audiences: [question.audience ?? found[0]?.audience ?? DEFAULT_AUDIENCE],
  }
  const scene = {
    token,
    issuer: known ?? '',
    isSupposed: true,
    serviceAccount,
    found,
    cluster,
    account,
    assumptions,
    now,
  }
  if (known !== undefined || role === undefined) return scene
  const supposed = supposedToken(index, role, scene)
  const issuer = issuerOf(supposed)
  const guessed = cluster ?? index.facts.clusters.find((one) => one.issuer === issuer)
  assumptions.push(
    cluster !== undefined || guessed === undefined
      ? unknownIssuer(supposed)
      : `the service account is of the cluster ${quoted(guessed.name)}, whose issuer the role trusts; the question names none`,
  )
  return { ...scene, token: supposed, issuer, cluster: guessed, found: undefined }
}

/** What leads the service account to the role. */
function leadingAssociations(
  index: ExplainIndex,
  role: Role | undefined,
  { namespace, name }: ServiceAccountName,
): readonly PodIdentityAssociation[] {
  if (role === undefined) return []
  return index.associationsOf(namespace, name, undefined).filter((one) => isLedTo(one, role))
}

/** A cluster by name or ARN; of several with the name the one that fits best, which the answer then says. */
function namedCluster(
  index: ExplainIndex,
  named: string,
  assumptions: string[],
  fits: readonly ((cluster: Cluster) => boolean)[],
): NonNullable<CallerScene['cluster']> {
  const all = index.clusters(named)
  const [first, ...others] = all
  if (first === undefined) {
    if (index.facts.clusters.length > 0)
      assumptions.push(`there is a cluster ${quoted(named, 200)}; it is none of those of the inputs`)
    return { name: nameOfCluster(named), ...(named.startsWith('arn:') ? { arn: named } : {}) }
  }
  if (others.length === 0) return first
  let chosen: Cluster | undefined
  for (const isFit of fits) chosen ??= all.find(isFit)
  chosen ??= first
  const which = chosen.arn ?? chosen.region ?? 'the first'
  assumptions.push(
    `of the ${all.length} clusters named ${quoted(named)} it is ${quoted(which, 200)}; the ARN of another one asks about that`,
  )
  return chosen
}

function onlyCluster(index: ExplainIndex, assumptions: string[]): Cluster | undefined {
  const [only, ...others] = index.facts.clusters
  if (only === undefined || others.length > 0) return undefined
  assumptions.push(index.onlyCluster)
  return only
}

/** The cluster of an association; where the question names none, that is where the service account is. */
export function clusterOfAssociation(
  index: ExplainIndex,
  [association]: readonly PodIdentityAssociation[],
  assumptions: string[],
): CallerScene['cluster'] {
  if (association === undefined || isUnknown(association.cluster)) return undefined
  const cluster = namedCluster(index, clusterArnOf(association) ?? association.cluster, [], [])
  assumptions.push(
    `the service account is of the cluster ${quoted(cluster.name)}, where it has an association; the question names none`,
  )
  return cluster
}

function isTrusted(index: ExplainIndex, role: Role | undefined, { issuer }: Cluster): boolean {
  return role !== undefined && typeof issuer === 'string' && trustedIssuers(index, role).has(issuer)
}

const NO_ISSUER = 'https://unknown-issuer.invalid'

function unknownIssuer(token: TokenFacts): string {
  return token.issuer === NO_ISSUER
    ? 'the issuer of the cluster is not known, and the role trusts none'
    : `the issuer of the cluster is ${quoted(issuerOf(token), 200)}, which the role trusts; no input tells it`
}

/** Host and path of those whose providers the policy names, other accounts' too: they say which cluster is meant. */
function trustedIssuers(index: ExplainIndex, role: Role): ReadonlySet<string> {
  const issuers = new Set<string>()
  for (const { effect, principal } of index.policyOf(role)?.statements ?? []) {
    if (effect === 'Deny' || principal.kind !== 'principals') continue
    for (const { value } of principal.entries) {
      const parts = parseProviderArn(value)
      if (parts !== undefined) issuers.add(parts.issuer.replace(/^https?:\/\//i, ''))
    }
  }
  return issuers
}

/** Where nobody tells the issuer of the cluster it is taken to be the one that the role trusts. */
function supposedToken(index: ExplainIndex, role: Role, scene: CallerScene): TokenFacts {
  const tokens = [...trustedIssuers(index, role)].map((issuer) => ({
    ...scene.token,
    issuer: `https://${issuer}`,
  }))
  const [first, ...others] = tokens
  if (first === undefined) return { ...scene.token, issuer: NO_ISSUER }
  if (others.length === 0) return first
  const admitted = tokens.find((token) =>
    admitsIssuer({ ...webCall(index, role, scene), token, issuer: issuerOf(token) }),
  )
  return admitted ?? first
}

function serviceAccountOf(subject: string | undefined): ServiceAccountName | undefined {
  if (subject === undefined || !subject.startsWith(SUBJECT_PREFIX)) return undefined
  const [namespace = '', name = '', ...rest] = subject.slice(SUBJECT_PREFIX.length).split(':')
  return rest.length === 0 && isNamespaceName(namespace) && isServiceAccountName(name)
    ? { namespace, name }
    : undefined
}
