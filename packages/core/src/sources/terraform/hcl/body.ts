/** Bodies: attributes and blocks. */
import { type Cursor, HclFault, nameAt, nested, skip, take } from './cursor.js'
import { expressionAt } from './expression.js'
import type { Attribute, Block, Body, Expression } from './syntax.js'
import { startOfText } from '../../../text/json-scan.js'

/** What a text could be read as; `fault` is where it stops to be HCL. */
export interface ParsedHcl {
  readonly body: Body
  readonly fault?: { readonly message: string; readonly at: number }
}

/** Reads a configuration. What stands before a fault is kept. */
export function parseHcl(text: string): ParsedHcl {
  const cursor: Cursor = { text, at: startOfText(text), depth: 0 }
  const attributes = new Map<string, Attribute>()
  const blocks: Block[] = []
  try {
    fill(cursor, attributes, blocks, undefined)
    return { body: { attributes, blocks } }
  } catch (error) {
    if (!(error instanceof HclFault)) throw error
    return { body: { attributes, blocks }, fault: { message: error.message, at: error.at } }
  }
}

/** A text that is one expression and nothing else. */
export function expressionOf(text: string): Expression | undefined {
  const cursor: Cursor = { text, at: 0, depth: 0 }
  try {
    const expression = expressionAt(cursor, true)
    skip(cursor, true)
    return cursor.at === text.length ? expression : undefined
  } catch (error) {
    if (!(error instanceof HclFault)) throw error
    return undefined
  }
}

function fill(
  cursor: Cursor,
  attributes: Map<string, Attribute>,
  blocks: Block[],
  end: string | undefined,
): void {
  for (;;) {
    skip(cursor, true)
    if (end !== undefined && take(cursor, end)) return
    if (cursor.at >= cursor.text.length) {
      if (end === undefined) return
      throw new HclFault('a block that does not end', cursor.at)
    }
    const start = cursor.at
    const name = nameAt(cursor)
    if (name === undefined) throw new HclFault('expected the name of an attribute or a block', start)
    skip(cursor, false)
    if (cursor.text[cursor.at] === '=' && cursor.text[cursor.at + 1] !== '=') {
      cursor.at++
      const value = expressionAt(cursor, false)
      attributes.set(name, { name, value, start, end: value.end })
    } else blocks.push(blockAt(cursor, name, start))
  }
}

const LABEL = /"((?:[^"\\\n]|\\.)*)"/y

function blockAt(cursor: Cursor, type: string, start: number): Block {
  const labels: string[] = []
  while (!take(cursor, '{')) {
    LABEL.lastIndex = cursor.at
    const label = LABEL.exec(cursor.text)
    if (label !== null) cursor.at += label[0].length
    const name = label?.[1] ?? nameAt(cursor)
    if (name === undefined) throw new HclFault('expected `{`', cursor.at)
    labels.push(name)
    skip(cursor, false)
  }
  const attributes = new Map<string, Attribute>()
  const blocks: Block[] = []
  nested(cursor, () => fill(cursor, attributes, blocks, '}'))
  return { type, labels, body: { attributes, blocks }, start, end: cursor.at }
}
