import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import {
  EnumerationLimitError,
  Language,
  lowerCase,
  MEMBER_LIMIT,
  STATE_LIMIT,
  StateLimitError,
} from '../src/automata/language.js'
import type { GlobToken } from '../src/automata/language.js'
import { globPairs, tokensOf } from './glob-pairs.js'
import { expression, isMember, languageOf, tokens, word, wordsUpTo } from './language-arbitrary.js'

const numRuns = Number(process.env['PODTRUST_CASES'] ?? 150)
const language = expression.map(languageOf)
const anyRun: GlobToken = { wildcard: 'any-run' }
const anyOne: GlobToken = { wildcard: 'any-one' }
const shortWords = wordsUpTo(3, 'a:*K')

/** `*a` and so many `?`: twice as many states for each. */
const blowUp = (letter: string, length = 16) =>
  Language.glob([anyRun, letter, ...Array.from({ length }, () => anyOne)])

function check<T extends [unknown, ...unknown[]]>(
  arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> },
  law: (...values: T) => void,
): void {
  fc.assert(fc.property(...arbitraries, law), { numRuns })
}

function expectEqual(a: Language, b: Language): void {
  expect(a.equals(b)).toBe(true)
  expect(b.equals(a)).toBe(true)
}

describe('membership', () => {
  test('a language has a word exactly when the definition of its expression says so', () => {
    check([expression, fc.array(word, { minLength: 1, maxLength: 8 })], (e, words) => {
      const l = languageOf(e)
      for (const w of words) expect([w, l.has(w)]).toEqual([w, isMember(e, w)])
    })
  })

  test('the minimal automaton, and not only the short cuts, has the same words', () => {
    check([expression, fc.array(word, { minLength: 1, maxLength: 8 })], (e, words) => {
      // A union with itself in two pieces can only be done by automata.
      const odd = Language.charset([[0, 0xffff]])
        .concat(Language.charset([[0, 0xffff]]))
        .repeat(0)
      const l = languageOf(e)
      const rebuilt = l.intersection(odd).union(l.difference(odd))
      for (const w of words) expect([w, rebuilt.has(w)]).toEqual([w, isMember(e, w)])
      expectEqual(rebuilt, l)
    })
  })

  test('a glob matches as a regular expression of runs and single units does', () => {
    check([tokens, word], (list, w) => {
      expect(Language.glob(list).has(w)).toBe(isMember({ op: 'glob', tokens: list }, w))
    })
  })

  test('a wildcard crosses newlines and colons, and any-one is half of a surrogate pair', () => {
    expect(Language.glob(['a', anyRun, 'b']).has('a:\n:b')).toBe(true)
    expect(Language.glob([anyOne]).has('😀')).toBe(false)
    expect(Language.glob([anyOne, anyOne]).has('😀')).toBe(true)
  })

  test('literal text may hold wildcard characters', () => {
    expect(Language.literal('*').has('a')).toBe(false)
    expect(Language.glob(['?*']).members(2)).toEqual(['?*'])
  })

  test('a character class has the units of its ranges, in whatever order they are given', () => {
    expect(
      Language.charset([
        [0x62, 0x63],
        [0x61, 0x62],
        [0x30, 0x30],
      ]).members(9),
    ).toEqual(['0', 'a', 'b', 'c'])
    expect(Language.charset([])).toBe(Language.empty)
    expectEqual(Language.range(0, 0xffff), Language.glob([anyOne]))
    for (const [from, to] of [
      [1, 0],
      [-1, 3],
      [0, 0x10000],
      [0.5, 1],
    ] as const) {
      expect(() => Language.range(from, to)).toThrow(RangeError)
    }
  })
})

