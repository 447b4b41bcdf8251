import { quoted } from '../text/quote.js'
import { moveConditions, openingFix } from './condition-patch.js'
import { deadCauses } from './dead-cause.js'
import type { RuleOn } from './rule.js'

/**
 * A `*` or `?` stands under an operator that takes it literally, and no name holds one. The pods that were meant get
 * AccessDenied, and whoever mends it in a hurry widens too much. Asked of the set: the value by itself admits nobody, as
 * a pattern it would admit somebody.
 */
export const literalWildcard: RuleOn<'statement'> = {
  id: 'literal-wildcard',
  severity: 'medium',
  summary: 'a wildcard stands under an operator that takes it literally',
  since: '0.1.0',
  kind: 'breakage',
  on: 'statement',

  *check({ statement, role }) {
    const causes = deadCauses('literal-wildcard', statement, role)
    for (const condition of new Set(causes.map((cause) => cause.condition))) {
      const [first, ...rest] = causes.filter((cause) => cause.condition === condition)
      if (first === undefined) continue
      const { asOperator, isEscaped, value, certainty } = first
      const operator = quoted(condition.operator.text)
      const patch =
        asOperator === undefined
          ? undefined
          : moveConditions(statement.statement, [{ condition, operator: asOperator }])
      const matches = certainty === undefined ? 'matches' : 'is expected to match'
      yield {
        at: first.at,
        ...(rest.length === 0 ? {} : { related: rest.map(({ at }) => ({ at, note: 'the same here' })) }),
        message: isEscaped
          ? `${quoted(value)} asks for a literal wildcard character, so it matches nothing`
          : `${operator} takes the wildcard in ${quoted(value)} literally, so it ${matches} nothing`,
        help: isEscaped
          ? 'write `*` instead of `${*}` where any text is meant'
          : asOperator === undefined
            ? 'write the names out; as a pattern the value would let everybody in'
            : `use ${quoted(asOperator)}, or write the names out`,
        ...openingFix(`use ${asOperator ?? 'another operator'}`, patch),
        ...(certainty === undefined ? {} : { certainty }),
      }
    }
  },
}
