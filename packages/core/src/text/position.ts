/**
 * From a location to lines and columns. What is worked out for an input is kept as long as somebody holds the input,
 * so that twenty thousand findings in one dump cost about as much as reading it once more.
 */
import { type JsonOffsets, type ValueSpan, jsonOffsets } from './json-offsets.js'
import { decodeString, startOfText } from './json-scan.js'
import type { Anchor, InputText, Location, Position, TextPart } from './location.js'

/** The start of every line. */
export type LineStarts = readonly number[]

interface Index {
  readonly offsets: JsonOffsets
  /** Documents inside strings, by the pointer to the string. */
  readonly inner: Map<string, InnerIndex>
}

interface InnerIndex {
  readonly text: string
  readonly offsets: JsonOffsets
  /** From an offset in the inner text to one in the outer; absent where the one is not plainly part of the other. */
  readonly outward: ((offset: number) => number) | undefined
}

/** Where the values of a text stand that is not JSON; pointers lead through it as if it were. */
export interface InputOffsets extends JsonOffsets {
  /** From an offset in what the string at a pointer says to one in the input; absent where the one is not plainly part of the other. */
  outward(pointer: string, said: string): ((offset: number) => number) | undefined
}

/** A document that was made of a string: with parts put in, or taken out. */
export interface DerivedText {
  /** The document. */
  readonly text: string
  /** What the string says. */
  readonly said: string
  /** From an offset in the document to one in the string. */
  readonly toSaid: (offset: number) => number
}

const indexes = new WeakMap<InputText, Index>()
const lineIndexes = new WeakMap<InputText, LineStarts>()
const otherOffsets = new WeakMap<InputText, InputOffsets>()
const derivedTexts = new WeakMap<InputText, Map<string, DerivedText>>()

/** Gives an input that is not JSON its positions: from now on every location in it is looked up there. */
export function registerOffsets(input: InputText, offsets: InputOffsets): void {
  otherOffsets.set(input, offsets)
  indexes.delete(input)
}

/** Lets locations inside `derived.text`, a document made of the string at a pointer, lead to that string. */
export function registerDerivedText({ input, pointer }: Location, derived: DerivedText): void {
  const ofInput = derivedTexts.get(input) ?? new Map<string, DerivedText>()
  derivedTexts.set(input, ofInput.set(pointer, derived))
}

/** Inner documents are asked about one role after the other, so few are worth keeping. */
const MAX_INNER = 256

/**
 * The range of the value at a location, `undefined` when there is none. Under a repeated key it is the last value. For
 * a document inside a string it is the place within that string, or the whole string where the text was encoded in
 * another way (a URL-encoded policy of a dump) or does not hold the inner pointer.
 */
export function positionOf(location: Location): Position | undefined {
  return rangeOf(location, valueOnly)
}

/** As `positionOf`, but a member of an object counts from its key to the end of its value. */
export function keyPositionOf(location: Location): Position | undefined {
  return rangeOf(location, wholeMember)
}

/**
 * Every member that a location may mean, from key to end of value, in the order of the text: more than one where a key
 * is repeated. The last one is in force.
 */
export function occurrencesOf(location: Location): readonly Position[] {
  if (location.range !== undefined) return [positionOfRange(location.input, location.range)]
  const index = indexOf(location.input)
  if (location.inner === undefined) {
    return index.offsets
      .findAll(location.pointer)
      .map((span) => positionIn(location.input, span.member, span.end))
  }
  const { pointer } = location.inner
  const inner = innerIndexOf(index, location)
  const outward = inner?.outward
  const spans = outward === undefined ? [] : (inner?.offsets.findAll(pointer) ?? [])
  if (outward === undefined || spans.length === 0) {
    const whole = keyPositionOf(location)
    return whole === undefined ? [] : [whole]
  }
  return spans.map((span) => positionIn(location.input, outward(span.member), outward(span.end)))
}

/** The JSON text of the value at a location, as it stands in its document. */
export function textAt(location: Location): string | undefined {
  if (location.range !== undefined) return location.input.text.slice(location.range.start, location.range.end)
  const index = indexOf(location.input)
  if (location.inner === undefined) {
    const span = index.offsets.find(location.pointer)
    return span && location.input.text.slice(span.start, span.end)
  }
  const span = innerIndexOf(index, location)?.offsets.find(location.inner.pointer)
  return span && location.inner.text.slice(span.start, span.end)
}

function valueOnly(span: ValueSpan): number {
  return span.start
}

function wholeMember(span: ValueSpan): number {
  return span.member
}

function positionOfRange(input: InputText, { start, end }: NonNullable<Location['range']>): Position {
  return positionIn(input, start, end)
}

function rangeOf(location: Location, from: (span: ValueSpan) => number): Position | undefined {
  if (location.range !== undefined) return positionOfRange(location.input, location.range)
  const index = indexOf(location.input)
  if (location.inner !== undefined) {
    const inner = innerIndexOf(index, location)
    const span = inner?.outward && inner.offsets.find(location.inner.pointer)
    if (inner?.outward && span)
      return positionIn(location.input, inner.outward(from(span)), inner.outward(span.end))
  }
  const span = index.offsets.find(location.pointer)
  return span && positionIn(location.input, from(span), span.end)
}

