import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { whoCanAssume } from '../src/answers/who.js'
import { checkTrust } from '../src/check.js'
import type { Facts, Inventory, Role } from '../src/inventory.js'
import { inventoryOf } from '../src/inventory.js'
import type { Finding, Report } from '../src/report.js'
import { codeFrame } from '../src/reporters/code-frame.js'
import { indentJson } from '../src/text/indent-json.js'
import { toJson, toWhoJson } from '../src/reporters/json.js'
import { paragraph } from '../src/reporters/paragraph.js'
import type { JsonReport } from '../src/reporters/report-schema.js'
import { reportSchema } from '../src/reporters/report-schema.js'
import { styleOf } from '../src/reporters/style.js'
import { toText } from '../src/reporters/text.js'
import { toWhoText } from '../src/reporters/who.js'
import type { Rule } from '../src/rules/rule.js'
import { readInventory } from '../src/sources/detect.js'
import type { Location } from '../src/text/location.js'

const now = new Date('2026-06-01T00:00:00Z')
const run = { version: '1.2.3', inputs: [{ name: 'in.json' }] }
const plain = styleOf(false)

/** All that could deceive a reader or a terminal: controls save line feeds, bidi, zero-width, tags. */
const UNSAFE =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\u{e0000}-\u{e007f}]/u

const HOSTILE = '\u001b[2J\u001b]0;x\u0007\u202eevil\u200b\u2066\n::error::\u009b31m\u{e0041}'

/** A rule that speaks about every statement, so that these tests do not hang on what the real ones find. */
const everyStatement: Rule = {
  id: 'any-service-account',
  severity: 'high',
  summary: 'a statement',
  since: '0.1.0',
  kind: 'exposure',
  on: 'policy',
  *check({ policy }) {
    for (const { pointer, conditions } of policy.statements) {
      yield {
        at: conditions[0]?.pointer ?? pointer,
        message: 'the statement stands there',
        help: 'take it away',
        related: [{ at: pointer, note: 'the statement' }],
        fix: { title: 'remove the statement', safe: false, patch: [{ op: 'remove', path: pointer }] },
      }
    }
  },
}

const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/8A5F3C1E90B24D67A1C2E3F405162738'

function irsaPolicy(subject: string, key = `${issuer}:sub`): Readonly<Record<string, unknown>> {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: subject,
        Effect: 'Allow',
        Principal: { Federated: `arn:aws:iam::210987654321:oidc-provider/${issuer}` },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: { StringLike: { [key]: subject } },
      },
    ],
  }
}

function read(value: unknown, name = 'in.json', indent: number | undefined = 2): Inventory {
  return readInventory({
    name,
    text: typeof value === 'string' ? value : JSON.stringify(value, undefined, indent),
  })
}

function example(path: string): Inventory {
  return readInventory({
    name: path,
    text: readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8'),
  })
}

const emptyFacts: Facts = { providers: [], clusters: [], associations: [], holds: new Set(), gaps: [] }

const hostileRole = { RoleName: HOSTILE, Arn: `arn:aws:iam::210987654321:role/${HOSTILE}`, Path: '/' }

const hostile = read(
  {
    Roles: [
      {
        ...hostileRole,
        AssumeRolePolicyDocument: irsaPolicy(`system:serviceaccount:${HOSTILE}*`, `${HOSTILE}${issuer}:sub`),
      },
    ],
  },
  HOSTILE,
)

const parsed = (text: string): JsonReport => reportSchema.parse(JSON.parse(text))

