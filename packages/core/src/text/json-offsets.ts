import { decodeString, endOfString, endOfValue, skipWhiteSpace, startOfText } from './json-scan.js'

/** Offsets of a value; `member` is where its key starts when it stands in an object. */
export interface ValueSpan {
  readonly start: number
  readonly end: number
  readonly member: number
}

/** Where the values of one JSON text stand. */
export interface JsonOffsets {
  /** The value a JSON pointer names: under repeated keys the last, as `JSON.parse` has it. */
  find(pointer: string): ValueSpan | undefined
  /** All members of one object that a pointer may mean, in the order of the text; one value for a list item. */
  findAll(pointer: string): readonly ValueSpan[]
}

interface Container {
  /** Index of the last member of each key; absent for a list. */
  readonly keys: Map<string, number> | undefined
  /** Offsets of keys, or of the items of a list. */
  readonly members: number[]
  readonly values: number[]
  readonly inside: Map<number, Container>
}

/**
 * An index that grows with the questions: a container is scanned, its children skipped over, when a pointer first goes
 * through it. So the work is one scan of the text for each level of nesting that is asked about, however many pointers
 * are asked.
 *
 * The text should be JSON. For any other text the answer is `undefined` or the offsets of something that looks like
 * the value.
 */
export function jsonOffsets(text: string): JsonOffsets {
  const start = skipWhiteSpace(text, startOfText(text))
  let root: Container | undefined

  return { find, findAll }

  function find(pointer: string): ValueSpan | undefined {
    if (pointer === '') return whole()
    const place = locate(pointer)
    if (place === undefined) return undefined
    return spanOf(place.container, place.index)
  }

  function findAll(pointer: string): readonly ValueSpan[] {
    if (pointer === '') return [whole()]
    const place = locate(pointer)
    if (place === undefined) return []
    const { container, index, key } = place
    if (container.keys === undefined) return [spanOf(container, index)]
    const spans: ValueSpan[] = []
    for (const [other, member] of container.members.entries()) {
      if (other > index) break
      if (decodeString(text, member, endOfString(text, member)) === key) spans.push(spanOf(container, other))
    }
    return spans
  }

  function whole(): ValueSpan {
    let end = text.length
    while (end > start && isWhiteSpace(text.charCodeAt(end - 1))) end--
    return { start, end, member: start }
  }

  function spanOf(container: Container, index: number): ValueSpan {
    const value = container.values[index] ?? start
    return { start: value, end: endOfValue(text, value), member: container.members[index] ?? value }
  }

  function locate(pointer: string): { container: Container; index: number; key: string } | undefined {
    root ??= scanContainer(text, start)
    let container = root
    const segments = pointer.split('/')
    for (let level = 1; ; level++) {
      if (container === undefined) return undefined
      const key = unescapeSegment(segments[level] ?? '')
      const index = container.keys === undefined ? listIndex(key) : container.keys.get(key)
      if (index === undefined) return undefined
      const value = container.values[index]
      if (value === undefined) return undefined
      if (level >= segments.length - 1) return { container, index, key }
      let next = container.inside.get(index)
      if (next === undefined) {
        next = scanContainer(text, value)
        if (next !== undefined) container.inside.set(index, next)
      }
      container = next
    }
  }
}

function scanContainer(text: string, open: number): Container | undefined {
  if (text[open] === '{') return scanObject(text, open)
  if (text[open] === '[') return scanList(text, open)
  return undefined
}

function scanObject(text: string, open: number): Container {
  const keys = new Map<string, number>()
  const members: number[] = []
  const values: number[] = []
  let at = skipWhiteSpace(text, open + 1)
  while (text[at] === '"') {
    const member = at
    at = endOfString(text, at)
    const colon = skipWhiteSpace(text, at)
    if (text[colon] !== ':') break
    const value = skipWhiteSpace(text, colon + 1)
    keys.set(keyText(text, member, at), members.length)
    members.push(member)
    values.push(value)
    at = skipWhiteSpace(text, endOfValue(text, value))
    if (text[at] !== ',') break
    at = skipWhiteSpace(text, at + 1)
  }
  return { keys, members, values, inside: new Map() }
}

function scanList(text: string, open: number): Container {
  const values: number[] = []
  let at = skipWhiteSpace(text, open + 1)
  while (at < text.length && text[at] !== ']') {
    const end = endOfValue(text, at)
    if (end === at) break
    values.push(at)
    at = skipWhiteSpace(text, end)
    if (text[at] !== ',') break
    at = skipWhiteSpace(text, at + 1)
  }
  return { keys: undefined, members: values, values, inside: new Map() }
}

/** The key of a member; its raw text where the escapes are broken, which no pointer then names. */
function keyText(text: string, start: number, end: number): string {
  try {
    return decodeString(text, start, end)
  } catch {
    return text.slice(start, end)
  }
}

function listIndex(segment: string): number | undefined {
  return /^(?:0|[1-9][0-9]{0,9})$/.test(segment) ? Number(segment) : undefined
}

function unescapeSegment(segment: string): string {
  return segment.includes('~') ? segment.replaceAll('~1', '/').replaceAll('~0', '~') : segment
}

function isWhiteSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09
}
