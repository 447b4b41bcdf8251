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
import { variablesIn } from '../condition/variables.js'
import type { LookUp } from '../condition/variables.js'
import { NAMESPACES, SERVICE_ACCOUNT_NAMES } from '../mechanisms/kubernetes-names.js'
import type { KeyModel, RequestModel, Variation, WordView } from '../mechanisms/request-model.js'
import type { Condition, Effect, Statement, TrustPolicy } from '../policy/ast.js'
import { ABSENT, UNKNOWN } from '../policy/request.js'
import type { AssumeRoleRequest, Caller, ContextValue, StsAction, Truth } from '../policy/request.js'
import { quoted } from '../text/quote.js'
import { cellsOf, fold, signature } from './cells.js'
import type { Cell, KeyTest } from './cells.js'
import { actionMatches, principalBounds } from './match.js'

/** Past this many combinations of cells the largest variations are folded into three values. */
const MAX_COMBINATIONS = 1000

/** One reason why the answer is a pair of bounds. */
export interface Undecided {
  /**
   * `doubt`: AWS's behaviour is not documented; `missing-input`: a fact is not in the input; `limit`: the policy is too
   * large for an exact answer.
   */
  readonly cause: 'doubt' | 'missing-input' | 'limit'
  readonly reason: string
  /** JSON pointer below the policy, where one place is to blame. */
  readonly pointer?: string
  /** Set where the bounds may be wider apart than they need be, because the question was too hard to answer exactly. */
  readonly isInexact?: true
}

/** What one Allow statement admits by itself, before any Deny. */
export interface StatementAdmission {
  readonly statement: Statement
  readonly actions: readonly StsAction[]
  readonly certain: Language
  readonly possible: Language
}

/** Which words of a request model a policy admits. */
export interface Admission {
  readonly model: RequestModel
  readonly certain: Language
  readonly possible: Language
  /** Why `certain` and `possible` differ; empty where they do not. */
  readonly undecided: readonly Undecided[]
  /** Allow statements whose principal may mean the caller, with the actions of the model that they name. */
  readonly statements: readonly StatementAdmission[]
  /** What the policy tests and the caller, the place or the time chooses: it restricts the call, not who may call. */
  readonly residual: readonly string[]
  /** Keys of the policy's conditions that meet the caller, with what the model says of them. */
  readonly keys: ReadonlyMap<string, KeyModel>
  /** Each combination of cells with the words that it admits. */
  readonly combinations: readonly Combination[]
}

export interface Combination {
  /** What the context holds under each key that varies. */
  readonly cell: Cell
  readonly certain: Language
  readonly possible: Language
}