describe('text', () => {
  test('shows severity, rule, role, place, frame with caret, help and docs, then the summary and the coverage', () => {
    const inventory = read(irsaPolicy('system:serviceaccount:prod:*'))
    expect(toText(checkTrust(inventory, { rules: [everyStatement], now })))
      .toBe(`high any-service-account: in.json
  the statement stands there

  in.json:13:11
    11 | "Condition": {
    12 |   "StringLike": {
  > 13 |     "oidc.eks.eu-west-1.amazonaws.com/id/8A5F…:sub": "system:serviceaccount:prod:*"
       |     ${'^'.repeat(79)}
    14 |   }

  see: in.json:4:5: the statement
  help: take it away
  https://github.com/podtrust/podtrust/blob/main/docs/rules/any-service-account.md

1 finding: 1 high
checked 1 of 1 role (1 with trust for pods)
`)
  })

  test('a policy that is a string in a plan is shown by itself, under the place of the plan', () => {
    const report = checkTrust(example('examples/terraform/plan.json'), { rules: [everyStatement], now })
    const text = toText(report)
    expect(text).toMatch(/^ {2}examples\/terraform\/plan\.json:\d+:\d+$/m)
    expect(text).toMatch(/^ {2}> \| {5}"oidc\.eks\.[^:]+:(?:aud|sub)": /m)
    expect(text).not.toContain('\\"Statement\\"')
  })

  test('a minified input is shown indented', () => {
    const inventory = read(
      { Roles: [{ ...hostileRole, RoleName: 'r', AssumeRolePolicyDocument: irsaPolicy('x') }] },
      'm.json',
      0,
    )
    const text = toText(checkTrust(inventory, { rules: [everyStatement], now }))
    expect(text).toContain('m.json:1:')
    expect(text).toContain(`  > |     "${issuer}:sub": "x"`)
  })

  test('"No findings" is said only where everything was checked', () => {
    const clean = checkTrust(read(irsaPolicy('system:serviceaccount:prod:app')), { rules: [], now })
    expect(toText(clean)).toBe('No findings\nchecked 1 of 1 role (1 with trust for pods)\n')
    const gap = { kind: 'role' as const, subject: 'a', reason: 'the other half is missing' }
    const partial: Report = { ...clean, coverage: { ...clean.coverage, complete: false, gaps: [gap] } }
    expect(toText(partial)).not.toContain('No findings')
    expect(toText(partial)).toContain('  not checked: the other half is missing\n')
  })

  test('an input without roles says so', () => {
    expect(toText(checkTrust(read({ Roles: [] }), { now }))).toBe('no role to check in the input\n')
  })

  test('what a plan leaves unchanged, and files of folders, are counted', () => {
    const report = checkTrust(read(irsaPolicy('x')), { rules: [], now })
    const roles = { total: 14, analyzed: 12, unchanged: 2, pod: 9 }
    const text = toText({ ...report, coverage: { ...report.coverage, roles } }, { otherFiles: 3 })
    expect(text).toContain('checked 12 of 12 roles (9 with trust for pods); 2 left unchanged by the plan')
    expect(text).toContain('3 other files in folders hold something else')
  })

  test('colour is added and nothing else', () => {
    const report = checkTrust(read(irsaPolicy('x')), { rules: [everyStatement], now })
    const colored = toText(report, { color: true })
    expect(colored).toContain('\u001b[31m')
    expect(colored.replaceAll(/\u001b\[\d+m/g, '')).toBe(toText(report))
  })

  test('a report of 10,000 findings is printed in a moment', () => {
    const inventory = read({
      Roles: Array.from({ length: 10_000 }, (_, index) => ({
        RoleName: `role-${index}`,
        Arn: `arn:aws:iam::210987654321:role/role-${index}`,
        Path: '/',
        AssumeRolePolicyDocument: irsaPolicy('x'),
      })),
    })
    const location = {
      input: (inventory.roles as Iterable<Role>)[Symbol.iterator]().next().value!.location.input,
    }
    const findings = Array.from({ length: 10_000 }, (_, index): Finding => ({
      rule: 'any-service-account',
      kind: 'exposure',
      severity: 'high',
      certainty: 'proved',
      message: 'm',
      role: { key: `role-${index}`, name: `role-${index}` },
      location: { ...location, pointer: `/Roles/${index}/AssumeRolePolicyDocument/Statement/0/Condition` },
      related: [],
      docs: 'https://example.invalid',
      fingerprint: '0'.repeat(32),
    }))
    const report: Report = {
      findings,
      analyses: [],
      coverage: {
        complete: true,
        roles: { total: 10_000, analyzed: 10_000, unchanged: 0, pod: 10_000 },
        gaps: [],
      },
    }
    const start = performance.now()
    const text = toText(report)
    expect(text.length).toBeGreaterThan(2_000_000)
    expect(performance.now() - start).toBeLessThan(4000)
  })
})

describe('code frame', () => {
  const frameOf = (text: string, pointer: string, width?: number): string =>
    codeFrame({ input: { name: 'f', text }, pointer }, plain, width).join('\n')

  test('a long line is cut around what is to blame', () => {
    const text = `{ "a": "${'x'.repeat(150)}", "b": 1 }`
    expect(frameOf(text, '/b', 60)).toBe(`  > 1 | …xxxxxxx", "b": 1 }\n      |            ^^^^^^`)
  })

  test('many lines are counted after the first ones', () => {
    const text = JSON.stringify({ a: Array.from({ length: 40 }, () => 1) }, undefined, 1)
    expect(frameOf(text, '/a')).toContain('| … 29 more lines')
  })

  test('where the pointer leads nowhere, the nearest parent is shown', () => {
    expect(frameOf('{\n "a": {}\n}', '/a/missing/deeper')).toContain('> 2 |  "a": {}')
  })

  test('inside of a string that is no JSON nothing is thrown', () => {
    const input = { name: 'f', text: '{"p":"{oops"}' }
    const location: Location = { input, pointer: '/p', inner: { text: '{oops', pointer: '/Statement/0' } }
    expect(() => codeFrame(location, plain)).not.toThrow()
  })

  test('indenting keeps repeated keys, numbers and strings as they are', () => {
    expect(indentJson('{"a":[1.0,{}],"a":"x, {y}: \\" z", "b":[]}')).toBe(
      '{\n  "a": [\n    1.0,\n    {}\n  ],\n  "a": "x, {y}: \\" z",\n  "b": []\n}',
    )
  })

  test('paragraphs break at spaces and never lose a word', () => {
    expect(paragraph('  help: ', 'name the service accounts', 24)).toEqual([
      '  help: name the service',
      '        accounts',
    ])
    expect(paragraph('', 'unbreakable', 3)).toEqual(['unbreakable'])
  })
})

describe('who', () => {
  test('reads like something a person wrote', () => {
    const inventory = inventoryOf(
      read({
        Roles: [
          {
            RoleName: 'app',
            Arn: 'arn:aws:iam::210987654321:role/app',
            Path: '/',
            AssumeRolePolicyDocument: irsaPolicy('system:serviceaccount:prod:*'),
          },
        ],
      }),
    )
    expect(toWhoText(whoCanAssume(inventory, { now }))).toBe(`app  arn:aws:iam::210987654321:role/app
  IRSA, issuer ${issuer}
    every service account in prod, for example prod/a

taken for granted:
  an OIDC provider for \`${issuer}\` is registered in the role's account and takes the audiences that the policy asks for
0 of 1 role is out of reach of every pod and token; organization policies are not applied
`)
  })

  test('where the bounds differ there are two lines', () => {
    const text = toWhoText({
      answers: [
        {
          role: { key: 'r', name: 'r' },
          mechanism: 'irsa',
          from: 'cluster prod',
          possible: 'prod/app and prod/web',
          certain: 'prod/app',
          witness: 'prod/app',
          undecided: ['whether it rains'],
          assumptions: [],
          residual: ['the time of the call'],
          grants: [],
        },
      ],
      roles: { total: 1, without: 0 },
      gaps: [],
    })
    expect(text).toContain(
      '    certain:  prod/app\n    possible: prod/app and prod/web\n      not decided: whether it rains\n',
    )
  })

  test('Pod Identity says what is and what could be', () => {
    const text = toWhoText(whoCanAssume(example('examples/account.json'), { now }))
    expect(text).toMatch(/Pod Identity, .*\n {4}now: {3}associations not read\n {4}could: /)
    expect(text).toMatch(
      /^\d+ of 14 roles are out of reach of every pod and token; organization policies are not applied$/m,
    )
  })

  test('an inventory without roles says so', () => {
    expect(toWhoText(whoCanAssume({ facts: emptyFacts, roles: [] }))).toBe('No role in the input\n')
  })
})

describe('json', () => {
  test.each(['examples/account.json', 'examples/policy.json', 'examples/terraform/plan.json'])(
    '%s gives a report of the documented shape, and nothing beside it',
    (path) => {
      const inventory = example(path)
      for (const rules of [undefined, [everyStatement]]) {
        const text = toJson(checkTrust(inventory, { now, analyses: true, ...(rules ? { rules } : {}) }), run)
        expect(parsed(text)).toEqual(JSON.parse(text))
      }
      const who = toWhoJson(whoCanAssume(inventory, { now }), run)
      expect(parsed(who)).toEqual(JSON.parse(who))
      expect(parsed(who).analyses.length).toBeGreaterThan(0)
    },
  )

  test('a finding has its place, 1-based, and its fix', () => {
    const report = checkTrust(read(irsaPolicy('x')), { rules: [everyStatement], now })
    const [finding] = parsed(toJson(report, run)).findings
    expect(finding?.location).toMatchObject({ file: 'in.json', line: 13, column: 11, endLine: 13 })
    expect(finding?.fix?.patch).toEqual([{ op: 'remove', path: '/Statement/0' }])
  })

  test('errors of the run are part of it', () => {
    const report = checkTrust({ facts: emptyFacts, roles: [] }, { now })
    const error = { code: 'E_NOT_JSON', message: 'not JSON', input: 'b.json', line: 1, column: 2 }
    expect(parsed(toJson(report, { ...run, errors: [error] })).errors).toEqual([error])
  })
})

describe('law: no untrusted string reaches a terminal unescaped', () => {
  const report = checkTrust(hostile, { rules: [everyStatement], now, analyses: true })
  const who = whoCanAssume(hostile, { now })
  test.each([
    ['text', () => toText(report, { verbose: true, width: 80 })],
    ['who', () => toWhoText(who, { verbose: true, width: 80 })],
    ['json', () => toJson(report, run)],
    ['who json', () => toWhoJson(who, run)],
  ])('%s', (_, print) => {
    const text = print()
    expect(text).toContain('evil')
    expect(text).not.toMatch(UNSAFE)
    expect(text).not.toMatch(/^::error::/m)
  })

  test('JSON keeps the strings as they are', () => {
    expect(parsed(toJson(report, run)).findings[0]?.role?.name).toBe(HOSTILE)
  })
})

test('law: reporters are pure: same report, same bytes', () => {
  const inventory = example('examples/account.json')
  const report = checkTrust(inventory, { rules: [everyStatement], now, analyses: true })
  expect(toText(report)).toBe(toText(report))
  expect(toJson(report, run)).toBe(
    toJson(checkTrust(inventory, { rules: [everyStatement], now, analyses: true }), run),
  )
})
