/** Statements of a policy document, from what the plan shows of them and from what their blocks say. */
import type { Location } from '../../text/location.js'
import { pointerSegment } from '../../text/location.js'
import type { JsonObject } from '../json-input.js'
import { itemsOf, type WrittenStatement } from './statement-blocks.js'
import { isKnown, isListValue, isObjectValue, missing, originOf, type Value } from './values.js'

/** Where a part of a policy was written, by its pointer; `undefined` where nothing tells. */
export type Places = (pointer: string) => Location | undefined

/** Places by pointer: a part that has none stands where the nearest whole does. */
export function placesIn(places: ReadonlyMap<string, Location>): Places {
  return (pointer) => {
    for (let at = pointer; ; at = at.slice(0, at.lastIndexOf('/'))) {
      const place = places.get(at)
      if (place !== undefined || at === '') return place
    }
  }
}

/** A statement as JSON, and where its parts were written, by pointers below it. */
export interface ModelStatement {
  readonly json: JsonObject
  readonly places: Places
}

/** The word that stands for a missing value. */
export type WordFor = (origin: string) => string

/** A statement, or why there is none. */
export function statementOf(
  shown: Value | undefined,
  written: WrittenStatement | undefined,
  address: string,
  wordFor: WordFor,
): ModelStatement | string {
  const plan = shown !== undefined && isObjectValue(shown) ? shown : undefined
  if (plan === undefined && written === undefined) return `${address} is known only after apply`
  const attribute = (name: string): Value => preferred(plan?.[name] ?? null, written?.attribute(name) ?? null)
  const json: Record<string, unknown> = {}
  const places = new Map<string, Location>()
  if (written !== undefined) places.set('', written.location)
  const place = (pointer: string, location: Location | undefined): void => {
    if (location !== undefined) places.set(pointer, location)
  }

  const sid = attribute('sid')
  if (typeof sid === 'string' && sid !== '') json['Sid'] = sid
  const effect = attribute('effect')
  if (originOf(effect) !== undefined) return `the effect of ${address} is known only after apply`
  json['Effect'] = typeof effect === 'string' && effect !== '' ? effect : 'Allow'
  place('/Effect', written?.placeOf('effect'))
  for (const [name, element] of [
    ['actions', 'Action'],
    ['not_actions', 'NotAction'],
    ['resources', 'Resource'],
    ['not_resources', 'NotResource'],
  ] as const) {
    const value = attribute(name)
    const items = itemsOf(value)
    if (items === undefined || !isKnown(value)) return `\`${name}\` of ${address} is known only after apply`
    if (items.length > 0) json[element] = scalar(items as readonly string[])
    place(`/${element}`, written?.placeOf(name))
  }
  for (const [name, element] of [
    ['principals', 'Principal'],
    ['not_principals', 'NotPrincipal'],
  ] as const) {
    const listed = plan === undefined ? undefined : itemsOf(plan[name] ?? null)
    if (listed === undefined && written === undefined)
      return `the principals of ${address} are known only after apply`
    const own = (name === 'principals' ? written?.principals : written?.notPrincipals) ?? []
    const principals = paired(listed, own, 'type', 'identifiers')
    const map = new Map<string, string[]>()
    for (const { head: type, items, location } of principals) {
      if (typeof type !== 'string') return `the principals of ${address} are known only after apply`
      const words = items.map((item, index) =>
        wordOf(item, `${address}.${name}.identifiers[${index}]`, wordFor),
      )
      map.set(type, [...(map.get(type) ?? []), ...words])
      place(`/${element}`, location)
      place(`/${element}${pointerSegment(type)}`, location)
    }
    if (map.size > 0)
      json[element] =
        map.get('*')?.includes('*') && map.size === 1
          ? '*'
          : Object.fromEntries([...map].map(([type, words]) => [type, scalar(words)]))
  }
  const listed = plan === undefined ? undefined : itemsOf(plan['condition'] ?? null)
  if (plan !== undefined && listed === undefined && written === undefined)
    return `the conditions of ${address} are known only after apply`
  const conditions = paired(listed, written?.conditions ?? [], 'test', 'values', 'variable')
  const tests = new Map<string, Map<string, string[]>>()
  for (const [index, { head: test, items, variable = null, location }] of conditions.entries()) {
    if (typeof test !== 'string') return `an operator of ${address} is known only after apply`
    const key = wordOf(variable, `${address}.condition[${index}].variable`, wordFor)
    const words = items.map((item, at) =>
      wordOf(item, `${address}.condition[${index}].values[${at}]`, wordFor),
    )
    const keys = tests.get(test) ?? new Map<string, string[]>()
    tests.set(test, keys.set(key, [...(keys.get(key) ?? []), ...words]))
    const pointer = `/Condition${pointerSegment(test)}`
    if (!places.has(pointer)) place(pointer, location)
    place(pointer + pointerSegment(key), location)
  }
  if (tests.size > 0) {
    json['Condition'] = Object.fromEntries(
      [...tests].map(([test, keys]) => [
        test,
        Object.fromEntries([...keys].map(([key, words]) => [key, scalar(words)])),
      ]),
    )
  }
  return { json, places: placesIn(places) }
}

