import { execFile, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { EKSClient } from '@aws-sdk/client-eks'
import { IAMClient } from '@aws-sdk/client-iam'
import { explainSchema } from '@podtrust/core/schema/explain'
import type { JsonExplain } from '@podtrust/core/schema/explain'
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { checkTrust } from '@podtrust/core'
import type { Report } from '@podtrust/core'
import { reportSchema } from '@podtrust/core/schema'
import { readAwsAccount } from '@podtrust/core/sources/aws'
import { awsPermissions } from '@podtrust/core/sources/permissions'
import { makeAccount } from '../../../test/aws-server/account.mjs'
import { irsaTrust } from '../../../test/aws-server/trust.mjs'
import { startAwsServer } from '../../../test/aws-server/server.mjs'
import type { AwsServer } from '../../../test/aws-server/server.mjs'

const root = dirname(dirname(dirname(import.meta.dirname)))
/** Many of these run whole programs, some of them on two busy processors. */
jest.setTimeout(60_000)

const folder = mkdtempSync(join(tmpdir(), 'podtrust-audit-'))
const program = join(folder, 'dist/podtrust.cjs')
const ACCOUNT = '210987654321'
const OTHER = '345678901234'
const SMALL = '456789012345'
const SECRET = 'never-to-be-seen-secret'

interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

type Explained = NonNullable<JsonExplain['explanation']>

let server: AwsServer

beforeAll(async () => {
  const built = spawnSync(process.execPath, [join(root, 'scripts/bundle-cli.mjs'), dirname(program)], {
    encoding: 'utf8',
  })
  if (built.status !== 0) throw new Error(`the bundle could not be made: ${built.stderr}`)
  const read = (name: string): Record<string, never> =>
    JSON.parse(readFileSync(join(root, 'examples', name), 'utf8')) as Record<string, never>
  const { roles, providers, clusters } = read('clusters.json')
  const { RoleDetailList } = read('account.json')
  const own = makeAccount({
    account: ACCOUNT,
    roles: [...(RoleDetailList ?? []), ...(roles ?? [])],
    providers: providers ?? [],
    clusters: clusters ?? [],
  })
  const trust = { Version: '2012-10-17', Statement: [] }
  const other = makeAccount({
    account: OTHER,
    roles: [{ RoleName: 'Audit', AssumeRolePolicyDocument: trust }],
  })
  server = await startAwsServer({ accounts: [own, other, smallAccount()] })
  clients = clientsOf(server)
})

beforeEach(() => server.reset())

afterAll(async () => {
  clients.close()
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

/** One of each: every call is made, and few of each. */
function smallAccount(): ReturnType<typeof makeAccount> {
  const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/5B2F9C0E71D84A36B0E4D15A68C37F92'
  const pods = { Effect: 'Allow', Principal: { Service: 'pods.eks.amazonaws.com' } }
  const roles = [
    {
      RoleName: 'open',
      AssumeRolePolicyDocument: irsaTrust({ account: SMALL, issuer }),
    },
    {
      RoleName: 'pinned',
      AssumeRolePolicyDocument: irsaTrust({ account: SMALL, issuer, sub: 'system:serviceaccount:prod:app' }),
    },
    {
      RoleName: 'untagged',
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ ...pods, Action: 'sts:AssumeRole' }],
      },
    },
    {
      RoleName: 'stray',
      AssumeRolePolicyDocument: irsaTrust({
        account: SMALL,
        issuer: issuer.replace(/.$/, '3'),
        sub: 'system:serviceaccount:prod:*',
        operator: 'StringLike',
      }),
    },
  ]
  return makeAccount({
    account: SMALL,
    roles,
    clusters: [
      {
        region: 'eu-west-1',
        name: 'one',
        issuer: `https://${issuer}`,
        // Nobody answers there, and no name is looked up.
        members: {
          accessConfig: { authenticationMode: 'API' },
          endpoint: 'https://127.0.0.1:9',
          certificateAuthority: {
            data: readFileSync(join(import.meta.dirname, 'fixtures/tls/authority.pem')).toString('base64'),
          },
        },
        associations: [{ namespace: 'prod', serviceAccount: 'app', roleArn: 'untagged' }],
        addons: [{ addonName: 'vpc-cni' }],
        nodegroups: [{ nodegroupName: 'main', nodeRole: 'nodes' }],
        fargateProfiles: [{ fargateProfileName: 'jobs', selectors: [{ namespace: 'jobs' }] }],
        accessEntries: [
          {
            principalArn: 'open',
            type: 'STANDARD',
            policies: [{ policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy' }],
          },
        ],
        capabilities: [{ capabilityName: 'argocd', type: 'ARGOCD', roleArn: 'pinned' }],
      },
    ],
  })
}

const environment = (): Readonly<Record<string, string>> => ({
  PATH: process.env['PATH'] ?? '',
  AWS_ACCESS_KEY_ID: server.credentials(ACCOUNT).accessKeyId,
  AWS_SECRET_ACCESS_KEY: SECRET,
  AWS_SESSION_TOKEN: `token-${SECRET}`,
  AWS_REGION: 'eu-west-1',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_MAX_ATTEMPTS: '1',
})

/** Runs the program as a user does, with nothing of this environment. No output of it may ever hold the credentials. */
function podtrust(
  args: readonly string[],
  env: Readonly<Record<string, string>> = environment(),
): Promise<Run> {
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, env, maxBuffer: 2 ** 28 }
    const child = execFile(process.execPath, [program, ...args], options, (_, stdout, stderr) => {
      if ((stdout + stderr).includes(SECRET)) reject(new Error('the output holds a credential'))
      else resolve({ code: child.exitCode, stdout, stderr })
    })
    child.stdin?.end()
  })
}

