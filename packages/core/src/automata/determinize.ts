import type { Alphabet } from './alphabet.js'
import { DEAD, FULL } from './automaton.js'
import type { Automaton } from './automaton.js'
import { stateLimit, StateLimitError, WorkMeter } from './limits.js'
import { EVERY } from './nfa.js'
import type { Nfa } from './nfa.js'

/**
 * The subset construction, done as states are asked for. A state is a set of states of the NFA without those
 * that another one covers; a set with a state that accepts everything is `FULL`.
 */
export class Subsets implements Automaton {
  readonly alphabet: Alphabet
  readonly start: number
  readonly #nfa: Nfa
  readonly #limit: number
  readonly #work = new WorkMeter()
  readonly #ids = new Map<number | string, number>()
  readonly #sets: (readonly number[])[] = [[], []]
  readonly #rows: (Int32Array | undefined)[] = []

  constructor(nfa: Nfa) {
    this.#nfa = nfa
    this.alphabet = nfa.alphabet
    this.#limit = stateLimit(this.alphabet.size)
    this.start = this.#idOf([...nfa.starts])
  }

  next(state: number, unitClass: number): number {
    if (state === DEAD || state === FULL) return state
    return (this.#rows[state] ??= this.#row(state))[unitClass]!
  }

  accepts(state: number): boolean {
    return state === FULL || this.#sets[state]!.some((member) => this.#nfa.accepting[member])
  }

  constant(state: number): boolean | undefined {
    return state === DEAD ? false : state === FULL ? true : undefined
  }

  #row(state: number): Int32Array {
    const always: number[] = []
    const sometimes = new Map<number, number[]>()
    for (const member of this.#sets[state]!) {
      const moves = this.#nfa.moves[member]!
      for (let i = 0; i < moves.length; i += 2) {
        const unitClass = moves[i]!
        const target = moves[i + 1]!
        const targets = sometimes.get(unitClass)
        if (unitClass === EVERY) always.push(target)
        else if (targets) targets.push(target)
        else sometimes.set(unitClass, [target])
      }
    }
    const row = new Int32Array(this.alphabet.size).fill(this.#idOf([...always]))
    for (const [unitClass, targets] of sometimes) row[unitClass] = this.#idOf(always.concat(targets))
    return row
  }

  /** The state for a set, given in any order and with repetitions. */
  #idOf(members: number[]): number {
    this.#work.add(members.length)
    const { covers } = this.#nfa
    if (members.length > 1) members.sort((a, b) => b - a)
    const set: number[] = []
    let covered = Infinity
    let last = -1
    for (const member of members) {
      if (member === last || (member >= covered && member < last)) continue
      if (this.#isFull(member)) return FULL
      set.push(member)
      last = member
      covered = covers[member]!
    }
    if (set.length === 0) return DEAD
    const key = set.length === 1 ? set[0]! : set.join()
    let id = this.#ids.get(key)
    if (id === undefined) {
      id = this.#sets.push(set) - 1
      if (id - FULL > this.#limit) throw new StateLimitError(this.#limit)
      this.#ids.set(key, id)
    }
    return id
  }

  #isFull(member: number): boolean {
    const moves = this.#nfa.moves[member]!
    return this.#nfa.accepting[member]! && moves[0] === EVERY && moves[1] === member
  }
}