function indexOf(input: InputText): Index {
  if (input.part !== undefined) {
    if (ofPart?.input !== input) ofPart = { input, index: makeIndex(input) }
    return ofPart.index
  }
  let index = indexes.get(input)
  if (index === undefined) {
    index = makeIndex(input)
    indexes.set(input, index)
  }
  return index
}

/** The part that was asked about last: there may be very many, and each is worked out again in no time. */
let ofPart: { readonly input: InputText; readonly index: Index } | undefined

function makeIndex(input: InputText): Index {
  return { offsets: otherOffsets.get(input) ?? offsetsOf(input), inner: new Map() }
}

/** Pointers lead through the whole input, also where the text is a part of it. */
function offsetsOf({ text, part }: InputText): JsonOffsets {
  const offsets = jsonOffsets(text)
  if (part === undefined || part.pointer === '') return offsets
  const within = (pointer: string): string | undefined =>
    pointer.startsWith(part.pointer) ? pointer.slice(part.pointer.length) : undefined
  return {
    find(pointer) {
      const path = within(pointer)
      return path === undefined ? undefined : offsets.find(path)
    },
    findAll(pointer) {
      const path = within(pointer)
      return path === undefined ? [] : offsets.findAll(path)
    },
  }
}

function innerIndexOf(index: Index, { input, pointer, inner }: Location): InnerIndex | undefined {
  if (inner === undefined) return undefined
  const known = index.inner.get(pointer)
  if (known !== undefined && known.text === inner.text) return known
  const made: InnerIndex = {
    text: inner.text,
    offsets: jsonOffsets(inner.text),
    outward: outwardOf(index, input, pointer, inner.text),
  }
  if (index.inner.size >= MAX_INNER) index.inner.clear()
  index.inner.set(pointer, made)
  return made
}

function outwardOf(
  index: Index,
  input: InputText,
  pointer: string,
  text: string,
): ((offset: number) => number) | undefined {
  const derived = derivedTexts.get(input)?.get(pointer)
  if (derived !== undefined && derived.text === text && derived.said !== text) {
    const outward = outwardOf(index, input, pointer, derived.said)
    return outward && ((offset) => outward(derived.toSaid(offset)))
  }
  const others = otherOffsets.get(input)
  if (others !== undefined) return others.outward(pointer, text)
  const token = index.offsets.find(pointer)
  return token && outwardMap(input.text, token, text)
}

/** The map from a decoded string back to its token, when the token is a JSON string that says exactly `decoded`. */
export function outwardMap(
  text: string,
  token: ValueSpan,
  decoded: string,
): ((offset: number) => number) | undefined {
  const { start, end } = token
  if (text[start] !== '"') return undefined
  try {
    if (decodeString(text, start, end) !== decoded) return undefined
  } catch {
    return undefined
  }
  // Each escape makes the token longer than what it says: kept are the decoded offsets behind an escape and by how
  // much the token is longer up to there.
  const behind: number[] = []
  const longer: number[] = []
  let surplus = 0
  const inside = text.slice(start + 1, end - 1)
  for (let at = inside.indexOf('\\'); at !== -1;) {
    const length = inside[at + 1] === 'u' ? 6 : 2
    behind.push(at - surplus + 1)
    surplus += length - 1
    longer.push(surplus)
    at = inside.indexOf('\\', at + length)
  }
  return (offset) => start + 1 + offset + (longer[lastAtMost(behind, offset)] ?? 0)
}

/** Worked out once for a whole input. */
export function linesOf(input: InputText): LineStarts {
  const known = lineIndexes.get(input)
  if (known !== undefined) return known
  const lines = [startOfText(input.text)]
  for (let at = input.text.indexOf('\n'); at !== -1; at = input.text.indexOf('\n', at + 1)) lines.push(at + 1)
  if (input.part === undefined) lineIndexes.set(input, lines)
  return lines
}

/** The range of two offsets of a text, as lines and columns of its whole input. */
export function positionIn(input: InputText, start: number, end: number): Position {
  const lines = linesOf(input)
  if (input.part === undefined) return positionAt(lines, start, end)
  const first = anchored(input.part, lines, start)
  const last = anchored(input.part, lines, end)
  return { line: first.line, column: first.column, endLine: last.line, endColumn: last.column }
}

function anchored({ anchors }: TextPart, lines: LineStarts, offset: number): Anchor {
  let anchor: Anchor = { offset: 0, line: 1, column: 1 }
  for (const one of anchors) if (one.offset <= offset) anchor = one
  const from = lastAtMost(lines, anchor.offset)
  const to = lastAtMost(lines, offset)
  if (from === to) return { ...anchor, offset, column: anchor.column + offset - anchor.offset }
  return { offset, line: anchor.line + to - from, column: offset - (lines[to] ?? 0) + 1 }
}

/** Lines end at line feeds; columns count UTF-16 units, as editors and SARIF do. A byte order mark has no column. */
export function positionAt(lines: LineStarts, start: number, end: number): Position {
  const first = Math.max(0, lastAtMost(lines, start))
  const last = Math.max(0, lastAtMost(lines, end))
  return {
    line: first + 1,
    column: start - (lines[first] ?? 0) + 1,
    endLine: last + 1,
    endColumn: end - (lines[last] ?? 0) + 1,
  }
}

/** Index of the last number that is not greater than `limit`, or -1; the numbers ascend. */
function lastAtMost(numbers: readonly number[], limit: number): number {
  let low = 0
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((numbers[middle] ?? 0) <= limit) low = middle + 1
    else high = middle
  }
  return low - 1
}
