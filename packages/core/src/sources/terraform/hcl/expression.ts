/** Expressions, from the loosest to the tightest. */
import { type Cursor, expect, HclFault, nameAt, nested, skip, take } from './cursor.js'
import type { Expression, ObjectItem } from './syntax.js'
import { heredoc, quotedTemplate } from './template.js'

/** An expression inside brackets, where lines may end anywhere. */
function inside(cursor: Cursor): Expression {
  return expressionAt(cursor, true)
}

/** @param overLines whether the expression may go on in the next line without a bracket */
export function expressionAt(cursor: Cursor, overLines: boolean): Expression {
  return nested(cursor, () => {
    skip(cursor, overLines)
    const test = operationAt(cursor, 0, overLines)
    skip(cursor, overLines)
    if (!take(cursor, '?')) return test
    const yes = expressionAt(cursor, true)
    skip(cursor, true)
    expect(cursor, ':')
    const no = expressionAt(cursor, overLines)
    return { kind: 'conditional', test, yes, no, start: test.start, end: no.end }
  })
}

const OPERATORS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['==', '!='],
  ['<=', '>=', '<', '>'],
  ['+', '-'],
  ['*', '/', '%'],
]

function operationAt(cursor: Cursor, level: number, overLines: boolean): Expression {
  const operators = OPERATORS[level]
  if (operators === undefined) return unaryAt(cursor, overLines)
  let left = operationAt(cursor, level + 1, overLines)
  for (;;) {
    const behind = cursor.at
    skip(cursor, overLines)
    const operator = operators.find((one) => cursor.text.startsWith(one, cursor.at))
    if (operator === undefined || cursor.text.startsWith('=>', cursor.at)) {
      cursor.at = behind
      return left
    }
    cursor.at += operator.length
    skip(cursor, true)
    const right = operationAt(cursor, level + 1, overLines)
    left = { kind: 'operation', operator, operands: [left, right], start: left.start, end: right.end }
  }
}

function unaryAt(cursor: Cursor, overLines: boolean): Expression {
  const start = cursor.at
  const operator = ['!', '-'].find((one) => take(cursor, one))
  if (operator === undefined) return reachAt(cursor, overLines)
  return nested(cursor, () => {
    skip(cursor, overLines)
    const operand = unaryAt(cursor, overLines)
    return { kind: 'operation', operator, operands: [operand], start, end: operand.end }
  })
}

/** A term and what is reached from it: `.name`, `[index]`, `[*]`, `.*`, `.0`. */
function reachAt(cursor: Cursor, overLines: boolean): Expression {
  let value = termAt(cursor)
  for (;;) {
    const behind = cursor.at
    if (overLines) skip(cursor, true)
    const { start } = value
    if (cursor.text[cursor.at] === '.' && cursor.text[cursor.at + 1] !== '.') {
      cursor.at++
      const name = nameAt(cursor)
      if (name !== undefined) value = { kind: 'member', of: value, name, start, end: cursor.at }
      else if (take(cursor, '*')) value = { kind: 'splat', of: value, isFull: false, start, end: cursor.at }
      else value = { kind: 'index', of: value, index: numberAt(cursor), start, end: cursor.at }
    } else if (cursor.text[cursor.at] === '[') {
      cursor.at++
      skip(cursor, true)
      if (/^\*\s*\]/.test(cursor.text.slice(cursor.at, cursor.at + 20))) {
        cursor.at = cursor.text.indexOf(']', cursor.at) + 1
        value = { kind: 'splat', of: value, isFull: true, start, end: cursor.at }
        continue
      }
      const index = inside(cursor)
      skip(cursor, true)
      expect(cursor, ']')
      value = { kind: 'index', of: value, index, start, end: cursor.at }
    } else {
      cursor.at = behind
      return value
    }
  }
}

const NUMBER = /[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const INDEX = /[0-9]+/y

function numberAt(cursor: Cursor, form: RegExp = INDEX): Expression {
  form.lastIndex = cursor.at
  const text = form.exec(cursor.text)?.[0]
  if (text === undefined) throw new HclFault('expected a value', cursor.at)
  const start = cursor.at
  cursor.at += text.length
  return { kind: 'literal', value: Number(text), start, end: cursor.at }
}

const CONSTANTS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null }

