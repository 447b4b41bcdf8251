import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { InputError } from '../src/errors.js'
import type { InputText, Position } from '../src/text/location.js'
import {
  keyPositionOf,
  occurrencesOf,
  positionOf,
  registerDerivedText,
  textAt,
} from '../src/text/position.js'
import type { YamlDocument, YamlOptions } from '../src/text/yaml.js'
import { parseYaml } from '../src/text/yaml.js'

function input(text: string): InputText {
  return { name: 'app.yaml', text }
}

function parse(text: string, options: YamlOptions = {}): readonly YamlDocument[] {
  return parseYaml(input(text), options).documents
}

function value(text: string, options: YamlOptions = {}): unknown {
  const [document, ...others] = parse(text, options)
  expect(others).toEqual([])
  return document?.value
}

function refusal(text: string): InputError {
  try {
    parse(text)
  } catch (error) {
    if (error instanceof InputError) return error
    throw error
  }
  throw new Error(`was read: ${text}`)
}

/** The part of the text that a position names. */
function cut({ text }: InputText, { line, column, endLine, endColumn }: Position): string {
  const lines = text.split('\n').slice(line - 1, endLine)
  const last = lines.length - 1
  lines[last] = (lines[last] ?? '').slice(0, endColumn - 1)
  lines[0] = (lines[0] ?? '').slice(column - 1)
  return lines.join('\n')
}

function shownAt(
  from: InputText,
  pointer: string,
  inner?: { text: string; pointer: string },
): string | undefined {
  const position = positionOf({ input: from, pointer, ...(inner === undefined ? {} : { inner }) })
  return position && cut(from, position)
}

