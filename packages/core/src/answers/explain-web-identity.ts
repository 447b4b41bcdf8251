import type { OidcProvider, Role } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import type { RequestModel } from '../mechanisms/request-model.js'
import { irsaModel } from '../mechanisms/irsa.js'
import { SUBJECT_PREFIX } from '../mechanisms/kubernetes-names.js'
import { parseProviderArn } from '../mechanisms/provider-arn.js'
import { webIdentityModel } from '../mechanisms/web-identity.js'
import type { TrustPolicy } from '../policy/ast.js'
import { quoted } from '../text/quote.js'
import { evaluateTrust } from '../trust/evaluate.js'
import { generalCause, sdkError } from './error-causes.js'
import type { ExplainCause } from './error-causes.js'
import { mendPolicy } from './explain-mend.js'
import type { Trial } from './explain-mend.js'
import type { MissScene } from './explain-miss.js'
import { provider, providerOf } from './explain-provider.js'
import type { WebIdentityCall } from './explain-provider.js'
import { requestOf } from '../trust/one-request.js'
import { diagnose } from './explain-statement-miss.js'
import { ROLE_STEP, causesOfMisses, statementSteps, unknownsOf } from './explain-walk.js'
import type { ExplainIndex } from './explain-scene.js'
import type { Finding, StepPlan } from './explain-walk.js'

/** STS allows clocks to be so far apart. */
const TOLERANCE_MS = 5 * 60_000

/**
 * The questions that STS puts to a token, in its order: the claims, the provider of the issuer in the role's account, the
 * audience, the times, the signature, and then the trust policy. Which of the middle ones comes first where two would
 * fail is not documented; it decides only which of two errors is shown.
 */
export const WEB_IDENTITY_STEPS: readonly StepPlan<WebIdentityCall>[] = [
  ROLE_STEP,
  { id: 'claims', title: 'the token has the claims that STS wants', run: claims },
  {
    id: 'issuer',
    title: "the role's account has an OIDC provider for the issuer of the token",
    run: provider,
  },
  { id: 'audience', title: 'the provider takes the audience of the token', run: audience },
  { id: 'times', title: 'the token is valid now', run: times },
  { id: 'signature', title: 'the signature is by a key that the issuer publishes', run: () => UNCHECKED },
  { id: 'policy', title: 'the trust policy allows `sts:AssumeRoleWithWebIdentity`', run: policyStep },
]

/** A token that kubelet would write has all claims, and time. */
const SUPPOSED_CLAIMS: Finding = { verdict: 'passed', found: 'iss, sub, aud, iat, exp' }
const RENEWED: Finding = { verdict: 'passed', detail: 'kubelet renews the token before it expires' }
const UNCHECKED: Finding = {
  verdict: 'assumed',
  detail: 'not checked here; `podtrust token --jwks FILE` does',
}

// --- before the policy ------------------------------------------------------------------------------------------------

function claims({ token, isSupposed }: WebIdentityCall): Finding {
  if (isSupposed && token.issuer !== undefined) return SUPPOSED_CLAIMS
  const has: Readonly<Record<string, boolean>> = {
    iss: token.issuer !== undefined,
    sub: token.subject !== undefined,
    aud: token.audiences.length > 0,
    iat: isSupposed || token.issuedAt !== undefined,
    exp: isSupposed || token.expires !== undefined,
  }
  const [missing] = Object.keys(has).filter((claim) => !has[claim])
  if (missing === undefined) return { verdict: 'passed', found: Object.keys(has).join(', ') }
  const isLegacy = token.issuer === 'kubernetes/serviceaccount'
  const summary = isLegacy
    ? 'the token is one of the old kind, kept in a Secret: it has no audience and no end, and STS never takes it'
    : `the token has no ${quoted(missing)} claim`
  return {
    verdict: 'failed',
    asked: Object.keys(has).join(', '),
    found: `no ${missing}`,
    error: sdkError('missing-claim', { CLAIM: missing }),
    causes: [{ ...generalCause(isLegacy ? 'legacy-token' : 'missing-claim', 'certain'), summary }],
    mend: () => ({
      target: 'token',
      title:
        'send the projected token that the webhook mounts, from the file in `AWS_WEB_IDENTITY_TOKEN_FILE`',
    }),
  }
}

