/** What expressions of a configuration come to, as far as a plan and its configuration tell. */
import type { InputText } from '../../text/location.js'
import type { Range } from './hcl/syntax.js'
import type { Instance } from './instances.js'

export type Value = string | number | boolean | null | readonly Value[] | ValueObject | Missing | Reach

/** Without a prototype: keys are those of strangers. */
export interface ValueObject {
  readonly [key: string]: Value
}

const MISSING: unique symbol = Symbol('missing')
const ABSENT: unique symbol = Symbol('absent')
const REACH: unique symbol = Symbol('reach')

/** Not known, or not understood: the origin says what would have to be. */
export interface Missing {
  readonly [MISSING]: string
  /** Known not to be there: `try` goes on to the next. */
  readonly [ABSENT]?: true
}

/** A place in an instance, which nobody has looked at yet. */
export interface Reach {
  readonly [REACH]: { readonly instance: Instance; readonly path: readonly (string | number)[] }
}

export function missing(origin: string): Missing {
  return { [MISSING]: origin }
}

export function absent(origin: string): Missing {
  return { [MISSING]: origin, [ABSENT]: true }
}

export function isAbsent(value: Value): boolean {
  return typeof value === 'object' && value !== null && ABSENT in value
}

export function originOf(value: Value): string | undefined {
  return typeof value === 'object' && value !== null && MISSING in value
    ? (value as Missing)[MISSING]
    : undefined
}

export function reach(instance: Instance, path: readonly (string | number)[]): Reach {
  return { [REACH]: { instance, path } }
}

export function reachOf(value: Value): Reach[typeof REACH] | undefined {
  return typeof value === 'object' && value !== null && REACH in value ? (value as Reach)[REACH] : undefined
}

export function isListValue(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}

export function isObjectValue(value: Value): value is ValueObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(MISSING in value) &&
    !(REACH in value)
  )
}

export function objectOf(entries: Iterable<readonly [string, Value]>): ValueObject {
  const object = Object.create(null) as Record<string, Value>
  for (const [key, value] of entries) object[key] = value
  return object
}

/** A value of JSON as a value. */
export function valueOf(json: unknown): Value {
  if (Array.isArray(json)) return json.map(valueOf)
  if (typeof json === 'object' && json !== null)
    return objectOf(Object.entries(json).map(([key, item]) => [key, valueOf(item)]))
  return typeof json === 'string' || typeof json === 'number' || typeof json === 'boolean' ? json : null
}

/** Whether nothing in it is missing or still to be looked at. */
export function isKnown(value: Value): boolean {
  if (isListValue(value)) return value.every(isKnown)
  if (isObjectValue(value)) return Object.values(value).every(isKnown)
  return typeof value !== 'object' || value === null
}

/** A collection as its expression stands in a file. */
export interface Written {
  readonly input: InputText
  readonly range: Range
  /** Members by key or index, the last of each key. */
  readonly members: ReadonlyMap<string, Range>
  /** Keys that stand more than once, with the values that are lost. */
  readonly lost: ReadonlyMap<string, readonly Value[]>
}

const written = new WeakMap<object, Written>()

export function writtenAs(value: Value): Written | undefined {
  return typeof value === 'object' && value !== null ? written.get(value) : undefined
}

export function remember<T extends object>(value: T, as: Written): T {
  written.set(value, as)
  return value
}