const live = (...args: readonly string[]): readonly string[] => [...args, '--endpoint-url', server.endpoint]

interface Json {
  readonly inputs: readonly { readonly name: string }[]
  readonly coverage: {
    readonly complete: boolean
    readonly gaps: readonly {
      readonly reason: string
      readonly permission?: string
      readonly subject: string
    }[]
    readonly roles: { readonly total: number; readonly pod: number }
    readonly clusters?: number
    readonly silenced?: readonly string[]
  }
  readonly findings: readonly { readonly rule: string; readonly fingerprint: string }[]
}

const jsonOf = ({ stdout }: Run): Json => reportSchema.parse(JSON.parse(stdout)) as Json

let clients: { readonly iam: IAMClient; readonly eks: (region: string) => EKSClient; close(): void }

function clientsOf({ endpoint, credentials }: AwsServer): typeof clients {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'
  const options = { credentials: credentials(SMALL), endpoint, maxAttempts: 1 }
  const iam = new IAMClient({ ...options, region: 'eu-west-1' })
  const regions = new Map<string, EKSClient>()
  return {
    iam,
    eks(region) {
      const one = regions.get(region) ?? new EKSClient({ ...options, region })
      regions.set(region, one)
      return one
    },
    close: () => [iam, ...regions.values()].forEach((one) => one.destroy()),
  }
}

/** The same without a process, for what is asked hundreds of times. */
async function report(): Promise<Report> {
  const inventory = await readAwsAccount(clients, { defaultRegion: 'eu-west-1' })
  return checkTrust(inventory, { now: new Date('2026-11-01T00:00:00Z'), all: true })
}

const PERMISSIONS = awsPermissions.Statement.flatMap(({ Action }) => [...Action])

