import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import { compareMechanisms } from '../src/answers/compare.js'
import type { ComparedServiceAccount, MechanismComparison } from '../src/answers/compare.js'
import { explainAssume } from '../src/answers/explain.js'
import { toCompareJson, toCompareText } from '../src/reporters/compare.js'
import { compareJsonSchema, compareSchema } from '../src/reporters/compare-schema.js'
import { widthOf, wrapped } from '../src/text/width.js'
import type {
  Facts,
  Inventory,
  PodIdentityAssociation,
  Role,
  ServiceAccount,
  Workload,
} from '../src/inventory.js'

const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/8A5F3C1E90B24D67A1C2E3F405162738'
const OTHER_ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/11112222333344445555666677778888'
const ACCOUNT = '210987654321'
const location = { input: { name: 'test.json', text: '' }, pointer: '' }
const now = new Date('2026-11-02T12:00:00Z')
const CLUSTER = `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/blue`

const arnOf = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`

function roleOf(name: string, ...statements: readonly unknown[]): Role {
  const value = { Version: '2012-10-17', Statement: statements }
  const trustPolicy = { kind: 'value', value, duplicates: [], location } as const
  return {
    key: arnOf(name),
    name,
    arn: arnOf(name),
    account: ACCOUNT,
    partition: 'aws',
    trustPolicy,
    location,
  }
}

function irsa(operator: string, ...subjects: readonly string[]): unknown {
  return irsaOf(ISSUER, operator, ...subjects)
}

function irsaOf(issuer: string, operator: string, ...subjects: readonly string[]): unknown {
  return {
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${issuer}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { [operator]: { [`${issuer}:sub`]: subjects.map((one) => `system:serviceaccount:${one}`) } },
  }
}

const podsWith = (condition?: unknown, actions = ['sts:AssumeRole', 'sts:TagSession']): unknown => ({
  Effect: 'Allow',
  Principal: { Service: 'pods.eks.amazonaws.com' },
  Action: actions,
  ...(condition === undefined ? {} : { Condition: condition }),
})
const tags = (namespace: string, name: string): unknown => ({
  StringEquals: {
    'aws:RequestTag/kubernetes-namespace': namespace,
    'aws:RequestTag/kubernetes-service-account': name,
  },
})

function account(who: string, role?: string, more: Partial<ServiceAccount> = {}): ServiceAccount {
  const [namespace = '', name = ''] = who.split('/')
  return {
    cluster: 'blue',
    namespace,
    name,
    ...(role === undefined ? {} : { roleArn: arnOf(role) }),
    location,
    ...more,
  }
}

function association(
  who: string,
  role: string,
  more: Partial<PodIdentityAssociation> = {},
): PodIdentityAssociation {
  const [namespace = '', serviceAccount = ''] = who.split('/')
  return {
    cluster: 'blue',
    namespace,
    serviceAccount,
    roleArn: arnOf(role),
    disableSessionTags: false,
    location,
    ...more,
  }
}

function workload(who: string, more: Partial<Workload> = {}): Workload {
  const [namespace = '', serviceAccount = ''] = who.split('/')
  return {
    cluster: 'blue',
    kind: 'Deployment',
    namespace,
    name: serviceAccount,
    serviceAccount,
    tokens: [],
    roleArns: [],
    setsTokenFile: false,
    hostNetwork: false,
    isOwned: false,
    location,
    ...more,
  }
}

const ALL = ['roles', 'clusters', 'associations', 'service-accounts', 'workloads'] as const

/** Everything was read, and the agent runs. */
function inventory(roles: readonly Role[], facts: Partial<Facts> = {}): Inventory {
  const all: Facts = {
    clusters: [{ name: 'blue', arn: CLUSTER, issuer: ISSUER, account: ACCOUNT, autoMode: true, location }],
    associations: [],
    holds: new Set(ALL),
    complete: [
      { kind: 'roles', account: ACCOUNT },
      { kind: 'service-accounts', cluster: 'blue' },
      { kind: 'associations', cluster: 'blue' },
      { kind: 'workloads', cluster: 'blue' },
    ],
    gaps: [],
    providers: [ISSUER, OTHER_ISSUER].map((issuer) => ({
      issuer,
      account: ACCOUNT,
      clientIds: ['sts.amazonaws.com'],
      location,
    })),
    ...facts,
  }
  return { facts: all, roles }
}

/** Rows as `NAMESPACE/NAME: VERDICT SOURCE ROLE (REASON), …`. */
function told({ rows }: MechanismComparison): readonly string[] {
  return rows.map((row) => `${row.namespace}/${row.name}: ${row.verdict} ${row.gets.map(way).join(', ')}`)
}

function way({ source, roleArn, reason }: ComparedServiceAccount['gets'][number]): string {
  return [source, roleArn?.split('/').at(-1), reason && `(${reason.id})`]
    .filter((one) => one !== undefined)
    .join(' ')
}

const compare = (roles: readonly Role[], facts: Partial<Facts> = {}): MechanismComparison =>
  compareMechanisms(inventory(roles, facts), { now })

describe('what the pods of a service account get', () => {
  test.each<[string, Partial<Facts>, string]>([
    [
      'the annotated role admits it',
      { serviceAccounts: [account('prod/app', 'app')] },
      'works annotation app',
    ],
    [
      'the annotated role admits another',
      { serviceAccounts: [account('dev/app', 'app')] },
      'nothing annotation app (annotation-not-admitted)',
    ],
    [
      'the annotated role was not read, and all were',
      { serviceAccounts: [account('prod/app', 'gone')] },
      'nothing annotation gone (role-missing)',
    ],
    [
      'the annotated role is of another account',
      {
        serviceAccounts: [account('prod/app', undefined, { roleArn: 'arn:aws:iam::111122223333:role/app' })],
      },
      'unknown annotation app (role-not-read)',
    ],
    [
      'the annotation is no ARN',
      { serviceAccounts: [account('prod/app', undefined, { roleArn: 'app' })] },
      'nothing annotation app (annotation-malformed)',
    ],
    [
      'the provider takes another audience',
      {
        serviceAccounts: [account('prod/app', 'app')],
        providers: [{ issuer: ISSUER, account: ACCOUNT, clientIds: ['other'], location }],
      },
      'nothing annotation app (audience-not-taken)',
    ],
    [
      'the account has no provider for the issuer',
      {
        serviceAccounts: [account('prod/app', 'app')],
        providers: [],
        complete: [{ kind: 'providers', account: ACCOUNT }],
      },
      'nothing annotation app (no-provider)',
    ],
    [
      'an empty list of providers, where there is one account',
      { serviceAccounts: [account('prod/app', 'app')], providers: [], complete: [{ kind: 'providers' }] },
      'nothing annotation app (no-provider)',
    ],
    [
      'an empty list of providers, which may be that of another account',
      {
        serviceAccounts: [account('prod/app', 'app')],
        providers: [],
        accounts: [{ account: '111122223333', location }],
        complete: [{ kind: 'providers' }],
      },
      'works annotation app',
    ],
    [
      'the trust policy tests where the call comes from',
      { serviceAccounts: [account('prod/app', 'network')] },
      'unknown annotation network (undecided)',
    ],
    [
      'the association wins over the annotation',
      {
        serviceAccounts: [account('prod/app', 'app')],
        associations: [association('prod/app', 'pods')],
      },
      'works association pods',
    ],
    [
      'the association wins even where its role does not admit the pods',
      {
        serviceAccounts: [account('prod/app', 'app')],
        associations: [association('prod/app', 'app')],
      },
      'nothing association app (association-not-admitted)',
    ],
    [
      'the trust lacks sts:TagSession',
      { serviceAccounts: [account('prod/app')], associations: [association('prod/app', 'untagged')] },
      'nothing association untagged (association-not-admitted)',
    ],
    [
      'the association sends no tags, so the trust need not allow them',
      {
        serviceAccounts: [account('prod/app')],
        associations: [association('prod/app', 'pods', { disableSessionTags: true })],
      },
      'works association pods',
    ],
    [
      'the cluster is in another account',
      {
        serviceAccounts: [account('prod/app')],
        associations: [association('prod/app', 'pods', { account: '111122223333' })],
      },
      'nothing association pods (other-account)',
    ],
    [
      'the target role admits the role of the association',
      {
        serviceAccounts: [account('prod/app')],
        associations: [association('prod/app', 'pods', { targetRoleArn: arnOf('target') })],
      },
      'works association target',
    ],
    [
      'the target role admits another role',
      {
        serviceAccounts: [account('prod/app')],
        associations: [association('prod/app', 'others', { targetRoleArn: arnOf('target') })],
      },
      'nothing association target (target-not-admitted)',
    ],
    [
      'the pods run on Fargate by a profile',
      {
        serviceAccounts: [account('prod/app', 'app')],
        associations: [association('prod/app', 'pods')],
        workloads: [workload('prod/app', { labels: new Map([['tier', 'web']]) })],
        fargateProfiles: [
          {
            name: 'web',
            cluster: 'blue',
            selectors: [{ namespace: 'pro*', labels: new Map([['tier', 'web']]) }],
            location,
          },
        ],
      },
      'nothing association pods (fargate)',
    ],
    [
      'a profile of Fargate asks for a label that the pods lack',
      {
        serviceAccounts: [account('prod/app')],
        associations: [association('prod/app', 'pods')],
        workloads: [workload('prod/app')],
        fargateProfiles: [
          {
            name: 'web',
            cluster: 'blue',
            selectors: [{ namespace: 'prod', labels: new Map([['tier', 'web']]) }],
            location,
          },
        ],
      },
      'works association pods',
    ],
    [
      'what a Deployment made runs on Windows',
      {
        serviceAccounts: [account('prod/app')],
        associations: [association('prod/app', 'pods')],
        workloads: [
          workload('prod/app'),
          workload('prod/app', { kind: 'Pod', isOwned: true, runsOn: 'windows' }),
        ],
      },
      'nothing association pods (windows)',
    ],
    [
      'a DaemonSet for Windows has no pods where no node runs it',
      {
        serviceAccounts: [account('prod/app')],
        associations: [association('prod/app', 'pods')],
        workloads: [
          workload('prod/app', { kind: 'DaemonSet' }),
          workload('prod/app', { kind: 'DaemonSet', name: 'app-windows', runsOn: 'windows' }),
          workload('prod/app', { kind: 'Pod', name: 'app-x7k2p', isOwned: true }),
        ],
      },
      'works association pods',
    ],
    [
      'IRSA works on Fargate',
      {
        serviceAccounts: [account('prod/app', 'app')],
        workloads: [workload('prod/app', { runsOn: 'fargate' })],
      },
      'works annotation app',
    ],
    [
      'the cluster has no agent',
      {
        clusters: [{ name: 'blue', issuer: ISSUER, account: ACCOUNT, autoMode: false, location }],
        serviceAccounts: [account('prod/app')],
        associations: [association('prod/app', 'pods')],
      },
      'nothing association pods (no-agent)',
    ],
    [
      'an association for a service account that there is not',
      { associations: [association('prod/app', 'pods')] },
      'nothing association (no-service-account)',
    ],
    [
      'the trust names it and nothing else does',
      { serviceAccounts: [account('prod/app')] },
      'nothing none (not-configured)',
    ],
    [
      'the pod sets the variables of IRSA itself',
      {
        serviceAccounts: [account('prod/app')],
        workloads: [workload('prod/app', { roleArns: [arnOf('app')], setsTokenFile: true })],
      },
      'works environment app',
    ],
    [
      'the pod has the variables of both mechanisms',
      {
        serviceAccounts: [account('prod/app')],
        associations: [association('prod/app', 'pods')],
        workloads: [workload('prod/app', { roleArns: [arnOf('app')], setsTokenFile: true })],
      },
      'either environment app, association pods',
    ],
    [
      'the variables in pods that a Deployment made are those that EKS put there',
      {
        serviceAccounts: [account('prod/app', 'app')],
        associations: [association('prod/app', 'pods')],
        workloads: [
          workload('prod/app'),
          workload('prod/app', { kind: 'Pod', isOwned: true, roleArns: [arnOf('app')], setsTokenFile: true }),
        ],
      },
      'works association pods',
    ],
    [
      'two workloads differ',
      {
        serviceAccounts: [account('prod/app')],
        associations: [association('prod/app', 'pods')],
        workloads: [workload('prod/app'), workload('prod/app', { name: 'edge', runsOn: 'fargate' })],
      },
      'either association pods, association pods (fargate)',
    ],
    [
      'half of the variables by hand, the other half by the annotation',
      {
        serviceAccounts: [account('prod/app', 'gone')],
        workloads: [workload('prod/app', { roleArns: [arnOf('app')] })],
      },
      'works environment app',
    ],
  ])('%s', (_title, facts, expected) => {
    const roles = [
      roleOf('app', irsa('StringEquals', 'prod:app')),
      roleOf('network', {
        ...(irsa('StringEquals', 'prod:app') as Record<string, unknown>),
        Condition: {
          StringEquals: { [`${ISSUER}:sub`]: 'system:serviceaccount:prod:app' },
          IpAddress: { 'aws:SourceIp': '10.0.0.0/8' },
        },
      }),
      roleOf('pods', podsWith()),
      roleOf('untagged', podsWith(undefined, ['sts:AssumeRole'])),
      roleOf('others', podsWith()),
      roleOf('target', {
        Effect: 'Allow',
        Principal: { AWS: arnOf('pods') },
        Action: ['sts:AssumeRole', 'sts:TagSession'],
      }),
    ]
    const { rows } = compare(roles, facts)
    const [row] = rows
      .filter(({ annotation, association: one }) => annotation.state !== 'none' || one.state !== 'none')
      .concat(rows)
    expect(row && `${row.verdict} ${row.gets.map(way).join(', ')}`).toBe(expected)
  })
})

describe('which service accounts have a row', () => {
  const named = roleOf('named', irsa('StringEquals', 'prod:app', 'prod:idle'))

  test('of a cluster that was read those that are there, with what each of them is told by', () => {
    const comparison = compare([named, roleOf('pods', podsWith())], {
      serviceAccounts: [account('prod/app', 'named'), account('prod/worker'), account('prod/unrelated')],
      associations: [association('prod/worker', 'pods')],
    })
    expect(told(comparison)).toEqual([
      'prod/app: works annotation named',
      'prod/worker: works association pods',
    ])
    expect(comparison.counts).toEqual({ works: 2, nothing: 0, either: 0, unknown: 0 })
    const [app, worker] = comparison.rows
    expect([app?.annotation.state, app?.association.state]).toEqual(['role', 'none'])
    expect([worker?.annotation.state, worker?.association]).toMatchObject([
      'none',
      { state: 'role', roleArn: arnOf('pods'), sessionTags: true },
    ])
    expect(app?.cluster).toEqual({ name: 'blue', arn: CLUSTER, issuer: ISSUER })
  })

  test('of roles alone those that their trust names, and nothing is said to be missing', () => {
    const comparison = compare([named], { clusters: [], holds: new Set(['roles']), complete: [] })
    expect(told(comparison)).toEqual([
      'prod/app: unknown unknown (annotation-not-read)',
      'prod/idle: unknown unknown (annotation-not-read)',
    ])
    const [row] = comparison.rows
    expect([row?.annotation.state, row?.association.state]).toEqual(['not-read', 'not-read'])
    expect(row?.cluster).toEqual({ issuer: ISSUER })
    expect(row?.admittedBy).toMatchObject([
      { role: { name: 'named' }, mechanism: 'irsa', certainty: 'certain' },
    ])
  })

  test('associations that were not read are taken for none, which is said once', () => {
    const comparison = compare([named], {
      holds: new Set(['roles', 'clusters', 'service-accounts']),
      complete: [],
      serviceAccounts: [account('prod/app', 'named'), account('prod/idle')],
    })
    expect(told(comparison)).toEqual([
      'prod/app: works annotation named',
      'prod/idle: unknown unknown (associations-not-read)',
    ])
    expect(comparison.assumptions).toEqual([
      'where associations were not read there is none; one would win over an annotation',
    ])
  })

  test('so is a provider that was not read', () => {
    const { assumptions } = compare([named], {
      providers: [],
      serviceAccounts: [account('prod/app', 'named')],
    })
    expect(assumptions).toEqual([
      'where the OIDC provider of an issuer was not read, it is there and takes the audience of the tokens',
    ])
  })

  test('an agent that nobody looked for is taken for granted', () => {
    const clusters = [{ name: 'blue', issuer: ISSUER, account: ACCOUNT, location }]
    const facts = { clusters, associations: [association('prod/worker', 'pods')] }
    const pods = roleOf('pods', podsWith())
    const agents: readonly Partial<Facts>[] = [
      { complete: [] },
      { complete: [{ kind: 'addons', cluster: 'blue' }] },
      {
        complete: [],
        addons: [{ name: 'eks-pod-identity-agent', cluster: 'blue', associationArns: [], location }],
      },
      { workloads: [workload('kube-system/agent', { kind: 'DaemonSet', name: 'eks-pod-identity-agent' })] },
    ]
    expect(
      agents.map(
        (more) =>
          compare([pods], { serviceAccounts: [account('prod/worker')], ...facts, ...more }).assumptions,
      ),
    ).toEqual([
      ['the Pod Identity agent runs in the cluster `blue` (not read)'],
      ['the Pod Identity agent runs in the cluster `blue` (it was not seen)'],
      [],
      [],
    ])
  })

  test('a manifest that names no cluster is of the only one, or of each that knows its name', () => {
    const nameless = [account('prod/app', 'both')].map(({ cluster: _none, ...rest }) => rest)
    const both = roleOf(
      'both',
      irsa('StringEquals', 'prod:app'),
      irsaOf(OTHER_ISSUER, 'StringEquals', 'prod:app'),
    )
    const holds = new Set(['roles', 'clusters', 'service-accounts', 'associations'] as const)
    const facts = { serviceAccounts: nameless, holds, complete: [] }
    const one = compare([both], facts)
    expect(one.rows.map(({ cluster, verdict }) => [cluster.name ?? cluster.issuer, verdict])).toEqual([
      ['blue', 'works'],
      [OTHER_ISSUER, 'unknown'],
    ])
    const green = { name: 'green', issuer: OTHER_ISSUER, account: ACCOUNT, location }
    const clusters = [{ name: 'blue', issuer: ISSUER, account: ACCOUNT, location }, green]
    const two = compare([both], { ...facts, clusters })
    expect(two.rows.map(({ cluster, verdict }) => [cluster.name, verdict])).toEqual([
      ['blue', 'works'],
      ['green', 'works'],
    ])
    const open = roleOf('both', irsa('StringLike', 'prod:*'))
    const none = compare([open], { ...facts, clusters })
    expect(none.rows.map(({ cluster, verdict }) => [cluster, verdict])).toEqual([[{}, 'works']])
    expect(none.assumptions).toContain(
      'where the issuer of a cluster was not read, it is one that the role of its service account trusts',
    )
    const chosen = compareMechanisms(inventory([open], { ...facts, clusters }), { now, cluster: 'green' })
    expect(told(chosen)).toEqual(['prod/app: nothing annotation both (annotation-not-admitted)'])
    expect(() => compareMechanisms(inventory([open]), { cluster: 'gren' })).toThrow(
      expect.objectContaining({ code: 'E_INVALID_ARGUMENT', hint: 'they tell of `blue`' }),
    )
  })

  test('a name in a trust for Pod Identity counts in the clusters whose tags it takes', () => {
    const ofBlue = tags('prod', 'app') as { readonly StringEquals: Readonly<Record<string, string>> }
    const pinned = roleOf(
      'pinned',
      podsWith({ StringEquals: { ...ofBlue.StringEquals, 'aws:RequestTag/eks-cluster-name': 'blue' } }),
    )
    const clusters = ['blue', 'green'].map((name) => ({ name, account: ACCOUNT, location }))
    const serviceAccounts = [account('prod/app'), account('prod/app', undefined, { cluster: 'green' })]
    const { rows, openRoles } = compare([pinned], { clusters, serviceAccounts })
    expect(
      rows.map(({ cluster, admittedBy }) => [cluster.name, admittedBy.map(({ role }) => role.name)]),
    ).toEqual([
      ['blue', ['pinned']],
      ['green', []],
    ])
    expect(openRoles).toEqual([])
    expect(compare([pinned]).openRoles).toMatchObject([{ role: { name: 'pinned' }, admits: 'prod/app' }])
  })

  test('a role that admits more than can be listed has a line and no rows', () => {
    const { rows, openRoles } = compare([
      roleOf('open', irsa('StringLike', 'prod:*')),
      roleOf('pods', podsWith()),
    ])
    expect(rows).toEqual([])
    expect(openRoles).toMatchObject([
      {
        role: { name: 'open' },
        mechanism: 'irsa',
        cluster: { name: 'blue' },
        admits: 'every service account in prod',
      },
      { role: { name: 'pods' }, mechanism: 'pod-identity', admits: 'every service account of the cluster' },
    ])
  })

  test('what is not known yet is told by where it comes from, and is a gap where it is who', () => {
    const unknown = { unknown: true, reason: 'known after apply', cause: 'known-after-apply' } as const
    const { gaps } = compare([], {
      associations: [association('prod/app', 'pods', { serviceAccount: unknown })],
    })
    expect(gaps).toEqual([
      {
        subject: arnOf('pods'),
        reason: `for whom an association gives \`${arnOf('pods')}\` is not known: known after apply`,
      },
    ])
    const holes = [{ placeholder: 'hole-1', origin: 'kubernetes_namespace.app', kind: 'name' as const }]
    const { rows } = compare([], { holes, serviceAccounts: [account('hole-1/app', 'app')] })
    expect(rows[0]?.namespace).toBe('(known after apply: kubernetes_namespace.app)')
  })
})

