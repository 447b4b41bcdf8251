/** The collector of an account, with the SDK's own clients against a server that stands in for AWS. */
import { EKSClient } from '@aws-sdk/client-eks'
import { IAMClient } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'

import { makeAccount } from '../../../test/aws-server/account.mjs'
import { startAwsServer } from '../../../test/aws-server/server.mjs'
import type { AwsServer } from '../../../test/aws-server/server.mjs'
import {
  type CollectOptions,
  type CollectProgress,
  awsRolePages,
  collectAwsAccount,
} from '../src/sources/aws/index.js'
import type {
  AccountRecord,
  ClusterRecord,
  Listed,
  MissRecord,
  RoleRecord,
} from '../src/sources/snapshot/record.js'
import { fewestCalls, listedRole, recordOf } from './aws-account-record.js'

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'

const trust = (service: string): object => ({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { Service: service }, Action: ['sts:AssumeRole', 'sts:TagSession'] },
  ],
})
const podTrust = trust('pods.eks.amazonaws.com')
const numbered = <Item>(count: number, make: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => make(index))

const parts = {
  associations: [
    { namespace: 'shop', serviceAccount: 'app', roleArn: 'app', targetRoleArn: 'far', externalId: 'x/y/z' },
  ],
  addons: [
    { addonName: 'vpc-cni', serviceAccountRoleArn: 'cni', podIdentityAssociations: ['arn:aws:eks:a'] },
  ],
  nodegroups: [{ nodegroupName: 'blue' }],
  fargateProfiles: [{ fargateProfileName: 'fp', selectors: [{ namespace: 'shop', labels: { tier: '' } }] }],
  accessEntries: [
    {
      principalArn: 'admin',
      kubernetesGroups: ['ops'],
      policies: [
        {
          policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy',
          accessScope: { type: 'namespace', namespaces: ['shop'] },
        },
      ],
    },
  ],
  capabilities: [{ capabilityName: 'gitops', type: 'ARGOCD' }],
} as const

/** One of each, in one Region. */
const small = makeAccount({
  roles: [
    {
      RoleName: 'app',
      Path: '/apps/',
      AssumeRolePolicyDocument: podTrust,
      InstanceProfileList: [
        { InstanceProfileName: 'p', Arn: 'arn:aws:iam::111122223333:instance-profile/p' },
      ],
      RolePolicyList: [{ PolicyName: 'inline', PolicyDocument: { Version: '2012-10-17', Statement: [] } }],
      AttachedManagedPolicies: [{ PolicyName: 'ro', PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }],
      PermissionsBoundary: {
        PermissionsBoundaryType: 'Policy',
        PermissionsBoundaryArn: 'arn:aws:iam::aws:policy/b',
      },
      Tags: [{ Key: 'team', Value: '' }],
      RoleLastUsed: { LastUsedDate: '2026-10-01T12:00:00Z', Region: 'eu-west-1' },
    },
  ],
  clusters: [{ region: 'eu-west-1', name: 'prod', ...parts }],
})

/** Several of all, so that lists have pages, in two Regions. */
const large = makeAccount({
  account: '444455556666',
  roles: numbered(2100, (index) => ({ RoleName: `role-${index}`, AssumeRolePolicyDocument: podTrust })),
  clusters: [
    {
      region: 'eu-west-1',
      name: 'prod',
      members: { computeConfig: { enabled: true, nodeRoleArn: 'arn:aws:iam::444455556666:role/auto' } },
      ...parts,
      associations: numbered(205, (index) => ({
        namespace: 'shop',
        serviceAccount: `app-${index}`,
        roleArn: 'role-1',
      })),
      accessEntries: [
        ...parts.accessEntries,
        {
          principalArn: 'auto',
          type: 'EC2',
          policies: [{ policyArn: 'arn:aws:eks::aws:p/AmazonEKSAutoNodePolicy' }],
        },
        { principalArn: 'node', type: 'EC2_LINUX' },
        { principalArn: 'hybrid', type: 'HYBRID_LINUX' },
        { principalArn: 'newer', type: 'STANDARD' },
      ],
    },
    {
      region: 'us-east-1',
      name: 'old',
      members: { accessConfig: { authenticationMode: 'CONFIG_MAP' } },
      nodegroups: numbered(3, (index) => ({ nodegroupName: `n-${index}` })),
    },
    { region: 'us-east-1', name: 'new', issuer: null, members: { status: 'CREATING' } },
    ...numbered(101, (index) => ({ region: 'sa-east-1', name: `c-${index}` })),
  ],
})
const other = makeAccount({
  account: '777788889999',
  clusters: [
    {
      region: 'eu-west-1',
      name: 'a',
      ...parts,
      associations: numbered(30, (index) => ({ namespace: 'n', serviceAccount: `s-${index}`, roleArn: 'r' })),
    },
  ],
})

