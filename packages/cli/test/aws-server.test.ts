/** The server that stands in for AWS, seen through the SDK's own clients. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import {
  DeleteClusterCommand,
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
  DeleteRoleCommand,
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

import { issuerOf, makeAccount } from '../../../test/aws-server/account.mjs'
import { largeAccount } from '../../../test/aws-server/large-account.mjs'
import { startAwsServer } from '../../../test/aws-server/server.mjs'
import { irsaTrust, plainTrust, podIdentityTrust } from '../../../test/aws-server/trust.mjs'

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

describe('what goes wrong on purpose', () => {
  const cluster = `arn:aws:eks:eu-west-1:${account}:cluster/prod`
  const caller = `arn:aws:sts::${account}:assumed-role/podtrust-audit/session`
  const askIam = () => iam.send(new ListRolesCommand({}))
  const askEks = () => eks.send(new ListClustersCommand({}))

  test('denials name the caller, the action and the resource', async () => {
    server.deny('eks:DescribeCluster', { resource: /prod$/ })
    server.deny('iam:GetRole')
    server.deny('iam:ListRoles', { because: 'with an explicit deny in a service control policy' })
    server.deny('eks:ListClusters', { message: 'no' })
    const denied = `User: ${caller} is not authorized to perform:`
    expect(await failure(eks.send(new DescribeClusterCommand({ name: 'prod' })))).toEqual([
      'AccessDeniedException',
      403,
      `${denied} eks:DescribeCluster on resource: ${cluster}`,
    ])
    expect((await eks.send(new DescribeClusterCommand({ name: 'bare' }))).cluster?.name).toBe('bare')
    expect(await failure(iam.send(new GetRoleCommand({ RoleName: 'app' })))).toEqual([
      'AccessDenied',
      403,
      `${denied} iam:GetRole on resource: role app because no identity-based policy allows the iam:GetRole action`,
    ])
    const scp = 'with an explicit deny in a service control policy'
    const roles = `arn:aws:iam::${account}:role/`
    const byScp = `${denied} iam:ListRoles on resource: ${roles} ${scp}`
    expect(await failure(askIam())).toEqual(['AccessDenied', 403, byScp])
    expect(await failure(askEks())).toEqual(['AccessDeniedException', 403, 'no'])
  })

  test('a denial in the middle of a cluster is for its association', async () => {
    server.deny('eks:*', { resource: /podidentityassociation\/prod\// })
    const { associations = [] } = await eks.send(
      new ListPodIdentityAssociationsCommand({ clusterName: 'prod' }),
    )
    const [{ associationId, associationArn } = {}] = associations
    const one = eks.send(new DescribePodIdentityAssociationCommand({ clusterName: 'prod', associationId }))
    expect((await failure(one))[2]).toContain(`on resource: ${associationArn}`)
  })

  /** As the clients report it: the error's name, and the status, undefined for no whole answer. */
  const errors = [
    ['throttle', ['Throttling', 400], ['ThrottlingException', 429]],
    ['expired-token', ['ExpiredToken', 403], ['ExpiredTokenException', 403]],
    ['server-error', ['ServiceFailureException', 500], ['ServerException', 500]],
    ['wrong-protocol', ['Error', 403], ['SyntaxError', 403]],
    ['html', ['Unknown', 500], ['SyntaxError', 500]],
    ['truncated', ['Error', 200], ['SyntaxError', 200]],
    // Outside of jest these have the code ECONNRESET: the errors of its own realm are none to the clients.
    ['reset', ['Error', undefined], ['Error', undefined]],
    ['cut', ['Error', undefined], ['Error', undefined]],
  ] as const
  test.each(errors)('%s', async (kind, ofIam, ofEks) => {
    server.fault('*', kind)
    const seen = [await failure(askIam()), await failure(askEks())]
    expect(seen.map(([name, status]) => [name, status])).toEqual([ofIam, ofEks])
    expect(server.requests.map(({ fault }) => fault)).toEqual([kind, kind])
    expect(await settled()).toBe(true)
  })

  /** What the clients take for an answer. */
  const odd = [
    ['empty-body', undefined, undefined],
    ['missing-member', undefined, undefined],
    ['wrong-type', [], { odd: 'odd' }],
  ] as const
  test.each(odd)('%s is no error to the clients', async (kind, roles, clusters) => {
    server.fault('*', kind)
    expect((await askIam()).Roles).toEqual(roles)
    expect((await askEks()).clusters).toEqual(clusters)
  })

  test('a describing answer of another type', async () => {
    server.fault('eks:DescribeCluster', 'wrong-type')
    const { cluster: described } = await eks.send(new DescribeClusterCommand({ name: 'prod' }))
    expect(described).not.toHaveProperty('name')
    server.fault('eks:ListAddons', 'html', { status: 200 })
    const addons = eks.send(new ListAddonsCommand({ clusterName: 'prod' }))
    expect((await failure(addons)).slice(0, 2)).toEqual(['SyntaxError', 200])
  })

  test('a page that points at itself, and empty pages that go on', async () => {
    server.fault('iam:ListRoles', 'repeat-marker')
    const first = await askIam()
    const next = await iam.send(new ListRolesCommand({ Marker: first.Marker }))
    expect([next.Marker, next.IsTruncated, next.Roles?.length]).toEqual([first.Marker, true, 100])
    server.fault('eks:ListClusters', 'repeat-marker')
    const { clusters, nextToken } = await askEks()
    expect(clusters).toHaveLength(2)
    expect((await eks.send(new ListClustersCommand({ nextToken }))).nextToken).toBe(nextToken)

    server.reset()
    server.fault('iam:ListRoles', 'empty-page', { after: 1, times: 2 })
    const sizes: (number | undefined)[] = []
    const markers = new Set<string | undefined>()
    for await (const page of paginateListRoles({ client: iam }, {})) {
      sizes.push(page.Roles?.length)
      markers.add(page.Marker)
    }
    expect(sizes).toEqual([100, 0, 0, 100, 5])
    expect(markers.size).toBe(5)
  })

  test('faults are for some calls, some Regions and some accounts', async () => {
    server.fault('eks:*', 'throttle', { after: 1, times: 2 })
    server.fault('eks:ListClusters', 'server-error', { region: 'us-east-1' })
    server.fault('iam:*', 'throttle', { account: other })
    const far = new EKSClient({ ...options(), region: 'us-east-1' })
    const statuses = []
    for (let call = 0; call < 4; call++) statuses.push((await failure(askEks()))[1])
    expect(statuses).toEqual([200, 429, 429, 200])
    expect((await failure(far.send(new ListClustersCommand({}))))[1]).toBe(500)
    expect((await failure(askIam()))[1]).toBe(200)
    const stranger = new IAMClient(options(server.credentials(other)))
    expect((await failure(stranger.send(new ListRolesCommand({}))))[0]).toBe('Throttling')
    const retrying = new EKSClient({ ...options(), maxAttempts: 2 })
    server.reset()
    server.fault('eks:ListClusters', 'server-error', { times: 1 })
    expect((await retrying.send(new ListClustersCommand({}))).$metadata.attempts).toBe(2)
    expect(server.requests.map(({ status }) => status)).toEqual([500, 200])
  })

  test('how many requests were open at a time', async () => {
    server.latency = 30
    const far = new EKSClient({ ...options(), region: 'us-east-1' })
    await Promise.all([askEks(), askEks(), askEks(), far.send(new ListClustersCommand({})), askIam()])
    await askIam()
    server.latency = 0
    expect(server.peak()).toBe(5)
    expect(server.peak({ service: 'eks' })).toBe(4)
    expect(server.peak({ service: 'eks', region })).toBe(3)
    expect(server.peak({ action: 'iam:ListRoles' })).toBe(1)
    expect([server.count(), server.count('iam:ListRoles')]).toEqual([6, 2])
  })

  test('close ends requests that hang', async () => {
    const own = await startAwsServer({ accounts: [main] })
    own.fault('eks:ListClusters', 'hang')
    own.fault('iam:ListRoles', 'slow', { ms: 60_000 })
    const settings = { ...options(), endpoint: own.endpoint }
    const hanging = failure(new EKSClient(settings).send(new ListClustersCommand({})))
    const slow = failure(new IAMClient(settings).send(new ListRolesCommand({})))
    while (own.count() < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    await own.close()
    expect((await hanging)[1]).toBeUndefined()
    expect((await slow)[1]).toBeUndefined()
    expect(own.requests.map(({ status }) => status)).toEqual([undefined, undefined])
  })

  test('a request that would change something is refused, and shows in the log', async () => {
    await failure(eks.send(new DeleteClusterCommand({ name: 'prod' })))
    await failure(iam.send(new DeleteRoleCommand({ RoleName: 'app' })))
    expect(server.requests.map(({ action, status }) => [action, status])).toEqual([
      ['eks:DELETE /clusters/prod', 404],
      ['iam:DeleteRole', 400],
    ])
  })
})

