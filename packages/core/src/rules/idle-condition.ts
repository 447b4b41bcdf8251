import { Language, StateLimitError } from '../automata/language.js'
import { compileCondition } from '../condition/compile.js'
import { evaluateCondition } from '../condition/evaluate.js'
import type { KeyModel } from '../mechanisms/request-model.js'
import type { BaseOperator, Condition, Statement, TrustPolicy } from '../policy/ast.js'
import { ABSENT, UNKNOWN } from '../policy/request.js'
import { quoted } from '../text/quote.js'
import type { Admission } from '../trust/admit.js'
import { admissionsOf } from './admissions.js'
import { modelledTrusts } from './modelled-callers.js'
import { idleCause } from './openness.js'
import type { RoleSubject, RuleOn } from './rule.js'

/**
 * A condition holds whatever the request is. It reads like a restriction and is none: its key is never there and its
 * operator does not mind, or its operator takes every value. Asked of the request models: does it hold for every request of
 * every caller that the statement means? Keys that the caller or the place chooses are no matter of this rule, nor is a
 * test that repeats what holds anyway. Where nothing else restricts the statement, the rule about that names the cause.
 */
export const idleCondition: RuleOn<'role'> = {
  id: 'idle-condition',
  severity: 'low',
  summary: 'a condition holds for every request and restricts nothing',
  since: '0.1.0',
  kind: 'exposure',
  on: 'role',

  *check({ role }) {
    if (!role.isPodRole) return
    for (const statement of role.policy.statements) {
      if (
        statement.effect !== 'Allow' ||
        statement.unreadable !== undefined ||
        statement.readings !== undefined
      )
        continue
      if (
        statement.conditions.every(
          ({ operator }) =>
            operator.base === 'StringEquals' && operator.set === undefined && !operator.ifExists,
        )
      )
        continue
      const admissions = admissionsFor(statement, role)
      const found = admissions.find(({ own, isNamed }) => isNamed && own !== undefined && !own.isEmpty)
      const word = found?.own?.witness()
      if (found === undefined || word === undefined || admissions.some(isWideOpen)) continue
      for (const condition of statement.conditions) {
        if (!admissions.every(({ admission }) => isIdle(condition, admission, role.policy))) continue
        yield {
          at: condition.pointer,
          message: `the condition restricts nothing: ${causeOf(condition, found.admission)}`,
          witness: { admission: found.admission, word },
          help: 'correct the key or the operator, or remove the condition',
        }
      }
    }
  },
}

interface OwnAdmission {
  readonly admission: Admission
  readonly isNamed: boolean
  /** Whom the statement lets in, after every Deny; absent where it has no part in the mechanism. */
  readonly own: Language | undefined
  /** Whom the statement lets in by itself. */
  readonly alone: Language | undefined
}

/** Empty where some caller that the statement means is of no model: then nobody knows what its requests hold. */
function admissionsFor(statement: Statement, role: RoleSubject): readonly OwnAdmission[] {
  const trusts = modelledTrusts(statement.principal, role.analysis)
  return (trusts ?? []).flatMap((trust) =>
    admissionsOf(trust).map((admission) => {
      const alone = admission.statements.find((one) => one.statement === statement)?.possible
      return { admission, isNamed: trust.isNamed, alone, own: alone?.intersection(admission.possible) }
    }),
  )
}

function isWideOpen({ admission, alone }: OwnAdmission): boolean {
  return (
    admission.model.mechanism === 'irsa' && alone !== undefined && admission.model.domain.isSubsetOf(alone)
  )
}

function isIdle(condition: Condition, { keys, model }: Admission, policy: TrustPolicy): boolean {
  const keyModel: KeyModel = keys.get(condition.key) ?? model.keyModel(condition.key)
  // What `Null` means below a set operator is a matter of dispute.
  if (condition.operator.base === 'Null' && condition.operator.set !== undefined) return false
  const scope = { effect: 'Allow', version: policy.version, lookUp: () => UNKNOWN } as const
  if (keyModel.kind === 'absent') return evaluateCondition(condition, ABSENT, scope) === 'true'
  if (keyModel.kind === 'varies' || LISTING.has(condition.operator.base)) return false
  try {
    const { must } = compileCondition(condition, scope)
    if (keyModel.kind === 'symbolic') return model.domain.isSubsetOf(keyModel.view.preimage(must))
    return keyModel.value.state === 'present' && !keyModel.value.multivalued && ANY_TEXT.isSubsetOf(must)
  } catch (error) {
    if (error instanceof StateLimitError) return false
    throw error
  }
}

/** Operators that take what they list and nothing else: they hold for every value of no key that is there. */
const LISTING: ReadonlySet<BaseOperator | undefined> = new Set(['StringEquals', 'StringEqualsIgnoreCase'])

const ANY_TEXT = Language.literal('').complement()

function causeOf(condition: Condition, { keys }: Admission): string {
  if (keys.get(condition.key)?.kind === 'absent') return idleCause(condition)
  return `${quoted(condition.operator.text)} on ${quoted(condition.keyText)} holds for every value that the key can have`
}
