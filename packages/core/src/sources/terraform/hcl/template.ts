/** Quoted templates and heredocs. */
import { type Cursor, expect, HclFault, nested, skip, take } from './cursor.js'
import type { Expression, TemplatePart } from './syntax.js'

type ReadExpression = (cursor: Cursor) => Expression

/** `"…"` at the cursor. */
export function quotedTemplate(cursor: Cursor, readExpression: ReadExpression): Expression {
  const start = cursor.at
  expect(cursor, '"')
  const parts: TemplatePart[] = []
  while (!take(cursor, '"')) {
    const { text, at } = cursor
    if (at >= text.length || text[at] === '\n') throw new HclFault('a text that does not end', start)
    parts.push(text[at] === '\\' ? escapeAt(cursor) : partAt(cursor, /[^"\\$%\n]+/y, readExpression))
  }
  return template(parts, start, cursor.at)
}

function template(parts: readonly TemplatePart[], start: number, end: number): Expression {
  if (parts.some((part) => part.kind === 'value' && part.value.kind === 'opaque'))
    return { kind: 'opaque', start, end }
  return { kind: 'template', parts, start, end }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' }

function escapeAt(cursor: Cursor): TemplatePart {
  const start = cursor.at
  const letter = cursor.text[start + 1] ?? ''
  const digits = letter === 'u' ? 4 : letter === 'U' ? 8 : 0
  cursor.at += 2 + digits
  const code = digits === 0 ? undefined : Number.parseInt(cursor.text.slice(start + 2, cursor.at), 16)
  const isCode = code !== undefined && code <= 0x10ffff
  const text = isCode ? String.fromCodePoint(code) : ESCAPES[letter]
  if (text === undefined) throw new HclFault('an escape that does not exist', start)
  return { kind: 'text', text, start, end: cursor.at }
}

/** A run of plain text, a doubled mark, an interpolation, or a directive, which is not read. */
function partAt(cursor: Cursor, plain: RegExp, readExpression: ReadExpression): TemplatePart {
  const start = cursor.at
  if (take(cursor, '$${') || take(cursor, '%%{')) {
    return { kind: 'text', text: cursor.text.slice(start + 1, cursor.at), start, end: cursor.at }
  }
  if (take(cursor, '${')) {
    const value = nested(cursor, () => {
      take(cursor, '~')
      const expression = readExpression(cursor)
      skip(cursor, true)
      // A strip marker takes white space away, which no policy cares about.
      take(cursor, '~')
      expect(cursor, '}')
      return expression
    })
    return { kind: 'value', value, start, end: cursor.at }
  }
  if (take(cursor, '%{')) {
    const end = cursor.text.indexOf('}', cursor.at)
    if (end === -1) throw new HclFault('a directive that does not end', start)
    cursor.at = end + 1
    return { kind: 'value', value: { kind: 'opaque', start, end: cursor.at }, start, end: cursor.at }
  }
  plain.lastIndex = start
  const length = plain.exec(cursor.text)?.[0].length ?? 1
  cursor.at = start + length
  return { kind: 'text', text: cursor.text.slice(start, cursor.at), start, end: cursor.at }
}

const HEREDOC = /<<(-?)([\p{ID_Start}_][\p{ID_Continue}-]*)[ \t]*\r?\n/uy

/** `<<EOT` or `<<-EOT` at the cursor; `undefined` where there is none. */
export function heredoc(cursor: Cursor, readExpression: ReadExpression): Expression | undefined {
  HEREDOC.lastIndex = cursor.at
  const head = HEREDOC.exec(cursor.text)
  if (head === null) return undefined
  const [all, flush, word = ''] = head
  const start = cursor.at
  const first = start + all.length
  const ending = new RegExp(`^[ \\t]*${word}[ \\t]*\\r?$`, 'gmu')
  ending.lastIndex = first
  const end = ending.exec(cursor.text)
  if (end === null) throw new HclFault(`a heredoc without its \`${word}\``, start)
  const inside: Cursor = { text: cursor.text.slice(0, end.index), at: first, depth: cursor.depth + 1 }
  const parts: TemplatePart[] = []
  while (inside.at < inside.text.length) parts.push(partAt(inside, /[^$%\n]*\n|[^$%\n]+/y, readExpression))
  cursor.at = end.index + end[0].length
  return template(flush === '' ? parts : flushed(parts, cursor.text), start, cursor.at)
}

/** Without the indent that all lines share. */
function flushed(parts: readonly TemplatePart[], text: string): readonly TemplatePart[] {
  const isLineStart = (part: TemplatePart): boolean => text[part.start - 1] === '\n'
  let indent = Infinity
  for (const part of parts) {
    if (!isLineStart(part)) continue
    const line = part.kind === 'text' ? part.text : ''
    if (line.trim() === '' && line.endsWith('\n')) continue
    indent = Math.min(indent, /^[ \t]*/.exec(line)?.[0].length ?? 0)
  }
  return parts.map((part) => {
    if (part.kind !== 'text' || !isLineStart(part)) return part
    const cut = Math.min(indent, /^[ \t]*/.exec(part.text)?.[0].length ?? 0)
    return { ...part, text: part.text.slice(cut), start: part.start + cut }
  })
}
