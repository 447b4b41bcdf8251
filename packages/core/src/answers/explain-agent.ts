import type { Workload } from '../inventory.js'
import { quoted } from '../text/quote.js'
import { mayBeOf } from '../trust/cluster-facts.js'
import { agentOf, isAgent, placeWithoutPodIdentity } from '../trust/pod-credentials.js'
import type { AgentState } from '../trust/pod-credentials.js'
import type { ServiceAccountName } from '../trust/service-account-set.js'
import { generalCause, sdkError } from './error-causes.js'
import type { ExplainCause } from './error-causes.js'
import type { ExplainMend } from './explain-answer.js'
import type { PodIdentityCall } from './explain-association.js'
import type { ClusterRef, ExplainIndex } from './explain-scene.js'
import type { Finding } from './explain-walk.js'

/**
 * What only the node tells: whether the pod runs where Pod Identity works, and whether the agent runs there.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html#pod-id-restrictions
 */
export function agent(call: PodIdentityCall): Finding {
  const { index, cluster, serviceAccount } = call
  const own = index.workloadsOf(serviceAccount.namespace, serviceAccount.name, cluster)
  const elsewhere = placeOf(call)
  if (elsewhere !== undefined) return elsewhere
  const onHost = own.find(({ hostNetwork }) => hostNetwork)
  const causes: readonly ExplainCause[] =
    onHost === undefined
      ? []
      : [
          {
            ...generalCause('host-network'),
            summary: `${quoted(`${onHost.kind} ${onHost.name}`)} runs on the network of its node`,
          },
        ]
  const state = stateOf(call)
  if (state === 'present') {
    const found = howPresent(call)
    return { verdict: 'passed', found, ...(causes.length === 0 ? {} : { causes }) }
  }
  if (state === 'not-read')
    return {
      verdict: 'assumed',
      detail: 'not read: the add-on `eks-pod-identity-agent`, or EKS Auto Mode, which has it built in',
      ...(causes.length === 0 ? {} : { causes }),
    }
  const isAllRead = index.hasAll('workloads', cluster)
  return {
    verdict: 'unknown',
    found: isAllRead ? 'no such DaemonSet in the cluster' : 'no such add-on in the cluster',
    missing: [
      isAllRead
        ? 'whether the nodes have the agent in another way (EKS Auto Mode, or the machine image)'
        : 'whether the agent was installed without the add-on (`kubectl get daemonset -n kube-system`)',
    ],
    error: sdkError('agent-unreachable'),
    causes: [
      {
        ...generalCause('agent-missing', 'likely'),
        summary: isAllRead
          ? 'all workloads of the cluster were read, and the agent is not among them'
          : 'all add-ons of the cluster were read, and `eks-pod-identity-agent` is not among them',
      },
      ...causes,
    ],
    mend: () => ({
      target: 'pod',
      title: 'install the add-on `eks-pod-identity-agent`',
      ...(cluster === undefined || !/^[\w-]+$/.test(cluster.name)
        ? {}
        : {
            command: `aws eks create-addon --cluster-name ${cluster.name} --addon-name eks-pod-identity-agent`,
          }),
    }),
    // A chart installs the agent as well as the add-on does; that no workload is the agent says more.
    ...(isAllRead ? { expected: 'failed' as const } : {}),
  }
}

function stateOf({ index, cluster }: PodIdentityCall): AgentState {
  const { facts } = index
  const meant = cluster ?? (facts.clusters.length === 1 ? facts.clusters[0] : undefined)
  const state = meant === undefined ? 'not-read' : agentOf(meant, facts)
  if (state !== 'not-read') return state
  if (meant === undefined && (facts.workloads ?? []).some(isAgent)) return 'present'
  return index.hasAll('workloads', cluster) ? 'not-seen' : 'not-read'
}

function howPresent({ index: { facts }, cluster }: PodIdentityCall): string {
  if (cluster !== undefined && 'autoMode' in cluster && cluster.autoMode === true)
    return 'EKS Auto Mode, which has it built in'
  const daemonSet = facts.workloads?.find(
    (one) => isAgent(one) && (cluster === undefined || mayBeOf(one, cluster)),
  )
  return daemonSet === undefined ? 'the add-on eks-pod-identity-agent' : `DaemonSet ${daemonSet.name}`
}

/** Pods that run where Pod Identity does not work. */
export interface PodsElsewhere {
  readonly where: 'on Fargate' | 'on Windows'
  /** One of them; absent where only a Fargate profile tells. */
  readonly workload?: Workload
  /** Whether no workload that was read runs anywhere else. */
  readonly isAll: boolean
}

const PLACES = { fargate: 'on Fargate', windows: 'on Windows' } as const

/** Pods of the service account that run where Pod Identity does not work, told by themselves or by a Fargate profile. */
export function podsElsewhere(
  index: ExplainIndex,
  { namespace, name }: ServiceAccountName,
  cluster: ClusterRef | undefined,
): PodsElsewhere | undefined {
  const { facts } = index
  const own = index.workloadsOf(namespace, name, cluster)
  if (own.length === 0 && facts.fargateProfiles === undefined) return undefined
  // Manifests often do not say their cluster; it is then that of the question.
  const of = cluster === undefined ? {} : { cluster: cluster.arn ?? cluster.name }
  const placed = own.map((workload) => ({
    workload,
    place: placeWithoutPodIdentity({ ...workload, ...of }, facts),
  }))
  for (const { workload, place } of placed)
    if (place !== undefined)
      return {
        where: PLACES[place],
        workload,
        isAll: placed.every((other) => other.place !== undefined),
      }
  if (own.length > 0) return undefined
  const place = placeWithoutPodIdentity({ kind: 'Pod', namespace, ...of }, facts)
  return place === undefined ? undefined : { where: PLACES[place], isAll: true }
}

function placeOf({ index, cluster, serviceAccount }: PodIdentityCall): Finding | undefined {
  const found = podsElsewhere(index, serviceAccount, cluster)
  if (found === undefined) return undefined
  const { where, workload, isAll } = found
  const isCertain = workload !== undefined && isAll
  const summary =
    workload === undefined
      ? `a Fargate profile of ${cluster === undefined ? 'the cluster' : quoted(cluster.name)} takes every pod of the namespace ${quoted(serviceAccount.namespace)}, and Pod Identity does not work there`
      : `${quoted(`${workload.kind} ${workload.name}`)} runs ${where}, where Pod Identity does not work`
  const base = {
    asked: 'Linux nodes of EC2',
    found: where,
    error: sdkError('agent-unreachable'),
    causes: [{ ...generalCause('no-pod-identity-here', isCertain ? 'certain' : 'likely'), summary }],
    mend: (): ExplainMend => ({
      target: 'pod',
      title: 'run the pods on Linux nodes of EC2, or give the service account the role by IRSA',
    }),
  }
  if (isCertain) return { verdict: 'failed', ...base }
  if (isAll)
    return {
      verdict: 'unknown',
      expected: 'failed',
      ...base,
      missing: ['whether the pods run on Fargate: `kubectl get pod -o wide` shows nodes `fargate-…`'],
    }
  return { verdict: 'unknown', ...base, missing: ['which of the pods of the service account is meant'] }
}
