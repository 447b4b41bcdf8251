/** The server that stands in for AWS, seen through the SDK's own clients. */
import {
  DescribeAccessEntryCommand,
  DescribeAddonCommand,
  DescribeCapabilityCommand,
  DescribeClusterCommand,
  DescribeFargateProfileCommand,
  DescribeNodegroupCommand,
  DescribePodIdentityAssociationCommand,
  EKSClient,
  ListAccessEntriesCommand,
  ListAddonsCommand,
  ListAssociatedAccessPoliciesCommand,
  ListCapabilitiesCommand,
  ListClustersCommand,
  ListFargateProfilesCommand,
  ListNodegroupsCommand,
  ListPodIdentityAssociationsCommand,
  paginateListPodIdentityAssociations,
} from '@aws-sdk/client-eks'
import {
  GetAccountAuthorizationDetailsCommand,
  GetAccountSummaryCommand,
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  IAMClient,
  ListOpenIDConnectProvidersCommand,
  ListRolesCommand,
  paginateGetAccountAuthorizationDetails,
  paginateListRoles,
} from '@aws-sdk/client-iam'
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'

import {
  irsaTrust,
  issuerOf,
  makeAccount,
  plainTrust,
  podIdentityTrust,
} from '../../../test/aws-server/account.mjs'
import { largeAccount } from '../../../test/aws-server/large-account.mjs'
import { startAwsServer } from '../../../test/aws-server/server.mjs'

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'

const account = '111122223333'
const other = '444455556666'
const region = 'eu-west-1'
const issuer = issuerOf(account, region, 'prod')
const trust = irsaTrust({
  account,
  issuer,
  sub: "system:serviceaccount:shop:it's*(!)",
  operator: 'StringLike',
})

