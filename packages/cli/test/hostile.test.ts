import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'

/**
 * Hostile policies, each in a process of its own: it ends within two seconds and 300 MB, with an outcome that says what is
 * wrong. The limits are checked with room for a busy machine; the numbers are printed by PODTRUST_SHOW=1.
 */
jest.setTimeout(60_000)

const root = dirname(dirname(dirname(import.meta.dirname)))
const folder = mkdtempSync(join(tmpdir(), 'podtrust-hostile-'))
const program = join(folder, 'dist/podtrust.cjs')

beforeAll(() => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/bundle-cli.mjs', join(folder, 'dist')], {
    cwd: root,
  })
  if (status !== 0) throw new Error(String(stderr))
})
afterAll(() => rmSync(folder, { recursive: true }))

const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/8A5F3C1E90B24D67A1C2E3F405162738'

function statement(condition: unknown): Record<string, unknown> {
  return {
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::210987654321:oidc-provider/${ISSUER}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: condition,
  }
}

const policy = (...statements: readonly unknown[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements })
const subject = (operator: string, value: unknown): string =>
  policy(statement({ [operator]: { [`${ISSUER}:sub`]: value } }))

interface Outcome {
  readonly code: number | null
  readonly text: string
  readonly seconds: number
  readonly megabytes: number
}

function run(name: string, text: string): Promise<Outcome> {
  const file = join(folder, `${name.replace(/\W+/g, '-')}.json`)
  writeFileSync(file, text)
  // What the process used is told by itself at its end.
  const report =
    "data:text/javascript,process.on('exit',()=>process._rawDebug('KB '+process.resourceUsage().maxRSS))"
  const begin = performance.now()
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--import', report, program, 'check', file],
      { maxBuffer: 2 ** 28 },
      (_, stdout, stderr) => {
        const kilobytes = Number(/KB (\d+)/.exec(stderr)?.[1] ?? NaN)
        const outcome = {
          code: child.exitCode,
          text: stdout + stderr,
          seconds: (performance.now() - begin) / 1000,
          megabytes: kilobytes / 1024,
        }
        if (process.env['PODTRUST_SHOW'] !== undefined) {
          process.stdout.write(
            `${name}: exit ${outcome.code}, ${outcome.seconds.toFixed(2)} s, ${outcome.megabytes.toFixed(0)} MB\n`,
          )
        }
        resolve(outcome)
      },
    )
  })
}

const cases: readonly (readonly [name: string, text: string, code: number, says: RegExp])[] = [
  [
    '100,000 levels of nesting',
    `{"Version":"2012-10-17","Statement":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    2,
    /nested deeper than/,
  ],
  [
    '5 MB of one value',
    subject('StringLike', `system:serviceaccount:${'a'.repeat(5_000_000)}:app`),
    1,
    /refused-by-iam[\s\S]*not read/,
  ],
  [
    '5 MB of wildcards',
    subject('StringLike', `system:serviceaccount:${'*a?'.repeat(1_700_000)}:app`),
    1,
    /refused-by-iam[\s\S]*not read/,
  ],
  [
    '10,000 statements',
    policy(
      ...Array.from({ length: 10_000 }, (_, i) =>
        statement({ StringLike: { [`${ISSUER}:sub`]: `system:serviceaccount:team-${i}:*` } }),
      ),
    ),
    1,
    /refused-by-iam[\s\S]*not read/,
  ],
  [
    '10,000 values with wildcards',
    subject(
      'StringLike',
      Array.from({ length: 10_000 }, (_, i) => `system:serviceaccount:*-${i}:a?p*`),
    ),
    1,
    /refused-by-iam[\s\S]*not read/,
  ],
  [
    'a ? after a * forty times',
    subject('StringLike', `system:serviceaccount:${'*?'.repeat(40)}:app`),
    1,
    /any-namespace/,
  ],
  [
    '400 patterns',
    subject(
      'StringLike',
      Array.from({ length: 400 }, (_, i) => `system:serviceaccount:*-${i}:a*`),
    ),
    1,
    /any-namespace/,
  ],
  [
    '400 negated patterns',
    subject(
      'StringNotLike',
      Array.from({ length: 400 }, (_, i) => `system:serviceaccount:*-${i}:a*`),
    ),
    1,
    /any-/,
  ],
  [
    'a * and forty ?',
    subject('StringLike', `system:serviceaccount:*a${'?'.repeat(40)}:app`),
    1,
    /any-namespace/,
  ],
  [
    'forty negated patterns',
    subject(
      'StringNotLike',
      Array.from({ length: 40 }, (_, i) => `*${'ab'.repeat(i % 7)}*${i}*`),
    ),
    1,
    /any-namespace|any-service-account|undecided-trust/,
  ],
  [
    '__proto__ keys',
    `{"__proto__":{"Statement":[]},"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"__proto__":{"AWS":"*"},"Federated":"arn:aws:iam::210987654321:oidc-provider/${ISSUER}"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"__proto__":{"x":"y"},"StringEquals":{"__proto__":"x"}}}]}`,
    1,
    /refused-by-iam/,
  ],
  [
    'lone surrogates',
    `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::210987654321:oidc-provider/${ISSUER}"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringLike":{"${ISSUER}:sub":"system:serviceaccount:\\ud800*:app"}}}]}`,
    1,
    /malformed-subject/,
  ],
  ['an empty document', '', 2, /empty/],
  ['an empty policy', '{"Version":"2012-10-17","Statement":[]}', 1, /refused-by-iam/],
  [
    '50 keys that vary',
    policy(
      statement({
        StringLike: Object.fromEntries(
          Array.from({ length: 50 }, (_, i) => [`aws:ResourceTag/k${i}`, [`a*${i}`, `*b${i}*`]]),
        ),
      }),
    ),
    1,
    /any-service-account|undecided-trust/,
  ],
]

test.each(cases)('%s: it ends in time and says what is wrong', async (name, text, code, says) => {
  const outcome = await run(name, text)
  expect(outcome.text).toMatch(says)
  expect(outcome.code).toBe(code)
  expect(outcome.megabytes).toBeLessThan(300)
  // Two seconds on a free machine; the suite may share its processors.
  expect(outcome.seconds).toBeLessThan(10)
})
