import type { Condition, Effect, PolicyVersion } from '../policy/ast.js'
import type { ContextValue, Truth } from '../policy/request.js'
import { OPERATORS } from './operators.js'
import type { OperatorMeaning } from './operators.js'
import { expandValue } from './variables.js'
import type { LookUp } from './variables.js'

/** What a condition is evaluated in. */
export interface ConditionScope {
  /** The effect of its statement: where IAM's behaviour is in doubt the answer leans to a wider grant. */
  readonly effect: Effect
  readonly version: PolicyVersion
  /** The request context, by lower-case key. */
  readonly lookUp: LookUp
}

export function not(truth: Truth): Truth {
  return truth === 'unknown' ? truth : truth === 'true' ? 'false' : 'true'
}

/** Three-valued and. */
export function both(left: Truth, right: Truth): Truth {
  if (left === 'false' || right === 'false') return 'false'
  return left === 'true' && right === 'true' ? 'true' : 'unknown'
}

/** Three-valued or. */
export function either(left: Truth, right: Truth): Truth {
  if (left === 'true' || right === 'true') return 'true'
  return left === 'false' && right === 'false' ? 'false' : 'unknown'
}

/** In an Allow it may match, in a Deny it does not: the answer to what IAM would refuse or nobody has documented. */
export function doubt(effect: Effect): Truth {
  return effect === 'Allow' ? 'unknown' : 'false'
}

/**
 * Whether one condition holds for what the request has under its key.
 *
 * @see IAM User Guide, "IAM JSON policy elements: Condition operators" and "Creating a condition with multiple keys or
 * values"
 */
export function evaluateCondition(condition: Condition, value: ContextValue, scope: ConditionScope): Truth {
  const { operator, values } = condition
  const { base, set, ifExists } = operator
  if (value.state === 'unknown') {
    return base === 'Null' && set === undefined && !ifExists && isAlwaysTrue(condition) ? 'true' : 'unknown'
  }
  if (base === undefined || condition.unreadable || (base === 'Null' && ifExists)) return doubt(scope.effect)
  const isMissing = value.state === 'absent' || value.values.length === 0
  if (values.length === 0) {
    if (set === 'ForAnyValue') return 'false'
    if (ifExists || set === 'ForAllValues') return isMissing ? 'true' : 'false'
    return doubt(scope.effect)
  }
  if (base === 'Null') return evaluateNull(condition, value, scope)
  const meaning = OPERATORS[base]
  if (isMissing) {
    if (set === 'ForAllValues') return 'true'
    if (set === 'ForAnyValue') return ifExists ? doubt(scope.effect) : 'false'
    return ifExists || meaning.negated ? 'true' : 'false'
  }
  if (set === undefined) {
    // A plain operator on a multivalued key never matches as far as captured; for negated ones only so far.
    if (value.multivalued || value.values.length > 1) return meaning.negated ? doubt(scope.effect) : 'false'
    return satisfies(condition, meaning, value.values[0] ?? '', scope)
  }
  if (set === 'ForAnyValue') {
    return value.values.reduce<Truth>(
      (any, one) => either(any, satisfies(condition, meaning, one, scope)),
      'false',
    )
  }
  // The documentation calls a set of one empty string a null data set, captures compare it as a value.
  const [first] = value.values
  if (first === '' && value.values.length === 1 && scope.effect === 'Allow') return 'true'
  return value.values.reduce<Truth>(
    (all, one) => both(all, satisfies(condition, meaning, one, scope)),
    'true',
  )
}

/** One request value against the list: positive operators want any policy value to match, negated ones none. */
function satisfies(
  condition: Condition,
  meaning: OperatorMeaning,
  request: string,
  scope: ConditionScope,
): Truth {
  if (meaning.comparable?.has(request) === false) return 'false'
  let truth: Truth = meaning.negated ? 'true' : 'false'
  for (const value of condition.values) {
    const one = compareOne(value, meaning, request, scope)
    truth = meaning.negated ? both(truth, one) : either(truth, one)
    if (truth === (meaning.negated ? 'false' : 'true')) return truth
  }
  return truth
}

/** What one policy value contributes: for a negated operator whether it leaves the condition standing. */
function compareOne(value: string, meaning: OperatorMeaning, request: string, scope: ConditionScope): Truth {
  const isVersion2012 = scope.version === '2012-10-17'
  if (meaning.variables === 'doubtful' && isVersion2012 && value.includes('${')) return 'unknown'
  const variables = meaning.variables === 'yes' && isVersion2012
  const expansion = expandValue(value, variables, meaning.wildcards, scope.lookUp)
  if (expansion.kind === 'null') return meaning.negated ? 'true' : 'false'
  if (expansion.kind === 'unknown') return 'unknown'
  if (expansion.kind === 'unreadable') return doubt(scope.effect)
  if (!meaning.wellFormed(expansion.pattern)) return malformed(meaning, scope.effect)
  const hit = meaning.matches(expansion.pattern, request)
  return hit === meaning.negated ? 'false' : 'true'
}

/** A policy value that is not of the operator's type; IAM does not store one. */
export function malformed(meaning: OperatorMeaning, effect: Effect): Truth {
  // Captured: a malformed ARN cannot grant, yet in a Deny it matches any ARN.
  if (effect === 'Deny') return meaning.family === 'arn' && !meaning.negated ? 'true' : 'false'
  return meaning.negated ? 'unknown' : 'false'
}

/** `Null` with both values asks for nothing. */
function isAlwaysTrue({ values, unreadable }: Condition): boolean {
  return (
    !unreadable && ['true', 'false'].every((wanted) => values.some((value) => value.toLowerCase() === wanted))
  )
}

/** `Null` asks for presence: `"true"` wants the key absent, `"false"` present, both listed are always true. */
function evaluateNull(condition: Condition, value: ContextValue, scope: ConditionScope): Truth {
  const { set } = condition.operator
  const plain = isAlwaysTrue(condition)
    ? 'true'
    : condition.values.reduce<Truth>(
        (any, wanted) => either(any, nullHolds(wanted.toLowerCase(), value, scope.effect)),
        'false',
      )
  if (set === undefined) return plain
  // Access Analyzer calls `ForAllValues:Null` always true and `ForAnyValue:Null` always false; others ignore the prefix.
  const analyzer: Truth = set === 'ForAllValues' ? 'true' : 'false'
  return scope.effect === 'Allow' ? either(analyzer, plain) : both(analyzer, plain)
}

function nullHolds(wanted: string, value: ContextValue, effect: Effect): Truth {
  if (wanted !== 'true' && wanted !== 'false') return doubt(effect)
  const isMissing = value.state !== 'present' || value.values.length === 0
  // The documentation calls an empty value null, captures call it present.
  if (!isMissing && value.values.includes('')) return 'unknown'
  return (wanted === 'true') === isMissing ? 'true' : 'false'
}
