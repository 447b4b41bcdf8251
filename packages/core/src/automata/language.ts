import { anyUnit, LAST_UNIT, toUnitSet } from './alphabet.js'
import { acceptsNothing, Complement, shortestWord } from './automaton.js'
import type { Automaton } from './automaton.js'
import { Subsets } from './determinize.js'
import { tabulate } from './dfa.js'
import type { Dfa } from './dfa.js'
import { compareWords, isFinite, members } from './enumerate.js'
import { anyCase } from './letter-case.js'
import { EnumerationLimitError, MEMBER_LIMIT } from './limits.js'
import { mergeClasses, minimize } from './minimize.js'
import { concatenation, nfaOf, repetition } from './nfa.js'
import type { Nfa } from './nfa.js'
import { anyRun, globPattern, isInfinite, sequence, wordCount } from './pattern.js'
import type { GlobToken, Pattern } from './pattern.js'
import { Intersection } from './product.js'
import { splitAt, splitWords } from './split.js'
import { afterIn, hasWord, isUnionWithin, joinUnions, toUnion, unionWitness } from './union.js'
import type { Union } from './union.js'

export { lowerCase } from './letter-case.js'
export { EnumerationLimitError, MEMBER_LIMIT, STATE_LIMIT, StateLimitError } from './limits.js'
export type { GlobToken } from './pattern.js'

/** Up to this many words, a language that came out of an automaton is kept as words again. */
const FEW_WORDS = 64

interface Form {
  /** What the language is a union of, or the complement of; absent where only the automaton is known. */
  readonly union: Union | undefined
  readonly isComplement: boolean
  /** The minimal automaton; made when first needed. */
  dfa: Dfa | undefined
}

interface Answers {
  isEmpty?: boolean
  witness?: { readonly word: string | undefined }
  /** All words, or the largest limit that they were too many for. */
  members?: readonly string[] | number
  split?: { readonly delimiter: string; readonly groups: readonly Group[] }
}

/** Heads, each with the same tails. */
interface Group {
  readonly head: Language
  readonly tail: Language
}

/**
 * A regular language over UTF-16 code units, as an immutable value.
 *
 * Words, globs, their unions and the complements of those are kept as they are, and most questions about them
 * are answered without an automaton. Where one is needed it is made as far as the question asks, and where it
 * would pass `STATE_LIMIT` states the operation throws a `StateLimitError`: any member may, unless its
 * comment says otherwise.
 *
 * @example
 * const apps = Language.glob(['team-', { wildcard: 'any-run' }, ':app'])
 * apps.difference(Language.literal('team-x:app')).has('team-y:app') // true
 */
export class Language {
  #form: Form | (() => Language)
  /** Membership, until the language is made. */
  readonly #hasAhead: ((word: string) => boolean) | undefined
  /** Answers that an automaton has given. */
  readonly #answers: Answers = {}

  private constructor(form: Form | (() => Language), hasAhead?: (word: string) => boolean) {
    this.#form = form
    this.#hasAhead = hasAhead
  }

