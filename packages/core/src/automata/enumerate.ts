import { classSizes, intervalEnd } from './alphabet.js'
import type { Dfa } from './dfa.js'

/**
 * The states of a minimal automaton that accept some word, each before those it leads to; undefined if on a
 * cycle.
 */
function topologicalOrder(dfa: Dfa): readonly number[] | undefined {
  const { size } = dfa.alphabet
  const isLive = (state: number) => dfa.constant(state) !== false
  const incoming = new Int32Array(dfa.stateCount)
  let live = 0
  for (let state = 0; state < dfa.stateCount; state++) {
    if (!isLive(state)) continue
    live++
    for (let c = 0; c < size; c++) incoming[dfa.next(state, c)]!++
  }
  const order: number[] = []
  if (isLive(dfa.start) && incoming[dfa.start] === 0) order.push(dfa.start)
  for (const state of order) {
    for (let c = 0; c < size; c++) {
      const next = dfa.next(state, c)
      if (--incoming[next]! === 0 && isLive(next)) order.push(next)
    }
  }
  return order.length === live ? order : undefined
}

/** Whether a minimal automaton has finitely many words. O(states × classes). */
export function isFinite(dfa: Dfa): boolean {
  return topologicalOrder(dfa) !== undefined
}

/**
 * The words of a minimal automaton, by length and then by unit, or undefined if there are more than `limit`.
 * They are counted before any is made: O(states × classes) and then O(limit × longest word).
 */
export function members(dfa: Dfa, limit: number): readonly string[] | undefined {
  const order = topologicalOrder(dfa)
  if (!order) return undefined
  const { size, starts, classes } = dfa.alphabet
  const sizes = classSizes(dfa.alphabet)
  const counts = new Float64Array(dfa.stateCount)
  for (const state of order.toReversed()) {
    let count = dfa.accepting[state]!
    for (let c = 0; c < size; c++) {
      const rest = counts[dfa.next(state, c)]!
      if (rest > 0) count += sizes[c]! * rest
    }
    counts[state] = count
  }
  if (counts[dfa.start]! > limit) return undefined

  const words: string[] = []
  let level = [{ word: '', state: dfa.start }]
  while (level.length > 0) {
    const longer: typeof level = []
    for (const { word, state } of level) {
      if (dfa.accepts(state)) words.push(word)
      for (let i = 0; i < starts.length; i++) {
        const next = dfa.next(state, classes[i]!)
        if (counts[next] === 0) continue
        const last = intervalEnd(dfa.alphabet, i)
        for (let unit = starts[i]!; unit <= last; unit++) {
          longer.push({ word: word + String.fromCharCode(unit), state: next })
        }
      }
    }
    level = longer
  }
  return words
}

/** By length, and words of one length by unit. */
export function compareWords(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0)
}
