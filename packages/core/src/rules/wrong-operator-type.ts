import { quoted } from '../text/quote.js'
import { moveConditions, openingFix } from './condition-patch.js'
import { deadCauses } from './dead-cause.js'
import type { RuleOn } from './rule.js'

/**
 * An operator for ARNs, numbers, dates, addresses or bytes stands on a key that holds plain text. The value cannot be
 * read as what the operator compares, so it never matches; the negated ones that always match are exposures and said
 * there. Asked of the engine: the condition holds for no request.
 * @see IAM Access Analyzer policy checks, "Invalid condition data type"
 */
export const wrongOperatorType: RuleOn<'statement'> = {
  id: 'wrong-operator-type',
  severity: 'medium',
  summary: 'the operator compares another type than the key holds',
  since: '0.1.0',
  kind: 'breakage',
  on: 'statement',

  *check({ statement, role }) {
    for (const { at, condition, family, asOperator, certainty } of deadCauses(
      'wrong-operator-type',
      statement,
      role,
    )) {
      const patch =
        asOperator === undefined
          ? undefined
          : moveConditions(statement.statement, [{ condition, operator: asOperator }])
      yield {
        at,
        message: `${quoted(condition.operator.text)} compares ${TYPES[family] ?? 'another type'}, and ${quoted(condition.keyText)} ${certainty === undefined ? 'holds' : 'is expected to hold'} plain text: it never matches`,
        help: 'compare with `StringEquals`, or with `StringLike` where a pattern is meant',
        ...openingFix(`use ${asOperator ?? ''}`, patch),
        ...(certainty === undefined ? {} : { certainty }),
      }
    }
  },
}

const TYPES: Readonly<Record<string, string>> = {
  arn: 'ARNs',
  ip: 'IP addresses',
  numeric: 'numbers',
  date: 'dates',
  bool: 'Booleans',
  binary: 'bytes',
}