let server: AwsServer
const secrets = {
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  sessionToken: 'FwoGZXIvYXdzEBYaDEXAMPLE',
}
const kept: (EKSClient | IAMClient)[] = []

beforeAll(async () => {
  server = await startAwsServer({ accounts: [small, large, other] })
})
beforeEach(() => server.reset())
afterAll(async () => {
  for (const client of kept) client.destroy()
  await server.close()
})

interface Attempts {
  readonly maxAttempts?: number
  readonly at?: AwsServer
}

/** Clients that do not try again unless told, and then without a wait. */
function clientsOf(
  { account }: { readonly account: string },
  { maxAttempts = 1, at = server }: Attempts = {},
) {
  const made = {
    endpoint: at.endpoint,
    credentials: { ...at.credentials(account), ...secrets },
    retryStrategy: impatient(maxAttempts),
  }
  const keep = <Client extends EKSClient | IAMClient>(client: Client): Client => {
    kept.push(client)
    return client
  }
  const ofRegions = new Map<string, EKSClient>()
  const eks = (region: string): EKSClient => {
    const client = ofRegions.get(region) ?? keep(new EKSClient({ ...made, region }))
    ofRegions.set(region, client)
    return client
  }
  return { iam: keep(new IAMClient({ ...made, region: 'us-east-1' })), eks }
}

function impatient(attempts: number) {
  const token = (count: number) => ({ getRetryCount: () => count, getRetryDelay: () => 0 })
  return {
    mode: 'standard',
    acquireInitialRetryToken: () => Promise.resolve(token(0)),
    refreshRetryTokenForRetry: (before: { getRetryCount(): number }) =>
      before.getRetryCount() + 1 < attempts
        ? Promise.resolve(token(before.getRetryCount() + 1))
        : Promise.reject(new Error('no more attempts')),
    recordSuccess: () => undefined,
  }
}

const collect = (
  account: { readonly account: string },
  options: CollectOptions = {},
): Promise<AccountRecord> => collectAwsAccount(clientsOf(account), options)

const callsOf = (misses: readonly MissRecord[]): string[] => misses.map(({ call }) => call).toSorted()

describe('an account that may be read', () => {
  test.each([
    ['small', small],
    ['large', large],
  ])('the %s one is told whole, in the fewest calls', async (_, account) => {
    expect(await collect(account)).toEqual(recordOf(account))
    expect(server.requests.length).toBe(fewestCalls(account))
  })

  test('without roles nothing asks for them, and pages of roles come by themselves', async () => {
    const { roles, ...rest } = recordOf(large)
    expect(await collect(large, { roles: false })).toEqual(rest)
    expect(server.count('iam:GetAccountAuthorizationDetails')).toBe(0)

    const misses: MissRecord[] = []
    const pages: (readonly RoleRecord[])[] = []
    const { iam } = clientsOf(large)
    for await (const page of awsRolePages(iam, { onMiss: (miss) => misses.push(miss) })) pages.push(page)
    expect(pages.map((page) => page.length)).toEqual([1000, 1000, 100])
    expect(pages.flat()).toEqual(roles?.items)
    expect(misses).toEqual([])
  })

  test('an account without anything is told from nothing but its lists', async () => {
    const bare = await startAwsServer({ accounts: [makeAccount({})] })
    const record = await collectAwsAccount(clientsOf({ account: '111122223333' }, { at: bare }))
    await bare.close()
    const none = { items: [], isWhole: true }
    expect(record).toEqual({ roles: none, providers: none, trustPolicyQuota: 2048, regions: [], misses: [] })
  })
})

