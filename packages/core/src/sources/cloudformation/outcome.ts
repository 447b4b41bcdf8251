/**
 * How the conditions of a template may turn out. What depends on parameters that nobody has given is not known, so both
 * ways are taken, and what is read is read once for each way that makes a difference.
 */

/** More ways than this are not taken one by one. */
const MOST_OUTCOMES = 32

export class Outcome {
  readonly #path: readonly boolean[]
  readonly #taken: boolean[] = []
  readonly #atoms = new Map<string, boolean>()
  readonly #equal = new Map<string, string>()
  readonly #unequal = new Map<string, Set<string>>()
  /** The conditions that tell this outcome from others, by name; what follows from them is not among them. */
  readonly conditions = new Map<string, boolean>()

  constructor(path: readonly boolean[] = []) {
    this.#path = path
  }

  /** The answers to conditions that were asked before. */
  readonly answers = new Map<string, { readonly holds: boolean; readonly isSettled: boolean }>()

  get taken(): readonly boolean[] {
    return this.#taken
  }

  /** Whether `subject` is the text `value`. What one answer says about another is kept. */
  isEqual(subject: string, value: string, allowed?: readonly string[]): boolean {
    const known = this.#equal.get(subject)
    if (known !== undefined) return known === value
    const ruledOut = this.#unequal.get(subject) ?? new Set<string>()
    if (ruledOut.has(value) || (allowed !== undefined && !allowed.includes(value))) return false
    const left = allowed?.filter((one) => !ruledOut.has(one))
    const answer = left?.length === 1 || this.decide(`${subject} = ${value}`)
    if (answer) this.#equal.set(subject, value)
    else this.#unequal.set(subject, ruledOut.add(value))
    return answer
  }

  /** Takes one of two ways, the same whenever it is asked. */
  decide(question: string): boolean {
    const known = this.#atoms.get(question)
    if (known !== undefined) return known
    const answer = this.#path[this.#taken.length] ?? true
    this.#taken.push(answer)
    this.#atoms.set(question, answer)
    return answer
  }

  /** The text that `subject` is in this outcome, where a condition says so. */
  valueOf(subject: string): string | undefined {
    return this.#equal.get(subject)
  }

  /** Whether a condition says that `subject` is not this text. */
  rulesOut(subject: string, value: string): boolean {
    return this.#unequal.get(subject)?.has(value) === true
  }

  /** The conditions in words: `IsProd, not HasCluster`; empty where none was asked. */
  get label(): string {
    return [...this.conditions].map(([name, value]) => (value ? name : `not ${name}`)).join(', ')
  }
}

/** What `read` gives in every outcome that it can tell apart. */
export function outcomesOf<T>(read: (outcome: Outcome) => T): {
  readonly results: readonly { readonly value: T; readonly label: string }[]
  /** False where there were more outcomes than are taken one by one. */
  readonly isComplete: boolean
} {
  const results: { value: T; label: string }[] = []
  const paths: (readonly boolean[])[] = [[]]
  for (let path = paths.pop(); path !== undefined; path = paths.pop()) {
    if (results.length >= MOST_OUTCOMES) return { results, isComplete: false }
    const outcome = new Outcome(path)
    results.push({ value: read(outcome), label: '' })
    const last = results.at(-1)
    if (last !== undefined) last.label = outcome.label
    for (let at = outcome.taken.length - 1; at >= path.length; at--)
      paths.push([...outcome.taken.slice(0, at), false])
  }
  return { results, isComplete: true }
}
