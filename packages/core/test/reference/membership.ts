/**
 * Brute force over a finite model of the requests one mechanism can send: whether a service account gets in for
 * certain, or possibly. It knows nothing of languages; it tries values, and counts on the pools to hold one of every
 * kind that the policy can tell apart.
 */
import type { Condition, TrustPolicy } from '../../src/policy/ast.js'
import type { Caller, ContextValue, Outcome, RequestContext, StsAction } from '../../src/policy/request.js'
import { referenceCondition, referenceEvaluate } from './evaluator.js'
import { keysOf, variablesOf } from './keys.js'
import {
  glob,
  literal,
  lowerCase,
  parseBase64,
  parseDate,
  parseIpv4,
  parseIpv6,
  parseNumber,
} from './literals.js'
import type { Token } from './literals.js'

/** The requests of one mechanism. Keys in any letter case; a key that is named nowhere is absent. */
export interface ReferenceModel {
  readonly caller: Caller
  readonly actions: readonly StsAction[]
  readonly doubtfulActions?: readonly StsAction[]
  /** Keys that carry the service account. */
  readonly subject: readonly SubjectKey[]
  /** Keys whose value is known. Also `unknown` ones that are not to be enumerated. */
  readonly fixed: Readonly<Record<string, ContextValue>>
  /** Keys the caller chooses. */
  readonly chosen: readonly OpenKey[]
  /** Keys that have some value or none, and nobody knows which. */
  readonly unknown: readonly OpenKey[]
}

export interface SubjectKey {
  readonly key: string
  readonly prefix: string
  /** Of the word `NAMESPACE:NAME`; the namespace ends at the first colon. */
  readonly part: 'word' | 'namespace' | 'name'
}

export interface OpenKey {
  /** A key, or a family of keys such as `aws:PrincipalTag/*`. */
  readonly key: string
  readonly mayBeAbsent: boolean
  readonly mayBeEmpty?: boolean
  readonly multivalued?: boolean
  /** Every value there can be, where there are few. */
  readonly values?: readonly string[]
  /** Which of the values that the policy suggests can occur. */
  readonly allows?: (value: string) => boolean
}

export interface Membership {
  /** Whatever the unknown keys hold, the caller can choose so that the request is allowed. */
  readonly certain: boolean
  /** Something the unknown keys may hold, and something the caller may choose, leaves the request not denied. */
  readonly possible: boolean
}

/** More requests than this are not tried: the model or the policy is too large for brute force. */
const MOST_REQUESTS = 200_000

export function referenceMembership(policy: TrustPolicy, model: ReferenceModel, word: string): Membership {
  const base = new Map<string, ContextValue>()
  for (const [key, value] of Object.entries(model.fixed)) base.set(key.toLowerCase(), value)
  for (const { key, prefix, part } of model.subject) {
    const colon = word.indexOf(':')
    const text = part === 'word' ? word : part === 'namespace' ? word.slice(0, colon) : word.slice(colon + 1)
    base.set(key.toLowerCase(), present([prefix + text]))
  }
  const open = [...model.chosen, ...model.unknown]
  const pools = poolsOf(policy, open, base)
  const chosen = pools.filter((pool) => model.chosen.includes(pool.open))
  const unknown = pools.filter((pool) => model.unknown.includes(pool.open))
  const size = pools.reduce((product, { states }) => product * states.length, 1)
  if (size > MOST_REQUESTS) throw new RangeError(`${size} requests are too many to try`)

  const outcome = (context: RequestContext): Outcome =>
    referenceEvaluate(policy, {
      actions: model.actions,
      ...(model.doubtfulActions ? { doubtfulActions: model.doubtfulActions } : {}),
      caller: model.caller,
      context,
    })
  let certain = true
  let possible = false
  for (const world of assignments(unknown, base)) {
    const outcomes = new Set([...assignments(chosen, world)].map(outcome))
    if (!outcomes.has('allowed')) certain = false
    if (outcomes.has('allowed') || outcomes.has('undecided')) possible = true
  }
  return { certain, possible }
}