  static #of(union: Union | undefined, isComplement: boolean, dfa?: Dfa): Language {
    return new Language({ union, isComplement, dfa })
  }

  /**
   * A language that is made when it is first asked more than membership: for constants that few runs need.
   *
   * @param has membership, where there is a way to tell that needs no automaton
   * @example const hex = Language.lazy(() => Language.range(0x30, 0x39).repeat(1), (word) => /^\d+$/.test(word))
   */
  static lazy(make: () => Language, has?: (word: string) => boolean): Language {
    return new Language(make, has)
  }

  get #settled(): Form {
    if (typeof this.#form === 'function') this.#form = this.#form().#settled
    return this.#form
  }

  get #union(): Union | undefined {
    return this.#settled.union
  }

  get #isComplement(): boolean {
    return this.#settled.isComplement
  }

  get #dfa(): Dfa | undefined {
    return this.#settled.dfa
  }

  /** No words. */
  static readonly empty: Language = Language.#of(toUnion([], []), false)

  /** Every word, the empty one included. */
  static readonly all: Language = Language.#of(toUnion([], []), true)

  /**
   * The language of one word. Never throws.
   * @example Language.literal('a*').has('a*') // true, and no other word
   */
  static literal(word: string): Language {
    return Language.words([word])
  }

  /**
   * A finite language. O(words); never throws.
   * @example Language.words(['b', 'a', 'b']).members(9) // ['a', 'b']
   */
  static words(words: Iterable<string>): Language {
    return Language.#of(toUnion(words, []), false)
  }

  /**
   * What a glob matches as a whole: text is literal, `any-run` is any number of units (newlines and colons
   * too), `any-one` exactly one UTF-16 unit, so half of a surrogate pair. O(length); never throws.
   * @example Language.glob(['team-', { wildcard: 'any-one' }]).has('team-x') // true
   */
  static glob(tokens: readonly GlobToken[]): Language {
    return Language.#ofPattern(globPattern(tokens))
  }

  /**
   * The words with the same lower case: `has(w)` exactly when `lowerCase(w) === lowerCase(word)`, for all
   * words.
   *
   * `lowerCase` maps unit by unit, which is `String.prototype.toLowerCase` but for three cases: `İ` (U+0130,
   * of which it would make two units) stays as it is, `Σ` at the end of a word is `σ` and not `ς`, and
   * letters outside the Basic Multilingual Plane keep their case. The Kelvin sign (U+212A) does become `k`.
   * O(length); never throws.
   * @example Language.ignoreCase('Ok').members(9) // ['OK', 'Ok', 'oK', 'ok', 'O\u212a', 'o\u212a'], sorted
   */
  static ignoreCase(word: string): Language {
    return Language.#ofPattern(
      sequence(Array.from({ length: word.length }, (_, i) => anyCase(word.charAt(i)))),
    )
  }

  /**
   * The one-unit words from one unit to another, both included. Throws a `RangeError` if that is not a range.
   * @example Language.range(0x61, 0x7a).has('q') // true
   */
  static range(from: number, to: number): Language {
    return Language.charset([[from, to]])
  }

  /**
   * The one-unit words in any of the ranges. Throws a `RangeError` for what is not a range.
   * @example Language.charset([[0x61, 0x7a], [0x30, 0x39]]).repeat(1).has('x86') // true
   */
  static charset(ranges: readonly (readonly [from: number, to: number])[]): Language {
    const units = toUnitSet(ranges)
    const [first] = units
    if (!first) return Language.empty
    if (units.length > 1) return Language.#ofPattern(sequence([units]))
    if (first[0] === first[1]) return Language.literal(String.fromCharCode(first[0]))
    return Language.#ofPattern(sequence([first[0] === 0 && first[1] === LAST_UNIT ? anyUnit : units]))
  }

  static #ofPattern(pattern: Pattern): Language {
    return Language.#ofUnion(toUnion([], [pattern]))
  }

  static #ofUnion(union: Union): Language {
    const hasAll = union.patterns.some((pattern) => pattern.elements.length === 0)
    return hasAll ? Language.all : Language.#of(union, false)
  }

  static #ofMinimal(dfa: Dfa): Language {
    const words = members(dfa, FEW_WORDS)
    return words ? Language.words(words) : Language.#of(undefined, false, dfa)
  }

  static #ofNfa(nfa: Nfa): Language {
    return Language.#ofMinimal(minimize(tabulate(new Subsets(nfa))))
  }

  get #positive(): Union | undefined {
    return this.#isComplement ? undefined : this.#union
  }

  /** The words, where they are known one by one. */
  get #words(): ReadonlySet<string> | undefined {
    return this.#positive?.patterns.length === 0 ? this.#positive.words : undefined
  }

  /** The missing words, where those are known one by one. */
  get #holes(): ReadonlySet<string> | undefined {
    return this.#isComplement && this.#union?.patterns.length === 0 ? this.#union.words : undefined
  }

  /** An automaton to ask one question of; it is fresh, so that no question is answered at another's cost. */
  #automaton(): Automaton {
    if (this.#dfa) return this.#dfa
    const union = new Subsets(nfaOf(this.#union!))
    return this.#isComplement ? new Complement(union) : union
  }

  #minimal(): Dfa {
    return (this.#settled.dfa ??= minimize(tabulate(this.#automaton())))
  }

  /** Whether this lies within the other language, where that is plain to see. Never throws. */
  #isWithin(o: Language): boolean | undefined {
    if (this === o) return true
    if (this.#words) return every(this.#words, (word) => o.has(word))
    if (o.#holes) return every(o.#holes, (word) => !this.has(word))
    if (!this.#union || !o.#union || this.#isComplement !== o.#isComplement) return undefined
    return this.#isComplement ? isUnionWithin(o.#union, this.#union) : isUnionWithin(this.#union, o.#union)
  }

  /**
   * The words of either language.
   * @example Language.literal('a').union(Language.literal('b')).members(9) // ['a', 'b']
   */
  union(o: Language): Language {
    const a = this.#positive
    const b = o.#positive
    if (a && b) return Language.#ofUnion(toUnion([...a.words, ...b.words], [...a.patterns, ...b.patterns]))
    return this.complement().intersection(o.complement()).complement()
  }

  /**
   * The words of both languages.
   * @example Language.words(['a', 'b']).intersection(Language.words(['b', 'c'])).members(9) // ['b']
   */
  intersection(o: Language): Language {
    if (this.#words) return Language.words([...this.#words].filter((word) => o.has(word)))
    if (o.#words) return o.intersection(this)
    if (this.#isComplement && o.#isComplement) return this.complement().union(o.complement()).complement()
    const holes = this.#holes
    if (holes) {
      const inOther = [...holes].filter((word) => o.has(word))
      if (inOther.length === 0) return o
      if (inOther.length < holes.size) return Language.words(inOther).complement().intersection(o)
    } else if (o.#holes) {
      return o.intersection(this)
    }
    if (this.#isWithin(o)) return this
    if (o.#isWithin(this)) return o
    return Language.#ofMinimal(minimize(tabulate(new Intersection(this.#automaton(), o.#automaton()))))
  }

  /**
   * The words of this language that the other does not have.
   * @example Language.words(['a', 'b']).difference(Language.literal('b')).members(9) // ['a']
   */
  difference(o: Language): Language {
    return this.intersection(o.complement())
  }

  /**
   * All other words. O(1) for words, globs and their unions, O(states) for what needed an automaton; never
   * throws.
   * @example Language.literal('a').complement().has('b') // true
   */
  complement(): Language {
    if (this === Language.all) return Language.empty
    if (this.#words?.size === 0) return Language.all
    return Language.#of(
      this.#union,
      this.#union !== undefined && !this.#isComplement,
      this.#dfa?.complement(),
    )
  }

  /**
   * A word of this language followed by a word of the other.
   * @example Language.literal('ns:').concat(Language.all).has('ns:app') // true
   */
  concat(o: Language): Language {
    const a = this === Language.all ? toUnion([], [anyRun]) : this.#positive
    const b = o === Language.all ? toUnion([], [anyRun]) : o.#positive
    const joined = a && b && joinUnions(a, b)
    if (joined) return Language.#ofUnion(joined)
    return Language.#ofNfa(concatenation(this.#minimal(), o.#minimal()))
  }

  /**
   * Any number of words of this language in a row, but at least `min`: the Kleene star (0) or plus (1).
   * @example Language.literal('ab').repeat(0).has('abab') // true, and the empty word too
   */
  repeat(min: 0 | 1): Language {
    const plus = Language.#ofNfa(repetition(this.#minimal()))
    return min === 0 ? plus.union(Language.literal('')) : plus
  }

  /**
   * The left quotient: each `w` such that the prefix followed by `w` is in this language. Globs stay globs.
   * @example Language.words(['a:b', 'c:d']).after('a:').members(9) // ['b']
   */
  after(prefix: string): Language {
    if (!this.#union) return Language.#ofMinimal(mergeClasses(tabulate(this.#dfa!, this.#dfa!.run(prefix))))
    const rest = Language.#ofUnion(afterIn(this.#union, prefix))
    return this.#isComplement ? rest.complement() : rest
  }

  /**
   * The words that contain the delimiter (one unit), cut at the first of them: groups of heads, each with the
   * tails that may follow any head of the group. No head contains the delimiter, no word is in two heads, and
   * no two groups have the same tail. Words without the delimiter are dropped. There are at most as many
   * groups as states, or words. Throws a `RangeError` for a delimiter that is not one unit.
   * @example Language.words(['a:x', 'b:x', 'c']).split(':') // [{ head: a or b, tail: x }]
   */
  split(delimiter: string): readonly Group[] {
    if (delimiter.length !== 1) throw new RangeError('the delimiter must be one UTF-16 unit')
    if (this.#answers.split?.delimiter !== delimiter)
      this.#answers.split = { delimiter, groups: this.#groups(delimiter) }
    return this.#answers.split.groups
  }

  #groups(delimiter: string): readonly Group[] {
    if (this.#words) {
      return splitWords(this.#words, delimiter).map(({ heads, tails }) => ({
        head: Language.words(heads),
        tail: Language.words(tails),
      }))
    }
    return splitAt(this.#minimal(), delimiter.charCodeAt(0)).map(({ head, tail }) => ({
      head: Language.#ofMinimal(head),
      tail: Language.#ofMinimal(tail),
    }))
  }

  /**
   * Whether the word is in the language. Linear in the word, in practice, for each glob of a union; never
   * throws.
   * @example Language.all.has('') // true
   */
  has(word: string): boolean {
    if (typeof this.#form === 'function' && this.#hasAhead) return this.#hasAhead(word)
    return this.#union ? hasWord(this.#union, word) !== this.#isComplement : this.#dfa!.has(word)
  }

  /**
   * Whether there are no words.
   * @example Language.literal('a').intersection(Language.literal('b')).isEmpty // true
   */
  get isEmpty(): boolean {
    if (this.#positive) return this.#words?.size === 0
    return (this.#answers.isEmpty ??= !this.#holes && acceptsNothing(this.#automaton()))
  }

  /**
   * Whether there are finitely many words; `Language.glob` of seven `any-one` is finite, and has 65,536 ** 7.
   * @example Language.words(['a', 'b']).isFinite // true
   */
  get isFinite(): boolean {
    if (this.#positive) return !this.#positive.patterns.some(isInfinite)
    return !this.#holes && isFinite(this.#minimal())
  }

  /**
   * Whether the other language has all words of this one. Microseconds for words and globs.
   * @example Language.literal('a').isSubsetOf(Language.words(['a', 'b'])) // true
   */
  isSubsetOf(o: Language): boolean {
    const isWithin = this.#isWithin(o)
    if (isWithin !== undefined) return isWithin
    if (this.#lackedBy(o) !== undefined) return false
    return acceptsNothing(new Intersection(this.#automaton(), new Complement(o.#automaton())))
  }

  /** The witness, where it is at hand and the other language lacks it: that decides most questions at once. */
  #lackedBy(o: Language): string | undefined {
    const word = this.#dfa ? this.witness() : undefined
    return word === undefined || o.has(word) ? undefined : word
  }

  /**
   * A shortest word of this language that the other lacks; undefined where there is none.
   * @example Language.words(['a', 'bc']).counterexample(Language.literal('a')) // 'bc'
   */
  counterexample(o: Language): string | undefined {
    if (this.#isWithin(o)) return undefined
    if (this.#words) return this.difference(o).witness()
    const word = this.#lackedBy(o)
    if (word !== undefined) return word
    return shortestWord(new Intersection(this.#automaton(), new Complement(o.#automaton())))
  }

  /**
   * Whether no word is in both languages.
   * @example Language.literal('a').isDisjointFrom(Language.literal('b')) // true
   */
  isDisjointFrom(o: Language): boolean {
    if (o.#words) return every(o.#words, (word) => !this.has(word))
    if (this.#words) return o.isDisjointFrom(this)
    return this.isSubsetOf(o.complement())
  }

  /**
   * Whether both have the same words.
   * @example Language.literal('a').equals(Language.words(['a', 'a'])) // true
   */
  equals(o: Language): boolean {
    return this.isSubsetOf(o) && o.isSubsetOf(this)
  }

  /**
   * The length in units of the shortest word; undefined if there is none.
   * @example Language.words(['abc', 'de']).shortestLength // 2
   */
  get shortestLength(): number | undefined {
    return this.witness()?.length
  }

  /**
   * A shortest word, and of those the most readable one: letters before digits before punctuation. The same
   * for equal languages; undefined if there are no words.
   * @example Language.glob(['team-', { wildcard: 'any-one' }, { wildcard: 'any-run' }]).witness() // 'team-a'
   */
  witness(): string | undefined {
    return (this.#answers.witness ??= { word: this.#findWitness() }).word
  }

  #findWitness(): string | undefined {
    if (this.#positive) return unionWitness(this.#positive)
    // Not all words of up to two units can be missing, so longer holes do not matter.
    const holes = this.#holes && [...this.#holes].filter((word) => word.length <= 2)
    return shortestWord(holes ? Language.words(holes).complement().#automaton() : this.#automaton())
  }

  /**
   * All words by length and then by unit, if there are at most `limit`; else undefined, without making any.
   * @example Language.words(['b', 'aa', 'a']).members(9) // ['a', 'b', 'aa']
   */
  members(limit: number): readonly string[] | undefined {
    if (this.#words) return this.#words.size <= limit ? [...this.#words].toSorted(compareWords) : undefined
    if (this.#holes || this.#positive?.patterns.some((pattern) => wordCount(pattern) > limit))
      return undefined
    const known = this.#answers.members
    if (typeof known === 'number' ? known >= limit : known !== undefined && known.length > limit)
      return undefined
    if (typeof known === 'object') return known
    const found = members(this.#minimal(), limit)
    this.#answers.members = found ?? limit
    return found
  }

  /**
   * The words by length and then by unit. Throws an `EnumerationLimitError` before the first one if there are
   * infinitely many, or more than `MEMBER_LIMIT`.
   * @example [...Language.words(['b', 'a'])] // ['a', 'b']
   */
  *[Symbol.iterator](): Generator<string, void, undefined> {
    const words = this.members(MEMBER_LIMIT)
    if (!words) throw new EnumerationLimitError(MEMBER_LIMIT)
    yield* words
  }

  /**
   * The number of states of the minimal automaton; 1 for words, which have none.
   * @example Language.glob(['a', { wildcard: 'any-run' }]).stateCount // 3: before `a`, after it, none
   */
  get stateCount(): number {
    return this.#words ? 1 : this.#minimal().stateCount
  }
}

function every<T>(items: Iterable<T>, test: (item: T) => boolean): boolean {
  for (const item of items) if (!test(item)) return false
  return true
}
