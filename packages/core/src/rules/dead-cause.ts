import { Language } from '../automata/language.js'
import type { Condition, PrincipalEntry, Statement } from '../policy/ast.js'
import { hasHole } from '../policy/limits.js'
import type { Admission } from '../trust/admit.js'
import { parseEksIssuer } from '../mechanisms/issuers.js'
import { parseProviderArn } from '../mechanisms/provider-arn.js'
import { actionMatches } from '../trust/match.js'
import { asciiLowerCase } from '../text/ascii.js'
import { quoted } from '../text/quote.js'
import { deadConditionCauses, deadValueCauses } from './dead-condition-cause.js'
import type { DeadCause, DeadCauseOf, DeadKind, Views } from './dead-place.js'
import { holdsNobody, isDeadCondition, wordsIn } from './dead-condition.js'
import { mended } from './issuer-key.js'
import type { IrsaStatement, PodIdentityStatement, PodStatement } from './pod-statement.js'
import type { RoleSubject } from './rule.js'

const known = new WeakMap<PodStatement, readonly DeadCause[]>()

/**
 * The dead places of a pod statement, each with its most specific cause. The engine decides what is dead: the words that
 * the statement, one condition or one value by itself lets through. What is unknown or was not in the input may hold.
 */
function deadCausesOf(subject: PodStatement, role: RoleSubject): readonly DeadCause[] {
  const found = known.get(subject)
  if (found !== undefined) return found
  const { statement } = subject
  const isReadable = statement.readings === undefined && statement.effect === 'Allow'
  const all = isReadable ? [...causes(subject, role)] : []
  // A statement with two principals is two pod statements; what is dead for both is said once.
  const own: DeadCause[] = []
  const siblings = all.length === 0 ? [] : role.podStatements.filter((one) => one.statement === statement)
  const said = new Set(
    siblings.slice(0, siblings.indexOf(subject)).flatMap((one) => deadCausesOf(one, role).map(placeOf)),
  )
  for (const cause of all) {
    if (said.has(placeOf(cause))) continue
    said.add(placeOf(cause))
    own.push(cause)
  }
  known.set(subject, own)
  return own
}

/** The causes of one kind. */
export function deadCauses<Kind extends DeadKind>(
  kind: Kind,
  subject: PodStatement,
  role: RoleSubject,
): readonly DeadCauseOf<Kind>[] {
  const all = deadCausesOf(subject, role)
  return all.length === 0 ? [] : all.filter((cause): cause is DeadCauseOf<Kind> => cause.kind === kind)
}

function placeOf({ kind, at }: DeadCause): string {
  return `${kind} ${at}`
}

function* causes(subject: PodStatement, role: RoleSubject): Generator<DeadCause> {
  const isKnown = !hasHole(subject.principal.value)
  if (subject.mechanism === 'irsa' && isKnown) {
    const cause = unreachableProvider(subject, role)
    if (cause !== undefined) yield cause
    if (cause !== undefined && subject.trust !== undefined) return
  }
  if (!subject.hasAction) {
    const cause = wrongAction(subject, role)
    if (cause !== undefined) yield cause
    if (subject.mechanism === 'irsa' || cause !== undefined) return
  }
  const views = isKnown ? viewsOf(subject) : undefined
  if (views !== undefined) yield* conditionCauses(subject, role, views)
}

function viewsOf(subject: PodStatement): Views | undefined {
  if (subject.trust === undefined) return undefined
  const documented =
    subject.mechanism === 'irsa'
      ? [subject.trust.admission]
      : [subject.trust.tagged.admission, subject.trust.untagged.admission]
  const expected =
    subject.mechanism === 'irsa'
      ? documented
      : [subject.trust.tagged.expectedAdmission, subject.trust.untagged.expectedAdmission]
  // An analysis that was cut short, and a provider that takes no audience at all, say nothing about the statement.
  const isWhole = [...documented, ...expected].every(
    ({ undecided, combinations }) =>
      combinations.length > 0 && undecided.every(({ cause }) => cause !== 'limit'),
  )
  return isWhole ? { documented, expected } : undefined
}

function* conditionCauses(subject: PodStatement, role: RoleSubject, views: Views): Generator<DeadCause> {
  const { statement } = subject
  const { version } = role.policy
  const isDead = isEmptyIn(views.documented, statement)
  const isExpectedDead = isDead || isEmptyIn(views.expected, statement)
  yield* deadValueCauses(subject, role, views)
  let isExplained = false
  if (isExpectedDead) {
    for (const condition of statement.conditions) {
      const certain = isDead && isDeadCondition(condition, views.documented, version)
      if (!certain && !isDeadCondition(condition, views.expected, version)) continue
      // What is dead by documented facts wants a documented explanation.
      isExplained ||= certain || !isDead
      yield* deadConditionCauses(condition, subject, role, { views, isCertain: certain })
    }
    if (isExplained || statement.conditions.some(isOpen)) return
    yield contradiction(statement, isDead ? views.documented : views.expected, role, isDead)
    return
  }
  const rest = subject.mechanism === 'pod-identity' ? tagSessionCause(subject) : undefined
  if (rest !== undefined) yield rest
  else yield* idleCauses(subject, role, views)
}

function isOpen({ keyText, values }: Condition): boolean {
  return hasHole(keyText) || values.some(hasHole)
}

/** Whether the statement by itself, before any Deny, admits nobody. */
function isEmptyIn(admissions: readonly Admission[], statement: Statement): boolean {
  return admissions.every((admission) => holdsNobody(ownWords(admission, statement)))
}

