/** Which cells of the truth table (2.4 of the semantics notes) a case visits, so that a run can show that it visited them all. */
import type { BaseOperator, Condition, Effect, SetOperator, TrustPolicy } from '../../src/policy/ast.js'
import type { AssumeRoleRequest, ContextValue, RequestContext } from '../../src/policy/request.js'
import { isNegated, referenceCondition } from './evaluator.js'

const COMPARED = [
  'missing',
  'empty set',
  'one value, hit',
  'one value, no hit',
  'multi, all hit',
  'multi, some hit',
  'multi, no hit',
]
const COUNTED = ['missing', 'empty set', 'one value', 'multi']

const ROWS: Readonly<Record<string, readonly string[]>> = {
  positive: COMPARED,
  negated: COMPARED,
  'positive + IfExists': COMPARED,
  'negated + IfExists': COMPARED,
  'ForAllValues: positive': COMPARED,
  'ForAllValues: negated': COMPARED,
  'ForAnyValue: positive': COMPARED,
  'ForAnyValue: negated': COMPARED,
  'ForAnyValue: IfExists': COMPARED,
  'Null true': COUNTED,
  'Null false': COUNTED,
  'Null both': COUNTED,
  'ForAllValues: Null': COUNTED,
  'ForAnyValue: Null': COUNTED,
  'plain, V = []': COUNTED,
  'IfExists or ForAllValues, V = []': COUNTED,
  'ForAnyValue, V = []': COUNTED,
}

const EFFECTS: readonly Effect[] = ['Allow', 'Deny']

/** Every cell of the table, in Allow and in Deny. */
export const TABLE_24: readonly string[] = EFFECTS.flatMap((effect) =>
  Object.entries(ROWS).flatMap(([row, columns]) => columns.map((column) => `${effect} | ${row} | ${column}`)),
)

/** The cells that the conditions of this policy fall into under this request. */
export function cellsOfTable24(policy: TrustPolicy, request: AssumeRoleRequest): readonly string[] {
  return policy.statements.flatMap((statement) =>
    statement.conditions.flatMap((condition) => {
      const row = rowOf(condition)
      if (row === undefined) return []
      const column = columnOf(condition, policy.version, request.context, ROWS[row]!)
      return column === undefined ? [] : [`${statement.effect ?? 'Allow'} | ${row} | ${column}`]
    }),
  )
}

function rowOf({ operator, values, unreadable }: Condition): string | undefined {
  const { base, set, ifExists } = operator
  if (base === undefined || unreadable || (base === 'Null' && ifExists)) return undefined
  if (values.length === 0) {
    if (set === 'ForAnyValue') return 'ForAnyValue, V = []'
    return set || ifExists ? 'IfExists or ForAllValues, V = []' : 'plain, V = []'
  }
  if (base === 'Null') {
    if (set) return `${set}: Null`
    const wanted = [...new Set(values.map((value) => value.toLowerCase()))]
    if (wanted.includes('true') && wanted.includes('false')) return 'Null both'
    return wanted.length === 1 && ['true', 'false'].includes(wanted[0]!) ? `Null ${wanted[0]!}` : undefined
  }
  const sign = isNegated(base) ? 'negated' : 'positive'
  if (set === 'ForAnyValue' && ifExists) return 'ForAnyValue: IfExists'
  if (set) return `${set}: ${sign}`
  return ifExists ? `${sign} + IfExists` : sign
}

function columnOf(
  condition: Condition,
  version: TrustPolicy['version'],
  context: RequestContext,
  columns: readonly string[],
): string | undefined {
  const entry = context.get(condition.key) ?? { state: 'absent' }
  if (entry.state === 'unknown') return undefined
  if (entry.state === 'absent') return 'missing'
  if (entry.values.length === 0) return 'empty set'
  if (columns === COUNTED) return entry.multivalued ? 'multi' : 'one value'
  const hits = entry.values.map((value) => isHit(condition, value, version, context))
  if (hits.includes(undefined)) return undefined
  const count = hits.filter((hit) => hit).length
  if (!entry.multivalued) return count > 0 ? 'one value, hit' : 'one value, no hit'
  if (count === hits.length) return 'multi, all hit'
  return count > 0 ? 'multi, some hit' : 'multi, no hit'
}

const POSITIVE: Partial<Readonly<Record<BaseOperator, BaseOperator>>> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  NumericNotEquals: 'NumericEquals',
  DateNotEquals: 'DateEquals',
  NotIpAddress: 'IpAddress',
  ArnNotEquals: 'ArnEquals',
  ArnNotLike: 'ArnLike',
}

/** Whether one request value matches some policy value, `undefined` when nobody can say. */
function isHit(
  condition: Condition,
  requested: string,
  version: TrustPolicy['version'],
  context: RequestContext,
): boolean | undefined {
  const base = condition.operator.base!
  const operator = { base: POSITIVE[base] ?? base, set: 'ForAnyValue' as const, ifExists: false, text: '' }
  const alone: ContextValue = { state: 'present', values: [requested], multivalued: true }
  // the value under test goes by a name of its own, so that variables still see the request
  const key = 'the value under test'
  const truth = referenceCondition(
    { ...condition, operator, key },
    'Allow',
    version,
    new Map([...context, [key, alone]]),
  )
  return truth === 'unknown' ? undefined : truth === 'true'
}

const BASES: readonly BaseOperator[] = [
  ...(Object.keys(POSITIVE) as BaseOperator[]),
  ...(Object.values(POSITIVE) as BaseOperator[]),
  'NumericLessThan',
  'NumericLessThanEquals',
  'NumericGreaterThan',
  'NumericGreaterThanEquals',
  'DateLessThan',
  'DateLessThanEquals',
  'DateGreaterThan',
  'DateGreaterThanEquals',
  'Bool',
  'BinaryEquals',
  'Null',
]
const SETS: readonly (SetOperator | undefined)[] = [undefined, 'ForAllValues', 'ForAnyValue']
const STATES = ['missing', 'empty set', 'one', 'empty string', 'multi', 'unknown']

const operatorCell = (
  base: BaseOperator,
  set: SetOperator | undefined,
  ifExists: boolean,
  state: string,
): string => `${set ? `${set}:` : ''}${base}${ifExists ? 'IfExists' : ''} | ${state}`

/** Every operator in every form, with the key in every state. */
export const OPERATOR_CELLS: readonly string[] = BASES.flatMap((base) =>
  SETS.flatMap((set) =>
    [false, true].flatMap((ifExists) => STATES.map((state) => operatorCell(base, set, ifExists, state))),
  ),
)

export function operatorCells(policy: TrustPolicy, request: AssumeRoleRequest): readonly string[] {
  return policy.statements.flatMap((statement) =>
    statement.conditions.flatMap(({ operator, key }) =>
      operator.base === undefined
        ? []
        : [operatorCell(operator.base, operator.set, operator.ifExists, stateOf(request.context.get(key)))],
    ),
  )
}

function stateOf(entry: ContextValue | undefined): string {
  if (entry === undefined || entry.state === 'absent') return 'missing'
  if (entry.state === 'unknown') return 'unknown'
  if (entry.values.length === 0) return 'empty set'
  if (entry.values.length === 1 && entry.values[0] === '') return 'empty string'
  return entry.multivalued ? 'multi' : 'one'
}
