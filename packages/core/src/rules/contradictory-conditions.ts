import { quoted } from '../text/quote.js'
import { deadCauses } from './dead-cause.js'
import type { DeadCauseOf } from './dead-place.js'
import type { RuleOn } from './rule.js'

/**
 * Each condition can hold, all of them together cannot: operators and keys of one statement are joined by "and", and what
 * was written as a list of alternatives admits nobody. Asked of the sets: what two conditions let through does not meet.
 */
export const contradictoryConditions: RuleOn<'statement'> = {
  id: 'contradictory-conditions',
  severity: 'medium',
  summary: 'the conditions of a statement exclude each other',
  since: '0.1.0',
  kind: 'breakage',
  on: 'statement',

  *check({ statement, role }) {
    for (const cause of deadCauses('contradictory-conditions', statement, role)) {
      const { at, related, certainty } = cause
      yield {
        at,
        ...(related === undefined ? {} : { related }),
        message: messageOf(cause),
        help:
          cause.issuers === undefined
            ? 'put alternatives into one list of values under one operator, or into statements of their own'
            : 'give each provider a statement of its own, with the keys of its own issuer',
        ...(certainty === undefined ? {} : { certainty }),
      }
    }
  },
}

function messageOf({ pair, issuers, certainty }: DeadCauseOf<'contradictory-conditions'>): string {
  if (issuers !== undefined) {
    const [one = '', other = ''] = issuers
    return `all conditions must hold, and no token carries the keys of both ${quoted(one)} and ${quoted(other)}`
  }
  const never = certainty === undefined ? 'never met' : 'expected never to be met'
  if (pair === undefined) return `the conditions are met one by one, and ${never} all at once`
  const [first, second] = pair
  const one = `${quoted(first.operator.text)} on ${quoted(first.keyText)}`
  const other =
    first.key === second.key
      ? `${quoted(second.operator.text)} on the same key`
      : `${quoted(second.operator.text)} on ${quoted(second.keyText)}`
  return `${one} and ${other} are ${never} by one request`
}