const main = makeAccount({
  account,
  roles: [
    {
      RoleName: 'app',
      Path: '/apps/',
      AssumeRolePolicyDocument: trust,
      CreateDate: '2025-01-03T08:15:00Z',
      Description: 'a < b & "c"',
      RolePolicyList: [{ PolicyName: 'inline', PolicyDocument: { Version: '2012-10-17', Statement: [] } }],
      AttachedManagedPolicies: [{ PolicyName: 'p', PolicyArn: `arn:aws:iam::${account}:policy/p` }],
      PermissionsBoundary: {
        PermissionsBoundaryType: 'Policy',
        PermissionsBoundaryArn: 'arn:aws:iam::aws:policy/b',
      },
      Tags: [{ Key: 'team', Value: '<shop> & "co"\r\n' }],
      RoleLastUsed: { LastUsedDate: '2026-10-01T12:00:00Z', Region: region },
    },
    { RoleName: 'pods', AssumeRolePolicyDocument: podIdentityTrust() },
    ...Array.from({ length: 203 }, (_, index) => ({
      RoleName: `service-${index}`,
      AssumeRolePolicyDocument: plainTrust({ Service: 'lambda.amazonaws.com' }),
    })),
  ],
  clusters: [
    {
      region,
      name: 'prod',
      associations: [
        { namespace: 'shop', serviceAccount: 'pods', roleArn: 'pods', targetRoleArn: 'app', externalId: 'x' },
        ...Array.from({ length: 149 }, (_, index) => ({
          namespace: 'batch',
          serviceAccount: `job-${index}`,
          roleArn: 'pods',
        })),
      ],
      addons: [{ addonName: 'vpc-cni', serviceAccountRoleArn: 'app' }],
      nodegroups: [{ nodegroupName: 'default', nodeRole: 'app' }],
      fargateProfiles: [{ fargateProfileName: 'jobs', selectors: [{ namespace: 'batch' }] }],
      accessEntries: [
        {
          principalArn: 'app',
          policies: [{ policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy' }],
        },
        { principalArn: 'pods' },
      ],
      capabilities: [{ capabilityName: 'argo', type: 'ARGOCD', roleArn: 'app' }],
    },
    { region, name: 'bare', issuer: null },
    { region: 'us-east-1', name: 'far' },
  ],
  summary: { AssumeRolePolicySizeQuota: 4096 },
  disabledRegions: ['me-south-1'],
})
const second = makeAccount({
  account: other,
  roles: [{ RoleName: 'podtrust-audit', AssumeRolePolicyDocument: plainTrust({ AWS: account }) }],
})

let server: Awaited<ReturnType<typeof startAwsServer>>
let iam: IAMClient
let eks: EKSClient

beforeAll(async () => {
  server = await startAwsServer({ accounts: [main, second] })
  iam = new IAMClient(options())
  eks = new EKSClient(options())
})
beforeEach(() => server.reset())
afterAll(() => server.close())

function options(credentials: unknown = server.credentials()) {
  return {
    endpoint: server.endpoint,
    region,
    credentials: credentials as { accessKeyId: string; secretAccessKey: string },
    maxAttempts: 1,
  }
}

const roleArn = `arn:aws:iam::${account}:role/apps/app`
const decoded = (text: string | undefined) => JSON.parse(decodeURIComponent(text ?? '')) as unknown

describe('IAM', () => {
  test('the details of all roles, page by page', async () => {
    const pages = paginateGetAccountAuthorizationDetails({ client: iam }, { Filter: ['Role'] })
    const roles = []
    for await (const page of pages) roles.push(page.RoleDetailList ?? [])
    expect(roles.map((page) => page.length)).toEqual([100, 100, 5])
    expect(new Set(roles.flat().map(({ Arn }) => Arn)).size).toBe(205)
    const [role] = roles.flat()
    expect(role).toEqual({
      Path: '/apps/',
      RoleName: 'app',
      RoleId: expect.stringMatching(/^AROA\w{17}$/),
      Arn: roleArn,
      CreateDate: new Date('2025-01-03T08:15:00Z'),
      AssumeRolePolicyDocument: expect.stringMatching(/^%7B%22Version%22%3A%222012-10-17%22[\w%.-]+$/),
      InstanceProfileList: [],
      RolePolicyList: [{ PolicyName: 'inline', PolicyDocument: expect.stringMatching(/^%7B/) }],
      AttachedManagedPolicies: [{ PolicyName: 'p', PolicyArn: `arn:aws:iam::${account}:policy/p` }],
      PermissionsBoundary: {
        PermissionsBoundaryType: 'Policy',
        PermissionsBoundaryArn: 'arn:aws:iam::aws:policy/b',
      },
      Tags: [{ Key: 'team', Value: '<shop> & "co"\r\n' }],
      RoleLastUsed: { LastUsedDate: new Date('2026-10-01T12:00:00Z'), Region: region },
    })
    expect(decoded(role?.AssumeRolePolicyDocument)).toEqual(trust)
    expect(role?.AssumeRolePolicyDocument).toContain('it%27s%2A%28%21%29')
    expect(server.count('iam:GetAccountAuthorizationDetails')).toBe(3)
    expect(server.requests[1]?.parameters['Marker']).toMatch(/./)

    const whole = await iam.send(new GetAccountAuthorizationDetailsCommand({ MaxItems: 1000 }))
    expect([whole.RoleDetailList?.length, whole.IsTruncated, whole.Marker]).toEqual([205, false, undefined])
    const users = await iam.send(new GetAccountAuthorizationDetailsCommand({ Filter: ['User'] }))
    expect(users).toMatchObject({ RoleDetailList: [], IsTruncated: false })
  })

  test('the list of roles leaves out what only the role itself tells', async () => {
    const roles = []
    for await (const page of paginateListRoles({ client: iam, pageSize: 60 }, {}))
      roles.push(page.Roles ?? [])
    expect(roles.map((page) => page.length)).toEqual([60, 60, 60, 25])
    const [listed] = roles.flat()
    const { Role: whole } = await iam.send(new GetRoleCommand({ RoleName: 'app' }))
    const { PermissionsBoundary, Tags, RoleLastUsed, ...rest } = whole!
    expect(listed).toEqual(rest)
    expect(listed).toMatchObject({ Description: 'a < b & "c"', MaxSessionDuration: 3600 })
    expect(Tags).toEqual([{ Key: 'team', Value: '<shop> & "co"\r\n' }])
    expect(PermissionsBoundary?.PermissionsBoundaryArn).toBe('arn:aws:iam::aws:policy/b')
    expect(RoleLastUsed?.Region).toBe(region)
    const below = await iam.send(new ListRolesCommand({ PathPrefix: '/apps/' }))
    expect(below.Roles?.map(({ RoleName }) => RoleName)).toEqual(['app'])
  })

  test('providers and the account summary', async () => {
    const { OpenIDConnectProviderList = [] } = await iam.send(new ListOpenIDConnectProvidersCommand({}))
    expect(OpenIDConnectProviderList).toHaveLength(2)
    const [{ Arn } = {}] = OpenIDConnectProviderList
    const provider = await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: Arn }))
    expect(provider).toMatchObject({
      Url: issuer.slice('https://'.length),
      ClientIDList: ['sts.amazonaws.com'],
    })
    expect(Arn).toBe(`arn:aws:iam::${account}:oidc-provider/${provider.Url}`)
    expect(provider.CreateDate).toBeInstanceOf(Date)
    const { SummaryMap } = await iam.send(new GetAccountSummaryCommand({}))
    expect(SummaryMap).toMatchObject({ Roles: 205, Providers: 2, AssumeRolePolicySizeQuota: 4096 })
  })

  test('what is not there, and what IAM does not take', async () => {
    expect(await failure(iam.send(new GetRoleCommand({ RoleName: 'nobody' })))).toEqual([
      'NoSuchEntityException',
      404,
      'The role with name nobody cannot be found.',
    ])
    const tooMany = iam.send(new ListRolesCommand({ MaxItems: 1001 }))
    expect(await failure(tooMany)).toMatchObject(['ValidationError', 400, expect.stringContaining('1000')])
    const lost = iam.send(new ListRolesCommand({ Marker: 'nonsense' }))
    expect(await failure(lost)).toEqual(['ValidationError', 400, 'Invalid Marker.'])
  })
})

