/**
 * Text of strangers inside our sentences. Names, keys and values come from inputs nobody vouches for; shown raw they
 * could move a terminal's cursor, turn the reading direction around or hide characters.
 */

/**
 * What must not be shown raw: C0, DEL and C1 controls, soft hyphen, bidirectional controls, zero-width and other
 * invisible characters, line and paragraph separators, tag characters, lone surrogates.
 */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\u{e0000}-\u{e0fff}]/gu

const LONGEST_QUOTE = 100

/** The text with every character that could deceive a reader or a terminal as a visible escape, `\u{1b}`. */
export function escaped(text: string): string {
  return text.replace(UNSAFE, codePointEscape)
}

/**
 * The text as messages show it: in backticks, unsafe characters and backticks as visible escapes, cut after `longest`
 * UTF-16 units. The result never holds a line break, whatever the text.
 */
export function quoted(text: string, longest: number = LONGEST_QUOTE): string {
  if (text.length <= longest) return `\`${escaped(text).replaceAll('`', '\\u{60}')}\``
  let end = longest
  const last = text.charCodeAt(end - 1)
  if (last >= 0xd800 && last <= 0xdbff) end--
  return `\`${escaped(text.slice(0, end)).replaceAll('`', '\\u{60}')}…\``
}

function codePointEscape(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}