interface Scene {
  readonly policy: TrustPolicy
  readonly model: RequestModel
  readonly keys: Map<string, KeyModel>
  readonly undecided: Map<string, Undecided>
  readonly compiled: Map<Condition, LanguageBounds>
}

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
  const exact = !limited && (isExact || (certain !== undefined && possible.isSubsetOf(certain)))
  return {
    model,
    certain: exact ? possible : (certain ?? Language.empty),
    possible,
    undecided: exact ? [] : [...scene.undecided.values()],
    statements: allows.map((statement, index) => ({
      statement,
      actions: model.actions.filter((action) => actionMatches(statement.action, action, 'Allow') !== 'false'),
      certain: own[index]?.must.intersection(model.domain) ?? Language.empty,
      possible: own[index]?.may.intersection(model.domain) ?? Language.empty,
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

function conditionsOf(statement: Statement): readonly Condition[] {
  return statement.readings === undefined ? statement.conditions : [...new Set(statement.readings.flat())]
}

/** The conditions on each key that varies; on the way every key that matters gets its model. */
function testsOf(statements: readonly Statement[], scene: Scene): Map<string, KeyTest[]> {
  const tests = new Map<string, KeyTest[]>()
  for (const statement of statements) {
    for (const condition of conditionsOf(statement)) {
      const { key } = condition
      learn(key, scene)
      const test: KeyTest = { condition, effect: statement.effect ?? 'Allow', version: scene.policy.version }
      const known = tests.get(key)
      if (known === undefined) tests.set(key, [test])
      else known.push(test)
      for (const value of condition.values)
        if (value.includes('${')) for (const name of variablesIn(value)) learn(name, scene)
    }
  }
  return tests
}

function learn(key: string, scene: Scene): void {
  if (!scene.keys.has(key)) scene.keys.set(key, scene.model.keyModel(key))
}

function valueOf(model: KeyModel | undefined): ContextValue {
  return model === undefined || model.kind === 'absent'
    ? ABSENT
    : model.kind === 'fixed'
      ? model.value
      : UNKNOWN
}

/** All combinations: the unknown ones outside, for each of them the chosen ones. */
function combine(
  tests: ReadonlyMap<string, KeyTest[]>,
  scene: Scene,
): { combinations: Cell[][]; variations: Variation[] } {
  const variations = new Set<Variation>()
  for (const model of scene.keys.values()) if (model.kind === 'varies') variations.add(model.variation)
  if (variations.size === 0) return { combinations: [[new Map()]], variations: [] }

  const base: LookUp = (key) => valueOf(scene.keys.get(key))
  const readElsewhere = variableReaders(tests, scene)
  const cellsByVariation = [...variations].map((variation) => {
    const { cells, folded } = cellsOf(variation, tests, (key) => readElsewhere(key, variation), base)
    if (folded !== undefined)
      note(scene, {
        cause: variation.cause ?? 'doubt',
        reason: `${variation.about}: ${folded}`,
        isInexact: true,
      })
    else if (variation.kind === 'unknown' && cells.length > 1) {
      note(scene, { cause: variation.cause ?? 'doubt', reason: `${variation.about} is not known` })
    }
    const isPool = variation.alternatives.some((variables) =>
      variables.some(({ values }) => values !== undefined),
    )
    return { variation, cells: cells.length > 1 && !isPool ? distinct(cells, tests, base) : cells }
  })
  const product = (): number => cellsByVariation.reduce((total, { cells }) => total * cells.length, 1)
  while (product() > MAX_COMBINATIONS) {
    const largest = cellsByVariation.reduce((a, b) => (b.cells.length > a.cells.length ? b : a))
    const keys = [...(largest.cells[0]?.keys() ?? [])]
    largest.cells = [...fold(keys, '').cells]
    note(scene, {
      cause: 'limit',
      reason: `${largest.variation.about}: the policy tests too many things at once`,
      isInexact: true,
    })
  }
  const join = (kind: Variation['kind']): Cell[] =>
    cellsByVariation
      .filter(({ variation }) => variation.kind === kind)
      .reduce<Cell[]>(
        (all, { cells }) =>
          all.flatMap((one) => cells.map((cell) => (one.size === 0 ? cell : new Map([...one, ...cell])))),
        [new Map()],
      )
  const chosen = join('chosen')
  const combinations = join('unknown').map((unknown) =>
    unknown.size === 0 ? chosen : chosen.map((one) => new Map([...unknown, ...one])),
  )
  return { combinations, variations: [...variations] }
}

function distinct(
  cells: readonly Cell[],
  tests: ReadonlyMap<string, KeyTest[]>,
  base: LookUp,
): readonly Cell[] {
  const bySignature = new Map<string, Cell>()
  for (const cell of cells) {
    const key = signature(cell, tests, base)
    if (!bySignature.has(key)) bySignature.set(key, cell)
  }
  return [...bySignature.values()]
}

/** Whether a policy variable in a condition on a key outside of the variation names the key. */
function variableReaders(
  tests: ReadonlyMap<string, KeyTest[]>,
  scene: Scene,
): (key: string, variation: Variation) => boolean {
  const readers = new Map<string, Set<string>>()
  for (const [key, list] of tests) {
    for (const { condition } of list) {
      for (const value of condition.values) {
        if (!value.includes('${')) continue
        for (const name of variablesIn(value)) readers.set(name, (readers.get(name) ?? new Set()).add(key))
      }
    }
  }
  return (key, variation) =>
    [...(readers.get(key) ?? [])].some((reader) => {
      const model = scene.keys.get(reader)
      return model?.kind !== 'varies' || model.variation !== variation
    })
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
    const inDomain = bothBounds(allowed, exactly(model.domain))
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

function preimageOf({ must, may }: LanguageBounds, view: WordView, { domain }: RequestModel): LanguageBounds {
  const words = view.preimage(may).intersection(domain)
  return must === may ? exactly(words) : { must: view.preimage(must).intersection(domain), may: words }
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

function note(scene: Scene, undecided: Undecided): void {
  const key = `${undecided.reason}|${undecided.pointer ?? ''}`
  if (!scene.undecided.has(key)) scene.undecided.set(key, undecided)
}

/**
 * A full request of the model for a word: for `certain` one that the evaluator allows, for `possible` one that it does
 * not deny. `undefined` for a word outside of that set.
 *
 * @param extraKeys keys to show besides those that the policy tests
 */
export function requestFor(
  admission: Admission,
  word: string,
  bound: 'certain' | 'possible',
  extraKeys: readonly string[] = [],
): AssumeRoleRequest | undefined {
  const { model, combinations } = admission
  const combination =
    combinations.find(({ certain }) => certain.has(word)) ??
    (bound === 'possible' ? combinations.find(({ possible }) => possible.has(word)) : undefined)
  if (combination === undefined) return undefined
  const context = new Map<string, ContextValue>()
  const keys = new Map(admission.keys)
  for (const key of extraKeys) if (!keys.has(key)) keys.set(key, model.keyModel(key))
  for (const [key, keyModel] of keys) {
    const value = contextValue(key, keyModel, word, combination.cell)
    if (value !== ABSENT) context.set(key, value)
  }
  return {
    actions: model.actions,
    ...(model.doubtfulActions.length === 0 ? {} : { doubtfulActions: model.doubtfulActions }),
    caller: callerFor(model, word),
    context,
  }
}

function contextValue(key: string, model: KeyModel, word: string, cell: Cell): ContextValue {
  if (model.kind === 'symbolic')
    return { state: 'present', values: [model.view.read(word)], multivalued: false }
  if (model.kind !== 'varies') return valueOf(model)
  const found = cell.get(key)
  if (found !== undefined) return found
  const { cells } = cellsOf(
    model.variation,
    new Map(),
    () => false,
    () => ABSENT,
  )
  return cells[0]?.get(key) ?? ABSENT
}

function callerFor({ caller }: RequestModel, word: string): Caller {
  return caller.type === 'aws' ? { type: 'aws', account: caller.account, arn: word } : caller
}

/** Every request shape the policy can tell apart, for a word: all combinations, admitted or not. */
export function* requestsFor(admission: Admission, word: string): Generator<AssumeRoleRequest> {
  for (const combination of admission.combinations) {
    const context = new Map<string, ContextValue>()
    for (const [key, keyModel] of admission.keys) {
      const value = contextValue(key, keyModel, word, combination.cell)
      if (value !== ABSENT) context.set(key, value)
    }
    const { model } = admission
    yield {
      actions: model.actions,
      ...(model.doubtfulActions.length === 0 ? {} : { doubtfulActions: model.doubtfulActions }),
      caller: callerFor(model, word),
      context,
    }
  }
}
