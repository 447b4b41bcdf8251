import { anyUnit, classesOf, classOf, partition, refine } from './alphabet.js'
import type { Alphabet } from './alphabet.js'
import type { Dfa } from './dfa.js'
import { STATE_LIMIT, StateLimitError } from './limits.js'
import { patternsOf } from './union.js'
import type { Union } from './union.js'

/** In `Nfa.moves`: the move is made on every class. */
export const EVERY = -1

/** A nondeterministic automaton without empty moves. */
export interface Nfa {
  readonly alphabet: Alphabet
  readonly starts: readonly number[]
  /** For each state, its moves as a flat list of class and target. */
  readonly moves: readonly (readonly number[])[]
  readonly accepting: readonly boolean[]
  /** State `s` accepts all that any of the states from `covers[s]` up to `s - 1` accept. */
  readonly covers: readonly number[]
}

const NFA_LIMIT = 10 * STATE_LIMIT

/**
 * A union: one state for each element of each pattern and one for each end. O(units).
 *
 * A state at a gap covers all earlier states of its pattern: what matches from an earlier one is a run of
 * units that ends with something that matches from the gap, and the gap matches any run. With that, a glob
 * without `?` has about as many deterministic states as characters.
 */
export function nfaOf(union: Union): Nfa {
  const patterns = patternsOf(union)
  const size = patterns.reduce((sum, { elements }) => sum + elements.length + 1, 0)
  if (size > NFA_LIMIT) throw new StateLimitError(STATE_LIMIT)
  const alphabet = partition(patterns.flatMap(({ elements }) => elements))
  const starts: number[] = []
  const moves: number[][] = []
  const accepting: boolean[] = []
  const covers: number[] = []
  for (const { elements, gaps } of patterns) {
    const first = moves.length
    starts.push(first)
    for (let i = 0; i <= elements.length; i++) {
      const state = first + i
      const targets: number[] = []
      const element = elements[i]
      if (element === anyUnit) targets.push(EVERY, state + 1)
      else if (typeof element === 'number') targets.push(classOf(alphabet, element), state + 1)
      else if (element)
        for (const unitClass of classesOf(alphabet, element)) targets.push(unitClass, state + 1)
      if (gaps[i]) targets.push(EVERY, state)
      moves.push(targets)
      accepting.push(i === elements.length)
      covers.push(gaps[i] ? first : state)
    }
  }
  return { alphabet, starts, moves, accepting, covers }
}

/** The moves of a state of a DFA, shifted; a move to an accepting state goes to `alsoTo` as well. */
function movesOf(
  dfa: Dfa,
  classes: readonly number[],
  state: number,
  shift: number,
  alsoTo?: number,
): number[] {
  const moves: number[] = []
  classes.forEach((inDfa, unitClass) => {
    const target = dfa.next(state, inDfa)
    if (dfa.constant(target) === false) return
    moves.push(unitClass, target + shift)
    if (alsoTo !== undefined && dfa.accepts(target)) moves.push(unitClass, alsoTo)
  })
  return moves
}

/** The words of `a` followed by words of `b`. */
export function concatenation(a: Dfa, b: Dfa): Nfa {
  const { alphabet, left, right } = refine(a.alphabet, b.alphabet)
  const shift = a.stateCount
  const start = b.start + shift
  const moves = [
    ...Array.from({ length: shift }, (_, state) => movesOf(a, left, state, 0, start)),
    ...Array.from({ length: b.stateCount }, (_, state) => movesOf(b, right, state, shift)),
  ]
  const starts = a.accepts(a.start) ? [a.start, start] : [a.start]
  const accepting = moves.map((_, state) => state >= shift && b.accepts(state - shift))
  return { alphabet, starts, moves, accepting, covers: [...moves.keys()] }
}

/** One or more words of `a`, one after the other. */
export function repetition(a: Dfa): Nfa {
  const same = Array.from({ length: a.alphabet.size }, (_, unitClass) => unitClass)
  const moves = Array.from({ length: a.stateCount }, (_, state) => movesOf(a, same, state, 0, a.start))
  const accepting = moves.map((_, state) => a.accepts(state))
  return { alphabet: a.alphabet, starts: [a.start], moves, accepting, covers: [...moves.keys()] }
}
