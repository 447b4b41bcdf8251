import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { whoCanAssume } from '../src/answers/who.js'
import { checkRole, checkTrust } from '../src/check.js'
import type { Facts, PodIdentityAssociation, Role } from '../src/inventory.js'
import type { Report } from '../src/report.js'
import { shapeOf } from '../src/trust/shape.js'
import { readTrustPolicy } from '../src/sources/policy.js'
import { readTerraformPlan } from '../src/sources/terraform/plan.js'

const fixtures = new URL('./fixtures/', import.meta.url)
const now = new Date('2026-06-01T00:00:00Z')
const facts: Facts = { providers: [], clusters: [], associations: [], holds: new Set(['roles']), gaps: [] }

/** Every policy of the rules' fixtures and the healthy ones. */
function policies(): readonly string[] {
  const files = readdirSync(new URL('rules/', fixtures)).flatMap((id) => [
    `rules/${id}/reports.json`,
    `rules/${id}/silent.json`,
  ])
  return ['healthy.json', ...files].flatMap((file) =>
    (
      JSON.parse(readFileSync(new URL(file, fixtures), 'utf8')) as { policy?: unknown; policyText?: string }[]
    ).flatMap((one) =>
      one.policyText !== undefined
        ? [one.policyText]
        : one.policy === undefined
          ? []
          : [JSON.stringify(one.policy)],
    ),
  )
}

function roleOf(name: string, text: string): Role {
  const location = { input: { name: `${name}.json`, text }, pointer: '' }
  const arn = `arn:aws:iam::210987654321:role/${name}`
  return {
    key: arn,
    name,
    arn,
    account: '210987654321',
    partition: 'aws',
    location,
    trustPolicy: { kind: 'text', text, location },
  }
}

