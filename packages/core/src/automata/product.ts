import { refine } from './alphabet.js'
import type { Alphabet, Refinement } from './alphabet.js'
import { DEAD, FULL } from './automaton.js'
import type { Automaton } from './automaton.js'
import { STATE_LIMIT, stateLimit, StateLimitError } from './limits.js'

/**
 * Accepts what both automata accept. Its states are pairs, made as they are asked for; a pair that can accept
 * nothing is `DEAD` at once, so the other automaton is not followed any further.
 */
export class Intersection implements Automaton {
  readonly alphabet: Alphabet
  readonly start: number
  readonly #left: Automaton
  readonly #right: Automaton
  readonly #classes: Refinement
  readonly #limit: number
  readonly #ids = new Map<number, number>()
  readonly #lefts = [-1, -1]
  readonly #rights = [-1, -1]

  constructor(left: Automaton, right: Automaton) {
    this.#left = left
    this.#right = right
    this.#classes = refine(left.alphabet, right.alphabet)
    this.alphabet = this.#classes.alphabet
    this.#limit = stateLimit(this.alphabet.size)
    this.start = this.#pair(left.start, right.start)
  }

  next(state: number, unitClass: number): number {
    if (state === DEAD || state === FULL) return state
    return this.#pair(
      this.#left.next(this.#lefts[state]!, this.#classes.left[unitClass]!),
      this.#right.next(this.#rights[state]!, this.#classes.right[unitClass]!),
    )
  }

  accepts(state: number): boolean {
    if (state === DEAD || state === FULL) return state === FULL
    return this.#left.accepts(this.#lefts[state]!) && this.#right.accepts(this.#rights[state]!)
  }

  constant(state: number): boolean | undefined {
    return state === DEAD ? false : state === FULL ? true : undefined
  }

  #pair(left: number, right: number): number {
    const leftConstant = this.#left.constant(left)
    const rightConstant = this.#right.constant(right)
    if (leftConstant === false || rightConstant === false) return DEAD
    if (leftConstant && rightConstant) return FULL
    // No automaton has more than STATE_LIMIT states and these two.
    const key = left * (STATE_LIMIT + 2) + right
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    const id = this.#lefts.push(left) - 1
    if (id - FULL > this.#limit) throw new StateLimitError(this.#limit)
    this.#rights.push(right)
    this.#ids.set(key, id)
    return id
  }
}
