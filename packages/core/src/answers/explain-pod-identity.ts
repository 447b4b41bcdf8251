import type { Role } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { POD_IDENTITY_SERVICE } from '../mechanisms/pod-identity.js'
import type { TrustPolicy } from '../policy/ast.js'
import type { StsAction } from '../policy/request.js'
import { quoted } from '../text/quote.js'
import { firstHop } from '../trust/pod-identity-hops.js'
import { generalCause, sdkError } from './error-causes.js'
import { agent } from './explain-agent.js'
import { account, association, routeOf } from './explain-association.js'
import type { PodIdentityCall, Route } from './explain-association.js'
import { principalTagMiss, sourceArnMiss } from './explain-condition-miss.js'
import { mendPolicy } from './explain-mend.js'
import type { Trial } from './explain-mend.js'
import type { Miss, MissScene } from './explain-miss.js'
import type { TokenFacts } from './explain-question.js'
import { diagnose } from './explain-statement-miss.js'
import { targetStep } from './explain-target-role.js'
import { ROLE_STEP, causesOfMisses, statementSteps, unknownsOf } from './explain-walk.js'
import type { Finding, StepPlan } from './explain-walk.js'
import { policyUnknown } from './explain-web-identity.js'

/**
 * What EKS asks before a pod has credentials, in its order: the association, its account, the trust policy for both
 * actions, the target role if there is one; last what the node must have, which only the cluster can tell.
 */
export function podIdentitySteps(call: PodIdentityCall): readonly StepPlan<PodIdentityCall>[] {
  const route = routeOf(call)
  const plans: StepPlan<PodIdentityCall>[] = [ROLE_STEP]
  if (call.token !== undefined)
    plans.push({
      id: 'audience',
      title: 'the token is one for Pod Identity',
      run: ({ token }) => audience(token),
    })
  plans.push(
    {
      id: 'association',
      title: 'an association gives the service account this role',
      run: () => association(call, route),
    },
    { id: 'account', title: 'role and cluster are in one account', run: () => account(call, route) },
    {
      id: 'assume-role',
      title: 'the trust policy allows `sts:AssumeRole` to Pod Identity',
      run: () => policyStep(call, route, 'sts:AssumeRole'),
    },
  )
  if (route.sessionTags)
    plans.push({
      id: 'tag-session',
      title: 'the trust policy allows `sts:TagSession` too',
      run: () => policyStep(call, route, 'sts:TagSession'),
    })
  const targetArn = route.association?.targetRoleArn
  if (targetArn !== undefined)
    plans.push({
      id: 'target-role',
      title: 'the target role trusts the role of the association',
      run: () => targetStep(call, route, targetArn),
    })
  plans.push({ id: 'agent', title: 'the Pod Identity agent runs on the node', run: agent })
  return plans
}

function audience(token: TokenFacts | undefined): Finding {
  const found = token?.audiences.join(', ') ?? ''
  const base = { asked: POD_IDENTITY_SERVICE, found }
  if (token?.audiences.includes(POD_IDENTITY_SERVICE)) return { verdict: 'passed', ...base }
  return {
    verdict: 'failed',
    ...base,
    error: sdkError('pod-token-invalid'),
    causes: [
      {
        ...generalCause('wrong-token-audience', 'certain'),
        summary: `the token has the audience ${quoted(found)}, and EKS Auth takes ${quoted(POD_IDENTITY_SERVICE)} alone`,
      },
    ],
  }
}

// --- the trust policy -------------------------------------------------------------------------------------------------

function policyStep(call: PodIdentityCall, route: Route, action: StsAction): Finding {
  const { source } = route
  if (source === undefined) {
    const roleArn = route.association?.roleArn
    return {
      verdict: 'unknown',
      missing: [
        `the trust policy of the role of the association${roleArn === undefined || isUnknown(roleArn) ? '' : `, ${quoted(roleArn, 200)}`}`,
      ],
    }
  }
  const policy = call.index.policyOf(source)
  if (policy === undefined) return policyUnknown(source)
  const { scene, evaluation } = evaluated(policy, call, route, source, false)
  const trace = evaluation.actions.find((one) => one.action === action)
  if (trace === undefined) return { verdict: 'unknown' }
  const statements = statementSteps(trace)
  const isDoubted = evaluation.unnamedActions.length > 0 && trace.outcome === 'allowed'
  if (trace.outcome === 'allowed' && !isDoubted) return { verdict: 'passed', statements }
  const error = sdkError('eks-not-permitted')
  const mend = (): ReturnType<typeof mendPolicy> =>
    mendPolicy(policy, {
      role: source,
      now: call.now,
      try: (other) => evaluated(other, call, route, source, true),
    })
  if (trace.outcome === 'denied') {
    const misses = diagnose(trace, scene())
    return { verdict: 'failed', statements, error, misses, causes: causesOfMisses(misses, 'certain'), mend }
  }
  const expected = evaluated(policy, call, route, source, true)
  const under = expected.evaluation.actions.find((one) => one.action === action)
  const missing = unknownsOf(evaluation, policy, scene().model)
  if (under?.outcome !== 'denied') {
    return {
      verdict: 'unknown',
      statements,
      missing,
      ...(under?.outcome === 'allowed' ? { expected: 'passed' as const } : {}),
    }
  }
  const misses = diagnoseExpected(under, expected.scene())
  return {
    verdict: 'unknown',
    expected: 'failed',
    statements,
    error,
    missing,
    misses,
    causes: causesOfMisses(misses, 'likely'),
    mend,
  }
}

/** Keys that are expected to be absent, or to be the cluster's, explain more than their values. */
function diagnoseExpected(trace: Parameters<typeof diagnose>[0], scene: MissScene): readonly Miss[] {
  const misses = diagnose(trace, scene)
  return misses.map((miss) => {
    for (const { statement, conditions } of trace.statements) {
      const found = conditions.find(
        ({ condition, verdict }) => verdict === 'false' && condition.pointer === miss.at,
      )
      if (found === undefined) continue
      if (found.condition.key.startsWith('aws:principaltag/'))
        return principalTagMiss(found.condition, statement)
      if (found.condition.key === 'aws:sourcearn') return sourceArnMiss(found.condition, scene)
    }
    return miss
  })
}

function evaluated(
  policy: TrustPolicy,
  call: PodIdentityCall,
  { sessionTags }: Route,
  source: Role,
  expected: boolean,
): Trial {
  const { index, serviceAccount, cluster, now } = call
  const { model, evaluation } = firstHop(
    policy,
    source,
    { serviceAccount, cluster, sessionTags, now },
    expected,
  )
  const scene: MissScene = {
    mechanism: 'pod-identity',
    index,
    facts: index.facts,
    policy,
    model,
    serviceAccount,
    ...(cluster === undefined ? {} : { cluster }),
    sessionTags,
  }
  return { scene: () => scene, evaluation }
}