describe('audit', () => {
  test('opens with one screen: what was seen, the clusters, where to look first, the causes', async () => {
    const { code, stdout, stderr } = await podtrust(live('audit'))
    expect(code).toBe(1)
    expect(stderr).toBe('')
    const lines = stdout.trimEnd().split('\n')
    expect(lines.length).toBeLessThanOrEqual(40)
    expect(lines[0]).toMatch(/^checked 24 of 24 roles \(15 with trust for pods\); 2 clusters$/)
    expect(stdout).toMatch(/^cluster +Region +account +roles +open to all +broken +associations +agent$/m)
    expect(stdout).toMatch(/^prod +eu-west-1 +210987654321 +8 +1 +\d+ +5 +add-on$/m)
    expect(stdout).toMatch(/^ {2}metrics-shipper +every service account of a cluster/m)
    expect(stdout).toMatch(/^ {2}high +any-service-account +metrics-shipper /m)
    expect(stdout).toContain('`--details` shows each finding')
    expect(stdout).not.toContain('not checked')
  })

  test('shows each finding with the lines of the policy that IAM holds', async () => {
    const { stdout } = await podtrust(live('audit', '--details'))
    expect(stdout).toContain(`arn:aws:iam::${ACCOUNT}:role/metrics-shipper:4:5`)
    expect(stdout).toMatch(/> +4 \| +\{/)
    expect(stdout).not.toContain('`--details` shows')
  })

  test('asks for nothing that its permissions do not name, and for all of them', async () => {
    expect(await podtrust(live('audit', '--fail-on', 'none'))).toMatchObject({ code: 0 })
    const asked = new Set(server.requests.map(({ action }) => action))
    expect([...asked].sort()).toEqual([...PERMISSIONS].sort())
    expect((await podtrust(['permissions', 'iam'])).stdout).toBe(
      `${JSON.stringify(awsPermissions, undefined, 2)}\n`,
    )
    expect((await podtrust(['permissions', 'kubernetes'])).stdout).toMatch(
      /^apiVersion: rbac\.authorization\.k8s\.io\/v1\nkind: ClusterRole\n/,
    )
  })

  test('a complete reading says so, and nothing else is asked of it', async () => {
    const run = await podtrust(live('audit', '-f', 'json', '--fail-on', 'none', '--require-complete'))
    expect(run.code).toBe(0)
    const { coverage, inputs } = jsonOf(run)
    expect(coverage).toMatchObject({ complete: true, gaps: [], clusters: 2 })
    expect(inputs).toEqual([{ name: `AWS account ${ACCOUNT}` }])
  })
})

describe('a snapshot', () => {
  test('gives the same reports as the account it was made of', async () => {
    const file = 'account.json'
    expect(await podtrust(live('snapshot', '-o', file))).toEqual({ code: 0, stdout: '', stderr: '' })
    const text = readFileSync(join(folder, file), 'utf8')
    expect(text).not.toMatch(/certificateAuthority|SessionToken|SecretAccessKey/i)
    const offline = { PATH: process.env['PATH'] ?? '' }
    const ask = ['--role', 'metrics-shipper', '--subject', 'prod/app', '--cluster', 'prod']
    const pairs = [
      [live('audit'), ['audit', '--snapshot', file]],
      [live('audit', '--details', '-v'), ['audit', '--details', '-v', '--snapshot', file]],
      [live('audit', '-f', 'json'), ['audit', '-f', 'json', '--snapshot', file]],
      [live('who', '--live'), ['who', file]],
      [live('graph', '--live'), ['graph', file]],
      [live('explain', '--live', ...ask), ['explain', ...ask, file]],
    ] as const
    for (const [one, other] of pairs) {
      const [first, second] = await Promise.all([podtrust(one), podtrust(other, offline)])
      expect(second).toEqual(first)
      expect(first.stdout).not.toBe('')
    }
  })

  test('is explained with what Kubernetes manifests beside it tell', async () => {
    const [file, apps] = ['beside.json', 'apps.yaml']
    await podtrust(live('snapshot', '-o', file))
    const role = `arn:aws:iam::${ACCOUNT}:role/queue-worker`
    const objects = [
      `kind: ServiceAccount\nmetadata: {name: worker-canary, namespace: queues, annotations: {eks.amazonaws.com/role-arn: '${role}'}}`,
      `kind: Pod\nmetadata: {name: on-host, namespace: queues}\nspec: {serviceAccountName: worker-canary, hostNetwork: true, containers: []}`,
    ]
    writeFileSync(join(folder, apps), objects.map((one) => `apiVersion: v1\n${one}\n`).join('---\n'))
    const explained = async (
      ...ask: readonly string[]
    ): Promise<{ code: number | null; answer: Explained }> => {
      const { code, stdout } = await podtrust([
        'explain',
        '--cluster',
        'prod',
        '-f',
        'json',
        ...ask,
        file,
        apps,
      ])
      const { explanation } = explainSchema.parse(JSON.parse(stdout))
      if (explanation === undefined) throw new Error('no explanation')
      return { code, answer: explanation }
    }
    const canary = await explained('--role', 'queue-worker', '--subject', 'queues/worker-canary')
    // Whether EKS asks for tags where they are off is not documented.
    expect([canary.code, canary.answer.outcome, canary.answer.expected]).toEqual([1, 'undecided', 'allowed'])
    expect(canary.answer.steps.at(-1)).toMatchObject({ id: 'agent', verdict: 'passed' })
    expect(canary.answer.identity).toMatchObject({ source: 'association', isRole: true })
    expect(canary.answer.identity?.chain.map(({ place, state }) => `${place} ${state}`)).toEqual([
      'keys not-read',
      'web-identity shadowed',
      'container used',
      'node-role shadowed',
    ])
    expect(canary.answer.causes.map(({ id }) => id)).toContain('host-network')
    // All associations of the cluster were read, and none is for this one.
    const nobody = await explained('--role', 'queue-worker', '--subject', 'queues/nobody')
    expect([nobody.answer.outcome, nobody.answer.causes[0]?.id, nobody.answer.error?.id]).toEqual([
      'denied',
      'no-association',
      'no-credentials',
    ])
    // The role of an association that is gone needs no ARN.
    const gone = await explained('--role', 'reindex-2024', '--subject', 'search/reindex')
    expect([gone.code, gone.answer.causes[0]?.id]).toEqual([1, 'role-missing'])
    // Through the association to its target role, in the other Region.
    const arn = `arn:aws:eks:us-east-1:${ACCOUNT}:cluster/analytics`
    const target = await explained(
      '--role',
      'warehouse-reader',
      '--subject',
      'reports/scheduler',
      '--cluster',
      arn,
    )
    expect([target.code, target.answer.steps.map(({ id }) => id).includes('target-role')]).toEqual([0, true])
    // A cluster of the same name elsewhere has none of these associations.
    const elsewhere = await explained(
      '--role=queue-worker',
      '--subject=queues/worker-canary',
      `--cluster=arn:aws:eks:us-east-1:${ACCOUNT}:cluster/prod`,
    )
    expect(elsewhere.answer.steps.find(({ id }) => id === 'association')?.verdict).toBe('unknown')
    expect(elsewhere.answer.assumptions.join()).toContain('none of those of the inputs')
  })

  test('is never written over what is no snapshot', async () => {
    writeFileSync(join(folder, 'notes.txt'), 'mine')
    const { code, stderr } = await podtrust(live('snapshot', '-o', 'notes.txt'))
    expect([code, stderr]).toEqual([
      2,
      'podtrust: -o: `notes.txt` is there and is no snapshot; remove it, or name another file\n',
    ])
    expect(readFileSync(join(folder, 'notes.txt'), 'utf8')).toBe('mine')
    expect(server.requests).toEqual([])
  })
})

describe('what is denied', () => {
  test.each([
    'iam:GetAccountAuthorizationDetails',
    'eks:DescribeCluster',
    'eks:DescribePodIdentityAssociation',
  ])('%s: the program says so, and does not end as if all were well', async (permission) => {
    server.deny(permission)
    const run = await podtrust(live('audit', '-f', 'json', '--fail-on', 'none', '--require-complete'))
    expect(run.code).toBe(3)
    expect(jsonOf(run).coverage.gaps.map((gap) => gap.permission)).toContain(permission)
    const { code, stdout } = await podtrust(live('audit', '--fail-on', 'none'))
    expect(code).toBe(0)
    expect(stdout).toContain(permission)
    expect(stdout).not.toContain('No findings')
  })

  test('each permission by itself: one gap names it, and a complete report is never claimed', async () => {
    for (const permission of PERMISSIONS) {
      server.reset()
      server.deny(permission)
      const { coverage } = await report()
      expect([permission, coverage.complete]).toEqual([permission, false])
      expect(coverage.gaps.filter((gap) => gap.permission === permission)).toHaveLength(1)
    }
  })

  test('each pair: both are named, and what hangs on neither is the same', async () => {
    const whole = await report()
    const alone = new Map<string, ReadonlySet<string>>()
    const fingerprints = ({ findings }: Report): ReadonlySet<string> =>
      new Set(findings.map(({ fingerprint }) => fingerprint))
    for (const permission of PERMISSIONS) {
      server.reset()
      server.deny(permission)
      alone.set(permission, fingerprints(await report()))
    }
    expect(fingerprints(whole).size).toBeGreaterThan(3)
    for (const [index, one] of PERMISSIONS.entries()) {
      for (const other of PERMISSIONS.slice(index + 1)) {
        server.reset()
        server.deny(one)
        server.deny(other)
        const both = await report()
        const named = new Set(both.coverage.gaps.map(({ permission }) => permission))
        // What is listed by the one is described by the other, and is not asked for.
        const isReached = server.count(one) > 0 && server.count(other) > 0
        expect([one, other, both.coverage.complete]).toEqual([one, other, false])
        expect([one, other, named.has(one) || server.count(one) === 0]).toEqual([one, other, true])
        expect([one, other, named.has(other) || server.count(other) === 0]).toEqual([one, other, true])
        const kept = [...(alone.get(one) ?? [])].filter((print) => alone.get(other)?.has(print) === true)
        const found = fingerprints(both)
        if (isReached) expect(kept.filter((print) => !found.has(print))).toEqual([])
      }
    }
  }, 120_000)

  test('everything: nothing is found, nothing is clean', async () => {
    server.deny('*')
    const { code, stdout } = await podtrust(live('audit'))
    expect(code).toBe(3)
    expect(stdout).toContain('Nothing found in what could be checked')
  })
})

describe('faults', () => {
  test.each([
    'throttle',
    'reset',
    'html',
    'truncated',
    'empty-body',
    'wrong-protocol',
    'repeat-marker',
  ] as const)('%s in a call: the run ends, says so, and keeps the rest', async (kind) => {
    for (const call of ['iam:GetAccountAuthorizationDetails', 'eks:ListPodIdentityAssociations']) {
      server.reset()
      server.fault(call, kind)
      const run = await podtrust(live('audit', '-f', 'json', '--fail-on', 'none', '--require-complete'))
      expect([kind, call, run.code]).toEqual([kind, call, 3])
      const { coverage } = jsonOf(run)
      expect(coverage.gaps.some(({ reason }) => reason.includes(call))).toBe(true)
      expect(coverage.roles.total).toBe(24)
      expect(coverage.clusters).toBe(2)
    }
  })

  test('a server that never answers: the time that was given, then what is known', async () => {
    server.fault('eks:DescribeCluster', 'hang')
    const run = await podtrust(live('audit', '-f', 'json', '--fail-on', 'none', '--timeout', '2'))
    expect(run.code).toBe(0)
    const { coverage } = jsonOf(run)
    expect(coverage.roles.total).toBe(24)
    expect(coverage.gaps.some(({ reason }) => reason.includes('eks:DescribeCluster'))).toBe(true)
  })

  test('Ctrl-C: the report of what is known at once, and 130', async () => {
    server.fault('eks:DescribeCluster', 'hang')
    const child = spawn(process.execPath, [program, ...live('audit')], { cwd: folder, env: environment() })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    while (server.count('eks:DescribeCluster') < 2 || server.count('iam:GetAccountAuthorizationDetails') < 1)
      await new Promise((resolve) => setTimeout(resolve, 20))
    // The pages of roles are in by the time that clusters are asked for; one more turn lets them be read.
    await new Promise((resolve) => setTimeout(resolve, 200))
    child.kill('SIGINT')
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect(code).toBe(130)
    const text = Buffer.concat(chunks).toString('utf8')
    expect(text).toContain('checked 24 of 24 roles')
    expect(text).toContain('eks:DescribeCluster')
  })

  test('no credentials, nobody there: one sentence, and 3', async () => {
    const { AWS_ACCESS_KEY_ID: _, ...without } = environment()
    const none = await podtrust(live('audit'), { ...without, HOME: folder })
    expect([none.code, none.stdout]).toEqual([3, ''])
    expect(none.stderr).toMatch(
      /^podtrust: no AWS credentials: .*; set AWS_PROFILE or give --profile[^\n]*\n$/,
    )
    const nobody = await podtrust(['audit', '--endpoint-url', 'http://127.0.0.1:9'])
    expect(nobody.code).toBe(3)
    expect(nobody.stdout).toContain('Nothing found in what could be checked')
  })
})

describe('with Kubernetes', () => {
  const arn = `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/prod`
  const asked: string[] = []
  const item = (
    name: string,
    namespace: string,
    annotations: Readonly<Record<string, string>> = {},
  ): object => ({
    metadata: { name, namespace, uid: `uid-${namespace}-${name}`, annotations },
  })
  const role = (name: string): Readonly<Record<string, string>> => ({
    'eks.amazonaws.com/role-arn': `arn:aws:iam::${ACCOUNT}:role/${name}`,
  })
  const lists: Readonly<Record<string, readonly object[]>> = {
    '/api/v1/namespaces': ['default', 'kube-system', 'payments', 'staging'].map((name) => ({
      metadata: { name, uid: `uid-${name}` },
    })),
    '/api/v1/serviceaccounts': [
      item('default', 'payments'),
      item('checkout-api', 'payments', role('checkout-api')),
      item('checkout-api', 'staging', role('checkout-api')),
      item('reporter', 'staging', role('no-such-role')),
    ],
  }
  const api = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://cluster')
    asked.push(`${request.headers.authorization ?? ''} ${pathname}`)
    response.setHeader('content-type', 'application/json')
    if (pathname.endsWith('/clusterrolebindings')) {
      response.statusCode = 403
      response.end(JSON.stringify({ kind: 'Status', message: 'clusterrolebindings is forbidden', code: 403 }))
      return
    }
    response.end(JSON.stringify({ kind: 'List', metadata: {}, items: lists[pathname] ?? [] }))
  })

  beforeAll(async () => {
    await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve))
    const { port } = api.address() as AddressInfo
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'prod',
      contexts: [{ name: 'prod', context: { cluster: arn, user: 'me' } }],
      clusters: [{ name: arn, cluster: { server: `http://127.0.0.1:${port}` } }],
      users: [{ name: 'me', user: { token: SECRET } }],
    }
    writeFileSync(join(folder, 'kubeconfig'), JSON.stringify(config))
  })
  afterAll(() => void api.close())

  test('annotations meet roles, a list that is denied is a gap, and a cluster that is not asked is no gap', async () => {
    const run = await podtrust(live('audit', '--kubeconfig', 'kubeconfig', '-f', 'json', '--fail-on', 'none'))
    expect(run.code).toBe(0)
    // A token is never sent without TLS.
    expect(asked.length).toBeGreaterThan(5)
    expect(asked.filter((one) => !one.startsWith(' /'))).toEqual([])
    const { coverage, findings } = jsonOf(run)
    expect(coverage.gaps.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('clusterrolebindings'),
    ])
    expect(coverage.silenced).toContain('token-minter')
    const found = findings.map(({ rule }) => rule)
    expect(found).toContain('annotation-not-admitted')
    expect(found).toContain('annotation-role-missing')
    // Of the other cluster nothing was read, and nothing is claimed.
    expect(found.filter((rule) => rule === 'annotation-role-missing')).toHaveLength(1)
  })

  test('a snapshot holds it, and compares the same', async () => {
    expect(await podtrust(live('snapshot', '-o', 'k8s.json', '--kubeconfig', 'kubeconfig'))).toMatchObject({
      code: 0,
    })
    expect(readFileSync(join(folder, 'k8s.json'), 'utf8')).toContain('"checkout-api"')
    const [one, other] = await Promise.all([
      podtrust(live('compare', '--live', '--kubeconfig', 'kubeconfig')),
      podtrust(['compare', 'k8s.json'], { PATH: process.env['PATH'] ?? '' }),
    ])
    expect(other).toEqual(one)
    expect(one.stdout).toMatch(
      /^ {2}payments\/checkout-api +checkout-api +checkout-api +none +checkout-api by annotation$/m,
    )
  })

  test('a cluster out of reach is a gap that says what to do', async () => {
    const env = { ...environment(), AWS_ACCESS_KEY_ID: server.credentials(SMALL).accessKeyId }
    const run = await podtrust(live('audit', '--kubernetes', '-f', 'json', '--fail-on', 'none'), env)
    const { coverage } = jsonOf(run)
    expect(run.code).toBe(0)
    expect(coverage.complete).toBe(false)
    expect(coverage.gaps.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/one.*127\.0\.0\.1:9.*--kubeconfig/),
    ])
  })

  test.each([
    [
      ['--kubeconfig', 'nowhere'],
      /^podtrust: the kubeconfig `nowhere` cannot be read: there is no such file or folder\n$/,
    ],
    [
      ['--kubeconfig', 'kubeconfig', '--context', 'other'],
      /^podtrust: the kubeconfig has no context `other`\n$/,
    ],
    [
      ['--context', 'prod', '--accounts', OTHER, '--assume-role-name', 'Audit'],
      /^podtrust: --context reads one cluster, and --accounts are several; --kubernetes reads the clusters of all\n$/,
    ],
  ])('%j is wrong usage', async (args, sentence) => {
    const { code, stderr } = await podtrust(live('audit', ...args), { ...environment(), HOME: folder })
    expect(code).toBe(2)
    expect(stderr).toMatch(sentence)
    expect(server.requests).toEqual([])
  })
})

