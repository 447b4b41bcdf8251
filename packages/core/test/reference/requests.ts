/**
 * Requests as the two Kubernetes mechanisms send them, straight from the tables 3.4 and 5.2 of the semantics notes, and the
 * shape of `vectors/trust.json`.
 */
import type { AssumeRoleRequest, ContextValue, Outcome, StsAction } from '../../src/policy/request.js'

/** The file `vectors/trust.json`; its README says what each member means. */
export interface VectorFile {
  readonly version: 1
  readonly vectors: readonly Vector[]
}

export type Vector = IrsaVector | PodIdentityVector

interface VectorBase {
  readonly id: number
  readonly title: string
  /** The trust policy, or its text where JSON would lose something. */
  readonly policy?: unknown
  readonly policyText?: string
  readonly cases: readonly VectorCase[]
  readonly kind: 'documented' | 'observed'
  readonly sources: readonly string[]
}

export interface IrsaVector extends VectorBase {
  readonly mechanism: 'irsa'
  readonly facts: IrsaFacts
}

export interface PodIdentityVector extends VectorBase {
  readonly mechanism: 'pod-identity'
  readonly facts: PodIdentityFacts
}

export interface IrsaFacts {
  readonly role: string
  readonly account: string
  /** Without `https://`, as condition keys have it. */
  readonly issuer: string
  /** ARN of the issuer's provider in the role's account. */
  readonly provider: string
  readonly clientIds: readonly string[]
}

export interface PodIdentityFacts {
  readonly role: string
  readonly account: string
  /** ARN of the cluster whose association names the role. */
  readonly cluster: string
  readonly service: string
}

export interface VectorCase {
  readonly name: string
  readonly namespace: string
  readonly serviceAccount: string
  /** Of the token; `sts.amazonaws.com` where nothing is said. */
  readonly audience?: string
  readonly sessionName?: string
  /** Pod Identity: whether the association has session tags on. */
  readonly sessionTags?: boolean
  readonly expected: Outcome
  /** Where the outcome is undecided: what is likely. */
  readonly expectedReading?: 'allowed' | 'denied'
  /** Where STS answers before it looks at the policy: its message. */
  readonly reason?: string
}

const POD_IDENTITY_TAGS = [
  'eks-cluster-arn',
  'eks-cluster-name',
  'kubernetes-namespace',
  'kubernetes-service-account',
  'kubernetes-pod-name',
  'kubernetes-pod-uid',
] as const

const NOW = '2026-11-02T12:00:00Z'
const NOW_IN_SECONDS = '1793620800'

const one = (value: string): ContextValue => ({ state: 'present', values: [value], multivalued: false })
const many = (values: readonly string[]): ContextValue => ({ state: 'present', values, multivalued: true })
const UNKNOWN_VALUE: ContextValue = { state: 'unknown' }

/**
 * The request of one case. `keys` are the condition keys that matter, in lower case: some families of keys are unknown
 * as a whole, and the context can only say so key by key. A string is the answer STS gives before any policy.
 */
export function requestOf(
  vector: Vector,
  which: VectorCase,
  keys: readonly string[],
): AssumeRoleRequest | string {
  return vector.mechanism === 'irsa'
    ? irsaRequest(vector.facts, which, keys)
    : podIdentityRequest(vector.facts, which, keys)
}

export function irsaRequest(
  facts: IrsaFacts,
  which: Pick<VectorCase, 'namespace' | 'serviceAccount' | 'audience' | 'sessionName'>,
  keys: readonly string[],
): AssumeRoleRequest | string {
  const audience = which.audience ?? 'sts.amazonaws.com'
  if (!facts.clientIds.includes(audience)) return 'Incorrect token audience' // 3.8
  return {
    actions: ['sts:AssumeRoleWithWebIdentity'],
    caller: { type: 'web-identity', provider: facts.provider },
    context: contextOf(
      {
        [`${facts.issuer}:sub`]: one(`system:serviceaccount:${which.namespace}:${which.serviceAccount}`),
        [`${facts.issuer}:aud`]: one(audience),
        [`${facts.issuer}:oaud`]: UNKNOWN_VALUE,
        'sts:RoleSessionName': one(which.sessionName ?? 'session'),
        'sts:RoleAuthorizedByIdp': one('false'),
        'aws:SourceIp': one('203.0.113.10'),
        'aws:RequestedRegion': one('us-east-1'),
        'aws:SecureTransport': one('true'),
        'aws:UserAgent': one('aws-sdk'),
        'aws:CurrentTime': one(NOW),
        'aws:EpochTime': one(NOW_IN_SECONDS),
        'aws:PrincipalAccount': one(facts.account),
        'aws:PrincipalType': one('User'),
        'aws:userid': one(facts.provider),
        'aws:FederatedProvider': UNKNOWN_VALUE,
        'aws:PrincipalIsAWSService': UNKNOWN_VALUE,
        'aws:ViaAWSService': UNKNOWN_VALUE,
        'aws:ResourceAccount': UNKNOWN_VALUE,
        'aws:ResourceOrgID': UNKNOWN_VALUE,
      },
      ['aws:ResourceTag/', 'iam:ResourceTag/'],
      keys,
    ),
  }
}