function ownWords({ statements }: Admission, statement: Statement): Language {
  return statements.find((one) => one.statement === statement)?.possible ?? Language.empty
}

// --- principal and action -------------------------------------------------------------------------------------------

function unreachableProvider(subject: IrsaStatement, { role }: RoleSubject): DeadCause | undefined {
  const { principal, trust } = subject
  const parts = parseProviderArn(principal.value)
  if (parts === undefined) return undefined
  const { account, partition, issuer } = parts
  const { text, flaw } = mended(issuer)
  if (flaw !== undefined && (issuer.includes('://') || parseEksIssuer(text) !== undefined)) {
    const rightArn = `arn:${partition}:iam::${account}:oidc-provider/${text}`
    // No provider has a scheme in its ARN; that no cluster has such an issuer is only what all known ones show.
    const doubt = trust === undefined ? {} : ({ certainty: 'possible' } as const)
    return {
      kind: 'malformed-issuer-key',
      at: principal.pointer,
      flaw,
      rightArn,
      related: keysOf(subject),
      ...doubt,
    }
  }
  if (trust !== undefined) return undefined
  const place = { kind: 'foreign-provider', at: principal.pointer, account, partition, issuer } as const
  if (role.partition !== undefined && partition !== role.partition) return { ...place, differs: 'partition' }
  // That STS looks into the role's account alone is strongly indicated, and AWS says it nowhere in so many words.
  if (role.account !== undefined && account !== role.account)
    return { ...place, differs: 'account', certainty: 'possible' }
  return undefined
}

function keysOf({ statement, issuer }: IrsaStatement): NonNullable<DeadCause['related']> {
  const written = `${asciiLowerCase(issuer)}:`
  return statement.conditions
    .filter(({ key }) => key.startsWith(written))
    .map(({ pointer }) => ({ at: pointer, note: 'the key has the same flaw' }))
}

function wrongAction(subject: PodStatement, role: RoleSubject): DeadCause | undefined {
  const { statement, mechanism } = subject
  const { action } = statement
  if (action.kind === 'unreadable') return undefined
  const needed =
    mechanism === 'irsa' ? ['sts:AssumeRoleWithWebIdentity'] : ['sts:AssumeRole', 'sts:TagSession']
  const companions = ['sts:TagSession', 'sts:SetSourceIdentity', 'sts:SetContext']
  if (!companions.some((one) => actionMatches(action, one, 'Allow') === 'true'))
    return { kind: 'wrong-action', at: action.pointer, needed }
  // Tags may be allowed apart from the role itself.
  if (role.podStatements.some((one) => one.hasAction && one.principal.value === subject.principal.value))
    return undefined
  return { kind: 'wrong-action', at: action.pointer, needed }
}

// --- several conditions ---------------------------------------------------------------------------------------------

const MAX_PAIRS = 200

/** No single condition is dead, all of them together are. */
function contradiction(
  statement: Statement,
  admissions: readonly Admission[],
  { policy }: RoleSubject,
  isCertain: boolean,
): DeadCause {
  const doubt = isCertain ? {} : ({ certainty: 'possible' } as const)
  let pairs = 0
  for (const [index, second] of statement.conditions.entries()) {
    for (const first of statement.conditions.slice(0, index)) {
      if (++pairs > MAX_PAIRS) break
      const meet = admissions.some((admission) =>
        admission.combinations.some(
          (one) =>
            !holdsNobody(
              wordsIn(one, first, admission, policy.version).intersection(
                wordsIn(one, second, admission, policy.version),
              ),
            ),
        ),
      )
      if (meet) continue
      const related = [{ at: first.pointer, note: 'the other condition' }]
      return {
        kind: 'contradictory-conditions',
        at: second.pointer,
        pair: [first, second],
        related,
        ...doubt,
      }
    }
  }
  return { kind: 'contradictory-conditions', at: statement.pointer, ...doubt }
}

// --- statements that need another one, or fall to a Deny --------------------------------------------------------------

function tagSessionCause({ statement, trust }: PodIdentityStatement): DeadCause | undefined {
  const { statements } = trust.tagged.admission
  const own = statements.find((one) => one.statement === statement)
  if (
    own === undefined ||
    !own.actions.includes('sts:AssumeRole') ||
    own.actions.includes('sts:TagSession') ||
    holdsNobody(own.possible)
  )
    return undefined
  const tagging = statements.filter(({ actions }) => actions.includes('sts:TagSession'))
  if (tagging.some(({ possible }) => !holdsNobody(possible.intersection(own.possible)))) return undefined
  return { kind: 'missing-tag-session', at: statement.action.pointer, isNamedElsewhere: tagging.length > 0 }
}

function* idleCauses(
  { statement, principal, hasAction }: PodStatement,
  { policy }: RoleSubject,
  { documented }: Views,
): Generator<DeadCause> {
  const denies = policy.statements.filter(
    ({ effect, principal: denied }) => effect === 'Deny' && meansPrincipal(denied, principal),
  )
  const [deny] = denies
  if (!hasAction || deny === undefined || documented.some(({ possible }) => !holdsNobody(possible))) return
  const related = [{ at: deny.pointer, note: 'the Deny' }]
  yield {
    kind: 'dead-statement',
    at: statement.pointer,
    related,
    reason: `a Deny takes back all that ${quoted(principal.value)} is allowed`,
  }
}

function meansPrincipal(denied: Statement['principal'], { type, value }: PrincipalEntry): boolean {
  return (
    denied.kind === 'principals' && denied.entries.some((one) => one.type === type && one.value === value)
  )
}
