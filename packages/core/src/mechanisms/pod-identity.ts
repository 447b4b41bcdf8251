import { Language } from '../automata/language.js'
import { quoted } from '../text/quote.js'
import { SERVICE_ACCOUNT_WORDS, serviceAccountWords } from './kubernetes-names.js'
import {
  AS_IS,
  NETWORK_KEYS,
  NEVER,
  TIME_KEYS,
  fixed,
  fixedSet,
  isGlobalKey,
  networkVariation,
  openKey,
  timeVariation,
} from './request-model.js'
import type { KeyModel, RequestModel, Variation, VariableView, WordView } from './request-model.js'

export const POD_IDENTITY_SERVICE = 'pods.eks.amazonaws.com'

/** The session tags of a Pod Identity association; all are transitive, no others can be added. */
export const SESSION_TAGS = [
  'eks-cluster-arn',
  'eks-cluster-name',
  'kubernetes-namespace',
  'kubernetes-service-account',
  'kubernetes-pod-name',
  'kubernetes-pod-uid',
] as const

export interface PodIdentityFacts {
  /** The account of role and cluster, which is one; `undefined` where the input does not tell. */
  readonly account: string | undefined
  readonly partition: string | undefined
  /** One cluster, where the question is about one; otherwise any cluster of the account. */
  readonly clusterArn?: string
  readonly sessionTags: boolean
  /**
   * Where nobody has said what AWS sends, take the value that is expected: `aws:SourceArn` is the cluster's ARN, keys of
   * the calling principal are absent.
   */
  readonly expected?: boolean
  readonly now: Date
}

const noColon = Language.lazy(() =>
  Language.charset([
    [0, 0x39],
    [0x3b, 0xffff],
  ]).repeat(0),
)
const colon = Language.literal(':')

const NAMESPACE: WordView = {
  half: 'namespace',
  read: (word) => word.slice(0, word.indexOf(':')),
  preimage: (values) => values.intersection(noColon).concat(colon).concat(noColon),
}
const SERVICE_ACCOUNT: WordView = {
  half: 'service-account',
  read: (word) => word.slice(word.indexOf(':') + 1),
  preimage: (values) => noColon.concat(colon).concat(values.intersection(noColon)),
}

const clusterName = Language.lazy(() =>
  Language.charset([
    [0x30, 0x39],
    [0x41, 0x5a],
    [0x61, 0x7a],
  ]).concat(
    Language.charset([
      [0x2d, 0x2d],
      [0x30, 0x39],
      [0x41, 0x5a],
      [0x5f, 0x5f],
      [0x61, 0x7a],
    ]).repeat(0),
  ),
)
const lowerNameUnits = Language.lazy(() =>
  Language.charset([
    [0x2d, 0x2d],
    [0x30, 0x39],
    [0x61, 0x7a],
  ]).repeat(1),
)
const accountIds = Language.lazy(() =>
  [...Array(12)].reduce<Language>(
    (ids) => ids.concat(Language.charset([[0x30, 0x39]])),
    Language.literal(''),
  ),
)

interface ClusterArns {
  /** `arn:PARTITION:eks:REGION:ACCOUNT:cluster/` */
  readonly head: Language
  readonly whole: Language
}

const arnsByAccount = new Map<string, ClusterArns>()

/** The ARNs that clusters of an account, or of any, can have. */
function clusterArns(partition: string | undefined, account: string | undefined): ClusterArns {
  const cacheKey = `${partition ?? ''}|${account ?? ''}`
  const known = arnsByAccount.get(cacheKey)
  if (known !== undefined) return known
  const head = Language.literal('arn:')
    .concat(
      partition === undefined
        ? Language.literal('aws').union(Language.literal('aws-').concat(lowerNameUnits))
        : Language.literal(partition),
    )
    .concat(Language.literal(':eks:'))
    .concat(lowerNameUnits)
    .concat(colon)
    .concat(account === undefined ? accountIds : Language.literal(account))
    .concat(Language.literal(':cluster/'))
  const arns = { head, whole: head.concat(clusterName) }
  if (arnsByAccount.size < 1000) arnsByAccount.set(cacheKey, arns)
  return arns
}

/**
 * Requests that EKS Auth sends for the pods of an association: AssumeRole as the service `pods.eks.amazonaws.com`, with
 * six session tags unless the association switches them off. Role and cluster are in one account.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html
 * @see https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html
 */