describe('the value of a YAML text', () => {
  test('any JSON value in JSON means what JSON says', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (json) => {
        // Numbers that JavaScript writes in another way than the text keep the text.
        expect(
          value(
            JSON.stringify(json, (_, one: unknown) =>
              typeof one === 'number' ? Math.trunc(one % 1e9) + 0 : one,
            ),
          ),
        ).toEqual(
          JSON.parse(
            JSON.stringify(json, (_, one: unknown) =>
              typeof one === 'number' ? Math.trunc(one % 1e9) + 0 : one,
            ),
          ),
        )
      }),
      { numRuns: 300 },
    )
  })

  test.each([
    ['Version: 2012-10-17', '2012-10-17'],
    ['Version: "2012-10-17"', '2012-10-17'],
    ['at: 2001-12-14t21:59:43.10-05:00', '2001-12-14t21:59:43.10-05:00'],
    ['account: 012345678901', '012345678901'],
    ['account: 210987654321', 210987654321],
    ['big: 12345678901234567890', '12345678901234567890'],
    ['port: 0x1F', '0x1F'],
    ['float: 1.0', '1.0'],
    ['float: 1.5', 1.5],
    ['none: ~', null],
    ['none:', null],
    ['yes: yes', 'yes'],
    ['on: True', true],
    ['tagged: !!str 12', '12'],
    ['tagged: ! true', 'true'],
    ['folded: >-\n  arn:aws:iam::210987654321:role/\n  x', 'arn:aws:iam::210987654321:role/ x'],
    ['literal: |\n  a\n    b\n', 'a\n  b\n'],
  ])('%j', (text, expected) => {
    expect(Object.values(value(text) as object)).toEqual([expected])
  })

  test('a key `__proto__` is a key like any other', () => {
    const read = value('__proto__: { isAdmin: true }\na: { __proto__: 1 }')
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype)
    expect((read as { isAdmin?: unknown }).isAdmin).toBeUndefined()
    expect(JSON.stringify(read)).toBe('{"__proto__":{"isAdmin":true},"a":{"__proto__":1}}')
  })

  test('aliases repeat their anchors, and merge keys give what is not there', () => {
    expect(value('a: &a { x: 1, y: 2 }\nb: *a\nc:\n  <<: *a\n  y: 3\nd:\n  <<: [{ x: 9 }, *a]\n')).toEqual({
      a: { x: 1, y: 2 },
      b: { x: 1, y: 2 },
      c: { x: 1, y: 3 },
      d: { x: 9, y: 2 },
    })
    // The last anchor of a name before the alias counts.
    expect(value('- &a 1\n- *a\n- &a 2\n- *a')).toEqual([1, 1, 2, 2])
  })

  test('documents are numbered, the empty ones too, and comments are none', () => {
    expect(
      parse('# Source: chart/a.yaml\n---\n# Source: chart/b.yaml\n---\na: 1\n---\n').map(
        ({ pointer, value: one }) => [pointer, one],
      ),
    ).toEqual([
      ['/0', null],
      ['/1', { a: 1 }],
      ['/2', null],
    ])
    expect(parse('')).toEqual([])
    expect(parse('a: 1\n')[0]?.pointer).toBe('/0')
  })

  test('keys that stand twice are told, and the last is read', () => {
    const text = 'a: 1\nb:\n  - { c~/d: 1, e: 2, c~/d: 3 }\na: 4\n'
    const read = parseYaml(input(text))
    expect(read.documents[0]).toMatchObject({
      value: { a: 4, b: [{ 'c~/d': 3, e: 2 }] },
      duplicates: ['/0/b/0/c~0~1d', '/0/a'],
    })
    expect(occurrencesOf({ input: read.input, pointer: '/0/a' }).map(({ line }) => line)).toEqual([1, 4])
  })

  test('the short forms of CloudFormation are the objects that they are short for', () => {
    const tags = { tags: 'cloudformation' } as const
    expect(
      value(
        [
          'a: !Ref Role',
          'b: !GetAtt Cluster.OpenIdConnectIssuerUrl',
          'c: !GetAtt [Cluster, Arn]',
          'd: !Sub "${A}"',
          'e: !Sub ["${A}", { A: !Ref B }]',
          'f: !Join ["", [a, !Select [1, !Split ["//", !GetAtt Nested.Outputs.Url]]]]',
          'g: !If [C, !Ref "AWS::NoValue", 1]',
          'h: !Condition C',
          'i: !Equals [1, 01]',
          'j: !Transform { Name: X }',
          'k: !GetAZs ""',
          'l: !ImportValue 12',
        ].join('\n'),
        tags,
      ),
    ).toEqual({
      a: { Ref: 'Role' },
      b: { 'Fn::GetAtt': ['Cluster', 'OpenIdConnectIssuerUrl'] },
      c: { 'Fn::GetAtt': ['Cluster', 'Arn'] },
      d: { 'Fn::Sub': '${A}' },
      e: { 'Fn::Sub': ['${A}', { A: { Ref: 'B' } }] },
      f: {
        'Fn::Join': [
          '',
          ['a', { 'Fn::Select': [1, { 'Fn::Split': ['//', { 'Fn::GetAtt': ['Nested', 'Outputs.Url'] }] }] }],
        ],
      },
      g: { 'Fn::If': ['C', { Ref: 'AWS::NoValue' }, 1] },
      h: { Condition: 'C' },
      i: { 'Fn::Equals': [1, '01'] },
      j: { 'Fn::Transform': { Name: 'X' } },
      k: { 'Fn::GetAZs': '' },
      l: { 'Fn::ImportValue': '12' },
    })
  })

  test('a tag that means nothing is told and changes nothing', () => {
    expect(parse('a: !Ref b\nc: [!vault x]', {})).toMatchObject([
      {
        value: { a: 'b', c: ['x'] },
        tags: [
          { tag: '!Ref', pointer: '/0/a' },
          { tag: '!vault', pointer: '/0/c/0' },
        ],
      },
    ])
    expect(parse('a: !Ref b\nc: !Vault x', { tags: 'cloudformation' })[0]?.tags).toEqual([
      { tag: '!Vault', pointer: '/0/c' },
    ])
  })
})