describe('several accounts', () => {
  const accounts = `${ACCOUNT},${OTHER},999999999999`

  test('are read one after the other into one report, and one that is closed is a gap', async () => {
    const run = await podtrust(
      live('audit', '--accounts', accounts, '--assume-role-name', 'Audit', '-f', 'json', '--fail-on', 'none'),
    )
    // The first account has no such role, the third is nobody's.
    const { coverage, inputs } = jsonOf(run)
    expect(inputs.map(({ name }) => name)).toContain(`AWS account ${OTHER}`)
    expect(coverage.roles.total).toBe(1)
    const closed = coverage.gaps.filter(({ permission }) => permission === 'sts:AssumeRole')
    expect(closed).toHaveLength(1)
    expect(closed[0]?.reason).toContain(ACCOUNT)
    expect(closed[0]?.reason).toContain('999999999999')
  })

  test('one that nobody can enter holds up the others no longer than the run may take', async () => {
    server.fault('sts:AssumeRole', 'hang', { account: ACCOUNT })
    const several = ['--accounts', `${OTHER},${SMALL}`, '--assume-role-name', 'Audit', '--timeout', '2']
    const run = await podtrust(live('audit', ...several, '-f', 'json', '--fail-on', 'none'))
    expect(run.code).toBe(3)
    expect(jsonOf(run).coverage.gaps.map(({ reason }) => reason)).toEqual([
      `\`sts:AssumeRole\` not answered in time for arn:aws:iam::${OTHER}:role/Audit: nothing of the account was read`,
      `\`sts:AssumeRole\` not asked for arn:aws:iam::${SMALL}:role/Audit: nothing of the account was read`,
    ])
    expect(server.count('sts:AssumeRole')).toBe(1)
  })

  test('what STS says of a request is not shown where it holds the request', async () => {
    server.deny('sts:AssumeRole', { message: `Credential=AKIAIOSFODNN7EXAMPLE/x, Signature=${SECRET}` })
    const { stdout } = await podtrust(
      ['snapshot', '-o', '-', '--accounts', OTHER, '--assume-role-name', 'Audit'].concat(live()),
    )
    expect(stdout).toContain('"message": "the role was not given"')
    expect(stdout).not.toContain('AKIA')
  })

  test.each([
    [['audit', '--accounts', '12'], '--accounts: `12` is no account, which has twelve digits'],
    [
      ['audit', '--accounts', OTHER],
      '--accounts wants --assume-role-name: the role to read each account with',
    ],
    [['audit', '--external-id', 'x'], '--external-id goes with --accounts'],
    [['audit', '--region', 'Europe'], '--region: `Europe` is no Region, such as eu-west-1'],
    [
      ['audit', '--endpoint-url', 'here'],
      '--endpoint-url: `here` is no address, such as http://127.0.0.1:5000',
    ],
    [['audit', '--timeout', 'soon'], '--timeout: `soon` is no number of seconds'],
    [['who', '--profile', 'x', 'account.json'], '--profile goes with --live, which reads AWS'],
    [
      ['audit', '--snapshot', 'account.json', '--region', 'eu-west-1'],
      '--region reads AWS, and --snapshot is read in its place',
    ],
    [['snapshot'], 'snapshot wants to know where to write: -o FILE, or -o - for standard output'],
    [
      ['permissions', 'ima'],
      'there are no permissions for `ima` (did you mean `iam`?); there is iam, kubernetes',
    ],
  ])('%j is wrong usage', async (args, sentence) => {
    const { code, stderr } = await podtrust(args)
    expect([code, stderr]).toEqual([2, `podtrust: ${sentence}\n`])
    expect(server.requests).toEqual([])
  })
})
