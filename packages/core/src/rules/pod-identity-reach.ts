import { globMatches, globPattern } from '../condition/glob.js'
import type {
  Cluster,
  Facts,
  FargateProfile,
  PodIdentityAssociation,
  ServiceAccount,
  Workload,
} from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { escaped } from '../text/quote.js'
import { isIdleDaemonSet } from '../trust/pod-credentials.js'
import { isComplete, mayBeOf, namedCluster, placeText } from './kubernetes-subject.js'
import { roleArnParts } from './role-annotation.js'

/** The add-on that runs the agent of Pod Identity. */
const AGENT_ADDON = 'eks-pod-identity-agent'

/** A service account that has both: an annotation for IRSA, and an association, which wins. */
export interface DoublyServed {
  readonly account: ServiceAccount & { readonly roleArn: string }
  readonly association: PodIdentityAssociation
  /** The role that its pods get by the association; absent where it is not known. */
  readonly given?: string
  /** Why the association gives its pods nothing, as a clause; absent where nothing says that it does not. */
  readonly stranded?: string
}

/** Service accounts with both mechanisms, in the order of the inputs. */
export function* doublyServed(facts: Facts): Generator<DoublyServed> {
  if (facts.associations.length === 0) return
  const known = associationsByName(facts)
  for (const account of facts.serviceAccounts ?? []) {
    const { roleArn, namespace, name } = account
    if (roleArn === undefined || roleArnParts(roleArn) === undefined || isUnknown(namespace)) continue
    const association = known.get(`${namespace}/${name}`)?.find((one) => isOfSameCluster(account, one, facts))
    if (association === undefined) continue
    const cluster = clusterOf(association, facts)
    const given = roleGivenBy(association)
    const stranded =
      strandedClause(strandedWorkloads(association, facts)) ??
      (cluster !== undefined && lacksAgent(cluster, facts) ? 'its cluster runs no agent' : undefined)
    yield {
      account: { ...account, roleArn },
      association,
      ...(given === undefined ? {} : { given }),
      ...(stranded === undefined ? {} : { stranded }),
    }
  }
}

/** Whether the service account of an association names a role by annotation. */
export function isAnnotated(association: PodIdentityAssociation, facts: Facts): boolean {
  const { namespace, serviceAccount } = association
  return (facts.serviceAccounts ?? []).some(
    (account) =>
      account.roleArn !== undefined &&
      roleArnParts(account.roleArn) !== undefined &&
      account.namespace === namespace &&
      account.name === serviceAccount &&
      isOfSameCluster(account, association, facts),
  )
}

/** The role whose credentials the pods of an association get: the target, where there is one. */
export function roleGivenBy({ roleArn, targetRoleArn }: PodIdentityAssociation): string | undefined {
  const given = targetRoleArn ?? roleArn
  return isUnknown(given) ? undefined : given
}

function clusterOf({ cluster, clusterArn }: PodIdentityAssociation, facts: Facts): Cluster | undefined {
  const name = clusterArn ?? cluster
  return isUnknown(name) ? undefined : namedCluster({ cluster: name }, facts)
}

/** Whether something of Kubernetes is of the cluster of an association; what does not say is where there is one cluster alone. */
function isOfSameCluster(
  object: { readonly cluster?: string },
  association: PodIdentityAssociation,
  facts: Facts,
): boolean {
  const { cluster, clusterArn } = association
  if (object.cluster === undefined) return clusterNames(facts).size === 1
  if (object.cluster === clusterArn) return true
  const own = clusterOf(association, facts)
  if (object.cluster !== cluster) return own !== undefined && mayBeOf(object, own)
  // Names repeat in other Regions, and then a name alone does not say which.
  return new Set(facts.clusters.flatMap((one) => (one.name === cluster ? [one.arn] : []))).size < 2
}

const namesOfClusters = new WeakMap<Facts, ReadonlySet<string>>()

function clusterNames(facts: Facts): ReadonlySet<string> {
  const known = namesOfClusters.get(facts)
  if (known !== undefined) return known
  const names = new Set([
    ...facts.clusters.map(({ name }) => name),
    ...facts.associations.map(({ cluster, address }) => (isUnknown(cluster) ? `of ${address}` : cluster)),
  ])
  namesOfClusters.set(facts, names)
  return names
}

const associationsOf = new WeakMap<Facts, ReadonlyMap<string, readonly PodIdentityAssociation[]>>()

/** By `NAMESPACE/NAME`: a cluster may have thousands. */
function associationsByName(facts: Facts): ReadonlyMap<string, readonly PodIdentityAssociation[]> {
  const known = associationsOf.get(facts)
  if (known !== undefined) return known
  const byName = new Map<string, PodIdentityAssociation[]>()
  for (const association of facts.associations) {
    const { namespace, serviceAccount } = association
    if (isUnknown(namespace) || isUnknown(serviceAccount)) continue
    const key = `${namespace}/${serviceAccount}`
    const same = byName.get(key)
    if (same === undefined) byName.set(key, [association])
    else same.push(association)
  }
  associationsOf.set(facts, byName)
  return byName
}

