import { quoted } from '../text/quote.js'
import { moveConditions, openingFix } from './condition-patch.js'
import { deadCauses } from './dead-cause.js'
import type { RuleOn } from './rule.js'

/**
 * The trust policy tests the tags of Pod Identity as `aws:PrincipalTag`. On the way into the role they are request tags;
 * principal tags they become in the session that follows. That the key is absent before is expected, not documented.
 * Asked of the engine: the condition holds for no request as it is expected to look.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html
 */
export const principalTagInTrust: RuleOn<'statement'> = {
  id: 'principal-tag-in-trust',
  severity: 'medium',
  summary: 'the trust policy tests session tags of Pod Identity as principal tags',
  since: '0.1.0',
  kind: 'breakage',
  on: 'statement',

  *check({ statement, role }) {
    const causes = deadCauses('principal-tag-in-trust', statement, role)
    const [first, ...rest] = causes
    if (first === undefined) return
    const moves = causes.map(({ condition, rightKey }) => ({ condition, keyText: rightKey }))
    yield {
      at: first.at,
      ...(rest.length === 0 ? {} : { related: rest.map(({ at }) => ({ at, note: 'the same here' })) }),
      message: `${quoted(first.condition.keyText)} is expected to be absent when EKS assumes the role; there the tag is ${quoted(first.rightKey)}`,
      help: `test ${quoted(first.rightKey)}; \`aws:PrincipalTag\` is for the policies of the session`,
      certainty: 'possible',
      ...openingFix('test the request tag', moveConditions(statement.statement, moves)),
    }
  },
}
