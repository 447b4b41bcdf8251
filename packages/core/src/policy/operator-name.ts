import type { BaseOperator, ConditionOperator, SetOperator } from './ast.js'

/** A condition operator's name, read. */
export interface KnownOperator {
  readonly operator: ConditionOperator
  /** `NullIfExists` in any spelling, which IAM refuses and whose meaning is not documented. */
  readonly isNullIfExists: boolean
}

const BASE_OPERATORS: readonly BaseOperator[] = [
  'StringEquals',
  'StringNotEquals',
  'StringEqualsIgnoreCase',
  'StringNotEqualsIgnoreCase',
  'StringLike',
  'StringNotLike',
  'NumericEquals',
  'NumericNotEquals',
  'NumericLessThan',
  'NumericLessThanEquals',
  'NumericGreaterThan',
  'NumericGreaterThanEquals',
  'DateEquals',
  'DateNotEquals',
  'DateLessThan',
  'DateLessThanEquals',
  'DateGreaterThan',
  'DateGreaterThanEquals',
  'Bool',
  'BinaryEquals',
  'IpAddress',
  'NotIpAddress',
  'ArnEquals',
  'ArnNotEquals',
  'ArnLike',
  'ArnNotLike',
  'Null',
]

const BASES: ReadonlyMap<string, BaseOperator> = new Map(
  BASE_OPERATORS.map((base) => [base.toLowerCase(), base]),
)
const SETS: ReadonlyMap<string, SetOperator> = new Map([
  ['forallvalues', 'ForAllValues'],
  ['foranyvalue', 'ForAnyValue'],
])

const IF_EXISTS = 'ifexists'

/** Names met before. Real policies use a few dozen; a document made of invented names must not fill the memory. */
const known = new Map<string, KnownOperator>()
const MOST_KNOWN = 1000

/** Reads an operator name in whatever letter case. */
export function knownOperator(text: string): KnownOperator {
  const before = known.get(text)
  if (before !== undefined) return before
  const read = readOperator(text)
  if (known.size < MOST_KNOWN && text.length < 100) known.set(text, read)
  return read
}

function readOperator(text: string): KnownOperator {
  const name = text.toLowerCase()
  const colon = name.indexOf(':')
  const set = colon === -1 ? undefined : SETS.get(name.slice(0, colon))
  const plain = set === undefined ? name : name.slice(colon + 1)
  const ifExists = plain.endsWith(IF_EXISTS)
  const base = BASES.get(ifExists ? plain.slice(0, -IF_EXISTS.length) : plain)
  const operator = { base, ifExists, text }
  return {
    operator: set === undefined ? operator : { ...operator, set },
    isNullIfExists: base === 'Null' && ifExists,
  }
}
