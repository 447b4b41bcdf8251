/** Names of clusters repeat in other Regions and accounts: nothing that is said of one may stand for another. */
import { describe, expect, test } from '@jest/globals'
import { accountSummary } from '../src/answers/account-summary.js'
import { compareMechanisms } from '../src/answers/compare.js'
import { diffTrust } from '../src/answers/diff.js'
import { whoCanAssume } from '../src/answers/who.js'
import { checkTrust } from '../src/check.js'
import { type Inventory, inventoryOf } from '../src/inventory.js'
import { coverageLines } from '../src/reporters/coverage.js'
import { toCompareText } from '../src/reporters/compare.js'
import { toCompareHtml } from '../src/reporters/html.js'
import { inventoryOfSnapshot } from '../src/sources/snapshot/read-snapshot.js'
import type { ClusterRecord, EksAssociation, RoleRecord } from '../src/sources/snapshot/read-snapshot.js'

const now = new Date('2026-11-02T12:00:00Z')
const ACCOUNT = '210987654321'
const REGIONS = ['eu-west-1', 'us-east-1'] as const
const arnOf = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`
const clusterArn = (region: string): string => `arn:aws:eks:${region}:${ACCOUNT}:cluster/prod`
const whole = <Item>(...items: readonly Item[]) => ({ items, isWhole: true })

function role(name: string, statement: object): RoleRecord {
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] }
  return {
    Path: '/',
    RoleName: name,
    Arn: arnOf(name),
    AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(policy)),
  }
}

const pods = {
  Principal: { Service: 'pods.eks.amazonaws.com' },
  Action: ['sts:AssumeRole', 'sts:TagSession'],
}

function association(region: string, roleArn: string, more: Partial<EksAssociation> = {}): EksAssociation {
  return {
    associationArn: `arn:aws:eks:${region}:${ACCOUNT}:podidentityassociation/prod/a-1`,
    associationId: 'a-1',
    namespace: 'shop',
    serviceAccount: 'app',
    roleArn,
    ...more,
  }
}

/** An account with a cluster `prod` in each Region. */
function accountWith(
  parts: (region: (typeof REGIONS)[number]) => Partial<ClusterRecord>,
  ...roles: readonly RoleRecord[]
): Inventory {
  const regions = REGIONS.map((region) => ({
    region,
    clusters: whole({
      name: 'prod',
      cluster: { arn: clusterArn(region), status: 'ACTIVE', computeConfig: { enabled: false } },
      ...parts(region),
    }),
  }))
  const record = { account: ACCOUNT, partition: 'aws', roles: whole(...roles), regions, misses: [] }
  return inventoryOfSnapshot({
    podtrustSnapshot: 1,
    tool: '0.0.0',
    takenAt: '2026-11-01T00:00:00Z',
    accounts: [{ ...record, providers: whole() }],
  })
}

const own = role('own', pods)
const inBoth = accountWith((region) => ({ associations: whole(association(region, arnOf('own'))) }), own)
const inEurope = (more: Partial<EksAssociation> = {}): Inventory =>
  accountWith(
    (region) =>
      region === 'eu-west-1' ? { associations: whole(association(region, arnOf('own'), more)) } : {},
    own,
    role('far', { Principal: { AWS: arnOf('own') }, Action: ['sts:AssumeRole', 'sts:TagSession'] }),
  )

describe('two clusters of one name', () => {
  test('the same mistake in both is two findings with fingerprints of their own', () => {
    const broken = accountWith((region) => ({
      associations: whole(association(region, arnOf('gone'))),
      addons: whole({ addonName: 'cni', addonArn: `arn:${region}`, serviceAccountRoleArn: arnOf('gone') }),
      capabilities: whole({ capabilityName: 'ack', type: 'ACK', roleArn: arnOf('gone') }),
    }))
    const { findings } = checkTrust(broken, { now, all: true })
    const missing = findings.filter(({ rule }) => rule.endsWith('-role-missing'))
    expect(missing).toHaveLength(6)
    expect(new Set(missing.map(({ fingerprint }) => fingerprint)).size).toBe(6)
    const { clusters } = accountSummary(broken, findings, { now })
    // The fourth is that none of them runs the agent.
    expect(clusters.map(({ broken: count }) => count)).toEqual([4, 4])
  })

  test('what is wrong with a cluster, or with a workload in it, counts as broken there', () => {
    const subject = (key: string) => ({
      rule: 'some-rule',
      kind: 'breakage' as const,
      severity: 'high' as const,
      message: '',
      subject: { key, name: '' },
    })
    const findings = [
      subject(clusterArn('us-east-1')),
      subject(`Deployment ${clusterArn('us-east-1')}/shop/app`),
      subject(`${clusterArn('us-east-1')}-2/shop/app`),
    ]
    expect(accountSummary(inBoth, findings, { now }).clusters.map(({ broken }) => broken)).toEqual([0, 2])
  })

  test('who tells their associations apart', () => {
    const [answer] = whoCanAssume(inBoth, { now, onlyRole: 'own' }).answers
    expect(answer?.associations).toEqual([
      `shop/app in prod (eu-west-1, account ${ACCOUNT})`,
      `shop/app in prod (us-east-1, account ${ACCOUNT})`,
    ])
  })

  test('an association that the other one gets is a gain', () => {
    const { changes } = diffTrust(inEurope(), inBoth, { now })
    const change = changes.find(({ role: { name } }) => name === 'own')
    expect(change).toMatchObject({
      widens: true,
      associations: { gained: [`shop/app in prod (us-east-1, account ${ACCOUNT})`], lost: [] },
    })
    expect(diffTrust(inBoth, inBoth, { now }).changes).toEqual([])
  })

  test('a comparison has a heading for each, and does not choose between them', () => {
    const comparison = compareMechanisms(inBoth, { now })
    const text = toCompareText(comparison)
    const html = toCompareHtml(comparison, { version: '0.0.0', inputs: [] })
    for (const region of REGIONS) {
      expect(text).toContain(`cluster prod in ${region} of account ${ACCOUNT}\n`)
      expect(html).toContain(`Cluster prod in ${region} of account ${ACCOUNT}`)
      const { rows } = compareMechanisms(inBoth, { now, cluster: clusterArn(region) })
      expect(rows.map(({ cluster }) => cluster.arn)).toEqual([clusterArn(region)])
    }
    expect(() => compareMechanisms(inBoth, { now, cluster: 'prod' })).toThrow(
      expect.objectContaining({
        code: 'E_INVALID_ARGUMENT',
        message: 'the inputs hold several clusters `prod`',
        hint: `name one by its ARN: ${REGIONS.map((region) => `\`${clusterArn(region)}\``).join(', ')}`,
      }),
    )
  })
})

test('a role that is another one in two snapshots of an account is told', () => {
  const tuesday = accountWith(() => ({}), { ...own, AssumeRolePolicyDocument: encodeURIComponent('{}') })
  const conflictsOf = (...days: readonly Inventory[]) => whoCanAssume(inventoryOf(...days), { now }).conflicts
  expect(conflictsOf(inBoth, tuesday)).toMatchObject([{ role: { name: 'own' }, callers: 'different' }])
  const { coverage } = checkTrust(inventoryOf(inBoth, tuesday), { now })
  expect(coverageLines(coverage, {}).join('\n')).toContain(
    'in two inputs: own, and the two policies let different callers in',
  )
  expect(conflictsOf(inBoth, inBoth)).toBeUndefined()
})

test('one cluster in two inputs is one cluster', () => {
  const workload = {
    cluster: 'prod',
    kind: 'Deployment',
    namespace: 'shop',
    name: 'app',
    serviceAccount: 'app',
    tokens: [],
    roleArns: [],
    setsTokenFile: false,
    hostNetwork: false,
    isOwned: false,
    runsOn: 'windows' as const,
    location: { input: { name: 'x', text: '' }, pointer: '' },
  }
  const one = accountWith(
    (region) => (region === 'eu-west-1' ? { associations: whole(association(region, arnOf('own'))) } : {}),
    own,
  )
  const { facts, roles } = one
  const alone = { facts: { ...facts, clusters: facts.clusters.slice(0, 1), workloads: [workload] }, roles }
  const rules = (inventory: Inventory): readonly string[] =>
    checkTrust(inventory, { now, all: true }).findings.map(({ rule }) => rule)
  const again = { facts: { ...alone.facts, workloads: [], associations: [], complete: [] }, roles: [] }
  expect(rules(alone)).toContain('fargate-association')
  expect(rules(inventoryOf(alone, again))).toContain('fargate-association')
})

test('an association that gets a target role gives its pods that role', () => {
  const before = inEurope()
  const after = inEurope({ targetRoleArn: arnOf('far') })
  const far = diffTrust(before, after, { now }).changes.find(({ role: { name } }) => name === 'far')
  expect(far).toMatchObject({
    widens: true,
    associations: {
      gained: [
        `shop/app in prod through ${arnOf('own')}`.replace('prod', `prod (eu-west-1, account ${ACCOUNT})`),
      ],
      lost: [],
    },
  })
  const back = diffTrust(after, before, { now }).changes.find(({ role: { name } }) => name === 'far')
  expect(back).toMatchObject({ widens: false, associations: { gained: [] } })
})
