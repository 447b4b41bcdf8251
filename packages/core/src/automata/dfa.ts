import { classOf } from './alphabet.js'
import type { Alphabet } from './alphabet.js'
import type { Automaton } from './automaton.js'
import { stateLimit, StateLimitError } from './limits.js'

/** A complete deterministic automaton as a table. */
export class Dfa implements Automaton {
  readonly alphabet: Alphabet
  readonly start: number
  /** The state after class `c` from state `s` is at `s * alphabet.size + c`. */
  readonly table: Int32Array
  /** 1 where the state accepts. */
  readonly accepting: Uint8Array
  #constants: Int8Array | undefined

  constructor(alphabet: Alphabet, start: number, table: Int32Array, accepting: Uint8Array) {
    this.alphabet = alphabet
    this.start = start
    this.table = table
    this.accepting = accepting
  }

  get stateCount(): number {
    return this.accepting.length
  }

  next(state: number, unitClass: number): number {
    return this.table[state * this.alphabet.size + unitClass]!
  }

  accepts(state: number): boolean {
    return this.accepting[state] === 1
  }

  /** Exact where the automaton is minimal: there the dead and the full state are those that only loop. */
  constant(state: number): boolean | undefined {
    this.#constants ??= this.#findConstants()
    const constant = this.#constants[state]
    return constant === -1 ? undefined : constant === 1
  }

  #findConstants(): Int8Array {
    const { size } = this.alphabet
    const constants = new Int8Array(this.stateCount).fill(-1)
    for (let state = 0; state < this.stateCount; state++) {
      let unitClass = 0
      while (unitClass < size && this.next(state, unitClass) === state) unitClass++
      if (unitClass === size) constants[state] = this.accepting[state]!
    }
    return constants
  }

  has(word: string): boolean {
    return this.accepts(this.run(word))
  }

  /** The state after a word. O(length × log classes). */
  run(word: string): number {
    let state = this.start
    for (let i = 0; i < word.length; i++) state = this.next(state, classOf(this.alphabet, word.charCodeAt(i)))
    return state
  }

  complement(): Dfa {
    return new Dfa(
      this.alphabet,
      this.start,
      this.table,
      this.accepting.map((accepts) => 1 - accepts),
    )
  }
}

/**
 * All states of an automaton that can be reached from `start`, as a table. Keeps a minimal automaton minimal.
 */
export function tabulate(automaton: Automaton, start = automaton.start): Dfa {
  const { size } = automaton.alphabet
  const limit = stateLimit(size)
  const ids = new Map([[start, 0]])
  const table: number[] = []
  for (const state of ids.keys()) {
    for (let unitClass = 0; unitClass < size; unitClass++) {
      const next = automaton.next(state, unitClass)
      let id = ids.get(next)
      if (id === undefined) {
        id = ids.size
        if (id >= limit) throw new StateLimitError(limit)
        ids.set(next, id)
      }
      table.push(id)
    }
  }
  const accepting = Uint8Array.from(ids.keys(), (state) => (automaton.accepts(state) ? 1 : 0))
  return new Dfa(automaton.alphabet, 0, Int32Array.from(table), accepting)
}