describe('Boolean algebra', () => {
  test('the complement of the complement is the language', () => {
    check([language], (a) => expectEqual(a.complement().complement(), a))
  })

  test("De Morgan's laws hold", () => {
    check([language, language], (a, b) => {
      expectEqual(a.union(b).complement(), a.complement().intersection(b.complement()))
      expectEqual(a.intersection(b).complement(), a.complement().union(b.complement()))
    })
  })

  test('union and intersection absorb each other', () => {
    check([language, language], (a, b) => {
      expectEqual(a.union(a.intersection(b)), a)
      expectEqual(a.intersection(a.union(b)), a)
    })
  })

  test('union and intersection are commutative, associative and distribute over each other', () => {
    check([language, language, language], (a, b, c) => {
      expectEqual(a.union(b), b.union(a))
      expectEqual(a.intersection(b), b.intersection(a))
      expectEqual(a.union(b).union(c), a.union(b.union(c)))
      expectEqual(a.intersection(b).intersection(c), a.intersection(b.intersection(c)))
      expectEqual(a.intersection(b.union(c)), a.intersection(b).union(a.intersection(c)))
    })
  })

  test('a language and its complement have every word once', () => {
    check([language], (a) => {
      expectEqual(a.union(a.complement()), Language.all)
      expectEqual(a.intersection(a.complement()), Language.empty)
      expect(a.isDisjointFrom(a.complement())).toBe(true)
    })
  })

  test('the difference is the intersection with the complement', () => {
    check([language, language], (a, b) => {
      expectEqual(a.difference(b), a.intersection(b.complement()))
      expectEqual(a.difference(b).union(a.intersection(b)), a)
    })
  })

  test('a language is a subset exactly when the difference is empty', () => {
    check([language, language], (a, b) => {
      expect(a.isSubsetOf(b)).toBe(a.difference(b).isEmpty)
      expect(a.intersection(b).isSubsetOf(a)).toBe(true)
      expect(a.isSubsetOf(a.union(b))).toBe(true)
    })
  })

  test('languages are disjoint exactly when the intersection is empty', () => {
    check([language, language], (a, b) => {
      expect(a.isDisjointFrom(b)).toBe(a.intersection(b).isEmpty)
      expect(b.isDisjointFrom(a)).toBe(a.isDisjointFrom(b))
    })
  })

  test('equal means subset both ways', () => {
    check([language, language], (a, b) => {
      expect(a.equals(b)).toBe(a.isSubsetOf(b) && b.isSubsetOf(a))
      expect(a.equals(b)).toBe(a.difference(b).union(b.difference(a)).isEmpty)
    })
  })

  test('the inclusion of globs is the same with and without its short cut', () => {
    const pairs = globPairs(200, 7)
    const globs = pairs.map(({ a, b }) => [Language.glob(tokensOf(a)), Language.glob(tokensOf(b))] as const)
    const included = globs.filter(([a, b]) => a.isSubsetOf(b)).length
    expect(included).toBe(globs.filter(([a, b]) => a.intersection(b.complement()).isEmpty).length)
    expect(included).toBeGreaterThan(20)
    expect(included).toBeLessThan(180)
    check([tokens, tokens], (s, t) => {
      const [a, b] = [Language.glob(s), Language.glob(t)]
      expect(a.isSubsetOf(b)).toBe(a.intersection(b.complement()).isEmpty)
    })
  })

  test('the answer of an operation does not depend on what was asked before', () => {
    check([expression, expression], (e, f) => {
      const [a, b] = [languageOf(e), languageOf(f)]
      const fresh = a.isSubsetOf(b)
      expect([a.stateCount, b.stateCount].every((count) => count > 0)).toBe(true)
      expect(a.isSubsetOf(b)).toBe(fresh)
      expect(a.complement().isSubsetOf(b.complement())).toBe(
        languageOf(e).complement().isSubsetOf(languageOf(f).complement()),
      )
    })
  })
})