function audience(call: WebIdentityCall): Finding {
  const { audiences, authorizedParty } = call.token
  if (authorizedParty === undefined && audiences.length > 1) {
    return {
      verdict: 'failed',
      asked: 'one audience',
      found: audiences.join(', '),
      error: sdkError('several-audiences'),
      causes: [
        {
          ...generalCause('several-audiences', 'certain'),
          summary: `the token has ${audiences.length} audiences: ${audiences.map((one) => quoted(one)).join(', ')}`,
        },
      ],
      mend: () => ({ target: 'token', title: 'ask for a token with one audience, `sts.amazonaws.com`' }),
    }
  }
  const value = authorizedParty ?? audiences[0] ?? ''
  const known = providerOf(call)
  if (known === undefined || isUnknown(known.clientIds)) {
    const which =
      known === undefined ? [] : [`the client ids of the provider (\`aws iam get-open-id-connect-provider\`)`]
    const isUsual = value === 'sts.amazonaws.com'
    return {
      verdict: 'unknown',
      asked: 'a client id of the provider',
      found: value,
      detail: 'client ids not read',
      ...(which.length === 0 ? {} : { missing: which }),
      ...(isUsual
        ? {}
        : {
            causes: [
              {
                ...generalCause('audience-not-registered', 'possible'),
                summary: `the token has the audience ${quoted(value)}, and providers of EKS clusters usually take ${quoted('sts.amazonaws.com')} alone`,
              },
            ],
          }),
    }
  }
  const asked = known.clientIds.join(', ')
  if (known.clientIds.includes(value)) return { verdict: 'passed', asked, found: value }
  return {
    verdict: 'failed',
    asked: asked === '' ? 'no client id at all' : asked,
    found: value,
    error: sdkError('wrong-audience'),
    causes: audienceCauses(call, value, known.clientIds),
    mend: () => audienceMend(call, value, known),
  }
}

function audienceCauses(
  call: WebIdentityCall,
  value: string,
  clientIds: readonly string[],
): readonly ExplainCause[] {
  const causes: ExplainCause[] = []
  if (/kubernetes\.default|kubernetes\.svc/.test(value)) {
    causes.push({
      ...generalCause('api-server-token', 'certain'),
      summary: `the token is for the API server (${quoted(value)}), not for AWS`,
    })
  }
  const { serviceAccount, index, cluster } = call
  const annotated =
    serviceAccount === undefined
      ? undefined
      : index
          .serviceAccountsOf(serviceAccount.namespace, serviceAccount.name, cluster)
          .find((one) => one.audience === value)
  if (annotated !== undefined && clientIds.includes('sts.amazonaws.com')) {
    causes.push({
      ...generalCause('audience-annotation', 'certain'),
      summary: `the annotation ${quoted('eks.amazonaws.com/audience')} asks for ${quoted(value)}, which the provider does not take`,
    })
  }
  causes.push({
    ...generalCause('audience-not-registered', 'certain'),
    summary: `the token has the audience ${quoted(value)}, and the client ids of the provider are ${clientIds.length === 0 ? 'none' : clientIds.map((one) => quoted(one)).join(', ')}`,
  })
  return causes
}

function audienceMend(
  call: WebIdentityCall,
  value: string,
  known: OidcProvider,
): ReturnType<NonNullable<Finding['mend']>> {
  if (value !== 'sts.amazonaws.com') {
    return {
      target: 'token',
      title: `send a token with the audience ${quoted(isUnknown(known.clientIds) ? 'sts.amazonaws.com' : (known.clientIds[0] ?? 'sts.amazonaws.com'))}`,
    }
  }
  const arn =
    known.arn ??
    (call.account === undefined
      ? undefined
      : `arn:${call.role.partition ?? 'aws'}:iam::${call.account}:oidc-provider/${known.issuer}`)
  return {
    target: 'provider',
    title: `add the client id ${quoted(value)} to the provider`,
    ...(arn === undefined || !/^[\w.:/-]+$/.test(arn)
      ? {}
      : {
          command: `aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${arn} --client-id ${value}`,
        }),
  }
}

function times({ token, isSupposed, now }: WebIdentityCall): Finding {
  if (isSupposed) return RENEWED
  const { expires, notBefore, issuedAt } = token
  const at = now.getTime()
  if (expires !== undefined && expires.at.getTime() + TOLERANCE_MS <= at) {
    const seconds = (date: Date): string => String(Math.floor(date.getTime() / 1000))
    return {
      verdict: 'failed',
      asked: `before ${expires.at.toISOString()}, with 5 minutes of tolerance`,
      found: now.toISOString(),
      error: sdkError('expired-token', { NOW: seconds(now), EXP: seconds(expires.at) }),
      causes: [
        {
          ...generalCause('token-not-read-again', 'likely'),
          summary: `the token expired at ${expires.at.toISOString()}: kubelet renews the file, and the program does not read it again`,
        },
        generalCause('token-copied'),
        generalCause('clock'),
      ],
      mend: () => ({
        target: 'pod',
        title: 'use an AWS SDK that reads the token file again, or restart the pod',
      }),
    }
  }
  const early = [notBefore, issuedAt].find((one) => one !== undefined && one.at.getTime() - TOLERANCE_MS > at)
  if (early !== undefined) {
    return {
      verdict: 'failed',
      asked: `after ${early.at.toISOString()}, with 5 minutes of tolerance`,
      found: now.toISOString(),
      error: sdkError('invalid-token'),
      causes: [
        {
          ...generalCause('not-yet-valid', 'certain'),
          summary: `the token is valid from ${early.at.toISOString()} on: a clock is wrong`,
        },
        generalCause('clock'),
      ],
      mend: () => ({ target: 'pod', title: 'set the clock of the node right' }),
    }
  }
  return {
    verdict: 'passed',
    ...(expires === undefined ? {} : { asked: `before ${expires.at.toISOString()}` }),
    found: now.toISOString(),
  }
}