interface Pool {
  readonly open: OpenKey
  readonly key: string
  /** What the key may be. */
  readonly states: readonly ContextValue[]
}

function* assignments(pools: readonly Pool[], base: RequestContext): Generator<RequestContext> {
  const [first, ...rest] = pools
  if (!first) {
    yield base
    return
  }
  for (const state of first.states) yield* assignments(rest, new Map([...base, [first.key, state]]))
}

const present = (values: readonly string[], multivalued = false): ContextValue => ({
  state: 'present',
  values,
  multivalued,
})

/** A pool for every open key that the policy looks at. */
export function poolsOf(
  policy: TrustPolicy,
  open: readonly OpenKey[],
  base: RequestContext,
): readonly Pool[] {
  const keys = keysOf(policy)
  const found = open.flatMap((one) => {
    const name = one.key.toLowerCase()
    const named = keys.filter((key) =>
      name.endsWith('*') ? key.startsWith(name.slice(0, -1)) : key === name,
    )
    return named.filter((key) => !base.has(key)).map((key) => ({ open: one, key }))
  })
  // values first without variables, then with what those gave for the keys that variables name
  const texts = new Map<string, readonly string[]>()
  for (const [key, value] of base) if (value.state === 'present') texts.set(key, value.values)
  for (let round = 0; round < 2; round++) {
    for (const { open: one, key } of found) texts.set(key, textsOf(policy, one, key, texts))
  }
  return found.map(({ open: one, key }) => ({
    open: one,
    key,
    states: statesOf(policy, one, key, texts.get(key)!, base),
  }))
}

function statesOf(
  policy: TrustPolicy,
  open: OpenKey,
  key: string,
  texts: readonly string[],
  base: RequestContext,
): readonly ContextValue[] {
  const tests = conditionsOf(policy).filter((condition) => condition.key.toLowerCase() === key)
  const isVariable = conditionsOf(policy).some(({ values }) => values.flatMap(variablesOf).includes(key))
  const hasVariables = tests.some(({ values }) => values.some((value) => value.includes('${')))
  // one state for each combination of answers is enough, unless a variable tells more of them apart
  const distinct = (states: readonly ContextValue[]): readonly ContextValue[] => {
    if (isVariable || hasVariables) return states
    const byAnswers = new Map<string, ContextValue>()
    for (const state of states) {
      const context = new Map([...base, [key, state] as const])
      const answers = tests.flatMap((test) =>
        (['Allow', 'Deny'] as const).map((effect) =>
          referenceCondition(test, effect, policy.version, context),
        ),
      )
      const known = byAnswers.get(answers.join())
      if (known === undefined) byAnswers.set(answers.join(), state)
    }
    return [...byAnswers.values()]
  }
  const single = distinct(texts.map((text) => present([text], open.multivalued === true)))
  const sets = open.multivalued ? distinct([present([], true), ...subsets(single)]) : single
  return open.mayBeAbsent ? [{ state: 'absent' }, ...sets] : sets
}

/** Every set of one, two or three of the values. */
function subsets(single: readonly ContextValue[]): readonly ContextValue[] {
  const texts = single.flatMap((state) => (state.state === 'present' ? state.values : []))
  return texts.flatMap((a, i) => [
    present([a], true),
    ...texts
      .slice(i + 1)
      .flatMap((b, j) => [
        present([a, b], true),
        ...texts.slice(i + j + 2).map((c) => present([a, b, c], true)),
      ]),
  ])
}

function conditionsOf(policy: TrustPolicy): readonly Condition[] {
  return policy.statements.flatMap((statement) => [
    ...statement.conditions,
    ...(statement.readings ?? []).flat(),
  ])
}

/* ------------------------------------------------------------------ values worth trying */

const FRESH = ['fresh-value', '198.51.100.200', '3fff::1', 'arn:aws:fresh:::fresh', '86399']

