import { describe, expect, test } from '@jest/globals'
import { checkTrust } from '../src/check.js'
import type { Inventory } from '../src/inventory.js'
import { toJson } from '../src/reporters/json.js'
import { toText } from '../src/reporters/text.js'
import { readInventory } from '../src/sources/detect.js'
import { readIamDump } from '../src/sources/iam-dump.js'
import {
  type AccountRecord,
  type ClusterRecord,
  inventoryOfSnapshot,
  type KubernetesRecord,
  type MissRecord,
  readSnapshot,
  type RoleRecord,
  type Snapshot,
  snapshot as snapshotReader,
  writeSnapshot,
} from '../src/sources/snapshot/read-snapshot.js'
import { type Upgrade, upgraded } from '../src/sources/snapshot/versions.js'
import { textAt } from '../src/text/json.js'

const now = new Date('2026-06-01T00:00:00Z')
const ACCOUNT = '111122223333'
const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/7C1E0D5A94B2F36E8A0C4D71B59E23F8'
const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}`
const CLUSTER = `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/prod`
const roleArn = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`

const trustOf = (subject: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: PROVIDER },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: { [`${ISSUER}:aud`]: 'sts.amazonaws.com' },
          StringLike: { [`${ISSUER}:sub`]: subject },
        },
      },
    ],
  })

function role(name: string, policy: string = trustOf('system:serviceaccount:shop:app')): RoleRecord {
  return {
    Path: '/',
    RoleName: name,
    RoleId: 'AROAEXAMPLE',
    Arn: roleArn(name),
    AssumeRolePolicyDocument: encodeURIComponent(policy),
  }
}

function accountWith(parts: Partial<AccountRecord> = {}): AccountRecord {
  return { account: ACCOUNT, partition: 'aws', regions: [], misses: [], ...parts }
}

function snapshotOf(
  account: Partial<AccountRecord> = {},
  kubernetes: readonly KubernetesRecord[] = [],
): Snapshot {
  return {
    podtrustSnapshot: 1,
    tool: '0.0.0',
    takenAt: '2026-05-31T12:00:00Z',
    accounts: [accountWith(account)],
    ...(kubernetes.length === 0 ? {} : { kubernetes }),
  }
}

const whole = <Item>(...items: readonly Item[]) => ({ items, isWhole: true })

