import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { checkTrust } from '@podtrust/core'
import { reportSchema } from '@podtrust/core/schema'
import { toText } from '@podtrust/core/reporters/text'
import { inventoryOfSnapshot, type Snapshot, writeSnapshot } from '@podtrust/core/sources/snapshot'

const root = dirname(dirname(dirname(import.meta.dirname)))
jest.setTimeout(30_000)

const folder = mkdtempSync(join(tmpdir(), 'podtrust-snapshot-'))
const program = join(folder, 'dist/podtrust.cjs')

interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function podtrust(args: readonly string[], input = ''): Promise<Run> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { PATH: process.env['PATH'] ?? '' } }
    const child = execFile(process.execPath, [program, ...args], options, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    )
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}

const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/8A5F3C1E90B24D67A1C2E3F405162738'
const account = '210987654321'
const providerArn = `arn:aws:iam::${account}:oidc-provider/${issuer}`
const clusterArn = `arn:aws:eks:eu-west-1:${account}:cluster/main`

/** An account with one cluster and one role, which lets a subject in. */
function snapshotOf(subject: string): Snapshot {
  const policy = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: providerArn },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: { [`${issuer}:aud`]: 'sts.amazonaws.com' },
          StringLike: { [`${issuer}:sub`]: `system:serviceaccount:${subject}` },
        },
      },
    ],
  }
  return {
    podtrustSnapshot: 1,
    tool: '0.0.0',
    takenAt: '2026-06-01T00:00:00Z',
    accounts: [
      {
        account,
        partition: 'aws',
        roles: {
          isWhole: true,
          items: [
            {
              Path: '/',
              RoleName: 'uploader',
              Arn: `arn:aws:iam::${account}:role/uploader`,
              AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(policy)),
            },
          ],
        },
        providers: {
          isWhole: true,
          items: [{ Arn: providerArn, Url: issuer, ClientIDList: ['sts.amazonaws.com'] }],
        },
        regions: [
          {
            region: 'eu-west-1',
            clusters: {
              isWhole: true,
              items: [
                {
                  name: 'main',
                  cluster: { arn: clusterArn, identity: { oidc: { issuer: `https://${issuer}` } } },
                  associations: { isWhole: true, items: [] },
                },
              ],
            },
          },
        ],
        misses: [
          {
            call: 'eks:ListAddons',
            outcome: 'denied',
            region: 'eu-west-1',
            cluster: clusterArn,
            message: '',
          },
        ],
      },
    ],
  }
}

const wide = snapshotOf('*:app')

beforeAll(() => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(root, 'scripts/bundle-cli.mjs'), join(folder, 'dist')],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(stderr)
  writeFileSync(join(folder, 'narrow.json'), writeSnapshot(snapshotOf('prod:app')))
  writeFileSync(join(folder, 'wide.json'), writeSnapshot(wide))
  writeFileSync(
    join(folder, 'sorted.json'),
    JSON.stringify(Object.fromEntries(Object.entries(wide).toReversed())),
  )
  writeFileSync(join(folder, 'newer.json'), JSON.stringify({ podtrustSnapshot: 2 }))
  mkdirSync(join(folder, 'several'))
  writeFileSync(join(folder, 'several/wide.json'), writeSnapshot(wide))
  writeFileSync(join(folder, 'several/broken.json'), '{"podtrustSnapshot": 1, "accounts": {}}')
  writeFileSync(join(folder, 'several/package.json'), '{"name": "other"}')
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a file of podtrust snapshot', () => {
  test('is checked, and the report is the one of the library', async () => {
    const { code, stdout, stderr } = await podtrust(['check', 'wide.json'])
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(stdout).toContain('any-namespace')
    expect(stdout).toContain(`arn:aws:iam::${account}:role/uploader:15:11`)
    expect(stdout).toContain('not checked: `eks:ListAddons` denied on main in eu-west-1')
    expect(stdout.trim()).toBe(toText(checkTrust(inventoryOfSnapshot(wide))).trim())
  })

  test('is known by what it holds, from standard input and with its members in any order', async () => {
    const [expected, piped, sorted] = await Promise.all([
      podtrust(['check', 'wide.json']),
      podtrust(['check', '-'], writeSnapshot(wide)),
      podtrust(['check', 'sorted.json']),
    ])
    expect(piped).toEqual(expected)
    expect(sorted).toEqual(expected)
  })

  test('is read by every command that answers from inputs', async () => {
    const explain = ['explain', '--role', 'uploader', '--subject', 'prod/app', 'narrow.json']
    const [check, who, diff, graph, explained, json] = await Promise.all([
      podtrust(['check', 'narrow.json']),
      podtrust(['who', 'narrow.json']),
      podtrust(['diff', 'narrow.json', 'wide.json']),
      podtrust(['graph', 'narrow.json']),
      podtrust(explain),
      podtrust(['who', '--format', 'json', 'narrow.json']),
    ])
    expect([check.code, who.code, diff.code, graph.code, explained.code]).toEqual([0, 0, 1, 0, 0])
    expect(who.stdout).toContain('prod/app')
    expect(diff.stdout).toContain('uploader')
    expect(graph.stdout).toContain('prod/app')
    expect(explained.stdout).toContain('main')
    expect(reportSchema.parse(JSON.parse(json.stdout)).inputs).toEqual([{ name: 'narrow.json' }])
  })

  test('that is newer, or broken in a folder, is one sentence', async () => {
    const [newer, several] = await Promise.all([
      podtrust(['check', 'newer.json']),
      podtrust(['check', 'several']),
    ])
    expect(newer).toMatchObject({
      code: 2,
      stderr:
        'podtrust: newer.json: the snapshot has version 2, and this podtrust reads up to 1; update podtrust\n',
    })
    expect(several.code).toBe(2)
    expect(several.stderr).toContain('several/broken.json: `/tool` of the snapshot should be a text')
    expect(several.stdout).toContain('any-namespace')
    expect(several.stdout).toContain('1 other file in folders holds something else')
  })

  test('has a schema that is printed, and is part of the help', async () => {
    const [schema, help, unknown] = await Promise.all([
      podtrust(['schema', 'snapshot']),
      podtrust(['check', '--help']),
      podtrust(['schema', 'snapshto']),
    ])
    expect(schema.stdout).toBe(readFileSync(join(root, 'packages/core/schema/snapshot.schema.json'), 'utf8'))
    expect(help.stdout).toContain('a file of podtrust snapshot')
    expect(unknown.code).toBe(2)
    expect(unknown.stderr).toContain('`snapshot`')
  })

  test('needs code that no other input loads', () => {
    const holds = (file: string): boolean =>
      readFileSync(join(folder, 'dist', file), 'utf8').includes('$ZodError')
    expect(['podtrust.cjs', 'snapshot.cjs'].map(holds)).toEqual([false, true])
  })
})
