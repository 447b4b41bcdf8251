import type { Inventory, Role } from '../inventory.js'
import { revealed } from '../inventory.js'
import { POD_IDENTITY_SERVICE } from '../mechanisms/pod-identity.js'
import { quoted } from '../text/quote.js'
import type { ServiceAccountName } from '../trust/service-account-set.js'
import { generalCause, sdkError } from './error-causes.js'
import type { ExplainCause } from './error-causes.js'
import type { ExplainedCaller, Explanation } from './explain-answer.js'
import { identityOf } from './explain-identity.js'
import type { IdentityFound } from './explain-identity.js'
import { clusterOfAssociation, sceneOf, webCall } from './explain-caller.js'
import type { CallerScene } from './explain-caller.js'
import { podIdentitySteps } from './explain-pod-identity.js'
import type { ExplainOptions, ExplainQuestion } from './explain-question.js'
import { indexOf, isLedTo } from './explain-scene.js'
import type { ExplainIndex } from './explain-scene.js'
import { ROLE_STEP, unique, walk } from './explain-walk.js'
import { LazyExplanation } from './lazy-explanation.js'
import type { Finding, Walk } from './explain-walk.js'
import { WEB_IDENTITY_STEPS } from './explain-web-identity.js'

export type * from './explain-answer.js'
export type * from './explain-question.js'
export type { ErrorExplanation } from './error-causes.js'
export { explainError } from './error-causes.js'

/**
 * Why one caller can or cannot assume one role: the steps that STS or EKS takes in their order with what each asked and
 * found, the error that the pod sees, the causes that fit, the nearest miss and the one change that mends it. What the
 * inputs do not hold is never taken for missing: the outcome is then `undecided`, and `missing` says what to add.
 *
 * @example
 * ```ts
 * const answer = explainAssume(inventory, { role: 'uploader', serviceAccount: { namespace: 'prod', name: 'app' } })
 * console.log(answer.outcome, answer.causes[0]?.summary)
 * console.log(answer.mend?.title, answer.mend?.patch)
 * ```
 */
export function explainAssume(
  inventory: Inventory,
  question: ExplainQuestion,
  { now = new Date() }: ExplainOptions = {},
): Explanation {
  const index = indexOf(inventory)
  const named = index.role(question.role)
  const asked = named === undefined ? withArn(index, question) : question
  const role = named ?? index.role(asked.role)
  const scene = sceneOf(index, asked, role, now)
  const explanation =
    role === undefined ? withoutRole(index, asked, scene) : withRole(index, asked, role, scene)
  const holes = index.facts.holes ?? []
  if (holes.length === 0) return explanation
  const { mend, identity, ...plain } = explanation.toJSON()
  const say = (text: string): string => revealed(text, holes)
  return new LazyExplanation(worded(plain, say), {
    mend: () => worded(mend, say),
    ...(identity === undefined ? { identity } : { identity: () => worded(identity, say) }),
  })
}

/** A role that is only named where a service account is given it, by its ARN: it may be gone. */
function withArn(index: ExplainIndex, question: ExplainQuestion): ExplainQuestion {
  const { role } = question
  if (role.startsWith('arn:') || !('serviceAccount' in question)) return question
  const { namespace, name } = question.serviceAccount
  const given: unknown[] = [
    ...index.associationsOf(namespace, name, undefined).flatMap((one) => [one.roleArn, one.targetRoleArn]),
    ...index.serviceAccountsOf(namespace, name, undefined).map(({ roleArn }) => roleArn),
  ]
  const arn = given.find((one) => typeof one === 'string' && one.endsWith(`/${role}`))
  return typeof arn === 'string' ? { ...question, role: arn } : question
}

/** Names of the roles there are, for suggestions. */
export function roleNamesOf(inventory: Inventory): readonly string[] {
  return indexOf(inventory).roleNames
}

