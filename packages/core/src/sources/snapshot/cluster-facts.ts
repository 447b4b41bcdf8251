/** What EKS told of the clusters of a snapshot. */
import type {
  AccessEntry,
  Addon,
  Capability,
  Cluster,
  ClusterKind,
  Completeness,
  FargateProfile,
  NodeGroup,
  PodIdentityAssociation,
  Unknown,
} from '../../inventory.js'
import { associationOf, clusterOf } from '../eks-facts.js'
import { recordNamed } from './located.js'
import type { AccountRecord, ClusterRecord, EksAccessEntry, Listed } from './record.js'

/** The lists of facts that EKS fills. */
export interface ClusterFacts {
  readonly clusters: Cluster[]
  readonly associations: PodIdentityAssociation[]
  readonly addons: Addon[]
  readonly nodeGroups: NodeGroup[]
  readonly fargateProfiles: FargateProfile[]
  readonly accessEntries: AccessEntry[]
  readonly capabilities: Capability[]
  readonly complete: Completeness[]
}

export function clusterFactsOf(accounts: readonly AccountRecord[]): ClusterFacts {
  const facts: ClusterFacts = {
    clusters: [],
    associations: [],
    addons: [],
    nodeGroups: [],
    fargateProfiles: [],
    accessEntries: [],
    capabilities: [],
    complete: [],
  }
  for (const { account, partition, regions } of accounts) {
    const owner = {
      ...(account === undefined ? {} : { account }),
      ...(partition === undefined ? {} : { partition }),
    }
    for (const { region, clusters } of regions) {
      if (clusters === undefined) continue
      if (clusters.isWhole)
        facts.complete.push({ kind: 'clusters', ...(account === undefined ? {} : { account }), region })
      for (const record of clusters.items) readCluster(record, { ...owner, region }, facts)
    }
  }
  return facts
}

type Owner = Pick<Cluster, 'account' | 'partition'> & { readonly region: string }

/** What the things of one cluster are told with. */
interface Holder {
  /** How places name the cluster. */
  readonly at: string
  readonly of: { readonly cluster: string; readonly clusterArn?: string }
  readonly account: { readonly account?: string }
}

function readCluster(record: ClusterRecord, owner: Owner, facts: ClusterFacts): void {
  const cluster = describedCluster(record, owner)
  const { name, arn, account } = cluster
  facts.clusters.push(cluster)
  const holder: Holder = {
    at: arn ?? `${owner.region}/cluster/${name}`,
    of: { cluster: name, ...(arn === undefined ? {} : { clusterArn: arn }) },
    account: account === undefined ? {} : { account },
  }
  for (const item of itemsOf(record.associations)) facts.associations.push(association(item, holder))
  for (const item of itemsOf(record.addons)) facts.addons.push(addon(item, holder))
  for (const item of itemsOf(record.nodegroups)) facts.nodeGroups.push(nodeGroup(item, holder))
  for (const item of itemsOf(record.fargateProfiles)) facts.fargateProfiles.push(fargateProfile(item, holder))
  for (const item of itemsOf(record.accessEntries)) facts.accessEntries.push(accessEntry(item, holder))
  for (const item of itemsOf(record.capabilities)) facts.capabilities.push(capability(item, holder))
  for (const kind of completeKinds(record)) facts.complete.push({ kind, cluster: arn ?? name })
}

function itemsOf<Item>(list: Listed<Item> | undefined): readonly Item[] {
  return list?.items ?? []
}

function* completeKinds(record: ClusterRecord): Generator<ClusterKind> {
  if (record.associations?.isWhole) yield 'associations'
  if (record.addons?.isWhole) yield 'addons'
  if (record.nodegroups?.isWhole) yield 'node-groups'
  if (record.fargateProfiles?.isWhole) yield 'fargate-profiles'
  if (record.accessEntries?.isWhole || hasNoAccessEntries(record)) yield 'access-entries'
  if (record.capabilities?.isWhole) yield 'capabilities'
}

/** @see https://docs.aws.amazon.com/eks/latest/userguide/setting-up-access-entries.html */
function hasNoAccessEntries({ cluster, accessEntries }: ClusterRecord): boolean {
  return accessEntries === undefined && cluster?.accessConfig?.authenticationMode === 'CONFIG_MAP'
}

