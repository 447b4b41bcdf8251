import { quoted } from '../text/quote.js'
import { openingFix, testsSubject } from './condition-patch.js'
import { deadCauses } from './dead-cause.js'
import type { PodStatement } from './pod-statement.js'
import type { PatchOperation, RuleOn } from './rule.js'

/**
 * The statement names the principal of one way to the role and the action of another: an OIDC provider with
 * `sts:AssumeRole`, or Pod Identity with `sts:AssumeRoleWithWebIdentity`. IAM stores it, and it grants nothing.
 * @see IAM Access Analyzer policy checks, "Mismatched action for principal"
 */
export const wrongAction: RuleOn<'statement'> = {
  id: 'wrong-action',
  severity: 'medium',
  summary: 'the action is not the one by which the principal gets the role',
  since: '0.1.0',
  kind: 'breakage',
  on: 'statement',

  *check({ statement, role }) {
    for (const { at, needed } of deadCauses('wrong-action', statement, role)) {
      const [action = ''] = needed
      const who = statement.mechanism === 'irsa' ? 'an OIDC provider' : quoted(statement.principal.value)
      yield {
        at,
        message: `${who} gets the role by ${quoted(action)}, which the statement does not allow`,
        help: `allow ${needed.map((one) => quoted(one)).join(' and ')}`,
        ...openingFix(`allow ${needed.join(' and ')}`, patchOf(statement, needed)),
      }
    }
  },
}

function patchOf(subject: PodStatement, needed: readonly string[]): readonly PatchOperation[] | undefined {
  const { statement } = subject
  if (subject.mechanism === 'irsa' && !testsSubject(statement, subject.issuer)) return undefined
  const { action, principal } = statement
  if (action.kind !== 'actions') return undefined
  // Another principal of the statement may need what stands there.
  const isShared = principal.kind === 'principals' && principal.entries.length > 1
  const kept =
    isShared || action.patterns.some((one) => /^sts:(?:TagSession|SetSourceIdentity|SetContext)$/i.test(one))
      ? action.patterns
      : []
  const all = [...new Set([...kept, ...needed])]
  const [only = ''] = all
  return [{ op: 'replace', path: action.pointer, value: all.length === 1 ? only : all }]
}