describe('Regions', () => {
  const empty = { items: [], isWhole: true }

  test('those that are told are looked at and no others', async () => {
    const { regions } = await collect(large, { regions: ['us-east-1', 'eu-north-1'] })
    expect(regions).toEqual([
      { region: 'eu-north-1', clusters: empty },
      recordOf(large).regions.find(({ region }) => region === 'us-east-1'),
    ])
  })

  test('the default one is looked at besides those of the providers', async () => {
    const { regions } = await collect(small, { defaultRegion: 'ap-south-2' })
    expect(regions).toEqual([{ region: 'ap-south-2', clusters: empty }, ...recordOf(small).regions])
  })

  test.each([
    ['aws', 'oidc.eks.eu-west-3.amazonaws.com', 'eu-west-3'],
    ['aws', 'oidc-eks.eu-west-3.api.aws', 'eu-west-3'],
    ['aws-cn', 'oidc.eks.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
    ['aws-us-gov', 'oidc.eks.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
    ['aws-eusc', 'oidc-eks.eusc-de-east-1.api.amazonwebservices.eu', 'eusc-de-east-1'],
  ])('in %s the issuer on %s names %s', async (partition, host, region) => {
    const providers = [{ Url: `${host}/id/ABC` }, { Url: 'gitlab.com' }, { Url: 'oidc.eks.EVIL@x/id/ABC' }]
    const fake = await startAwsServer({ accounts: [makeAccount({ partition, providers })] })
    const record = await collectAwsAccount(clientsOf({ account: '111122223333' }, { at: fake }))
    await fake.close()
    expect(record).toMatchObject({
      account: '111122223333',
      partition,
      regions: [{ region, clusters: empty }],
    })
  })

  test('all of them are those of the partition', async () => {
    const fake = await startAwsServer({
      accounts: [makeAccount({ partition: 'aws-cn', providers: [{ Url: 'gitlab.com' }] })],
    })
    const record = await collectAwsAccount(clientsOf({ account: '111122223333' }, { at: fake }), {
      allRegions: true,
    })
    await fake.close()
    expect(record.regions.map(({ region }) => region)).toEqual(['cn-north-1', 'cn-northwest-1'])
  })

  test('one that is not enabled for the account is a miss, and says what may be the reason', async () => {
    const fake = await startAwsServer({ accounts: [makeAccount({ disabledRegions: ['me-south-1'] })] })
    const record = await collectAwsAccount(clientsOf({ account: '111122223333' }, { at: fake }), {
      regions: ['me-south-1', 'us-east-1'],
    })
    await fake.close()
    expect(record.regions).toEqual([{ region: 'me-south-1' }, { region: 'us-east-1', clusters: empty }])
    expect(record.misses).toEqual([
      {
        call: 'eks:ListClusters',
        outcome: 'failed',
        region: 'me-south-1',
        message: expect.stringContaining('the Region may not be enabled for the account'),
      },
    ])
  })

  test('one client looks at its own, and says of others that it does not', async () => {
    const { iam, eks } = clientsOf(large)
    const record = await collectAwsAccount({ iam, eks: eks('eu-west-1') })
    const own = recordOf(large).regions.find(({ region }) => region === 'eu-west-1')
    expect(record.regions).toEqual([own, { region: 'sa-east-1' }, { region: 'us-east-1' }])
    expect(record.misses.map(({ region, outcome }) => [region, outcome])).toEqual([
      ['sa-east-1', 'skipped'],
      ['us-east-1', 'skipped'],
    ])
  })
})

/** Every permission that is used, and the part of a cluster that it is for. */
const lists = {
  'eks:ListPodIdentityAssociations': 'associations',
  'eks:ListAddons': 'addons',
  'eks:ListNodegroups': 'nodegroups',
  'eks:ListFargateProfiles': 'fargateProfiles',
  'eks:ListAccessEntries': 'accessEntries',
  'eks:ListCapabilities': 'capabilities',
} as const
const describes = {
  'eks:DescribePodIdentityAssociation': [
    'associations',
    'associationArn associationId namespace serviceAccount',
  ],
  'eks:DescribeAddon': ['addons', 'addonName'],
  'eks:DescribeNodegroup': ['nodegroups', 'nodegroupName'],
  'eks:DescribeFargateProfile': ['fargateProfiles', 'fargateProfileName'],
  'eks:DescribeAccessEntry': ['accessEntries', 'principalArn accessPolicies'],
  'eks:DescribeCapability': ['capabilities', 'capabilityName type'],
} as const
const permissions = [
  'iam:GetAccountAuthorizationDetails',
  'iam:ListRoles',
  'iam:ListOpenIDConnectProviders',
  'iam:GetOpenIDConnectProvider',
  'iam:GetAccountSummary',
  'eks:ListClusters',
  'eks:DescribeCluster',
  ...Object.keys(lists),
  ...Object.keys(describes),
  'eks:ListAssociatedAccessPolicies',
]

type Members = Readonly<Record<string, unknown>>
const picked = (item: object, members: string): object =>
  Object.fromEntries(Object.entries(item).filter(([member]) => members.split(' ').includes(member)))
const dropped = (item: object, ...members: readonly string[]): object =>
  Object.fromEntries(Object.entries(item).filter(([member]) => !members.includes(member)))

/** The record of an account with one cluster, less what the calls would have told. */
function without(record: AccountRecord, gone: ReadonlySet<string>): object {
  let known: object = record
  if (gone.has('iam:GetAccountAuthorizationDetails')) {
    const roles = { items: record.roles?.items.map(listedRole), isWhole: true }
    known = gone.has('iam:ListRoles') ? dropped(known, 'roles') : { ...known, roles }
  }
  if (gone.has('iam:GetOpenIDConnectProvider')) {
    known = {
      ...known,
      providers: { items: record.providers?.items.map(({ Arn }) => ({ Arn })), isWhole: true },
    }
  }
  if (gone.has('iam:ListOpenIDConnectProviders')) known = dropped(known, 'providers')
  if (gone.has('iam:GetAccountSummary')) known = dropped(known, 'trustPolicyQuota')

  const [{ region, clusters } = { region: '' }] = record.regions
  let cluster: object = clusters?.items[0] as ClusterRecord
  for (const [call, [part, told]] of Object.entries(describes)) {
    if (!gone.has(call)) continue
    const { items } = (cluster as Record<string, Listed<object>>)[part] as Listed<object>
    cluster = { ...cluster, [part]: { items: items.map((item) => picked(item, told)), isWhole: true } }
  }
  if (gone.has('eks:ListAssociatedAccessPolicies')) {
    const { items } = (cluster as Members)['accessEntries'] as Listed<object>
    cluster = {
      ...cluster,
      accessEntries: { items: items.map((item) => dropped(item, 'accessPolicies')), isWhole: true },
    }
  }
  for (const [call, part] of Object.entries(lists)) if (gone.has(call)) cluster = dropped(cluster, part)
  if (gone.has('eks:DescribeCluster')) cluster = dropped(cluster, 'cluster')
  const read = gone.has('eks:ListClusters')
    ? { region }
    : { region, clusters: { items: [cluster], isWhole: true } }

  const tellsAccount =
    'providers' in known || 'roles' in known || (gone.has('eks:ListClusters') ? false : 'cluster' in cluster)
  known = tellsAccount ? known : dropped(known, 'account', 'partition')
  return dropped({ ...known, regions: [read] }, 'misses')
}

/** Which of the calls are made at all, so that they can fail. */
function asked(gone: ReadonlySet<string>): string[] {
  const hasClusters = !gone.has('eks:ListClusters')
  const listOf = (part: string): string => Object.entries(lists).find(([, one]) => one === part)?.[0] ?? ''
  return [...gone]
    .filter((call) => {
      if (call === 'iam:ListRoles') return gone.has('iam:GetAccountAuthorizationDetails')
      if (call === 'iam:GetOpenIDConnectProvider') return !gone.has('iam:ListOpenIDConnectProviders')
      if (call.startsWith('iam:') || call === 'eks:ListClusters') return true
      if (call === 'eks:ListAssociatedAccessPolicies')
        return hasClusters && !gone.has('eks:ListAccessEntries')
      const described = (describes as Record<string, readonly string[]>)[call]
      return hasClusters && (described === undefined || !gone.has(listOf(described[0] ?? '')))
    })
    .toSorted()
}

/** The Region is told, so that it does not depend on the providers. */
const there = { defaultRegion: 'eu-west-1' }

describe('without a permission', () => {
  test.each(permissions)(
    '%s, alone and with any other: the misses name it, and all else is there',
    async (one) => {
      const record = recordOf(small)
      const clients = clientsOf(small)
      for (const two of permissions.slice(permissions.indexOf(one))) {
        const denied = [...new Set([one, two])]
        server.reset()
        for (const action of denied) server.deny(action)
        const { misses, ...known } = await collectAwsAccount(clients, there)
        const gone = new Set(denied)
        expect([denied, known]).toEqual([denied, without(record, gone)])
        expect([denied, callsOf(misses)]).toEqual([denied, asked(gone)])
        expect(
          misses.filter(({ outcome, message, call }) => outcome !== 'denied' || !message.includes(call)),
        ).toEqual([])
      }
    },
  )

  test('the end of a denial says which policy denies, and that of the first call what the second does not tell', async () => {
    server.deny('iam:GetAccountAuthorizationDetails', {
      because: 'with an explicit deny in a service control policy',
    })
    const { misses } = await collect(small)
    expect(misses.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /is not authorized .* with an explicit deny in a service control policy; the roles come from iam:ListRoles, without their policies/,
      ),
    ])
  })

  test('one cluster that is closed does not close the others, and a part names its cluster', async () => {
    server.deny('eks:ListAddons', { resource: /cluster\/c-7$/ })
    server.deny('eks:DescribeCluster', { resource: /cluster\/c-8$/ })
    const { misses, regions } = await collect(large)
    const expected = recordOf(large).regions
    const clusters = (name: string) => (all: typeof regions) =>
      all.flatMap((one) => one.clusters?.items ?? []).filter((one) => one.name === name)
    const others = (all: typeof regions) =>
      all.flatMap((one) => one.clusters?.items ?? []).filter(({ name }) => name !== 'c-7' && name !== 'c-8')
    expect(others(regions)).toEqual(others(expected))
    expect(clusters('c-8')(regions)).toEqual(clusters('c-8')(expected).map((one) => dropped(one, 'cluster')))
    expect(misses.map(({ call, region, cluster }) => [call, region, cluster])).toEqual([
      ['eks:ListAddons', 'sa-east-1', 'arn:aws:eks:sa-east-1:444455556666:cluster/c-7'],
      ['eks:DescribeCluster', 'sa-east-1', 'c-8'],
    ])
  })

  test('many refusals of one cluster are one miss; all were asked, and those that were allowed are there', async () => {
    server.deny('eks:DescribePodIdentityAssociation', { after: 2, times: 20 })
    const { misses, regions } = await collect(other)
    const associations = regions[0]?.clusters?.items[0]?.associations?.items ?? []
    expect(server.count('eks:DescribePodIdentityAssociation')).toBe(30)
    expect(associations.length).toBe(30)
    expect(associations.filter(({ roleArn }) => roleArn === undefined).length).toBe(20)
    expect(misses).toEqual([
      {
        call: 'eks:DescribePodIdentityAssociation',
        outcome: 'denied',
        region: 'eu-west-1',
        cluster: 'arn:aws:eks:eu-west-1:777788889999:cluster/a',
        message: expect.stringMatching(/^User: .* \(and 19 more like it\)$/),
      },
    ])
  })
})