describe('words and quotients', () => {
  test('concatenation, repetition and the left quotient agree with brute force on all short words', () => {
    check([expression, expression, fc.constantFrom('', 'a', ':', 'a:', '*K')], (left, right, prefix) => {
      const concat = languageOf(left).concat(languageOf(right))
      const star = languageOf(left).repeat(0)
      const rest = languageOf(left).after(prefix)
      for (const w of wordsUpTo(2, 'a:*K')) {
        expect([w, concat.has(w)]).toEqual([w, isMember({ op: 'concat', left, right }, w)])
        expect([w, star.has(w)]).toEqual([w, isMember({ op: 'star', of: left }, w)])
        expect([w, rest.has(w)]).toEqual([w, isMember(left, prefix + w)])
      }
    })
  })

  test('the prefix followed by its left quotient lies within the language', () => {
    check([language, word], (a, prefix) => {
      const joined = Language.literal(prefix).concat(a.after(prefix))
      expect(joined.isSubsetOf(a)).toBe(true)
      expectEqual(joined, a.intersection(Language.literal(prefix).concat(Language.all)))
    })
  })

  test('one or more is one followed by any number', () => {
    check([language], (a) => {
      expectEqual(a.repeat(1), a.concat(a.repeat(0)))
      expectEqual(a.repeat(0), a.repeat(1).union(Language.literal('')))
    })
  })

  test('split cuts every word with the delimiter at the first one and drops the others', () => {
    check([expression], (e) => {
      const groups = languageOf(e).split(':')
      for (const w of shortWords) {
        const at = w.indexOf(':')
        const cut =
          at >= 0 && groups.some(({ head, tail }) => head.has(w.slice(0, at)) && tail.has(w.slice(at + 1)))
        expect([w, cut]).toEqual([w, at >= 0 && isMember(e, w)])
      }
    })
  })

  test('split gives disjoint heads without the delimiter, tails that differ, and the language again', () => {
    const withDelimiter = Language.glob([anyRun, ':', anyRun])
    check([language], (a) => {
      const groups = a.split(':')
      let together = Language.empty
      groups.forEach(({ head, tail }, i) => {
        expect(head.isEmpty || tail.isEmpty).toBe(false)
        expect(head.isDisjointFrom(withDelimiter)).toBe(true)
        for (const other of groups.slice(i + 1)) {
          expect(head.isDisjointFrom(other.head)).toBe(true)
          expect(tail.equals(other.tail)).toBe(false)
        }
        together = together.union(head.concat(Language.literal(':')).concat(tail))
      })
      expectEqual(together, a.intersection(withDelimiter))
    })
  })

  test('split of namespace and name globs keeps what belongs together', () => {
    const grants = Language.glob(['team-', anyRun, ':app']).union(Language.words(['kube-system:dns', 'x']))
    const groups = grants.split(':')
    const of = (head: string) => groups.find((group) => group.head.has(head))
    expect(groups).toHaveLength(2)
    expect(of('kube-system')?.head.members(9)).toEqual(['kube-system'])
    expect(of('kube-system')?.tail.members(9)).toEqual(['dns'])
    expect(of('team-a')?.tail.has('app')).toBe(true)
    // A run crosses the colon.
    expect(of('team-a')?.tail.has('x:app')).toBe(true)
    expect(() => grants.split('')).toThrow(RangeError)
    expect(() => grants.split('::')).toThrow(RangeError)
  })
})

describe('letter case', () => {
  test('ignoring case is having the same lower case', () => {
    check([word, word], (a, b) => {
      const l = Language.ignoreCase(a)
      expect(l.has(b)).toBe(lowerCase(a) === lowerCase(b))
      for (const w of [a, a.toUpperCase(), a.toLowerCase(), lowerCase(a)]) {
        expect([w, l.has(w)]).toEqual([w, lowerCase(w) === lowerCase(a)])
      }
    })
  })

  test('every unit is in the language of its lower case, whose lower case is itself', () => {
    for (let unit = 0; unit <= 0xffff; unit++) {
      const letter = String.fromCharCode(unit)
      const lower = lowerCase(letter)
      if (lowerCase(lower) !== lower || lower.length !== 1) throw new Error(`unit ${unit}`)
      if (lower !== letter && !Language.ignoreCase(lower).has(letter)) throw new Error(`unit ${unit}`)
    }
    expect(Language.ignoreCase('k').members(9)).toEqual(['K', 'k', '\u212a'])
    expect(Language.ignoreCase('σ').members(9)).toEqual(['Σ', 'σ'])
    expect(Language.ignoreCase('\u0130').members(9)).toEqual(['\u0130'])
  })

  test('lower case is that of JavaScript but for the three cases that depend on more than one unit', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!/[\u0130Σ\ud800-\udfff]/.test(text))
        expect(lowerCase(text)).toBe(text.toLowerCase())
      }),
      { numRuns },
    )
    expect(lowerCase('\u0130ΑΣ\u{10400}')).toBe('\u0130ας\u{10400}'.replace('ς', 'σ'))
  })
})