describe('large accounts', () => {
  test('the same for the same size, and of the usual mix', async () => {
    const large = largeAccount({ roles: 1000, clusters: 6, regions: 3, associations: 100 })
    expect(largeAccount({ roles: 1000, clusters: 6, regions: 3, associations: 100 }).clusters).toEqual(
      large.clusters,
    )
    expect(new Set(large.clusters.map((one) => one.region)).size).toBe(3)
    expect(large.clusters.flatMap((one) => one.associations)).toHaveLength(100)
    expect(large.providers).toHaveLength(6)
    const kinds = new Map<string, number>()
    for (let index = 0; index < large.roles.count; index++) {
      const text = JSON.stringify(large.roles.at(index).AssumeRolePolicyDocument)
      const [kind = 'service'] = /WebIdentity|pods\.eks|"AWS"/.exec(text) ?? []
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    }
    expect(Object.fromEntries(kinds)).toEqual({
      service: 500,
      '"AWS"': 120,
      WebIdentity: 312,
      'pods.eks': 68,
    })
  })

  test('a million streamed roles: a page makes its own roles alone', async () => {
    const stream = largeAccount({ roles: 1_000_000, clusters: 1, associations: 1, streamed: true })
    const own = await startAwsServer({ accounts: [stream] })
    const client = new IAMClient({ ...options(), endpoint: own.endpoint })
    const page = await client.send(new ListRolesCommand({ MaxItems: 1000 }))
    expect(page.Roles?.at(-1)?.RoleName).toBe('role-999')
    const { SummaryMap } = await client.send(new GetAccountSummaryCommand({}))
    expect(SummaryMap?.Roles).toBe(1_000_000)
    const { Role: last } = await client.send(new GetRoleCommand({ RoleName: 'role-999999' }))
    expect(last?.Arn).toBe(`arn:aws:iam::${account}:role/role-999999`)
    await own.close()
  })
})

