import type { LanguageBounds } from '../condition/compile.js'
import { variablesIn } from '../condition/variables.js'
import type { LookUp } from '../condition/variables.js'
import type { KeyModel, RequestModel, Variation } from '../mechanisms/request-model.js'
import type { Condition, Statement, TrustPolicy } from '../policy/ast.js'
import { ABSENT, UNKNOWN } from '../policy/request.js'
import type { ContextValue } from '../policy/request.js'
import type { Undecided } from './admission.js'
import { cellsOf, fold, signature } from './cells.js'
import type { Cell, KeyTest } from './cells.js'

/** Past this many combinations of cells the largest variations are folded into three values. */
const MAX_COMBINATIONS = 1000

/** One policy against one model, with what is found on the way. */
export interface Scene {
  readonly policy: TrustPolicy
  readonly model: RequestModel
  readonly keys: Map<string, KeyModel>
  readonly undecided: Map<string, Undecided>
  readonly compiled: Map<Condition, LanguageBounds>
}

/** The conditions on each key that varies; on the way every key that matters gets its model. */
export function testsOf(statements: readonly Statement[], scene: Scene): Map<string, KeyTest[]> {
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

function conditionsOf(statement: Statement): readonly Condition[] {
  return statement.readings === undefined ? statement.conditions : [...new Set(statement.readings.flat())]
}

function learn(key: string, scene: Scene): void {
  if (!scene.keys.has(key)) scene.keys.set(key, scene.model.keyModel(key))
}

export function valueOf(model: KeyModel | undefined): ContextValue {
  return model === undefined || model.kind === 'absent'
    ? ABSENT
    : model.kind === 'fixed'
      ? model.value
      : UNKNOWN
}

/** All combinations: the unknown ones outside, for each of them the chosen ones. */
export function combine(
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
    if (folded !== undefined) {
      note(scene, {
        // What is unknown anyway stays so; what is chosen could have been answered.
        cause:
          variation.kind === 'unknown' ? (variation.cause ?? 'doubt') : folded.isLimit ? 'limit' : 'doubt',
        reason: `${variation.about}: ${folded.reason}`,
        isInexact: true,
      })
    } else if (variation.kind === 'unknown' && cells.length > 1) {
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
    largest.cells = [...fold(keys).cells]
    // What is unknown anyway stays so; what is chosen could have been answered.
    note(scene, {
      cause: largest.variation.kind === 'unknown' ? (largest.variation.cause ?? 'doubt') : 'limit',
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

export function note(scene: Scene, undecided: Undecided): void {
  const key = `${undecided.reason}|${undecided.pointer ?? ''}`
  if (!scene.undecided.has(key)) scene.undecided.set(key, undecided)
}
