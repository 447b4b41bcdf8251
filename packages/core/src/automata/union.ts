import { readability } from './alphabet.js'
import {
  afterPrefix,
  isPlainlyWithin,
  join,
  matches,
  onlyWord,
  patternKey,
  probeOf,
  shortestInstance,
  symbolsOf,
  wordPattern,
} from './pattern.js'
import type { Pattern } from './pattern.js'

/** A union of words and patterns: a language that has not needed an automaton yet. */
export interface Union {
  readonly words: ReadonlySet<string>
  /** Each has more than one word, and no two are equal. */
  readonly patterns: readonly Pattern[]
}

/** Up to this many pairs, a concatenation is written out. */
const MANY_PAIRS = 1024

export function toUnion(words: Iterable<string>, patterns: readonly Pattern[]): Union {
  const allWords = new Set(words)
  const others: Pattern[] = []
  for (const pattern of patterns) {
    const word = onlyWord(pattern)
    if (word === undefined) others.push(pattern)
    else allWords.add(word)
  }
  if (others.length < 2) return { words: allWords, patterns: others }
  const byKey = new Map(others.map((pattern) => [patternKey(pattern), pattern]))
  return { words: allWords, patterns: [...byKey.values()] }
}

/** Words and patterns alike as patterns. */
export function patternsOf({ words, patterns }: Union): readonly Pattern[] {
  return [...Array.from(words, wordPattern), ...patterns]
}

export function hasWord({ words, patterns }: Union, word: string): boolean {
  return words.has(word) || patterns.some((pattern) => matches(pattern, word))
}

/**
 * Whether the first lies within the second, where one look at each pair of patterns tells; else undefined.
 */
export function isUnionWithin(a: Union, b: Union): boolean | undefined {
  for (const word of a.words) if (!hasWord(b, word)) return false
  let answer: true | undefined = true
  for (const pattern of a.patterns) {
    const symbols = symbolsOf(pattern)
    if (b.patterns.some((other) => isPlainlyWithin(symbols, other))) continue
    const probe = probeOf(symbols, b.patterns)
    if (probe !== undefined && !hasWord(b, probe)) return false
    answer = undefined
  }
  return answer
}

/** Words of the first followed by words of the second; undefined if that would be too many pairs. */
export function joinUnions(a: Union, b: Union): Union | undefined {
  const firsts = patternsOf(a)
  const seconds = patternsOf(b)
  const pairs = firsts.length * seconds.length
  if (pairs > MANY_PAIRS && firsts.length > 1 && seconds.length > 1) return undefined
  return toUnion(
    [],
    firsts.flatMap((first) => seconds.map((second) => join(first, second))),
  )
}

/** What may follow the prefix. */
export function afterIn({ words, patterns }: Union, prefix: string): Union {
  return toUnion(
    [...words].filter((word) => word.startsWith(prefix)).map((word) => word.slice(prefix.length)),
    patterns.flatMap((pattern) => afterPrefix(pattern, prefix)),
  )
}

/** The shortest and of those the most readable word. */
export function unionWitness({ words, patterns }: Union): string | undefined {
  let best: string | undefined
  for (const word of [...words, ...patterns.map(shortestInstance)]) {
    if (best === undefined || word.length < best.length) best = word
    else if (word.length === best.length && isMoreReadable(word, best)) best = word
  }
  return best
}

function isMoreReadable(a: string, b: string): boolean {
  let i = 0
  while (i < a.length && a.charCodeAt(i) === b.charCodeAt(i)) i++
  return i < a.length && readability(a.charCodeAt(i)) < readability(b.charCodeAt(i))
}
