import type { GlobToken } from '../automata/language.js'

/**
 * What a condition value says after policy variables are put in: text taken literally and wildcards. A substituted
 * character is literal, so text alone cannot carry this.
 * @see semantics of `StringLike`, `${*}` and policy variables in the IAM User Guide, "IAM policy elements: Variables"
 */
export type Pattern = readonly GlobToken[]

const ANY_RUN: GlobToken = { wildcard: 'any-run' }
const ANY_ONE: GlobToken = { wildcard: 'any-one' }

/** Text with `*` and `?` as wildcards. */
export function globPattern(text: string): Pattern {
  if (!text.includes('*') && !text.includes('?')) return [text]
  const tokens: GlobToken[] = []
  let start = 0
  for (let index = 0; index < text.length; index++) {
    const unit = text[index]
    if (unit !== '*' && unit !== '?') continue
    if (index > start) tokens.push(text.slice(start, index))
    tokens.push(unit === '*' ? ANY_RUN : ANY_ONE)
    start = index + 1
  }
  if (start < text.length) tokens.push(text.slice(start))
  return tokens
}

/** The text of a pattern without wildcards, else `undefined`. */
export function literalText(pattern: Pattern): string | undefined {
  if (pattern.length === 0) return ''
  if (pattern.length === 1) return typeof pattern[0] === 'string' ? pattern[0] : undefined
  let text = ''
  for (const token of pattern) {
    if (typeof token !== 'string') return undefined
    text += token
  }
  return text
}

/** Marks of the flat form; IAM policies end at U+00FF, and a pattern that holds these units itself is flattened apart. */
const RUN = -1
const ONE = -2

function flatten(pattern: Pattern): number[] {
  const units: number[] = []
  for (const token of pattern) {
    if (typeof token === 'string') for (let i = 0; i < token.length; i++) units.push(token.charCodeAt(i))
    else units.push(token.wildcard === 'any-run' ? RUN : ONE)
  }
  return units
}

/**
 * Whether the whole text matches. `*` is any run of UTF-16 units, `?` exactly one. The two-pointer algorithm: time is
 * at most text times pattern, no backtracking explosion, so a hostile policy cannot hang it.
 */
export function globMatches(pattern: Pattern, text: string): boolean {
  const literal = literalText(pattern)
  if (literal !== undefined) return literal === text
  const units = flatten(pattern)
  let p = 0
  let t = 0
  let starAt = -1
  let resumeAt = 0
  while (t < text.length) {
    const unit = units[p]
    if (unit === RUN) {
      starAt = p++
      resumeAt = t
    } else if (unit === ONE || unit === text.charCodeAt(t)) {
      p++
      t++
    } else if (starAt >= 0) {
      p = starAt + 1
      t = ++resumeAt
    } else return false
  }
  while (units[p] === RUN) p++
  return p === units.length
}

/** Cuts a pattern at its first `count` literal colons into `count + 1` patterns; fewer where there are fewer colons. */
export function splitAtColons(pattern: Pattern, count: number): readonly Pattern[] {
  const parts: GlobToken[][] = [[]]
  for (const token of pattern) {
    if (typeof token !== 'string') {
      parts.at(-1)?.push(token)
      continue
    }
    let start = 0
    while (parts.length <= count) {
      const colon = token.indexOf(':', start)
      if (colon < 0) break
      if (colon > start) parts.at(-1)?.push(token.slice(start, colon))
      parts.push([])
      start = colon + 1
    }
    if (start < token.length) parts.at(-1)?.push(token.slice(start))
  }
  return parts
}
