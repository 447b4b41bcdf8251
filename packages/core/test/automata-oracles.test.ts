import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { CharSet, DFA, NFA } from 'refa'
import { Language, lowerCase } from '../src/automata/language.js'
import type { GlobToken } from '../src/automata/language.js'
import { globPairs, tokensOf } from './glob-pairs.js'
import { expression, languageOf } from './language-arbitrary.js'
import type { Expression } from './language-arbitrary.js'

const cases = process.env['PODTRUST_CASES']

describe('refa', () => {
  const options = { maxCharacter: 0xffff }
  const any = CharSet.all(options.maxCharacter)
  const unitsOf = (word: string) => Array.from({ length: word.length }, (_, i) => word.charCodeAt(i))

  function tokenNfa(token: GlobToken): NFA {
    if (typeof token === 'string') return NFA.fromWords([unitsOf(token)], options)
    return token.wildcard === 'any-run' ? NFA.all(options) : NFA.fromCharSet(any)
  }

  const unitsByLowerCase = new Map<string, number[]>()
  for (let unit = 0; unit <= options.maxCharacter; unit++) {
    const lower = lowerCase(String.fromCharCode(unit))
    unitsByLowerCase.set(lower, [...(unitsByLowerCase.get(lower) ?? []), unit])
  }

  function anyCaseOf(word: string): readonly CharSet[] {
    const lower = lowerCase(word)
    return Array.from({ length: lower.length }, (_, i) =>
      CharSet.fromCharacters(options.maxCharacter, unitsByLowerCase.get(lower.charAt(i)) ?? []),
    )
  }

  function nfaOf(e: Expression): NFA {
    switch (e.op) {
      case 'words':
        return NFA.fromWords(e.words.map(unitsOf), options)
      case 'glob': {
        const nfa = NFA.emptyWord(options)
        for (const token of e.tokens) nfa.append(tokenNfa(token))
        return nfa
      }
      case 'charset': {
        const ranges = e.ranges.map(([min, max]) => ({ min, max }))
        return NFA.fromCharSet(CharSet.empty(options.maxCharacter).union(ranges))
      }
      case 'ignoreCase':
        return NFA.fromWordSets([anyCaseOf(e.word)], options)
      case 'complement':
        return NFA.fromFA(complementOf(e.of))
      case 'star':
      case 'plus': {
        const nfa = nfaOf(e.of)
        nfa.quantify(e.op === 'star' ? 0 : 1, Infinity)
        return nfa
      }
      case 'union':
      case 'concat': {
        const nfa = nfaOf(e.left)
        if (e.op === 'union') nfa.union(nfaOf(e.right))
        else nfa.append(nfaOf(e.right))
        return nfa
      }
      case 'intersection':
        return NFA.fromIntersection(nfaOf(e.left), nfaOf(e.right))
      case 'difference':
        return NFA.fromIntersection(nfaOf(e.left), complementOf(e.right))
      case 'after':
        throw new Error('refa has no quotients')
    }
  }

  function complementOf(e: Expression): DFA {
    const dfa = DFA.fromFA(nfaOf(e))
    dfa.complement()
    return dfa
  }

  function minimalDfa(e: Expression): DFA {
    const dfa = DFA.fromFA(nfaOf(e))
    dfa.minimize()
    return dfa
  }

  function hasQuotient(e: Expression): boolean {
    if (e.op === 'after') return true
    if ('of' in e) return hasQuotient(e.of)
    return 'left' in e && (hasQuotient(e.left) || hasQuotient(e.right))
  }

  const inRefa = expression.filter((e) => !hasQuotient(e))
  const numRuns = Number(cases ?? 150)

  test('the left quotients of a language are the states of the minimal automaton of refa', () => {
    fc.assert(
      fc.property(inRefa, (e) => {
        const dfa = minimalDfa(e)
        const quotients = new Map([[dfa.initial, languageOf(e)]])
        let isComplete = true
        for (const [node, language] of quotients) {
          expect(language.has('')).toBe(dfa.finals.has(node))
          let next = 0
          const expectDead = (unit: number) => {
            isComplete = false
            expect(language.after(String.fromCharCode(unit)).isEmpty).toBe(true)
          }
          for (const [range, target] of node.out) {
            if (range.min > next) {
              expectDead(next)
              expectDead(range.min - 1)
            }
            next = range.max + 1
            for (const unit of new Set([range.min, range.max])) {
              const after = language.after(String.fromCharCode(unit))
              const known = quotients.get(target)
              if (known) expect(after.equals(known)).toBe(true)
              else quotients.set(target, after)
            }
          }
          if (next <= 0xffff) {
            expectDead(next)
            expectDead(0xffff)
          }
        }
        const { stateCount } = languageOf(e)
        // Words need no automaton, and refa leaves out the dead state.
        if (stateCount > 1) expect(stateCount).toBe(isComplete ? quotients.size : quotients.size + 1)
      }),
      { numRuns },
    )
  })

  test('inclusion, emptiness and finiteness are what refa says', () => {
    fc.assert(
      fc.property(inRefa, inRefa, (left, right) => {
        const a = languageOf(left)
        const b = languageOf(right)
        const difference = minimalDfa({ op: 'difference', left, right })
        const both = minimalDfa({ op: 'intersection', left, right })
        expect(a.isSubsetOf(b)).toBe(difference.isEmpty)
        expect(a.isDisjointFrom(b)).toBe(both.isEmpty)
        expect(a.intersection(b).isFinite).toBe(both.isFinite)
        expect(a.difference(b).isEmpty).toBe(difference.isEmpty)
        const witness = a.difference(b).witness()
        if (witness !== undefined) expect(difference.test(unitsOf(witness))).toBe(true)
      }),
      { numRuns },
    )
  })
})