function textsOf(
  policy: TrustPolicy,
  open: OpenKey,
  key: string,
  texts: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const candidates = new Set<string>(open.values ?? FRESH)
  if (open.mayBeEmpty) candidates.add('')
  if (!open.values) {
    const tests = conditionsOf(policy).filter((condition) => condition.key.toLowerCase() === key)
    const words = tests.filter(({ operator }) => /^(String|Arn)/.test(operator.base ?? ''))
    const patterns = words.flatMap(({ operator, values }) => {
      const read = operator.base!.endsWith('Like') || operator.base!.startsWith('Arn') ? glob : literal
      const ignoreCase = operator.base!.endsWith('IgnoreCase')
      return values.flatMap((value) =>
        expand(value, policy.version, texts).map((text) => ({ tokens: read(text), ignoreCase })),
      )
    })
    const isArn = words.some(({ operator }) => operator.base!.startsWith('Arn'))
    const shapes = isArn ? [{ tokens: glob('arn:*:*:*:*:*'), ignoreCase: false }] : []
    for (const word of wordsOf([...patterns, ...shapes])) candidates.add(word)
    for (const { operator, values } of tests) {
      const base = operator.base ?? ''
      if (base.startsWith('Numeric'))
        around(values.map(parseNumber), 1).forEach((n) => candidates.add(String(n)))
      else if (base.startsWith('Date')) {
        around(values.map(parseDate), 1).forEach((ms) => candidates.add(new Date(ms).toISOString()))
      } else if (base.endsWith('IpAddress'))
        values.flatMap(addressesAround).forEach((text) => candidates.add(text))
      else if (base === 'Bool') ['true', 'false'].forEach((text) => candidates.add(text))
      else if (base === 'BinaryEquals') {
        for (const value of values) if (parseBase64(value) !== undefined) candidates.add(utf8(value))
      }
    }
    // what this key would have to be for a value that names it as a variable to hit
    for (const condition of conditionsOf(policy)) {
      for (const value of condition.values.filter((text) => variablesOf(text).includes(key))) {
        for (const text of texts.get(condition.key.toLowerCase()) ?? []) {
          for (const part of parts(text)) {
            const context = new Map<string, ContextValue>([
              ['text', present([text])],
              [key, present([part])],
            ])
            const operator = { base: 'StringLike' as const, ifExists: false, text: 'StringLike' }
            const test: Condition = { ...condition, operator, key: 'text', values: [value] }
            if (referenceCondition(test, 'Allow', policy.version, context) === 'true') candidates.add(part)
          }
        }
      }
    }
  }
  return [...candidates].filter((text) =>
    text === '' ? open.mayBeEmpty === true : (open.allows?.(text) ?? true),
  )
}

/** The value as a glob, with every value that its variables may have. What the wildcards in those do, any pool may show. */
function expand(
  value: string,
  version: TrustPolicy['version'],
  texts: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  if (version !== '2012-10-17') return [value]
  const variable = /\$\{([^}]*)\}/.exec(value)
  if (!variable) return [value]
  const [whole, inside = ''] = variable
  const before = value.slice(0, variable.index)
  const after = expand(value.slice(variable.index + whole.length), version, texts)
  if (['*', '?', '$'].includes(inside)) return after.map((rest) => before + inside + rest)
  const [name = '', fallback] = inside.split(', ')
  const known = texts.get(name.toLowerCase()) ?? []
  const either = fallback === undefined ? known : [...known, fallback.slice(1, -1)]
  return either.flatMap((text) => after.map((rest) => before + text + rest))
}

function parts(text: string): readonly string[] {
  const found = new Set<string>()
  for (let from = 0; from < text.length; from++) {
    for (let to = from + 1; to <= text.length; to++) found.add(text.slice(from, to))
  }
  return [...found]
}

/** The numbers themselves, what lies between them, and what lies beyond. */
function around(numbers: readonly (number | undefined)[], step: number): readonly number[] {
  const sorted = numbers.filter((n) => n !== undefined).sort((a, b) => a - b)
  return sorted.flatMap((n, i) => [n - step, n, n + step, (n + (sorted[i + 1] ?? n)) / 2])
}

