import { Language, StateLimitError } from '../automata/language.js'
import { compileCondition } from '../condition/compile.js'
import { evaluateCondition } from '../condition/evaluate.js'
import { parseIp, parseIpBlock, formatIp } from '../policy/ip.js'
import { ARNS, isArn } from '../condition/arn.js'
import { OPERATORS } from '../condition/operators.js'
import { variablesIn } from '../condition/variables.js'
import type { LookUp } from '../condition/variables.js'
import { AS_IS } from '../mechanisms/request-model.js'
import type { Variable, Variation } from '../mechanisms/request-model.js'
import type { BaseOperator, Condition, Effect, PolicyVersion } from '../policy/ast.js'
import { parseDate, parseNumber } from '../policy/literals.js'
import { ABSENT, UNKNOWN } from '../policy/request.js'
import type { ContextValue } from '../policy/request.js'

/** One condition of the policy on a key that varies. */
export interface KeyTest {
  readonly condition: Condition
  readonly effect: Effect
  readonly version: PolicyVersion
}

/** What a request holds under the keys of one variation. */
export type Cell = ReadonlyMap<string, ContextValue>

export interface Cells {
  readonly cells: readonly Cell[]
  /** Set where the tests could not be told apart exactly: the keys are then unknown in one cell. */
  readonly folded?: Folded
}

export interface Folded {
  readonly reason: string
  /** Whether the tests are too many or too large, rather than of a kind that no cells tell apart. */
  readonly isLimit: boolean
}

const COMPARED: Folded = { reason: 'a policy variable compares it with another key', isLimit: false }
const OF_SEVERAL_TYPES: Folded = { reason: 'operators of several types test it', isLimit: false }
const TESTED_AS_TEXT: Folded = { reason: 'an address is tested as text', isLimit: false }
const TOO_MANY: Folded = { reason: 'it is tested in too many ways', isLimit: true }
const TOO_LARGE: Folded = { reason: 'its patterns are too large', isLimit: true }

/** More cells of one variable than this are folded. */
const MAX_CELLS = 64

/**
 * One representative for each non-empty Boolean cell of the policy's own tests on the keys of a variation: two requests
 * in one cell pass and fail the same tests.
 *
 * @param tests the conditions on each key, by lower-case key
 * @param readElsewhere whether a policy variable of some condition on another key names the key
 * @param base what does not vary, for the policy variables in the tests
 */
export function cellsOf(
  variation: Variation,
  tests: ReadonlyMap<string, readonly KeyTest[]>,
  readElsewhere: (key: string) => boolean,
  base: LookUp,
): Cells {
  const cells: Cell[] = []
  const keys = variation.alternatives.flatMap((variables) =>
    variables.flatMap((variable) => [...variable.views.keys()]),
  )
  for (const variables of variation.alternatives) {
    let alternative: Cell[] = [new Map(keys.map((key) => [key, ABSENT]))]
    for (const variable of variables) {
      const values = valuesOf(variable, tests, readElsewhere, base)
      if ('reason' in values) return fold(keys, values)
      alternative = alternative.flatMap((cell) =>
        values.map((value) => {
          const next = new Map(cell)
          for (const [key, view] of variable.views) {
            next.set(key, { state: 'present', values: [view.read(value)], multivalued: false })
          }
          return next
        }),
      )
    }
    cells.push(...alternative)
  }
  return cells.length > MAX_CELLS ? fold(keys, TOO_MANY) : { cells }
}

export function fold(keys: readonly string[], folded: Folded = TOO_MANY): Cells {
  return { cells: [new Map(keys.map((key) => [key, UNKNOWN]))], folded }
}