function termAt(cursor: Cursor): Expression {
  const start = cursor.at
  const mark = cursor.text[start]
  if (mark === '"') return quotedTemplate(cursor, inside)
  if (mark === '(') {
    cursor.at++
    const value = inside(cursor)
    skip(cursor, true)
    expect(cursor, ')')
    return { ...value, start, end: cursor.at }
  }
  if (mark === '[' || mark === '{') return collectionAt(cursor, mark)
  const text = mark === '<' ? heredoc(cursor, inside) : undefined
  if (text !== undefined) return text
  const name = nameAt(cursor)
  if (name === undefined) return numberAt(cursor, NUMBER)
  if (Object.hasOwn(CONSTANTS, name))
    return { kind: 'literal', value: CONSTANTS[name] ?? null, start, end: cursor.at }
  // Functions of providers have `::` in their names.
  const called = cursor.text.startsWith('::', cursor.at)
    ? (/^[\w:-]+/.exec(cursor.text.slice(cursor.at))?.[0] ?? '')
    : ''
  cursor.at += called.length
  if (!take(cursor, '(')) return { kind: 'name', name: name + called, start, end: cursor.at }
  const { items, spread } = itemsUntil(cursor, ')')
  return { kind: 'call', name: name + called, args: items, spread, start, end: cursor.at }
}

function itemsUntil(
  cursor: Cursor,
  end: string,
): { readonly items: readonly Expression[]; readonly spread: boolean } {
  const items: Expression[] = []
  let spread = false
  for (;;) {
    skip(cursor, true)
    if (take(cursor, end)) return { items, spread }
    items.push(inside(cursor))
    skip(cursor, true)
    spread = take(cursor, '...')
    skip(cursor, true)
    if (take(cursor, ',')) continue
    skip(cursor, true)
    expect(cursor, end)
    return { items, spread }
  }
}

const FOR = /for[ \t\r\n]+[\p{ID_Start}_]/uy

function collectionAt(cursor: Cursor, mark: '[' | '{'): Expression {
  const start = cursor.at
  const end = mark === '[' ? ']' : '}'
  cursor.at++
  skip(cursor, true)
  FOR.lastIndex = cursor.at
  if (FOR.test(cursor.text)) return forAt(cursor, start, end)
  if (mark === '[') {
    const { items } = itemsUntil(cursor, end)
    return { kind: 'list', items, start, end: cursor.at }
  }
  const items: ObjectItem[] = []
  for (;;) {
    skip(cursor, true)
    if (take(cursor, end)) return { kind: 'object', items, start, end: cursor.at }
    items.push(objectItemAt(cursor))
    skip(cursor, false)
    take(cursor, ',')
  }
}

function objectItemAt(cursor: Cursor): ObjectItem {
  const start = cursor.at
  const read = inside(cursor)
  const key: Expression =
    read.kind === 'name' && cursor.text[start] !== '('
      ? { kind: 'literal', value: read.name, start, end: read.end }
      : read
  skip(cursor, true)
  if (!take(cursor, '=')) expect(cursor, ':')
  // Items end with their lines, as attributes do.
  const value = expressionAt(cursor, false)
  return { key, value, start, end: value.end }
}

function forAt(cursor: Cursor, start: number, end: string): Expression {
  cursor.at += 'for'.length
  const names: string[] = []
  do {
    skip(cursor, true)
    const name = nameAt(cursor)
    if (name === undefined) throw new HclFault('expected a name', cursor.at)
    names.push(name)
    skip(cursor, true)
  } while (take(cursor, ','))
  if (nameAt(cursor) !== 'in') throw new HclFault('expected `in`', cursor.at)
  const of = inside(cursor)
  skip(cursor, true)
  expect(cursor, ':')
  const first = inside(cursor)
  skip(cursor, true)
  const isObject = take(cursor, '=>')
  const value = isObject ? inside(cursor) : first
  skip(cursor, true)
  const isGrouped = take(cursor, '...')
  skip(cursor, true)
  const behind = cursor.at
  const hasFilter = nameAt(cursor) === 'if'
  if (!hasFilter) cursor.at = behind
  const filter = hasFilter ? inside(cursor) : undefined
  skip(cursor, true)
  expect(cursor, end)
  return {
    kind: 'for',
    names,
    of,
    ...(isObject ? { key: first } : {}),
    value,
    isGrouped,
    ...(filter === undefined ? {} : { filter }),
    start,
    end: cursor.at,
  }
}
