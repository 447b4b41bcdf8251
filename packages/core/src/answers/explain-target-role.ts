import type { PodIdentityAssociation, Role, Unknown } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { applyPatch } from '../policy/apply-patch.js'
import type { JsonValue, PatchOperation } from '../policy/condition-patch.js'
import type { TrustPolicy } from '../policy/ast.js'
import { parseTrustPolicy } from '../policy/parse.js'
import { printTrustPolicy } from '../policy/print.js'
import { quoted } from '../text/quote.js'
import type { Evaluation } from '../trust/evaluate.js'
import { targetHop } from '../trust/pod-identity-hops.js'
import type { Hop } from '../trust/pod-identity-hops.js'
import type { ServiceAccountName } from '../trust/service-account-set.js'
import { generalCause, sdkError } from './error-causes.js'
import type { ExplainMend } from './explain-answer.js'
import { accountOfArn } from '../trust/cluster-facts.js'
import { statementSteps, unknownsOf } from './explain-walk.js'
import type { Finding } from './explain-walk.js'
import { policyUnknown } from './explain-web-identity.js'

interface TargetCall {
  readonly index: { policyOf(role: Role): TrustPolicy | undefined }
  readonly serviceAccount: ServiceAccountName
  readonly cluster: { readonly name: string; readonly arn?: string } | undefined
  readonly now: Date
}

interface TargetRoute {
  readonly association: PodIdentityAssociation | undefined
  readonly source: Role | undefined
  readonly target: Role | undefined
  readonly sessionTags: boolean
}

/**
 * The second hop: EKS assumes the target role with the credentials of the role of the association. The tags travel along,
 * so that both actions are asked for again.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/pod-id-assign-target-role.html
 */
export function targetStep(call: TargetCall, route: TargetRoute, targetArn: string | Unknown): Finding {
  const { target, source, association, sessionTags } = route
  const named = isUnknown(targetArn) ? 'the target role' : quoted(targetArn, 200)
  if (target === undefined)
    return { verdict: 'unknown', missing: [`the trust policy of the target role, ${named}`] }
  const policy = call.index.policyOf(target)
  if (policy === undefined) return policyUnknown(target)
  const roleArn = association?.roleArn
  const arn = source?.arn ?? (roleArn === undefined || isUnknown(roleArn) ? undefined : roleArn)
  const account = source?.account ?? accountOfArn(arn)
  if (arn === undefined || account === undefined)
    return { verdict: 'unknown', missing: ['the ARN of the role of the association'] }
  const { serviceAccount, cluster, now } = call
  const hop = (other: TrustPolicy, expected: boolean): Hop =>
    targetHop(other, target, { arn, account }, { serviceAccount, cluster, sessionTags, now }, expected)
  const { evaluation, model } = hop(policy, false)
  const statements = evaluation.actions.flatMap(statementSteps)
  const detail = `the role of the association must also be allowed to call ${quoted('sts:AssumeRole')} on it by a policy of its own`
  if (evaluation.outcome === 'allowed') return { verdict: 'passed', statements, detail }
  if (evaluation.outcome === 'undecided') {
    const expected = hop(policy, true).evaluation.outcome
    return {
      verdict: 'unknown',
      statements,
      detail,
      missing: unknownsOf(evaluation, policy, model),
      ...(expected === 'undecided'
        ? {}
        : { expected: expected === 'allowed' ? ('passed' as const) : ('failed' as const) }),
    }
  }
  const [assume] = evaluation.actions
  const isTag = assume?.outcome !== 'denied'
  return {
    verdict: 'failed',
    statements,
    error: sdkError('eks-not-permitted'),
    causes: [
      isTag
        ? {
            ...generalCause('chained-tag-session', 'certain'),
            summary: `the target role lets ${quoted(arn, 200)} assume it, and not pass the session tags that travel along (${quoted('sts:TagSession')})`,
          }
        : {
            ...generalCause('target-role-trust', 'certain'),
            summary: `the target role does not trust ${quoted(arn, 200)}`,
          },
    ],
    mend: () => mendTarget(policy, arn, isTag, sessionTags, (other) => hop(other, true).evaluation),
  }
}

function mendTarget(
  policy: TrustPolicy,
  arn: string,
  isTag: boolean,
  sessionTags: boolean,
  evaluate: (policy: TrustPolicy) => Evaluation,
): ExplainMend | undefined {
  if (policy.problems.some(({ kind }) => kind !== 'refused')) return undefined
  const document = JSON.parse(printTrustPolicy(policy)) as JsonValue
  const candidates: { title: string; patch: readonly PatchOperation[] }[] = []
  if (isTag) {
    for (const { effect, action } of policy.statements) {
      if (effect !== 'Allow' || action.kind !== 'actions') continue
      candidates.push({
        title: `allow ${quoted('sts:TagSession')}`,
        patch: [{ op: 'replace', path: action.pointer, value: [...action.patterns, 'sts:TagSession'] }],
      })
    }
  }
  const actions = sessionTags ? ['sts:AssumeRole', 'sts:TagSession'] : ['sts:AssumeRole']
  candidates.push({
    title: `add a statement for ${quoted(arn, 200)}`,
    patch: [
      {
        op: 'add',
        path: '/Statement/-',
        value: { Effect: 'Allow', Principal: { AWS: arn }, Action: actions },
      },
    ],
  })
  for (const { title, patch } of candidates) {
    const mended = applyPatch(document, patch)
    if (mended !== undefined && evaluate(parseTrustPolicy(JSON.stringify(mended))).outcome === 'allowed')
      return { target: 'policy', title: `in the trust policy of the target role ${title}`, patch }
  }
  return undefined
}
