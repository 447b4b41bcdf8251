import { Language } from '../automata/language.js'
import type { ContextValue, StsAction } from '../policy/request.js'

/**
 * Which requests one mechanism can send to STS, as data. One thing is symbolic, the word: for Kubernetes
 * `NAMESPACE:NAME`, for another issuer the whole subject, for callers with AWS credentials the principal's ARN. Every
 * other key is fixed, absent, or varies.
 */
export interface RequestModel {
  readonly mechanism: Mechanism
  readonly caller: ModelCaller
  /** Every action is checked against the whole policy; all must be allowed. */
  readonly actions: readonly StsAction[]
  /** See `AssumeRoleRequest.doubtfulActions`. */
  readonly doubtfulActions: readonly StsAction[]
  /** The words that exist. */
  readonly domain: Language
  /** For words of two halves: all words with a half of each set. */
  joinHalves?(namespaces: Language, names: Language): Language
  /** What the request context holds under a key (lower case). */
  keyModel(key: string): KeyModel
  /** What is taken for granted without the input saying so, as sentences for people. */
  readonly assumptions: readonly string[]
}

export type Mechanism =
  | 'irsa'
  | 'pod-identity'
  | 'web-identity'
  | 'aws-principal'
  | 'aws-service'
  | 'federation'

export type ModelCaller =
  | { readonly type: 'web-identity'; readonly provider: string }
  | { readonly type: 'service'; readonly service: string }
  /** The ARN is the word. */
  | { readonly type: 'aws'; readonly account: string }

export type KeyModel =
  | { readonly kind: 'fixed'; readonly value: ContextValue }
  | { readonly kind: 'absent' }
  | { readonly kind: 'symbolic'; readonly view: WordView }
  | { readonly kind: 'varies'; readonly variation: Variation }

/** How the word shows under a key. */
export interface WordView {
  /** Which part of a word of two halves the key shows; a set of words is then put together from both. */
  readonly half?: 'namespace' | 'service-account'
  /** The key's value for a word. */
  read(word: string): string
  /** The words whose value lies in a language. */
  preimage(values: Language): Language
}

/**
 * Keys that vary together. One of the alternatives holds in a request; the variables of it are independent of each
 * other, and the keys of all other alternatives are absent.
 */
export interface Variation {
  /** `chosen`: by the caller, or place and time. `unknown`: nobody has said what AWS sends. */
  readonly kind: 'chosen' | 'unknown'
  /** What the keys are, for people: "the audience of the token". */
  readonly about: string
  /** Why it is not known: a doubt about AWS, or a fact the input lacks. */
  readonly cause?: 'doubt' | 'missing-input'
  readonly alternatives: readonly (readonly Variable[])[]
}

/** One hidden value, and the keys that show it. */
export interface Variable {
  readonly type: 'text' | 'ip' | 'instant'
  /** All values there are, where they are few and known. */
  readonly values?: readonly string[]
  /** Texts that the value may be; absent: every text but the empty one. */
  readonly language?: Language
  /** For instants: milliseconds since 1970 of the first one possible. */
  readonly notBefore?: number
  readonly views: ReadonlyMap<string, VariableView>
}

export interface VariableView {
  read(value: string): string
  preimage(values: Language): Language
}

export const AS_IS: VariableView = { read: (value) => value, preimage: (values) => values }

export const NEVER: KeyModel = { kind: 'absent' }

export function fixed(...values: readonly string[]): KeyModel {
  return { kind: 'fixed', value: { state: 'present', values, multivalued: false } }
}

export function fixedSet(...values: readonly string[]): KeyModel {
  return { kind: 'fixed', value: { state: 'present', values, multivalued: true } }
}

/** A key of its own, with any text. */
export function openKey(
  key: string,
  kind: Variation['kind'],
  about: string,
  options: {
    optional?: boolean
    type?: Variable['type']
    values?: readonly string[]
    language?: Language
    cause?: 'doubt' | 'missing-input'
  } = {},
): KeyModel {
  const variable: Variable = {
    type: options.type ?? 'text',
    views: new Map([[key, AS_IS]]),
    ...(options.values === undefined ? {} : { values: options.values }),
    ...(options.language === undefined ? {} : { language: options.language }),
  }
  return {
    kind: 'varies',
    variation: {
      kind,
      about,
      ...(options.cause === undefined ? {} : { cause: options.cause }),
      alternatives: options.optional ? [[variable], []] : [[variable]],
    },
  }
}

const oneKey = (key: string, type: Variable['type']): Variable => ({ type, views: new Map([[key, AS_IS]]) })

const byNetwork: Readonly<Record<Variation['kind'], Variation>> = {
  chosen: networkOf('chosen'),
  unknown: networkOf('unknown'),
}

function networkOf(kind: Variation['kind']): Variation {
  return {
    kind,
    about: 'the place in the network that the call comes from',
    cause: 'doubt',
    alternatives: [
      [oneKey('aws:sourceip', 'ip')],
      [oneKey('aws:sourcevpc', 'text'), oneKey('aws:sourcevpce', 'text'), oneKey('aws:vpcsourceip', 'ip')],
    ],
  }
}

/** `aws:SourceIp` outside of a VPC endpoint, the VPC's keys through one; never both. */
export function networkVariation(kind: Variation['kind']): Variation {
  return byNetwork[kind]
}

const byTime = new WeakMap<Date, Variation>()

/** The instant of the call, which both time keys show. */
export function timeVariation(now: Date): Variation {
  const known = byTime.get(now)
  if (known !== undefined) return known
  const instant: Variable = {
    type: 'instant',
    notBefore: now.getTime(),
    views: new Map([
      ['aws:currenttime', { read: (ms) => new Date(Number(ms)).toISOString(), preimage: (values) => values }],
      ['aws:epochtime', { read: (ms) => String(Number(ms) / 1000), preimage: (values) => values }],
    ]),
  }
  const variation: Variation = { kind: 'chosen', about: 'the time of the call', alternatives: [[instant]] }
  byTime.set(now, variation)
  return variation
}

export const NETWORK_KEYS: readonly string[] = [
  'aws:sourceip',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:vpcsourceip',
]
export const TIME_KEYS: readonly string[] = ['aws:currenttime', 'aws:epochtime']

const sessionNameUnits = Language.lazy(() =>
  Language.charset(
    [...'_=,.@+-']
      .map((c) => [c.charCodeAt(0), c.charCodeAt(0)] as const)
      .concat([
        [0x30, 0x39],
        [0x41, 0x5a],
        [0x61, 0x7a],
      ]),
  ),
)
/** Two characters and more of the set that STS allows for `RoleSessionName`. */
export const SESSION_NAMES: Language = Language.lazy(() =>
  sessionNameUnits.concat(sessionNameUnits.repeat(1)),
)

/** Keys that IAM itself defines: one that a table does not list may exist, any other misspelled key is absent. */
export function isGlobalKey(key: string): boolean {
  return key.startsWith('aws:') || key.startsWith('sts:') || key.startsWith('iam:')
}
