import { quoted } from '../text/quote.js'
import { openingFix } from './condition-patch.js'
import { deadCauses } from './dead-cause.js'
import type { RuleOn } from './rule.js'

/**
 * The test on `aws:SourceArn` matches no cluster. For Pod Identity the key is reported to hold the ARN of the cluster,
 * not of the association; AWS does not say it, so the finding is a possible one. Asked of the engine: the condition holds
 * for no cluster that the role's account can have.
 */
export const wrongSourceArn: RuleOn<'statement'> = {
  id: 'wrong-source-arn',
  severity: 'low',
  summary: 'the test on the source ARN matches no cluster',
  since: '0.1.0',
  kind: 'breakage',
  on: 'statement',

  *check({ statement, role }) {
    for (const { at, condition, rightValue, certainty } of deadCauses('wrong-source-arn', statement, role)) {
      const [value = ''] = condition.values
      const patch =
        rightValue === undefined
          ? undefined
          : [{ op: 'replace', path: condition.pointer, value: rightValue } as const]
      yield {
        at,
        message:
          certainty === undefined
            ? `${quoted(value)} is no ARN, so ${quoted(condition.operator.text)} on ${quoted(condition.keyText)} never matches`
            : `${quoted(value)} matches no cluster that can use the role, and \`aws:SourceArn\` is expected to be the ARN of the cluster`,
        help: 'test `arn:PARTITION:eks:REGION:ACCOUNT:cluster/NAME` with `ArnLike`, or the tag `aws:RequestTag/eks-cluster-arn`, which is documented',
        ...openingFix('name the cluster', patch),
        ...(certainty === undefined ? {} : { certainty }),
      }
    }
  },
}
