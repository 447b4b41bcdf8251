import { asciiLowerCase } from '../text/ascii.js'
import { pointerSegment } from '../text/location.js'
import { quoted } from '../text/quote.js'
import type { BaseOperator, Condition } from './ast.js'
import { hasHole } from './limits.js'
import { parseIpBlock } from './ip.js'
import { isArnText, parseBase64, parseDate, parseNumber } from './literals.js'
import { type KnownOperator, knownOperator } from './operator-name.js'
import { refuse } from './problems.js'
import { type JsonObject, LOST, type Reading, alternatives, isObject, kindOf } from './reading.js'

export interface ConditionsRead {
  readonly conditions: readonly Condition[]
  readonly readings?: readonly (readonly Condition[])[]
  readonly unreadable?: string
}

const NONE: readonly Condition[] = []
const UNCONDITIONAL: ConditionsRead = { conditions: NONE }

/** More readings than this are not listed one by one. */
const MOST_READINGS = 64

/** The `Condition` element of a statement; `pointer` is the statement's. */
export function readConditions(reading: Reading, statement: JsonObject, pointer: string): ConditionsRead {
  const element = statement['Condition']
  const at = `${pointer}/Condition`
  if (!isObject(element)) {
    const unreadable = `\`Condition\` is ${kindOf(element)}, not an object`
    refuse(reading.problems, at, unreadable)
    return { conditions: NONE, unreadable }
  }
  const conditions: Condition[] = []
  let unreadable: string | undefined
  for (const name of Object.keys(element)) {
    const bad = readBlock(reading, name, element[name], at + pointerSegment(name), conditions)
    unreadable ??= bad
  }
  const read = conditions.length === 0 ? UNCONDITIONAL : { conditions }
  const doubtful = reading.repeats === undefined ? read : withReadings(reading, statement, at, conditions)
  return unreadable === undefined ? doubtful : { ...doubtful, unreadable }
}

/** Adds the conditions of one operator. Answers why the block cannot be read, if so. */
function readBlock(
  reading: Reading,
  name: string,
  block: unknown,
  pointer: string,
  into: Condition[],
): string | undefined {
  const { problems } = reading
  const known = knownOperator(name)
  if (known.operator.base === undefined) {
    refuse(problems, pointer, () => `${quoted(name)} is no condition operator of IAM`)
  } else if (known.isNullIfExists) {
    refuse(problems, pointer, `${quoted(name)}: \`Null\` cannot take \`IfExists\``)
  }
  if (!isObject(block)) {
    const unreadable = `under the condition operator ${quoted(name)} stands ${kindOf(block)}, not an object`
    refuse(problems, pointer, unreadable)
    return unreadable
  }
  const keys = Object.keys(block)
  const first = into.length
  for (const key of keys)
    into.push(readCondition(reading, known, key, block[key], pointer + pointerSegment(key)))
  if (keys.length > 1) refuseCaseTwins(reading, into, first)
  return undefined
}

function readCondition(
  reading: Reading,
  known: KnownOperator,
  keyText: string,
  value: unknown,
  pointer: string,
): Condition {
  const { operator, isNullIfExists } = known
  const key = asciiLowerCase(keyText)
  if (typeof value === 'string') {
    const check = operator.base && LITERALS[operator.base]
    if (check !== undefined) checkLiteral(reading, check, value, pointer)
    const condition = { operator, key, keyText, values: [value], pointer, isList: false }
    return isNullIfExists ? { ...condition, unreadable: true } : condition
  }
  const isList = Array.isArray(value)
  const items: readonly unknown[] = isList ? value : [value]
  const values: string[] = []
  let isReadable = !isNullIfExists
  for (let index = 0; index < items.length; index++) {
    const item = items[index]
    if (typeof item === 'string') {
      values.push(item)
    } else if (typeof item === 'boolean' || typeof item === 'number') {
      values.push(String(item))
    } else {
      isReadable = false
      const at = isList ? `${pointer}/${index}` : pointer
      refuse(reading.problems, at, () => `the value of ${quoted(keyText)} is ${kindOf(item)}, not text`)
    }
  }
  if (items.length === 0) refuse(reading.problems, pointer, `${quoted(keyText)} has an empty list of values`)
  const check = operator.base && LITERALS[operator.base]
  if (check !== undefined && isReadable) {
    for (const [index, text] of values.entries()) {
      checkLiteral(reading, check, text, isList ? `${pointer}/${index}` : pointer)
    }
  }
  const condition = { operator, key, keyText, values, pointer, isList }
  return isReadable ? condition : { ...condition, unreadable: true }
}

/** Keys that differ by letter case alone are one key to IAM, and refused in one block. */
function refuseCaseTwins(reading: Reading, conditions: readonly Condition[], first: number): void {
  // The usual block has two keys, `:sub` and `:aud`.
  if (conditions.length - first === 2 && conditions[first]?.key !== conditions[first + 1]?.key) return
  const seen = new Set<string>()
  for (const condition of conditions.slice(first)) {
    if (seen.has(condition.key)) {
      const message = () =>
        `the condition key ${quoted(condition.keyText)} stands twice, in different letter case`
      refuse(reading.problems, condition.pointer, message)
    }
    seen.add(condition.key)
  }
}

interface LiteralCheck {
  readonly isValid: (text: string) => boolean
  readonly expected: string
}

const numeric: LiteralCheck = { isValid: (text) => parseNumber(text) !== undefined, expected: 'a number' }
const date: LiteralCheck = { isValid: (text) => parseDate(text) !== undefined, expected: 'a date' }
const ip: LiteralCheck = {
  isValid: (text) => parseIpBlock(text) !== undefined,
  expected: 'an IP address or a CIDR block',
}
const arn: LiteralCheck = { isValid: isArnText, expected: 'an ARN' }

