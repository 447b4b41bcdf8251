import { quoted } from '../text/quote.js'
import { moveConditions, openingFix } from './condition-patch.js'
import { deadCauses } from './dead-cause.js'
import type { RuleOn } from './rule.js'

/**
 * A key that holds a list, such as `aws:TagKeys`, is compared by a plain operator. IAM wants `ForAllValues:` or
 * `ForAnyValue:` there, and without one the condition does not hold, whatever the list. Asked of the engine: the
 * condition holds for no request, with session tags and without.
 * @see IAM User Guide, "Single-valued vs. multivalued condition keys"
 */
export const unqualifiedMultivaluedKey: RuleOn<'statement'> = {
  id: 'unqualified-multivalued-key',
  severity: 'medium',
  summary: 'a plain operator stands on a key that holds a list',
  since: '0.1.0',
  kind: 'breakage',
  on: 'statement',

  *check({ statement, role }) {
    for (const { at, condition, asOperator } of deadCauses('unqualified-multivalued-key', statement, role)) {
      const patch =
        asOperator === undefined
          ? undefined
          : moveConditions(statement.statement, [{ condition, operator: asOperator }])
      yield {
        at,
        message: `${quoted(condition.operator.text)} without \`ForAnyValue:\` never matches ${quoted(condition.keyText)}, which holds a list`,
        help: 'write `ForAnyValue:` where one of the tags must be there; `ForAllValues:` alone also holds when no tag is sent',
        ...openingFix(`use ${asOperator ?? ''}`, patch),
      }
    }
  },
}
