/** What a collector should say of an account of the stand-in server, worked out from the data the server answers from. */
import type { AccountRecord, ClusterRecord, RoleRecord } from '../src/sources/snapshot/record.js'
import type { Account, Cluster, Json } from '../../../test/aws-server/account.mjs'

/** Everything, with nothing missing. */
export function recordOf(account: Account): AccountRecord {
  const regions = [...new Set(account.clusters.map(({ region }) => region))].toSorted()
  return plain({
    account: account.account,
    partition: account.partition,
    roles: whole(Array.from({ length: account.roles.count }, (_, index) => roleOf(account.roles.at(index)))),
    trustPolicyQuota: 2048,
    providers: whole(
      account.providers.map(({ Arn, Url, ClientIDList, ThumbprintList }) => ({
        Arn,
        Url,
        ClientIDList,
        ThumbprintList,
      })),
    ),
    regions: regions.map((region) => ({
      region,
      clusters: whole(account.clusters.filter((one) => one.region === region).map(clusterOf)),
    })),
    misses: [],
  })
}

/** The fewest calls that can tell all of it. */
export function fewestCalls(account: Account): number {
  const regions = new Set(account.clusters.map(({ region }) => region))
  const ofRegion = (region: string): number =>
    pages(account.clusters.filter((one) => one.region === region).length)
  const listed = (count: number): number => pages(count) + count
  const ofCluster = (one: Cluster): number => {
    const { authenticationMode } = one.cluster['accessConfig'] as { authenticationMode: string }
    const withPolicies = one.accessEntries.filter(({ type }) => type === 'STANDARD' || type === 'EC2')
    const policies = withPolicies.map((entry) =>
      pages(one.accessPolicies.get(String(entry['principalArn']))?.length ?? 0),
    )
    const hasNodes = one.cluster['status'] !== 'CREATING'
    return (
      1 +
      listed(one.associations.length) +
      listed(one.addons.length) +
      (hasNodes ? listed(one.nodegroups.length) + listed(one.fargateProfiles.length) : 0) +
      listed(one.capabilities.length) +
      (authenticationMode === 'CONFIG_MAP' ? 0 : listed(one.accessEntries.length) + sum(policies))
    )
  }
  const iam = Math.max(1, Math.ceil(account.roles.count / 1000)) + 1 + account.providers.length + 1
  return iam + sum([...regions].map(ofRegion)) + sum(account.clusters.map(ofCluster))
}

function pages(count: number): number {
  return Math.max(1, Math.ceil(count / 100))
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0)
}

function roleOf(role: ReturnType<Account['roles']['at']>): RoleRecord {
  const encoded = (policy: unknown): string =>
    encodeURIComponent(JSON.stringify(policy)).replaceAll(
      /[!'()*]/g,
      (one) => `%${one.charCodeAt(0).toString(16)}`,
    )
  const { LastUsedDate, Region } = role.RoleLastUsed ?? {}
  return plain({
    ...picked(role, ['Path', 'RoleName', 'RoleId', 'Arn']),
    AssumeRolePolicyDocument: encoded(role.AssumeRolePolicyDocument),
    InstanceProfileList: (role.InstanceProfileList ?? []).map((one) => picked(one, ['InstanceProfileName'])),
    RolePolicyList: (role.RolePolicyList ?? []).map(({ PolicyName, PolicyDocument }) => ({
      PolicyName,
      PolicyDocument: encoded(PolicyDocument),
    })),
    AttachedManagedPolicies: role.AttachedManagedPolicies ?? [],
    PermissionsBoundary:
      role.PermissionsBoundary && picked(role.PermissionsBoundary, ['PermissionsBoundaryArn']),
    Tags: role.Tags ?? [],
    RoleLastUsed: { LastUsedDate: LastUsedDate && new Date(LastUsedDate).toISOString(), Region },
  })
}

/** A role as `ListRoles` tells it. */
export function listedRole(role: RoleRecord): RoleRecord {
  return picked(role, ['Path', 'RoleName', 'RoleId', 'Arn', 'AssumeRolePolicyDocument'])
}

const associationMembers =
  'associationArn associationId namespace serviceAccount roleArn targetRoleArn disableSessionTags externalId policy ownerArn'

function clusterOf(one: Cluster): ClusterRecord {
  const { cluster } = one
  const all = (items: readonly Json[], members: readonly string[]) =>
    whole(items.map((item) => picked(item, members)))
  const { authenticationMode } = cluster['accessConfig'] as { authenticationMode: string }
  const entry = (item: Json): Json => ({
    ...picked(item, ['principalArn', 'type', 'kubernetesGroups', 'username']),
    ...(item['type'] === 'STANDARD' || item['type'] === 'EC2'
      ? {
          accessPolicies: (one.accessPolicies.get(String(item['principalArn'])) ?? []).map((policy) =>
            picked(policy, ['policyArn', 'accessScope']),
          ),
        }
      : {}),
  })
  const addon = [
    'addonName',
    'addonArn',
    'addonVersion',
    'status',
    'serviceAccountRoleArn',
    'podIdentityAssociations',
  ]
  return plain({
    name: one.name,
    cluster: {
      ...picked(cluster, ['arn', 'status', 'version', 'endpoint', 'identity', 'computeConfig']),
      accessConfig: { authenticationMode },
      resourcesVpcConfig: picked(cluster['resourcesVpcConfig'] as Json, [
        'endpointPublicAccess',
        'endpointPrivateAccess',
      ]),
    },
    associations: all(one.associations, associationMembers.split(' ')),
    addons: all(one.addons, addon),
    nodegroups: all(one.nodegroups, ['nodegroupName', 'nodeRole', 'amiType']),
    fargateProfiles: all(one.fargateProfiles, ['fargateProfileName', 'podExecutionRoleArn', 'selectors']),
    accessEntries: authenticationMode === 'CONFIG_MAP' ? undefined : whole(one.accessEntries.map(entry)),
    capabilities: all(one.capabilities, ['capabilityName', 'type', 'roleArn']),
  }) as unknown as ClusterRecord
}

function whole<Item>(items: readonly Item[]): { items: readonly Item[]; isWhole: boolean } {
  return { items, isWhole: true }
}

function picked<Whole extends object>(record: Whole, members: readonly string[]): Whole {
  return Object.fromEntries(Object.entries(record).filter(([member]) => members.includes(member))) as Whole
}

/** As JSON has it, which leaves out what is undefined. */
function plain<Value>(value: unknown): Value {
  return JSON.parse(JSON.stringify(value)) as Value
}
