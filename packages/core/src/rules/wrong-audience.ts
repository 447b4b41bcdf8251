import { asciiLowerCase } from '../text/ascii.js'
import { quoted } from '../text/quote.js'
import { moveConditions, openingFix } from './condition-patch.js'
import { deadCauses } from './dead-cause.js'
import type { DeadCauseOf } from './dead-place.js'
import type { PodStatement } from './pod-statement.js'
import type { PatchOperation, RuleOn } from './rule.js'

/**
 * The condition on `:aud` asks for an audience that the provider does not take, so STS refuses every token that would
 * satisfy it before it reads the policy. Asked of the engine: none of the provider's client ids passes the condition;
 * where they are not known the rule is silent.
 */
export const wrongAudience: RuleOn<'statement'> = {
  id: 'wrong-audience',
  severity: 'medium',
  summary: 'the condition asks for an audience that the OIDC provider does not take',
  since: '0.1.0',
  kind: 'breakage',
  on: 'statement',

  *check({ statement, role }) {
    for (const cause of deadCauses('wrong-audience', statement, role)) {
      const { at, condition, clientIds, isSubject } = cause
      const values = condition.values.slice(0, 3).map((value) => quoted(value))
      const taken = clientIds.slice(0, 3).map((value) => quoted(value))
      yield {
        at,
        message: `no client id of the OIDC provider (${taken.join(', ')}) is what ${quoted(condition.operator.text)} on the audience asks for, ${values.join(' or ')}`,
        help: isSubject
          ? 'a subject belongs under the `:sub` key; the audience is `sts.amazonaws.com` unless the pods ask for another'
          : 'ask for an audience among the client ids of the provider, or add the one that the pods send to the provider',
        ...openingFix(
          isSubject ? 'test the subject' : 'ask for the audience of the provider',
          patchOf(cause, statement),
        ),
      }
    }
  },
}

function patchOf(
  { condition, clientIds, isSubject }: DeadCauseOf<'wrong-audience'>,
  { statement }: PodStatement,
): readonly PatchOperation[] | undefined {
  if (isSubject) {
    const keyText = condition.keyText.replace(/:aud$/i, ':sub')
    if (statement.conditions.some(({ key }) => key === asciiLowerCase(keyText))) return undefined
    return moveConditions(statement, [{ condition, keyText }])
  }
  const audience =
    clientIds.length === 1 ? clientIds[0] : clientIds.find((one) => one === 'sts.amazonaws.com')
  const isLiteral = condition.operator.base === 'StringEquals' || condition.operator.base === 'StringLike'
  return audience === undefined || !isLiteral
    ? undefined
    : [{ op: 'replace', path: condition.pointer, value: audience }]
}
