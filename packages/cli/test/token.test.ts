import { execFile, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { reportSchema } from '@podtrust/core/schema'
import {
  ISSUER,
  KEY_SET,
  claimsOf,
  leaks,
  publicKey,
  remembered,
  signed,
  unsigned,
} from '../../core/test/token-maker.js'

/** `podtrust token`, as users run it: the built program in a folder of its own, with nothing of this environment. */
jest.setTimeout(60_000)

const root = dirname(dirname(dirname(import.meta.dirname)))
const folder = mkdtempSync(join(tmpdir(), 'podtrust-token-'))
const program = join(folder, 'dist/podtrust.cjs')
const outputs: string[] = []

interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function podtrust(
  args: readonly string[],
  { input = '', env = {} }: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Run> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { PATH: process.env['PATH'] ?? '', ...env }, maxBuffer: 2 ** 28 }
    const child = execFile(process.execPath, [program, ...args], options, (_, stdout, stderr) => {
      outputs.push(stdout, stderr)
      resolve({ code: child.exitCode, stdout, stderr })
    })
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
const now = Math.floor(Date.now() / 1000)
/** An hour old now, for the program has no other clock. */
const fresh = (more: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> =>
  claimsOf({ iat: now - 3600, nbf: now - 3600, exp: now - 3600 + 86_400, ...more })
let good = ''

beforeAll(async () => {
  const built = spawnSync(process.execPath, ['scripts/bundle-cli.mjs', dirname(program)], {
    cwd: root,
    encoding: 'utf8',
  })
  if (built.status !== 0) throw new Error(`the bundle could not be made: ${built.stderr}`)
  good = await signed(fresh())
  const kubernetes = { namespace: 'prod', serviceaccount: { name: 'app' } }
  write('good.jwt', `${good}\n`)
  write('keys.json', JSON.stringify(KEY_SET))
  write('other-keys.json', JSON.stringify({ keys: [publicKey('stranger')] }))
  write('no-keys.json', '{"Statement": []}')
  write('expired.jwt', await signed(fresh({ exp: now - 7200 })))
  write('unbound.jwt', await signed(fresh({ 'kubernetes.io': kubernetes })))
  write('api.jwt', await signed(fresh({ aud: ['https://kubernetes.default.svc'] })))
  write('none.jwt', unsigned({ alg: 'none' }, fresh(), ''))
  write('local.jwt', await signed(fresh({ iss: 'https://127.0.0.1:8443/id/A' })))
  write('plain.jwt', await signed(fresh({ iss: ISSUER.replace('https', 'http') })))
  write('loopback.jwt', await signed(fresh({ iss: 'https://localhost' })))
  write('nowhere.jwt.txt', await signed(fresh({ iss: 'https://podtrust.invalid' })))
  write('wrong.jwt', await signed(fresh({ exp: 'tomorrow' })))
  write('broken.jwt', remembered(good.replace('.', '.*')))
  write('large.jwt', `${good}${'A'.repeat(5 * 2 ** 20)}`)
  write('claims.json', '{"sub": "hunter2"}')
})

afterAll(() => rmSync(folder, { recursive: true }))

/** title, arguments, exit code, standard output, standard error */
const cases: readonly (readonly [string, readonly string[], number, RegExp, RegExp])[] = [
  [
    'a good token',
    ['good.jwt'],
    0,
    /expires in 22 hours[^]*signature +not checked[^]*1 finding: 1 info/,
    /^$/,
  ],
  ['with its keys', ['good.jwt', '--jwks', 'keys.json'], 0, /signature +holds[^]*^No findings$/m, /^$/],
  [
    'with its keys and issuer',
    ['good.jwt', '--jwks=keys.json', '--issuer', ISSUER],
    0,
    /holds \(RS256/,
    /^$/,
  ],
  [
    'with the issuer by its host',
    ['good.jwt', '--jwks=keys.json', '--issuer', ISSUER.slice(8)],
    0,
    /holds \(RS256/,
    /^$/,
  ],
  [
    'of another issuer',
    ['good.jwt', '--jwks=keys.json', '--issuer=https://issuer.example'],
    1,
    /not of `https:/,
    /^$/,
  ],
  [
    'with keys of somebody else',
    ['good.jwt', '--jwks', 'other-keys.json'],
    1,
    /^critical bad-token-signature$/m,
    /^$/,
  ],
  [
    'with no key set',
    ['good.jwt', '--jwks', 'no-keys.json'],
    2,
    /not checked/,
    /no-keys\.json: not a key set: [^\n]+\n$/,
  ],
  [
    'with a token for a key set',
    ['good.jwt', '--jwks', 'good.jwt'],
    2,
    /not checked/,
    /^podtrust: good\.jwt: not JSON: [^\n]{1,100}\n$/,
  ],
  [
    'with keys that are not there',
    ['good.jwt', '--jwks', 'nowhere.json'],
    2,
    /not checked/,
    /nowhere\.json: cannot be read: there is no such file/,
  ],
  ['expired', ['expired.jwt'], 0, /^info expired-token\n {2}the token expired 2 hours ago$/m, /^$/],
  ['unbound', ['unbound.jwt'], 0, /^low unbound-token$/m, /^$/],
  ['unbound, where that matters', ['unbound.jwt', '--fail-on', 'low'], 1, /^low unbound-token$/m, /^$/],
  ['for the API server', ['api.jwt'], 1, /^medium wrong-token-audience \(possible\)$/m, /^$/],
  [
    'for the API server, where only what is proved counts',
    ['api.jwt', '--proved-only'],
    0,
    /wrong-token-audience/,
    /^$/,
  ],
  ['not signed', ['none.jwt'], 1, /`none`: the token is not signed/, /^$/],
  [
    'a claim of a wrong type',
    ['wrong.jwt'],
    0,
    /^note: +the claim `exp` should be a time in whole seconds and is a text$/m,
    /^$/,
  ],
  [
    'broken',
    ['broken.jwt'],
    2,
    /^$/,
    /^podtrust: broken\.jwt: not a token: the claims are not base64url; [^\n]+\n$/,
  ],
  ['5 MB', ['large.jwt'], 2, /^$/, /^podtrust: large\.jwt: larger than the 64 KiB that it may be\n$/],
  [
    'no token at all',
    ['claims.json'],
    2,
    /^$/,
    /^podtrust: claims\.json: not a token: it is JSON; [^\n]+\n$/,
  ],
  [
    'no such file',
    ['nowhere.jwt'],
    2,
    /^$/,
    /^podtrust: nowhere\.jwt: cannot be read: there is no such file or folder\n$/,
  ],
  ['a folder', ['.'], 2, /^$/, /^podtrust: \.: cannot be read: it is a folder\n$/],
  ['nothing', [], 2, /^$/, /^podtrust: no token; name its file/],
  ['two files', ['good.jwt', 'api.jwt'], 2, /^$/, /one file at most/],
  ['two kinds of keys', ['good.jwt', '--jwks=keys.json', '--fetch-jwks'], 2, /^$/, /give one of them/],
  ['an issuer and no keys', ['good.jwt', '--issuer', ISSUER], 2, /^$/, /--issuer says whose keys are meant/],
  [
    'keys from a host that nobody named',
    ['local.jwt', '--fetch-jwks'],
    2,
    /not checked/,
    /^podtrust: local\.jwt: the issuer `https:\/\/127\.0\.0\.1:8443\/id\/A` is no plain https address/,
  ],
  [
    'keys from this machine',
    ['loopback.jwt', '--fetch-jwks', '--issuer', 'https://localhost'],
    2,
    /not checked/,
    /which is not public; it is not asked\n$/,
  ],
  [
    'keys of an issuer that is out of reach',
    ['nowhere.jwt.txt', '--fetch-jwks', '--issuer=podtrust.invalid'],
    3,
    /not checked/,
    /^podtrust: nowhere\.jwt\.txt: the key set of `podtrust\.invalid` could not be fetched: its name cannot be resolved; /,
  ],
  ['keys over plain http', ['plain.jwt', '--fetch-jwks'], 2, /not checked/, /over https alone\n$/],
]

describe('podtrust token', () => {
  test.each(cases)('%s', async (_title, args, code, stdout, stderr) => {
    const run = await podtrust(['token', ...args])
    expect(run).toEqual({
      code,
      stdout: expect.stringMatching(stdout),
      stderr: expect.stringMatching(stderr),
    })
  })

  test('reads standard input, and else the file that the environment names', async () => {
    const [piped, mounted] = await Promise.all([
      podtrust(['token', '-', '--stdin-filename', 'pod'], { input: good }),
      podtrust(['token', '--jwks', 'keys.json'], { env: { AWS_WEB_IDENTITY_TOKEN_FILE: 'good.jwt' } }),
    ])
    expect(piped).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^namespace +prod\nservice account +app$/m),
    })
    expect(mounted).toMatchObject({ code: 0, stdout: expect.stringContaining('No findings') })
    const large = await podtrust(['token', '-'], { input: `${good}${'A'.repeat(5 * 2 ** 20)}` })
    expect(large).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('<stdin>: larger than'),
    })
  })

  test('does not take a token for a file, and does not repeat it', async () => {
    for (const argument of [good, ` ${good}`, good.slice(0, 60), good.replace('eyJ', 'eyK')]) {
      const run = await podtrust(['token', argument])
      expect(run).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining('is a token and no file'),
      })
      expect(run.stderr).not.toContain(good.slice(4, 40))
    }
  })

  test('writes JSON in the shape of its schema, also where there is an error', async () => {
    for (const args of [
      ['good.jwt', '--jwks=keys.json'],
      ['good.jwt', '--jwks=other-keys.json'],
      ['wrong.jwt', '-v'],
      ['loopback.jwt', '--fetch-jwks', '--issuer=https://localhost'],
      ['broken.jwt'],
    ]) {
      const { stdout } = await podtrust(['token', '-f', 'json', ...args])
      const report = reportSchema.parse(JSON.parse(stdout))
      expect(report.coverage.complete).toBe(report.errors.length === 0)
      if (args.includes('--jwks=keys.json')) {
        expect(report.token).toMatchObject({
          mechanism: 'irsa',
          serviceAccount: { namespace: 'prod', name: 'app' },
          expires: { words: 'expires in 22 hours' },
          signature: { state: 'holds' },
        })
      }
    }
  })

  test('is a file of its own: the program that checks policies holds no line of what verifies signatures', () => {
    const holds = (file: string): boolean =>
      readFileSync(join(folder, 'dist', file), 'utf8').includes('ERR_JOSE_GENERIC')
    expect([holds('podtrust.cjs'), holds('others.cjs')]).toEqual([false, true])
    // It checks without the other file, which a token needs.
    const alone = join(folder, 'alone.cjs')
    copyFileSync(program, alone)
    const statusOf = (args: readonly string[]): number | null =>
      spawnSync(process.execPath, [alone, ...args], { cwd: folder }).status
    expect(statusOf(['rules', '--help'])).toBe(0)
    expect(statusOf(['token', 'good.jwt'])).toBe(2)
  })

  test('no output of all the above holds a token, a signature or a part of one', async () => {
    // Stacks and the most that is told are looked at too.
    for (const [, args] of cases) await podtrust(['token', ...args, '-v', '--color'])
    expect(leaks(outputs).found).toEqual([])
    expect(outputs.length).toBeGreaterThan(100)
    expect(leaks([`x${good}`]).found).not.toEqual([])
  })
})
