import { Language, StateLimitError } from '../automata/language.js'
import { compileCondition } from '../condition/compile.js'
import { evaluateCondition } from '../condition/evaluate.js'
import type { ConditionScope } from '../condition/evaluate.js'
import { OPERATORS } from '../condition/operators.js'
import { SERVICE_ACCOUNT_WORDS } from '../mechanisms/kubernetes-names.js'
import type { KeyModel, Variable } from '../mechanisms/request-model.js'
import type { Condition, PolicyVersion } from '../policy/ast.js'
import { hasHole } from '../policy/limits.js'
import { ABSENT, UNKNOWN } from '../policy/request.js'
import type { ContextValue } from '../policy/request.js'
import type { Admission, Combination } from '../trust/admit.js'
import { ServiceAccountSet } from '../trust/service-account-set.js'

const nobody = new WeakMap<Language, boolean>([[SERVICE_ACCOUNT_WORDS, false]])

/** No service account, by the words and within the limits on the length of names. */
export function holdsNobody(words: Language): boolean {
  const known = nobody.get(words)
  if (known !== undefined) return known
  const { isEmpty } = ServiceAccountSet.fromWords(words)
  nobody.set(words, isEmpty)
  return isEmpty
}

/** Whether no request of any of the models passes the condition, whatever the other conditions say. */
export function isDeadCondition(
  condition: Condition,
  admissions: readonly Admission[],
  version: PolicyVersion,
): boolean {
  if (hasHole(condition.keyText) || condition.values.some(hasHole)) return false
  return admissions.every((admission) => {
    const model = modelOf(condition, admission)
    if (model.kind !== 'varies') return !canHold(condition, admission, version)
    return admission.combinations.every((one) => holdsNobody(wordsIn(one, condition, admission, version)))
  })
}

/** The words whose requests pass the condition in one combination of cells. */
export function wordsIn(
  combination: Combination,
  condition: Condition,
  admission: Admission,
  version: PolicyVersion,
): Language {
  const { domain } = admission.model
  const lookUp = (key: string): ContextValue =>
    combination.cell.get(key) ?? valueOf(admission.keys.get(key) ?? admission.model.keyModel(key))
  const scope: ConditionScope = { effect: 'Allow', version, lookUp }
  const model = modelOf(condition, admission)
  if (model.kind !== 'symbolic') {
    return evaluateCondition(condition, lookUp(condition.key), scope) === 'false' ? Language.empty : domain
  }
  try {
    return model.view.preimage(compileCondition(condition, scope).may).intersection(domain)
  } catch (error) {
    if (error instanceof StateLimitError) return domain
    throw error
  }
}

/**
 * Whether some value that the key can have passes the condition, tested or not by the policy as it stands: also for
 * one value of a list by itself, or for a change of the condition that is only considered. In doubt it can.
 */
export function canHold(condition: Condition, admission: Admission, version: PolicyVersion): boolean {
  const scope: ConditionScope = {
    effect: 'Allow',
    version,
    lookUp: (key) => valueOf(admission.keys.get(key) ?? admission.model.keyModel(key)),
  }
  const model = modelOf(condition, admission)
  try {
    switch (model.kind) {
      case 'absent':
        return evaluateCondition(condition, ABSENT, scope) !== 'false'
      case 'fixed':
        return evaluateCondition(condition, model.value, scope) !== 'false'
      case 'symbolic':
        return !holdsNobody(
          model.view.preimage(compileCondition(condition, scope).may).intersection(admission.model.domain),
        )
      case 'varies':
        return model.variation.alternatives.some((variables) => {
          const variable = variables.find(({ views }) => views.has(condition.key))
          return variable === undefined
            ? evaluateCondition(condition, ABSENT, scope) !== 'false'
            : canHoldFor(variable, condition, scope)
        })
    }
  } catch (error) {
    if (error instanceof StateLimitError) return true
    throw error
  }
}

function canHoldFor(
  { type, values, language, views }: Variable,
  condition: Condition,
  scope: ConditionScope,
): boolean {
  const view = views.get(condition.key)
  if (view === undefined || type !== 'text') return true
  if (values !== undefined) {
    return values.some(
      (value) =>
        evaluateCondition(
          condition,
          { state: 'present', values: [view.read(value)], multivalued: false },
          scope,
        ) !== 'false',
    )
  }
  const { may } = compileCondition(condition, scope)
  if (language === undefined) return !may.isEmpty
  return !view.preimage(may).isDisjointFrom(language)
}

/** Whether every service account of a cluster passes the condition, where the key tells service accounts apart. */
export function holdsEverybody(condition: Condition, admission: Admission, version: PolicyVersion): boolean {
  const model = modelOf(condition, admission)
  if (model.kind !== 'symbolic') return false
  try {
    const { may } = compileCondition(condition, { effect: 'Allow', version, lookUp: () => UNKNOWN })
    return admission.model.domain.isSubsetOf(model.view.preimage(may))
  } catch (error) {
    if (error instanceof StateLimitError) return true
    throw error
  }
}

/** The condition with one value. */
export function withValue(condition: Condition, value: string): Condition {
  return { ...condition, values: [value], isList: false }
}

/** The condition as if its operator expanded `*` and `?`. */
export function asGlob(condition: Condition): Condition {
  return { ...condition, operator: { ...condition.operator, base: 'StringLike' } }
}

/** A condition that wants one of its values to match, by text. */
export function wantsText({ operator: { base } }: Condition): boolean {
  return (
    base !== undefined && base !== 'Null' && OPERATORS[base].family === 'string' && !OPERATORS[base].negated
  )
}

export function modelOf({ key }: { readonly key: string }, { keys, model }: Admission): KeyModel {
  return keys.get(key) ?? model.keyModel(key)
}

function valueOf(model: KeyModel): ContextValue {
  return model.kind === 'absent' ? ABSENT : model.kind === 'fixed' ? model.value : UNKNOWN
}
