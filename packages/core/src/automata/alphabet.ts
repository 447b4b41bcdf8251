/**
 * Compressed alphabets. An automaton that mentions thirty characters treats the other 65,506 units alike, so
 * its transitions are kept for classes of units that it cannot tell apart. A class is a union of intervals.
 */

/** A set of units as sorted, disjoint, non-adjacent ranges with both ends included. */
export type UnitSet = readonly (readonly [from: number, to: number])[]

export const LAST_UNIT = 0xffff

export const anyUnit: UnitSet = [[0, LAST_UNIT]]

export interface Alphabet {
  /** The number of classes. */
  readonly size: number
  /** The first unit of each interval, ascending; the first is 0. */
  readonly starts: readonly number[]
  /** The class of each interval. */
  readonly classes: readonly number[]
}

/** Ranges in any order to a `UnitSet`. Throws a `RangeError` for a range that is not within the units. */
export function toUnitSet(ranges: UnitSet): UnitSet {
  for (const [from, to] of ranges) {
    if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to > LAST_UNIT || from > to) {
      throw new RangeError(`not a range of UTF-16 units: ${from} to ${to}`)
    }
  }
  const merged: [number, number][] = []
  for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = merged.at(-1)
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else merged.push([from, to])
  }
  return merged
}

/**
 * The coarsest interval partition in which every element (a unit or a set of units) is a union of classes.
 */
export function partition(elements: Iterable<number | UnitSet>): Alphabet {
  const depthChange = new Map<number, number>([[0, 0]])
  const mark = (at: number, by: number) => depthChange.set(at, (depthChange.get(at) ?? 0) + by)
  for (const element of new Set(elements)) {
    if (element === anyUnit) continue
    for (const [from, to] of typeof element === 'number' ? [[element, element] as const] : element) {
      mark(from, 1)
      if (to < LAST_UNIT) mark(to + 1, -1)
    }
  }
  const starts = [...depthChange.keys()].sort((a, b) => a - b)
  let size = 0
  let depth = 0
  let unmentioned = -1
  const classes = starts.map((start) => {
    depth += depthChange.get(start)!
    if (depth > 0) return size++
    if (unmentioned < 0) unmentioned = size++
    return unmentioned
  })
  return { size, starts, classes }
}

/** The index of the interval that holds the unit. O(log intervals). */
function intervalOf(alphabet: Alphabet, unit: number): number {
  const { starts } = alphabet
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (starts[middle]! <= unit) low = middle
    else high = middle - 1
  }
  return low
}

/** The last unit of an interval. */
export function intervalEnd(alphabet: Alphabet, interval: number): number {
  return (alphabet.starts[interval + 1] ?? LAST_UNIT + 1) - 1
}

export function classOf(alphabet: Alphabet, unit: number): number {
  return alphabet.classes[intervalOf(alphabet, unit)]!
}

/** The classes within a set that is a union of classes. */
export function classesOf(alphabet: Alphabet, units: UnitSet): ReadonlySet<number> {
  const classes = new Set<number>()
  for (const [from, to] of units) {
    for (let i = intervalOf(alphabet, from); i < alphabet.starts.length && alphabet.starts[i]! <= to; i++) {
      classes.add(alphabet.classes[i]!)
    }
  }
  return classes
}

/** The number of units in each class. */
export function classSizes(alphabet: Alphabet): readonly number[] {
  const sizes = new Array<number>(alphabet.size).fill(0)
  alphabet.classes.forEach((unitClass, i) => {
    sizes[unitClass]! += intervalEnd(alphabet, i) - alphabet.starts[i]! + 1
  })
  return sizes
}

/** The same intervals with other class names: class `c` becomes `names[c]`. */
export function renameClasses(alphabet: Alphabet, names: readonly number[], size: number): Alphabet {
  const starts: number[] = []
  const classes: number[] = []
  alphabet.classes.forEach((old, i) => {
    const unitClass = names[old]!
    if (unitClass === classes.at(-1)) return
    starts.push(alphabet.starts[i]!)
    classes.push(unitClass)
  })
  return { size, starts, classes }
}

/** The common refinement of two alphabets, and the class each of its classes lies in on either side. */
export interface Refinement {
  readonly alphabet: Alphabet
  readonly left: readonly number[]
  readonly right: readonly number[]
}

/** O(intervals of both). */
export function refine(a: Alphabet, b: Alphabet): Refinement {
  const left: number[] = []
  const right: number[] = []
  const starts: number[] = []
  const classes: number[] = []
  const ids = new Map<number, number>()
  for (let i = 0, j = 0, start = 0; ;) {
    const inLeft = a.classes[i]!
    const inRight = b.classes[j]!
    const pair = inLeft * b.size + inRight
    let unitClass = ids.get(pair)
    if (unitClass === undefined) {
      unitClass = left.push(inLeft) - 1
      right.push(inRight)
      ids.set(pair, unitClass)
    }
    starts.push(start)
    classes.push(unitClass)
    const nextLeft = a.starts[i + 1] ?? Infinity
    const nextRight = b.starts[j + 1] ?? Infinity
    start = Math.min(nextLeft, nextRight)
    if (start === Infinity) return { alphabet: { size: left.length, starts, classes }, left, right }
    if (nextLeft === start) i++
    if (nextRight === start) j++
  }
}

/** Units from the most to the least readable: letters, digits, punctuation, space, the rest, surrogates. */
const readable: UnitSet = [
  [0x61, 0x7a],
  [0x30, 0x39],
  [0x21, 0x2f],
  [0x3a, 0x60],
  [0x7b, 0x7e],
  [0x20, 0x20],
  [0xa1, 0xd7ff],
  [0xe000, LAST_UNIT],
  [0x00, 0x1f],
  [0x7f, 0xa0],
  [0xd800, 0xdfff],
]

/** Orders units by how readable they are in a witness: the lower the better. */
export function readability(unit: number): number {
  const group = readable.findIndex(([from, to]) => unit >= from && unit <= to)
  return group * (LAST_UNIT + 1) + unit
}

/** The most readable unit of a non-empty set. */
export function mostReadable(units: UnitSet): number {
  for (const [first, last] of readable) {
    for (const [from, to] of units) if (from <= last && to >= first) return Math.max(from, first)
  }
  throw new RangeError('no units')
}

/** The most readable unit of each class, most readable class first. */
export function readableClasses(
  alphabet: Alphabet,
): readonly { readonly unitClass: number; readonly unit: number }[] {
  const units = new Array<number>(alphabet.size).fill(-1)
  alphabet.classes.forEach((unitClass, i) => {
    const unit = mostReadable([[alphabet.starts[i]!, intervalEnd(alphabet, i)]])
    const best = units[unitClass]!
    if (best < 0 || readability(unit) < readability(best)) units[unitClass] = unit
  })
  return units
    .map((unit, unitClass) => ({ unitClass, unit }))
    .sort((a, b) => readability(a.unit) - readability(b.unit))
}