/** One of everything. */
const full: Snapshot = {
  ...snapshotOf(
    {
      hasAllRegions: true,
      trustPolicyQuota: 4096,
      roles: whole(role('open', trustOf('system:serviceaccount:*:app')), {
        ...role('uploader'),
        InstanceProfileList: [{ InstanceProfileName: 'nodes' }],
        RolePolicyList: [
          {
            PolicyName: 'write',
            PolicyDocument: encodeURIComponent('{"Statement":[{"Action":"s3:Put*"}]}'),
          },
        ],
        AttachedManagedPolicies: [
          { PolicyName: 'ReadOnlyAccess', PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' },
        ],
        PermissionsBoundary: { PermissionsBoundaryArn: `arn:aws:iam::${ACCOUNT}:policy/bound` },
        Tags: [{ Key: 'team', Value: 'shop' }],
        RoleLastUsed: { LastUsedDate: '2026-05-30T10:00:00Z', Region: 'eu-west-1' },
      }),
      providers: whole({ Arn: PROVIDER, Url: ISSUER, ClientIDList: ['sts.amazonaws.com'] }),
      regions: [
        {
          region: 'eu-west-1',
          clusters: whole({
            name: 'prod',
            cluster: {
              arn: CLUSTER,
              status: 'ACTIVE',
              version: '1.34',
              endpoint: 'https://ABC.gr7.eu-west-1.eks.amazonaws.com',
              identity: { oidc: { issuer: `https://${ISSUER}` } },
              accessConfig: { authenticationMode: 'API' },
              computeConfig: { enabled: true, nodeRoleArn: roleArn('auto-nodes') },
              resourcesVpcConfig: { endpointPublicAccess: true, endpointPrivateAccess: false },
            },
            associations: whole(
              {
                associationArn: `arn:aws:eks:eu-west-1:${ACCOUNT}:podidentityassociation/prod/a-1`,
                associationId: 'a-1',
                namespace: 'shop',
                serviceAccount: 'cart',
                roleArn: roleArn('cart'),
                targetRoleArn: 'arn:aws:iam::444455556666:role/target',
                disableSessionTags: true,
                externalId: 'eu-west-1/111122223333/prod/shop/cart',
                policy: '{}',
                ownerArn: `arn:aws:eks:eu-west-1:${ACCOUNT}:addon/prod/csi/1`,
              },
              { associationId: 'a-2', namespace: 'shop', serviceAccount: 'late' },
            ),
            addons: whole({
              addonName: 'csi',
              addonArn: `arn:aws:eks:eu-west-1:${ACCOUNT}:addon/prod/csi/1`,
              addonVersion: 'v1',
              status: 'ACTIVE',
              serviceAccountRoleArn: roleArn('csi'),
              podIdentityAssociations: [`arn:aws:eks:eu-west-1:${ACCOUNT}:podidentityassociation/prod/a-1`],
            }),
            nodegroups: whole(
              { nodegroupName: 'general', nodeRole: roleArn('nodes') },
              { nodegroupName: 'unread' },
            ),
            fargateProfiles: whole({
              fargateProfileName: 'batch',
              podExecutionRoleArn: roleArn('fargate'),
              selectors: [{ namespace: 'batch', labels: { tier: 'slow' } }],
            }),
            accessEntries: whole({
              principalArn: roleArn('admin'),
              type: 'STANDARD',
              kubernetesGroups: ['ops'],
              username: 'admin',
              accessPolicies: [
                { policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy' },
                {
                  policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy',
                  accessScope: { type: 'namespace', namespaces: ['shop'] },
                },
              ],
            }),
            capabilities: whole({ capabilityName: 'ack', type: 'ACK', roleArn: roleArn('ack') }),
          }),
        },
      ],
    },
    [
      {
        cluster: CLUSTER,
        complete: ['namespaces', 'service-accounts', 'workloads', 'rbac'],
        objects: [
          { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', uid: '1' } },
          {
            apiVersion: 'v1',
            kind: 'ServiceAccount',
            metadata: {
              name: 'app',
              namespace: 'shop',
              uid: '2',
              annotations: { 'eks.amazonaws.com/role-arn': roleArn('uploader') },
            },
          },
        ],
        misses: [],
      },
    ],
  ),
  issuerProbes: [{ issuer: ISSUER, outcome: 'present', reason: 'the bucket is there' }],
}

const reportOf = (inventory: Inventory): string =>
  toText(checkTrust(inventory, { now })) +
  toJson(checkTrust(inventory, { now, analyses: true }), {
    inputs: [],
    toolVersion: '0.0.0',
    errors: [],
  } as never)

function refusalOf(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was refused')
}

describe('a snapshot that is written and read', () => {
  test('gives the same report as the reading it was made of, to the byte', () => {
    const live = inventoryOfSnapshot(full)
    const read = readSnapshot(writeSnapshot(full))
    expect(reportOf(read)).toBe(reportOf(live))
    expect([...read.roles].map(({ name }) => name)).toEqual(['open', 'uploader'])
    const { gaps, complete, outOfScope } = live.facts
    expect(read.facts).toMatchObject({ gaps, complete, outOfScope })
  })

  test('is stable, in the order of the format, and ends with one line feed', () => {
    const text = writeSnapshot(full)
    expect(text.endsWith('}\n')).toBe(true)
    expect(writeSnapshot(JSON.parse(text) as Snapshot)).toBe(text)
    const backwards = JSON.parse(text, (_, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).toReversed())
        : value,
    ) as Snapshot
    expect(JSON.stringify(backwards)).not.toBe(JSON.stringify(JSON.parse(text)))
    expect(reportOf(inventoryOfSnapshot(backwards))).toBe(reportOf(inventoryOfSnapshot(full)))
  })

  test('loses members that the format does not have, and nothing depends on them', () => {
    const [account] = full.accounts
    const more = { ...full, future: { a: 1 }, accounts: [{ ...account, secretKey: 'hunter2' }] }
    expect(writeSnapshot(more as Snapshot)).toBe(writeSnapshot(full))
    expect(reportOf(readSnapshot(JSON.stringify(more)))).toBe(reportOf(inventoryOfSnapshot(full)))
  })

  test('shows a finding in the lines of its trust policy, under the ARN of the role', () => {
    const { findings } = checkTrust(inventoryOfSnapshot(full), { now })
    const [finding] = findings.filter(({ rule }) => rule === 'any-namespace')
    expect(finding?.location.input.name).toBe(roleArn('open'))
    expect(finding?.location.input.text).toBe(
      JSON.stringify(JSON.parse(trustOf('system:serviceaccount:*:app')), null, 2),
    )
    expect(finding === undefined ? undefined : textAt(finding.location)).toBe('"system:serviceaccount:*:app"')
    expect(toText(checkTrust(inventoryOfSnapshot(full), { now }))).toContain(`${roleArn('open')}:15:11`)
  })
})

describe('the facts of a snapshot', () => {
  const { facts, roles } = inventoryOfSnapshot(full)

  test('a role tells what IAM knows of it', () => {
    const [, uploader] = roles
    expect(uploader).toMatchObject({
      arn: roleArn('uploader'),
      account: ACCOUNT,
      id: 'AROAEXAMPLE',
      instanceProfiles: ['nodes'],
      permissionsBoundary: `arn:aws:iam::${ACCOUNT}:policy/bound`,
      lastUsed: new Date('2026-05-30T10:00:00Z'),
      policies: [
        { name: 'write', document: { Statement: [{ Action: 's3:Put*' }] } },
        { name: 'ReadOnlyAccess', arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' },
      ],
    })
    expect([...(uploader?.tags ?? [])]).toEqual([['team', 'shop']])
  })

  test('a cluster and what it holds are named by ARNs', () => {
    expect(facts.clusters).toMatchObject([
      {
        name: 'prod',
        arn: CLUSTER,
        region: 'eu-west-1',
        issuer: ISSUER,
        status: 'ACTIVE',
        autoMode: true,
        nodeRoleArn: roleArn('auto-nodes'),
        authenticationMode: 'API',
        endpoint: { url: 'https://ABC.gr7.eu-west-1.eks.amazonaws.com', isPublic: true, isPrivate: false },
      },
    ])
    const of = { cluster: 'prod', clusterArn: CLUSTER }
    expect(facts.associations).toMatchObject([
      {
        ...of,
        id: 'a-1',
        roleArn: roleArn('cart'),
        disableSessionTags: true,
        externalId: 'eu-west-1/111122223333/prod/shop/cart',
        policy: '{}',
        account: ACCOUNT,
      },
      { ...of, serviceAccount: 'late', roleArn: { unknown: true, cause: 'not-collected' } },
    ])
    expect(facts.addons).toMatchObject([
      { ...of, name: 'csi', version: 'v1', serviceAccountRoleArn: roleArn('csi') },
    ])
    expect(facts.addons?.[0]?.associationArns).toEqual([facts.associations[0]?.arn])
    expect(facts.nodeGroups).toMatchObject([
      { ...of, name: 'general', roleArn: roleArn('nodes') },
      { ...of, name: 'unread', roleArn: { cause: 'not-collected' } },
    ])
    expect(facts.fargateProfiles).toMatchObject([
      {
        ...of,
        name: 'batch',
        selectors: [{ namespace: 'batch', labels: new Map([['tier', 'slow']]) }],
      },
    ])
    expect(facts.accessEntries?.[0]?.policies).toEqual([
      { arn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy' },
      { arn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy', namespaces: ['shop'] },
    ])
    expect(facts.capabilities).toMatchObject([{ ...of, name: 'ack', type: 'ACK', roleArn: roleArn('ack') }])
    expect(facts.accounts).toMatchObject([{ account: ACCOUNT, trustPolicyQuota: 4096 }])
    expect(facts.issuerProbes).toEqual(full.issuerProbes)
    expect(facts.serviceAccounts).toMatchObject([{ cluster: CLUSTER, roleArn: roleArn('uploader') }])
    expect(facts.nodeGroups?.[0]?.location.input.name).toBe(`${CLUSTER}/nodegroup/general`)
    expect(facts.serviceAccounts?.[0]?.location.input.name).toBe(`${CLUSTER}/shop/serviceaccount/app`)
    expect(facts.associations[1]?.location.input.name).toBe(`${CLUSTER}/podidentityassociation/a-2`)
  })

  test('complete is what was read in full, and nothing else', () => {
    const ofCluster = ['associations', 'addons', 'node-groups', 'fargate-profiles', 'access-entries']
    expect(facts.complete).toEqual([
      { kind: 'roles', account: ACCOUNT },
      { kind: 'providers', account: ACCOUNT },
      { kind: 'clusters', account: ACCOUNT, region: 'eu-west-1' },
      ...[...ofCluster, 'capabilities'].map((kind) => ({ kind, cluster: CLUSTER })),
      { kind: 'namespaces', cluster: CLUSTER },
      { kind: 'service-accounts', cluster: CLUSTER },
      { kind: 'workloads', cluster: CLUSTER },
      { kind: 'rbac', cluster: CLUSTER },
    ])
    const part = inventoryOfSnapshot(
      snapshotOf({
        roles: { items: [role('a')], isWhole: false },
        regions: [
          {
            region: 'eu-west-1',
            clusters: {
              isWhole: false,
              items: [
                {
                  name: 'old',
                  cluster: { accessConfig: { authenticationMode: 'CONFIG_MAP' } },
                  addons: { items: [], isWhole: false },
                },
              ],
            },
          },
        ],
      }),
    )
    // A cluster without access entries has none: a list that does not apply is empty.
    const old = `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/old`
    expect(part.facts.complete).toEqual([{ kind: 'access-entries', cluster: old }])
  })

  test('what was listed and not described is there, with what is not known of it', () => {
    const other = PROVIDER.replace('7C1E', '8D2F')
    const { facts: part } = inventoryOfSnapshot(
      snapshotOf({
        providers: whole({ Arn: other }),
        regions: [{ region: 'eu-west-1', clusters: whole({ name: 'dark' }) }],
      }),
    )
    expect(part.providers).toMatchObject([
      { arn: other, issuer: ISSUER.replace('7C1E', '8D2F'), clientIds: { cause: 'not-collected' } },
    ])
    expect(part.clusters).toMatchObject([
      {
        name: 'dark',
        arn: `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/dark`,
        account: ACCOUNT,
        issuer: { unknown: true, cause: 'not-collected' },
      },
    ])
  })

  test('what was not looked at on purpose is said, and is no gap', () => {
    const clusters = whole({ name: 'a' }, { name: 'b' })
    const scope = (snapshot: Snapshot): readonly string[] =>
      inventoryOfSnapshot(snapshot).facts.outOfScope ?? []
    const regions = [
      { region: 'eu-west-1', clusters },
      { region: 'us-east-1', clusters: whole<ClusterRecord>() },
    ]
    expect(scope(snapshotOf({ regions }))).toEqual([
      'clusters were looked for in eu-west-1 and us-east-1 alone, `--all-regions` looks everywhere',
      'Kubernetes was not read: it knows the service accounts, their annotations and who uses them',
      "node metadata options (IMDS) are not read live: they need EC2's API",
      'policies of the organization (SCPs and RCPs), which can only deny more, are not read',
    ])
    const kubernetes = [
      {
        cluster: `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/a`,
        complete: [],
        objects: [],
        misses: [],
      },
    ]
    expect(scope(snapshotOf({ regions, hasAllRegions: true }, kubernetes))).toContain(
      'Kubernetes of 1 of 2 clusters was not read',
    )
    // Names repeat: that of one cluster does not tell of two.
    const twice = [...regions, { region: 'us-west-2', clusters }]
    const byName = [{ cluster: 'a', complete: [], objects: [], misses: [] }]
    expect(scope(snapshotOf({ regions: twice }, byName))).toContain(
      'Kubernetes of 4 of 4 clusters was not read',
    )
    expect(scope(snapshotOf({ regions: [] }))[0]).toBe(
      'clusters were looked for in no Region: none is told, and no OIDC provider names one; `--all-regions` looks everywhere',
    )
    expect(scope(full)).toEqual([
      "node metadata options (IMDS) are not read live: they need EC2's API",
      'documents of managed policies are not read live, so what roles may do is known in part',
      'policies of the organization (SCPs and RCPs), which can only deny more, are not read',
    ])
    expect(inventoryOfSnapshot(snapshotOf({ regions })).facts.gaps).toEqual([])
  })
})

describe('what could not be read', () => {
  const miss = (call: string, more: Partial<MissRecord> = {}): MissRecord => ({
    call,
    outcome: 'denied',
    message: 'is not authorized to perform it because no identity-based policy allows it',
    ...more,
  })
  const onCluster = (call: string, name: string, more: Partial<MissRecord> = {}): MissRecord =>
    miss(call, { region: 'eu-west-1', cluster: name, ...more })
  const gapsOf = (account: Partial<AccountRecord>, kubernetes: readonly KubernetesRecord[] = []) =>
    inventoryOfSnapshot(snapshotOf(account, kubernetes)).facts.gaps
  const reasons = (...misses: readonly MissRecord[]): readonly string[] =>
    gapsOf({ misses }).map(({ reason }) => reason)

  test.each<readonly [what: string, sentence: string, ...misses: readonly MissRecord[]]>([
    [
      'one cluster',
      '`eks:DescribeCluster` denied on prod-2 in eu-west-1: its issuer and status are not known',
      onCluster('eks:DescribeCluster', 'prod-2'),
    ],
    [
      'several clusters, by name or ARN',
      '`eks:DescribeCluster` denied on prod and b in eu-west-1: their issuers and status are not known',
      miss('eks:DescribeCluster', { cluster: CLUSTER }),
      onCluster('eks:DescribeCluster', 'b'),
    ],
    [
      'many',
      '`eks:ListAddons` denied on a, b, c and 2 more clusters in eu-west-1: which add-ons there are is not known',
      ...['a', 'b', 'c', 'd', 'e'].map((name) => onCluster('eks:ListAddons', name)),
    ],
    [
      'clusters of several Regions',
      '`eks:ListAddons` denied on a in eu-west-1 and a in us-east-1: which add-ons there are is not known',
      onCluster('eks:ListAddons', 'a'),
      onCluster('eks:ListAddons', 'a', { region: 'us-east-1' }),
    ],
    [
      'many Regions',
      '`eks:ListClusters` denied in a, b, c and 1 more Region: which clusters there are is not known',
      ...['a', 'b', 'c', 'd'].map((region) => miss('eks:ListClusters', { region })),
    ],
    [
      'a Region that a policy of the organization forbids',
      '`eks:ListClusters` denied in us-east-1: which clusters there are is not known (with an explicit deny in a service control policy)',
      miss('eks:ListClusters', {
        region: 'us-east-1',
        message:
          'User: arn:aws:sts::111122223333:assumed-role/a/b is not authorized to perform: eks:ListClusters on resource: * with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-1/p-1',
      }),
    ],
    [
      'one call for many things of a cluster',
      '`eks:DescribePodIdentityAssociation` denied on a in eu-west-1: which roles Pod Identity associations give is not known',
      onCluster('eks:DescribePodIdentityAssociation', 'a', { subject: 'a-1' }),
      onCluster('eks:DescribePodIdentityAssociation', 'a', { subject: 'a-2' }),
    ],
    [
      'a provider',
      `\`iam:GetOpenIDConnectProvider\` denied for ${PROVIDER}: which audiences the OIDC providers take is not known`,
      miss('iam:GetOpenIDConnectProvider', { subject: PROVIDER }),
    ],
    [
      'the whole account',
      '`iam:ListOpenIDConnectProviders` denied: which OIDC providers there are is not known',
      miss('iam:ListOpenIDConnectProviders'),
    ],
    [
      'roles',
      '`iam:ListRoles` throttled: not all roles are known',
      miss('iam:ListRoles', { outcome: 'throttled' }),
    ],
    [
      'an error',
      '`eks:ListNodegroups` failed on a in eu-west-1: which node groups there are is not known (getaddrinfo ENOTFOUND)',
      onCluster('eks:ListNodegroups', 'a', { outcome: 'failed', message: 'getaddrinfo ENOTFOUND' }),
    ],
    [
      'no answer',
      '`eks:ListClusters` not answered in time in eu-west-1: which clusters there are is not known',
      miss('eks:ListClusters', { outcome: 'timed-out', region: 'eu-west-1' }),
    ],
    [
      'a call that was not made',
      '`eks:ListAccessEntries` not asked on a in eu-west-1: whom IAM lets into the cluster is not known',
      onCluster('eks:ListAccessEntries', 'a', { outcome: 'skipped' }),
    ],
    [
      'a call that nobody told of',
      '`eks:NewCall` denied on a in eu-west-1: what it tells is not known',
      onCluster('eks:NewCall', 'a'),
    ],
  ])('one gap and one sentence for %s', (_, sentence, ...misses) => {
    expect(reasons(...misses)).toEqual([sentence])
  })

  test('each call and each outcome has its gap, with the permission that closes it', () => {
    const gaps = gapsOf({
      misses: [
        onCluster('eks:DescribeCluster', 'a'),
        onCluster('eks:DescribeCluster', 'b', { outcome: 'throttled' }),
        onCluster('eks:ListCapabilities', 'a'),
      ],
    })
    expect(gaps.map(({ kind, subject, permission }) => [kind, subject, permission])).toEqual([
      ['cluster', 'a', 'eks:DescribeCluster'],
      ['cluster', 'b', undefined],
      ['capability', 'a', 'eks:ListCapabilities'],
    ])
  })

  test('roles that another call gave are less, and not missing', () => {
    const misses = [miss('iam:GetAccountAuthorizationDetails')]
    expect(gapsOf({ misses, roles: whole(role('a')) })).toMatchObject([
      {
        kind: 'role',
        permission: 'iam:GetAccountAuthorizationDetails',
        reason:
          '`iam:GetAccountAuthorizationDetails` denied: roles were read with `iam:ListRoles`, which does not tell last use, permissions boundary, instance profiles, tags and policies',
      },
    ])
    expect(reasons(...misses, miss('iam:ListRoles'))).toEqual([
      '`iam:GetAccountAuthorizationDetails` denied: roles, and what they may do, were not read with it',
      '`iam:ListRoles` denied: not all roles are known',
    ])
  })

  test('of several accounts a gap says which', () => {
    const misses = [miss('iam:ListRoles')]
    const { gaps } = inventoryOfSnapshot({
      ...snapshotOf(),
      accounts: [accountWith({ misses }), accountWith({ account: '444455556666' })],
    }).facts
    expect(gaps.map(({ reason }) => reason)).toEqual([
      `\`iam:ListRoles\` denied in account ${ACCOUNT}: not all roles are known`,
    ])
  })

  test('the API of a cluster has its own permissions', () => {
    const kubernetes = {
      cluster: CLUSTER,
      complete: [],
      objects: [],
      misses: [
        miss('list serviceaccounts'),
        miss('list rolebindings'),
        miss('list pods', { outcome: 'timed-out' }),
      ],
    }
    expect(
      gapsOf({}, [kubernetes]).map(({ kind, reason, permission }) => [kind, reason, permission]),
    ).toEqual([
      [
        'service-account',
        '`list serviceaccounts` denied on prod in eu-west-1: which service accounts there are, and which roles they ask for, is not known',
        'list serviceaccounts',
      ],
      [
        'rbac',
        '`list rolebindings` denied on prod in eu-west-1: who may make and use service accounts is not known',
        'list rolebindings',
      ],
      [
        'workload',
        '`list pods` not answered in time on prod in eu-west-1: which workloads use which service accounts is not known',
        undefined,
      ],
    ])
  })

  test('a cluster that does not answer is one gap for all that was asked of it', () => {
    const call = 'list namespaces, serviceaccounts, pods, deployments, roles, clusterrolebindings'
    const misses = [miss(call, { outcome: 'timed-out' })]
    expect(gapsOf({}, [{ cluster: 'kind-dev', complete: [], objects: [], misses }])).toMatchObject([
      {
        kind: 'service-account',
        subject: 'kind-dev',
        reason:
          `\`${call}\` not answered in time on kind-dev: which namespaces there are is not known; ` +
          'which service accounts there are, and which roles they ask for, is not known; ' +
          'which workloads use which service accounts is not known; who may make and use service accounts is not known',
      },
    ])
  })

  test('one reason does not stand for another', () => {
    const failed = (region: string, message: string): MissRecord =>
      miss('eks:ListClusters', { region, outcome: 'failed', message })
    expect(reasons(failed('a', 'x'), failed('b', 'y (and 1 more like it)'), failed('c', 'y'))).toEqual([
      '`eks:ListClusters` failed in a, b and c: which clusters there are is not known (x; y)',
    ])
    expect(reasons(failed('a', 'x'), failed('b', 'y'), failed('c', 'z'))[0]).toMatch(
      / \(x; y; 1 more reason\)$/,
    )
  })

  test('of an account that nobody was let into nothing is known', () => {
    const subject = `arn:aws:iam::${ACCOUNT}:role/Audit`
    expect(reasons(miss('sts:AssumeRole', { subject }))).toEqual([
      `\`sts:AssumeRole\` denied for ${subject}: nothing of the account was read`,
    ])
  })

  test('a list that is not whole is a gap, also where no call says why', () => {
    const part = <Item>(...items: readonly Item[]) => ({ items, isWhole: false })
    const prod: ClusterRecord = {
      name: 'prod',
      cluster: { arn: CLUSTER },
      associations: part(),
      capabilities: part(),
    }
    const account: Partial<AccountRecord> = {
      roles: part(role('app')),
      providers: part(),
      regions: [{ region: 'eu-west-1', clusters: part(prod) }, { region: 'us-east-1' }],
    }
    const kubernetes = { cluster: CLUSTER, complete: ['namespaces' as const], objects: [], misses: [] }
    expect(gapsOf(account, [kubernetes]).map(({ kind, subject }) => [kind, subject])).toEqual([
      ['role', ACCOUNT],
      ['provider', ACCOUNT],
      ['cluster', 'eu-west-1'],
      ['association', CLUSTER],
      ['capability', CLUSTER],
      ['cluster', 'us-east-1'],
      ['service-account', CLUSTER],
    ])
    const misses = [
      miss('iam:ListRoles'),
      miss('iam:ListOpenIDConnectProviders'),
      miss('eks:ListClusters', { region: 'eu-west-1' }),
      miss('eks:ListClusters', { region: 'us-east-1' }),
      miss('eks:ListPodIdentityAssociations', { region: 'eu-west-1', cluster: CLUSTER }),
      miss('eks:ListCapabilities', { region: 'eu-west-1', cluster: 'prod' }),
    ]
    const told = gapsOf({ ...account, misses }, [{ ...kubernetes, misses: [miss('list pods')] }])
    expect(told.filter(({ reason }) => reason.includes('does not say why'))).toEqual([])
  })

  test('a list with something that may be anything does not tell what is absent', () => {
    const { Arn: _, ...nameless } = role('app')
    const facts = (account: Partial<AccountRecord>) => inventoryOfSnapshot(snapshotOf(account)).facts
    expect(facts({ roles: whole(role('a')), providers: whole({ Arn: PROVIDER }) }).complete).toEqual([
      { kind: 'roles', account: ACCOUNT },
      { kind: 'providers', account: ACCOUNT },
    ])
    const odd = facts({ roles: whole(role('a'), nameless), providers: whole({ Arn: 'arn:aws:iam::1:x' }) })
    expect(odd.complete).toEqual([])
    expect(odd.gaps.map(({ kind, reason }) => [kind, reason])).toEqual([
      [
        'role',
        `1 of the roles of account \`${ACCOUNT}\` have no ARN of a role: which roles there are is not known`,
      ],
      ['provider', 'the ARN of an OIDC provider does not tell its issuer'],
    ])
  })

  test('what was not asked for is not held', () => {
    const { facts } = inventoryOfSnapshot(snapshotOf())
    expect([...facts.holds]).toEqual(['providers'])
    const denied = inventoryOfSnapshot(snapshotOf({ misses: [miss('iam:ListRoles')] }))
    expect([...denied.facts.holds]).toEqual(['providers', 'roles'])
  })

  test('a role without a trust policy is a gap, once', () => {
    const { AssumeRolePolicyDocument: _, ...dark } = role('dark')
    const { coverage } = checkTrust(inventoryOfSnapshot(snapshotOf({ roles: whole(dark) })), { now })
    expect(coverage.gaps).toMatchObject([
      { subject: roleArn('dark'), reason: 'the input does not hold the trust policy of `dark`' },
    ])
  })
})

describe('versions', () => {
  test('a newer one is refused in one sentence', () => {
    const newer = JSON.stringify({ ...full, podtrustSnapshot: 2 })
    expect(refusalOf(() => readSnapshot(newer))).toMatchObject({
      code: 'E_UNSUPPORTED_INPUT',
      message: 'the snapshot has version 2, and this podtrust reads up to 1',
      hint: 'update podtrust',
    })
    for (const version of ['1', 0, 1.5, null, {}])
      expect(
        refusalOf(() => readSnapshot(JSON.stringify({ ...full, podtrustSnapshot: version }))),
      ).toMatchObject({
        code: 'E_UNSUPPORTED_INPUT',
        message: '`podtrustSnapshot` does not tell the version of the snapshot',
      })
  })

  test('an older one goes through every version between', () => {
    const steps = new Map<number, Upgrade>([
      [1, (older) => ({ ...older, first: true })],
      [2, (older) => ({ ...older, second: 'first' in older })],
    ])
    expect(upgraded({ podtrustSnapshot: 1, a: 1 }, steps, 3)).toEqual({
      podtrustSnapshot: 3,
      a: 1,
      first: true,
      second: true,
    })
    expect(upgraded({ podtrustSnapshot: 2 }, steps, 3)).toEqual({ podtrustSnapshot: 3, second: false })
  })
})

describe('snapshots that are none', () => {
  const broken = (change: (snapshot: { accounts: Record<string, unknown>[] }) => void): string => {
    const copy = JSON.parse(JSON.stringify(full)) as { accounts: Record<string, unknown>[] }
    change(copy)
    return JSON.stringify(copy, null, 2)
  }

  test.each<readonly [message: string, text: string]>([
    [
      '`/accounts/0/regions` of the snapshot should be a list',
      broken(({ accounts }) => (accounts[0] = { misses: [] })),
    ],
    [
      '`/accounts/0/roles/isWhole` of the snapshot should be true or false',
      broken(({ accounts }) => (accounts[0] = { ...accounts[0], roles: { items: [], isWhole: 'yes' } })),
    ],
    [
      '`/accounts/0/misses/0/outcome` of the snapshot should be one of `denied`, `throttled`, `failed`, `timed-out`, `skipped`',
      broken(
        ({ accounts }) =>
          (accounts[0] = { ...accounts[0], misses: [{ call: 'a', outcome: '\u001b[2J', message: '' }] }),
      ),
    ],
    [
      '`/accounts/0/account` of the snapshot should be a text',
      broken(({ accounts }) => (accounts[0] = { ...accounts[0], account: 111122223333 })),
    ],
  ])('%s', (message, text) => {
    const error = refusalOf(() => readSnapshot(text))
    expect(error).toMatchObject({ code: 'E_UNSUPPORTED_INPUT', message })
  })

  test('what is wrong has its place', () => {
    const text = broken(({ accounts }) => (accounts[0] = { ...accounts[0], account: 7 }))
    const line = text.split('\n').findIndex((one) => one.includes('"account": 7')) + 1
    expect(refusalOf(() => readSnapshot(text))).toMatchObject({ position: { line } })
  })

  test.each<readonly [what: string, code: string, text: string]>([
    ['a file that was cut', 'E_NOT_JSON', '{"podtrustSnapshot": 1'],
    [
      'a hundred thousand levels',
      'E_TOO_DEEP',
      `{"podtrustSnapshot": 1, "accounts": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    ],
    ['a version in the prototype', 'E_UNRECOGNIZED_INPUT', '{"__proto__": {"podtrustSnapshot": 1}}'],
    ['a list', 'E_UNRECOGNIZED_INPUT', '[{"podtrustSnapshot": 1}]'],
    [
      'nothing where an account should be',
      'E_UNSUPPORTED_INPUT',
      '{"podtrustSnapshot": 1, "accounts": [null]}',
    ],
  ])('%s: %s', (_, code, text) => {
    expect(refusalOf(() => readSnapshot(text))).toMatchObject({ code })
  })

  test('a key that stands twice is a gap', () => {
    const text = writeSnapshot(full).replace('"tool": "0.0.0"', '"tool": "0.0.0", "accounts": []')
    expect(readSnapshot(text, { name: 'a.json' }).facts.gaps).toMatchObject([
      {
        subject: 'a.json',
        reason: 'the key `/accounts` of the snapshot stands more than once, only the last was read',
      },
    ])
  })

  test('they are read by readInventory where the reader is given', () => {
    const input = { name: 'a.snapshot.json', text: writeSnapshot(full) }
    expect([...readInventory(input, { snapshot: snapshotReader }).roles]).toHaveLength(2)
    expect(refusalOf(() => readInventory(input))).toMatchObject({
      code: 'E_UNSUPPORTED_INPUT',
      hint: 'pass `snapshot` of `@podtrust/core/sources/snapshot`',
    })
  })
})

describe('hostile contents', () => {
  const HOSTILE = '\u001b[2J\u202eevil'
  const UNSAFE = /[\u001b\u202e]/

  test('names reach no terminal as they are', () => {
    const snapshot = snapshotOf({
      roles: whole({ ...role('a', trustOf('system:serviceaccount:*:app')), Arn: roleArn(HOSTILE) }),
      regions: [{ region: HOSTILE, clusters: whole({ name: HOSTILE }) }],
      misses: [
        { call: HOSTILE, outcome: 'failed', region: HOSTILE, cluster: HOSTILE, message: HOSTILE },
        { call: 'iam:GetOpenIDConnectProvider', outcome: 'denied', subject: HOSTILE, message: HOSTILE },
      ],
    })
    const { facts } = inventoryOfSnapshot(snapshot)
    for (const { reason } of facts.gaps) expect(reason).not.toMatch(UNSAFE)
    for (const clause of facts.outOfScope ?? []) expect(clause).not.toMatch(UNSAFE)
    const text = toText(checkTrust(inventoryOfSnapshot(snapshot), { now }))
    expect(text).toContain('any-namespace')
    expect(text).not.toMatch(UNSAFE)
  })

  test('`__proto__` is a key like any other', () => {
    const labels = JSON.parse('{"__proto__": "x", "tier": "y"}') as Record<string, string>
    const snapshot = snapshotOf({}, [
      {
        cluster: CLUSTER,
        complete: [],
        misses: [],
        objects: [
          {
            apiVersion: 'v1',
            kind: 'ServiceAccount',
            metadata: { name: '__proto__', namespace: 'constructor', labels },
            ...(JSON.parse('{"__proto__": {"automountServiceAccountToken": false}}') as object),
          },
        ],
      },
    ])
    const { facts } = readSnapshot(JSON.stringify(snapshot))
    expect(facts.serviceAccounts).toMatchObject([{ name: '__proto__', namespace: 'constructor' }])
    expect(facts.serviceAccounts?.[0]?.automount).toBeUndefined()
    expect(({} as { tier?: string }).tier).toBeUndefined()
  })

  test('a trust policy that is no JSON stays as it is, and is judged as such', () => {
    const policies = ['not json', '%', '%E0%A4%A', '', '[1]', `{"a":${'['.repeat(5000)}`]
    const items = policies.map((policy, index) => ({
      ...role(`r${index}`),
      AssumeRolePolicyDocument: policy,
    }))
    const inventory = inventoryOfSnapshot(snapshotOf({ roles: whole(...items) }))
    expect([...inventory.roles].slice(0, 3).map(({ location }) => location.input.text)).toEqual(
      policies.slice(0, 3),
    )
    expect(checkTrust(inventory, { now }).coverage.roles.total).toBe(policies.length)
  })

  test('a key that stands twice in a trust policy is found in the text of IAM', () => {
    const twice = trustOf('system:serviceaccount:shop:app').replace(
      '"Effect":"Allow"',
      '"Effect":"Deny","Effect":"Allow"',
    )
    const { findings } = checkTrust(inventoryOfSnapshot(snapshotOf({ roles: whole(role('a', twice)) })), {
      now,
    })
    const [found] = findings.filter(({ rule }) => rule === 'duplicate-key')
    expect(found?.location.input.text.split('"Effect"')).toHaveLength(3)
  })

  test('thousands of roles are read as they are walked over, each time', () => {
    const items = Array.from({ length: 5000 }, (_, index) => role(`r${index}`))
    const inventory = readSnapshot(writeSnapshot(snapshotOf({ roles: whole(...items) })))
    let count = 0
    for (const one of inventory.roles) if (one.trustPolicy.kind === 'text') count++
    for (const _ of inventory.roles) count++
    expect(count).toBe(10_000)
  })

  test('no secret of a pod, a Secret or an annotation gets into a file or a report', () => {
    const SECRET = 'hunter2'
    const container = {
      name: 'app',
      image: 'app:1',
      command: [SECRET],
      args: [SECRET],
      env: [
        { name: 'PASSWORD', value: SECRET },
        { name: 'AWS_ROLE_ARN', value: roleArn('uploader') },
      ],
      envFrom: [{ secretRef: { name: SECRET } }],
      livenessProbe: { httpGet: { httpHeaders: [{ name: 'Authorization', value: SECRET }] } },
    }
    const pods = {
      metadata: { annotations: { note: SECRET } },
      spec: {
        serviceAccountName: 'app',
        containers: [container],
        initContainers: [container],
        volumes: [
          { name: 'v', csi: { volumeAttributes: { key: SECRET } } },
          {
            name: 't',
            projected: {
              sources: [
                { secret: { name: SECRET } },
                { serviceAccountToken: { audience: 'sts.amazonaws.com' } },
              ],
            },
          },
        ],
      },
    }
    const snapshot = snapshotOf({}, [
      {
        cluster: CLUSTER,
        complete: ['workloads'],
        misses: [],
        objects: [
          {
            apiVersion: 'apps/v1',
            kind: 'Deployment',
            metadata: {
              name: 'app',
              namespace: 'shop',
              annotations: {
                'kubectl.kubernetes.io/last-applied-configuration': SECRET,
                'vault.example.com/role-token': SECRET,
                'example.com/aws-secret-access-key': SECRET,
              },
            },
            spec: { template: pods },
          },
          {
            apiVersion: 'v1',
            kind: 'Pod',
            metadata: { name: 'odd', namespace: 'shop' },
            spec: { containers: { app: container }, volumes: { v: { csi: SECRET } } },
          },
          {
            apiVersion: 'batch/v1',
            kind: 'CronJob',
            metadata: { name: 'job', namespace: 'shop' },
            spec: { jobTemplate: { spec: { template: pods } } },
          },
          {
            apiVersion: 'v1',
            kind: 'Secret',
            metadata: { name: 's', namespace: 'shop' },
            data: { a: SECRET },
            stringData: { b: SECRET },
          },
        ],
      },
    ])
    expect(writeSnapshot(snapshot)).not.toContain(SECRET)
    const { workloads = [] } = inventoryOfSnapshot(snapshot).facts
    expect(workloads.map(({ location }) => location.input.text).join('\n')).not.toContain(SECRET)
    expect(workloads.filter(({ kind }) => kind !== 'Pod')).toMatchObject(
      ['app', 'job'].map((name) => ({
        name,
        serviceAccount: 'app',
        roleArns: [roleArn('uploader'), roleArn('uploader')],
        tokens: [{ audience: 'sts.amazonaws.com' }],
      })),
    )
  })
})

describe('what roles may do, from outputs of the AWS CLI', () => {
  const details = {
    RoleDetailList: [
      {
        ...role('app'),
        RolePolicyList: [{ PolicyName: 'own', PolicyDocument: { Statement: [] } }],
        AttachedManagedPolicies: [
          { PolicyName: 'shared', PolicyArn: `arn:aws:iam::${ACCOUNT}:policy/shared` },
          { PolicyName: 'gone', PolicyArn: `arn:aws:iam::${ACCOUNT}:policy/gone` },
        ],
        Tags: [],
      },
    ],
    Policies: [
      {
        PolicyName: 'shared',
        Arn: `arn:aws:iam::${ACCOUNT}:policy/shared`,
        DefaultVersionId: 'v2',
        PolicyVersionList: [
          { VersionId: 'v2', IsDefaultVersion: true, Document: { Statement: ['new'] } },
          { VersionId: 'v1', IsDefaultVersion: false, Document: { Statement: ['old'] } },
        ],
      },
    ],
  }

  test('without a filter attached policies have the document in force', () => {
    const [app] = readIamDump(JSON.stringify(details)).roles
    expect(app?.policies?.map(({ name, document }) => [name, document])).toEqual([
      ['own', { Statement: [] }],
      ['shared', { Statement: ['new'] }],
      ['gone', undefined],
    ])
    expect(app?.tags?.size).toBe(0)
  })

  test('list-roles tells neither policies nor tags', () => {
    const [app] = readIamDump(JSON.stringify({ Roles: [role('app')] })).roles
    expect(app).toMatchObject({ id: 'AROAEXAMPLE' })
    expect(app).not.toHaveProperty('policies')
    expect(app).not.toHaveProperty('tags')
  })
})