function withRole(
  index: ExplainIndex,
  question: ExplainQuestion,
  role: Role,
  scene: CallerScene,
): LazyExplanation {
  const { serviceAccount, account, cluster } = scene
  const mechanism =
    serviceAccount === undefined ? 'web-identity' : mechanismOf(index, question, role, serviceAccount, scene)
  const walked = walkOf(index, question, role, scene, mechanism)
  const pod =
    serviceAccount === undefined
      ? undefined
      : identityOf({ index, role, named: question.role, serviceAccount, accounts: scene.found, cluster })
  const assumptions =
    mechanism === 'pod-identity'
      ? scene.assumptions.filter((one) => !one.startsWith('the issuer'))
      : scene.assumptions
  const { name, key, arn, address } = role
  const { outcome, expected, steps: taken, missing, error, nearestMiss, makeMend } = walked
  const maker = (outcome === 'denied' ? undefined : pod?.mend) ?? makeMend
  return new LazyExplanation(
    {
      role: { name, key, arn, address, account },
      caller: callerOf(scene, mechanism),
      mechanism,
      outcome,
      expected,
      steps: taken,
      missing,
      error,
      causes: causesWith(walked, pod, mechanism),
      nearestMiss,
      assumptions,
    },
    { mend: maker, identity: pod?.identity },
  )
}

function walkOf(
  index: ExplainIndex,
  question: ExplainQuestion,
  role: Role,
  scene: CallerScene,
  mechanism: Explanation['mechanism'],
): Walk {
  const { serviceAccount, account, cluster, now } = scene
  if (mechanism !== 'pod-identity' || serviceAccount === undefined)
    return walk(WEB_IDENTITY_STEPS, webCall(index, role, scene))
  const call = {
    index,
    role,
    account,
    serviceAccount,
    cluster:
      cluster ??
      clusterOfAssociation(
        index,
        index.associationsOf(serviceAccount.namespace, serviceAccount.name, undefined),
        [],
      ),
    ...('token' in question ? { token: question.token } : {}),
    now,
  }
  return walk(podIdentitySteps(call), call)
}

/** For an answer that is good the pod is to blame, if anything. */
function causesWith(
  walked: Walk,
  pod: IdentityFound | undefined,
  mechanism: Explanation['mechanism'],
): readonly ExplainCause[] {
  const ofPod = pod?.causes ?? []
  if (walked.outcome !== 'allowed') {
    // What the inputs show goes before what they only fail to show.
    const isGuess = walked.outcome === 'undecided' && ofPod.some(({ certainty }) => certainty === 'certain')
    return unique(isGuess ? [...ofPod, ...walked.causes] : [...walked.causes, ...ofPod])
  }
  const isAgentSeen = walked.steps.at(-1)?.id === 'agent' && walked.steps.at(-1)?.verdict === 'passed'
  const outside =
    mechanism !== 'pod-identity' ? OUTSIDE_OF_IRSA : isAgentSeen ? OUTSIDE_WITH_AGENT : OUTSIDE_OF_PODS
  const general = pod === undefined ? outside.slice(1) : outside
  return ofPod.length + walked.causes.length === 0
    ? general
    : unique([...ofPod, ...walked.causes, ...general])
}

/** What may be wrong all the same, for every answer that is good; the first is about pods. */
const OUTSIDE_OF_IRSA = generalCauses(
  'pod-not-restarted',
  'keys-not-public',
  'propagation',
  'organization-policy',
  'old-sdk',
)
const OUTSIDE_OF_PODS = generalCauses(
  'pod-not-restarted',
  'agent-missing',
  'no-pod-identity-here',
  'propagation',
  'old-sdk',
)
const OUTSIDE_WITH_AGENT = OUTSIDE_OF_PODS.filter(({ id }) => id !== 'agent-missing')

function generalCauses(...ids: readonly ExplainCause['id'][]): readonly ExplainCause[] {
  return ids.map((id) => generalCause(id))
}

