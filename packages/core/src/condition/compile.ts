import { Language } from '../automata/language.js'
import type { Condition } from '../policy/ast.js'
import type { Truth } from '../policy/request.js'
import { doubt, malformed } from './evaluate.js'
import type { ConditionScope } from './evaluate.js'
import { OPERATORS } from './operators.js'
import type { OperatorMeaning } from './operators.js'
import { expandValue } from './variables.js'

/** A set known up to bounds: `must ⊆ truth ⊆ may`. They are the same object where nothing is in doubt. */
export interface LanguageBounds {
  readonly must: Language
  readonly may: Language
}

export const EVERYTHING: LanguageBounds = { must: Language.all, may: Language.all }
export const NOTHING: LanguageBounds = { must: Language.empty, may: Language.empty }
const ANYTHING: LanguageBounds = { must: Language.empty, may: Language.all }

export function boundsOf(truth: Truth): LanguageBounds {
  return truth === 'true' ? EVERYTHING : truth === 'false' ? NOTHING : ANYTHING
}

export function exactly(language: Language): LanguageBounds {
  return { must: language, may: language }
}

export function bothBounds(a: LanguageBounds, b: LanguageBounds): LanguageBounds {
  if (a === EVERYTHING || b === NOTHING) return b
  if (b === EVERYTHING || a === NOTHING) return a
  if (a.must === a.may && b.must === b.may) return exactly(a.must.intersection(b.must))
  return { must: a.must.intersection(b.must), may: a.may.intersection(b.may) }
}

export function eitherBounds(a: LanguageBounds, b: LanguageBounds): LanguageBounds {
  if (a === NOTHING || b === EVERYTHING) return b
  if (b === NOTHING || a === EVERYTHING) return a
  if (a.must === a.may && b.must === b.may) return exactly(a.must.union(b.must))
  return { must: a.must.union(b.must), may: a.may.union(b.may) }
}

function notBounds({ must, may }: LanguageBounds): LanguageBounds {
  if (must === may) return exactly(must.complement())
  return { must: may.complement(), may: must.complement() }
}

/**
 * The values of a key that is present with exactly one value for which the condition holds: for every text `v`,
 * `must.has(v)` means that `evaluateCondition` answers true for `v`, and `may.has(v)` that it does not answer false.
 *
 * @throws {StateLimitError} where the automaton would grow past its limit
 */
export function compileCondition(condition: Condition, scope: ConditionScope): LanguageBounds {
  const { operator, values } = condition
  const { base, set, ifExists } = operator
  if (base === undefined || condition.unreadable || (base === 'Null' && ifExists))
    return boundsOf(doubt(scope.effect))
  if (values.length === 0) {
    return boundsOf(set !== undefined || ifExists ? 'false' : doubt(scope.effect))
  }
  if (base === 'Null') return compileNull(condition, scope)
  const meaning = OPERATORS[base]
  const hits = hitBounds(condition, meaning, scope)
  const bounds =
    meaning.comparable === undefined ? hits : bothBounds(hits, comparableBounds(meaning, meaning.comparable))
  if (set !== 'ForAllValues' || scope.effect === 'Deny') return bounds
  return eitherBounds(bounds, exactly(EMPTY_WORD))
}

const EMPTY_WORD = Language.literal('')

/** Where the comparable texts are known by a superset only, a text inside it may or may not compare. */
function comparableBounds(
  meaning: OperatorMeaning,
  { language }: NonNullable<OperatorMeaning['comparable']>,
): LanguageBounds {
  return meaning.textsOfType === undefined ? exactly(language) : { must: Language.empty, may: language }
}

function hitBounds(condition: Condition, meaning: OperatorMeaning, scope: ConditionScope): LanguageBounds {
  const { negated } = meaning
  if (
    !negated &&
    meaning.family === 'string' &&
    scopeHasNoVariables(condition, scope) &&
    !meaning.wildcards
  ) {
    if (condition.operator.base === 'StringEquals') return exactly(Language.words(condition.values))
  }
  let bounds = negated ? EVERYTHING : NOTHING
  for (const value of condition.values) {
    const one = compileOne(value, meaning, scope)
    bounds = negated ? bothBounds(bounds, one) : eitherBounds(bounds, one)
  }
  return bounds
}

function scopeHasNoVariables(condition: Condition, scope: ConditionScope): boolean {
  return scope.version !== '2012-10-17' || condition.values.every((value) => !value.includes('${'))
}

/** The same cases as `compareOne` of the evaluator, as sets. */
function compileOne(value: string, meaning: OperatorMeaning, scope: ConditionScope): LanguageBounds {
  const isVersion2012 = scope.version === '2012-10-17'
  if (meaning.variables === 'doubtful' && isVersion2012 && value.includes('${')) return ANYTHING
  const variables = meaning.variables === 'yes' && isVersion2012
  const expansion = expandValue(value, variables, meaning.wildcards, scope.lookUp)
  if (expansion.kind === 'null') return boundsOf(meaning.negated ? 'true' : 'false')
  if (expansion.kind === 'unknown') return ANYTHING
  if (expansion.kind === 'unreadable') return boundsOf(doubt(scope.effect))
  if (!meaning.wellFormed(expansion.pattern)) return boundsOf(malformed(meaning, scope.effect))
  const language = meaning.language(expansion.pattern)
  const hits: LanguageBounds =
    language === undefined
      ? { must: Language.empty, may: meaning.textsOfType ?? Language.all }
      : exactly(language)
  return meaning.negated ? notBounds(hits) : hits
}

/** The key is present; only the empty text is in doubt. */
function compileNull(condition: Condition, scope: ConditionScope): LanguageBounds {
  const wanted = new Set(condition.values.map((value) => value.toLowerCase()))
  let plain = NOTHING
  for (const one of wanted) plain = eitherBounds(plain, nullBounds(one, scope))
  if (wanted.has('true') && wanted.has('false')) plain = EVERYTHING
  const { set } = condition.operator
  if (set === undefined) return plain
  const analyzer = set === 'ForAllValues' ? EVERYTHING : NOTHING
  return scope.effect === 'Allow' ? eitherBounds(analyzer, plain) : bothBounds(analyzer, plain)
}

function nullBounds(wanted: string, scope: ConditionScope): LanguageBounds {
  if (wanted === 'false') return { must: EMPTY_WORD.complement(), may: Language.all }
  return wanted === 'true' ? { must: Language.empty, may: EMPTY_WORD } : boundsOf(doubt(scope.effect))
}
