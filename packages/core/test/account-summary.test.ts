import { describe, expect, test } from '@jest/globals'
import { accountSummary } from '../src/answers/account-summary.js'
import { checkTrust } from '../src/check.js'
import type { Facts, Inventory, Role } from '../src/inventory.js'
import { toAuditText } from '../src/reporters/audit.js'

const ACCOUNT = '210987654321'
const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/8A5F3C1E90B24D67A1C2E3F405162738'
const now = new Date('2026-06-01T00:00:00Z')
const location = { input: { name: 'account', text: '{}' }, pointer: '' }
const cluster = {
  name: 'prod',
  arn: `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/prod`,
  account: ACCOUNT,
  region: 'eu-west-1',
  issuer: ISSUER,
  location,
}

function irsa(subject?: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}` },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: {
            [`${ISSUER}:aud`]: 'sts.amazonaws.com',
            ...(subject === undefined ? {} : { [`${ISSUER}:sub`]: subject }),
          },
        },
      },
    ],
  })
}

function role(name: string, text: string, more: Partial<Role> = {}): Role {
  const arn = `arn:aws:iam::${ACCOUNT}:role/${name}`
  const input = { name: arn, text }
  return {
    key: arn,
    name,
    arn,
    account: ACCOUNT,
    partition: 'aws',
    location: { input, pointer: '' },
    trustPolicy: { kind: 'text', text, location: { input, pointer: '' } },
    ...more,
  }
}

function inventory(roles: readonly Role[], facts: Partial<Facts> = {}): Inventory {
  return {
    facts: {
      providers: [],
      clusters: [cluster],
      associations: [],
      holds: new Set(['roles', 'clusters', 'associations']),
      gaps: [],
      ...facts,
    },
    roles,
  }
}

function summaryOf(all: Inventory): ReturnType<typeof accountSummary> {
  return accountSummary(all, checkTrust(all, { now }).findings, { now })
}

const allow = (action: unknown, resource: unknown = '*'): NonNullable<Role['policies']> => [
  { name: 'own', document: { Statement: [{ Effect: 'Allow', Action: action, Resource: resource }] } },
]
const managed = (name: string): NonNullable<Role['policies']> => [
  { name, arn: `arn:aws:iam::aws:policy/${name}` },
]

describe('where to look first', () => {
  test('roles come by how many can become them times what they may do', () => {
    const { worst } = summaryOf(
      inventory([
        role('reader', irsa(), { policies: allow('s3:GetObject') }),
        role('passer', irsa(), { policies: allow(['iam:PassRole', 's3:*']) }),
        role('admin', irsa(), { policies: managed('AdministratorAccess') }),
        role('bounded', irsa(), {
          policies: allow('*'),
          permissionsBoundary: `arn:aws:iam::${ACCOUNT}:policy/bound`,
        }),
        role('pinned', irsa('system:serviceaccount:prod:app'), { policies: managed('AdministratorAccess') }),
        role('lambda', '{"Version":"2012-10-17","Statement":[]}', { policies: allow('*') }),
      ]),
    )
    expect(worst.map((one) => [one.role.name, one.power.rights])).toEqual([
      ['admin', ['AdministratorAccess']],
      ['bounded', ['everything']],
      ['passer', ['iam:PassRole']],
      ['reader', []],
    ])
  })

  test.each([
    [allow('*'), ['everything']],
    [allow('iam:*'), ['iam:*']],
    [managed('PowerUserAccess'), ['PowerUserAccess']],
    [allow(['iam:Put*', 'sts:AssumeRole']), ['iam:PutRolePolicy', 'sts:AssumeRole']],
    [allow('iam:PassRole', `arn:aws:iam::${ACCOUNT}:role/task-*`), ['iam:PassRole']],
    [allow('iam:PassRole', 'arn:aws:iam::999999999999:role/task'), []],
    [allow('s3:*'), []],
  ])('policies %j give %j', (policies, rights) => {
    const [only] = summaryOf(inventory([role('open', irsa(), { policies })])).worst
    expect(only?.power.rights).toEqual(rights)
  })

  test('what was not read is said and not guessed', () => {
    const own = { name: 'app', arn: `arn:aws:iam::${ACCOUNT}:policy/app` }
    const unread = inventory([role('open', irsa(), { policies: [own] })])
    expect(summaryOf(unread).worst[0]?.power).toEqual({ rank: 2, rights: [], hasBoundary: false, unread: 1 })
    const text = toAuditText(checkTrust(unread, { now }), summaryOf(unread))
    expect(text).toContain('1 policy not read')
  })
})

describe('clusters', () => {
  test('count roles by trust and by association once, and the agent by what runs it', () => {
    const pods = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'pods.eks.amazonaws.com' },
          Action: ['sts:AssumeRole', 'sts:TagSession'],
        },
      ],
    })
    const associations: Facts['associations'] = ['one', 'two'].map((serviceAccount) => ({
      cluster: 'prod',
      clusterArn: cluster.arn,
      namespace: 'prod',
      serviceAccount,
      roleArn: `arn:aws:iam::${ACCOUNT}:role/pods`,
      disableSessionTags: false,
      location,
    }))
    const roles = [
      role('pods', pods),
      role('open', irsa()),
      role('pinned', irsa('system:serviceaccount:prod:app')),
    ]
    const [row] = summaryOf(inventory(roles, { associations })).clusters
    expect(row).toMatchObject({ name: 'prod', roles: 3, open: 1, associations: 2, agent: 'not read' })
    const addon = {
      name: 'eks-pod-identity-agent',
      cluster: 'prod',
      clusterArn: cluster.arn,
      associationArns: [],
      location,
    }
    const withAgent = inventory(roles, { associations, addons: [addon] })
    expect(summaryOf(withAgent).clusters[0]?.agent).toBe('add-on')
    const auto = inventory(roles, { clusters: [{ ...cluster, autoMode: true }] })
    expect(summaryOf(auto).clusters[0]?.agent).toBe('Auto Mode')
  })
})

describe('causes', () => {
  test('one slip made many times is one line, with what its roles share', () => {
    const tags = new Map([
      ['Name', 'x'],
      ['Module', 'irsa'],
    ])
    const roles = Array.from({ length: 143 }, (_, index) => role(`app-${index}`, irsa(), { tags }))
    const all = inventory([...roles, role('pinned', irsa('system:serviceaccount:prod:*'))])
    const summary = summaryOf(all)
    const open = summary.causes.find(({ rule }) => rule === 'any-service-account')
    expect(open).toMatchObject({ findings: 143, shared: 'tagged Module=irsa', severity: 'high' })
    const text = toAuditText(checkTrust(all, { now }), summary)
    expect(text).toMatch(/^ {2}high +any-service-account +143 findings \(tagged Module=irsa\)/m)
    expect(text.split('\n').length).toBeLessThanOrEqual(41)
  })

  test('a large account fits on one screen, and no name of it reaches the terminal as it is', () => {
    const evil = '\u001b[2J\u202eevil'
    const clusters = Array.from({ length: 60 }, (_, index) => ({
      ...cluster,
      name: `c${index}${evil}`,
      arn: `${cluster.arn}-${index}`,
      issuer: `${ISSUER.slice(0, -2)}${String(index).padStart(2, '0')}`,
    }))
    const roles = clusters.map(({ issuer }, index) =>
      role(`role-${index}${evil}`, irsa().replaceAll(ISSUER, issuer), {
        policies: managed('AdministratorAccess'),
        tags: new Map([['owner', evil]]),
      }),
    )
    const gaps = Array.from({ length: 30 }, (_, index) => ({
      kind: 'cluster' as const,
      subject: `c${index}`,
      reason: `cluster ${evil} ${index} was not read`,
    }))
    const all = inventory(roles, { clusters, gaps })
    const text = toAuditText(checkTrust(all, { now }), summaryOf(all))
    expect(text.split('\n').length).toBeLessThanOrEqual(41)
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
    expect(text).toContain('more clusters')
  })
})
