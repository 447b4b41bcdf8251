import { execFile, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { reportSchema } from '@podtrust/core/schema'

const root = dirname(dirname(dirname(import.meta.dirname)))
/** Many of these run whole programs, some of them on two busy processors. */
jest.setTimeout(30_000)

const folder = mkdtempSync(join(tmpdir(), 'podtrust-cli-'))
const program = join(folder, 'dist/podtrust.cjs')

interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

interface RunOptions {
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Runs the program as a user does, in a folder of its own and with nothing of this environment. */
function podtrust(args: readonly string[], { input = '', env = {} }: RunOptions = {}): Promise<Run> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { PATH: process.env['PATH'] ?? '', ...env }, maxBuffer: 2 ** 28 }
    const child = execFile(process.execPath, [program, ...args], options, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    )
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}

const HOSTILE = '\u001b[2J\u202eevil\u200b\u009b31m'
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/

const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/8A5F3C1E90B24D67A1C2E3F405162738'

function policy(subject?: string): Readonly<Record<string, unknown>> {
  const audience = { [`${issuer}:aud`]: 'sts.amazonaws.com' }
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: `arn:aws:iam::210987654321:oidc-provider/${issuer}` },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals:
            subject === undefined
              ? audience
              : { ...audience, [`${issuer}:sub`]: `system:serviceaccount:${subject}` },
        },
      },
    ],
  }
}

const good = JSON.stringify(policy('prod:app'), undefined, 2)
const open = JSON.stringify(policy(), undefined, 2)

const arn = 'arn:aws:iam::210987654321:role/'

const roleOf = (name: string, document: unknown): unknown => ({
  RoleName: name,
  Arn: arn + name,
  Path: '/',
  AssumeRolePolicyDocument: document,
})

/** A plan that opens a role to its whole cluster. */
function plan(): string {
  const sideOf = (document: unknown): unknown => ({
    name: 'app',
    arn: `${arn}app`,
    assume_role_policy: JSON.stringify(document),
    secret: 'do-not-show',
  })
  return JSON.stringify({
    format_version: '1.2',
    planned_values: {},
    resource_changes: [
      {
        address: 'module.trust.aws_iam_role.app',
        module_address: 'module.trust',
        mode: 'managed',
        type: 'aws_iam_role',
        name: 'app',
        change: {
          actions: ['update'],
          before: sideOf(policy('prod:app')),
          after: sideOf(policy()),
          after_unknown: {},
        },
      },
    ],
    configuration: {
      root_module: {
        module_calls: {
          trust: {
            source: '../modules/trust',
            module: {
              resources: [
                { address: 'aws_iam_role.app', mode: 'managed', type: 'aws_iam_role', name: 'app' },
              ],
            },
          },
        },
      },
    },
  })
}

const files: Readonly<Record<string, string>> = {
  'good.json': good,
  'open.json': open,
  'broken.json': '{"Version": "2012-10-17", "Statement": [',
  'other.json': '{"name": "something-else"}',
  'empty.json': '{"Roles": []}',
  'deep.json': '['.repeat(200) + ']'.repeat(200),
  'page.json': JSON.stringify({ Roles: [roleOf('app', policy('prod:app'))], IsTruncated: true }),
  'hostile.json': JSON.stringify({ Roles: [roleOf(HOSTILE, policy())] }, undefined, 2),
  'many.json': JSON.stringify(
    { Roles: Array.from({ length: 1700 }, (_, index) => roleOf(`role-${index}`, policy())) },
    undefined,
    2,
  ),
  'folder/a/good.json': good,
  'folder/package.json': '{"name": "something-else"}',
  'folder/tsconfig.json': '{ // comments\n}',
  'folder/permissions.json':
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}',
  'folder/node_modules/open.json': open,
  'folder/.hidden/open.json': open,
  'nothing/package.json': '{}',
  'roles-a.json': JSON.stringify({
    Roles: [roleOf('app', policy('prod:app')), roleOf('same', policy('prod:same'))],
  }),
  'roles-b.json': JSON.stringify({ Roles: [roleOf('app', policy()), roleOf('same', policy('prod:same'))] }),
  'manifests/app.yaml': [
    'apiVersion: v1',
    'kind: ServiceAccount',
    'metadata:',
    '  name: app',
    '  namespace: prod',
    '  annotations:',
    `    eks.amazonaws.com/role-arn: ${arn}app`,
    '',
  ].join('\n'),
  'manifests/broken.yml': 'kind: ServiceAccount\nmetadata: {annotations: {eks.amazonaws.com/role-arn: [\n',
  'manifests/values.yaml': 'replicas: 3\n',
  'stack/plan.json': plan(),
  'stack/infra/main.tf': ['module "trust" {', '  source = "../modules/trust"', '}', ''].join('\n'),
  'stack/modules/trust/role.tf': [
    'resource "aws_iam_role" "app" {',
    '  name = "app"',
    `  assume_role_policy = jsonencode(${open})`,
    '}',
    '',
  ].join('\n'),
}

