import type { PolicyProblem, Statement, TrustPolicy } from '../policy/ast.js'

/** Whether copies of a repeated key say different things, so that dropping one of them changes the policy. */
export function losesSomething({ pointer }: PolicyProblem, { statements }: TrustPolicy): boolean {
  const touched = statements.filter(
    (statement) =>
      isWithin(pointer, statement.pointer) ||
      isWithin(statement.pointer, pointer) ||
      !pointer.startsWith('/Statement'),
  )
  return touched.length === 0 || touched.some(isDoubtful)
}

function isDoubtful({ readings, unreadable }: Statement): boolean {
  return readings !== undefined || unreadable !== undefined
}

/** Whether a pointer is another one or lies below it. */
export function isWithin(pointer: string, parent: string): boolean {
  return pointer === parent || pointer.startsWith(`${parent}/`)
}
