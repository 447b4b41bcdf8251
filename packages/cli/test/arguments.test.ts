import { describe, expect, test } from '@jest/globals'
import { didYouMean } from '../src/did-you-mean.js'
import { DEFAULT_FAIL_ON, getExitCode, parseFailOn } from '../src/exit-code.js'
import type { ExitRules, Outcome } from '../src/exit-code.js'
import { parseArguments } from '../src/options.js'
import type { Arguments, OptionName } from '../src/options.js'
import { parseTargets, wantsColor } from '../src/output.js'

const all: readonly OptionName[] = [
  'format',
  'fail-on',
  'quiet',
  'verbose',
  'color',
  'no-color',
  'role',
  'help',
]
const parse = (...args: readonly string[]): Arguments => parseArguments(args, all)

type Finding = Outcome['findings'][number]

const finding = (more: Partial<Finding> = {}): Finding => ({
  kind: 'exposure',
  severity: 'high',
  certainty: 'proved',
  ...more,
})

const codeOf = (outcome: Partial<Outcome>, rules: Partial<ExitRules> = {}): number =>
  getExitCode(
    { errors: 0, findings: [], isComplete: true, ...outcome },
    { failOn: DEFAULT_FAIL_ON, provedOnly: false, requireComplete: false, ...rules },
  )

describe('the exit code', () => {
  test.each([
    ['0 when clean', codeOf({}), 0],
    ['0 when incomplete, unless it matters', codeOf({ isComplete: false }), 0],
    ['1 for a finding at the threshold', codeOf({ findings: [finding({ severity: 'medium' })] }), 1],
    ['1 for a possible finding', codeOf({ findings: [finding({ certainty: 'possible' })] }), 1],
    [
      '0 for a possible finding with --proved-only',
      codeOf({ findings: [finding({ certainty: 'possible' })] }, { provedOnly: true }),
      0,
    ],
    ['0 below the threshold', codeOf({ findings: [finding({ severity: 'low' })] }), 0],
    [
      '0 for info, always',
      codeOf({ findings: [finding({ severity: 'info' })] }, { failOn: parseFailOn('low') }),
      0,
    ],
    [
      '0 with none',
      codeOf({ findings: [finding({ severity: 'critical' })] }, { failOn: parseFailOn('none') }),
      0,
    ],
    [
      '0 where the kind is let off',
      codeOf({ findings: [finding({ kind: 'breakage' })] }, { failOn: parseFailOn('breakage=none') }),
      0,
    ],
    [
      '1 where another kind is let off',
      codeOf({ findings: [finding()] }, { failOn: parseFailOn('breakage=none') }),
      1,
    ],
    ['2 before 1', codeOf({ errors: 1, findings: [finding()] }), 2],
    ['1 before 3', codeOf({ findings: [finding()], isComplete: false }, { requireComplete: true }), 1],
    ['3 when incomplete and that matters', codeOf({ isComplete: false }, { requireComplete: true }), 3],
  ])('%s', (_, code, expected) => expect(code).toBe(expected))

  test('--fail-on is one severity for all, or one for each kind', () => {
    expect(parseFailOn('high')).toEqual({ exposure: 'high', breakage: 'high', hygiene: 'high' })
    expect(parseFailOn('high, exposure=low')).toEqual({ exposure: 'low', breakage: 'high', hygiene: 'high' })
    expect(() => parseFailOn('info')).toThrow('findings of severity `info` never fail a run')
    expect(() => parseFailOn('exposur=low')).toThrow('did you mean `exposure`?')
    expect(() => parseFailOn('')).toThrow('no severity is called ``')
  })
})

describe('arguments', () => {
  test('long, short, joined, apart, bundled', () => {
    const options = parse('a', '--format', 'json', '-ftext', '-f=x', '--role=b=c', '-qv', '-', '--', '--d')
    expect(options.positionals).toEqual(['a', '-', '--d'])
    expect(options.all('format')).toEqual(['json', 'text', 'x'])
    expect(options.get('role')).toBe('b=c')
    expect([options.has('quiet'), options.has('verbose'), options.has('help')]).toEqual([true, true, false])
  })

  test.each([
    [['--fromat'], 'unknown option `--fromat` (did you mean `--format`?)'],
    [['--all'], 'this command has no option `--all`'],
    [['-x'], 'unknown option `-x`'],
    [['-help'], 'did you mean `help`?'],
    [['--role'], '--role wants a value: --role ROLE'],
    [['--quiet=1'], '--quiet takes no value'],
    [['--color=alwais'], 'did you mean `always`?'],
  ])('%j is refused', (args, message) => expect(() => parse(...args)).toThrow(message))

  test('one format at most goes to standard output', () => {
    expect(parseTargets([])).toEqual([{ format: 'text' }])
    expect(parseTargets(['text', 'json=a=b.json'])).toEqual([
      { format: 'text' },
      { format: 'json', file: 'a=b.json' },
    ])
    expect(() => parseTargets(['text', 'json'])).toThrow('cannot share standard output')
    expect(() => parseTargets(['sarif'])).toThrow('there is no format `sarif`; there are text and json')
    expect(() => parseTargets(['jsno'])).toThrow('did you mean `json`?')
    expect(() => parseTargets(['json='])).toThrow('the name of the file is missing')
  })

  test('the first that says anything decides about colour', () => {
    const ask = (args: readonly string[], env: NodeJS.ProcessEnv, isTerminal = true): boolean =>
      wantsColor(parse(...args), env, isTerminal)
    expect(ask([], {})).toBe(true)
    expect(ask([], {}, false)).toBe(false)
    expect(ask([], { TERM: 'dumb' })).toBe(false)
    expect(ask([], { NO_COLOR: '1' })).toBe(false)
    expect(ask([], { NO_COLOR: '' })).toBe(true)
    expect(ask([], { FORCE_COLOR: '1' }, false)).toBe(true)
    expect(ask([], { FORCE_COLOR: '0' })).toBe(false)
    expect(ask([], { NO_COLOR: '1', FORCE_COLOR: '1' })).toBe(false)
    expect(ask(['--color'], { NO_COLOR: '1' }, false)).toBe(true)
    expect(ask(['--color=never'], { FORCE_COLOR: '1' })).toBe(false)
    expect(ask(['--color', '--no-color'], {})).toBe(false)
  })

  test('did you mean', () => {
    const names = ['check', 'who', 'rules']
    expect(didYouMean('chekc', names)).toBe('check')
    expect(didYouMean('rul', names)).toBe('rules')
    expect(didYouMean('WHO', names)).toBe('who')
    expect(didYouMean('terraform', names)).toBeUndefined()
    expect(didYouMean('x'.repeat(100_000), names)).toBeUndefined()
  })
})
