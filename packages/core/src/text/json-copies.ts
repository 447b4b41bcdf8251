import { decodeString, endOfString, endOfValue, skipWhiteSpace } from './json-scan.js'
import { pointerSegment } from './location.js'

/** Offsets of one member of an object: from its key to the end of its value. */
export interface MemberSpan {
  readonly start: number
  readonly end: number
}

/** A key that stands more than once in one object, and all members that have it, in the order of the text. */
export interface RepeatedKey {
  readonly pointer: string
  readonly key: string
  readonly members: readonly MemberSpan[]
}

/** A JSON text with nothing dropped. */
export interface JsonCopies {
  /** Equal to what `JSON.parse` gives: the last of several members wins. */
  readonly value: unknown
  readonly repeated: readonly RepeatedKey[]
  /** Of an object inside `value`: all values of a key that stands more than once, the last one in force. */
  copies(holder: object, key: string): readonly unknown[] | undefined
}

/**
 * Reads a text that `JSON.parse` has accepted once more, member by member. Several times slower than `JSON.parse`,
 * so it runs only when something was dropped. Recursion is as deep as the text is nested, which the caller has bounded.
 */
export function readCopies(text: string, start: number): JsonCopies {
  const repeated: { pointer: string; key: string; members: MemberSpan[] }[] = []
  const copies = new Map<object, Map<string, unknown[]>>()

  let at = skipWhiteSpace(text, start)
  const value = read('')
  return { value, repeated, copies: (holder, key) => copies.get(holder)?.get(key) }

  function read(pointer: string): unknown {
    const first = text[at]
    if (first === '{') return readObject(pointer)
    if (first === '[') return readArray(pointer)
    const begin = at
    at = endOfValue(text, at)
    if (first === '"') return decodeString(text, begin, at)
    const scalar: unknown = JSON.parse(text.slice(begin, at))
    return scalar
  }

  function readArray(pointer: string): unknown[] {
    const items: unknown[] = []
    at = skipWhiteSpace(text, at + 1)
    while (text[at] !== ']') {
      items.push(read(`${pointer}/${items.length}`))
      at = skipWhiteSpace(text, at)
      if (text[at] === ',') at = skipWhiteSpace(text, at + 1)
    }
    at++
    return items
  }

  function readObject(pointer: string): object {
    const object: Record<string, unknown> = {}
    const seen = new Map<string, MemberSpan & { twin?: { members: MemberSpan[] } }>()
    at = skipWhiteSpace(text, at + 1)
    while (text[at] !== '}') {
      const begin = at
      at = endOfString(text, at)
      const key = decodeString(text, begin, at)
      at = skipWhiteSpace(text, skipWhiteSpace(text, at) + 1)
      const memberPointer = pointer + pointerSegment(key)
      const member = read(memberPointer)
      const span = { start: begin, end: at }
      const earlier = seen.get(key)
      if (earlier === undefined) {
        seen.set(key, span)
      } else {
        let values = copies.get(object)?.get(key)
        if (values === undefined) {
          values = [object[key]]
          const ofObject = copies.get(object) ?? new Map<string, unknown[]>()
          copies.set(object, ofObject.set(key, values))
        }
        values.push(member)
        if (earlier.twin === undefined) {
          const twin = {
            pointer: memberPointer,
            key,
            members: [{ start: earlier.start, end: earlier.end }, span],
          }
          repeated.push(twin)
          earlier.twin = twin
        } else {
          earlier.twin.members.push(span)
        }
      }
      setOwn(object, key, member)
      at = skipWhiteSpace(text, at)
      if (text[at] === ',') at = skipWhiteSpace(text, at + 1)
    }
    at++
    return object
  }
}

/** An ordinary own property for every key: assigning to `__proto__` would set the prototype. */
function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value
  else Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
}
