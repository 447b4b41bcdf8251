/** A place in a text of HCL that moves on; every reading of the grammar is made of these few steps. */

/** What does not parse, and where. It never leaves this folder. */
export class HclFault extends Error {
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

export interface Cursor {
  readonly text: string
  at: number
  /** Levels of nesting; a text nested deeper than anybody writes is not read. */
  depth: number
}

const MAX_DEPTH = 100

/** Reads one level further in. */
export function nested<T>(cursor: Cursor, read: () => T): T {
  if (++cursor.depth > MAX_DEPTH) throw new HclFault(`nested deeper than ${MAX_DEPTH} levels`, cursor.at)
  const value = read()
  cursor.depth--
  return value
}

const SPACE = /[ \t\r]*/y
const SPACE_AND_LINES = /[ \t\r\n]*/y

/** Moves over white space and comments; over the ends of lines only where an expression may go on there. */
export function skip(cursor: Cursor, overLines: boolean): void {
  const { text } = cursor
  for (;;) {
    const space = overLines ? SPACE_AND_LINES : SPACE
    space.lastIndex = cursor.at
    space.test(text)
    cursor.at = space.lastIndex
    if (text[cursor.at] === '#' || text.startsWith('//', cursor.at)) {
      const end = text.indexOf('\n', cursor.at)
      cursor.at = end === -1 ? text.length : end
      if (!overLines) return
    } else if (text.startsWith('/*', cursor.at)) {
      const end = text.indexOf('*/', cursor.at + 2)
      if (end === -1) throw new HclFault('a comment that does not end', cursor.at)
      cursor.at = end + 2
    } else return
  }
}

const NAME = /[\p{ID_Start}_][\p{ID_Continue}-]*/uy

/** A name at the cursor, which moves behind it. */
export function nameAt(cursor: Cursor): string | undefined {
  NAME.lastIndex = cursor.at
  const name = NAME.exec(cursor.text)?.[0]
  if (name !== undefined) cursor.at += name.length
  return name
}

/** Moves behind `mark` if it stands at the cursor. */
export function take(cursor: Cursor, mark: string): boolean {
  if (!cursor.text.startsWith(mark, cursor.at)) return false
  cursor.at += mark.length
  return true
}

export function expect(cursor: Cursor, mark: string): void {
  if (!take(cursor, mark)) throw new HclFault(`expected \`${mark}\``, cursor.at)
}