/** Representatives of the cells of one variable, or why there are none. */
function valuesOf(
  variable: Variable,
  tests: ReadonlyMap<string, readonly KeyTest[]>,
  readElsewhere: (key: string) => boolean,
  base: LookUp,
): readonly string[] | Folded {
  if (variable.values !== undefined) return variable.values
  const families = new Set<string>()
  const own: { readonly key: string; readonly test: KeyTest }[] = []
  for (const key of variable.views.keys()) {
    if (readElsewhere(key)) return COMPARED
    for (const test of tests.get(key) ?? []) {
      const { base: operator } = test.condition.operator
      if (operator === undefined || operator === 'Null' || test.condition.unreadable) continue
      const { family } = OPERATORS[operator]
      if (
        variablesOf(test).some((name) => base(name) === UNKNOWN) &&
        !comparesWithItself(key, test, variable)
      ) {
        return COMPARED
      }
      families.add(family === 'bool' || family === 'arn' || family === 'binary' ? 'string' : family)
      own.push({ key, test })
    }
  }
  if (families.size > 1) return OF_SEVERAL_TYPES
  const [family] = families
  if (variable.type === 'instant') return instants(variable, own)
  if (variable.type === 'ip') return family === undefined || family === 'ip' ? addresses(own) : TESTED_AS_TEXT
  if (family === undefined || family === 'string') return texts(variable, own, base)
  if (family === 'numeric') return [...boundaries(own, parseNumber).map(String), 'text']
  if (family === 'date')
    return [...boundaries(own, parseDate).map((ms) => new Date(ms).toISOString()), 'text']
  return [...addresses(own), 'text']
}

/** The keys of the policy variables that an operator reads in its values. */
function variablesOf({ condition, version }: KeyTest): readonly string[] {
  const { base } = condition.operator
  const reads =
    version === '2012-10-17' && base !== undefined && base !== 'Null' && OPERATORS[base].variables === 'yes'
  return reads ? condition.values.flatMap(variablesIn) : []
}

/**
 * Whether each value with a policy variable is one variable alone that shows what the key itself shows: it is equal, so
 * the condition comes out the same for all values that can be compared.
 */
function comparesWithItself(key: string, { condition }: KeyTest, { views }: Variable): boolean {
  return condition.values.every((value) => {
    const [name, ...others] = variablesIn(value)
    if (name === undefined) return true
    return others.length === 0 && views.get(name) === views.get(key) && /^\$\{[^}]*\}$/.test(value)
  })
}

type OwnTest = { readonly key: string; readonly test: KeyTest }

const NON_EMPTY = Language.literal('').complement()

function texts(variable: Variable, own: readonly OwnTest[], base: LookUp): readonly string[] | Folded {
  const literal = literalsOnly(variable, own)
  if (literal !== undefined) return literal
  try {
    return representatives(variable, own, base)
  } catch (error) {
    if (!(error instanceof StateLimitError)) throw error
    return TOO_LARGE
  }
}

function representatives(
  variable: Variable,
  own: readonly OwnTest[],
  base: LookUp,
): readonly string[] | Folded {
  let cells: Language[] = [variable.language ?? NON_EMPTY]
  for (const { key, test } of own) {
    const view = variable.views.get(key)
    if (view === undefined) continue
    for (const language of testedLanguages(test, base)) {
      const tested = view.preimage(language)
      cells = cells
        .flatMap((cell) => [cell.intersection(tested), cell.difference(tested)])
        .filter((cell) => !cell.isEmpty)
      if (cells.length > MAX_CELLS) return TOO_MANY
    }
  }
  return cells.flatMap((cell) => cell.witness() ?? [])
}

/** The values that a condition tells from the others. */
function testedLanguages(test: KeyTest, base: LookUp): Iterable<Language> {
  const { condition, effect, version } = test
  if (variablesOf(test).some((name) => base(name) === UNKNOWN)) {
    // It compares the value with itself: only what cannot be compared comes out otherwise.
    const { base: operator } = condition.operator
    const isArnOperator =
      operator !== undefined && operator !== 'Null' && OPERATORS[operator].family === 'arn'
    return isArnOperator ? [ARNS] : []
  }
  const { must, may } = compileCondition(condition, { effect, version, lookUp: base })
  return new Set([must, may])
}

/** The common case, without automata: comparisons of the whole text with texts. */
function literalsOnly(variable: Variable, own: readonly OwnTest[]): readonly string[] | undefined {
  const { language } = variable
  const literals = new Set<string>()
  for (const { key, test } of own) {
    if (variable.views.get(key) !== AS_IS) return undefined
    const { base: operator } = test.condition.operator
    for (const value of test.condition.values) {
      if (!comparesText(operator, value, language !== undefined)) return undefined
      if (language === undefined ? value !== '' : language.has(value)) literals.add(value)
    }
  }
  if (language === undefined) {
    let fresh = 'another'
    while (literals.has(fresh)) fresh += '-one'
    return [...literals, fresh]
  }
  const fresh = freshTexts(language).find((text) => !literals.has(text))
  return fresh === undefined ? undefined : [...literals, fresh]
}

