import { anyUnit, mostReadable } from './alphabet.js'
import type { UnitSet } from './alphabet.js'

/**
 * A sequence of units and unit sets with gaps between them, where a gap stands for any run of units: what a
 * word, a glob, a character class and a word in any case have in common. It answers most questions without
 * an automaton.
 */
export interface Pattern {
  readonly elements: readonly (number | UnitSet)[]
  /** Whether there is a gap before element `i`; one more entry than elements, for the end. */
  readonly gaps: readonly boolean[]
}

/** Literal text, or one of the two wildcards of a glob. */
export type GlobToken = string | { readonly wildcard: 'any-run' } | { readonly wildcard: 'any-one' }

export const anyRun: Pattern = { elements: [], gaps: [true] }

/** In a run of wildcards the gap comes last (`*?*?` is `??*`), so that equal globs are equal patterns. */
export function globPattern(tokens: readonly GlobToken[]): Pattern {
  const elements: (number | UnitSet)[] = []
  const gaps: boolean[] = []
  let gap = false
  for (const token of tokens) {
    if (typeof token !== 'string') {
      if (token.wildcard === 'any-run') gap = true
      else {
        elements.push(anyUnit)
        gaps.push(false)
      }
      continue
    }
    for (let i = 0; i < token.length; i++) {
      elements.push(token.charCodeAt(i))
      gaps.push(gap)
      gap = false
    }
  }
  gaps.push(gap)
  return { elements, gaps }
}

export function sequence(elements: readonly (number | UnitSet)[]): Pattern {
  return { elements, gaps: Array.from({ length: elements.length + 1 }, () => false) }
}

export function wordPattern(word: string): Pattern {
  return globPattern([word])
}

/** The only word of a pattern that has just one. */
export function onlyWord({ elements, gaps }: Pattern): string | undefined {
  if (gaps.includes(true) || elements.some((element) => typeof element !== 'number')) return undefined
  return elements.map((element) => String.fromCharCode(element as number)).join('')
}

export function isInfinite({ gaps }: Pattern): boolean {
  return gaps.includes(true)
}

export function wordCount(pattern: Pattern): number {
  if (isInfinite(pattern)) return Infinity
  return pattern.elements.reduce<number>((product, element) => {
    if (typeof element === 'number') return product
    return product * element.reduce((sum, [from, to]) => sum + to - from + 1, 0)
  }, 1)
}

function isElement(element: number | UnitSet, unit: number): boolean {
  if (typeof element === 'number') return element === unit
  return element.some(([from, to]) => unit >= from && unit <= to)
}

/**
 * Greedy matching of a sequence of so many symbols, that goes back to the last gap only. No recursion;
 * O(length × pattern), in practice linear.
 */
function isMatch({ elements, gaps }: Pattern, length: number, isElementAt: ElementTest): boolean {
  const end = elements.length
  let at = 0
  let lastGap = -1
  let gapEnd = 0
  for (let i = 0; i < length;) {
    if (gaps[at] && at !== lastGap) {
      if (at === end) return true
      lastGap = at
      gapEnd = i
    }
    if (at < end && isElementAt(elements[at]!, i)) {
      at++
      i++
    } else if (lastGap >= 0) {
      at = lastGap
      i = ++gapEnd
    } else {
      return false
    }
  }
  return at === end
}

type ElementTest = (element: number | UnitSet, at: number) => boolean

export function matches(pattern: Pattern, word: string): boolean {
  return isMatch(pattern, word.length, (element, at) => isElement(element, word.charCodeAt(at)))
}

/** `a` followed by `b`. */
export function join(a: Pattern, b: Pattern): Pattern {
  const gap = a.gaps.at(-1)! || b.gaps[0]!
  return { elements: [...a.elements, ...b.elements], gaps: [...a.gaps.slice(0, -1), gap, ...b.gaps.slice(1)] }
}

/**
 * What may follow the prefix, as patterns. A gap makes all earlier positions superfluous. O(prefix ×
 * pattern).
 */
export function afterPrefix({ elements, gaps }: Pattern, prefix: string): readonly Pattern[] {
  let positions: readonly number[] = [0]
  for (let i = 0; i < prefix.length && positions.length > 0; i++) {
    const unit = prefix.charCodeAt(i)
    const next: number[] = []
    // Ascending, so an equal position can only be the last one pushed.
    for (const at of positions) {
      if (gaps[at] && next.at(-1) !== at) next.push(at)
      if (at < elements.length && isElement(elements[at]!, unit)) next.push(at + 1)
    }
    const lastGap = next.findLastIndex((at) => gaps[at])
    positions = next.slice(Math.max(lastGap, 0))
  }
  return positions.map((at) => ({ elements: elements.slice(at), gaps: gaps.slice(at) }))
}

/** The shortest, most readable word. */
export function shortestInstance({ elements }: Pattern): string {
  return elements
    .map((element) => String.fromCharCode(typeof element === 'number' ? element : mostReadable(element)))
    .join('')
}

const keys = new WeakMap<Pattern, string>()

/** Text that is equal for equal patterns only. */
export function patternKey(pattern: Pattern): string {
  let key = keys.get(pattern)
  if (key === undefined) keys.set(pattern, (key = JSON.stringify(symbolsOf(pattern))))
  return key
}

/** In a sequence of symbols; no element, and in none. */
const GAP = -1

/** Elements and gaps in one sequence. */
export function symbolsOf({ elements, gaps }: Pattern): readonly (number | UnitSet)[] {
  const symbols: (number | UnitSet)[] = gaps[0] ? [GAP] : []
  elements.forEach((element, i) => {
    symbols.push(element)
    if (gaps[i + 1]) symbols.push(GAP)
  })
  return symbols
}

/**
 * Whether a pattern, given by its symbols, lies within another one symbol for symbol: each of its elements
 * within an element or a gap of the other, each of its gaps within a gap. What it finds is right; some
 * inclusions it does not find.
 */
export function isPlainlyWithin(symbols: readonly (number | UnitSet)[], other: Pattern): boolean {
  return isMatch(other, symbols.length, (element, at) => {
    const symbol = symbols[at]!
    if (element === symbol) return true
    if (typeof symbol === 'number') return isElement(element, symbol)
    if (typeof element === 'number') return false
    return symbol.every(([from, to]) => element.some(([first, last]) => first <= from && to <= last))
  })
}

/**
 * A word of a pattern that is hard to match for others: a unit that they do not mention, if there is one in
 * the private use area, stands for each gap and each "any unit". Undefined for a pattern with other sets of
 * units. Where the others are plain units and gaps, one that matches this word contains the pattern, as
 * `isPlainlyWithin` finds: only a gap can match such a unit, and the gap matches whatever it stands for.
 */
export function probeOf(
  symbols: readonly (number | UnitSet)[],
  others: readonly Pattern[],
): string | undefined {
  let fresh = 0xe000
  while (fresh < 0xf8ff && others.some(({ elements }) => elements.includes(fresh))) fresh++
  const filler = String.fromCharCode(fresh)
  let probe = ''
  for (const symbol of symbols) {
    if (typeof symbol !== 'number' && symbol !== anyUnit) return undefined
    probe += typeof symbol === 'number' && symbol !== GAP ? String.fromCharCode(symbol) : filler
  }
  return probe
}