describe('witnesses and members', () => {
  test('a witness is a word of the language, and no word is shorter', () => {
    check([expression], (e) => {
      const l = languageOf(e)
      const witness = l.witness()
      expect(witness === undefined).toBe(l.isEmpty)
      expect(l.shortestLength).toBe(witness?.length)
      if (witness === undefined) return
      expect(isMember(e, witness)).toBe(true)
      const shorter = Array.from({ length: witness.length }, () =>
        Language.glob([anyOne]).union(Language.literal('')),
      )
      if (shorter.length === 0) return
      const upTo = shorter.slice(1).reduce((all, one) => all.concat(one), Language.literal(''))
      expect(l.isDisjointFrom(upTo)).toBe(true)
    })
  })

  test('equal languages have the same witness, however they were made', () => {
    check([language, language], (a, b) => {
      const rebuilt = a.intersection(b).union(a.difference(b))
      expect(rebuilt.witness()).toBe(a.witness())
    })
  })

  test('a witness reads well', () => {
    expect(Language.glob(['team-', anyOne, anyRun, ':', anyOne]).witness()).toBe('team-a:a')
    expect(Language.charset([[0x20, 0x39]]).witness()).toBe('0')
    expect(Language.charset([[0x20, 0x2f]]).witness()).toBe('!')
    expect(Language.words(['_', 'Z', '~']).complement().difference(Language.literal('')).witness()).toBe('a')
    expect(Language.empty.witness()).toBeUndefined()
    expect(Language.all.witness()).toBe('')
  })

  test('members are all words, by length and then by unit', () => {
    check([expression], (e) => {
      const l = languageOf(e)
      const members = l.members(50)
      if (!members) {
        expect(l.isFinite && (l.members(5000)?.length ?? Infinity) <= 50).toBe(false)
        return
      }
      expect(l.isFinite).toBe(true)
      expectEqual(Language.words(members), l)
      expect([...l]).toEqual(members)
      expect(members).toEqual(
        [...new Set(members)].toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1)),
      )
      expect(l.members(members.length)).toEqual(members)
      expect(l.members(members.length - 1)).toBeUndefined()
    })
  })

  test('members of a huge or infinite language are refused at once', () => {
    expect(Language.all.members(1e6)).toBeUndefined()
    expect(Language.glob(Array.from({ length: 9 }, () => anyOne)).members(1e6)).toBeUndefined()
    expect(Language.glob(Array.from({ length: 9 }, () => anyOne)).isFinite).toBe(true)
    expect(blowUp('a').members(1e6)).toBeUndefined()
    const fromAutomaton = Language.charset([[0x61, 0x7a]])
    const long = Array.from({ length: 40 }).reduce<Language>(
      (l) => l.concat(fromAutomaton),
      Language.literal(''),
    )
    expect(long.intersection(long.complement().complement()).members(1e6)).toBeUndefined()
  })

  test('iterating an infinite or huge language throws before the first word', () => {
    for (const l of [Language.all, Language.glob(['a', anyRun]), Language.glob([anyOne, anyOne])]) {
      const words = l[Symbol.iterator]()
      expect(() => words.next()).toThrow(EnumerationLimitError)
    }
    expect([...Language.charset([[0, 0xffff]])]).toHaveLength(0x10000)
    expect(MEMBER_LIMIT).toBeGreaterThan(0x10000)
    expect(new EnumerationLimitError(5)).toMatchObject({ code: 'enumeration-limit', limit: 5 })
  })

  test('complements of words are infinite, and know their holes', () => {
    const l = Language.words(['', 'a', 'bb']).complement()
    expect(l.isFinite).toBe(false)
    expect(l.isEmpty).toBe(false)
    expect(l.has('a')).toBe(false)
    expect(l.witness()).toBe('b')
    expect(l.complement().members(9)).toEqual(['', 'a', 'bb'])
    expect(
      l
        .union(Language.words(['a', 'c']))
        .complement()
        .members(9),
    ).toEqual(['', 'bb'])
  })
})

