/**
 * JSON as it is needed to report about it: positions are worked out when asked, repeated keys are seen, and neither
 * costs a text that nobody asks about more than a second look at its characters.
 */
import { InputError } from '../errors.js'
import { type JsonCopies, readCopies } from './json-copies.js'
import { jsonFault } from './json-fault.js'
import { startOfText, surveyJson } from './json-scan.js'
import type { InputText, Position } from './location.js'
import { positionIn } from './position.js'

export { keyPositionOf, occurrencesOf, positionOf, textAt } from './position.js'

/** A key that stands more than once in one object. `JSON.parse` keeps the last value and drops the others. */
export interface DuplicateKey {
  /** The key as a JSON pointer; the value there is the last one. */
  readonly pointer: string
  readonly key: string
  /** All members that have the key, from key to end of value, in the order of the text. The last one is in force. */
  readonly positions: readonly Position[]
}

export interface JsonDocument {
  readonly input: InputText
  /** What `JSON.parse` gives. `__proto__` is a key like any other; numbers have lost their spelling (`1.0` is `1`). */
  readonly value: unknown
  /** Exact. */
  readonly hasDuplicateKeys: boolean
  /** Reads the text once more, slowly, on the first call of a document that has any. */
  duplicateKeys(): readonly DuplicateKey[]
  /** The text with the values under repeated keys kept; its `value` is equal to this one but another object. */
  copies(): JsonCopies
}

export interface JsonLimits {
  /** Levels of nesting, 100 when not given. */
  readonly maxDepth?: number
  /** UTF-16 units of text; no limit when not given. */
  readonly maxLength?: number
}

/** Levels of nesting that are read where nothing else is said. */
export const MAX_DEPTH = 100

/**
 * Parses a JSON text; a byte order mark before it is allowed.
 *
 * Repeated keys are found by counting. Outside strings a JSON text has exactly one colon for each member, and a parsed
 * value has exactly one key for each member that was kept. A repeated key drops at least one member, and nothing else
 * drops any. So the numbers are equal if and only if no object has a key twice.
 *
 * @throws InputError `E_NOT_JSON`, `E_TOO_DEEP`, `E_TOO_LARGE`, with the position where it is known
 */
export function parseJson(input: InputText, limits: JsonLimits = {}): JsonDocument {
  const { text } = input
  const { maxDepth = MAX_DEPTH, maxLength = Infinity } = limits
  if (text.length > maxLength) {
    throw new InputError('E_TOO_LARGE', `the text is longer than ${maxLength} characters`)
  }
  const start = startOfText(text)
  const { colons, tooDeep } = surveyJson(text, start, maxDepth)
  if (tooDeep !== -1) {
    throw faultAt('E_TOO_DEEP', `nested deeper than ${maxDepth} levels`, positionIn(input, tooDeep, tooDeep))
  }
  let value: unknown
  try {
    value = JSON.parse(start === 0 ? text : text.slice(start))
  } catch {
    const { offset, reason } = jsonFault(text, start, isElement(input) ? IN_LIST : undefined)
    throw notJson(reason, positionIn(input, offset, offset))
  }
  return documentOf(input, value, colons !== 0 && colons !== countKeys(value))
}

const IN_LIST = 'expected a comma or a closing bracket'

/** Whether a text was cut out of a list, where an element may follow it and nothing else. */
function isElement({ part }: InputText): boolean {
  return part !== undefined && part.pointer !== ''
}

/** Keys of all objects in a value. Recursion is as deep as the text was nested, which has been bounded. */
function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index]
      if (typeof item === 'object') count += countKeys(item)
    }
    return count
  }
  const keys = Object.keys(value)
  for (const key of keys) {
    const member = (value as Record<string, unknown>)[key]
    if (typeof member === 'object') count += countKeys(member)
  }
  return count + keys.length
}

function documentOf(input: InputText, value: unknown, hasDuplicateKeys: boolean): JsonDocument {
  let read: JsonCopies | undefined
  const copies = (): JsonCopies => (read ??= readCopies(input.text, startOfText(input.text)))
  return {
    input,
    value,
    hasDuplicateKeys,
    copies,
    duplicateKeys() {
      if (!hasDuplicateKeys) return []
      return copies().repeated.map(({ pointer, key, members }) => ({
        pointer: (input.part?.pointer ?? '') + pointer,
        key,
        positions: members.map(({ start, end }) => positionIn(input, start, end)),
      }))
    },
  }
}

/** @param reason a clause for people: `expected a value` */
export function notJson(reason: string, at: Pick<Position, 'line' | 'column'>): InputError {
  return faultAt('E_NOT_JSON', `not JSON: ${reason}`, at)
}

export function faultAt(
  code: 'E_NOT_JSON' | 'E_TOO_DEEP',
  problem: string,
  { line, column }: Pick<Position, 'line' | 'column'>,
): InputError {
  return new InputError(code, `${problem} at line ${line}, column ${column}`, { position: { line, column } })
}
