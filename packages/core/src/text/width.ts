/** How many columns of a terminal a text takes. */

/** East Asian wide and fullwidth characters (UAX #11), and emoji that are shown as pictures. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1b000}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u

const PLAIN = /^[\u0020-\u007e]*$/

let segmenter: Intl.Segmenter | undefined

/** What a reader sees as one character each. */
function graphemes(text: string): readonly string[] {
  if (PLAIN.test(text)) return text.split('')
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}

/** Columns of a text that holds no control characters: one per character, two for a wide one. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length
  return graphemes(text).reduce((total, one) => total + widthOfGrapheme(one), 0)
}

function widthOfGrapheme(grapheme: string): number {
  if (/^\p{M}+$/u.test(grapheme)) return 0
  return WIDE.test(grapheme) ? 2 : 1
}

/**
 * The text in pieces of at most so many columns, broken behind a sign that parts names where there is one in the second
 * half of a piece.
 *
 * @example wrapped('checkout-uploader', 10) // ['checkout-', 'uploader']
 */
export function wrapped(text: string, columns: number): readonly string[] {
  if (widthOf(text) <= columns) return [text]
  const pieces: string[] = []
  let piece: string[] = []
  let width = 0
  for (const one of graphemes(text)) {
    const own = widthOfGrapheme(one)
    if (width + own > columns && piece.length > 0) {
      const cut = piece.findLastIndex((sign) => ' -/:.,_'.includes(sign)) + 1
      const at = cut > piece.length / 2 ? cut : piece.length
      pieces.push(piece.slice(0, at).join('').trimEnd())
      piece = piece.slice(at)
      width = piece.reduce((total, sign) => total + widthOfGrapheme(sign), 0)
      if (one === ' ' && piece.length === 0) continue
    }
    piece.push(one)
    width += own
  }
  return [...pieces, piece.join('')]
}