describe('limits', () => {
  /** Runs what must end soon, with the answer or with a `StateLimitError`. */
  function expectSoon(run: () => unknown): unknown {
    const start = performance.now()
    let answer: unknown
    try {
      answer = run()
    } catch (error) {
      expect(error).toBeInstanceOf(StateLimitError)
      expect((error as StateLimitError).code).toBe('state-limit')
      expect((error as StateLimitError).limit).toBeLessThanOrEqual(STATE_LIMIT)
      answer = 'limit'
    }
    // Each takes some hundred milliseconds; the rest is for a busy machine.
    expect(performance.now() - start).toBeLessThan(3000)
    return answer
  }

  test('what would pass the state limit throws, and soon', () => {
    expect(expectSoon(() => blowUp('a').stateCount)).toBe('limit')
    expect(expectSoon(() => blowUp('a').split(':'))).toBe('limit')
    // Four thousand groups, each with thousands of states.
    expect(expectSoon(() => Language.glob(Array.from({ length: 4000 }, () => anyOne)).split(':'))).toBe(
      'limit',
    )
    expect(expectSoon(() => blowUp('a').repeat(0))).toBe('limit')
    expect(expectSoon(() => blowUp('a').intersection(blowUp('b')))).toBe('limit')
    expect(expectSoon(() => blowUp('a').isDisjointFrom(blowUp('a').complement()))).toBe(true)
  })

  test('a blow-up does not hinder questions that can be answered without it', () => {
    const l = blowUp('a')
    expect(l.has(`xx${'a'.repeat(17)}`)).toBe(true)
    expect(l.isEmpty).toBe(false)
    expect(l.isFinite).toBe(false)
    expect(l.witness()).toBe('a'.repeat(17))
    expect(l.isSubsetOf(blowUp('b'))).toBe(false)
    expect(l.isSubsetOf(l.union(blowUp('b')))).toBe(true)
    expect(l.equals(blowUp('a'))).toBe(true)
    expect(l.isDisjointFrom(Language.literal('b'))).toBe(true)
    expect(l.complement().isEmpty).toBe(false)
    expect(l.after('ab').has('b'.repeat(15))).toBe(true)
    expect(Language.glob(['x', anyOne, ':y']).isSubsetOf(l)).toBe(false)
    expect(l.intersection(Language.words(['b', 'a'.repeat(17)])).members(9)).toEqual(['a'.repeat(17)])
  })

  test('a large alphabet and many patterns are limited too', () => {
    const scattered = Language.charset(Array.from({ length: 5000 }, (_, i) => [i * 7, i * 7] as const))
    expectSoon(() => scattered.repeat(1).complement().isEmpty)
    const many = Array.from({ length: 14 }, (_, i) => Language.glob([anyRun, `<${i}>`, anyRun]))
    expectSoon(() => many.reduce((a, b) => a.intersection(b)).stateCount)
    const union = Array.from({ length: 400 }, (_, i) => Language.glob([anyRun, `-${i}`, anyOne, anyOne]))
    expectSoon(() => union.reduce((a, b) => a.union(b)).stateCount)
  })

  test('words of a hundred thousand units do not overflow the stack', () => {
    const long = 'ab'.repeat(50_000)
    const l = Language.literal(long)
    expect(l.has(long)).toBe(true)
    expect(l.witness()).toBe(long)
    expect(l.complement().witness()).toBe('')
    expect(l.isSubsetOf(Language.glob([anyRun, 'b']))).toBe(true)
    expect(Language.glob([long, anyRun]).isSubsetOf(Language.glob(['a', anyRun]))).toBe(true)
    expect(Language.glob([long, anyRun]).after(long).equals(Language.all)).toBe(true)
    expect(Language.ignoreCase(long).has(long.toUpperCase())).toBe(true)
    expect(l.concat(Language.all).has(`${long}c`)).toBe(true)
    expect(expectSoon(() => Language.glob([long, anyRun]).stateCount)).toBe('limit')
    const chain = Language.glob([long.slice(0, 9000), anyRun])
    expect(chain.stateCount).toBe(9002)
    expect(chain.split('b')).toHaveLength(1)
  })

  test('a glob of five hundred runs matches and compares without a blow-up', () => {
    const list = Array.from({ length: 500 }, (_, i): readonly GlobToken[] => [`x${i % 10}a`, anyRun]).flat()
    const glob = Language.glob(list)
    const w = 'x0ax1ax2ax3ax4ax5ax6ax7ax8ax9a'.repeat(50)
    expect(glob.has(w)).toBe(true)
    expect(glob.has(w.slice(0, -1))).toBe(false)
    expect(Language.glob([anyRun, ...list]).isSubsetOf(Language.glob([anyRun, 'x9a', anyRun]))).toBe(true)
    expect(glob.stateCount).toBeLessThan(1700)
  })
})
