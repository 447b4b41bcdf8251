/** A piece of a text that `Fn::Sub` puts together. */
export interface Piece {
  readonly text: string
  /** Offset in the text of the template where the piece, or the `${…}` it came for, begins and ends. */
  readonly start: number
  readonly end: number
  /** The name between the braces, absent for text that stays. */
  readonly name?: string
}

const VARIABLE = /\$\{([^{}]*)\}/g

/** What CloudFormation takes for a name; anything else between the braces stays as it is. */
const NAME = /^[A-Za-z0-9:._&-]+$/

/** The pieces of a text; `${!Name}` is `${Name}` as text. */
export function piecesOf(text: string, valueOf: (name: string) => string): readonly Piece[] {
  const pieces: Piece[] = []
  let behind = 0
  const keep = (end: number): void => {
    if (end > behind) pieces.push({ text: text.slice(behind, end), start: behind, end })
  }
  for (const match of text.matchAll(VARIABLE)) {
    const [whole, inner = ''] = match
    const name = inner.trim()
    const start = match.index
    const end = start + whole.length
    if (inner.startsWith('!')) {
      // The exclamation mark goes, the rest stays where it stands.
      keep(start + 2)
      behind = start + 3
      continue
    }
    if (!NAME.test(name)) continue
    keep(start)
    pieces.push({ text: valueOf(name), start, end, name })
    behind = end
  }
  keep(text.length)
  return pieces
}

/**
 * The pieces in which an issuer that was taken apart is whole again: the id of one, and the host and `/id/` before it,
 * become one piece.
 */
export function rejoinedPieces(
  pieces: readonly Piece[],
  issuerOfId: (mark: string) => string | undefined,
): readonly Piece[] {
  const whole: Piece[] = []
  for (const piece of pieces) {
    const issuer = issuerOfId(piece.text)
    const before = issuer === undefined ? '' : whole.map(({ text }) => text).join('')
    const host = issuer === undefined ? before.length : startOfHost(before, before.length)
    if (issuer === undefined || host === before.length) {
      whole.push(piece)
      continue
    }
    let { start } = piece
    for (let left = before.length - host; left > 0;) {
      const last = whole.pop()
      if (last === undefined) break
      const kept = Math.max(0, last.text.length - left)
      left -= last.text.length - kept
      start = last.name === undefined ? last.start + kept : last.start
      if (kept > 0) whole.push({ ...last, text: last.text.slice(0, kept), end: start })
    }
    whole.push({ text: issuer, start, end: piece.end, name: piece.name ?? '' })
  }
  return whole
}

const BEFORE_ID = '/id/'

/** Where the host begins that stands with `/id/` before an offset; the offset itself where none does. */
export function startOfHost(text: string, end: number): number {
  if (!text.endsWith(BEFORE_ID, end)) return end
  const slash = end - BEFORE_ID.length
  let start = slash
  while (start > 0 && /[A-Za-z0-9.\-\ue000-\uf8ff]/.test(text.charAt(start - 1))) start--
  return start === slash ? end : start
}