export function podIdentityModel(facts: PodIdentityFacts): RequestModel {
  const { account, sessionTags } = facts
  const cluster = clusterVariation(facts)
  const network = networkVariation('unknown')
  const time = timeVariation(facts.now)
  const organization = openKey('aws:sourceorgid', 'unknown', 'the organization of the account', {
    optional: true,
    cause: 'missing-input',
  })
  return {
    mechanism: 'pod-identity',
    caller: { type: 'service', service: POD_IDENTITY_SERVICE },
    actions: sessionTags ? ['sts:AssumeRole', 'sts:TagSession'] : ['sts:AssumeRole'],
    // EKS checks the role's trust when the association is made; whether it asks for sts:TagSession then is not known.
    doubtfulActions: sessionTags ? [] : ['sts:TagSession'],
    domain: SERVICE_ACCOUNT_WORDS,
    assumptions: [],
    joinHalves: serviceAccountWords,
    keyModel(key) {
      if (key.startsWith('aws:requesttag/')) return sessionTags ? requestTag(key, cluster) : NEVER
      if (key === 'aws:tagkeys' || key === 'sts:transitivetagkeys')
        return sessionTags ? fixedSet(...SESSION_TAGS) : NEVER
      if (key === 'aws:sourceaccount') {
        return account === undefined
          ? openKey(key, 'unknown', "the cluster's account", { cause: 'missing-input' })
          : fixed(account)
      }
      if (key === 'aws:sourcearn') {
        return facts.expected
          ? { kind: 'varies', variation: cluster }
          : openKey(
              key,
              'unknown',
              '`aws:SourceArn` of Pod Identity calls (expected: the ARN of the cluster)',
              { cause: 'doubt' },
            )
      }
      if (key === 'aws:sourceorgid') return organization
      if (NETWORK_KEYS.includes(key)) return { kind: 'varies', variation: network }
      if (TIME_KEYS.includes(key)) return { kind: 'varies', variation: time }
      const known = FIRST_HOP_KEYS.get(key)
      if (known !== undefined) return facts.expected ? known.expected : known.model
      if (!isGlobalKey(key)) return NEVER
      if (facts.expected && (key.startsWith('aws:principaltag/') || key.startsWith('aws:principal')))
        return NEVER
      return openKey(key, 'unknown', `${quoted(key)} in Pod Identity calls`, {
        optional: true,
        cause: 'doubt',
      })
    },
  }
}

function requestTag(key: string, cluster: Variation): KeyModel {
  switch (key.slice('aws:requesttag/'.length)) {
    case 'kubernetes-namespace':
      return { kind: 'symbolic', view: NAMESPACE }
    case 'kubernetes-service-account':
      return { kind: 'symbolic', view: SERVICE_ACCOUNT }
    case 'eks-cluster-arn':
    case 'eks-cluster-name':
      return { kind: 'varies', variation: cluster }
    case 'kubernetes-pod-name':
      return openKey(key, 'chosen', 'the name of the pod')
    case 'kubernetes-pod-uid':
      return openKey(key, 'chosen', 'the UID of the pod')
    default:
      return NEVER
  }
}

/** The cluster of the association: every key that shows it shows the same one. */
function clusterVariation(facts: PodIdentityFacts): Variation {
  const { head, whole } = clusterArns(facts.partition, facts.account)
  const name: VariableView = {
    read: (arn) => arn.slice(arn.lastIndexOf('/') + 1),
    preimage: (names) => head.concat(names),
  }
  const views = new Map([
    ['aws:requesttag/eks-cluster-arn', AS_IS],
    ['aws:requesttag/eks-cluster-name', name],
  ])
  if (facts.expected) views.set('aws:sourcearn', AS_IS)
  return {
    kind: 'chosen',
    about: 'the cluster of the association',
    alternatives: [
      [
        facts.clusterArn === undefined
          ? { type: 'text', language: whole, views }
          : { type: 'text', values: [facts.clusterArn], views },
      ],
    ],
  }
}

interface DoubtfulKey {
  readonly model: KeyModel
  readonly expected: KeyModel
}

const FIRST_HOP_KEYS: ReadonlyMap<string, DoubtfulKey> = new Map<string, DoubtfulKey>([
  ...['sts:externalid', 'sts:sourceidentity', 'aws:sourceidentity'].map((key): [string, DoubtfulKey] => [
    key,
    { model: NEVER, expected: NEVER },
  ]),
  [
    'aws:principalservicename',
    {
      model: openKey('aws:principalservicename', 'unknown', '`aws:PrincipalServiceName`', {
        optional: true,
        cause: 'doubt',
        values: [POD_IDENTITY_SERVICE],
      }),
      expected: fixed(POD_IDENTITY_SERVICE),
    },
  ],
  [
    'aws:principalisawsservice',
    {
      model: openKey('aws:principalisawsservice', 'unknown', '`aws:PrincipalIsAWSService`', {
        optional: true,
        cause: 'doubt',
        values: ['true'],
      }),
      expected: fixed('true'),
    },
  ],
  ['aws:securetransport', { model: fixed('true'), expected: fixed('true') }],
])
