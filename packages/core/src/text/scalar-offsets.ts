import type { ValueSpan } from './json-offsets.js'

/**
 * The map from a scalar of YAML back to its token: plain, single-quoted, literal (`|`) and folded (`>`) scalars, on as
 * many lines as they like. What such a scalar says are the characters of its token in their order; only blanks and line
 * breaks are added, dropped or changed. `undefined` where the token does not say exactly `said`.
 */
export function scalarOffsets(
  text: string,
  { start, end }: ValueSpan,
  said: string,
): ((offset: number) => number) | undefined {
  const first = text[start]
  const isBlock = first === '|' || first === '>'
  const isQuoted = first === "'" || first === '"'
  let at = isBlock ? behindHeader(text, start) : isQuoted ? start + 1 : start
  const offsets = new Uint32Array(said.length + 1)
  // Behind the last character that was found.
  let behind = at
  let isInLine = false
  for (let index = 0; index < said.length; index++) {
    const unit = said.charCodeAt(index)
    if (isBlank(unit)) {
      // Blanks within a line stand for themselves; what folding made of a line break stands behind the line.
      offsets[index] = isInLine && text.charCodeAt(behind) === unit ? behind++ : behind
      continue
    }
    at = behind
    while (at < end && isBlank(text.charCodeAt(at))) at++
    if (at >= end || text.charCodeAt(at) !== unit) return undefined
    offsets[index] = at
    // A quote inside of quotes is written twice.
    behind = at + (first === "'" && unit === 0x27 ? 2 : 1)
    isInLine = true
  }
  offsets[said.length] = behind
  return (offset) => offsets[Math.min(offset, said.length)] ?? behind
}

/** The offset of the line below the header `|2-  # comment`. */
function behindHeader(text: string, start: number): number {
  const end = text.indexOf('\n', start)
  return end < 0 ? text.length : end + 1
}

function isBlank(unit: number): boolean {
  return unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09
}