/** The operators whose values IAM checks when a policy is written. */
const LITERALS: Readonly<Partial<Record<BaseOperator, LiteralCheck>>> = {
  NumericEquals: numeric,
  NumericNotEquals: numeric,
  NumericLessThan: numeric,
  NumericLessThanEquals: numeric,
  NumericGreaterThan: numeric,
  NumericGreaterThanEquals: numeric,
  DateEquals: date,
  DateNotEquals: date,
  DateLessThan: date,
  DateLessThanEquals: date,
  DateGreaterThan: date,
  DateGreaterThanEquals: date,
  BinaryEquals: { isValid: (text) => parseBase64(text) !== undefined, expected: 'base64' },
  IpAddress: ip,
  NotIpAddress: ip,
  ArnEquals: arn,
  ArnNotEquals: arn,
  ArnLike: arn,
  ArnNotLike: arn,
}

function checkLiteral(reading: Reading, check: LiteralCheck, text: string, pointer: string): void {
  if (check.isValid(text) || (reading.hasHoles && hasHole(text))) return
  refuse(reading.problems, pointer, () => `${quoted(text)} is not ${check.expected}`)
}

/**
 * What the conditions may be when keys are repeated: at each repeated key one copy is kept and the others are dropped,
 * in every combination. Which copy IAM would keep is not documented.
 *
 * Guarantee: whatever IAM keeps, the conditions in force are one of the readings or stricter than one of them.
 */
function withReadings(
  reading: Reading,
  statement: JsonObject,
  pointer: string,
  conditions: readonly Condition[],
): ConditionsRead {
  const quiet: Reading = { ...reading, problems: { list: [], unlisted: 0 } }
  const elements = alternatives(reading, statement, 'Condition')
  const lists = concatenated(
    elements,
    (element) => isObject(element) && listsOfElement(quiet, element, pointer),
  )
  if (lists === undefined) {
    const certain =
      elements.length === 1 ? certainConditions(reading, statement['Condition'], conditions) : NONE
    return {
      conditions,
      readings: [conditions, certain],
      unreadable: 'repeated keys leave more readings of its conditions than can be told',
    }
  }
  if (lists.length === 1) return { conditions }
  // The last copies come last, and `conditions` is made of those.
  return { conditions, readings: [conditions, ...lists.slice(0, -1).toReversed()] }
}

type Lists = readonly (readonly Condition[])[]

/** All lists of all alternatives; `undefined` where they are too many or a copy cannot be read. */
function concatenated(
  copies: readonly unknown[],
  read: (copy: unknown) => Lists | undefined | false,
): Lists | undefined {
  if (copies.length > MOST_READINGS) return undefined
  const all: (readonly Condition[])[] = []
  for (const copy of copies) {
    const lists = read(copy)
    if (lists === undefined || lists === false || all.length + lists.length > MOST_READINGS) return undefined
    all.push(...lists)
  }
  return all
}

/** Every combination of a list from the one with a list from the other. */
function combined(left: Lists, right: Lists): Lists | undefined {
  if (left.length * right.length > MOST_READINGS) return undefined
  return left.flatMap((list) => right.map((more) => [...list, ...more]))
}

function listsOfElement(reading: Reading, element: JsonObject, pointer: string): Lists | undefined {
  const settled: Condition[] = []
  let lists: Lists = [NONE]
  for (const name of Object.keys(element)) {
    const at = pointer + pointerSegment(name)
    const blocks = alternatives(reading, element, name)
    const ofOperator = concatenated(blocks, (block) => {
      if (block === LOST) return undefined
      return isObject(block) ? listsOfBlock(reading, name, block, at) : [NONE]
    })
    if (ofOperator === undefined) return undefined
    const [only] = ofOperator
    if (ofOperator.length === 1 && only !== undefined) {
      for (const condition of only) settled.push(condition)
      continue
    }
    const more = combined(lists, ofOperator)
    if (more === undefined) return undefined
    lists = more
  }
  return lists.map((list) => [...settled, ...list])
}

function listsOfBlock(reading: Reading, name: string, block: JsonObject, pointer: string): Lists | undefined {
  const known = knownOperator(name)
  const settled: Condition[] = []
  let lists: Lists = [NONE]
  for (const key of Object.keys(block)) {
    const at = pointer + pointerSegment(key)
    const values = alternatives(reading, block, key)
    if (values.length === 1) {
      settled.push(readCondition(reading, known, key, values[0], at))
      continue
    }
    const ofKey = concatenated(
      values,
      (value) => value !== LOST && [[readCondition(reading, known, key, value, at)]],
    )
    const more = ofKey && combined(lists, ofKey)
    if (more === undefined) return undefined
    lists = more
  }
  return lists.map((list) => [...settled, ...list])
}

/** The conditions that hold whichever copies are kept. */
function certainConditions(
  reading: Reading,
  element: unknown,
  conditions: readonly Condition[],
): readonly Condition[] {
  if (!isObject(element)) return NONE
  const certain = new Map<string, Set<string>>()
  for (const name of Object.keys(element)) {
    const [block, ...others] = alternatives(reading, element, name)
    if (others.length > 0 || !isObject(block)) continue
    certain.set(
      name,
      new Set(Object.keys(block).filter((key) => alternatives(reading, block, key).length === 1)),
    )
  }
  return conditions.filter(({ operator, keyText }) => certain.get(operator.text)?.has(keyText) === true)
}
