import { skipWhiteSpace } from './json-scan.js'

/** The first place where a text stops being JSON, and what is wrong there. */
export interface JsonFault {
  readonly offset: number
  /** A clause for people: `expected a value`. */
  readonly reason: string
}

const GOES_ON = 'the value has ended but the text goes on'

/**
 * Finds what is wrong with a text that `JSON.parse` refused. The engine's own messages change with its version and
 * repeat pieces of the input, so neither their words nor their positions are used.
 *
 * Guarantee: everything before the offset is the start of some JSON text. Recursion is as deep as the text is nested;
 * callers have bounded that before.
 *
 * @param behind what is wrong where something stands behind the value
 */
export function jsonFault(text: string, start: number, behind: string = GOES_ON): JsonFault {
  const first = skipWhiteSpace(text, start)
  if (first >= text.length) return { offset: first, reason: 'the text is empty' }
  const end = value(text, first)
  if (typeof end !== 'number') return end
  const rest = skipWhiteSpace(text, end)
  return { offset: rest, reason: behind }
}

type End = number | JsonFault

function value(text: string, at: number): End {
  switch (text[at]) {
    case undefined:
      return ended(text)
    case '"':
      return string(text, at)
    case '{':
      return object(text, at)
    case '[':
      return array(text, at)
    case 't':
      return word(text, at, 'true')
    case 'f':
      return word(text, at, 'false')
    case 'n':
      return word(text, at, 'null')
    case '/':
    case '#':
      return { offset: at, reason: 'comments are not part of JSON' }
    case "'":
      return { offset: at, reason: 'strings stand in double quotes' }
    default:
      return number(text, at)
  }
}

function object(text: string, open: number): End {
  let at = skipWhiteSpace(text, open + 1)
  if (text[at] === '}') return at + 1
  for (;;) {
    if (text[at] !== '"') return at < text.length ? notAKey(text, at) : ended(text)
    const key = string(text, at)
    if (typeof key !== 'number') return key
    at = skipWhiteSpace(text, key)
    if (text[at] !== ':')
      return at < text.length ? { offset: at, reason: 'expected a colon after the key' } : ended(text)
    const member = value(text, skipWhiteSpace(text, at + 1))
    if (typeof member !== 'number') return member
    at = skipWhiteSpace(text, member)
    if (text[at] === '}') return at + 1
    if (text[at] !== ',') {
      return at < text.length ? { offset: at, reason: 'expected a comma or a closing brace' } : ended(text)
    }
    at = skipWhiteSpace(text, at + 1)
  }
}

function notAKey(text: string, at: number): JsonFault {
  if (text[at] === '}') return { offset: at, reason: 'a comma stands before the closing brace' }
  if (text[at] === '/' || text[at] === '#') return { offset: at, reason: 'comments are not part of JSON' }
  return { offset: at, reason: 'expected a key in double quotes' }
}

function array(text: string, open: number): End {
  let at = skipWhiteSpace(text, open + 1)
  if (text[at] === ']') return at + 1
  for (;;) {
    if (text[at] === ']') return { offset: at, reason: 'a comma stands before the closing bracket' }
    const item = value(text, at)
    if (typeof item !== 'number') return item
    at = skipWhiteSpace(text, item)
    if (text[at] === ']') return at + 1
    if (text[at] !== ',') {
      return at < text.length ? { offset: at, reason: 'expected a comma or a closing bracket' } : ended(text)
    }
    at = skipWhiteSpace(text, at + 1)
  }
}

function string(text: string, open: number): End {
  for (let at = open + 1; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === 0x22) return at + 1
    if (unit < 0x20) return { offset: at, reason: 'a string holds a line break or another control character' }
    if (unit !== 0x5c) continue
    at++
    const escape = text[at]
    if (escape === undefined) return ended(text)
    if (escape === 'u') {
      for (let digit = 1; digit <= 4; digit++) {
        if (at + digit >= text.length) return ended(text)
        if (!/[0-9a-fA-F]/.test(text.charAt(at + digit))) {
          return { offset: at + digit, reason: 'expected four hexadecimal digits after the escape' }
        }
      }
      at += 4
    } else if (!'"\\/bfnrt'.includes(escape)) {
      return { offset: at, reason: 'a string holds an escape that JSON does not have' }
    }
  }
  return { offset: text.length, reason: 'a string is not closed' }
}

function word(text: string, at: number, expected: string): End {
  return text.startsWith(expected, at) ? at + expected.length : { offset: at, reason: 'expected a value' }
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y

function number(text: string, at: number): End {
  NUMBER.lastIndex = at
  return NUMBER.test(text) ? NUMBER.lastIndex : { offset: at, reason: 'expected a value' }
}

function ended(text: string): JsonFault {
  return { offset: text.length, reason: 'the text ends too early' }
}
