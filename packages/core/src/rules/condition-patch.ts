import { asciiLowerCase } from '../text/ascii.js'
import type { Statement } from '../policy/ast.js'
import type { ConditionMove, PatchOperation } from '../policy/condition-patch.js'
import type { Fix } from './rule.js'

export { moveConditions, operatorText, valuePointer } from '../policy/condition-patch.js'
export type { ConditionMove } from '../policy/condition-patch.js'

/**
 * Whether the statement tests the subject once the moves are made. A fix that would leave only the audience to test opens
 * the role to the whole cluster, and is worse than the flaw.
 */
export function testsSubject(
  { conditions }: Statement,
  issuer: string,
  moves: readonly ConditionMove[] = [],
): boolean {
  const subject = `${asciiLowerCase(issuer)}:sub`
  return (
    conditions.some(({ key }) => key === subject) ||
    moves.some(({ keyText }) => keyText !== undefined && asciiLowerCase(keyText) === subject)
  )
}

/** A fix that lets somebody in who was kept out, so never a safe one; nothing where there is no patch. */
export function openingFix(
  title: string,
  patch: readonly PatchOperation[] | undefined,
): { readonly fix?: Fix } {
  return patch === undefined ? {} : { fix: { title, patch, safe: false } }
}
