/** The lines of an input that a location is about, with what is to blame marked. */
import type { InputText, Location, Position } from '../text/location.js'
import { keyPositionOf, linesOf, textAt } from '../text/position.js'
import { escaped } from '../text/quote.js'
import { indentJson } from '../text/indent-json.js'
import type { Style } from './style.js'

const LINES_BEFORE = 2
const LINES_AFTER = 1
const MAX_MARKED = 14

/** A longer line was written by a program for programs, and is shown indented anew. */
const LONGEST_LINE = 300

const WIDTH = 110

/** The id in the issuer of an EKS cluster. */
const CLUSTER_ID = /\b([0-9A-F]{4})[0-9A-F]{28}\b/g

/** Where a location is, as editors and terminals take it: `file:line:column`, 1-based. */
export function placeOf(location: Location): string {
  const position = nearestPosition(location)
  const name = escaped(location.input.name)
  return position === undefined ? name : `${name}:${position.line}:${position.column}`
}

/** The range of the member or value; where the text does not hold it (a missing element), of what it would stand in. */
export function nearestPosition(location: Location): Position | undefined {
  for (let at: Location | undefined = location; at !== undefined; at = parentOf(at)) {
    const position = keyPositionOf(at)
    if (position !== undefined) return position
  }
  return undefined
}

function parentOf(location: Location): Location | undefined {
  const { inner, pointer } = location
  const path = inner?.pointer ?? pointer
  const shorter = path.slice(0, Math.max(0, path.lastIndexOf('/')))
  if (path !== '')
    return inner ? { ...location, inner: { ...inner, pointer: shorter } } : { ...location, pointer: shorter }
  return inner && { input: location.input, pointer }
}

/** One line of a frame. */
export interface FrameLine {
  /** Its number in the input; absent where the text was laid out anew. */
  readonly number?: number
  /** Without what is unsafe to show, and cut to the width. */
  readonly text: string
  /** What is to blame of it. */
  readonly marked?: { readonly start: number; readonly end: number }
  /** Whether it is the first of those to blame. */
  readonly isFirst: boolean
}

export interface Frame {
  readonly lines: readonly FrameLine[]
  /** Lines to blame that are left out at the end. */
  readonly left: number
}

/** The frame of a location as text, with a caret under what is to blame. */
export function codeFrame(location: Location, style: Style, width: number = WIDTH): readonly string[] {
  const { lines, left } = frameOf(location, width)
  const gutter = Math.max(0, ...lines.map(({ number }) => String(number ?? '').length))
  const room = gutter === 0 ? 0 : gutter + 1
  const out: string[] = []
  for (const { number, text, marked, isFirst } of lines) {
    const label = number === undefined ? '' : `${String(number).padStart(gutter)} `
    const edge = `  ${marked === undefined ? ' ' : style.red('>')} ${style.dim(`${label}|`)}`
    out.push(text === '' ? edge : `${edge} ${text}`)
    if (!isFirst || marked === undefined) continue
    const caret = ' '.repeat(marked.start) + '^'.repeat(Math.max(1, marked.end - marked.start))
    out.push(`    ${style.dim(`${' '.repeat(room)}|`)} ${style.red(caret)}`)
  }
  if (left > 0) out.push(style.dim(`    ${' '.repeat(room)}| … ${left} more lines`))
  return out
}

/**
 * The frame of a location. A policy that is a string inside of a plan or a dump, or that stands in a line of a thousand
 * columns, is shown by itself, indented, and its lines have no numbers.
 */
export function frameOf(location: Location, width: number = WIDTH): Frame {
  const { inner, input } = location
  if (inner !== undefined && location.range === undefined && !isWrittenOut(location)) {
    const text = inner.text.includes('\n') ? inner.text : indentJson(inner.text)
    return frame({ input: { name: input.name, text }, pointer: inner.pointer }, width, false)
  }
  const position = nearestPosition(location)
  if (position === undefined) return { lines: [], left: 0 }
  if (lengthOfLine(input, position.line) <= LONGEST_LINE) return frame(location, width, true)
  const [root, rest] = policyRoot(location.pointer)
  const text = textAt({ input, pointer: root })
  if (text === undefined) return frame(location, width, true)
  return frame({ input: { name: input.name, text: indentJson(text) }, pointer: rest }, width, false)
}