describe('the example', () => {
  test('it serves two clusters, says what to try, and ends when interrupted', async () => {
    const script = join(import.meta.dirname, '../../../examples/aws-server.mjs')
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(child, 'exit')
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const [endpoint = '', key = ''] = String(line).match(/^http:\S+|AKIA\w+/g) ?? []
    expect(String(line)).toContain(`podtrust audit --endpoint-url ${endpoint}\n`)
    const settings = { ...options({ accessKeyId: key, secretAccessKey: 'x' }), endpoint }
    const names = []
    for (const place of ['eu-west-1', 'us-east-1', 'eu-central-1']) {
      const client = new EKSClient({ ...settings, region: place })
      names.push((await client.send(new ListClustersCommand({}))).clusters)
    }
    expect(names).toEqual([['prod'], ['analytics'], []])

    const held = new Map<string | undefined, string>()
    const client = new IAMClient(settings)
    for (const { Arn, RoleName = '' } of (await client.send(new ListRolesCommand({}))).Roles ?? []) {
      held.set(Arn, RoleName)
    }
    const cluster = { clusterName: 'prod' }
    const prod = new EKSClient(settings)
    const missing = []
    const { associations = [] } = await prod.send(new ListPodIdentityAssociationsCommand(cluster))
    for (const { associationId } of associations) {
      const one = await prod.send(new DescribePodIdentityAssociationCommand({ ...cluster, associationId }))
      if (!held.has(one.association?.roleArn)) missing.push(one.association?.roleArn)
    }
    expect(missing).toEqual(['arn:aws:iam::210987654321:role/reindex-2024'])
    child.kill('SIGINT')
    expect(await ended).toEqual([0, null])
  })
})

/** Once the server has seen the sockets end. */
async function settled(): Promise<boolean> {
  while (server.requests.some(({ ms }) => ms === undefined))
    await new Promise((resolve) => setImmediate(resolve))
  return true
}

type Failure = Error & { readonly $metadata?: { readonly httpStatusCode?: number } }

async function failure(work: Promise<unknown>): Promise<readonly [string, number | undefined, string]> {
  try {
    await work
  } catch (error) {
    const { name, message, $metadata } = error as Failure
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
