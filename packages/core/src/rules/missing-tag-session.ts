import { openingFix } from './condition-patch.js'
import { deadCauses } from './dead-cause.js'
import type { PodStatement } from './pod-statement.js'
import type { PatchOperation, RuleOn } from './rule.js'

/**
 * Pod Identity may assume the role but not tag the session. EKS Auth sends six session tags with every call, STS asks the
 * trust policy for `sts:TagSession` too, and the call fails; only an association with session tags disabled works.
 * Asked of the sets: what the statement admits to `sts:AssumeRole` and what any statement admits to `sts:TagSession` do
 * not meet.
 * @see IAM User Guide, "Passing session tags in AWS STS"
 */
export const missingTagSession: RuleOn<'statement'> = {
  id: 'missing-tag-session',
  severity: 'medium',
  summary: 'Pod Identity may assume the role but not tag the session',
  since: '0.1.0',
  kind: 'breakage',
  on: 'statement',

  *check({ statement, role }) {
    for (const { at, isNamedElsewhere } of deadCauses('missing-tag-session', statement, role)) {
      yield {
        at,
        message: isNamedElsewhere
          ? 'nobody who may assume the role by this statement is allowed `sts:TagSession` by another, so only associations with session tags disabled work'
          : '`sts:TagSession` is not allowed, so only associations with session tags disabled work',
        help: 'allow `sts:TagSession` beside `sts:AssumeRole`, under the same conditions',
        ...openingFix('allow sts:TagSession', patchOf(statement)),
      }
    }
  },
}

function patchOf({ statement: { action } }: PodStatement): readonly PatchOperation[] | undefined {
  if (action.kind !== 'actions') return undefined
  return [{ op: 'replace', path: action.pointer, value: [...action.patterns, 'sts:TagSession'] }]
}
