/** Expressions to values. What is not understood is missing, never guessed. */
import { FUNCTIONS } from './functions.js'
import type { Expression } from './hcl/syntax.js'
import { known, textOf } from './scope.js'
import type { Piece, Scope, Step } from './scope.js'
import {
  absent,
  isAbsent,
  isKnown,
  isListValue,
  isObjectValue,
  missing,
  objectOf,
  originOf,
  reach,
  reachOf,
  remember,
} from './values.js'
import type { Value } from './values.js'

export function evaluate(expression: Expression, scope: Scope): Value {
  if (!scope.spend()) return missing(sourceOf(expression, scope))
  switch (expression.kind) {
    case 'literal':
      return expression.value
    case 'opaque':
      return missing(sourceOf(expression, scope))
    case 'template':
      return templateValue(expression, scope)
    case 'list':
      return listValue(expression, scope)
    case 'object':
      return objectValue(expression, scope)
    case 'for':
      return forValue(expression, scope)
    case 'name':
    case 'member':
    case 'index':
    case 'splat':
      return reached(expression, scope)
    case 'call':
      return callValue(expression, scope)
    case 'conditional': {
      const test = known(evaluate(expression.test, scope), scope)
      if (test === true || test === 'true') return evaluate(expression.yes, scope)
      if (test === false || test === 'false') return evaluate(expression.no, scope)
      return missing(originOf(test) ?? sourceOf(expression, scope))
    }
    case 'operation':
      return operationValue(expression, scope)
  }
}

/** The text an expression was written as, in one line: it names what is not known. */
function sourceOf({ start, end }: Expression, { input }: Scope): string {
  const text = input.text.slice(start, Math.min(end, start + 80)).replace(/\s+/g, ' ')
  return end - start > 80 ? `${text}…` : text
}

function templateValue(expression: Extract<Expression, { kind: 'template' }>, scope: Scope): Value {
  const { parts } = expression
  const [only] = parts
  // `"${value}"` is the value itself.
  if (parts.length === 1 && only?.kind === 'value') return evaluate(only.value, scope)
  let text = ''
  const pieces: Piece[] = []
  for (const part of parts) {
    const said = part.kind === 'text' ? part.text : textOf(evaluate(part.value, scope), scope)
    if (said === undefined) return missing(sourceOf(expression, scope))
    text += said
    const { start, end } = part
    pieces.push({
      length: said.length,
      start,
      end,
      isExact: part.kind === 'text' && end - start === said.length,
    })
  }
  return scope.made(text, { kind: 'text', input: scope.input, pieces })
}

function listValue({ items, start, end }: Extract<Expression, { kind: 'list' }>, scope: Scope): Value {
  const members = new Map(items.map((item, index) => [String(index), item]))
  const value = items.map((item) => evaluate(item, scope))
  return remember(value, { input: scope.input, range: { start, end }, members, lost: new Map() })
}

function objectValue({ items, start, end }: Extract<Expression, { kind: 'object' }>, scope: Scope): Value {
  const entries = new Map<string, Value>()
  const members = new Map<string, { start: number; end: number }>()
  const lost = new Map<string, Value[]>()
  for (const item of items) {
    const key = textOf(evaluate(item.key, scope), scope)
    if (key === undefined) return missing(sourceOf(item.key, scope))
    const value = evaluate(item.value, scope)
    const earlier = entries.get(key)
    if (earlier !== undefined) lost.set(key, [...(lost.get(key) ?? []), earlier])
    entries.set(key, value)
    members.set(key, item)
  }
  return remember(objectOf(entries), { input: scope.input, range: { start, end }, members, lost })
}

/** The members of a collection, with their keys; `undefined` for what is none. */
export function membersOf(value: Value): readonly (readonly [key: Value, value: Value])[] | undefined {
  if (isListValue(value)) return value.map((item, index) => [index, item])
  // Terraform goes through the keys of a map in their order.
  if (isObjectValue(value)) {
    return Object.keys(value)
      .sort()
      .map((key) => [key, value[key] ?? null])
  }
  return undefined
}

export function withBound(scope: Scope, names: Iterable<readonly [string, Value]>): Scope {
  return { ...scope, bound: new Map([...scope.bound, ...names]) }
}

function forValue(expression: Extract<Expression, { kind: 'for' }>, scope: Scope): Value {
  const { names, of, key, value, filter, isGrouped } = expression
  const collection = known(evaluate(of, scope), scope)
  const members = membersOf(collection)
  if (members === undefined || isGrouped) return missing(originOf(collection) ?? sourceOf(expression, scope))
  const [first = '', second] = names
  const list: Value[] = []
  const entries: [string, Value][] = []
  for (const [memberKey, member] of members) {
    const inner = withBound(
      scope,
      second === undefined
        ? [[first, member]]
        : [
            [first, memberKey],
            [second, member],
          ],
    )
    if (filter !== undefined) {
      const passes = known(evaluate(filter, inner), inner)
      if (typeof passes !== 'boolean') return missing(originOf(passes) ?? sourceOf(filter, scope))
      if (!passes) continue
    }
    if (key === undefined) list.push(evaluate(value, inner))
    else {
      const name = textOf(evaluate(key, inner), inner)
      if (name === undefined) return missing(sourceOf(key, scope))
      entries.push([name, evaluate(value, inner)])
    }
  }
  return key === undefined ? list : objectOf(entries)
}

