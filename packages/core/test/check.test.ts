import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { checkRole, checkTrust } from '../src/check.js'
import type { Facts, Role } from '../src/inventory.js'
import type { Report } from '../src/report.js'
import { shapeOf } from '../src/shape.js'
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

  test('are judged as each would be alone', () => {
    const seen = new Set<string>()
    for (const text of policies()) {
      const roles = [roleOf('first', text), roleOf('second', renamed(text))]
      const [first, second] = roles.map((role) => shapeOf(role, facts))
      if (first === undefined || first !== second || renamed(text) === text || seen.has(first)) continue
      seen.add(first)
      const alone = roles.map((role) => checkRole(role, facts, { now }))
      const together = checkTrust({ facts, roles }, { now })
      const names = (findings: Report['findings']): readonly string[] =>
        findings.map(({ rule, fingerprint, message }) => `${rule} ${fingerprint} ${message}`).sort()
      expect({ text, found: names(together.findings) }).toEqual({
        text,
        found: names(alone.flatMap(({ findings }) => findings)),
      })
      const pod = alone.filter(({ isPodRole }) => isPodRole).length
      expect(together.coverage.roles).toMatchObject({ analyzed: 2, pod })
    }
    expect(seen.size).toBeGreaterThan(50)
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