beforeAll(() => {
  const built = spawnSync(process.execPath, [join(root, 'scripts/bundle-cli.mjs'), dirname(program)], {
    encoding: 'utf8',
  })
  if (built.status !== 0) throw new Error(`the bundle could not be made: ${built.stderr}`)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  cpSync(join(root, 'examples'), join(folder, 'examples'), { recursive: true })
  // A file of holes: it has a size and takes no room.
  writeFileSync(join(folder, 'large.json'), '')
  truncateSync(join(folder, 'large.json'), 600 * 2 ** 20)
  void runAll()
})

afterAll(() => rmSync(folder, { recursive: true }))

/** title, arguments, exit code, standard output, standard error, and what else there is */
type Case = readonly [string, readonly string[], number, RegExp, RegExp, RunOptions?]

const cases: readonly Case[] = [
  ['clean', ['check', 'good.json', '--fail-on=low'], 0, /^No findings\nchecked 1 of 1 role/, /^$/],
  ['a finding', ['check', 'open.json'], 1, /^high any-service-account: open\.json$/m, /^$/],
  [
    'no finding that counts',
    ['check', 'open.json', '--fail-on', 'exposure=critical,breakage=none'],
    0,
    /finding/,
    /^$/,
  ],
  ['no role', ['check', 'empty.json'], 0, /^no role to check in the input$/m, /^$/],
  [
    'incomplete',
    ['check', 'page.json', '--require-complete', '--fail-on=none'],
    3,
    /not checked: .*one page of several/,
    /^$/,
  ],
  [
    'a folder',
    ['check', 'folder'],
    0,
    /checked 1 of 1 role .*; 3 other files in folders hold something else/,
    /^$/,
  ],
  [
    'standard input',
    ['check', '-', '--stdin-filename', 'trust.json'],
    1,
    /^ {2}trust\.json:\d+:\d+$/m,
    /^$/,
    { input: open },
  ],
  [
    'whose a policy is',
    ['check', 'open.json', '--role-arn', `${arn}app`],
    1,
    /: app \(arn:aws:iam::210987654321:role\/app\)$/m,
    /^$/,
  ],
  ['who', ['who', 'good.json', 'good.json'], 0, /^ {4}prod\/app$[^]*of 1 role is/m, /^$/],
  [
    'who of one role',
    ['who', 'examples/account.json', '--role', 'preview-app'],
    0,
    /in every namespace[^]*of 1 role is/,
    /^$/,
  ],
  [
    'nobody of that name',
    ['who', 'good.json', '--role', 'godo.json'],
    2,
    /^$/,
    /did you mean `good\.json`\?/,
  ],
  [
    'a pattern that no shell has expanded',
    ['check', 'fold*/**/*.json', '--fail-on=low'],
    0,
    /checked 1 of 1 role .*; 3 other files in folders hold something else/,
    /^$/,
  ],
  [
    'a folder of manifests with a broken one, and the roles they name',
    ['check', 'manifests', 'roles-a.json'],
    2,
    /checked 2 of 2 roles .*; 1 service account; 1 other file/,
    /^podtrust: manifests\/broken\.yml: .*line \d+, column \d+\n$/,
  ],
  [
    'one role in two inputs',
    ['check', 'roles-a.json', 'roles-b.json', '--fail-on=none'],
    0,
    /in two inputs: app is in roles-a\.json and roles-b\.json, and the two policies let different callers in\n {2}in two inputs: 1 role with the same policy$/m,
    /^$/,
  ],
  [
    'who widens',
    ['diff', 'roles-a.json', 'roles-b.json'],
    1,
    /gains: every service account of the cluster except prod\/app\n {6}witness: [^]*\n1 role lets more callers in; 1 unchanged\n$/,
    /^$/,
  ],
  [
    'who widens, only to be read',
    ['diff', 'roles-a.json', 'roles-b.json', '--fail-on=none'],
    0,
    /gains: /,
    /^$/,
  ],
  ['who narrows', ['diff', 'roles-b.json', 'roles-a.json'], 0, /loses: [^]*1 role changed without/, /^$/],
  [
    'a comparison with what is not known',
    ['diff', 'roles-a.json', 'page.json', '--require-complete', '--fail-on=none'],
    3,
    /role gone same[^]*not checked: .*one page of several/,
    /^$/,
  ],
  [
    'nothing to compare with',
    ['diff', 'roles-a.json'],
    2,
    /^$/,
    /^podtrust: `roles-a\.json` is no Terraform plan/,
  ],
  ['a side that cannot be read', ['diff', 'good.json', 'nope.json'], 2, /^$/, /^podtrust: nope\.json: /],
  ['a plan by itself', ['diff', 'stack/plan.json'], 1, /^app +module\.trust\.aws_iam_role\.app/, /^$/],
  [
    'a plan that widens, with the configuration that it was made of',
    ['check', 'stack/plan.json', '--terraform-dir', 'stack/infra', '--fail-on=none'],
    0,
    /^ {2}stack\/modules\/trust\/role\.tf:\d+:\d+$[^]*^widened by the plan: app \(.*\) also lets in every service account of the cluster except prod\/app, for example /m,
    /^$/,
  ],
  [
    'a configuration that is not there',
    ['check', 'stack/plan.json', '--terraform-dir=nope'],
    2,
    /^$/,
    /^podtrust: --terraform-dir `nope`: there is no such file or folder\n$/,
  ],
  [
    'a picture',
    ['graph', 'roles-a.json', 'manifests/app.yaml', '-f', 'svg'],
    0,
    /^<svg [^]*by annotation[^]*<\/svg>\n$/,
    /^$/,
  ],
  ['a picture by Graphviz', ['graph', 'roles-a.json'], 0, /^digraph podtrust \{/, /^$/],
  ['rules', ['rules'], 0, /^exposure: [^]*\n {2}any-service-account +high +every/, /^$/],
  ['a rule that is none', ['rules', 'any-service-acount'], 2, /^$/, /did you mean `any-service-account`\?/],
  ['help of a command', ['who', '-h'], 0, /^Usage: podtrust who[^]*--role ROLE[^]*^Exit codes:$/m, /^$/],
  ['version', ['--version'], 0, /^\d+\.\d+\.\d+\n$/, /^$/],
  ['nothing asked', [], 2, /^$/, /^Usage: /m],
  [
    'an unknown command',
    ['chekc'],
    2,
    /^$/,
    /^podtrust: there is no command `chekc` \(did you mean `check`\?\); .*\n$/,
  ],
  [
    'an unknown option',
    ['check', '--fromat=json'],
    2,
    /^$/,
    /^podtrust: unknown option `--fromat` \(did you mean `--format`\?\)/,
  ],
  [
    'an unknown format',
    ['check', '-fsarif', 'x'],
    2,
    /^$/,
    /^podtrust: there is no format `sarif`; there are text, json and html\n$/,
  ],
  ['no input', ['check'], 2, /^$/, /^podtrust: no input; /],
  [
    'an owner for two',
    ['check', 'good.json', 'open.json', '--role-name', 'app'],
    2,
    /^$/,
    /2 of the inputs are bare trust policies/,
  ],
  [
    'an owner that is no role',
    ['check', 'good.json', '--role-arn', 'app'],
    2,
    /^$/,
    /^podtrust: `app` is not the ARN of a role; /,
  ],
  [
    'an owner for nobody',
    ['check', 'empty.json', '--role-name', 'app'],
    0,
    /no role/,
    /^podtrust: warning: --role-name changes nothing/,
  ],
  [
    'no way to write',
    ['check', 'good.json', '-f', 'json=no/such/folder.json'],
    2,
    /^$/,
    /^podtrust: cannot write `no\/such\/folder\.json`: /,
  ],
]

/** All of them at once, some at a time: they have nothing in common but the program. */
const runs = new Map<string, Promise<Run>>()

async function runAll(): Promise<void> {
  const waiting = [...cases]
  const settle = new Map<string, (run: Run) => void>()
  for (const [title] of cases) runs.set(title, new Promise((resolve) => settle.set(title, resolve)))
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      settle.get(next[0])?.(await podtrust(next[1], next[5]))
    }
  }
  await Promise.all([work(), work(), work()])
}