// --- the policy -------------------------------------------------------------------------------------------------------

/** The ARN that the provider of the issuer has in the role's account. */
function providerArnOf(call: WebIdentityCall): string {
  const { issuer } = call
  const found = providerOf(call)?.arn
  if (found !== undefined) return found
  const { account, partition } = placeOf(call)
  return `arn:${partition}:iam::${account}:oidc-provider/${issuer}`
}

/** Account and partition of the role; where nothing tells, of the providers that it trusts. */
function placeOf({ role, account, policy }: WebIdentityCall): { account: string; partition: string } {
  if (account !== undefined)
    return { account, partition: role.partition ?? /^arn:([a-z0-9-]+):/.exec(role.arn ?? '')?.[1] ?? 'aws' }
  for (const { principal } of policy?.statements ?? []) {
    if (principal.kind !== 'principals') continue
    for (const { value } of principal.entries) {
      const parts = parseProviderArn(value)
      if (parts !== undefined) return { account: parts.account, partition: parts.partition }
    }
  }
  return { account: '000000000000', partition: 'aws' }
}

function policyStep(call: WebIdentityCall): Finding {
  const { policy } = call
  if (policy === undefined) return policyUnknown(call.role)
  const { scene, evaluation } = evaluated(policy, call)
  const statements = evaluation.actions.flatMap(statementSteps)
  if (evaluation.outcome === 'allowed') return { verdict: 'passed', statements }
  const common = { statements, error: sdkError('not-authorized') }
  const mend = (): ReturnType<typeof mendPolicy> =>
    mendPolicy(policy, { role: call.role, now: call.now, try: (other) => evaluated(other, call) })
  if (evaluation.outcome === 'undecided')
    return { verdict: 'unknown', ...common, missing: unknownsOf(evaluation, policy, scene().model) }
  const misses = evaluation.actions.flatMap((action) =>
    action.outcome === 'denied' ? diagnose(action, scene()) : [],
  )
  return { verdict: 'failed', ...common, misses, causes: causesOfMisses(misses, 'certain'), mend }
}

export function policyUnknown({ name, trustPolicy }: Role): Finding {
  const reason = trustPolicy.kind === 'unknown' ? `: ${trustPolicy.unknown.reason}` : ''
  return { verdict: 'unknown', missing: [`the trust policy of ${quoted(name)}${reason}`] }
}

/** The call under a policy: the role's own, or one that is to mend it. */
function evaluated(policy: TrustPolicy, call: WebIdentityCall): Trial {
  const { token, issuer, serviceAccount, index, cluster, now } = call
  const providerArn = providerArnOf(call)
  const shown = token.authorizedParty ?? token.audiences[0]
  const model = modelOf(call, providerArn, shown)
  const word =
    serviceAccount === undefined
      ? (token.subject ?? '')
      : `${serviceAccount.namespace}:${serviceAccount.name}`
  return {
    evaluation: evaluateTrust(policy, requestOf(policy, model, word, now)),
    scene: (): MissScene => {
      const subject = serviceAccount === undefined ? token.subject : SUBJECT_PREFIX + word
      return {
        mechanism: serviceAccount === undefined ? 'web-identity' : 'irsa',
        index,
        facts: index.facts,
        policy,
        model,
        issuer,
        providerArn,
        ...(subject === undefined ? {} : { subject }),
        ...(serviceAccount === undefined ? {} : { serviceAccount }),
        ...(shown === undefined ? {} : { audience: shown }),
        ...(cluster === undefined ? {} : { cluster }),
        sessionTags: false,
      }
    },
  }
}

interface KnownModel {
  readonly call: WebIdentityCall
  readonly providerArn: string
  readonly shown: string | undefined
  readonly model: RequestModel
}

/** The last model of each inventory: many questions in a row are of one issuer. */
const models = new WeakMap<ExplainIndex, KnownModel>()

function modelOf(call: WebIdentityCall, providerArn: string, shown: string | undefined): RequestModel {
  const { issuer, index, serviceAccount, account, now } = call
  const last = models.get(index)
  if (
    last !== undefined &&
    last.providerArn === providerArn &&
    last.shown === shown &&
    last.call.issuer === issuer &&
    last.call.account === account &&
    last.call.now === now &&
    (last.call.serviceAccount === undefined) === (serviceAccount === undefined)
  )
    return last.model
  const facts = {
    issuer,
    providerArn,
    account: parseProviderArn(providerArn)?.account ?? account,
    clientIds: shown === undefined ? undefined : [shown],
    now,
  }
  const model = serviceAccount === undefined ? webIdentityModel(facts) : irsaModel(facts)
  models.set(index, { call, providerArn, shown, model })
  return model
}

/** Whether the policy lets a token of the issuer through, before anything else is looked at. */
export function admitsIssuer(call: WebIdentityCall): boolean {
  return call.policy !== undefined && evaluated(call.policy, call).evaluation.outcome !== 'denied'
}
