import type { TrustPolicy } from '../../src/policy/ast.js'

/** Every context key the policy may look at, in lower case: tested by a condition of any reading, or named by a variable. */
export function keysOf(policy: TrustPolicy): readonly string[] {
  const conditions = policy.statements.flatMap((statement) => [
    ...statement.conditions,
    ...(statement.readings ?? []).flat(),
  ])
  const keys = conditions.flatMap((condition) => [
    condition.key.toLowerCase(),
    ...condition.values.flatMap(variablesOf),
  ])
  return [...new Set(keys)]
}

/** The keys that the variables of one policy value name. */
export function variablesOf(value: string): readonly string[] {
  return [...value.matchAll(/\$\{([^ ,'${}]+)/g)]
    .map((match) => match[1]!.toLowerCase())
    .filter((name) => !['*', '?', '$'].includes(name))
}
