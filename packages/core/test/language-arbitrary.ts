import * as fc from 'fast-check'
import { Language, lowerCase } from '../src/automata/language.js'
import type { GlobToken } from '../src/automata/language.js'

/** An expression over languages, so that more than one engine can be asked what it means. */
export type Expression =
  | { readonly op: 'words'; readonly words: readonly string[] }
  | { readonly op: 'glob'; readonly tokens: readonly GlobToken[] }
  | { readonly op: 'charset'; readonly ranges: readonly (readonly [number, number])[] }
  | { readonly op: 'ignoreCase'; readonly word: string }
  | { readonly op: 'complement' | 'star' | 'plus'; readonly of: Expression }
  | { readonly op: 'after'; readonly prefix: string; readonly of: Expression }
  | {
      readonly op: 'union' | 'intersection' | 'difference' | 'concat'
      readonly left: Expression
      readonly right: Expression
    }

const units = [...'ab:*?AkK', '\u212a', '\u0130', 'σ', 'Σ', 'ς', '\n', '\ud801', '\udc28', '\udc00']

/** Few units, so that words often match. */
export const word = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom('a', 'b', ':') }, fc.constantFrom(...units)), {
    maxLength: 5,
  })
  .map((list) => list.join(''))

export const tokens: fc.Arbitrary<readonly GlobToken[]> = fc.array(
  fc.oneof(
    word,
    fc.constantFrom<GlobToken>({ wildcard: 'any-run' }, { wildcard: 'any-run' }, { wildcard: 'any-one' }),
  ),
  { maxLength: 5 },
)

const ranges = fc.array(
  fc
    .tuple(fc.integer({ min: 0x20, max: 0x7e }), fc.nat(9))
    .map(([from, length]) => [from, from + length] as const),
  { maxLength: 3 },
)

export const expression: fc.Arbitrary<Expression> = fc.letrec<{ expression: Expression; leaf: Expression }>(
  (tie) => ({
    leaf: fc.oneof(
      fc.array(word, { maxLength: 3 }).map((words): Expression => ({ op: 'words', words })),
      tokens.map((list): Expression => ({ op: 'glob', tokens: list })),
      ranges.map((list): Expression => ({ op: 'charset', ranges: list })),
      word.map((text): Expression => ({ op: 'ignoreCase', word: text })),
    ),
    expression: fc.oneof(
      { maxDepth: 3 },
      tie('leaf'),
      fc.record({
        op: fc.constantFrom('union', 'intersection', 'difference', 'concat'),
        left: tie('expression'),
        right: tie('expression'),
      }),
      fc.record({ op: fc.constantFrom('complement', 'star', 'plus'), of: tie('expression') }),
      fc.record({ op: fc.constant('after'), prefix: word, of: tie('expression') }),
    ),
  }),
).expression

export function languageOf(e: Expression): Language {
  switch (e.op) {
    case 'words':
      return Language.words(e.words)
    case 'glob':
      return Language.glob(e.tokens)
    case 'charset':
      return Language.charset(e.ranges)
    case 'ignoreCase':
      return Language.ignoreCase(e.word)
    case 'complement':
      return languageOf(e.of).complement()
    case 'star':
      return languageOf(e.of).repeat(0)
    case 'plus':
      return languageOf(e.of).repeat(1)
    case 'after':
      return languageOf(e.of).after(e.prefix)
    default:
      return languageOf(e.left)[e.op](languageOf(e.right))
  }
}

/** The same by the definition of each operation, one word at a time. */
export function isMember(e: Expression, w: string): boolean {
  switch (e.op) {
    case 'words':
      return e.words.includes(w)
    case 'glob':
      return regExpOf(e.tokens).test(w)
    case 'charset':
      return w.length === 1 && e.ranges.some(([from, to]) => w.charCodeAt(0) >= from && w.charCodeAt(0) <= to)
    case 'ignoreCase':
      return lowerCase(w) === lowerCase(e.word)
    case 'complement':
      return !isMember(e.of, w)
    case 'star':
      return isRepetition(e.of, w, true)
    case 'plus':
      return isRepetition(e.of, w, isMember(e.of, ''))
    case 'after':
      return isMember(e.of, e.prefix + w)
    case 'union':
      return isMember(e.left, w) || isMember(e.right, w)
    case 'intersection':
      return isMember(e.left, w) && isMember(e.right, w)
    case 'difference':
      return isMember(e.left, w) && !isMember(e.right, w)
    case 'concat':
      return cuts(w).some(([head, tail]) => isMember(e.left, head) && isMember(e.right, tail))
  }
}

function isRepetition(of: Expression, w: string, hasEmpty: boolean): boolean {
  if (w === '') return hasEmpty
  return cuts(w)
    .slice(1)
    .some(([head, tail]) => isMember(of, head) && (tail === '' || isRepetition(of, tail, false)))
}

function cuts(w: string): readonly (readonly [string, string])[] {
  return Array.from({ length: w.length + 1 }, (_, i) => [w.slice(0, i), w.slice(i)] as const)
}

function regExpOf(list: readonly GlobToken[]): RegExp {
  const source = list.map((token) => {
    if (typeof token !== 'string') return token.wildcard === 'any-run' ? '[^]*' : '[^]'
    return token.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  })
  return new RegExp(`^${source.join('')}$`)
}

/** All words over the alphabet up to a length. */
export function wordsUpTo(length: number, alphabet: string): readonly string[] {
  const words = ['']
  for (let from = 0, level = 0; level < length; level++) {
    const to = words.length
    for (; from < to; from++) for (const unit of alphabet) words.push(words[from]! + unit)
  }
  return words
}