/** A workload that Pod Identity does not reach. */
export interface StrandedWorkload {
  readonly workload: Workload
  readonly on: 'Fargate' | 'Windows'
}

/** Workloads of an association that run where Pod Identity does not. */
export function strandedWorkloads(
  association: PodIdentityAssociation,
  facts: Facts,
): readonly StrandedWorkload[] {
  const stranded: StrandedWorkload[] = []
  for (const workload of workloadsByName(facts).get(
    `${String(association.namespace)}/${String(association.serviceAccount)}`,
  ) ?? []) {
    if (!isOfSameCluster(workload, association, facts)) continue
    const on = placeOf(workload, association, facts)
    if (on !== undefined) stranded.push({ workload, on })
  }
  const workloads = stranded.map(({ workload }) => workload)
  const running = stranded.filter(({ workload }) => !isIdleDaemonSet(workload, workloads))
  // What others made says nothing that they do not.
  const own = running.filter(({ workload }) => !workload.isOwned)
  return own.length > 0 ? own : running
}

/** `Deployment prod/app runs on Fargate`, with the number of the others. */
export function strandedClause(stranded: readonly StrandedWorkload[]): string | undefined {
  const [first, ...others] = stranded
  if (first === undefined) return undefined
  const { workload, on } = first
  const more = others.length === 0 ? '' : ` and ${others.length} more like it`
  return `${escaped(workload.kind)} ${placeText(workload)} runs on ${on}${more}`
}

function placeOf(
  workload: Workload,
  association: PodIdentityAssociation,
  facts: Facts,
): StrandedWorkload['on'] | undefined {
  if (workload.runsOn !== undefined) return workload.runsOn === 'fargate' ? 'Fargate' : 'Windows'
  // Fargate takes neither DaemonSets nor the network of a node.
  if (workload.kind === 'DaemonSet' || workload.hostNetwork) return undefined
  const isTaken = (facts.fargateProfiles ?? []).some(
    (profile) =>
      association.cluster === profile.cluster &&
      (association.clusterArn ?? profile.clusterArn) === (profile.clusterArn ?? association.clusterArn) &&
      selects(profile, workload),
  )
  return isTaken ? 'Fargate' : undefined
}

/**
 * Whether a profile takes the pods of a workload.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/fargate-profile.html: `*` and `?` in namespaces and labels
 */
function selects({ selectors }: FargateProfile, { namespace, labels }: Workload): boolean {
  if (isUnknown(namespace)) return false
  const own = [...(labels ?? [])]
  return selectors.some(
    (selector) =>
      globMatches(globPattern(selector.namespace), namespace) &&
      [...selector.labels].every(([key, value]) =>
        own.some(
          ([name, text]) => globMatches(globPattern(key), name) && globMatches(globPattern(value), text),
        ),
      ),
  )
}

const workloadsOf = new WeakMap<Facts, ReadonlyMap<string, readonly Workload[]>>()

/** By the `NAMESPACE/NAME` of their service account. */
function workloadsByName(facts: Facts): ReadonlyMap<string, readonly Workload[]> {
  const known = workloadsOf.get(facts)
  if (known !== undefined) return known
  const byName = new Map<string, Workload[]>()
  for (const workload of facts.workloads ?? []) {
    if (isUnknown(workload.namespace)) continue
    const key = `${workload.namespace}/${workload.serviceAccount}`
    const same = byName.get(key)
    if (same === undefined) byName.set(key, [workload])
    else same.push(workload)
  }
  workloadsOf.set(facts, byName)
  return byName
}

/** Whether all workloads and add-ons of a cluster that were read are something else than the agent, and all workloads were. */
export function lacksAgent(cluster: Cluster, facts: Facts): boolean {
  return cluster.autoMode !== true && isComplete('workloads', cluster, facts) && !showsAgent(cluster, facts)
}

/** Whether something that was read is the agent of Pod Identity. */
export function showsAgent(cluster: Cluster, { workloads = [], addons = [] }: Facts): boolean {
  return (
    workloads.some((workload) => workload.isPodIdentityAgent === true && mayBeOf(workload, cluster)) ||
    addons.some(
      ({ name, ...addon }) =>
        name === AGENT_ADDON && mayBeOf({ cluster: addon.clusterArn ?? addon.cluster }, cluster),
    )
  )
}

const counts = new WeakMap<Facts, ReadonlyMap<Cluster | undefined, number>>()

/** How many associations a cluster has. */
export function associationsIn(cluster: Cluster, facts: Facts): number {
  let known = counts.get(facts)
  if (known === undefined) {
    const byName = new Map<string, number>()
    for (const { cluster: name, clusterArn = name } of facts.associations)
      if (!isUnknown(clusterArn)) byName.set(clusterArn, (byName.get(clusterArn) ?? 0) + 1)
    const byCluster = new Map<Cluster | undefined, number>()
    for (const [name, count] of byName) {
      const own = namedCluster({ cluster: name }, facts)
      byCluster.set(own, (byCluster.get(own) ?? 0) + count)
    }
    counts.set(facts, (known = byCluster))
  }
  return known.get(cluster) ?? 0
}
