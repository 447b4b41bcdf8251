import { readableClasses } from './alphabet.js'
import type { Alphabet } from './alphabet.js'

/**
 * A complete deterministic automaton whose states may come into being as they are asked for. States are small
 * integers. Algorithms that stop early are written against this, so that they build no more than they visit.
 */
export interface Automaton {
  readonly alphabet: Alphabet
  readonly start: number
  /** The state after one unit of the class. Throws a `StateLimitError` where a new state is one too many. */
  next(state: number, unitClass: number): number
  accepts(state: number): boolean
  /** `true`: every word is accepted from here. `false`: none is. `undefined`: neither, or not known. */
  constant(state: number): boolean | undefined
}

/** The states that automata made on the fly keep for "no word" and "every word" from here on. */
export const DEAD = 0
export const FULL = 1

/** Accepts what the other automaton rejects. */
export class Complement implements Automaton {
  readonly alphabet: Alphabet
  readonly start: number
  readonly #of: Automaton

  constructor(of: Automaton) {
    this.#of = of
    this.alphabet = of.alphabet
    this.start = of.start
  }

  next(state: number, unitClass: number): number {
    return this.#of.next(state, unitClass)
  }

  accepts(state: number): boolean {
    return !this.#of.accepts(state)
  }

  constant(state: number): boolean | undefined {
    const constant = this.#of.constant(state)
    return constant === undefined ? undefined : !constant
  }
}

/** Whether no word is accepted. Depth first: a counterexample deep in a large automaton is found early. */
export function acceptsNothing(automaton: Automaton): boolean {
  const { size } = automaton.alphabet
  const seen = new Set([automaton.start])
  const stack = [automaton.start]
  for (let state = stack.pop(); state !== undefined; state = stack.pop()) {
    if (automaton.accepts(state)) return false
    if (automaton.constant(state) === false) continue
    for (let unitClass = 0; unitClass < size; unitClass++) {
      const next = automaton.next(state, unitClass)
      if (seen.has(next)) continue
      seen.add(next)
      stack.push(next)
    }
  }
  return true
}

/**
 * The shortest accepted word, and of those the one with the most readable first unit, then second, and so on.
 * Breadth first with the classes in order of readability: states are met in the order of their best word.
 */
export function shortestWord(automaton: Automaton): string | undefined {
  if (automaton.accepts(automaton.start)) return ''
  const classes = readableClasses(automaton.alphabet)
  const cameBy = new Map([[automaton.start, { from: -1, unit: -1 }]])
  for (const state of cameBy.keys()) {
    if (automaton.constant(state) === false) continue
    for (const { unitClass, unit } of classes) {
      const next = automaton.next(state, unitClass)
      if (cameBy.has(next)) continue
      cameBy.set(next, { from: state, unit })
      if (!automaton.accepts(next)) continue
      let word = ''
      for (let step = cameBy.get(next)!; step.from >= 0; step = cameBy.get(step.from)!) {
        word = String.fromCharCode(step.unit) + word
      }
      return word
    }
  }
  return undefined
}
