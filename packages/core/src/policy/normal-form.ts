import { asciiLowerCase } from '../text/ascii.js'
import type { Condition, Statement, TrustPolicy } from './ast.js'

/**
 * Whether two policies say the same, whatever the order and repetition of their statements, principals, actions,
 * conditions and values, the letter case of names, scalar or list forms, statement ids and white space. `false` does
 * not mean that they admit different callers: that is a question to the engine.
 */
export function equalPolicies(left: TrustPolicy, right: TrustPolicy): boolean {
  return normalPolicy(left) === normalPolicy(right)
}

function normalPolicy({ version, statements }: TrustPolicy): string {
  return JSON.stringify([version, unique(statements.map(normalStatement))])
}

/** One text for all statements that say the same; stable from release to release, so that fingerprints can hold it. */
export function normalStatement({
  effect,
  principal,
  action,
  conditions,
  readings,
  unreadable,
}: Statement): string {
  const entries =
    'entries' in principal ? unique(principal.entries.map(({ type, value }) => `${type}:${value}`)) : []
  const patterns = 'patterns' in action ? unique(action.patterns.map(asciiLowerCase)) : []
  return JSON.stringify([
    effect ?? null,
    principal.kind,
    entries,
    action.kind,
    patterns,
    normalConditions(conditions),
    readings === undefined ? [] : unique(readings.map(normalConditions)),
    unreadable !== undefined,
  ])
}

/** One text for all lists of conditions that say the same. */
export function normalConditions(conditions: readonly Condition[]): string {
  return JSON.stringify(unique(conditions.map(normalCondition)))
}

/** One text for all conditions that say the same. */
export function normalCondition({ operator, key, values, unreadable }: Condition): string {
  const { base, set, ifExists, text } = operator
  return JSON.stringify([
    base ?? asciiLowerCase(text),
    base === undefined ? null : (set ?? null),
    base === undefined ? false : ifExists,
    key,
    unique(values),
    unreadable === true,
  ])
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort()
}