describe('the place of a value in a YAML text', () => {
  test('is that of the value, or of the key with it', () => {
    const from = input(
      '\ufeffa:\n  b: [1, { c: two }]\n  "d/e": >-\n    x\n    y\n\n  f:\n---\n- x: |\n    1\n  y: 2\n',
    )
    parseYaml(from)
    expect(shownAt(from, '/0/a/b/0')).toBe('1')
    expect(shownAt(from, '/0/a/b/1/c')).toBe('two')
    expect(textAt({ input: from, pointer: '/0/a/b' })).toBe('[1, { c: two }]')
    expect(keyPositionOf({ input: from, pointer: '/0/a/d~1e' })).toEqual({
      line: 3,
      column: 3,
      endLine: 5,
      endColumn: 6,
    })
    expect(positionOf({ input: from, pointer: '/0/a/f' })).toMatchObject({ line: 7 })
    expect(positionOf({ input: from, pointer: '/1/0/y' })).toEqual({
      line: 11,
      column: 6,
      endLine: 11,
      endColumn: 7,
    })
    for (const nowhere of ['/2', '/0/a/x', '/0/a/b/2', '/0/a/b/c', '/0/a/b/0/1', '/x', '/1/-1']) {
      expect([nowhere, positionOf({ input: from, pointer: nowhere })]).toEqual([nowhere, undefined])
    }
  })

  test('leads through aliases, merge keys and short forms', () => {
    const from = input(
      'base: &a { x: 1 }\ncopy: *a\nmerged:\n  <<: *a\n  y: 2\nshort: !Join ["", [!GetAtt A.b, !Sub "c"]]\n',
    )
    parseYaml(from, { tags: 'cloudformation' })
    expect(positionOf({ input: from, pointer: '/0/copy/x' })).toMatchObject({ line: 1, column: 15 })
    expect(positionOf({ input: from, pointer: '/0/merged/x' })).toMatchObject({ line: 1, column: 15 })
    expect(shownAt(from, '/0/short/Fn::Join/1/0/Fn::GetAtt/1')).toBe('A.b')
    expect(shownAt(from, '/0/short/Fn::Join/1/1/Fn::Sub')).toBe('"c"')
    expect(positionOf({ input: from, pointer: '/0/short/Fn::Sub' })).toBeUndefined()
  })

  test('of every value of any JSON is where JSON has it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (json) => {
        const text = JSON.stringify(json, undefined, 1)
        const plain = input(text)
        const from = input(text)
        parseYaml(from)
        const look = (one: unknown, pointer: string): void => {
          expect(positionOf({ input: from, pointer: `/0${pointer}` })).toEqual(
            positionOf({ input: plain, pointer }),
          )
          if (typeof one !== 'object' || one === null) return
          for (const [key, member] of Object.entries(one)) {
            look(member, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
          }
        }
        look(json, '')
      }),
      { numRuns: 200 },
    )
  })

  test.each([
    ['a literal block', '|\n      {\n        "Statement": [\n          {"Sid": "ä"}\n        ]\n      }'],
    [
      'a literal block with an indicator',
      '|2-\n      {\n        "Statement": [\n          {"Sid": "ä"}\n        ]\n      }',
    ],
    ['a folded block', '>-\n      { "Statement":\n      [{"Sid": "ä"}] }'],
    ['single quotes', `'{"Statement": [{"Sid": "ä"}]}'`],
    ['double quotes', '"{\\"Statement\\": [{\\"Sid\\": \\"ä\\"}]}"'],
    ['a short form', '!Sub |\n      {"Statement": [\n\n        {"Sid": "ä"}]}'],
  ])('of a document inside of %s is its own', (_, scalar) => {
    const from = input(`# ä\nRole:\n  policy: ${scalar}\n  other: 1\n`)
    const [document] = parseYaml(from, { tags: 'cloudformation' }).documents
    const { policy } = (document as { value: { Role: { policy: string | { 'Fn::Sub': string } } } }).value
      .Role
    const [text, pointer] =
      typeof policy === 'string' ? [policy, '/0/Role/policy'] : [policy['Fn::Sub'], '/0/Role/policy/Fn::Sub']
    const shown = shownAt(from, pointer, { text, pointer: '/Statement/0/Sid' })
    expect(shown).toBe(scalar.startsWith('"') ? '\\"ä\\"' : '"ä"')
    expect(shownAt(from, pointer, { text, pointer: '/Statement/0' })).toBe(
      scalar.startsWith('"') ? '{\\"Sid\\": \\"ä\\"}' : '{"Sid": "ä"}',
    )
  })

  test('of a document that was made of a string leads to that string', () => {
    const from = input('policy: |\n  {"${Issuer}:sub": "x"}\n')
    const [document] = parseYaml(from).documents
    const { policy: said } = (document as { value: { policy: string } }).value
    const text = said.replace('${Issuer}', 'a.example')
    const longer = '${Issuer}'.length - 'a.example'.length
    registerDerivedText(
      { input: from, pointer: '/0/policy' },
      { text, said, toSaid: (offset) => (offset < 11 ? offset : offset + longer) },
    )
    expect(shownAt(from, '/0/policy', { text, pointer: '/a.example:sub' })).toBe('"x"')
  })
})