/** What the plan knows, else what the expression comes to. */
function preferred(planned: Value, written: Value): Value {
  if (originOf(planned) !== undefined && written !== null) return written
  if (isKnown(planned) && planned !== null) return planned
  return written ?? planned
}

interface Paired {
  readonly head: Value
  readonly items: readonly Value[]
  readonly variable?: Value
  readonly location?: Location
}

type WrittenBlock = Readonly<Record<string, unknown>> & { readonly location: Location }

/**
 * Blocks of a set: the plan has sorted them, so each is paired with the written one that says the same as far as both
 * are known.
 */
function paired(
  listed: readonly Value[] | undefined,
  written: readonly object[],
  head: string,
  items: string,
  key?: string,
): readonly Paired[] {
  const rest = [...written] as WrittenBlock[]
  const fromWritten = (one: WrittenBlock): Paired => ({
    head: one[head] as Value,
    items: itemsOf(one[items] as Value) ?? [one[items] as Value],
    ...(key === undefined ? {} : { variable: one[key] as Value }),
    location: one.location,
  })
  if (listed === undefined) return rest.map(fromWritten)
  return listed.map((shown) => {
    const plan = isObjectValue(shown) ? shown : undefined
    const scores = rest.map(
      (one) =>
        agreement(plan?.[head] ?? null, one[head] as Value) +
        agreement(plan?.[items] ?? null, one[items] as Value) +
        (key === undefined ? 0 : agreement(plan?.[key] ?? null, one[key] as Value)),
    )
    const best = scores.indexOf(Math.max(...scores))
    const match = best >= 0 && (scores[best] ?? -1) >= 0 ? rest.splice(best, 1)[0] : undefined
    const other = match && fromWritten(match)
    const planned = itemsOf(plan?.[items] ?? null)
    const isComplete = planned !== undefined && planned.every(isKnown)
    const chosen = isComplete || other === undefined ? (planned ?? [missing(items)]) : other.items
    const variable =
      key === undefined
        ? undefined
        : withoutScheme(preferred(plan?.[key] ?? missing(key), other?.variable ?? null), other?.variable)
    return {
      head: preferred(plan?.[head] ?? missing(head), other?.head ?? null),
      items: chosen,
      ...(variable === undefined ? {} : { variable }),
      ...(other?.location === undefined ? {} : { location: other.location }),
    }
  })
}

/**
 * The URL of a provider is configured with its scheme and read back without, so a key that is made of it has a scheme
 * in the plan and none after the apply.
 */
function withoutScheme(planned: Value, written: Value | undefined): Value {
  return typeof planned === 'string' && typeof written === 'string' && planned === `https://${written}`
    ? written
    : planned
}

/** Below zero where two values cannot be the same. */
function agreement(a: Value, b: Value): number {
  if (originOf(a) !== undefined || originOf(b) !== undefined || a === null || b === null) return 0
  if (isListValue(a) && isListValue(b)) {
    if (a.length !== b.length) return -10
    const texts = new Set(b.filter(isKnown).map(String))
    const unknown = b.filter((item) => !isKnown(item)).length
    const strangers = a.filter((item) => isKnown(item) && !texts.has(String(item))).length
    return strangers > unknown + countWords(b) ? -10 : 2
  }
  if (a === b || `${String(a)}` === `https://${String(b)}`) return 3
  return -10
}

/** Texts that are made of words for what is missing: any value may stand in their place. */
function countWords(values: readonly Value[]): number {
  return values.filter((item) => typeof item === 'string' && item.includes('known-after-apply')).length
}

function wordOf(value: Value, origin: string, wordFor: WordFor): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return wordFor(originOf(value) ?? origin)
}

function scalar(items: readonly string[]): string | readonly string[] {
  const [only] = items
  return items.length === 1 && only !== undefined ? only : items
}
