import type { Cluster, Role } from '../inventory.js'
import { SUBJECT_PREFIX, isNamespaceName, isServiceAccountName } from '../mechanisms/kubernetes-names.js'
import { parseProviderArn } from '../mechanisms/provider-arn.js'
import { quoted } from '../text/quote.js'
import type { ServiceAccountName } from '../trust/service-account-set.js'
import type { WebIdentityCall } from './explain-provider.js'
import type { ExplainQuestion, TokenFacts } from './explain-question.js'
import { accountOfArn } from './explain-scene.js'
import type { ExplainIndex } from './explain-scene.js'
import { admitsIssuer } from './explain-web-identity.js'

const DEFAULT_AUDIENCE = 'sts.amazonaws.com'

/** Who asks, worked out from the question and the inventory. */
export interface CallerScene {
  readonly token: TokenFacts
  /** Host and path of its issuer. */
  readonly issuer: string
  readonly isSupposed: boolean
  readonly serviceAccount: ServiceAccountName | undefined
  readonly cluster:
    | Cluster
    | { readonly name: string; readonly arn?: string; readonly account?: string }
    | undefined
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
    const cluster =
      question.cluster === undefined
        ? index.facts.clusters.find((one) => one.issuer === issuer)
        : (index.cluster(question.cluster) ?? { name: question.cluster })
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
  const cluster = clusterOf(index, question.cluster, assumptions)
  const known =
    cluster !== undefined && 'issuer' in cluster && typeof cluster.issuer === 'string'
      ? cluster.issuer
      : undefined
  const [fact] = index.serviceAccountsOf(serviceAccount.namespace, serviceAccount.name, cluster?.name)
  const token: TokenFacts = {
    issuer: known === undefined ? undefined : `https://${known}`,
    subject: `${SUBJECT_PREFIX}${serviceAccount.namespace}:${serviceAccount.name}`,
    audiences: [question.audience ?? fact?.audience ?? DEFAULT_AUDIENCE],
  }
  const scene = {
    token,
    issuer: known ?? '',
    isSupposed: true,
    serviceAccount,
    cluster,
    account,
    assumptions,
    now,
  }
  if (known !== undefined || role === undefined) return scene
  const supposed = supposedToken(index, role, scene)
  return { ...scene, token: supposed, issuer: issuerOf(supposed) }
}

/** A cluster by name, or the only one there is. */
export function clusterOf(
  index: ExplainIndex,
  named: string | undefined,
  assumptions: string[],
): CallerScene['cluster'] {
  if (named !== undefined) {
    const found = index.cluster(named)
    if (found === undefined)
      return {
        name: named.slice(named.lastIndexOf('/') + 1),
        ...(named.startsWith('arn:') ? { arn: named } : {}),
      }
    return found
  }
  const [only, ...others] = index.facts.clusters
  if (only === undefined || others.length > 0) return undefined
  assumptions.push(index.onlyCluster)
  return only
}

/** Where nobody tells the issuer of the cluster it is taken to be the one that the role trusts. */
function supposedToken(
  index: ExplainIndex,
  role: Role,
  scene: CallerScene & { assumptions: string[] },
): TokenFacts {
  const policy = index.policyOf(role)
  const issuers = new Set<string>()
  for (const { effect, principal } of policy?.statements ?? []) {
    if (effect === 'Deny' || principal.kind !== 'principals') continue
    for (const { value } of principal.entries) {
      const parts = parseProviderArn(value)
      // Another account's provider says which cluster is meant, too.
      if (parts !== undefined) issuers.add(parts.issuer.replace(/^https?:\/\//i, ''))
    }
  }
  const tokens = [...issuers].map((issuer) => ({ ...scene.token, issuer: `https://${issuer}` }))
  const [first, ...others] = tokens
  if (first === undefined) {
    scene.assumptions.push('the issuer of the cluster is not known, and the role trusts none')
    return { ...scene.token, issuer: 'https://unknown-issuer.invalid' }
  }
  const chosen =
    others.length === 0
      ? first
      : (tokens.find((token) =>
          admitsIssuer({ ...webCall(index, role, scene), token, issuer: issuerOf(token) }),
        ) ?? first)
  scene.assumptions.push(
    `the issuer of the cluster is ${quoted(issuerOf(chosen), 200)}, which the role trusts; no input tells it`,
  )
  return chosen
}

function serviceAccountOf(subject: string | undefined): ServiceAccountName | undefined {
  if (subject === undefined || !subject.startsWith(SUBJECT_PREFIX)) return undefined
  const [namespace = '', name = '', ...rest] = subject.slice(SUBJECT_PREFIX.length).split(':')
  return rest.length === 0 && isNamespaceName(namespace) && isServiceAccountName(name)
    ? { namespace, name }
    : undefined
}
