import type { ExplainMend, ExplainedIdentity, Explanation } from './explain-answer.js'

/** An answer without what takes time, or words. */
export type PlainExplanation = Omit<Explanation, 'mend' | 'identity'>

/** What is made for those who read it. */
export interface Makers {
  readonly mend: (() => ExplainMend | undefined) | undefined
  readonly identity: (() => ExplainedIdentity) | undefined
}

/**
 * An answer whose mend and identity are made when they are first read. They are accessors of the class: of an object of
 * its own each would cost more than the evaluation does.
 */
export class LazyExplanation implements Explanation {
  readonly role: Explanation['role']
  readonly caller: Explanation['caller']
  readonly mechanism: Explanation['mechanism']
  readonly outcome: Explanation['outcome']
  readonly expected: Explanation['expected']
  readonly steps: Explanation['steps']
  readonly missing: Explanation['missing']
  readonly error: Explanation['error']
  readonly causes: Explanation['causes']
  readonly nearestMiss: Explanation['nearestMiss']
  readonly assumptions: Explanation['assumptions']
  readonly #makers: Makers
  #mend: { readonly made: ExplainMend | undefined } | undefined
  #identity: { readonly made: ExplainedIdentity | undefined } | undefined

  constructor(plain: PlainExplanation, makers: Makers) {
    this.role = plain.role
    this.caller = plain.caller
    this.mechanism = plain.mechanism
    this.outcome = plain.outcome
    this.expected = plain.expected
    this.steps = plain.steps
    this.missing = plain.missing
    this.error = plain.error
    this.causes = plain.causes
    this.nearestMiss = plain.nearestMiss
    this.assumptions = plain.assumptions
    this.#makers = makers
  }

  get mend(): ExplainMend | undefined {
    return (this.#mend ??= { made: this.#makers.mend?.() }).made
  }

  get identity(): ExplainedIdentity | undefined {
    return (this.#identity ??= { made: this.#makers.identity?.() }).made
  }

  /** All of it, for those who copy or print it. */
  toJSON(): Explanation {
    return { ...this, mend: this.mend, identity: this.identity }
  }
}
