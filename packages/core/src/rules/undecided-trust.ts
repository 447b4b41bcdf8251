import type { Statement } from '../policy/ast.js'
import { quoted } from '../text/quote.js'
import type { TrustAnalysis } from '../trust/analyze.js'
import type { Admission, Undecided } from '../trust/admit.js'
import { externalSubjects, isOwnerOpen, unnamedRepository } from './external-subject.js'
import { isWithin, losesSomething } from './repeated-key.js'
import type { Problem, RoleSubject, RuleOn } from './rule.js'

/**
 * A part of the policy could not be analyzed, or what it means is not documented, so that the role may admit
 * more than is certain. Only where no other rule says so: what is wide open is reported by the rules that ask
 * how wide it is.
 */
export const undecidedTrust: RuleOn<'role'> = {
  id: 'undecided-trust',
  severity: 'low',
  summary: 'the policy could not be fully analyzed and may admit more than is certain',
  since: '0.1.0',
  kind: 'hygiene',
  on: 'role',

  *check({ role }) {
    const told = new Set<string>()
    for (const problem of [...unreadable(role), ...doubts(role)]) {
      const key = `${problem.at} ${problem.message}`
      if (!told.has(key)) yield problem
      told.add(key)
    }
  },
}

const HELP = 'write that part of the policy in a form whose meaning is documented'

/** Statements that could not be read: an Allow may grant, a Deny closes nothing. */
function* unreadable(role: RoleSubject): Generator<Problem> {
  for (const statement of role.policy.statements) {
    if (statement.unreadable === undefined || isRepeated(statement, role)) continue
    const reason = statement.unreadable
    if (statement.effect === 'Deny') {
      if (role.grants.length > 0)
        yield {
          at: statement.pointer,
          message: `a Deny could not be analyzed and counts as denying nobody: ${reason}`,
          help: HELP,
        }
      continue
    }
    const isAnybody = statement.principal.kind === 'unreadable'
    for (const grant of role.grants) {
      if (isReported(grant, role)) continue
      const own = admissionsOf(grant).find(({ statements, possible }) =>
        statements.some((one) => one.statement === statement && !one.possible.isDisjointFrom(possible)),
      )
      if (own === undefined) continue
      yield {
        at: statement.pointer,
        message: `the statement could not be analyzed (${reason}) and may let in ${isAnybody ? 'anybody' : who(grant)}`,
        certainty: 'possible',
        help: HELP,
      }
      break
    }
  }
}

/**
 * Limits of the analysis, and doubts about conditions, in grants that are narrow enough for no other rule to
 * mind.
 */
function* doubts(role: RoleSubject): Generator<Problem> {
  for (const grant of role.grants) {
    if (grant.undecided.length === 0 || !grant.isNamed) continue
    for (const undecided of grant.undecided) {
      if (undecided.cause === 'missing-input') continue
      if (undecided.cause === 'doubt' && (isReported(grant, role) || !isOurs(undecided, grant, role)))
        continue
      yield {
        at: undecided.pointer ?? admissionsOf(grant)[0]?.statements[0]?.statement.pointer ?? '',
        message: `it is undecided ${undecided.cause === 'limit' ? 'because ' : ''}${asClause(undecided)}: the role may let in ${who(grant)}`,
        certainty: 'possible',
        help: HELP,
      }
    }
  }
}

function asClause({ reason, cause }: Undecided): string {
  return cause === 'limit' || /^(?:what|whether) /.test(reason) ? reason : `what is meant, as ${reason}`
}

/**
 * What Pod Identity sends is judged as it is expected to be, by the rules about it; other callers matter
 * beside pods.
 */
function isOurs({ pointer }: Undecided, grant: TrustAnalysis, role: RoleSubject): boolean {
  const inStatement = role.policy.statements.find((statement) => pointer === statement.pointer)
  if (inStatement !== undefined) return false
  const isCondition = pointer?.includes('/Condition/') ?? false
  switch (grant.mechanism) {
    case 'irsa':
    case 'web-identity':
      return true
    case 'pod-identity':
      return isCondition
    case 'aws-principal':
      return isCondition && role.isPodRole
  }
}

/** Whether the set is of a kind that the rules about who gets in report, as possible where it is. */
function isReported(grant: TrustAnalysis, { isPodRole, policy }: RoleSubject): boolean {
  if (!grant.isNamed) return policy.statements.every(({ principal }) => principal.kind !== 'unreadable')
  if (grant.mechanism === 'irsa') return !grant.serviceAccounts.isEnumerable
  if (grant.mechanism === 'pod-identity') return !grant.serviceAccounts.isEnumerable
  if (grant.mechanism === 'web-identity') {
    const external = externalSubjects(grant)
    return external !== undefined && (isOwnerOpen(external) || unnamedRepository(external) !== undefined)
  }
  return grant.caller.kind === 'stranger' || (isPodRole && !grant.principals.isFinite)
}

/** Whether duplicate-key says it. */
function isRepeated(statement: Statement, { policy }: RoleSubject): boolean {
  return policy.problems.some(
    (problem) =>
      problem.kind === 'duplicate-key' &&
      losesSomething(problem, policy) &&
      (isWithin(problem.pointer, statement.pointer) || isWithin(statement.pointer, problem.pointer)),
  )
}

function admissionsOf(grant: TrustAnalysis): readonly Admission[] {
  return grant.mechanism === 'pod-identity'
    ? [grant.tagged.admission, grant.untagged.admission]
    : [grant.admission]
}

function who(grant: TrustAnalysis): string {
  switch (grant.mechanism) {
    case 'irsa':
      return `${grant.serviceAccounts} of ${quoted(grant.issuer)}`
    case 'pod-identity':
      return `${grant.serviceAccounts} by Pod Identity`
    case 'web-identity':
      return `subjects of ${quoted(grant.issuer)}`
    case 'aws-principal':
      if (grant.caller.kind === 'account') return `principals of the account ${quoted(grant.caller.account)}`
      return grant.caller.kind === 'organization'
        ? 'principals of the organization'
        : 'principals of every AWS account'
  }
}