/** Whether a policy that is a text within its input stands there line by line, as in a YAML block. */
function isWrittenOut(location: Location): boolean {
  const position = nearestPosition(location)
  return (
    position !== undefined &&
    !/^\s*[[{]/.test(location.input.text) &&
    lengthOfLine(location.input, position.line) <= LONGEST_LINE
  )
}

/** A pointer parted in front of the statements of a policy. */
function policyRoot(pointer: string): readonly [root: string, rest: string] {
  const at = pointer.indexOf('/Statement')
  return at < 0 ? [pointer, ''] : [pointer.slice(0, at), pointer.slice(at)]
}

function lengthOfLine(input: InputText, line: number): number {
  const lines = linesOf(input)
  const { above, before } = aroundOf(input)
  const within = (lines[line - above] ?? input.text.length) - (lines[line - above - 1] ?? 0)
  return line - above === 1 ? before + within : within
}

/** Lines of the input above a text that is a part of it, and columns before it in its first line. */
function aroundOf({ part }: InputText): { readonly above: number; readonly before: number } {
  const { line, column } = part?.anchors[0] ?? { line: 1, column: 1 }
  return { above: line - 1, before: column - 1 }
}

function frame(location: Location, width: number, isNumbered: boolean): Frame {
  const { input } = location
  const position = nearestPosition(location)
  if (position === undefined) return { lines: [], left: 0 }
  const lineCount = linesOf(input).length
  const { above } = aroundOf(input)
  const { line, endLine } = position
  const lastMarked = endLine - line < MAX_MARKED ? endLine : line + MAX_MARKED - 2
  const last = lastMarked < endLine ? lastMarked : Math.min(endLine + LINES_AFTER, above + lineCount)
  const first = Math.max(above + 1, line - LINES_BEFORE)
  const texts = Array.from({ length: last - first + 1 }, (_, index) => lineText(input, first + index))
  const margin = Math.min(position.column - 1, ...texts.filter((text) => text.trim() !== '').map(marginOf))
  const gutter = isNumbered ? String(last).length : 0
  const room = Math.max(20, width - gutter - 7)
  const lines: FrameLine[] = []
  for (const [index, whole] of texts.entries()) {
    const at = first + index
    const text = whole.slice(margin)
    if (text === '' && at > endLine) continue
    const isMarked = at >= line && at <= endLine
    const from = at === line ? position.column - 1 - margin : 0
    const to = at === endLine ? position.endColumn - 1 - margin : text.length
    const { shown, start, end } = cut(text, from, to, room)
    lines.push({
      text: shown,
      isFirst: at === line,
      ...(isNumbered ? { number: at } : {}),
      ...(isMarked ? { marked: { start, end } } : {}),
    })
  }
  return { lines, left: endLine - lastMarked }
}

/** Where other text stands before a part the line is blank, so that its columns are those of the input. */
function lineText(input: InputText, line: number): string {
  const starts = linesOf(input)
  const { above, before } = aroundOf(input)
  const at = line - above
  const text = input.text.slice(starts[at - 1] ?? 0, starts[at] ?? input.text.length).replace(/\r?\n$/, '')
  return at === 1 && before < LONGEST_LINE ? ' '.repeat(before) + text : text
}

function marginOf(text: string): number {
  return text.length - text.trimStart().length
}

/** A line in at most `room` columns, and where in it the part is that is to blame. */
function cut(
  line: string,
  from: number,
  to: number,
  room: number,
): { readonly shown: string; readonly start: number; readonly end: number } {
  const shift = from > room - 20 ? from - 10 : 0
  // Ids of clusters are the longest and least telling part of a policy.
  const fit = line.length <= room ? safe : (text: string): string => safe(text.replaceAll(CLUSTER_ID, '$1…'))
  const before = (shift > 0 ? '…' : '') + fit(line.slice(shift, from))
  const blamed = fit(line.slice(from, Math.min(to, from + 2 * room)))
  const whole = before + blamed + fit(line.slice(to, from + 2 * room))
  return {
    shown: whole.length > room ? `${whole.slice(0, room - 1)}…` : whole,
    start: before.length,
    end: before.length + Math.max(1, Math.min(blamed.length, room - before.length)),
  }
}

function safe(text: string): string {
  return escaped(text.replaceAll('\t', '  '))
}
