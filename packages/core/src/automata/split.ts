import { classOf, partition, refine } from './alphabet.js'
import { Dfa, tabulate } from './dfa.js'
import { WorkMeter } from './limits.js'
import { mergeClasses, minimize } from './minimize.js'

/**
 * Cuts the words of a minimal automaton at their first delimiter: for each state that a delimiter can lead
 * to, what comes before and what may come after. Two states of a minimal automaton accept different words, so
 * no two groups have the same tail. O(states × classes) for each group, counting the states of its words
 * only.
 */
export function splitAt(dfa: Dfa, delimiter: number): readonly { readonly head: Dfa; readonly tail: Dfa }[] {
  const { alphabet, left } = refine(dfa.alphabet, partition([delimiter]))
  const delimiterClass = classOf(alphabet, delimiter)

  const reached = [dfa.start]
  const seen = new Set(reached)
  const sources = new Map<number, Set<number>>()
  const cuts = new Map<number, number[]>()
  for (const state of reached) {
    left.forEach((inDfa, unitClass) => {
      const next = dfa.next(state, inDfa)
      if (dfa.constant(next) === false) return
      if (unitClass === delimiterClass) {
        const heads = cuts.get(next)
        if (heads) heads.push(state)
        else cuts.set(next, [state])
        return
      }
      const from = sources.get(next)
      if (from) from.add(state)
      else sources.set(next, new Set([state]))
      if (seen.has(next)) return
      seen.add(next)
      reached.push(next)
    })
  }

  const work = new WorkMeter()
  return [...cuts].map(([tailStart, ends]) => {
    const within = new Set(ends)
    for (const state of within) for (const source of sources.get(state) ?? []) within.add(source)
    const states = [...within]
    const rest = tabulate(dfa, tailStart)
    // What is minimized is touched several times.
    work.add(4 * states.length * alphabet.size + rest.table.length)
    // One more state, for all that does not lead to a cut into this tail.
    const numbers = new Map(states.map((state, number) => [state, number]))
    const other = states.length
    const table = new Int32Array((other + 1) * alphabet.size).fill(other)
    states.forEach((state, number) => {
      left.forEach((inDfa, unitClass) => {
        const target = unitClass === delimiterClass ? other : (numbers.get(dfa.next(state, inDfa)) ?? other)
        table[number * alphabet.size + unitClass] = target
      })
    })
    const accepting = new Uint8Array(other + 1).fill(1, 0, ends.length)
    const head = new Dfa(alphabet, numbers.get(dfa.start)!, table, accepting)
    return { head: minimize(tabulate(head)), tail: mergeClasses(rest) }
  })
}

/** The same for words. */
export function splitWords(
  words: Iterable<string>,
  delimiter: string,
): readonly { readonly heads: readonly string[]; readonly tails: readonly string[] }[] {
  const tailsOf = new Map<string, string[]>()
  for (const word of words) {
    const at = word.indexOf(delimiter)
    if (at < 0) continue
    const head = word.slice(0, at)
    const tail = word.slice(at + 1)
    const others = tailsOf.get(head)
    if (others) others.push(tail)
    else tailsOf.set(head, [tail])
  }
  const groups = new Map<string, { readonly heads: string[]; readonly tails: readonly string[] }>()
  for (const [head, tails] of tailsOf) {
    const key = JSON.stringify(tails.toSorted())
    const group = groups.get(key)
    if (group) group.heads.push(head)
    else groups.set(key, { heads: [head], tails })
  }
  return [...groups.values()]
}
