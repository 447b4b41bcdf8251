import { textAt } from '../text/json.js'
import type { TrustPolicyDocument } from '../inventory.js'
import { LOST, type Repeats } from './reading.js'

/** Far more values than any policy has; a document of aliases may unfold to more than memory holds. */
const MOST_VALUES = 1_000_000
const MAX_DEPTH = 100

/** A JSON value as text; `undefined` when it is nested too deep, unfolds to too much, or is no JSON value. */
export function valueText(value: unknown): string | undefined {
  if (countValues(value, 0, 0) > MOST_VALUES) return undefined
  try {
    const text: unknown = JSON.stringify(value)
    return typeof text === 'string' ? text : undefined
  } catch {
    return undefined
  }
}

/** The number of values seen so far and in this one; past the limit, some number past the limit. */
function countValues(value: unknown, seen: number, depth: number): number {
  let count = seen + 1
  if (typeof value !== 'object' || value === null) return count
  if (depth >= MAX_DEPTH) return Infinity
  for (const member of Object.values(value)) {
    count = countValues(member, count, depth + 1)
    if (count > MOST_VALUES) return count
  }
  return count
}

type ValueDocument = Extract<TrustPolicyDocument, { kind: 'value' }>

/** The text a value was read from, with its repeated keys, if the input still shows it and it says the same. */
export function reviveText({ location }: ValueDocument, text: string): string | undefined {
  const original = textAt(location)
  if (original === undefined) return undefined
  try {
    return JSON.stringify(JSON.parse(original)) === text ? original : undefined
  } catch {
    return undefined
  }
}

/** Repeated keys of which only the last copy is left. */
export function repeatsAt(document: unknown, pointers: readonly string[]): Repeats {
  const repeats = new Map<object, Map<string, readonly unknown[]>>()
  for (const pointer of pointers) {
    const keys = pointer
      .split('/')
      .slice(1)
      .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
    const key = keys.pop()
    let holder: unknown = document
    for (const step of keys) holder = ownMember(holder, step)
    if (key === undefined || typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, key))
      continue
    const ofHolder = repeats.get(holder) ?? new Map<string, readonly unknown[]>()
    repeats.set(holder, ofHolder.set(key, [LOST, ownMember(holder, key)]))
  }
  return (holder, key) => repeats.get(holder)?.get(key)
}

function ownMember(holder: unknown, key: string): unknown {
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, key)) return undefined
  return (holder as Readonly<Record<string, unknown>>)[key]
}
