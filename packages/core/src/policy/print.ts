import type { Condition, PrincipalElement, Statement, TrustPolicy } from './ast.js'

/**
 * A policy as JSON text, indented by two spaces, elements in the order of the IAM documentation.
 *
 * Guarantee: for a policy without problems, parsing the text gives the same policy again, pointers included; `size` is
 * then that of this text. What could not be read (`unreadable`, `readings`) has no text of its own and is left out, so
 * a policy with problems prints as what was read of it.
 */
export function printTrustPolicy(policy: TrustPolicy): string {
  const [only] = policy.statements
  const isSingle = policy.statements.length === 1 && only?.pointer === '/Statement'
  const statements = policy.statements.map(printStatement)
  return JSON.stringify(
    { Version: policy.version, Statement: isSingle ? statements[0] : statements },
    null,
    2,
  )
}

type Printed = Record<string, unknown>

/** No prototype, so that every name of a stranger, `__proto__` too, is a member like any other. */
function emptyObject(): Printed {
  return Object.create(null) as Printed
}

function printStatement(statement: Statement): Printed {
  const { sid, effect, principal, action, conditions } = statement
  const printed: Printed = {}
  if (sid !== undefined) printed['Sid'] = sid
  if (effect !== undefined) printed['Effect'] = effect
  if (principal.kind !== 'unreadable') {
    printed[principal.kind === 'not-principals' ? 'NotPrincipal' : 'Principal'] = printPrincipal(principal)
  }
  if (action.kind !== 'unreadable') {
    const [only] = action.patterns
    printed[action.kind === 'actions' ? 'Action' : 'NotAction'] =
      action.patterns.length === 1 ? only : action.patterns
  }
  if (conditions.length > 0) printed['Condition'] = printConditions(conditions)
  return printed
}

function printPrincipal(principal: Exclude<PrincipalElement, { kind: 'unreadable' }>): unknown {
  if (principal.kind === 'everyone') return '*'
  const printed: Printed = {}
  for (const { type, value, pointer } of principal.entries) {
    if (pointer === principal.pointer) return value
    const isScalar = pointer === `${principal.pointer}/${type}`
    const before = printed[type]
    if (Array.isArray(before)) before.push(value)
    else if (before !== undefined) printed[type] = [before, value]
    else printed[type] = isScalar ? value : [value]
  }
  return printed
}

function printConditions(conditions: readonly Condition[]): Printed {
  const printed = emptyObject()
  for (const { operator, keyText, values, isList } of conditions) {
    const block = (printed[operator.text] ??= emptyObject()) as Printed
    block[keyText] = isList ? values : (values[0] ?? [])
  }
  return printed
}
