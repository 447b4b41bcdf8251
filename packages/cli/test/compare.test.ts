import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { compareSchema } from '@podtrust/core/schema/compare'

const root = dirname(dirname(dirname(import.meta.dirname)))
jest.setTimeout(60_000)

const folder = mkdtempSync(join(tmpdir(), 'podtrust-compare-'))
const program = join(folder, 'dist/podtrust.cjs')

interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function podtrust(...args: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { PATH: process.env['PATH'] ?? '' } }
    const child = execFile(process.execPath, [program, ...args], options, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    )
    child.stdin?.end()
  })
}

const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/8A5F3C1E90B24D67A1C2E3F405162738'
const account = '210987654321'
const arnOf = (name: string): string => `arn:aws:iam::${account}:role/${name}`

const roleOf = (name: string, statement: unknown): unknown => ({
  RoleName: name,
  Arn: arnOf(name),
  Path: '/',
  AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [statement] },
})
const irsa = {
  Effect: 'Allow',
  Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${issuer}` },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: { StringEquals: { [`${issuer}:sub`]: 'system:serviceaccount:prod:app' } },
}
const pods = { Effect: 'Allow', Principal: { Service: 'pods.eks.amazonaws.com' }, Action: 'sts:AssumeRole' }

const association = {
  clusterName: 'main',
  namespace: 'prod',
  serviceAccount: 'app',
  roleArn: arnOf('untagged'),
  associationArn: `arn:aws:eks:eu-west-1:${account}:podidentityassociation/main/a-1`,
  associationId: 'a-1',
  disableSessionTags: false,
}

const manifest = (name: string, role: string): string =>
  `apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: ${name}\n  namespace: prod\n  annotations:\n    eks.amazonaws.com/role-arn: ${arnOf(role)}\n`

const files: Readonly<Record<string, string>> = {
  'roles.json': JSON.stringify({ Roles: [roleOf('uploader', irsa), roleOf('untagged', pods)] }),
  'cluster.json': JSON.stringify({
    cluster: { name: 'main', identity: { oidc: { issuer: `https://${issuer}` } } },
  }),
  'association.json': JSON.stringify({ association }),
  'manifests/app.yaml': `${manifest('app', 'uploader')}---\n${manifest('worker', 'uploader')}`,
  'broken.json': '{',
}

beforeAll(() => {
  const args = [join(root, 'scripts/bundle-cli.mjs'), join(folder, 'dist')]
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  mkdirSync(join(folder, 'manifests'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const ALL = ['roles.json', 'cluster.json', 'association.json', 'manifests'] as const

describe('podtrust compare', () => {
  test('what each service account gets, and why it gets nothing', async () => {
    const { code, stdout, stderr } = await podtrust('compare', ...ALL)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toBe(`cluster main
  SERVICE ACCOUNT  ANNOTATION  TRUSTED BY  ASSOCIATION  ITS PODS GET
  prod/app         uploader    uploader    untagged     nothing
    the role \`untagged\` of its association does not admit it: it does not allow \`sts:TagSession\`
    the annotation names \`${arnOf('uploader')}\`, which EKS leaves aside; pods that started before the association keep it
  prod/worker      uploader    -           none         nothing
    the role \`uploader\` does not admit it: it admits prod/app

roles that admit more than can be listed:
  untagged admits every service account with an association

2 service accounts: 2 with nothing
`)
  })

  test('without the association the annotation works, and what was not read is said', async () => {
    const { stdout } = await podtrust('compare', 'roles.json', 'cluster.json', 'manifests', '-f', 'json')
    const { serviceAccounts, counts, assumptions } = compareSchema.parse(JSON.parse(stdout))
    expect(counts).toEqual({ works: 1, nothing: 1, either: 0, unknown: 0 })
    expect(serviceAccounts.map(({ name, association: { state } }) => `${name} ${state}`)).toEqual([
      'app not-read',
      'worker not-read',
    ])
    expect(assumptions).toEqual([
      'where associations were not read there is none; one would win over an annotation',
      'where the OIDC provider of an issuer was not read, it is there and takes the audience of the tokens',
    ])
  })

  test('one cluster, or none of that name', async () => {
    const one = await podtrust('compare', ...ALL, '--cluster', 'main')
    expect([one.code, one.stdout.split('\n')[0]]).toEqual([0, 'cluster main'])
    const none = await podtrust('compare', ...ALL, '--cluster', 'mian')
    expect(none.code).toBe(2)
    expect(none.stdout).toBe('')
    expect(none.stderr).toMatch(/^podtrust: the inputs hold no cluster `mian`.*they tell of `main`/)
  })

  test('exit codes are those of the other commands', async () => {
    const broken = await podtrust('compare', 'roles.json', 'broken.json')
    expect([broken.code, broken.stderr]).toEqual([
      2,
      expect.stringMatching(/^podtrust: broken\.json: not JSON/),
    ])
    expect(broken.stdout).toContain('uploader')
    writeFileSync(
      join(folder, 'gap.json'),
      JSON.stringify({ association: { ...association, namespace: undefined } }),
    )
    const gap = await podtrust('compare', ...ALL, 'gap.json', '--require-complete')
    const covered = await podtrust('compare', ...ALL, '--require-complete')
    expect([gap.code, covered.code]).toEqual([3, 0])
  })

  test('pages, of the comparison and of a check', async () => {
    const compared = await podtrust('compare', ...ALL, '-f', 'html')
    expect(compared.code).toBe(0)
    expect(compared.stdout).toMatch(
      /^<!doctype html>\n[^]*<h1>IRSA against Pod Identity<\/h1>[^]*<\/html>\n$/,
    )
    const checked = await podtrust('check', ...ALL, '-f', 'text', '--format=html=report.html')
    expect(checked.code).toBe(1)
    const page = readFileSync(join(folder, 'report.html'), 'utf8')
    expect(page).toMatch(/<h2 id="findings">[^]*missing-tag-session[^]*<h2 id="who">[^]*<h2 id="comparison">/)
    // Lines of YAML are told as the text report tells them.
    const [text, html] = await Promise.all([
      podtrust('check', 'manifests', '--all'),
      podtrust('check', 'manifests', '-f', 'html'),
    ])
    const place = / (manifests\/app\.yaml:\d+:\d+)\n/.exec(text.stdout)?.[1]
    expect(place).toBeDefined()
    expect(place).not.toMatch(/:1:1$/)
    expect(html.stdout).toContain(`<code>${place}</code>`)
    const bare = await podtrust('check', 'broken.json', '-f', 'html')
    expect([bare.code, bare.stdout]).toEqual([2, expect.stringContaining('Inputs that could not be read')])
  })

  test('its schema is printed, and its help', async () => {
    const schema = await podtrust('schema', 'compare')
    expect((JSON.parse(schema.stdout) as { title: string }).title).toBe('podtrust compare')
    const help = await podtrust('compare', '--help')
    expect(help.stdout).toMatch(/^Usage: podtrust compare \[OPTIONS\] INPUT\.\.\.\n[^]*--cluster CLUSTER/)
    const format = await podtrust('who', 'roles.json', '-f', 'html')
    expect([format.code, format.stderr]).toEqual([2, expect.stringContaining('there is no format `html`')])
  })
})