describe('a text that is no YAML', () => {
  test.each([
    ['a: b: c', 'E_NOT_YAML', 'not YAML'],
    [
      'a: [1',
      'E_NOT_YAML',
      'not YAML: the indentation does not fit the lines above, or a bracket is open at line 1, column 6',
    ],
    ['a: "x', 'E_NOT_YAML', 'not YAML'],
    ['a:\n\t- b', 'E_NOT_YAML', 'not YAML'],
    ['a: *b', 'E_NOT_YAML', 'not YAML: an alias has no anchor before it at line 1, column 4'],
    [
      'a: &a [*a]',
      'E_NOT_YAML',
      'not YAML that JSON could say: an alias stands inside of its own anchor at line 1, column 8',
    ],
    [
      '? [a, b]\n: c',
      'E_NOT_YAML',
      'not YAML that JSON could say: a key is an object or a list at line 1, column 3',
    ],
    ['a: 1\n}', 'E_NOT_YAML', 'not YAML'],
  ])('%j is refused with its place', (text, code, message) => {
    const error = refusal(text)
    expect(error).toMatchObject({ code, position: { line: expect.any(Number), column: expect.any(Number) } })
    expect(error.message).toContain(message)
  })

  test('never repeats the text, and a template of Helm gets a hint', () => {
    const secret = refusal('password: "hunter2\n')
    expect(secret.message).not.toContain('hunter2')
    expect(refusal('metadata:\n  name: {{ .Values.name }}\n').hint).toContain('helm template')
    expect(refusal('a: b: c').hint).toBeUndefined()
  })

  test('nesting is limited to a hundred levels, in brackets, by indentation and through aliases', () => {
    expect(value(`${'['.repeat(99)}${']'.repeat(99)}`)).toBeInstanceOf(Array)
    expect(refusal(`${'['.repeat(101)}${']'.repeat(101)}`).code).toBe('E_TOO_DEEP')
    const indented = (levels: number): string =>
      Array.from({ length: levels }, (_, level) => `${' '.repeat(level)}a:`).join('\n')
    expect(value(indented(90))).toBeInstanceOf(Object)
    expect(refusal(indented(150))).toMatchObject({ code: 'E_TOO_DEEP', position: { line: 100 } })
    const chain = Array.from({ length: 200 }, (_, index) =>
      index === 0 ? '- &a0 [x]' : `- &a${index} [*a${index - 1}]`,
    )
    expect(refusal(chain.join('\n')).code).toBe('E_TOO_DEEP')
  })
})

