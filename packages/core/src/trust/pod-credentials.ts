/**
 * Which credentials a new pod gets, told from what was read of its service account, its association and where it runs.
 * Whether the role then lets it in is another question.
 */
import { globMatches, globPattern } from '../condition/glob.js'
import type {
  Cluster,
  Facts,
  FargateProfile,
  PodIdentityAssociation,
  ServiceAccount,
  Unknown,
  Workload,
} from '../inventory.js'
import { isComplete, mayBeOf } from './cluster-facts.js'

/** What was read of a service account, and of one workload that runs as it. */
export interface PodSetup {
  /** Absent where it was not read. */
  readonly account?: Pick<ServiceAccount, 'roleArn'> | undefined
  readonly association?: PodIdentityAssociation | undefined
  /** Absent for a pod that sets nothing itself. */
  readonly workload?: Pick<Workload, 'roleArns' | 'setsTokenFile'> | undefined
  /** Whether the inputs hold associations: only then does none mean that there is none. */
  readonly readsAssociations: boolean
}

export type PodCredentials =
  | {
      /** Variables of IRSA that the pod sets itself. */
      readonly source: 'environment'
      readonly roleArn: string | Unknown
      /** EKS adds the variables of Pod Identity to them; then the order of the SDK decides. */
      readonly beside?: PodIdentityAssociation
    }
  | {
      readonly source: 'association'
      readonly association: PodIdentityAssociation
      /** The role that the annotation names, which EKS leaves aside. */
      readonly leavesAside?: string
    }
  | { readonly source: 'annotation'; readonly roleArn: string }
  /** No role of its own: what is left is the role of the node, where pods reach it. */
  | { readonly source: 'none' }
  /** The annotation or the associations were not read. */
  | { readonly source: 'unknown' }

/**
 * The credentials that a new pod starts with. EKS sets the variables of one mechanism and looks no further: those of Pod
 * Identity as soon as an association exists, wherever the pod runs, else those of IRSA where the annotation stands.
 * Variables that the pod sets itself stay, and SDKs look for a web identity before they ask the agent. Pods that started
 * before an association was made keep what they have.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 * @see https://github.com/aws/amazon-eks-pod-identity-webhook pkg/handler/handler.go, `buildPodPatchConfig`
 */
export function podCredentials({
  account,
  association,
  workload,
  readsAssociations,
}: PodSetup): PodCredentials {
  const [own] = workload?.roleArns ?? []
  if (workload?.setsTokenFile && own !== undefined)
    return {
      source: 'environment',
      roleArn: own,
      ...(association === undefined ? {} : { beside: association }),
    }
  const annotated = account?.roleArn
  if (association !== undefined)
    return {
      source: 'association',
      association,
      ...(annotated === undefined ? {} : { leavesAside: annotated }),
    }
  if (annotated !== undefined) {
    // Half of the variables set by hand: EKS adds the token file and leaves the role alone.
    return own === undefined
      ? { source: 'annotation', roleArn: annotated }
      : { source: 'environment', roleArn: own }
  }
  return { source: account === undefined || !readsAssociations ? 'unknown' : 'none' }
}

/**
 * Where the pods of a workload run, if that is a place without Pod Identity; `undefined` for Linux nodes and where nothing
 * tells. A profile of Fargate takes the pods of its namespace that have all of its labels, except those of a DaemonSet.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html#pod-id-restrictions
 */
export function placeWithoutPodIdentity(
  workload: Pick<Workload, 'cluster' | 'kind' | 'namespace' | 'labels' | 'runsOn'>,
  { fargateProfiles = [], clusters }: Pick<Facts, 'fargateProfiles' | 'clusters'>,
): 'fargate' | 'windows' | undefined {
  if (workload.runsOn !== undefined) return workload.runsOn
  if (workload.kind === 'DaemonSet') return undefined
  const isOnFargate = fargateProfiles.some(
    (profile) =>
      (workload.cluster === undefined
        ? clusters.length <= 1
        : [profile.cluster, profile.clusterArn].includes(workload.cluster)) && takes(profile, workload),
  )
  return isOnFargate ? 'fargate' : undefined
}

/**
 * Whether a workload is a DaemonSet for Windows of which no pod was read. Charts bring one to every cluster, and where no
 * node runs Windows it makes nothing.
 *
 * @param workloads all of its service account, pods among them
 */
export function isIdleDaemonSet(
  { kind, name, runsOn }: Pick<Workload, 'kind' | 'name' | 'runsOn'>,
  workloads: readonly Pick<Workload, 'kind' | 'name'>[],
): boolean {
  return (
    kind === 'DaemonSet' &&
    runsOn === 'windows' &&
    !workloads.some((one) => one.kind === 'Pod' && one.name.startsWith(`${name}-`))
  )
}

function takes({ selectors }: FargateProfile, workload: Pick<Workload, 'namespace' | 'labels'>): boolean {
  return selectors.some(
    ({ namespace, labels }) =>
      typeof workload.namespace === 'string' &&
      matches(namespace, workload.namespace) &&
      [...labels].every(([label, value]) => {
        const own = workload.labels?.get(label)
        return own !== undefined && matches(value, own)
      }),
  )
}

function matches(pattern: string, text: string): boolean {
  return globMatches(globPattern(pattern), text)
}

/**
 * Whether the nodes of a cluster have the agent of Pod Identity. `absent` where all workloads of a cluster without Auto Mode
 * were read and none is the agent; `not-seen` where something was looked at that would usually show it. Either way it may
 * be part of the machine image.
 */
export type AgentState = 'present' | 'absent' | 'not-seen' | 'not-read'

const AGENT = 'eks-pod-identity-agent'

export function agentOf(
  cluster: Pick<Cluster, 'name' | 'arn' | 'autoMode'>,
  facts: Pick<Facts, 'addons' | 'workloads' | 'complete' | 'clusters'>,
): AgentState {
  const { addons = [], workloads = [] } = facts
  if (cluster.autoMode) return 'present'
  const isOf = (one: { readonly cluster: string; readonly clusterArn?: string }): boolean =>
    one.clusterArn === undefined || cluster.arn === undefined
      ? one.cluster === cluster.name
      : one.clusterArn === cluster.arn
  if (addons.some((addon) => addon.name === AGENT && isOf(addon))) return 'present'
  if (workloads.some((workload) => isAgent(workload) && mayBeOf(workload, cluster))) return 'present'
  if (isComplete('workloads', cluster, facts)) return cluster.autoMode === false ? 'absent' : 'not-seen'
  return isComplete('addons', cluster, facts) ? 'not-seen' : 'not-read'
}

/** Whether a workload is the agent: as its reader says, else by the name that EKS and its chart give it. */
export function isAgent({ kind, name, isPodIdentityAgent }: Workload): boolean {
  return isPodIdentityAgent ?? (kind === 'DaemonSet' && name.startsWith(AGENT))
}
