import { moveConditions, openingFix } from './condition-patch.js'
import { deadCauses } from './dead-cause.js'
import { quoted } from '../text/quote.js'
import type { PodStatement } from './pod-statement.js'
import type { RuleOn } from './rule.js'

/**
 * A statement for pods admits nobody, for a cause that no rule of its own names: a key that such requests do not have, a
 * date that has passed, a variable without a value, a Deny that takes everything back. Nobody is harmed, yet it hides
 * that the role is unused, or that the next change will open it. Asked of the set: it is empty.
 */
export const deadStatement: RuleOn<'statement'> = {
  id: 'dead-statement',
  severity: 'low',
  summary: 'a statement for pods admits nobody',
  since: '0.1.0',
  kind: 'breakage',
  on: 'statement',

  *check({ statement, role }) {
    const causes = deadCauses('dead-statement', statement, role)
    const first = causes.find(({ certainty }) => certainty === undefined) ?? causes[0]
    if (first === undefined) return
    const { at, reason, condition, rightKey, certainty } = first
    const others = causes.filter((cause) => cause !== first)
    const related = [
      ...(first.related ?? []),
      ...others.map((cause) => ({ at: cause.at, note: cause.reason })),
    ]
    const patch =
      condition === undefined || rightKey === undefined
        ? undefined
        : moveConditions(statement.statement, [{ condition, keyText: rightKey }])
    yield {
      at,
      ...(related.length === 0 ? {} : { related }),
      message: `${subjectOf(statement)} ${certainty === undefined ? 'admits' : 'is expected to admit'} nobody: ${reason}`,
      help: 'remove the statement, or the condition that can never hold',
      ...openingFix(`test ${rightKey ?? ''}`, others.length === 0 ? patch : undefined),
      ...(certainty === undefined ? {} : { certainty }),
    }
  },
}

/** A statement with several principals may admit somebody for another of them. */
function subjectOf({ statement, principal }: PodStatement): string {
  const isAlone = statement.principal.kind === 'principals' && statement.principal.entries.length === 1
  return isAlone ? 'the statement' : `for ${quoted(principal.value, 160)} the statement`
}