describe('exit codes and streams', () => {
  test.each(cases)('%s', async (...[title, , code, stdout, stderr]) => {
    const run = await runs.get(title)
    expect(run?.stderr).toMatch(stderr)
    expect(run?.stdout).toMatch(stdout)
    expect(run?.code).toBe(code)
  })

  test('what cannot be read is one sentence each', async () => {
    const names = [
      'nope.json',
      '*.tfplan',
      'broken.json',
      'deep.json',
      'other.json',
      'nothing',
      'large.json',
      '-',
      '-',
    ]
    const { stdout, stderr, code } = await podtrust(['check', ...names])
    expect(stderr.replaceAll(/looked for: .*/g, 'looked for: …')).toBe(
      [
        'nope.json: cannot be read: there is no such file or folder',
        '*.tfplan: no file matches the pattern',
        'broken.json: not JSON: the text ends too early at line 1, column 41',
        'deep.json: nested deeper than 100 levels at line 1, column 101',
        'other.json: not an input that podtrust knows; looked for: …',
        'nothing: none of its 1 `.json` and YAML files is an input that podtrust knows; `podtrust --help` lists what is read',
        'large.json: larger than the 512 MiB that can be read at once (600 MiB); part it, for example with `jq`, and give the parts as several inputs',
        '<stdin>: the input is empty',
        '',
      ]
        .map((line) => line && `podtrust: ${line}`)
        .join('\n'),
    )
    expect({ stdout, code }).toEqual({ stdout: '', code: 2 })
  })

  test('one bad input of several: the rest is reported, and the run is neither clean nor complete', async () => {
    const run = await podtrust(['check', 'good.json', 'broken.json', 'nope.json'])
    expect(run).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^podtrust: broken\.json: .*\npodtrust: nope\.json: .*\n$/),
    })
    expect(run.stdout).toMatch(/checked 1 of 1 role/)
    expect(run.stdout).toMatch(/not checked: `broken\.json`: not JSON/)
    expect(run.stdout).not.toContain('No findings')
  })

  test('a report of megabytes goes through a pipe whole, and two reports at once', async () => {
    const { code, stdout } = await podtrust(['check', 'many.json', '-f', 'json', '-f', 'text=report.txt'])
    expect(stdout.length).toBeGreaterThan(5_000_000)
    expect((JSON.parse(stdout) as { findings: unknown[] }).findings.length).toBeGreaterThanOrEqual(1700)
    expect(code).toBe(1)
    expect(readFileSync(join(folder, 'report.txt'), 'utf8')).toMatch(/checked 1700 of 1700 roles/)
  })

  test('whoever stops reading is left alone', async () => {
    const child = spawn(process.execPath, [program, 'check', 'many.json'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stderr = ''
    child.stderr.on('data', (chunk) => (stderr += String(chunk)))
    child.stdout.once('data', () => child.stdout.destroy())
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
  })
})