/** The ARN of a cluster that was not described is told by where it was listed. */
function describedCluster({ name, cluster }: ClusterRecord, owner: Owner): Cluster {
  const { account, partition, region } = owner
  const arn =
    cluster?.arn ??
    (account === undefined || partition === undefined
      ? undefined
      : `arn:${partition}:eks:${region}:${account}:cluster/${name}`)
  const location = recordNamed(arn ?? `${region}/cluster/${name}`, { name, ...cluster })
  const described = clusterOf({ ...cluster, name, ...(arn === undefined ? {} : { arn }) }, location)
  return {
    name,
    ...owner,
    location,
    ...described,
    ...(cluster === undefined ? { issuer: NOT_DESCRIBED } : {}),
  }
}

const NOT_DESCRIBED: Unknown = {
  unknown: true,
  reason: 'the cluster could not be described, which tells its issuer',
  cause: 'not-collected',
}

type RecordOf<List extends keyof ClusterRecord> =
  NonNullable<ClusterRecord[List]> extends Listed<infer One> ? One : never

function association(record: RecordOf<'associations'>, { at, of, account }: Holder): PodIdentityAssociation {
  const { associationArn: arn, associationId: id, namespace = '', serviceAccount = '' } = record
  const name = arn ?? `${at}/podidentityassociation/${id ?? `${namespace}/${serviceAccount}`}`
  const { cluster, ...known } = associationOf(
    { ...record, clusterName: of.cluster },
    recordNamed(name, record),
  )
  return {
    cluster,
    ...(of.clusterArn === undefined ? {} : { clusterArn: of.clusterArn }),
    ...account,
    ...known,
  }
}

function addon(record: RecordOf<'addons'>, { at, of }: Holder): Addon {
  const { addonName: name, addonArn: arn, addonVersion: version, status, serviceAccountRoleArn } = record
  return {
    ...of,
    name,
    ...(arn === undefined ? {} : { arn }),
    ...(status === undefined ? {} : { status }),
    ...(version === undefined ? {} : { version }),
    ...(serviceAccountRoleArn === undefined ? {} : { serviceAccountRoleArn }),
    associationArns: record.podIdentityAssociations ?? [],
    location: recordNamed(arn ?? `${at}/addon/${name}`, record),
  }
}

function nodeGroup(record: RecordOf<'nodegroups'>, { at, of, account }: Holder): NodeGroup {
  const { nodegroupName: name, nodeRole } = record
  return {
    name,
    ...of,
    roleArn: nodeRole ?? NO_NODE_ROLE,
    ...account,
    location: recordNamed(`${at}/nodegroup/${name}`, record),
  }
}

const NO_NODE_ROLE: Unknown = {
  unknown: true,
  reason: 'the node group could not be described, which tells its role',
  cause: 'not-collected',
}

function fargateProfile(record: RecordOf<'fargateProfiles'>, { at, of }: Holder): FargateProfile {
  const { fargateProfileName: name, podExecutionRoleArn: role, selectors = [] } = record
  return {
    ...of,
    name,
    ...(role === undefined ? {} : { podExecutionRoleArn: role }),
    selectors: selectors.flatMap(({ namespace, labels = {} }) =>
      namespace === undefined ? [] : [{ namespace, labels: new Map(Object.entries(labels)) }],
    ),
    location: recordNamed(`${at}/fargateprofile/${name}`, record),
  }
}

function accessEntry(record: EksAccessEntry, { at, of }: Holder): AccessEntry {
  const { principalArn, type, kubernetesGroups: groups = [], username, accessPolicies } = record
  const policies = accessPolicies?.flatMap(({ policyArn: arn, accessScope: scope }) => {
    if (arn === undefined) return []
    return [scope?.type === 'namespace' ? { arn, namespaces: scope.namespaces ?? [] } : { arn }]
  })
  return {
    ...of,
    principalArn,
    ...(type === undefined ? {} : { type }),
    groups,
    ...(username === undefined ? {} : { username }),
    ...(policies === undefined ? {} : { policies }),
    location: recordNamed(`${at}/access-entry/${principalArn}`, record),
  }
}

function capability(record: RecordOf<'capabilities'>, { at, of }: Holder): Capability {
  const { capabilityName: name, type, roleArn } = record
  return {
    ...of,
    name,
    ...(type === undefined ? {} : { type }),
    ...(roleArn === undefined ? {} : { roleArn }),
    location: recordNamed(`${at}/capability/${name}`, record),
  }
}