describe('z3', () => {
  /** What is used of the solver; its own types need a DOM. */
  interface Z3 {
    mk_config(): unknown
    mk_context(config: unknown): unknown
    del_config(config: unknown): void
    del_context(context: unknown): void
    parse_smtlib2_string(
      context: unknown,
      script: string,
      sortNames: [],
      sorts: [],
      declarationNames: [],
      declarations: [],
    ): unknown
    ast_vector_inc_ref(context: unknown, vector: unknown): void
    ast_vector_get(context: unknown, vector: unknown, index: number): unknown
    mk_solver(context: unknown): unknown
    solver_inc_ref(context: unknown, solver: unknown): void
    solver_assert(context: unknown, solver: unknown, assertion: unknown): void
    solver_check(context: unknown, solver: unknown): Promise<-1 | 0 | 1>
  }
  interface Solver {
    readonly Z3: Z3
    readonly em: unknown
  }
  const { init, killThreads } = createRequire(import.meta.url)('z3-solver') as {
    init(): Promise<Solver>
    killThreads(em: unknown): void
  }
  let z3: Solver

  beforeAll(async () => {
    z3 = await init()
  })
  afterAll(() => killThreads(z3.em))

  function regexOf(glob: string): string {
    const parts = tokensOf(glob).map((token) => {
      if (typeof token === 'string') return `(str.to_re "${token}")`
      return token.wildcard === 'any-run' ? 're.all' : 're.allchar'
    })
    return `(re.++ (str.to_re "") ${parts.join(' ')})`
  }

  /**
   * One membership in a difference: two memberships, one of them negated, take a thousand times as long. The
   * script is parsed by a synchronous call, since an asynchronous one may read its text when that is gone.
   */
  async function isIncluded(a: string, b: string): Promise<boolean> {
    const { Z3 } = z3
    const config = Z3.mk_config()
    const context = Z3.mk_context(config)
    Z3.del_config(config)
    const script = `(declare-const s String)(assert (str.in_re s (re.diff ${regexOf(a)} ${regexOf(b)})))`
    const assertions = Z3.parse_smtlib2_string(context, script, [], [], [], [])
    Z3.ast_vector_inc_ref(context, assertions)
    const solver = Z3.mk_solver(context)
    Z3.solver_inc_ref(context, solver)
    Z3.solver_assert(context, solver, Z3.ast_vector_get(context, assertions, 0))
    const answer = await Z3.solver_check(context, solver)
    Z3.del_context(context)
    if (answer === 0) throw new Error(`z3 cannot tell whether ${a} lies within ${b}`)
    return answer < 0
  }

  test('the inclusion of globs is what z3 says', async () => {
    let included = 0
    for (const { a, b } of globPairs(Number(cases ?? 100))) {
      const expected = await isIncluded(a, b)
      if (expected) included++
      const [first, second] = [Language.glob(tokensOf(a)), Language.glob(tokensOf(b))]
      expect([a, b, first.isSubsetOf(second)]).toEqual([a, b, expected])
      expect([a, b, first.difference(second).isEmpty]).toEqual([a, b, expected])
    }
    expect(included).toBeGreaterThan(0)
  }, 600_000)
})