const SPLAT: unique symbol = Symbol('[*]')
const NAME_SPLAT: unique symbol = Symbol('.*')
type AnyStep = Step | typeof SPLAT | typeof NAME_SPLAT

/** A name and all steps behind it, looked up at once: only together do they name a resource. */
function reached(expression: Expression, scope: Scope): Value {
  const steps: AnyStep[] = []
  let root: Expression = expression
  for (;;) {
    if (root.kind === 'member') steps.unshift(root.name)
    else if (root.kind === 'splat') steps.unshift(root.isFull ? SPLAT : NAME_SPLAT)
    else if (root.kind === 'index') {
      const index = known(evaluate(root.index, scope), scope)
      if (typeof index !== 'string' && typeof index !== 'number')
        return missing(originOf(index) ?? sourceOf(expression, scope))
      steps.unshift(index)
    } else break
    root = root.of
  }
  if (root.kind !== 'name') return stepped(evaluate(root, scope), steps, scope)
  const bound = scope.bound.get(root.name)
  if (bound !== undefined) return stepped(bound, steps, scope)
  const plain = steps.findIndex((step) => typeof step === 'symbol')
  const leading = (plain === -1 ? steps : steps.slice(0, plain)) as readonly Step[]
  const { value, used } = scope.resolve(root.name, leading)
  return stepped(value, steps.slice(used), scope)
}

function stepped(start: Value, steps: readonly AnyStep[], scope: Scope): Value {
  let value = start
  for (const [index, step] of steps.entries()) {
    if (step === SPLAT || step === NAME_SPLAT) {
      const list = known(value, scope)
      if (originOf(list) !== undefined) return list
      const rest = steps.slice(index + 1)
      const inside = step === SPLAT ? -1 : rest.findIndex((one) => typeof one === 'number')
      const taken = inside === -1 ? rest : rest.slice(0, inside)
      const items = list === null ? [] : isListValue(list) ? list : [list]
      const all = items.map((item) => stepped(item, taken, scope))
      return inside === -1 ? all : stepped(all, rest.slice(inside), scope)
    }
    value = oneStep(value, step)
    if (originOf(value) !== undefined) return value
  }
  return value
}

function oneStep(value: Value, step: Step): Value {
  const place = reachOf(value)
  if (place !== undefined) return reach(place.instance, [...place.path, step])
  if (isListValue(value)) return value[Number(step)] ?? absent(`[${step}]`)
  return isObjectValue(value) ? (value[String(step)] ?? absent(String(step))) : absent(String(step))
}

const COMPARE: Readonly<Record<string, (a: number, b: number) => Value>> = {
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '%': (a, b) => a % b,
}

function operationValue(expression: Extract<Expression, { kind: 'operation' }>, scope: Scope): Value {
  const { operator, operands } = expression
  const [left = null, right = null] = operands.map((operand) => known(evaluate(operand, scope), scope))
  const unclear = missing(originOf(left) ?? originOf(right) ?? sourceOf(expression, scope))
  if (operator === '&&' && (left === false || right === false)) return false
  if (operator === '||' && (left === true || right === true)) return true
  if (!isKnown(left) || !isKnown(right)) return unclear
  if (operator === '!' && typeof left === 'boolean') return !left
  if (operator === '-' && operands.length === 1) return typeof left === 'number' ? -left : unclear
  if (operator === '&&' || operator === '||')
    return typeof left === 'boolean' && typeof right === 'boolean' ? operator === '&&' : unclear
  if (operator === '==' || operator === '!=')
    return (JSON.stringify(left) === JSON.stringify(right)) === (operator === '==')
  const compare = COMPARE[operator]
  return compare !== undefined && typeof left === 'number' && typeof right === 'number'
    ? compare(left, right)
    : unclear
}

function callValue(expression: Extract<Expression, { kind: 'call' }>, scope: Scope): Value {
  const { name, args, spread } = expression
  const unclear = (): Value => missing(sourceOf(expression, scope))
  if (name === 'try' || name === 'coalesce')
    return (
      firstOf(
        name,
        args.map((arg) => () => evaluate(arg, scope)),
        scope,
      ) ?? unclear()
    )
  let values = args.map((arg) => evaluate(arg, scope))
  if (spread) {
    const last = known(values.at(-1) ?? null, scope)
    if (!isListValue(last)) return unclear()
    values = [...values.slice(0, -1), ...last]
  }
  const apply = FUNCTIONS.get(name)
  return (
    apply?.(values, scope) ??
    missing(
      values.map((value) => originOf(known(value, scope))).find((origin) => origin !== undefined) ??
        sourceOf(expression, scope),
    )
  )
}

/** `try` passes over what is not there, `coalesce` over what is nothing. What is not known yet may be either. */
function firstOf(name: string, candidates: readonly (() => Value)[], scope: Scope): Value | undefined {
  for (const candidate of candidates) {
    const value = candidate()
    const found = known(value, scope)
    const isPassed = name === 'try' ? isAbsent(found) : found === null || found === ''
    if (!isPassed) return value
  }
  return undefined
}
