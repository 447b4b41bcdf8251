import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { reportSchema } from '@podtrust/core/schema'

jest.setTimeout(60_000)

const root = dirname(dirname(dirname(import.meta.dirname)))
const folder = mkdtempSync(join(tmpdir(), 'podtrust-large-'))
const program = join(folder, 'dist/podtrust.cjs')

interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function podtrust(...args: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { PATH: process.env['PATH'] ?? '' }, maxBuffer: 2 ** 28 }
    const child = execFile(process.execPath, [program, ...args], options, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    )
  })
}

const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/8A5F3C1E90B24D67A1C2E3F405162738'
const account = '210987654321'

const roleOf = (name: string, subject = {}): unknown => ({
  Path: '/',
  RoleName: name,
  Arn: `arn:aws:iam::${account}:role/${name}`,
  AssumeRolePolicyDocument: {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${issuer}` },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: { StringEquals: { [`${issuer}:aud`]: 'sts.amazonaws.com', ...subject } },
      },
    ],
  },
})

const pinned = { [`${issuer}:sub`]: 'system:serviceaccount:prod:app' }
const dump = JSON.stringify({ RoleDetailList: [roleOf('pinned', pinned), roleOf('open')] }, undefined, 2)

/** White space is as good as roles to be too much of. */
const blank = ' '.repeat(65 * 2 ** 20)

beforeAll(() => {
  const built = spawnSync(process.execPath, [join(root, 'scripts/bundle-cli.mjs'), dirname(program)], {
    encoding: 'utf8',
  })
  if (built.status !== 0) throw new Error(`the bundle could not be made: ${built.stderr}`)
  const files = {
    'small.json': dump,
    'large.json': dump + blank,
    'cut.json': `${dump.slice(0, -5)}${blank}`,
    'policies.json':
      JSON.stringify({
        Statement: { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
      }) + blank,
    'roles.json': JSON.stringify({ Roles: [roleOf('open', pinned), roleOf('other')] }),
    'more-roles.json': JSON.stringify({ Roles: [roleOf('other', pinned)] }),
    'app.yaml': [
      'apiVersion: v1',
      'kind: ServiceAccount',
      'metadata:',
      '  name: app',
      '  namespace: prod',
      '  annotations:',
      `    eks.amazonaws.com/role-arn: arn:aws:iam::${account}:role/pined`,
      '',
    ].join('\n'),
    'huge.json': dump,
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  truncateSync(join(folder, 'huge.json'), 600 * 2 ** 20)
})

afterAll(() => rmSync(folder, { recursive: true }))

/** What is said of a file, as if it had another name. */
const renamed = ({ stdout, ...run }: Run, from: string, to: string): Run => ({
  ...run,
  stdout: stdout.replaceAll(from, to),
})

test('a large dump is checked as a small one is, with lines and columns of the file', async () => {
  const small = await podtrust('check', 'small.json')
  expect(small).toMatchObject({ code: 1, stderr: '' })
  expect(small.stdout).toMatch(/ {2}small\.json:33:11\n/)
  expect(renamed(await podtrust('check', 'large.json'), 'large.json', 'small.json')).toEqual(small)
})

test('in JSON what each role admits is left out, and the report says so', async () => {
  const { code, stdout } = await podtrust('check', '--format=json', 'large.json')
  const report = reportSchema.parse(JSON.parse(stdout))
  expect(code).toBe(1)
  expect(report).toMatchObject({
    analyses: [],
    analysesLeftOut: expect.stringMatching(/^`large\.json` is too large to tell what each role admits/),
    coverage: { complete: true, roles: { total: 2, analyzed: 2, pod: 2 } },
    findings: [
      { rule: 'any-service-account', role: { name: 'open' }, location: { file: 'large.json', line: 33 } },
    ],
  })
  const small = reportSchema.parse(JSON.parse((await podtrust('check', '-fjson', 'small.json')).stdout))
  expect(small.analysesLeftOut).toBeUndefined()
  expect(small.analyses).toHaveLength(2)
})

test('a large dump is joined with the other inputs, among which roles may be twice', async () => {
  const { code, stdout, stderr } = await podtrust(
    'check',
    'large.json',
    'roles.json',
    'more-roles.json',
    'app.yaml',
  )
  expect(stdout).toMatch(/annotation-role-missing: service account prod\/app\n.*\/pinned`/)
  expect(stdout).toMatch(/^checked 5 of 5 roles \(5 with trust for pods\); 1 service account$/m)
  expect(stdout).toMatch(/^ {2}in two inputs: other is in roles\.json and more-roles\.json/m)
  expect(stdout).toMatch(
    /^ {2}in two inputs: open is in roles\.json and large\.json, and .* different callers in$/m,
  )
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
})

test('a large dump that breaks off is checked up to there, and fails the run', async () => {
  const { code, stdout, stderr } = await podtrust('check', 'cut.json', 'roles.json')
  const reason = /not JSON: the text ends too early at line \d+, column \d+/.exec(stderr)?.[0] ?? ''
  expect(stderr).toBe(`podtrust: cut.json: ${reason}; what stands before was checked\n`)
  expect(stdout).toMatch(/^checked 4 of 4 roles/m)
  expect(stdout).toContain(`  not checked: \`cut.json\`: ${reason}; what stands behind was not read\n`)
  expect(code).toBe(2)
})

test('what is no dump is read at once, and so are dumps by the other commands, as far as they can be', async () => {
  expect(await podtrust('check', 'policies.json')).toMatchObject({ code: 0 })
  const { stdout } = await podtrust('who', 'large.json')
  expect(stdout).toMatch(/^pinned/m)
  expect(await podtrust('who', 'huge.json')).toEqual({
    code: 2,
    stdout: '',
    stderr:
      'podtrust: huge.json: larger than the 512 MiB that can be read at once (600 MiB); part it, for example with `jq`, and give the parts as several inputs\n',
  })
})