describe('EKS', () => {
  const clusterName = 'prod'

  test('a Region knows its own clusters', async () => {
    const { clusters } = await eks.send(new ListClustersCommand({}))
    expect(clusters).toEqual(['prod', 'bare'])
    const far = new EKSClient({ ...options(), region: 'us-east-1' })
    expect((await far.send(new ListClustersCommand({}))).clusters).toEqual(['far'])
    const { cluster } = await eks.send(new DescribeClusterCommand({ name: 'prod' }))
    expect(cluster).toMatchObject({
      name: 'prod',
      arn: `arn:aws:eks:eu-west-1:${account}:cluster/prod`,
      identity: { oidc: { issuer } },
      status: 'ACTIVE',
      createdAt: new Date('2025-03-04T08:15:00Z'),
    })
    const { cluster: bare } = await eks.send(new DescribeClusterCommand({ name: 'bare' }))
    expect(bare).not.toHaveProperty('identity')
    expect(server.requests.map((request) => request.region)).toEqual([region, 'us-east-1', region, region])
  })

  test('associations: the list without roles, each one with its own', async () => {
    const associations = []
    for await (const page of paginateListPodIdentityAssociations({ client: eks }, { clusterName })) {
      associations.push(page.associations ?? [])
    }
    expect(associations.map((page) => page.length)).toEqual([100, 50])
    const [first] = associations.flat()
    expect(first).toEqual({
      clusterName,
      namespace: 'shop',
      serviceAccount: 'pods',
      associationArn: expect.stringMatching(
        /^arn:aws:eks:eu-west-1:111122223333:podidentityassociation\/prod\/a-\w+$/,
      ),
      associationId: expect.stringMatching(/^a-\w{17}$/),
    })
    const one = new DescribePodIdentityAssociationCommand({
      clusterName,
      associationId: first?.associationId,
    })
    expect((await eks.send(one)).association).toMatchObject({
      ...first,
      roleArn: `arn:aws:iam::${account}:role/pods`,
      targetRoleArn: roleArn,
      externalId: 'x',
      disableSessionTags: false,
    })
    const inShop = await eks.send(new ListPodIdentityAssociationsCommand({ clusterName, namespace: 'shop' }))
    expect(inShop.associations).toHaveLength(1)
    const few = await eks.send(new ListPodIdentityAssociationsCommand({ clusterName, maxResults: 7 }))
    expect(few.associations).toHaveLength(7)
  })

  test('everything else that a cluster holds', async () => {
    expect((await eks.send(new ListAddonsCommand({ clusterName }))).addons).toEqual(['vpc-cni'])
    const addon = await eks.send(new DescribeAddonCommand({ clusterName, addonName: 'vpc-cni' }))
    expect(addon.addon).toMatchObject({ status: 'ACTIVE', serviceAccountRoleArn: roleArn })
    expect((await eks.send(new ListNodegroupsCommand({ clusterName }))).nodegroups).toEqual(['default'])
    const group = await eks.send(new DescribeNodegroupCommand({ clusterName, nodegroupName: 'default' }))
    expect(group.nodegroup).toMatchObject({ nodeRole: roleArn })
    const profiles = await eks.send(new ListFargateProfilesCommand({ clusterName }))
    expect(profiles.fargateProfileNames).toEqual(['jobs'])
    const profile = await eks.send(
      new DescribeFargateProfileCommand({ clusterName, fargateProfileName: 'jobs' }),
    )
    expect(profile.fargateProfile).toMatchObject({
      podExecutionRoleArn: `arn:aws:iam::${account}:role/eks-fargate`,
      selectors: [{ namespace: 'batch' }],
    })
    const capabilities = await eks.send(new ListCapabilitiesCommand({ clusterName }))
    expect(capabilities.capabilities).toMatchObject([
      { capabilityName: 'argo', type: 'ARGOCD', status: 'ACTIVE' },
    ])
    expect(capabilities.capabilities?.[0]).not.toHaveProperty('roleArn')
    const capability = await eks.send(new DescribeCapabilityCommand({ clusterName, capabilityName: 'argo' }))
    expect(capability.capability).toMatchObject({ roleArn, clusterName })
  })

  test('access entries and their policies', async () => {
    const entries = await eks.send(new ListAccessEntriesCommand({ clusterName }))
    expect(entries.accessEntries).toEqual([roleArn, `arn:aws:iam::${account}:role/pods`])
    const entry = await eks.send(new DescribeAccessEntryCommand({ clusterName, principalArn: roleArn }))
    expect(entry.accessEntry).toMatchObject({ type: 'STANDARD', username: roleArn, kubernetesGroups: [] })
    const policies = await eks.send(
      new ListAssociatedAccessPoliciesCommand({ clusterName, principalArn: roleArn }),
    )
    const [policy] = policies.associatedAccessPolicies ?? []
    expect(policies).toMatchObject({ clusterName, principalArn: roleArn })
    expect(policy).toMatchObject({ accessScope: { type: 'cluster' }, associatedAt: expect.any(Date) })
    const associatedPolicyArn = policy?.policyArn ?? ''
    const holders = await eks.send(new ListAccessEntriesCommand({ clusterName, associatedPolicyArn }))
    expect(holders.accessEntries).toEqual([roleArn])
  })

  test('every member on the wire is one of the model', async () => {
    const paths = [
      '',
      '/pod-identity-associations',
      '/addons/vpc-cni',
      '/node-groups/default',
      '/capabilities',
    ]
    paths.push(
      '/fargate-profiles/jobs',
      '/capabilities/argo',
      `/access-entries/${encodeURIComponent(roleArn)}`,
    )
    const id = (await eks.send(new ListPodIdentityAssociationsCommand({ clusterName }))).associations?.[0]
      ?.associationId
    paths.push(
      `/pod-identity-associations/${id}`,
      `/access-entries/${encodeURIComponent(roleArn)}/access-policies`,
    )
    const read: readonly ((path: string) => Promise<object>)[] = [
      () => eks.send(new DescribeClusterCommand({ name: clusterName })),
      () => eks.send(new ListPodIdentityAssociationsCommand({ clusterName })),
      () => eks.send(new DescribeAddonCommand({ clusterName, addonName: 'vpc-cni' })),
      () => eks.send(new DescribeNodegroupCommand({ clusterName, nodegroupName: 'default' })),
      () => eks.send(new ListCapabilitiesCommand({ clusterName })),
      () => eks.send(new DescribeFargateProfileCommand({ clusterName, fargateProfileName: 'jobs' })),
      () => eks.send(new DescribeCapabilityCommand({ clusterName, capabilityName: 'argo' })),
      () => eks.send(new DescribeAccessEntryCommand({ clusterName, principalArn: roleArn })),
      () => eks.send(new DescribePodIdentityAssociationCommand({ clusterName, associationId: id })),
      () => eks.send(new ListAssociatedAccessPoliciesCommand({ clusterName, principalArn: roleArn })),
    ]
    const authorization = `Credential=${server.credentials().accessKeyId}/20260101/${region}/eks/aws4_request`
    for (const [index, path] of paths.entries()) {
      const url = `${server.endpoint}/clusters/${clusterName}${path}`
      const response = await fetch(url, { headers: { authorization } })
      // What the SDK does not know it drops, so both hold the same names only where all are known.
      const { $metadata: _, ...known } = (await read[index]!(path)) as Record<string, unknown>
      expect([path, namesIn(await response.json())]).toEqual([path, namesIn(known)])
    }
  })

  test('what is not there', async () => {
    const errors = await Promise.all([
      failure(eks.send(new DescribeClusterCommand({ name: 'far' }))),
      failure(eks.send(new ListAddonsCommand({ clusterName: 'far' }))),
      failure(eks.send(new DescribeAddonCommand({ clusterName, addonName: 'none' }))),
      failure(eks.send(new ListClustersCommand({ nextToken: 'nonsense' }))),
      failure(eks.send(new ListAddonsCommand({ clusterName, maxResults: 101 }))),
    ])
    expect(errors).toEqual([
      ['ResourceNotFoundException', 404, 'No cluster found for name: far.'],
      ['ResourceNotFoundException', 404, 'No cluster found for name: far.'],
      ['ResourceNotFoundException', 404, 'Addon none not found in cluster prod.'],
      ['InvalidParameterException', 400, 'Invalid nextToken'],
      ['InvalidParameterException', 400, 'maxResults must be between 1 and 100'],
    ])
  })
})

