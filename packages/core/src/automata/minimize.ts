import { renameClasses } from './alphabet.js'
import { Dfa } from './dfa.js'

/**
 * The minimal automaton of the language, over the coarsest alphabet that can tell its units apart. Every
 * state must be reachable, as `tabulate` leaves them.
 *
 * Hopcroft's algorithm, O(classes × states × log states). Moore's is half as long, but takes one round for
 * each unit of a long literal, and literals are most of what a policy is made of.
 *
 * @see J. Hopcroft, An n log n algorithm for minimizing states in a finite automaton, 1971
 */
export function minimize(dfa: Dfa): Dfa {
  const blocks = equivalentStates(dfa)
  const { size } = dfa.alphabet
  const table = new Int32Array(blocks.count * size)
  const accepting = new Uint8Array(blocks.count)
  for (let state = 0; state < dfa.stateCount; state++) {
    const block = blocks.of[state]!
    accepting[block] = dfa.accepting[state]!
    for (let c = 0; c < size; c++) table[block * size + c] = blocks.of[dfa.table[state * size + c]!]!
  }
  return mergeClasses(new Dfa(dfa.alphabet, blocks.of[dfa.start]!, table, accepting))
}

interface Blocks {
  readonly count: number
  /** The block of each state. */
  readonly of: Int32Array
}

/** Sets of states that accept the same words, numbered from 0. */
function equivalentStates(dfa: Dfa): Blocks {
  const n = dfa.stateCount
  const { size } = dfa.alphabet
  const sources = sourcesByTarget(dfa)

  // The states of block `b` are `states` from `from[b]` up to `to[b]`, those marked for a split first.
  const states = new Int32Array(n)
  const position = new Int32Array(n)
  const of = new Int32Array(n)
  const from: number[] = []
  const to: number[] = []
  const marked: number[] = []
  const pending: number[] = []
  const isPending: boolean[] = []

  let placed = 0
  for (const accepts of [0, 1]) {
    const first = placed
    const block = from.length
    for (let state = 0; state < n; state++) {
      if (dfa.accepting[state] !== accepts) continue
      of[state] = block
      states[placed] = state
      position[state] = placed++
    }
    if (placed > first) addBlock(first, placed)
  }

  for (let splitter = pending.pop(); splitter !== undefined; splitter = pending.pop()) {
    isPending[splitter] = false
    const targets = states.slice(from[splitter], to[splitter])
    for (let c = 0; c < size; c++) {
      const touched: number[] = []
      for (const target of targets) {
        const cell = target * size + c
        for (let i = sources.offsets[cell]!; i < sources.offsets[cell + 1]!; i++)
          mark(sources.states[i]!, touched)
      }
      for (const block of touched) split(block)
    }
  }
  return { count: from.length, of }

  function addBlock(first: number, end: number): void {
    pending.push(from.length)
    isPending.push(true)
    from.push(first)
    to.push(end)
    marked.push(0)
  }

  function mark(state: number, touched: number[]): void {
    const block = of[state]!
    if (marked[block] === 0) touched.push(block)
    const at = position[state]!
    const swapAt = from[block]! + marked[block]!++
    const other = states[swapAt]!
    states[at] = other
    position[other] = at
    states[swapAt] = state
    position[state] = swapAt
  }

  /** Makes the smaller of the marked and the unmarked part a block of its own, and a splitter. */
  function split(block: number): void {
    const first = from[block]!
    const end = to[block]!
    const middle = first + marked[block]!
    marked[block] = 0
    if (middle === end) return
    const created = from.length
    if (middle - first <= end - middle) {
      from[block] = middle
      addBlock(first, middle)
    } else {
      to[block] = middle
      addBlock(middle, end)
    }
    for (let i = from[created]!; i < to[created]!; i++) of[states[i]!] = created
  }
}

/** Where each state can be reached from: those on class `c` to state `t` begin at `offsets[t * size + c]`. */
function sourcesByTarget({ alphabet: { size }, stateCount, table }: Dfa): {
  offsets: Int32Array
  states: Int32Array
} {
  const offsets = new Int32Array(stateCount * size + 1)
  for (let cell = 0; cell < table.length; cell++) offsets[table[cell]! * size + (cell % size) + 1]!++
  for (let i = 1; i < offsets.length; i++) offsets[i]! += offsets[i - 1]!
  const free = offsets.slice()
  const states = new Int32Array(table.length)
  for (let cell = 0; cell < table.length; cell++) {
    states[free[table[cell]! * size + (cell % size)]!++] = Math.floor(cell / size)
  }
  return { offsets, states }
}

/**
 * Makes one class of those that lead from every state to the same state; all that is left to do for an
 * automaton with minimal states.
 */
export function mergeClasses(dfa: Dfa): Dfa {
  const { size } = dfa.alphabet
  const hashes = new Int32Array(size)
  for (let cell = 0; cell < dfa.table.length; cell++) {
    const c = cell % size
    hashes[c] = Math.imul(hashes[c]!, 31) + dfa.table[cell]!
  }
  const kept: number[] = []
  const names: number[] = []
  const byHash = new Map<number, number[]>()
  for (let c = 0; c < size; c++) {
    const alike = byHash.get(hashes[c]!) ?? []
    byHash.set(hashes[c]!, alike)
    let name = alike.find((candidate) => isSameColumn(dfa, kept[candidate]!, c))
    if (name === undefined) {
      name = kept.push(c) - 1
      alike.push(name)
    }
    names.push(name)
  }
  if (kept.length === size) return dfa
  const table = new Int32Array(dfa.stateCount * kept.length)
  for (let state = 0; state < dfa.stateCount; state++) {
    kept.forEach((c, name) => (table[state * kept.length + name] = dfa.next(state, c)))
  }
  return new Dfa(renameClasses(dfa.alphabet, names, kept.length), dfa.start, table, dfa.accepting)
}

function isSameColumn(dfa: Dfa, a: number, b: number): boolean {
  for (let state = 0; state < dfa.stateCount; state++)
    if (dfa.next(state, a) !== dfa.next(state, b)) return false
  return true
}
