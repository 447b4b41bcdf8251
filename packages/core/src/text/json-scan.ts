/**
 * The lexical ground under JSON: where strings and values end. Every function is iterative and linear, never throws
 * and never leaves the text, whether or not the text is JSON. Strings are crossed with `indexOf`, so a long
 * embedded document costs next to nothing.
 */

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** Where the document starts: after the byte order mark, if there is one. */
export function startOfText(text: string): number {
  return text.charCodeAt(0) === 0xfeff ? 1 : 0
}

export function skipWhiteSpace(text: string, offset: number): number {
  for (let at = offset; ; at++) {
    const unit = text.charCodeAt(at)
    if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return at
  }
}

/** The offset behind the string that opens at `open`; the end of the text when it is never closed. */
export function endOfString(text: string, open: number): number {
  for (let quote = text.indexOf('"', open + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    if (text.charCodeAt(quote - 1) !== BACKSLASH) return quote + 1
    // Runs of backslashes before different quotes do not overlap, so counting them all is linear.
    let run = 1
    while (text.charCodeAt(quote - 1 - run) === BACKSLASH) run++
    if (run % 2 === 0) return quote + 1
  }
  return text.length
}

/** The offset behind the value that starts at `offset`; `offset` itself where no value starts. */
export function endOfValue(text: string, offset: number): number {
  const first = text.charCodeAt(offset)
  if (first === QUOTE) return endOfString(text, offset)
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return endOfScalar(text, offset)
  let depth = 0
  for (let at = offset; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === QUOTE) {
      at = endOfString(text, at) - 1
    } else if (unit === OPEN_BRACE || unit === OPEN_BRACKET) {
      depth++
    } else if (unit === CLOSE_BRACE || unit === CLOSE_BRACKET) {
      depth--
      if (depth === 0) return at + 1
    }
  }
  return text.length
}

function endOfScalar(text: string, offset: number): number {
  for (let at = offset; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit <= 0x20 || unit === COMMA || unit === COLON || unit === QUOTE) return at
    if (unit === CLOSE_BRACE || unit === CLOSE_BRACKET || unit === OPEN_BRACE || unit === OPEN_BRACKET)
      return at
  }
  return text.length
}

/** What the text of a string token says; the token includes its quotes. */
export function decodeString(text: string, start: number, end: number): string {
  const inside = text.slice(start + 1, end - 1)
  if (!inside.includes('\\')) return inside
  const decoded: unknown = JSON.parse(text.slice(start, end))
  return String(decoded)
}

export interface JsonSurvey {
  /** Colons outside strings; in a JSON text each one belongs to exactly one member of one object. */
  readonly colons: number
  /** The offset of the first bracket nested deeper than allowed, or -1. */
  readonly tooDeep: number
}

/** One pass over the text before any parser sees it. */
export function surveyJson(text: string, offset: number, maxDepth: number): JsonSurvey {
  let colons = 0
  let depth = 0
  for (let at = offset; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === QUOTE) {
      at = endOfString(text, at) - 1
    } else if (unit === COLON) {
      colons++
    } else if (unit === OPEN_BRACE || unit === OPEN_BRACKET) {
      depth++
      if (depth > maxDepth) return { colons, tooDeep: at }
    } else if (unit === CLOSE_BRACE || unit === CLOSE_BRACKET) {
      depth--
    }
  }
  return { colons, tooDeep: -1 }
}
