import type { Condition, Statement, TrustPolicy } from '../policy/ast.js'
import { quoted } from '../text/quote.js'
import { admit } from '../trust/admit.js'
import type { Admission } from '../trust/admit.js'
import { actionMatches } from '../trust/match.js'
import { admissionsOf } from './admissions.js'
import { modelledTrusts } from './modelled-callers.js'
import type { RoleSubject, RuleOn, Witness } from './rule.js'

/**
 * A Deny that denies nobody. Somebody wrote it to keep callers out, and a misspelled key or an operator that cannot match
 * lets all of them pass. Asked of the request models: is there a request of a caller whom the Deny means, of any shape, to
 * which it applies? A Deny for callers of no model (people, SAML, other services), and one about which there is doubt, is
 * taken to work.
 */
export const idleDeny: RuleOn<'role'> = {
  id: 'idle-deny',
  severity: 'low',
  summary: 'a Deny statement denies nobody',
  since: '0.1.0',
  kind: 'exposure',
  on: 'role',

  *check({ role }) {
    if (!role.isPodRole) return
    for (const statement of role.policy.statements) {
      if (
        statement.effect !== 'Deny' ||
        statement.unreadable !== undefined ||
        statement.readings !== undefined
      )
        continue
      const trusts = modelledTrusts(statement.principal, role.analysis)
      if (trusts === undefined || trusts.some(({ mechanism }) => mechanism === 'aws-principal')) continue
      const admissions = trusts.flatMap(admissionsOf)
      const named = admissions.filter(({ model }) => namesAction(statement, model))
      if (named.some((admission) => denies(statement.conditions, statement, admission, role.policy))) continue
      const { at, cause } = causeOf(statement, named, role.policy)
      yield {
        at,
        message: `the Deny statement denies nobody: ${cause}`,
        ...witnessOf(admissions, role),
        help: 'correct the statement, or remove it',
      }
    }
  },
}

function namesAction({ action }: Statement, { actions, doubtfulActions }: Admission['model']): boolean {
  return [...actions, ...doubtfulActions].some(
    (one) =>
      actionMatches(action, one, 'Deny') !== 'false' || actionMatches(action, one, 'Allow') !== 'false',
  )
}

/** Whether a Deny with these conditions may apply to some request of the model; doubt counts as a yes. */
function denies(
  conditions: readonly Condition[],
  statement: Statement,
  { model }: Admission,
  { version }: TrustPolicy,
): boolean {
  const action = { kind: 'actions', pointer: statement.pointer, patterns: ['*'] } as const
  const allow: Statement = { ...statement, effect: 'Allow', action, conditions: [] }
  const ask = (...statements: readonly Statement[]): Admission =>
    admit({ version, statements, problems: [], size: 0 }, model)
  // Read as an Allow, doubt leans to a match; read as a Deny, only a malformed ARN does.
  if (!ask({ ...allow, conditions }).possible.isEmpty) return true
  const left = ask(allow, { ...statement, action, conditions })
  return left.combinations.some(({ certain }) => !model.domain.isSubsetOf(certain))
}

function causeOf(
  statement: Statement,
  admissions: readonly Admission[],
  policy: TrustPolicy,
): { at: string; cause: string } {
  if (admissions.length === 0)
    return { at: statement.action.pointer, cause: 'its principals never make the calls that it names' }
  const dead = statement.conditions.find((condition) =>
    admissions.every((admission) => !denies([condition], statement, admission, policy)),
  )
  if (dead === undefined) return { at: statement.pointer, cause: 'its conditions never hold together' }
  const isAbsent = admissions.every(({ model }) => model.keyModel(dead.key).kind === 'absent')
  const why = isAbsent ? 'the key is never there' : 'the key never has such a value'
  return {
    at: dead.pointer,
    cause: `${quoted(dead.operator.text)} on ${quoted(dead.keyText)} never holds, for ${why}`,
  }
}

/** One of those who get in all the same. */
function witnessOf(admissions: readonly Admission[], { grants }: RoleSubject): { witness?: Witness } {
  const open = grants.filter(({ isNamed }) => isNamed).flatMap(admissionsOf)
  for (const admission of admissions) {
    const word = open.includes(admission) ? admission.possible.witness() : undefined
    if (word !== undefined) return { witness: { admission, word } }
  }
  return {}
}