describe('accounts', () => {
  test('the access key tells the account, and a session of another one comes from sts:AssumeRole', async () => {
    const direct = new IAMClient(options(server.credentials(other)))
    expect((await direct.send(new ListRolesCommand({}))).Roles).toHaveLength(1)

    const assumed = fromTemporaryCredentials({
      masterCredentials: server.credentials(),
      params: { RoleArn: `arn:aws:iam::${other}:role/podtrust-audit`, RoleSessionName: 'nightly' },
      clientConfig: { endpoint: server.endpoint, region },
    })
    const client = new IAMClient(options(assumed))
    expect((await client.send(new ListRolesCommand({}))).Roles).toHaveLength(1)
    server.deny('iam:ListRoles')
    expect((await failure(client.send(new ListRolesCommand({}))))[2]).toContain(
      `User: arn:aws:sts::${other}:assumed-role/podtrust-audit/nightly is not authorized to perform: iam:ListRoles`,
    )
    expect(server.requests.map((request) => `${request.action} ${request.account}`)).toEqual([
      `iam:ListRoles ${other}`,
      `sts:AssumeRole ${account}`,
      `iam:ListRoles ${other}`,
      `iam:ListRoles ${other}`,
    ])

    const nobody = fromTemporaryCredentials({
      masterCredentials: server.credentials(),
      params: { RoleArn: `arn:aws:iam::${other}:role/nobody`, RoleSessionName: 'nightly' },
      clientConfig: { endpoint: server.endpoint, region },
    })
    expect(await failure(nobody())).toMatchObject([
      'AccessDenied',
      403,
      expect.stringContaining('role/nobody'),
    ])
  })

  test('a stranger to the server, and a Region that is not opted in', async () => {
    const stranger = server.credentials('999999999999')
    const refused = 'The security token included in the request is invalid.'
    const asked = new IAMClient(options(stranger)).send(new ListRolesCommand({}))
    expect(await failure(asked)).toEqual(['InvalidClientTokenId', 403, refused])
    const away = new EKSClient({ ...options(), region: 'me-south-1' })
    const answer = await failure(away.send(new ListClustersCommand({})))
    expect(answer).toEqual(['UnrecognizedClientException', 403, refused])
  })
})

async function failure(work: Promise<unknown>): Promise<readonly [string, number | undefined, string]> {
  try {
    await work
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } }
    return [name, $metadata?.httpStatusCode, message]
  }
  return ['', 200, 'nothing failed']
}

/** The names of all members, however deep, except a token that is null. */
function namesIn(value: unknown): readonly string[] {
  const names = new Set<string>()
  const visit = (item: unknown): void => {
    if (Array.isArray(item)) return item.forEach(visit)
    if (typeof item !== 'object' || item === null || item instanceof Date) return
    for (const [name, member] of Object.entries(item)) {
      if (member === null) continue
      names.add(name)
      visit(member)
    }
  }
  visit(value)
  return [...names].sort()
}
