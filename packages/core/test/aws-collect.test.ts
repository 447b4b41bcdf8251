/** The collector of an account, with the SDK's own clients against a server that stands in for AWS. */
import { EKSClient } from '@aws-sdk/client-eks'
import { IAMClient } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'

import { makeAccount } from '../../../test/aws-server/account.mjs'
import { startAwsServer } from '../../../test/aws-server/server.mjs'
import type { AwsServer } from '../../../test/aws-server/server.mjs'
import {
  type AwsClients,
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

jest.setTimeout(60_000)
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
  ],
})
const crowded = makeAccount({
  account: '222233334444',
  clusters: numbered(102, (index) => ({ region: 'sa-east-1', name: `c-${index}` })),
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
  server = await startAwsServer({ accounts: [small, large, crowded, other] })
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
    ['crowded', crowded],
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

  test('all were looked at only where it is known which there are', async () => {
    const china = makeAccount({ partition: 'aws-cn', providers: [{ Url: 'gitlab.com' }] })
    const island = makeAccount({ partition: 'aws-island', providers: [{ Url: 'gitlab.com' }] })
    const options = { allRegions: true, defaultRegion: 'xx-west-1' }
    for (const [account, isAll, chosen] of [
      [china, true, {}],
      [china, true, { regions: ['cn-north-1'] }],
      [island, undefined, {}],
    ] as const) {
      const fake = await startAwsServer({ accounts: [account] })
      const { hasAllRegions, regions } = await collectAwsAccount(
        clientsOf({ account: '111122223333' }, { at: fake }),
        { ...options, ...chosen },
      )
      await fake.close()
      expect([hasAllRegions, regions.length > 0]).toEqual([isAll, true])
    }
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

  test('one for which there is no client is a miss', async () => {
    const { iam, eks } = clientsOf(small)
    const none = (): never => {
      throw new Error('no credentials for it')
    }
    const unplaced = new EKSClient({ region: () => Promise.reject<string>(new Error('Region is missing')) })
    kept.push(unplaced)
    for (const clients of [
      { iam, eks: none },
      { iam, eks: unplaced },
    ]) {
      const { misses, ...known } = await collectAwsAccount(clients)
      expect(known).toEqual(without(recordOf(small), new Set(['eks:ListClusters'])))
      expect(misses).toMatchObject([
        {
          call: 'eks:ListClusters',
          outcome: 'skipped',
          message: 'not asked: there is no client for this Region',
        },
      ])
    }
    expect((await collectAwsAccount({ iam, eks })).misses).toEqual([])
  })

  test('one client looks at its own, and says of others that it does not', async () => {
    const { iam, eks } = clientsOf(large)
    const record = await collectAwsAccount({ iam, eks: eks('eu-west-1') })
    const own = recordOf(large).regions.find(({ region }) => region === 'eu-west-1')
    expect(record.regions).toEqual([own, { region: 'us-east-1' }])
    expect(record.misses.map(({ region, outcome }) => [region, outcome])).toEqual([['us-east-1', 'skipped']])
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
    const { misses, regions } = await collect(crowded)
    const expected = recordOf(crowded).regions
    const clusters = (name: string) => (all: typeof regions) =>
      all.flatMap((one) => one.clusters?.items ?? []).filter((one) => one.name === name)
    const others = (all: typeof regions) =>
      all.flatMap((one) => one.clusters?.items ?? []).filter(({ name }) => name !== 'c-7' && name !== 'c-8')
    expect(others(regions)).toEqual(others(expected))
    expect(clusters('c-8')(regions)).toEqual(clusters('c-8')(expected).map((one) => dropped(one, 'cluster')))
    expect(misses.map(({ call, region, cluster }) => [call, region, cluster])).toEqual([
      ['eks:ListAddons', 'sa-east-1', 'arn:aws:eks:sa-east-1:222233334444:cluster/c-7'],
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

  test('a list that runs in circles ends, and what it gave before is there', async () => {
    const clients = clientsOf(other)
    const record = recordOf(other)
    for (const call of Object.keys(lists).concat('eks:ListClusters')) {
      server.reset()
      server.fault(call, 'repeat-marker')
      const { misses, ...known } = await collectAwsAccount(clients, there)
      expect([call, asWhole(known)]).toEqual([call, dropped(record, 'misses')])
      expect(known).not.toEqual(dropped(record, 'misses'))
      expect(misses).toMatchObject([
        { call, outcome: 'failed', message: 'the answer repeats an earlier page marker' },
      ])
      expect(server.count(call)).toBe(2)
    }
  })

  test('pages without anything are gone through, and an end is put to them', async () => {
    server.fault('eks:ListAddons', 'empty-page', { times: 3 })
    server.fault('iam:GetAccountAuthorizationDetails', 'empty-page', { times: 2 })
    expect(await collect(small)).toEqual(recordOf(small))

    for (const call of pagedCalls) {
      server.reset()
      server.fault(call, 'empty-page')
      const { misses } = await collect(small)
      expect([call, misses]).toMatchObject([call, [{ call, outcome: 'failed' }]])
      expect(misses[0]?.message).toMatch(/^the answer is one of 50 empty pages in a row/)
      expect(server.count(call)).toBe(50)
    }
  })

  test('a later page of a list that fails leaves the earlier ones', async () => {
    server.fault('eks:ListPodIdentityAssociations', 'reset', { after: 2, resource: /prod/ })
    const { regions, misses } = await collect(large, { regions: ['eu-west-1'], roles: false })
    const { items = [], isWhole } = regions[0]?.clusters?.items[0]?.associations ?? {}
    const expected = recordOf(large).regions[0]?.clusters?.items[0]?.associations?.items
    expect([items, isWhole]).toEqual([expected?.slice(0, 200), false])
    expect(callsOf(misses)).toEqual(['eks:ListPodIdentityAssociations'])
  })

  test('roles of which some pages tell all are completed by those that tell less', async () => {
    server.fault('iam:GetAccountAuthorizationDetails', 'server-error', { after: 2 })
    const { roles, misses } = await collect(large, { regions: [] })
    const all = recordOf(large).roles?.items ?? []
    expect(roles).toEqual({
      items: [...all.slice(0, 2000), ...all.slice(2000).map(listedRole)],
      isWhole: true,
    })
    expect(callsOf(misses)).toEqual(['iam:GetAccountAuthorizationDetails'])
    expect(server.count('iam:ListRoles')).toBe(3)

    server.fault('iam:ListRoles', 'reset', { after: 1 })
    const partly = await collect(large, { regions: [] })
    expect(partly.roles).toEqual({ items: all.slice(0, 1000).map(listedRole), isWhole: false })
    expect(callsOf(partly.misses)).toEqual(['iam:GetAccountAuthorizationDetails', 'iam:ListRoles'])
  })

  test('pages of roles come from the other call too, and say so before they end', async () => {
    const all = recordOf(large).roles?.items ?? []
    const { iam } = clientsOf(large)
    const misses: MissRecord[] = []
    const read = async (options: CollectOptions): Promise<number[]> => {
      const lengths = []
      for await (const page of awsRolePages(iam, { ...options, onMiss: (miss) => misses.push(miss) })) {
        expect(all).toEqual(expect.arrayContaining([expect.objectContaining(listedRole(page[0] ?? {}))]))
        lengths.push(page.length)
      }
      return lengths
    }
    server.fault('iam:GetAccountAuthorizationDetails', 'reset', { after: 1 })
    expect(await read({})).toEqual([1000, 0, 1000, 100])
    expect(callsOf(misses)).toEqual(['iam:GetAccountAuthorizationDetails'])

    misses.length = 0
    server.deny('iam:*')
    expect(await read({})).toEqual([])
    expect(callsOf(misses)).toEqual(['iam:GetAccountAuthorizationDetails', 'iam:ListRoles'])

    misses.length = 0
    expect(await read({ signal: AbortSignal.abort() })).toEqual([])
    expect(misses).toMatchObject([{ call: 'iam:GetAccountAuthorizationDetails', outcome: 'skipped' }])
  })

  test('no roles where the account counts some are not read, and not none', async () => {
    server.fault('iam:GetAccountAuthorizationDetails', 'wrong-type')
    const { roles, misses } = await collect(small)
    expect(roles).toBeUndefined()
    expect(misses).toMatchObject([
      {
        call: 'iam:GetAccountAuthorizationDetails',
        outcome: 'failed',
        message: expect.stringMatching(
          /^the answer has no role in it, and iam:GetAccountSummary counts [1-9]\d*$/,
        ),
      },
    ])
    const none = makeAccount({ providers: [{ Url: 'gitlab.com' }] })
    const fake = await startAwsServer({ accounts: [none] })
    const bare = await collectAwsAccount(clientsOf({ account: '111122223333' }, { at: fake }))
    await fake.close()
    expect([bare.roles, bare.misses]).toEqual([{ items: [], isWhole: true }, []])
  })

  test('items without a name are a miss, and the others are there', async () => {
    const clients = clientsOf(other)
    const bent = bend(clients, {
      ListClustersCommand: (answer) => ({ ...answer, clusters: ['', 7, 'a'] }),
      ListAddonsCommand: (answer) => ({ ...answer, addons: [null, 'vpc-cni', 'vpc-cni'] }),
      ListOpenIDConnectProvidersCommand: (answer) => ({
        OpenIDConnectProviderList: [{}, ...(answer['OpenIDConnectProviderList'] as object[])],
      }),
      GetAccountAuthorizationDetailsCommand: () => ({ RoleDetailList: [{ Path: '/' }, { RoleName: 'r' }] }),
    })
    const { misses, ...known } = await collectAwsAccount(bent)
    const record = recordOf(other)
    expect(asWhole({ ...known, roles: { items: [], isWhole: true } })).toEqual(dropped(record, 'misses'))
    expect(known.roles).toEqual({ items: [{ RoleName: 'r' }], isWhole: false })
    expect(known.providers?.isWhole).toBe(false)
    expect(known.regions[0]?.clusters?.isWhole).toBe(false)
    expect(known.regions[0]?.clusters?.items[0]?.addons?.isWhole).toBe(false)
    expect(misses.map(({ call, message }) => [call, message])).toEqual([
      ['iam:GetAccountAuthorizationDetails', 'the answer has a role without an ARN and a name'],
      ['iam:ListOpenIDConnectProviders', 'the answer has a provider without an ARN'],
      ['eks:ListClusters', 'the answer has a cluster without a name (and 1 more like it)'],
      ['eks:ListAddons', 'the answer has an item without a name'],
    ])
  })

  test('what was deleted since it was listed is no miss', async () => {
    const gone = (): never => {
      throw serviceError('ResourceNotFoundException', 404, 'No such thing')
    }
    const missing = (): never => {
      throw serviceError('NoSuchEntityException', 404, 'No such thing')
    }
    const clients = clientsOf(small)
    const record = recordOf(small)
    const emptied = (part: string): object => ({
      ...record.regions[0]?.clusters?.items[0],
      [part]: { items: [], isWhole: true },
    })
    for (const [call, [part]] of [
      ...Object.entries(describes),
      ['eks:ListAssociatedAccessPolicies', ['accessEntries']] as const,
    ]) {
      const { misses, regions } = await collectAwsAccount(
        bend(clients, { [`${call.slice(4)}Command`]: gone }),
      )
      expect([call, misses, regions[0]?.clusters?.items]).toEqual([call, [], [emptied(part ?? '')]])
    }
    const provider = await collectAwsAccount(bend(clients, { GetOpenIDConnectProviderCommand: missing }))
    expect(provider).toEqual({ ...record, providers: { items: [], isWhole: true } })

    const none = [{ region: 'eu-west-1', clusters: { items: [], isWhole: true } }]
    expect(await collectAwsAccount(bend(clients, { DescribeClusterCommand: gone }))).toEqual({
      ...record,
      regions: none,
    })
    // Deleted after it was described: its lists say so, and it is asked about once more.
    let described = 0
    const deleted = bend(clients, {
      DescribeClusterCommand: (answer) => (described++ === 0 ? answer : gone()),
      ListAddonsCommand: gone,
    })
    expect(await collectAwsAccount(deleted)).toEqual({ ...record, regions: none })
    // One list says so and the cluster is there: then it is a miss.
    const odd = await collectAwsAccount(bend(clients, { ListAddonsCommand: gone }))
    expect(callsOf(odd.misses)).toEqual(['eks:ListAddons'])
    expect(dropped(odd, 'misses')).toEqual(without(record, new Set(['eks:ListAddons'])))
  })

  test('a call that the endpoint does not know is a miss with a sentence', async () => {
    const unknown = (): never => {
      throw serviceError('UnknownOperationException', 404, 'Unknown')
    }
    const { misses } = await collectAwsAccount(bend(clientsOf(small), { ListCapabilitiesCommand: unknown }))
    expect(misses).toMatchObject([
      { call: 'eks:ListCapabilities', outcome: 'failed', message: 'the endpoint does not know this call' },
    ])
    server.fault('eks:ListCapabilities', 'html', { status: 404 })
    const page = await collect(small)
    expect(page.misses).toMatchObject([
      { outcome: 'failed', message: expect.stringMatching(/^HTTP 404, .* may not know this call$/) },
    ])
  })

  test('nothing that could hold credentials is written down', async () => {
    const told = `Credential=AKIAIOSFODNN7EXAMPLE/20261121 x-amz-security-token:${secrets.sessionToken} ${secrets.secretAccessKey}`
    const errors = [
      ['SignatureDoesNotMatch', `The Canonical String for this request should have been 'POST ${told}'`],
      [
        'IncompleteSignature',
        `not a valid key=value pair in Authorization header: 'AWS4-HMAC-SHA256 ${told}'`,
      ],
      ['AccessDenied', `you said ${told}`],
      ['ValidationError', `AWS4-HMAC-SHA256 ${told}`],
      ['InvalidClientTokenId', 'AKIAIOSFODNN7EXAMPLE is unknown'],
      ['AccessDenied', 'AKIAIOSFODNN7EXAMPLE may not'],
      ['ServiceFailure', `token ${secrets.sessionToken.repeat(12)}`],
    ] as const
    for (const [name, message] of errors) {
      const fail = (): never => {
        const error = { $response: { headers: told }, Authorization: told }
        throw Object.defineProperties(
          serviceError(name, 403, message),
          Object.getOwnPropertyDescriptors(error),
        )
      }
      const every = new Proxy({}, { get: () => fail }) as Bends
      const record = await collectAwsAccount(bend(clientsOf(small), every), there)
      expect(record.misses.length).toBeGreaterThan(3)
      expect(JSON.stringify(record)).not.toMatch(/AKIAIOSFODNN7EXAMPLE|FwoGZXIv|wJalrXUt/)
    }
  })

  test('a message is one line, and keeps its end where it is long', async () => {
    const end = 'with an explicit deny in a resource control policy'
    server.deny('iam:GetAccountSummary', { because: `\n${'very '.repeat(400)}\r\n${end}` })
    const [{ message } = { message: '' }] = (await collect(small)).misses
    expect(message.length).toBe(1000)
    expect(message).toMatch(new RegExp(`^User: arn:aws:sts::111122223333:.* ${end}$`))
  })
})

describe('a run that ends early', () => {
  test('a call without an answer does not hold up the others', async () => {
    const groups = [
      ['iam:GetAccountAuthorizationDetails', 'eks:DescribeCluster'],
      ['iam:GetOpenIDConnectProvider', 'iam:GetAccountSummary', ...Object.keys(describes)],
      Object.keys(lists),
      ['iam:ListOpenIDConnectProviders', 'eks:ListClusters'],
    ]
    const runs = groups.map(async (hung) => {
      const slow = await startAwsServer({ accounts: [small] })
      for (const call of hung) slow.fault(call, 'hang')
      const record = await collectAwsAccount(clientsOf(small, { at: slow }), {
        ...there,
        requestTimeout: 3000,
      })
      await slow.close()
      return record
    })
    for (const [index, { misses, ...known }] of (await Promise.all(runs)).entries()) {
      const gone = new Set(groups[index])
      expect(known).toEqual(without(recordOf(small), gone))
      expect(callsOf(misses)).toEqual(asked(gone))
      expect(
        misses.filter(
          ({ outcome, message }) =>
            outcome !== 'timed-out' || !message.startsWith('no answer within 3000 ms'),
        ),
      ).toEqual([])
    }
  })

  test('an abort ends it at once, with what is known by then', async () => {
    server.fault('eks:DescribePodIdentityAssociation', 'hang', { after: 5 })
    server.fault('eks:DescribeAddon', 'hang')
    const controller = new AbortController()
    const record = await collect(other, {
      signal: controller.signal,
      onProgress: (event) => {
        if (event.kind === 'cluster' && event.part === 'associations' && event.done === 5) controller.abort()
      },
    })
    const { associations } = record.regions[0]?.clusters?.items[0] ?? {}
    expect(associations?.items.filter(({ roleArn }) => roleArn !== undefined).length).toBe(5)
    expect(associations?.items.length).toBe(30)
    expect(record.misses.length).toBeGreaterThan(0)
    expect(record.misses.filter(({ outcome }) => outcome !== 'skipped')).toEqual([])
    expect(record.misses).toContainEqual(
      expect.objectContaining({
        call: 'eks:DescribePodIdentityAssociation',
        message: expect.stringMatching(/^not asked: the run was ended/),
      }),
    )
  })

  test('one that was aborted, or whose deadline has passed, before it began asks nothing', async () => {
    const ends = [
      [{ signal: AbortSignal.abort() }, 'not asked: the run was ended'],
      [{ deadline: new Date(5), now: () => 5 }, 'not asked: the deadline of the run has passed'],
    ] as const
    for (const [options, message] of ends) {
      expect(await collect(small, { ...options, ...there })).toEqual({
        regions: [{ region: 'eu-west-1' }],
        misses: [
          'iam:GetAccountAuthorizationDetails',
          'iam:GetAccountSummary',
          'iam:ListOpenIDConnectProviders',
          'eks:ListClusters',
        ].map((call) => ({
          call,
          outcome: 'skipped',
          message,
          ...(call === 'eks:ListClusters' ? { region: 'eu-west-1' } : {}),
        })),
      })
    }
    expect(server.requests).toEqual([])
  })

  test('at the deadline what is under way has timed out, and what is left is not asked', async () => {
    server.fault('eks:DescribePodIdentityAssociation', 'hang')
    const { misses, regions } = await collect(other, { deadline: Date.now() + 2500 })
    expect(regions[0]?.clusters?.items[0]?.associations?.items.length).toBe(30)
    const outcomes = misses.filter(({ call }) => call === 'eks:DescribePodIdentityAssociation')
    expect(outcomes.map(({ outcome, message }) => [outcome, message])).toEqual([
      ['skipped', 'not asked: the deadline of the run has passed (and 24 more like it)'],
      ['timed-out', 'no answer before the deadline of the run (and 4 more like it)'],
    ])
  })

  test.each([
    ['iam:ListOpenIDConnectProviders', crowded],
    ['eks:DescribeCluster', crowded],
    ['eks:DescribePodIdentityAssociation', large],
  ])('after expired credentials at %s nothing else is asked', async (call, account) => {
    server.fault(call, 'expired-token')
    const { misses } = await collect(account)
    expect(misses).toContainEqual(
      expect.objectContaining({
        call,
        outcome: 'failed',
        message: expect.stringMatching(/^the credentials have expired/),
      }),
    )
    expect(
      misses.filter(
        ({ outcome, message }) =>
          outcome === 'skipped' && !message.startsWith('not asked: the credentials have expired'),
      ),
    ).toEqual([])
    expect(server.count(call)).toBeLessThanOrEqual(5)
  })

  test('what the progress callback throws is thrown', async () => {
    const run = collect(small, {
      onProgress: () => {
        throw new RangeError('mine')
      },
    })
    await expect(run).rejects.toThrow(new RangeError('mine'))
  })
})

describe('limits', () => {
  test.each([
    [{}, 4, 5],
    [{ concurrency: { iam: 2, eks: 3 } }, 2, 3],
    [{ concurrency: { iam: 0, eks: 1 } }, 1, 1],
  ])('with %j as many calls are under way as may be, and no more', async (options, iam, eks) => {
    const wide = makeAccount({
      providers: numbered(8, (index) => ({ Url: `oidc.eks.eu-west-${index}.amazonaws.com/id/A` })),
      clusters: numbered(6, (index) => ({ region: `eu-west-${index}`, name: 'a', ...parts })),
    })
    const slow = await startAwsServer({ accounts: [wide], latency: 15 })
    const { misses } = await collectAwsAccount(clientsOf(wide, { at: slow }), options)
    await slow.close()
    expect(misses).toEqual([])
    expect([slow.peak({ service: 'iam' }), slow.peak({ service: 'eks' })]).toEqual([iam, eks])
  })

  test('no place is idle while there is work: the steps are at most a tenth more than the least', async () => {
    const [clusters, associations] = [40, 50]
    let waiting: (() => void)[] = []
    let sent = 0
    const answers: Bends = {
      ListClustersCommand: () => ({ clusters: numbered(clusters, String) }),
      DescribeClusterCommand: () => ({
        cluster: { arn: 'arn:aws:eks:r:111122223333:cluster/c', status: 'ACTIVE' },
      }),
      ListPodIdentityAssociationsCommand: () => ({
        associations: numbered(associations, (one) => ({ associationId: `${one}` })),
      }),
      DescribePodIdentityAssociationCommand: () => ({ association: { roleArn: 'r' } }),
    }
    const noted = new Proxy(
      {},
      {
        get: (_, name: string) => () =>
          answers[name]?.({}, {}) ?? {
            addons: [],
            nodegroups: [],
            fargateProfileNames: [],
            accessEntries: [],
            capabilities: [],
          },
      },
    ) as Bends
    const stepped = {
      send: async (command: object) => {
        sent++
        await new Promise<void>((resolve) => void waiting.push(resolve))
        return noted[command.constructor.name]?.({}, {})
      },
    }
    const iam = { send: () => Promise.resolve({}) }
    let steps = 0
    const end = { isReached: false }
    const run = collectAwsAccount({ iam, eks: () => stepped } as unknown as AwsClients, {
      regions: ['r'],
    }).finally(() => {
      end.isReached = true
    })
    // Each step answers all calls that are under way, as if they took equally long.
    while (!end.isReached) {
      await new Promise((resolve) => setImmediate(resolve))
      const now = waiting
      waiting = []
      if (now.length > 0) steps++
      expect(now.length).toBeLessThanOrEqual(5)
      for (const answer of now) answer()
    }
    const { regions } = await run
    expect(regions[0]?.clusters?.items.flatMap((one) => one.associations?.items ?? []).length).toBe(
      clusters * associations,
    )
    expect(sent).toBe(1 + clusters * (1 + 6 + associations))
    expect(steps).toBeLessThan((sent / 5) * 1.1)
  })

  test('progress tells what is read, and when AWS makes a call wait', async () => {
    server.fault('eks:DescribeAddon', 'throttle', { times: 2 })
    server.fault('iam:GetAccountSummary', 'throttle', { times: 1 })
    const events: CollectProgress[] = []
    const record = await collectAwsAccount(clientsOf(other, { maxAttempts: 3 }), {
      onProgress: (event) => events.push(event),
    })
    expect(record).toEqual(recordOf(other))
    expect(events.filter(({ kind }) => kind === 'throttled')).toEqual(
      expect.arrayContaining([
        { kind: 'throttled', call: 'eks:DescribeAddon', region: 'eu-west-1' },
        { kind: 'throttled', call: 'iam:GetAccountSummary' },
      ]),
    )
    expect(events.filter(({ kind }) => kind === 'throttled').length).toBe(3)
    expect(events).toContainEqual({ kind: 'roles', count: 0, isLast: true })
    expect(events).toContainEqual({ kind: 'providers', count: 1 })
    expect(events).toContainEqual({ kind: 'region', region: 'eu-west-1', clusters: 1 })
    expect(events).toContainEqual({
      kind: 'cluster',
      region: 'eu-west-1',
      cluster: 'a',
      part: 'associations',
      done: 30,
      of: 30,
    })
  })
})

/** The record as if every list in it were whole. */
function asWhole(record: object): unknown {
  return JSON.parse(JSON.stringify(record), (member, value: unknown) => (member === 'isWhole' ? true : value))
}

type Bends = Readonly<Record<string, ((answer: Members, input: Members) => object) | undefined>>

/** The clients, with what some commands answer replaced. */
function bend(clients: ReturnType<typeof clientsOf>, bends: Bends): AwsClients {
  const bent = (client: { send(command: never, options: never): Promise<object> }) => ({
    async send(command: { readonly input: Members }, options: object) {
      const answer = await client.send(command as never, options as never)
      return bends[command.constructor.name]?.(answer as Members, command.input) ?? answer
    },
  })
  return {
    iam: bent(clients.iam),
    eks: (region: string) => bent(clients.eks(region)),
  } as unknown as AwsClients
}

function serviceError(name: string, httpStatusCode: number, message: string): Error {
  return Object.defineProperties(new Error(message), {
    name: { value: name },
    $fault: { value: 'client' },
    $metadata: { value: { httpStatusCode } },
  })
}