export function podIdentityRequest(
  facts: PodIdentityFacts,
  which: Pick<VectorCase, 'namespace' | 'serviceAccount' | 'sessionTags'>,
  keys: readonly string[],
): AssumeRoleRequest {
  const tags: Readonly<Record<(typeof POD_IDENTITY_TAGS)[number], string>> = {
    'eks-cluster-arn': facts.cluster,
    'eks-cluster-name': facts.cluster.slice(facts.cluster.indexOf('/') + 1),
    'kubernetes-namespace': which.namespace,
    'kubernetes-service-account': which.serviceAccount,
    'kubernetes-pod-name': `${which.serviceAccount}-5d4f8-x2x7k`,
    'kubernetes-pod-uid': '9c9d8f1e-0b7a-4a57-9d0e-8f1f6e6f4b11',
  }
  const actions: readonly StsAction[] = ['sts:AssumeRole', 'sts:TagSession'] // 5.12
  const withTags = which.sessionTags !== false
  return {
    ...(withTags ? { actions } : { actions: ['sts:AssumeRole'], doubtfulActions: ['sts:TagSession'] }),
    caller: { type: 'service', service: facts.service },
    context: contextOf(
      {
        ...(withTags
          ? {
              ...Object.fromEntries(
                POD_IDENTITY_TAGS.map((tag) => [`aws:RequestTag/${tag}`, one(tags[tag])]),
              ),
              'aws:TagKeys': many(POD_IDENTITY_TAGS),
              'sts:TransitiveTagKeys': many(POD_IDENTITY_TAGS),
            }
          : {}),
        'aws:SourceAccount': one(facts.account),
        'aws:SourceArn': UNKNOWN_VALUE,
        'aws:SourceOrgID': UNKNOWN_VALUE,
        'aws:SourceOrgPaths': UNKNOWN_VALUE,
        'aws:PrincipalServiceName': UNKNOWN_VALUE,
        'aws:PrincipalIsAWSService': UNKNOWN_VALUE,
        'aws:PrincipalArn': UNKNOWN_VALUE,
        'aws:PrincipalAccount': UNKNOWN_VALUE,
        'aws:PrincipalOrgID': UNKNOWN_VALUE,
        'aws:PrincipalOrgPaths': UNKNOWN_VALUE,
        'sts:RoleSessionName': UNKNOWN_VALUE,
        'aws:SourceIp': UNKNOWN_VALUE,
        'aws:SourceVpc': UNKNOWN_VALUE,
        'aws:SourceVpce': UNKNOWN_VALUE,
        'aws:RequestedRegion': UNKNOWN_VALUE,
        'aws:CurrentTime': one(NOW),
        'aws:EpochTime': one(NOW_IN_SECONDS),
        'aws:ResourceAccount': UNKNOWN_VALUE,
        'aws:ResourceOrgID': UNKNOWN_VALUE,
      },
      ['aws:PrincipalTag/', 'aws:ResourceTag/', 'iam:ResourceTag/'],
      keys,
    ),
  }
}

/** The context, with every key of an unknown family that matters unknown. */
function contextOf(
  entries: Readonly<Record<string, ContextValue>>,
  unknownFamilies: readonly string[],
  keys: readonly string[],
): ReadonlyMap<string, ContextValue> {
  const context = new Map<string, ContextValue>()
  for (const key of keys) {
    const unknown = unknownFamilies.some((family) => key.startsWith(family.toLowerCase()))
    if (unknown) context.set(key, UNKNOWN_VALUE)
  }
  for (const [key, value] of Object.entries(entries)) context.set(key.toLowerCase(), value)
  return context
}