/** Whatever is asked of the small account, once each. */
const calls = permissions.filter((call) => call !== 'iam:ListRoles')
const pagedCalls = ['iam:GetAccountAuthorizationDetails', 'eks:ListClusters', ...Object.keys(lists)]

describe('when a call goes wrong', () => {
  const outcomes = {
    throttle: 'throttled',
    'server-error': 'failed',
    reset: 'failed',
    html: 'failed',
    truncated: 'failed',
    cut: 'failed',
    'empty-body': 'failed',
    'wrong-protocol': 'denied',
  } as const

  test.each(Object.entries(outcomes))(
    '%s is %s, whichever call it is, and all else is there',
    async (kind, outcome) => {
      const record = recordOf(small)
      const clients = clientsOf(small)
      for (const call of calls) {
        server.reset()
        server.fault(call, kind as keyof typeof outcomes)
        const { misses, ...known } = await collectAwsAccount(clients, there)
        expect([call, known]).toEqual([call, without(record, new Set([call]))])
        expect([call, misses.map((miss) => [miss.call, miss.outcome])]).toEqual([call, [[call, outcome]]])
        expect(misses.map(({ message }) => message).join()).not.toMatch(/[\n\r<]|Deserialization/)
      }
    },
  )

  test('an answer of another shape is a miss, and all else is there', async () => {
    const record = recordOf(small)
    const clients = clientsOf(small)
    // The SDK makes lists of IAM's XML whatever it says, and a provider need not have client IDs.
    const bent = [
      ...calls.filter((call) => call.startsWith('eks:')).map((call) => [call, 'wrong-type'] as const),
      ...calls
        .filter((call) => call !== 'iam:GetOpenIDConnectProvider')
        .map((call) => [call, 'missing-member'] as const),
    ]
    for (const [call, kind] of bent) {
      server.reset()
      server.fault(call, kind)
      const { misses, ...known } = await collectAwsAccount(clients, there)
      expect([call, kind, known]).toEqual([call, kind, without(record, new Set([call]))])
      expect(misses).toEqual([
        expect.objectContaining({ call, outcome: 'failed', message: expect.stringMatching(/^the answer /) }),
      ])
    }
  })
})