/** Each runs in one process, text after text: some of these ended it, and nothing could catch that. */
const attacks: readonly (readonly [name: string, texts: string, codes: readonly string[]])[] = [
  [
    'brackets nested 1000 and then 2000 deep',
    "['['.repeat(1000), '['.repeat(2000)]",
    ['E_TOO_DEEP', 'E_TOO_DEEP'],
  ],
  [
    'closed brackets nested 5000 deep, twice',
    "Array(2).fill('['.repeat(5000) + ']'.repeat(5000))",
    ['E_TOO_DEEP', 'E_TOO_DEEP'],
  ],
  [
    '5000 and then 100000 levels of objects',
    "['{a: '.repeat(5000), '{a: '.repeat(100000)]",
    ['E_TOO_DEEP', 'E_TOO_DEEP'],
  ],
  [
    'lists, keys and values nested on one line',
    "['- '.repeat(1e5), '? '.repeat(1e5), 'a: '.repeat(1e5)]",
    ['E_TOO_DEEP', 'E_TOO_DEEP', 'E_TOO_DEEP'],
  ],
  [
    '3000 levels of indentation',
    "[Array.from({ length: 3000 }, (_, i) => ' '.repeat(i) + 'a:').join('\\n')]",
    ['E_TOO_DEEP'],
  ],
  [
    'aliases of aliases that mean ten to the thirtieth values',
    "[Array.from({ length: 30 }, (_, i) => `a${i}: &a${i} [${Array(10).fill(i === 0 ? 'x' : `*a${i - 1}`).join(', ')}]`).join('\\n')]",
    ['E_TOO_LARGE'],
  ],
  [
    '20000 keys in one object',
    "[`{${Array.from({ length: 20000 }, (_, i) => `k${i}: 1`).join(', ')}}`]",
    ['read'],
  ],
  ['one key 20000 times', "['{' + 'a: 1, '.repeat(20000) + '}']", ['read']],
  ['a text over 16 MiB', "['a'.repeat(16 * 2 ** 20 + 1)]", ['E_TOO_LARGE']],
  [
    '16 MiB of one word, of blanks, and of lines of a block',
    "['a'.repeat(2 ** 24), 'a: b' + ' '.repeat(2 ** 24 - 5) + 'c', 'a: |\\n' + '  x\\n'.repeat(2 ** 22 - 8)]",
    ['read', 'read', 'read'],
  ],
  ['a million mistakes', "['[]\\n'.repeat(1e6)]", ['E_NOT_YAML']],
]

describe('an attack ends in a clear error and never in the end of the process', () => {
  const folder = mkdtempSync(join(tmpdir(), 'yaml-attack-'))
  const core = fileURLToPath(new URL('../', import.meta.url))
  const bundle = join(folder, 'yaml.mjs')

  beforeAll(() => {
    const esbuild = fileURLToPath(new URL('../../../node_modules/esbuild/bin/esbuild', import.meta.url))
    const args = [
      'src/text/yaml.ts',
      '--bundle',
      '--platform=node',
      '--format=cjs',
      `--outfile=${join(folder, 'yaml.cjs')}`,
      '--log-level=error',
    ]
    const { status, stderr } = spawnSync(process.execPath, [esbuild, ...args], {
      cwd: core,
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(stderr)
    writeFileSync(
      bundle,
      `import yaml from './yaml.cjs'
       for (const text of eval(process.argv[2])) {
         let result = 'read'
         try { yaml.parseYaml({ name: 'attack.yaml', text }) } catch (error) { result = error.code ?? error.stack }
         console.log(result)
       }`,
    )
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test.each(attacks)(
    '%s',
    (_name, texts, codes) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [bundle, texts], {
        encoding: 'utf8',
        timeout: 110_000,
      })
      expect({ status, stderr, results: stdout.trim().split('\n') }).toEqual({
        status: 0,
        stderr: '',
        results: codes,
      })
    },
    120_000,
  )
})
