import { both, evaluateCondition } from '../condition/evaluate.js'
import type { Condition, Effect, Statement, TrustPolicy } from '../policy/ast.js'
import { ABSENT } from '../policy/request.js'
import type { AssumeRoleRequest, ContextValue, Outcome, StsAction, Truth } from '../policy/request.js'
import { actionMatches, principalMatches } from './match.js'

/** What a condition asked, what was there, and the verdict. */
export interface ConditionTrace {
  readonly condition: Condition
  readonly found: ContextValue
  readonly verdict: Truth
}

export interface StatementTrace {
  readonly statement: Statement
  readonly principal: Truth
  readonly action: Truth
  readonly conditions: readonly ConditionTrace[]
  /** Whether the statement applies to the request: all of the above together. */
  readonly verdict: Truth
}

export interface ActionTrace {
  readonly action: StsAction
  readonly outcome: Outcome
  readonly statements: readonly StatementTrace[]
}

/** The answer for one request, with everything that led to it. */
export interface Evaluation {
  readonly outcome: Outcome
  /** One per action of the request; all must be allowed. */
  readonly actions: readonly ActionTrace[]
  /** Doubtful actions that no Allow statement names for this caller; an allowed request is undecided because of them. */
  readonly unnamedActions: readonly StsAction[]
}

/**
 * Whether a trust policy lets one request through, in three values: `undecided` where IAM's behaviour is not documented
 * or a context value is unknown.
 *
 * @example
 * ```ts
 * import { evaluateTrust, parseTrustPolicy } from '@podtrust/core'
 *
 * const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/8A5F3C1E90B24D67A1C2E3F405162738'
 * const { outcome } = evaluateTrust(parseTrustPolicy(text), {
 *   actions: ['sts:AssumeRoleWithWebIdentity'],
 *   caller: { type: 'web-identity', provider: `arn:aws:iam::210987654321:oidc-provider/${issuer}` },
 *   context: new Map([
 *     [`${issuer.toLowerCase()}:sub`, { state: 'present', values: ['system:serviceaccount:prod:app'], multivalued: false }],
 *   ]),
 * })
 * ```
 * @see IAM User Guide, "Policy evaluation logic": some Allow applies and no Deny does
 */
export function evaluateTrust(policy: TrustPolicy, request: AssumeRoleRequest): Evaluation {
  const actions = request.actions.map((action) => evaluateAction(policy, action, request))
  const unnamedActions = (request.doubtfulActions ?? []).filter((action) => !isNamed(policy, action, request))
  let outcome: Outcome = 'allowed'
  if (actions.some((one) => one.outcome === 'denied')) outcome = 'denied'
  else if (unnamedActions.length > 0 || actions.some((one) => one.outcome === 'undecided'))
    outcome = 'undecided'
  return { outcome, actions, unnamedActions }
}

function evaluateAction(policy: TrustPolicy, action: StsAction, request: AssumeRoleRequest): ActionTrace {
  const statements = policy.statements.map((statement) =>
    evaluateStatement(statement, policy, action, request),
  )
  let allowed: Truth = 'false'
  let denied: Truth = 'false'
  for (const { statement, verdict } of statements) {
    if (verdict === 'false') continue
    if (statement.effect === 'Deny') denied = denied === 'true' ? denied : verdict
    else allowed = allowed === 'true' ? allowed : verdict
  }
  let outcome: Outcome = 'undecided'
  if (allowed === 'false' || denied === 'true') outcome = 'denied'
  else if (allowed === 'true' && denied === 'false') outcome = 'allowed'
  return { action, outcome, statements }
}

function evaluateStatement(
  statement: Statement,
  policy: TrustPolicy,
  action: StsAction,
  request: AssumeRoleRequest,
): StatementTrace {
  const effect: Effect = statement.effect ?? 'Allow'
  const lookUp = (key: string): ContextValue => request.context.get(key) ?? ABSENT
  const scope = { effect, version: policy.version, lookUp }
  const evaluateAll = (conditions: readonly Condition[]): ConditionTrace[] =>
    conditions.map((condition) => {
      const found = lookUp(condition.key)
      return { condition, found, verdict: evaluateCondition(condition, found, scope) }
    })
  const principal = principalMatches(statement.principal, request.caller, effect)
  const actionVerdict = actionMatches(statement.action, action, effect)
  const conditions = evaluateAll(statement.conditions)
  const held = readingsHold(statement, (reading) =>
    (reading === statement.conditions ? conditions : evaluateAll(reading)).reduce<Truth>(
      (all, one) => both(all, one.verdict),
      'true',
    ),
  )
  const verdict = certainty(statement, both(both(principal, actionVerdict), held))
  return { statement, principal, action: actionVerdict, conditions, verdict }
}

/** Duplicate keys leave several readings: certain only where all of them agree. */
function readingsHold(statement: Statement, hold: (conditions: readonly Condition[]) => Truth): Truth {
  if (statement.readings === undefined) return hold(statement.conditions)
  const verdicts = statement.readings.map(hold)
  const [first = 'unknown'] = verdicts
  return verdicts.every((verdict) => verdict === first) ? first : 'unknown'
}

/** A statement that could not be read wholly may grant, and closes nothing. */
function certainty(statement: Statement, verdict: Truth): Truth {
  if (statement.unreadable !== undefined && statement.effect === 'Deny') return 'false'
  if (statement.unreadable !== undefined || statement.effect === undefined)
    return verdict === 'false' ? verdict : 'unknown'
  return verdict
}

/** Whether some Allow names an action for the caller, whatever its conditions. */
function isNamed(policy: TrustPolicy, action: StsAction, request: AssumeRoleRequest): boolean {
  return policy.statements.some(
    (statement) =>
      statement.effect !== 'Deny' &&
      actionMatches(statement.action, action, 'Allow') !== 'false' &&
      principalMatches(statement.principal, request.caller, 'Allow') !== 'false',
  )
}
