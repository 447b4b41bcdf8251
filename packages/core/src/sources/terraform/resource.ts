import type { Role, Unknown } from '../../inventory.js'
import { quoted } from '../../text/quote.js'
import { isList, isObject, type JsonObject, textsOf } from '../json-input.js'

/** One instance of a resource or data source, as a plan or a state shows it. */
export interface TerraformResource {
  readonly address: string
  /** The address of its module instance, `module.app["a"]`; the empty string is the root module. */
  readonly module: string
  readonly mode: 'managed' | 'data'
  readonly type: string
  readonly name: string
  readonly values: JsonObject
  /** Shaped as the values, `true` in the place of what is known only after apply. */
  readonly unknown: unknown
  readonly change?: NonNullable<Role['change']>
  /** JSON pointer of the entry, and of its values. */
  readonly pointer: string
  readonly valuesPointer: string
}

type Path = readonly [string, ...(string | number)[]]

/** A text, `undefined` where the attribute is not set, or why it is not known. */
export function textAttribute(resource: TerraformResource, ...path: Path): string | Unknown | undefined {
  if (isUnknownAt(resource, path)) return knownAfterApply(resource, path)
  const value = valueAt(resource, path)
  if (value === undefined || value === null || value === '') return undefined
  return typeof value === 'string' ? value : unreadable(resource, path, 'is not a text')
}

/** A list of texts, empty where the attribute is not set. One element that is not known makes the list unknown. */
export function textsAttribute(resource: TerraformResource, ...path: Path): readonly string[] | Unknown {
  if (isUnknownAt(resource, path)) return knownAfterApply(resource, path)
  const value = valueAt(resource, path)
  return value === undefined || value === null
    ? []
    : (textsOf(value) ?? unreadable(resource, path, 'is not a list of texts'))
}

/** The text of an attribute where it is known and nothing else will do. */
export function knownText(resource: TerraformResource, ...path: Path): string | undefined {
  const text = textAttribute(resource, ...path)
  return typeof text === 'string' ? text : undefined
}

/** What is not known is not in the values, or `null` there; a look at the values alone would call it unset. */
function isUnknownAt(resource: TerraformResource, path: Path): boolean {
  let unknown = resource.unknown
  for (const key of path) {
    if (unknown === true) return true
    unknown = childOf(unknown, key)
  }
  return unknown === true || (isList(unknown) && unknown.includes(true))
}

function valueAt(resource: TerraformResource, path: Path): unknown {
  return path.reduce<unknown>(childOf, resource.values)
}

function childOf(value: unknown, key: string | number): unknown {
  if (isList(value)) return typeof key === 'number' ? value[key] : undefined
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

function knownAfterApply(resource: TerraformResource, [name]: Path): Unknown {
  const reason = `${quoted(name)} of ${quoted(resource.address)} is known only after apply`
  return { unknown: true, reason, cause: 'known-after-apply' }
}

function unreadable(resource: TerraformResource, [name]: Path, what: string): Unknown {
  const reason = `${quoted(name)} of ${quoted(resource.address)} ${what}`
  return { unknown: true, reason, cause: 'unreadable' }
}
