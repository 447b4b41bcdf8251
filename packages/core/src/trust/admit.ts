import { Language, StateLimitError } from '../automata/language.js'
import {
  EVERYTHING,
  NOTHING,
  bothBounds,
  boundsOf,
  compileCondition,
  eitherBounds,
  exactly,
} from '../condition/compile.js'
import type { LanguageBounds } from '../condition/compile.js'
import { both, evaluateCondition } from '../condition/evaluate.js'
import { OPERATORS } from '../condition/operators.js'
import type { LookUp } from '../condition/variables.js'
import { NAMESPACES, SERVICE_ACCOUNT_NAMES } from '../mechanisms/kubernetes-names.js'
import type { RequestModel, WordView } from '../mechanisms/request-model.js'
import type { Condition, Effect, Statement, TrustPolicy } from '../policy/ast.js'
import { UNKNOWN } from '../policy/request.js'
import type { Truth } from '../policy/request.js'
import { quoted } from '../text/quote.js'
import type { Admission, Combination, Undecided } from './admission.js'
import type { Cell } from './cells.js'
import { combine, note, testsOf, valueOf } from './combinations.js'
import type { Scene } from './combinations.js'
import { actionMatches, principalBounds } from './match.js'
import { sampleWords } from './sample.js'

export type { Admission, Combination, StatementAdmission, Undecided } from './admission.js'

/**
 * The exact set of words for which the policy lets a request of the model through, up to bounds where something cannot
 * be told: a key that the caller or the place chooses counts with every value it can have, an unknown one must do with
 * every value for `certain` and may do with any for `possible`.
 */
export function admit(policy: TrustPolicy, model: RequestModel): Admission {
  const scene: Scene = { policy, model, keys: new Map(), undecided: new Map(), compiled: new Map() }
  const relevant = policy.statements.filter((statement) => meets(statement, model))
  const tests = testsOf(relevant, scene)
  const { combinations: cells, variations } = combine(tests, scene)
  const allows = relevant.filter((statement) => statement.effect !== 'Deny')
  const own = allows.map(() => NOTHING)
  const isNamed = model.doubtfulActions.every((action) =>
    allows.some((statement) => actionMatches(statement.action, action, 'Allow') !== 'false'),
  )
  if (!isNamed) {
    note(scene, {
      cause: 'doubt',
      reason: `whether EKS asks for \`${model.doubtfulActions.join('`, `')}\` when session tags are disabled`,
    })
  }

  const combinations: Combination[] = []
  let certain: Language | undefined
  let possible = Language.empty
  let limited = false
  // Without unknown keys, bounds that meet in every combination meet in all.
  let isExact = cells.length === 1
  try {
    for (const group of cells) {
      let certainOfGroup = Language.empty
      for (const cell of group) {
        const bounds = admitCell(relevant, cell, scene, (index, one) => {
          own[index] = eitherBounds(own[index] ?? NOTHING, one)
        })
        const certainHere = isNamed ? bounds.must : Language.empty
        combinations.push({ cell, certain: certainHere, possible: bounds.may })
        certainOfGroup = certainOfGroup === Language.empty ? certainHere : certainOfGroup.union(certainHere)
        possible = possible === Language.empty ? bounds.may : possible.union(bounds.may)
        if (certainHere !== bounds.may) isExact = false
      }
      certain = certain === undefined ? certainOfGroup : certain.intersection(certainOfGroup)
    }
  } catch (error) {
    if (!(error instanceof StateLimitError)) throw error
    limited = true
    note(scene, {
      cause: 'limit',
      reason: 'the patterns of the policy together are too large for an exact answer',
      isInexact: true,
    })
  }
  if (limited) {
    certain = Language.empty
    possible = model.domain
    combinations.length = 0
    const unknowns = new Map([...scene.keys].map(([key, keyModel]) => [key, valueOf(keyModel)]))
    combinations.push({ cell: unknowns, certain, possible })
  }
  const isLimited = [...scene.undecided.values()].some(({ cause }) => cause === 'limit')
  const [chosen = [], ...otherWorlds] = cells
  if (isLimited && isNamed && otherWorlds.length === 0) {
    // Too large for an exact answer is not too large to find some who get in.
    for (const { cell, words } of sampleWords(policy, model, scene.keys, chosen)) {
      const sample = Language.words(words)
      combinations.push({ cell, certain: sample, possible: sample })
      certain = sample.union(certain ?? Language.empty)
    }
  }
  const exact = !limited && (isExact || (certain !== undefined && possible.isSubsetOf(certain)))
  return {
    model,
    certain: exact ? possible : (certain ?? Language.empty),
    possible,
    undecided: exact ? [] : [...scene.undecided.values()],
    statements: allows.map((statement, index) => ({
      statement,
      actions: model.actions.filter((action) => actionMatches(statement.action, action, 'Allow') !== 'false'),
      certain: withinDomain(own[index]?.must ?? Language.empty, model),
      possible: withinDomain(own[index]?.may ?? Language.empty, model),
    })),
    residual: variations.filter(({ kind }) => kind === 'chosen').map(({ about }) => about),
    keys: scene.keys,
    combinations,
  }
}