describe('what it prints', () => {
  test.each(['examples/account.json', 'examples/policy.json', 'examples/terraform/plan.json'])(
    'the JSON of %s has the documented shape',
    async (path) => {
      const { stdout } = await podtrust(['check', path, '--format=json'])
      const report = reportSchema.parse(JSON.parse(stdout))
      expect(report).toEqual(JSON.parse(stdout))
      expect(report.inputs).toEqual([{ name: path }])
    },
  )

  test('the JSON of a comparison, and of a check that says what a plan widens, has the documented shape', async () => {
    const [diff, check] = await Promise.all([
      podtrust(['diff', 'stack/plan.json', '--format=json']),
      podtrust(['check', 'stack/plan.json', '--format=json']),
    ])
    for (const { stdout } of [diff, check]) {
      expect(stdout).not.toContain('do-not-show')
      const report = reportSchema.parse(JSON.parse(stdout))
      expect(report).toEqual(JSON.parse(stdout))
      expect(report.changes).toMatchObject([
        {
          role: { name: 'app' },
          change: 'changed',
          widens: true,
          callers: [{ mechanism: 'irsa', gained: [{ certainty: 'certain' }] }],
        },
      ])
    }
    expect(reportSchema.parse(JSON.parse(diff.stdout)).compared).toMatchObject({ before: 1, after: 1 })
  })

  test('errors are in the JSON too', async () => {
    const { stdout, code } = await podtrust(['check', 'broken.json', '-fjson'])
    const { errors, coverage } = reportSchema.parse(JSON.parse(stdout))
    expect(errors).toMatchObject([{ code: 'E_NOT_JSON', input: 'broken.json', line: 1 }])
    expect({ complete: coverage.complete, code }).toEqual({ complete: false, code: 2 })
  })

  test('names cannot reach the terminal as they are', async () => {
    const all = await Promise.all([
      podtrust(['check', 'hostile.json', '-v']),
      podtrust(['who', 'hostile.json']),
      podtrust(['check', 'hostile.json', `${HOSTILE}.json`, '-fjson']),
      podtrust(['check', `--${HOSTILE}`]),
    ])
    for (const { stdout, stderr } of all) {
      expect(stdout + stderr).toContain('evil')
      expect(stdout + stderr).not.toMatch(UNSAFE)
    }
  })

  test('colour only where it is wanted', async () => {
    const [piped, forced, refused] = await Promise.all([
      podtrust(['check', 'open.json']),
      podtrust(['check', 'open.json'], { env: { FORCE_COLOR: '1' } }),
      podtrust(['check', 'open.json'], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } }),
    ])
    expect(piped.stdout).not.toContain('\u001b')
    expect(forced.stdout.replaceAll(/\u001b\[\d+m/g, '')).toBe(piped.stdout)
    expect(forced.stdout).toContain('\u001b[31m')
    expect(refused).toEqual(piped)
  })

  test('every rule has a page in the program', async () => {
    const list = await runs.get('rules')
    const ids = [...(list?.stdout ?? '').matchAll(/^ {2}([a-z0-9-]+) /gm)].map(([, id]) => id)
    expect(ids.length).toBeGreaterThan(0)
    for (const id of ids) {
      const page = readFileSync(join(folder, 'dist/rules', `${id}.md`), 'utf8')
      expect(page.startsWith(`# ${id}\n`)).toBe(true)
    }
  })

  test('a page and the schema are printed as they are', async () => {
    const [page, schema] = await Promise.all([
      podtrust(['rules', 'any-service-account']),
      podtrust(['schema', 'report']),
    ])
    expect(page.stdout).toBe(readFileSync(join(folder, 'dist/rules/any-service-account.md'), 'utf8'))
    expect(schema.stdout).toBe(readFileSync(join(root, 'packages/core/schema/report.schema.json'), 'utf8'))
  })

  test('an unreadable file is one sentence', async () => {
    if (process.getuid?.() === 0) return
    writeFileSync(join(folder, 'secret.json'), good)
    chmodSync(join(folder, 'secret.json'), 0)
    const { code, stderr } = await podtrust(['check', 'secret.json'])
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'podtrust: secret.json: cannot be read: permission denied\n',
    })
  })
})
