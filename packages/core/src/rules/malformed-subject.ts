import { quoted } from '../text/quote.js'
import { openingFix } from './condition-patch.js'
import { deadCauses } from './dead-cause.js'
import type { RuleOn } from './rule.js'

/**
 * A value names no service account that Kubernetes can have, so it matches no token and no association. Subjects are
 * `system:serviceaccount:NAMESPACE:NAME`, in lower case. Asked of the set: the value by itself admits nobody, under its
 * own operator.
 */
export const malformedSubject: RuleOn<'statement'> = {
  id: 'malformed-subject',
  severity: 'medium',
  summary: 'a value names no service account that Kubernetes can have',
  since: '0.1.0',
  kind: 'breakage',
  on: 'statement',

  *check({ statement, role }) {
    for (const { at, value, reason, half, suggestion } of deadCauses('malformed-subject', statement, role)) {
      const patch =
        suggestion === undefined ? undefined : [{ op: 'replace', path: at, value: suggestion } as const]
      yield {
        at,
        message: `${quoted(value)} is ${half === undefined ? 'no subject of a service account' : `the name of no ${half}`}: ${reason}`,
        help:
          suggestion === undefined
            ? half === undefined
              ? 'write `system:serviceaccount:NAMESPACE:NAME`'
              : `write the ${half}'s name as Kubernetes has it`
            : `write ${quoted(suggestion)}, if that is who is meant`,
        ...openingFix(`write ${suggestion ?? ''}`, patch),
      }
    }
  },
}
