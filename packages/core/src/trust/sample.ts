import type { KeyModel, RequestModel } from '../mechanisms/request-model.js'
import type { Condition, TrustPolicy } from '../policy/ast.js'
import type { Cell } from './cells.js'
import { evaluateTrust } from './evaluate.js'
import { requestIn } from './requests.js'

/** As many as no policy of the largest size could name one by one. */
const MOST_WORDS = 310
/** Steps of matching, all together. */
const MOST_WORK = 100_000_000
const MOST_SHAPES = 24

/** Words that get in with what the context holds in one cell. */
export interface Sample {
  readonly cell: Cell
  readonly words: readonly string[]
}

/**
 * Some of the words that a policy lets in for certain, found by trying: for a policy that is too large for an exact
 * answer. Each pattern is filled in plainly, and the evaluator says which words get in.
 */
export function sampleWords(
  policy: TrustPolicy,
  model: RequestModel,
  keys: ReadonlyMap<string, KeyModel>,
  cells: readonly Cell[],
): readonly Sample[] {
  const conditions = policy.statements.flatMap((statement) => statement.conditions)
  const size = conditions.reduce(
    (total, { values }) => total + values.reduce((sum, value) => sum + value.length, 0),
    100,
  )
  let tries = Math.min(4 * MOST_WORDS, Math.floor(MOST_WORK / (20 * size)))
  const shapes = [...new Set([plain, ...conditions.flatMap((condition) => shapesOf(condition, keys))])]
  const samples: Sample[] = []
  for (const cell of cells.slice(0, 4)) {
    const words: string[] = []
    const getsIn = (word: string): boolean => {
      tries--
      if (tries < 0 || !model.domain.has(word)) return false
      return evaluateTrust(policy, requestIn(model, keys, cell, word)).outcome === 'allowed'
    }
    for (const shape of shapes.slice(0, MOST_SHAPES)) {
      // A shape that fails at its first word is not tried again.
      for (let index = 0; words.length < MOST_WORDS; index++) {
        const word = shape(index)
        if (!getsIn(word)) break
        words.push(word)
      }
    }
    if (words.length > 0) samples.push({ cell, words: [...new Set(words)] })
  }
  return samples
}

/** Word number so and so of a shape, each in a namespace of its own where that can be. */
type Shape = (index: number) => string

const plain: Shape = (index) => `podtrust-${index}:app`

function shapesOf({ key, values }: Condition, keys: ReadonlyMap<string, KeyModel>): readonly Shape[] {
  const model = keys.get(key)
  if (model?.kind !== 'symbolic') return []
  const { view } = model
  const prefix = view.half === undefined ? view.read('') : ''
  return values.slice(0, 4).flatMap((value) => {
    const pattern = value.startsWith(prefix)
      ? value.slice(prefix.length)
      : value.slice(Math.max(0, value.indexOf('*')))
    const whole =
      view.half === undefined ? pattern : view.half === 'namespace' ? `${pattern}:app` : `*:${pattern}`
    return [filledIn(whole, 0), filledIn(whole, 1)]
  })
}

/** The pattern with its star number `at` counted through, the others empty, and `b` for every question mark. */
function filledIn(pattern: string, at: number): Shape {
  return (index) => {
    let star = -1
    const text = pattern.replace(/[*?]/g, (mark) => {
      if (mark === '?') return 'b'
      star++
      return star === at ? `x${index}` : ''
    })
    return text.includes(':') ? text : `${text}:app`
  }
}
