import { asciiLowerCase } from '../text/ascii.js'
import { pointerSegment } from '../text/location.js'
import type { Condition, Statement } from './ast.js'

/** One step of a change to a document, as RFC 6902 has it. */
export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: JsonValue }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move'; readonly from: string; readonly path: string }

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }

/** A condition under another key, another operator or both. */
export interface ConditionMove {
  readonly condition: Condition
  readonly keyText?: string
  /** As it is to be written. */
  readonly operator?: string
}

/**
 * The patch that moves conditions of one statement; `undefined` where another condition stands in the place already, or
 * where the text of the document leaves open which copy would be moved.
 */
export function moveConditions(
  statement: Statement,
  moves: readonly ConditionMove[],
): readonly PatchOperation[] | undefined {
  if (statement.readings !== undefined) return undefined
  const leaving = new Set(moves.map(({ condition }) => condition))
  const taken = new Set(
    statement.conditions.filter((one) => !leaving.has(one)).map((one) => placeOf(one.operator.text, one.key)),
  )
  const blocks = new Map<string, number>()
  for (const { operator } of statement.conditions)
    blocks.set(operator.text, (blocks.get(operator.text) ?? 0) + 1)
  const patch: PatchOperation[] = []
  for (const { condition, keyText = condition.keyText, operator = condition.operator.text } of moves) {
    const place = placeOf(operator, asciiLowerCase(keyText))
    if (taken.has(place)) return undefined
    taken.add(place)
    const from = condition.operator.text
    const block = condition.pointer.slice(0, condition.pointer.lastIndexOf('/'))
    const target = block.slice(0, block.lastIndexOf('/')) + pointerSegment(operator)
    const left = (blocks.get(from) ?? 1) - 1
    if (operator === from) {
      if (keyText !== condition.keyText)
        patch.push({ op: 'move', from: condition.pointer, path: target + pointerSegment(keyText) })
    } else {
      if (!blocks.has(operator)) patch.push({ op: 'add', path: target, value: {} })
      patch.push({ op: 'move', from: condition.pointer, path: target + pointerSegment(keyText) })
      if (left === 0) patch.push({ op: 'remove', path: block })
      if (left === 0) blocks.delete(from)
      else blocks.set(from, left)
      blocks.set(operator, (blocks.get(operator) ?? 0) + 1)
    }
  }
  return patch.length === 0 ? undefined : patch
}

function placeOf(operator: string, key: string): string {
  return `${asciiLowerCase(operator)}|${key}`
}

/** Where a value of a condition stands. */
export function valuePointer({ pointer, isList }: Condition, index: number): string {
  return isList ? `${pointer}/${index}` : pointer
}

/** The operator's text with another base, its set prefix and `IfExists` as they were. */
export function operatorText({ operator }: Condition, base: string): string {
  return `${operator.set === undefined ? '' : `${operator.set}:`}${base}${operator.ifExists ? 'IfExists' : ''}`
}