describe('roles of one shape', () => {
  /** Other names in the same places. */
  const renamed = (text: string): string =>
    text
      .replaceAll('system:serviceaccount:prod:', 'system:serviceaccount:stage-2:')
      .replaceAll(':app"', ':web"')
      .replaceAll('-service-account":"app"', '-service-account":"web"')
      .replaceAll('-namespace":"prod"', '-namespace":"stage-2"')

  const whole: Facts = {
    ...facts,
    complete: [
      { kind: 'roles', account: '210987654321' },
      { kind: 'providers', account: '210987654321' },
      { kind: 'clusters', account: '210987654321', region: 'eu-west-1' },
      { kind: 'associations' },
    ],
  }

  const association = (name: string): PodIdentityAssociation => ({
    cluster: 'main',
    namespace: 'prod',
    serviceAccount: 'app',
    roleArn: `arn:aws:iam::210987654321:role/${name}`,
    targetRoleArn: `arn:aws:iam::210987654321:role/${name}-target`,
    disableSessionTags: false,
    location: { input: { name: 'associations.json', text: '' }, pointer: '' },
  })
  const associated: Facts = { ...facts, associations: [association('another')] }

  test.each([
    ['by themselves', facts, []],
    ['beside associations of other roles', associated, []],
    ['where all else is read', whole, ['missing-provider', 'absent-cluster', 'idle-trust']],
  ] as const)('are judged as each would be alone: %s', (_title, beside, told) => {
    const seen = new Set<string>()
    const rules = new Set<string>()
    for (const text of policies()) {
      const roles = [roleOf('first', text), roleOf('second', renamed(text))]
      const [first, second] = roles.map((role) => shapeOf(role, beside))
      if (first === undefined || first !== second || renamed(text) === text || seen.has(first)) continue
      seen.add(first)
      // Whether a role is idle is a matter of its own and not of its shape.
      roles.push({ ...roleOf('third', renamed(text)), lastUsed: 'never' })
      const alone = roles.map((role) => checkRole(role, beside, { now }))
      const together = checkTrust({ facts: beside, roles }, { now })
      const names = (findings: Report['findings']): readonly string[] =>
        findings.map(({ rule, fingerprint, message }) => `${rule} ${fingerprint} ${message}`).sort()
      expect({ text, found: names(together.findings) }).toEqual({
        text,
        found: names(alone.flatMap(({ findings }) => findings)),
      })
      for (const { rule } of together.findings) rules.add(rule)
      const pod = alone.filter(({ isPodRole }) => isPodRole).length
      expect(together.coverage.roles).toMatchObject({ analyzed: 3, pod })
    }
    expect(seen.size).toBeGreaterThan(50)
    for (const rule of told) expect(rules).toContain(rule)
  })

  const trusting = (Principal: unknown): string =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal, Action: ['sts:AssumeRole', 'sts:TagSession'] },
    })
  const blamed = (beside: Facts, roles: readonly Role[], id: string): readonly unknown[] =>
    checkTrust({ facts: beside, roles }, { now }).findings.flatMap(({ rule, role }) =>
      rule === id ? [role?.name] : [],
    )

  test('differ by whether associations give them to pods, and a target role has none', () => {
    const names = ['first', 'another', 'another-target', 'last']
    const roles = names.map((name) => roleOf(name, trusting({ Service: 'eks.amazonaws.com' })))
    const [first, given, target, last] = roles.map((role) => shapeOf(role, associated))
    expect(first).toBe(last)
    expect(given).not.toBe(first)
    expect(target).toBeUndefined()
    expect(blamed(associated, roles, 'wrong-service-principal')).toEqual(['another'])
  })

  test('are not those of roles that were never used and may be for pods, however the policy says so', () => {
    for (const principal of ['*', { Service: 'pods.eks.amazonaws.com' }]) {
      const used = roleOf('used', trusting(principal))
      const idle: Role = { ...roleOf('idle', trusting(principal)), lastUsed: 'never' }
      expect(blamed(whole, [used, idle], 'idle-trust')).toEqual(['idle'])
    }
  })

  test('keep equal names equal, and names that mean something as they are', () => {
    const subject = (text: string): string | undefined =>
      shapeOf(
        roleOf('x', JSON.stringify({ StringEquals: { ':sub': `system:serviceaccount:${text}` } })),
        facts,
      )
    expect(subject('prod:app')).toBe(subject('dev:web'))
    expect(subject('prod:prod')).toBe(subject('dev:dev'))
    expect(subject('prod:prod')).not.toBe(subject('prod:app'))
    expect(subject('prod:default')).not.toBe(subject('prod:app'))
    expect(subject('prod:*')).not.toBe(subject('prod:app'))
    expect(subject('Prod:app')).not.toBe(subject('prod:app'))
  })
})