/**
 * Whether an operator asks of this value no more than whether the texts are equal. ARN operators also ask whether the
 * text is an ARN, which goes without saying where all texts there are have one form.
 */
function comparesText(operator: BaseOperator | undefined, value: string, hasOneForm: boolean): boolean {
  if (value.includes('${')) return false
  if (operator === 'StringEquals' || operator === 'StringNotEquals') return true
  if (value.includes('*') || value.includes('?')) return false
  if (operator === 'StringLike' || operator === 'StringNotLike') return true
  return (
    hasOneForm &&
    operator !== undefined &&
    OPERATORS[operator as Exclude<BaseOperator, 'Null'>].family === 'arn' &&
    isArn(value)
  )
}

const freshByLanguage = new WeakMap<Language, readonly string[]>()

/** A few texts of a language, to have one that a policy does not name. */
function freshTexts(language: Language): readonly string[] {
  const known = freshByLanguage.get(language)
  if (known !== undefined) return known
  const found: string[] = []
  for (let rest = language; found.length < 8;) {
    const text = rest.witness()
    if (text === undefined) break
    found.push(text)
    rest = rest.difference(Language.literal(text))
  }
  freshByLanguage.set(language, found)
  return found
}

/** Every value, one between neighbours, and one beyond each end. */
function boundaries(own: readonly OwnTest[], parse: (text: string) => number | undefined): readonly number[] {
  const sorted = [
    ...new Set(own.flatMap(({ test }) => test.condition.values.flatMap((value) => parse(value) ?? []))),
  ].sort((a, b) => a - b)
  const [first = 0] = sorted
  const last = sorted.at(-1) ?? 0
  return [
    first - 1000,
    ...sorted.flatMap((value, index) => [value, (value + (sorted[index + 1] ?? value + 2000)) / 2]),
    last + 1000,
  ]
}

function instants(variable: Variable, own: readonly OwnTest[]): readonly string[] {
  const notBefore = variable.notBefore ?? 0
  const all = own.flatMap(({ test }) =>
    test.condition.values
      .map((value) => parseDate(value) ?? parseNumber(value))
      .filter((value) => value !== undefined),
  )
  const epochs = own.flatMap(({ key, test }) =>
    key === 'aws:epochtime' ? test.condition.values.flatMap((value) => (parseNumber(value) ?? 0) * 1000) : [],
  )
  const sorted = [...new Set([notBefore, ...all, ...epochs])].sort((a, b) => a - b)
  const candidates = sorted.flatMap((value, index) => [
    value,
    Math.floor((value + (sorted[index + 1] ?? value + 2000)) / 2),
  ])
  return [
    ...new Set(
      candidates.filter((ms) => ms >= notBefore && Number.isSafeInteger(ms) && Math.abs(ms) < 8.64e15),
    ),
  ].map(String)
}

/** The first address of every elementary interval between the ends of the tested blocks. */
function addresses(own: readonly OwnTest[]): readonly string[] {
  const starts = new Map<string, { readonly version: 4 | 6; readonly value: bigint }>()
  const add = (version: 4 | 6, value: bigint): void => {
    if (value < 0n || value >= 1n << (version === 4 ? 32n : 128n)) return
    const text = formatIp({ version, value })
    // The mapped range reads back as IPv4, so it is covered there.
    if (parseIp(text)?.version === version) starts.set(text, { version, value })
  }
  add(4, 0xcb007147n)
  add(6, 0x2001_0db8n << 96n)
  for (const { test } of own) {
    for (const value of test.condition.values) {
      const block = parseIpBlock(value)
      if (block === undefined) continue
      for (const edge of [block.first, block.last + 1n, block.first - 1n]) add(block.version, edge)
    }
  }
  return [...starts.keys()]
}

/** Whether two cells pass and fail the same tests. */
export function signature(cell: Cell, tests: ReadonlyMap<string, readonly KeyTest[]>, base: LookUp): string {
  const lookUp: LookUp = (key) => cell.get(key) ?? base(key)
  let text = ''
  for (const key of cell.keys()) {
    for (const { condition, effect, version } of tests.get(key) ?? []) {
      text += evaluateCondition(condition, lookUp(key), { effect, version, lookUp })[0]
    }
  }
  return text
}