function utf8(base64: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)))
}

/** First and last address of a block, and their neighbours outside. */
function addressesAround(value: string): readonly string[] {
  const [address = '', prefix] = value.split('/')
  const bits = parseIpv4(address) ?? parseIpv6(address)
  if (bits === undefined) return []
  const length = Math.min(prefix === undefined ? bits.length : Number(prefix), bits.length)
  const first = BigInt(`0b${bits.slice(0, length).padEnd(bits.length, '0')}`)
  const last = BigInt(`0b${bits.slice(0, length).padEnd(bits.length, '1')}`)
  return [first - 1n, first, last, last + 1n]
    .filter((n) => n >= 0n && n < 1n << BigInt(bits.length))
    .map((n) => {
      const row = n.toString(2).padStart(bits.length, '0')
      const width = bits.length === 32 ? 8 : 16
      const groups = Array.from({ length: bits.length / width }, (_, i) =>
        parseInt(row.slice(i * width, (i + 1) * width), 2),
      )
      return bits.length === 32 ? groups.join('.') : groups.map((group) => group.toString(16)).join(':')
    })
}

/* ------------------------------------------------------------------ words */

interface Pattern {
  readonly tokens: readonly Token[]
  readonly ignoreCase: boolean
}

const MOST_STATES = 20_000

/**
 * Words for every way in which the patterns can match or not match together: all patterns are read side by side, one
 * unit at a time, and every new combination of positions gives its shortest word. Up to four words of each outcome.
 */
export function wordsOf(patterns: readonly Pattern[]): readonly string[] {
  if (patterns.length === 0) return []
  const units = new Set(
    patterns.flatMap(({ tokens, ignoreCase }) =>
      tokens
        .filter((token) => !token.wild)
        .flatMap(({ text }) => (ignoreCase ? [lowerCase(text), text.toUpperCase().charAt(0)] : [text])),
    ),
  )
  const fresh = ['x', 'z', '9', '-', '~'].find((unit) => !units.has(unit)) ?? '\u0178'
  const alphabet = [...units, fresh]
  const isStar = (token: Token): boolean => token.wild && token.text === '*'
  const close = (positions: readonly number[], { tokens }: Pattern): readonly number[] => {
    const closed = new Set(positions)
    for (const at of closed) if (at < tokens.length && isStar(tokens[at]!)) closed.add(at + 1)
    return [...closed].sort((a, b) => a - b)
  }
  const step = (positions: readonly number[], pattern: Pattern, unit: string): readonly number[] => {
    const next = positions.flatMap((at) => {
      const token = pattern.tokens[at]
      if (!token) return []
      if (isStar(token)) return [at]
      const same = pattern.ignoreCase ? lowerCase(token.text) === lowerCase(unit) : token.text === unit
      return token.wild || same ? [at + 1] : []
    })
    return close(next, pattern)
  }

  const words = new Map<string, string[]>()
  const seen = new Set<string>()
  let level: { readonly word: string; readonly places: readonly (readonly number[])[] }[] = [
    { word: '', places: patterns.map((pattern) => close([0], pattern)) },
  ]
  while (level.length > 0 && seen.size < MOST_STATES) {
    const next: typeof level = []
    for (const { word, places } of level) {
      const accepted = places.map((positions, i) => positions.includes(patterns[i]!.tokens.length)).join()
      const known = words.get(accepted) ?? []
      if (known.length < 4) words.set(accepted, [...known, word])
      for (const unit of alphabet) {
        const after = places.map((positions, i) => step(positions, patterns[i]!, unit))
        // short words are told apart by their length: some keys want at least two units
        const name = `${Math.min(word.length, 3)}|${after.map((positions) => positions.join()).join('|')}`
        if (seen.has(name)) continue
        seen.add(name)
        next.push({ word: word + unit, places: after })
      }
    }
    level = next
  }
  return [...words.values()].flat()
}