describe('roles that differ in more than their trust', () => {
  const trust =
    policies().find((text) => text.includes(':oidc-provider/oidc.eks') && text.includes(':sub')) ?? ''
  const mayRewrite: Partial<Role> = {
    policies: [
      {
        name: 'app',
        document: { Statement: { Effect: 'Allow', Action: 'iam:UpdateAssumeRolePolicy', Resource: '*' } },
      },
    ],
  }
  const entry = {
    cluster: 'prod',
    principalArn: roleOf('editor', trust).arn ?? '',
    groups: [],
    policies: [{ arn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy' }],
    location: roleOf('editor', trust).location,
  }

  test('are told apart by what they may do, whichever is first', () => {
    const plain = roleOf('plain', trust)
    const other = { ...roleOf('other', trust), ...mayRewrite }
    const editor = roleOf('editor', trust)
    for (const roles of [
      [plain, other, editor],
      [editor, other, plain],
    ]) {
      const { findings } = checkTrust({ facts: { ...facts, accessEntries: [entry] }, roles }, { now })
      const found = (rule: string): readonly (string | undefined)[] =>
        findings.filter((one) => one.rule === rule).map(({ role }) => role?.name)
      expect(found('trust-control')).toEqual(['other'])
      expect(found('cluster-admin-pod-role')).toEqual(['editor'])
    }
  })

  test('are one shape where their policies open nothing', () => {
    const [one, two] = ['s3:Get*', 'dynamodb:*'].map((Action) =>
      shapeOf(
        {
          ...roleOf('x', trust),
          policies: [{ name: 'app', document: { Statement: { Effect: 'Allow', Action, Resource: '*' } } }],
        },
        facts,
      ),
    )
    expect(one).toBeDefined()
    expect(one).toBe(two)
  })

  test('the policies of a role that is for no pods are not looked at', () => {
    let looked = 0
    const role: Role = {
      ...roleOf(
        'x',
        '{"Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"*"}}',
      ),
      get policies() {
        looked++
        return []
      },
    }
    checkTrust({ facts, roles: [role] }, { now })
    expect(looked).toBe(0)
  })
})

describe('a plan by real Terraform', () => {
  test('the slips are found, each with its cause, and the healthy role is not', () => {
    const text = readFileSync(new URL('terraform/slips/plan.json', fixtures), 'utf8')
    const { findings } = checkTrust(readTerraformPlan(text, { name: 'plan.json' }), { now })
    const found = findings
      .filter(({ severity }) => severity !== 'low' && severity !== 'info')
      .map(({ rule, role, message }) => [role?.address, rule, message])
    expect(found).toEqual([
      [
        'aws_iam_role.any_namespace',
        'any-namespace',
        expect.stringContaining('`StringLike` takes `system:serviceaccount:*:app`'),
      ],
      [
        'aws_iam_role.no_tag_session',
        'association-not-admitted',
        expect.stringContaining('the association sends session tags'),
      ],
      [
        'aws_iam_role.literal_wildcard',
        'literal-wildcard',
        expect.stringContaining('`system:serviceaccount:prod:*`'),
      ],
      [
        'aws_iam_role.missing_claim',
        'missing-claim',
        expect.stringContaining('is the issuer without a claim'),
      ],
      ['aws_iam_role.no_tag_session', 'missing-tag-session', expect.stringContaining('sts:TagSession')],
    ])
    expect(findings.map(({ role }) => role?.address)).not.toContain('aws_iam_role.healthy')
  })
})

test('what a policy admits can be told of every policy that a rule knows, however large the answer', () => {
  let told = 0
  for (const text of policies()) {
    if (!isPolicyText(text)) continue
    const { analyses } = checkTrust(readTrustPolicy(text), { analyses: true, now })
    expect(analyses.filter(({ possible }) => possible === '')).toEqual([])
    told += analyses.length
  }
  expect(told).toBeGreaterThan(300)
})

function isPolicyText(text: string): boolean {
  try {
    const value = JSON.parse(text) as object
    return Object.hasOwn(value, 'Statement')
  } catch {
    return false
  }
}

describe('what does not meet', () => {
  const ACCOUNT = '210987654321'
  const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/8A5F3C1E90B24D67A1C2E3F405162738'
  const location = { input: { name: 'facts.json', text: '{}' }, pointer: '' }
  const policy = (...statements: readonly unknown[]): string =>
    JSON.stringify({ Version: '2012-10-17', Statement: statements })
  const pods = (condition: Readonly<Record<string, unknown>> = {}): unknown => ({
    Effect: 'Allow',
    Principal: { Service: 'pods.eks.amazonaws.com' },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
    Condition: condition,
  })
  const association = (
    cluster: string,
    more: Partial<PodIdentityAssociation> = {},
  ): PodIdentityAssociation => ({
    cluster,
    namespace: 'prod',
    serviceAccount: 'app',
    roleArn: `arn:aws:iam::${ACCOUNT}:role/app`,
    disableSessionTags: false,
    location,
    ...more,
  })
  const cluster = (name: string): Facts['clusters'][number] => ({
    name,
    arn: `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/${name}`,
    account: ACCOUNT,
    region: 'eu-west-1',
    location,
  })

  test('a provider that is missing is one finding for a role, whatever statements name it', () => {
    const statement = (name: string): unknown => ({
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}` },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { [`${ISSUER}:sub`]: `system:serviceaccount:prod:${name}` } },
    })
    const { findings } = checkTrust(
      {
        facts: { ...facts, complete: [{ kind: 'providers', account: ACCOUNT }] },
        roles: [roleOf('app', policy(statement('app'), statement('api')))],
      },
      { now },
    )
    const own = findings.filter(({ rule }) => rule === 'missing-provider')
    expect(own.map(({ location: { pointer }, related }) => [pointer, related.length])).toEqual([
      ['/Statement/0/Principal/Federated', 1],
    ])
  })

  test('a provider that is listed and described is one', () => {
    const issuer = 'oidc.example.org/cluster'
    const arn = `arn:aws:iam::${ACCOUNT}:oidc-provider/${issuer}`
    const clientIds = { unknown: true, reason: 'not read', cause: 'not-collected' } as const
    const providers: Facts['providers'] = [
      { arn, account: ACCOUNT, issuer, clientIds, location },
      { issuer, clientIds: ['amazonaws.com'], location },
      { issuer, account: '109876543210', clientIds, location },
    ]
    const { findings } = checkTrust({ facts: { ...facts, providers }, roles: [] }, { now })
    expect(findings.map(({ rule, subject }) => [rule, subject?.key])).toEqual([
      ['foreign-issuer', arn],
      ['foreign-issuer', issuer],
    ])
  })

  test('of a plan that leaves role and association as they are, nothing is said unless asked', () => {
    const role: Role = { ...roleOf('app', policy()), change: 'none' }
    const inventory = { facts: { ...facts, associations: [association('prod')] }, roles: [role] }
    const rulesFor = (options: { readonly all?: boolean }): readonly string[] =>
      checkTrust(inventory, { now, ...options }).findings.map(({ rule }) => rule)
    expect(rulesFor({})).toEqual([])
    expect(rulesFor({ all: true })).toContain('association-not-admitted')
    const changed = {
      ...inventory,
      roles: [{ ...role, changedBy: ['aws_eks_pod_identity_association.app'] }],
    }
    expect(checkTrust(changed, { now }).findings.map(({ rule }) => rule)).toContain(
      'association-not-admitted',
    )
  })

  test('what a condition asks for after apply may be what the association has; what else it lacks is said', () => {
    const origin = {
      placeholder: 'known-after-apply-abcdefg',
      origin: 'var.namespace',
      kind: 'value',
    } as const
    const rulesFor = (service: string): readonly string[] => {
      const text = policy(
        pods({ StringEquals: { 'aws:RequestTag/kubernetes-namespace': origin.placeholder } }),
      )
      const role = roleOf('app', text.replace('pods.eks', service))
      const trustPolicy = { ...role.trustPolicy, holes: [origin] }
      const holding = { ...facts, associations: [association('prod')], holes: [origin] }
      const { findings } = checkTrust({ facts: holding, roles: [{ ...role, trustPolicy }] }, { now })
      return findings.map(({ rule }) => rule)
    }
    expect(rulesFor('pods.eks')).not.toContain('association-not-admitted')
    expect(rulesFor('eks')).toContain('association-not-admitted')
  })

  test('who lists the associations whose pods get in, with their cluster, and those that may', () => {
    const pinned = {
      StringEquals: { 'aws:RequestTag/eks-cluster-arn': `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/prod` },
    }
    const associations = [
      association('prod'),
      association('staging'),
      association('elsewhere'),
      association('prod', { serviceAccount: 'untagged', disableSessionTags: true }),
    ]
    const { answers } = whoCanAssume(
      {
        facts: {
          ...facts,
          associations,
          clusters: [cluster('prod'), cluster('staging')],
          holds: new Set(['roles', 'associations', 'clusters']),
        },
        roles: [roleOf('app', policy(pods(pinned)))],
      },
      { now },
    )
    expect(answers.map((answer) => answer.associations)).toEqual([
      ['prod/app in prod', 'perhaps prod/app in elsewhere'],
    ])
  })
})
