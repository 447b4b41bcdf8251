import { quoted } from '../text/quote.js'
import { moveConditions, openingFix, testsSubject } from './condition-patch.js'
import { deadCauses } from './dead-cause.js'
import type { DeadCauseOf } from './dead-place.js'
import type { RuleOn } from './rule.js'

/**
 * The condition key is the issuer without `:sub` or `:aud` behind it, or with a claim that no Kubernetes token carries.
 * IAM knows two keys of a Kubernetes issuer; any other is absent, and no pod gets in. Asked of the engine: the condition
 * holds for no request, because its key is never there.
 */
export const missingClaim: RuleOn<'statement'> = {
  id: 'missing-claim',
  severity: 'medium',
  summary: 'a condition key lacks the claim, or names one that Kubernetes tokens never carry',
  since: '0.1.0',
  kind: 'breakage',
  on: 'statement',

  *check({ statement, role }) {
    for (const cause of deadCauses('missing-claim', statement, role)) {
      const { at, condition, rightKey } = cause
      const moves = rightKey === undefined ? [] : [{ condition, keyText: rightKey }]
      const isNarrow = 'issuer' in statement && testsSubject(statement.statement, statement.issuer, moves)
      yield {
        at,
        message: `${quoted(condition.keyText, 160)} ${whatIsWrong(cause)}, so the condition never holds`,
        help: 'put `:sub` behind the issuer for the service account, `:aud` for the audience; IAM reads no other claim of a Kubernetes token',
        ...openingFix(
          `test ${rightKey ?? ''}`,
          isNarrow && moves.length > 0 ? moveConditions(statement.statement, moves) : undefined,
        ),
      }
    }
  },
}

function whatIsWrong({ found, claim }: DeadCauseOf<'missing-claim'>): string {
  if (found === 'none') return 'is the issuer without a claim'
  if (found === 'separator') return `does not join the claim ${quoted(claim ?? '')} with one colon`
  return `asks for the claim ${quoted(claim ?? '')}, which Kubernetes tokens do not carry to IAM`
}
