/**
 * Members of answers. The types of the SDK say what a service means to send; what comes may be anything, and what is
 * not of its type is left out.
 */

export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** A text that can name something: not an empty one. */
export function nameIn(value: unknown): string | undefined {
  return value === '' ? undefined : text(value)
}

export function flag(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined
}

export function time(value: unknown): string | undefined {
  return value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : undefined
}

/** The texts of a list. */
export function texts(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : undefined
}

/** The texts of a map, keys as they came. */
export function textMap(value: unknown): Readonly<Record<string, string>> | undefined {
  if (!isObject(value)) return undefined
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

/** What `read` makes of the objects of a list. */
export function listOf<Item>(value: unknown, read: (raw: Raw) => Item): readonly Item[] | undefined {
  return Array.isArray(value) ? value.filter(isObject).map(read) : undefined
}

/** What `read` makes of an object. */
export function part<Item>(value: unknown, read: (raw: Raw) => Item): Item | undefined {
  return isObject(value) ? read(value) : undefined
}

/** An object of an answer, of which nothing is known. */
export type Raw = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

type Known<Members> = { [Member in keyof Members]?: Exclude<Members[Member], undefined> }

/** The members that have a value. */
export function known<Members extends object>(members: Members): Known<Members> {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  ) as Known<Members>
}