function callerOf(
  { token, issuer, serviceAccount, cluster }: CallerScene,
  mechanism: Explanation['mechanism'],
): ExplainedCaller {
  const where = cluster === undefined ? undefined : { name: cluster.name, arn: cluster.arn }
  if (mechanism === 'pod-identity')
    return { serviceAccount, subject: undefined, issuer: undefined, audience: undefined, cluster: where }
  const { subject, audiences, authorizedParty } = token
  const audience = authorizedParty ?? (audiences.length < 2 ? audiences[0] : audiences.join(', '))
  return { serviceAccount, subject, issuer: issuer === '' ? undefined : issuer, audience, cluster: where }
}

/** What the pod would really use: what the question says, the token is for, an association leads to, or the role trusts. */
function mechanismOf(
  index: ExplainIndex,
  question: ExplainQuestion,
  role: Role,
  { namespace, name }: ServiceAccountName,
  { token, cluster }: CallerScene,
): 'irsa' | 'pod-identity' {
  if ('mechanism' in question && question.mechanism !== undefined) return question.mechanism
  const asked =
    'token' in question ? token.audiences : question.audience === undefined ? [] : [question.audience]
  if (asked.length > 0)
    return asked.length === 1 && asked[0] === POD_IDENTITY_SERVICE ? 'pod-identity' : 'irsa'
  const associations = index.associationsOf(namespace, name, cluster)
  if (associations.some((one) => isLedTo(one, role))) return 'pod-identity'
  const kind = index.kindOf(role)
  if (kind === 'irsa' || role.arn === undefined) return kind
  // An annotation is what EKS goes by where it is sure that there is no association.
  const [account] = index.serviceAccountsOf(namespace, name, cluster)
  const isAnnotated =
    account?.roleArn === role.arn && associations.length === 0 && index.hasAll('associations', cluster)
  return isAnnotated ? 'irsa' : kind
}

function withoutRole(index: ExplainIndex, question: ExplainQuestion, scene: CallerScene): LazyExplanation {
  const { account } = scene
  const isComplete = question.role.startsWith('arn:') && index.hasAllRoles(account)
  const { serviceAccount, cluster } = scene
  const isAssociated =
    serviceAccount !== undefined &&
    index
      .associationsOf(serviceAccount.namespace, serviceAccount.name, cluster)
      .some((one) => one.roleArn === question.role || one.targetRoleArn === question.role)
  const mechanism = serviceAccount === undefined ? 'web-identity' : isAssociated ? 'pod-identity' : 'irsa'
  const plan = {
    ...ROLE_STEP,
    run: (): Finding => {
      const base = {
        asked: question.role,
        found: isComplete ? `no such role in account ${account ?? ''}` : 'not among the roles read',
      }
      if (!isComplete)
        return {
          verdict: 'unknown',
          ...base,
          missing: [`the role ${quoted(question.role, 200)} and its trust policy`],
        }
      return {
        verdict: 'failed',
        ...base,
        error: sdkError(isAssociated ? 'eks-not-permitted' : 'not-authorized'),
        causes: [
          {
            ...generalCause('role-missing', 'certain'),
            summary: `account ${account ?? ''} has no role ${quoted(question.role, 200)}`,
          },
        ],
      }
    },
  }
  const walked = walk([plan], undefined)
  const found =
    serviceAccount === undefined
      ? undefined
      : identityOf({
          index,
          role: undefined,
          named: question.role,
          isGone: isComplete,
          serviceAccount,
          cluster,
        })
  return new LazyExplanation(
    {
      ...walked,
      role: { name: question.role, account },
      caller: callerOf(scene, mechanism),
      mechanism,
      assumptions: scene.assumptions.filter((one) => !one.startsWith('the issuer')),
    },
    { mend: undefined, identity: found?.identity },
  )
}

/** The same with every text put through a function. */
function worded<T>(value: T, say: (text: string) => string): T {
  if (typeof value === 'string') return say(value) as T
  if (Array.isArray(value)) return value.map((one: unknown) => worded(one, say)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, worded<unknown>(member, say)]),
  ) as T
}