const HOSTILE = 'x\u001b[2J\u202e</style><script>alert(1)</script>`|"\'javascript:名前'

describe('the reports', () => {
  const roles = [
    roleOf('uploader', irsa('StringEquals', 'prod:uploader')),
    roleOf('checkout-orders-writer-production', podsWith()),
    roleOf('legacy', irsa('StringLike', 'prod:*')),
  ]
  const comparison = compare(roles, {
    serviceAccounts: [
      account('prod/uploader', 'uploader'),
      account('prod/orders', 'legacy'),
      account('dev/app', 'uploader'),
    ],
    associations: [association('prod/orders', 'checkout-orders-writer-production')],
    workloads: [workload('prod/orders'), workload('prod/orders', { name: 'edge', runsOn: 'fargate' })],
  })

  test('a row per service account, and below it what is wrong', () => {
    expect(toCompareText(comparison)).toBe(`cluster blue
  SERVICE ACCOUNT  ANNOTATION  TRUSTED BY                                                ASSOCIATION                        ITS PODS GET
  dev/app          uploader    -                                                         none                               nothing
    the role \`uploader\` does not admit it: it admits prod/uploader
  prod/orders      legacy      legacy, checkout-orders-writer-production (Pod Identity)  checkout-orders-writer-production  checkout-orders-writer-production by association or nothing
    checkout-orders-writer-production by association, for Deployment orders
    \`Deployment edge\` runs on Fargate, where Pod Identity does not work, and because of the association the annotation does nothing
    the annotation names \`${arnOf('legacy')}\`, which EKS leaves aside; pods that started before the association keep it
  prod/uploader    uploader    uploader                                                  none                               uploader by annotation

roles that admit more than can be listed:
  checkout-orders-writer-production admits every service account with an association
  legacy admits every service account in prod of cluster blue

3 service accounts: 1 with a role, 1 with nothing, 1 where it depends
`)
  })

  test('in a narrow terminal nothing is wider than it and nothing is lost', () => {
    const wide = toCompareText(comparison)
    for (const width of [100, 80]) {
      const narrow = toCompareText(comparison, { width })
      // The name of a role is a word that a sentence cannot break.
      expect(Math.max(...narrow.split('\n').map((line) => line.length))).toBeLessThanOrEqual(width)
      const letters = (text: string): string => [...text.replaceAll(/\s/g, '')].sort().join('')
      expect(letters(narrow)).toBe(letters(wide))
    }
  })

  test('names of strangers move no cursor and no column', () => {
    const strange = compare([], {
      serviceAccounts: [
        account('prod/app', undefined, { roleArn: HOSTILE }),
        account('名前/名前', 'uploader'),
      ],
      clusters: [{ name: HOSTILE, issuer: ISSUER, account: ACCOUNT, location }],
    })
    const text = toCompareText(strange, { color: false })
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
    expect(text).toContain('\\u{1b}[2J\\u{202e}')
    const painted = toCompareText(comparison, { color: true })
    expect(painted.replaceAll(/\u001b\[\d+m/g, '')).toBe(toCompareText(comparison))
    const aligned = compare([], {
      serviceAccounts: [account('prod/app', 'uploader'), account('名前/名前', 'uploader')],
      holds: new Set(),
      complete: [],
    })
    const [, head = '', first = '', , second = ''] = toCompareText(aligned).split('\n')
    expect([head.indexOf('ANNOTATION'), first.indexOf('uploader'), second.indexOf('uploader')]).toEqual([
      19, 19, 15,
    ])
  })

  test('the JSON has the shape of its schema, and the schema that ships is the one that is tested', () => {
    const run = { version: '1.2.3', inputs: [{ name: 'account.json' }], otherFiles: 1 }
    const text = toCompareJson(comparison, run)
    expect(text).toMatch(/^[\n\u0020-\u007e]*$/)
    const parsed = z.strictObject(compareSchema.shape).parse(JSON.parse(text))
    expect(parsed.serviceAccounts.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual([
      'app nothing',
      'orders either',
      'uploader works',
    ])
    expect(parsed).toMatchObject({ coverage: { complete: true, otherFiles: 1 }, counts: comparison.counts })
    const shipped = readFileSync(join(import.meta.dirname, '../schema/compare.schema.json'), 'utf8')
    expect(JSON.parse(shipped)).toEqual(JSON.parse(JSON.stringify(compareJsonSchema())))
  })
})

test('texts are as wide as a terminal shows them', () => {
  expect(['abc', '名前', 'é', 'e\u0301', '👩‍👩‍👧', 'ﬀ', '한국', ''].map(widthOf)).toEqual([
    3, 4, 1, 1, 2, 1, 4, 0,
  ])
  expect(wrapped('checkout-uploader', 10)).toEqual(['checkout-', 'uploader'])
  expect(wrapped('名前名前', 3)).toEqual(['名', '前', '名', '前'])
  expect(wrapped('👩‍👩‍👧👩‍👩‍👧', 2)).toEqual(['👩‍👩‍👧', '👩‍👩‍👧'])
  expect(wrapped('a b', 10)).toEqual(['a b'])
})

describe('with what explain says of one pod', () => {
  const policies: Readonly<Record<string, unknown>> = {
    irsa: irsa('StringEquals', 'prod:app'),
    other: irsa('StringEquals', 'prod:other'),
    pods: podsWith(),
    pinned: podsWith(tags('prod', 'other')),
    untagged: podsWith(undefined, ['sts:AssumeRole']),
  }
  const names = [undefined, ...Object.keys(policies)]
  const roles = Object.entries(policies).map(([name, statement]) => roleOf(name, statement))
  const cases = names.flatMap((annotated) =>
    names.flatMap((associated) =>
      [undefined, 'irsa', 'other'].map((byHand) => ({ annotated, associated, byHand })),
    ),
  )

  test.each(cases)(
    'the same for annotation $annotated, association $associated, own variables $byHand',
    ({ annotated, associated, byHand }) => {
      const whole = inventory(roles, {
        serviceAccounts: [account('prod/app', annotated)],
        associations: associated === undefined ? [] : [association('prod/app', associated)],
        workloads:
          byHand === undefined
            ? [
                workload('prod/app'),
                workload('kube-system/agent', { kind: 'DaemonSet', isPodIdentityAgent: true }),
              ]
            : [workload('prod/app', { roleArns: [arnOf(byHand)], setsTokenFile: true })],
      })
      const [row] = compareMechanisms(whole, { now }).rows
      const [first] = row?.gets ?? []
      const named = byHand ?? associated ?? annotated ?? 'irsa'
      const mechanism = byHand === undefined && associated !== undefined ? 'pod-identity' : 'irsa'
      const { outcome, expected, identity } = explainAssume(
        whole,
        {
          role: arnOf(named),
          serviceAccount: { namespace: 'prod', name: 'app' },
          cluster: 'blue',
          mechanism,
        },
        { now },
      )
      const source = identity?.source === 'node-role' ? 'none' : identity?.source
      expect(first?.source).toBe(source)
      if (source === 'none') return
      expect(first?.roleArn).toBe(identity?.roleArn)
      const outcomeOf = { works: 'allowed', nothing: 'denied', unknown: 'undecided' }[
        first?.outcome ?? 'unknown'
      ]
      expect(outcomeOf).toBe(outcome === 'undecided' ? (expected ?? outcome) : outcome)
    },
  )
})