function meets(statement: Statement, model: RequestModel): boolean {
  const effect = statement.effect ?? 'Allow'
  return (
    principalBounds(statement.principal, model.caller, effect) !== NOTHING &&
    [...model.actions, ...model.doubtfulActions].some(
      (action) => actionMatches(statement.action, action, effect) !== 'false',
    )
  )
}

/** The words that pass in one combination. */
function admitCell(
  statements: readonly Statement[],
  cell: Cell,
  scene: Scene,
  keepAllow: (index: number, bounds: LanguageBounds) => void,
): LanguageBounds {
  const { model } = scene
  const lookUp: LookUp = (key) => cell.get(key) ?? valueOf(scene.keys.get(key))
  let allowIndex = 0
  const judged = statements.map((statement) => {
    const bounds = statementBounds(statement, lookUp, scene)
    if (statement.effect !== 'Deny') keepAllow(allowIndex++, bounds)
    return { statement, bounds }
  })
  let all: LanguageBounds = EVERYTHING
  for (const action of model.actions) {
    let allowed = NOTHING
    let denied = NOTHING
    for (const { statement, bounds } of judged) {
      const effect = statement.effect ?? 'Allow'
      const matched = actionMatches(statement.action, action, effect)
      if (matched === 'false') continue
      const one = matched === 'true' ? bounds : bothBounds(bounds, boundsOf(matched))
      if (effect === 'Deny') denied = eitherBounds(denied, one)
      else allowed = eitherBounds(allowed, one)
    }
    const inDomain = boundsWithinDomain(allowed, model)
    const left =
      denied === NOTHING
        ? inDomain
        : { must: inDomain.must.difference(denied.may), may: inDomain.may.difference(denied.must) }
    all = bothBounds(all, left)
  }
  return all
}

function statementBounds(statement: Statement, lookUp: LookUp, scene: Scene): LanguageBounds {
  const effect: Effect = statement.effect ?? 'Allow'
  const principal = principalBounds(statement.principal, scene.model.caller, effect)
  if (principal.must !== principal.may)
    note(scene, { cause: 'doubt', reason: principalDoubt(statement), pointer: statement.principal.pointer })
  const held =
    statement.readings === undefined
      ? conditionsBounds(statement.conditions, effect, lookUp, scene)
      : statement.readings
          .map((reading) => conditionsBounds(reading, effect, lookUp, scene))
          .reduce((a, b) => ({ must: a.must.intersection(b.must), may: a.may.union(b.may) }))
  if (statement.readings !== undefined)
    note(scene, {
      cause: 'doubt',
      reason: 'a key stands twice in the condition block',
      pointer: statement.pointer,
    })
  const bounds = bothBounds(principal, held)
  if (statement.unreadable !== undefined && effect === 'Deny') return NOTHING
  if (statement.unreadable === undefined && statement.effect !== undefined) return bounds
  note(scene, {
    cause: 'doubt',
    reason: statement.unreadable ?? 'the effect could not be read',
    pointer: statement.pointer,
  })
  return bothBounds(bounds, boundsOf('unknown'))
}

function principalDoubt(statement: Statement): string {
  if (statement.effect === 'Deny') return 'whether a Deny for this principal reaches the caller'
  return statement.principal.kind === 'principals'
    ? 'whether this principal means the caller'
    : 'IAM refuses this principal; it may mean everyone'
}

function conditionsBounds(
  conditions: readonly Condition[],
  effect: Effect,
  lookUp: LookUp,
  scene: Scene,
): LanguageBounds {
  const scope = { effect, version: scene.policy.version, lookUp }
  let fixed: Truth = 'true'
  const symbolic: { readonly condition: Condition; readonly view: WordView }[] = []
  for (const condition of conditions) {
    const model = scene.keys.get(condition.key)
    if (model?.kind === 'symbolic') {
      symbolic.push({ condition, view: model.view })
      continue
    }
    const found = lookUp(condition.key)
    const truth = evaluateCondition(condition, found, scope)
    if (truth === 'unknown' && found !== UNKNOWN) {
      note(scene, {
        cause: 'doubt',
        reason: `what ${quoted(condition.operator.text)} on ${quoted(condition.keyText)} means here`,
        pointer: condition.pointer,
        ...inexact(condition),
      })
    }
    fixed = both(fixed, truth)
    if (fixed === 'false') return NOTHING
  }
  let bounds = boundsOf(fixed)
  const halves = { namespace: EVERYTHING, 'service-account': EVERYTHING }
  for (const { condition, view } of symbolic) {
    const values = valueBounds(condition, scope, scene)
    if (view.half === undefined) {
      bounds = bothBounds(
        bounds,
        withinLimit(scene, condition, scene.model.domain, () => preimageOf(values, view, scene.model)),
      )
    } else {
      const one = withinLimit(scene, condition, Language.all, () =>
        namesOf(values, view.half === 'namespace' ? NAMESPACES : SERVICE_ACCOUNT_NAMES),
      )
      halves[view.half] = bothBounds(halves[view.half], one)
    }
    if (bounds.may.isEmpty) return NOTHING
  }
  return bothBounds(bounds, joined(halves, scene.model))
}

