import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { explainSchema } from '@podtrust/core/schema/explain'

const root = dirname(dirname(dirname(import.meta.dirname)))
jest.setTimeout(30_000)

const folder = mkdtempSync(join(tmpdir(), 'podtrust-explain-'))
const program = join(folder, 'dist/podtrust.cjs')

interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** All that was printed, with what was asked. */
const outputs: string[] = []

function podtrust(args: readonly string[], input = ''): Promise<Run> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { PATH: process.env['PATH'] ?? '' } }
    const child = execFile(process.execPath, [program, ...args], options, (_, stdout, stderr) => {
      outputs.push(stdout, stderr)
      resolve({ code: child.exitCode, stdout, stderr })
    })
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}

const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/8A5F3C1E90B24D67A1C2E3F405162738'
const account = '210987654321'
const providerArn = `arn:aws:iam::${account}:oidc-provider/${issuer}`
const role = {
  Role: {
    Path: '/',
    RoleName: 'uploader',
    Arn: `arn:aws:iam::${account}:role/uploader`,
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Federated: providerArn },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: { StringEquals: { [`${issuer}:sub`]: 'system:serviceaccount:prod:app' } },
        },
      ],
    },
  },
}
const facts = [
  { cluster: { name: 'main', identity: { oidc: { issuer: `https://${issuer}` } } } },
  { OpenIDConnectProviderArn: providerArn, Url: issuer, ClientIDList: ['sts.amazonaws.com'] },
]

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const SIGNATURE = 'bm90LWEtc2lnbmF0dXJl'
const tokenOf = (more: Readonly<Record<string, unknown>> = {}): string =>
  `${part({ alg: 'RS256', kid: 'k' })}.${part({
    iss: `https://${issuer}`,
    sub: 'system:serviceaccount:prod:app',
    aud: ['sts.amazonaws.com'],
    iat: 1_700_000_000,
    exp: 9_000_000_000,
    ...more,
  })}.${SIGNATURE}`

beforeAll(() => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(root, 'scripts/bundle-cli.mjs'), join(folder, 'dist')],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(stderr)
  mkdirSync(join(folder, 'account'))
  writeFileSync(join(folder, 'account/role.json'), JSON.stringify(role))
  facts.forEach((fact, index) => writeFileSync(join(folder, `account/${index}.json`), JSON.stringify(fact)))
  writeFileSync(join(folder, 'token.jwt'), tokenOf())
  writeFileSync(join(folder, 'old.jwt'), tokenOf({ exp: 1_700_086_400 }))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('podtrust explain', () => {
  test('0 where the role can be assumed, 1 where it cannot, 1 where the inputs do not tell', async () => {
    const yes = await podtrust(['explain', '--role', 'uploader', '--subject', 'prod/app', 'account'])
    expect([yes.code, yes.stderr]).toEqual([0, ''])
    expect(yes.stdout).toContain('prod/app can assume')
    const no = await podtrust(['explain', '--role', 'uploader', '--subject', 'prod/apps', 'account'])
    expect([no.code, no.stderr]).toEqual([1, ''])
    expect(no.stdout).toContain('Not\n  authorized to perform sts:AssumeRoleWithWebIdentity')
    const open = await podtrust([
      'explain',
      '--role',
      'uploader',
      '--subject',
      'prod/app',
      'account/role.json',
    ])
    expect([open.code, open.stdout.includes('What is missing to tell')]).toEqual([1, true])
  })

  test('a token from a file and from standard input; neither it nor its signature is printed', async () => {
    for (const args of [['token.jwt'], ['-']]) {
      const answer = await podtrust(
        ['explain', '--role', 'uploader', '--token', ...args, 'account', '-f', 'json'],
        tokenOf(),
      )
      expect(answer.code).toBe(0)
      expect(explainSchema.parse(JSON.parse(answer.stdout)).explanation?.caller.serviceAccount).toEqual({
        namespace: 'prod',
        name: 'app',
      })
      expect(answer.stdout + answer.stderr).not.toMatch(/eyJ/)
      expect(answer.stdout + answer.stderr).not.toContain(SIGNATURE)
    }
    const old = await podtrust(['explain', '--role', 'uploader', '--token', 'old.jwt', 'account'])
    expect([old.code, old.stdout.includes('ExpiredTokenException')]).toEqual([1, true])
  })

  test('several formats at once, Markdown among them', async () => {
    const args = ['-f', 'markdown', '-f', 'json=answer.json', '-f', 'text=answer.txt']
    const { code, stdout } = await podtrust([
      'explain',
      '--role',
      'uploader',
      '--subject',
      'dev/app',
      'account',
      ...args,
    ])
    expect([code, stdout.startsWith('### `dev/app cannot assume')]).toEqual([1, true])
    const json: unknown = JSON.parse(readFileSync(join(folder, 'answer.json'), 'utf8'))
    expect(explainSchema.parse(json).explanation?.causes[0]?.id).toBe('wrong-namespace')
    expect(readFileSync(join(folder, 'answer.txt'), 'utf8')).toContain('The steps')
  })

  test('--error explains a text, from an argument or from standard input', async () => {
    const text = 'InvalidIdentityToken: Incorrect token audience'
    const given = await podtrust(['explain', '--error', text])
    const piped = await podtrust(['explain', '--error', '-'], text)
    expect([given.code, given.stdout]).toEqual([0, piped.stdout])
    expect(given.stdout).toContain('client ids')
    const unknown = await podtrust(['explain', '--error', 'it does not work'])
    expect([unknown.code, unknown.stdout]).toEqual([2, ''])
  })

  const wrong: readonly (readonly [string, readonly string[], string])[] = [
    ['no role', ['--subject', 'prod/app', 'account'], 'wants a role'],
    ['nobody who asks', ['--role', 'uploader', 'account'], '--subject NAMESPACE/NAME, or --token FILE'],
    [
      'both',
      ['--role', 'uploader', '--subject', 'prod/app', '--token', 'token.jwt', 'account'],
      'one of them',
    ],
    [
      'a role that nobody knows',
      ['--role', 'uplaoder', '--subject', 'prod/app', 'account'],
      'did you mean `uploader`',
    ],
    [
      'a subject that is none',
      ['--role', 'uploader', '--subject', 'app', 'account'],
      'is not NAMESPACE/NAME',
    ],
    [
      'a token on the command line',
      ['--role', 'uploader', '--token', tokenOf(), 'account'],
      'is a token and no file',
    ],
    [
      'a token that is not there',
      ['--role', 'uploader', '--token', 'no.jwt', 'account'],
      'there is no such file',
    ],
    [
      'an unknown format',
      ['--role', 'uploader', '--subject', 'prod/app', 'account', '-f', 'markdwon'],
      'did you mean `markdown`',
    ],
    [
      'an unknown mechanism',
      ['--role', 'uploader', '--subject', 'prod/app', '--mechanism', 'ISRA', 'account'],
      'irsa and pod-identity',
    ],
    [
      'an audience beside a token',
      ['--role', 'uploader', '--token', 'token.jwt', '--audience', 'x', 'account'],
      'goes with --subject',
    ],
    ['an error and a role', ['--error', 'x', '--role', 'uploader'], 'text alone'],
    ['no input', ['--role', 'uploader', '--subject', 'prod/app'], 'no input'],
    [
      'an input that is not there',
      ['--role', 'uploader', '--subject', 'prod/app', 'none.json'],
      'there is no such file',
    ],
  ]
  test.each(wrong)('2 and one line for %s', async (_what, args, message) => {
    const { code, stdout, stderr } = await podtrust(['explain', ...args])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(stderr).not.toContain(SIGNATURE)
  })

  const given: readonly (readonly [string, readonly string[]])[] = [
    ['the role', ['explain', '--role', tokenOf(), '--subject', 'prod/app', 'account']],
    ['the subject', ['explain', '--role', 'uploader', `--subject=${tokenOf()}`, 'account']],
    ['the cluster', ['explain', '--role', 'uploader', '--subject', 'a/b', '--cluster', tokenOf(), 'account']],
    ['an input', ['explain', '--role', 'uploader', '--subject', 'a/b', tokenOf()]],
    ['the token file', ['explain', '--role', 'uploader', '--token', tokenOf(), 'account', '-v']],
    ['the key set', ['token', '--jwks', tokenOf(), 'token.jwt']],
    ['the input of a check', ['check', '-v', tokenOf()]],
    ['the command', [tokenOf()]],
    ['the topic of help', ['help', tokenOf()]],
  ]
  test.each(given)('a token in the place of %s is refused without being repeated', async (_what, args) => {
    const { code, stdout, stderr } = await podtrust(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('is a token and no file or name')
  })

  test('nothing of all the above, nor of any format, shows a token or its signature', async () => {
    for (const token of ['token.jwt', 'old.jwt']) {
      const asked = ['explain', '--role', 'uploader', '--token', token, '-v', '--color']
      for (const format of ['text', 'json', 'markdown']) await podtrust([...asked, 'account', '-f', format])
      await podtrust([...asked, 'none.json'])
      await podtrust([...asked, 'old.jwt'])
    }
    for (const command of ['check', 'who', 'graph']) {
      await podtrust([command, '-v', 'token.jwt'])
      await podtrust([command, '-v', '-'], `Bearer ${tokenOf()}`)
    }
    for (const format of ['text', 'json', 'markdown'])
      await podtrust(['explain', '-f', format, '--error', `InvalidIdentityToken: bad token ${tokenOf()}`])
    const secrets = [tokenOf(), tokenOf({ exp: 1_700_086_400 })].flatMap((token) => [
      token,
      ...token.split('.').slice(1),
    ])
    expect(outputs.length).toBeGreaterThan(80)
    expect(outputs.filter((text) => secrets.some((secret) => text.includes(secret)))).toEqual([])
    expect(outputs.join('')).toContain('ExpiredTokenException')
  })

  test('its schema is printed', async () => {
    const { code, stdout } = await podtrust(['schema', 'explain'])
    expect([code, (JSON.parse(stdout) as { title: string }).title]).toEqual([0, 'podtrust explain'])
  })
})
