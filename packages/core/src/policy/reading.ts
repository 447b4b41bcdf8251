import type { Problems } from './problems.js'

/** What is known while one document is read. */
export interface Reading {
  readonly problems: Problems
  /** Absent in a document without repeated keys. */
  readonly repeats: Repeats | undefined
  /** Whether some value may not be known yet: what its text says about such a value proves nothing. */
  readonly hasHoles: boolean
}

/** A copy of which nothing is left but that it was there. */
export const LOST: unique symbol = Symbol('lost copy')

/** All values of a key that stands more than once in an object, the last one in force; `undefined` for other keys. */
export type Repeats = (holder: object, key: string) => readonly unknown[] | undefined

/**
 * The values of a key among which nobody can tell which one IAM would keep: one, unless the key is repeated and its
 * copies differ.
 */
export function alternatives(reading: Reading, holder: JsonObject, key: string): readonly unknown[] {
  const copies = reading.repeats?.(holder, key)
  if (copies === undefined) return [holder[key]]
  if (copies.includes(LOST) || copies.some((copy) => hasRepeats(reading, copy))) return copies
  const texts = new Set(copies.map((copy) => JSON.stringify(copy)))
  return texts.size === 1 ? [holder[key]] : copies
}

/** Whether a key is repeated anywhere inside a value: its JSON text then tells only a part of it. */
function hasRepeats(reading: Reading, value: unknown): boolean {
  if (Array.isArray(value)) return value.some((item) => hasRepeats(reading, item))
  if (!isObject(value)) return false
  return Object.keys(value).some(
    (key) => reading.repeats?.(value, key) !== undefined || hasRepeats(reading, value[key]),
  )
}

export type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The text of a value of the grammar: strings, and booleans and numbers as JSON text. How a number was spelled is gone:
 * `1.0` reads as `1` and `1e3` as `1000`, where IAM may have kept the spelling.
 */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'boolean' || typeof value === 'number' ? String(value) : undefined
}

/** What a value is, for messages. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  return `a ${typeof value}`
}