/** Sets of namespaces and of names, put together to service accounts. */
function joined(
  halves: { namespace: LanguageBounds; 'service-account': LanguageBounds },
  model: RequestModel,
): LanguageBounds {
  const { namespace, 'service-account': name } = halves
  if (model.joinHalves === undefined || (namespace === EVERYTHING && name === EVERYTHING)) return EVERYTHING
  const may = model.joinHalves(namespace.may, name.may)
  if (may.isEmpty) return NOTHING
  const isExact = namespace.must === namespace.may && name.must === name.may
  return isExact ? exactly(may) : { must: model.joinHalves(namespace.must, name.must), may }
}

/** One pattern that is too large leaves its own condition open, not the whole policy. */
function withinLimit(
  scene: Scene,
  condition: Condition,
  everything: Language,
  make: () => LanguageBounds,
): LanguageBounds {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof StateLimitError)) throw error
    note(scene, {
      cause: 'limit',
      reason: `the pattern under ${quoted(condition.keyText)} is too large for an exact answer`,
      pointer: condition.pointer,
      isInexact: true,
    })
    return { must: Language.empty, may: everything }
  }
}

function namesOf({ must, may }: LanguageBounds, names: Language): LanguageBounds {
  const within = may.intersection(names)
  return must === may ? exactly(within) : { must: must.intersection(names), may: within }
}

function preimageOf({ must, may }: LanguageBounds, view: WordView, model: RequestModel): LanguageBounds {
  const preimage = { must: view.preimage(must), may: view.preimage(may) }
  return boundsWithinDomain(must === may ? exactly(preimage.may) : preimage, model)
}

function boundsWithinDomain({ must, may }: LanguageBounds, model: RequestModel): LanguageBounds {
  const words = withinDomain(may, model)
  return must === may ? exactly(words) : { must: withinDomain(must, model), may: words }
}

const cut = new WeakMap<Language, Language>()

/** The words of a language that exist. Cutting is dear, so what was cut is known by itself. */
function withinDomain(words: Language, { domain }: RequestModel): Language {
  if (cut.get(words) === domain) return words
  const within = words.intersection(domain)
  // The constants are of every domain.
  if (within !== Language.empty && within !== Language.all) cut.set(within, domain)
  return within
}

/** The values of the key for which a condition on (a part of) the word holds. */
function valueBounds(
  condition: Condition,
  scope: { effect: Effect; version: TrustPolicy['version']; lookUp: LookUp },
  scene: Scene,
): LanguageBounds {
  const known = scene.compiled.get(condition)
  if (known !== undefined) return known
  let bounds: LanguageBounds
  try {
    bounds = compileCondition(condition, scope)
    if (bounds.must !== bounds.may) {
      note(scene, {
        cause: 'doubt',
        reason: `what ${quoted(condition.operator.text)} on ${quoted(condition.keyText)} lets through`,
        pointer: condition.pointer,
        ...inexact(condition),
      })
    }
  } catch (error) {
    if (!(error instanceof StateLimitError)) throw error
    note(scene, {
      cause: 'limit',
      reason: `the pattern under ${quoted(condition.keyText)} is too large for an exact answer`,
      pointer: condition.pointer,
      isInexact: true,
    })
    bounds = { must: Language.empty, may: Language.all }
  }
  if (!condition.values.some((value) => value.includes('${'))) scene.compiled.set(condition, bounds)
  return bounds
}

/** Numbers, dates and addresses among subjects are bounded by their alphabet; a variable of an open key by anything. */
function inexact({ operator, values }: Condition): Pick<Undecided, 'isInexact'> {
  const isBounded =
    operator.base !== undefined &&
    operator.base !== 'Null' &&
    OPERATORS[operator.base].textsOfType !== undefined
  return isBounded || values.some((value) => value.includes('${')) ? { isInexact: true } : {}
}
