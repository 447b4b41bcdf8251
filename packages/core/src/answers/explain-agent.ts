import { quoted } from '../text/quote.js'
import { mayBeOf } from '../trust/cluster-facts.js'
import { agentOf, isAgent } from '../trust/pod-credentials.js'
import type { AgentState } from '../trust/pod-credentials.js'
import { generalCause, sdkError } from './error-causes.js'
import type { ExplainCause } from './error-causes.js'
import type { PodIdentityCall } from './explain-association.js'
import { elsewhereCause, elsewhereMend, podsElsewhere } from './explain-place.js'
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

function placeOf({ index, cluster, serviceAccount }: PodIdentityCall): Finding | undefined {
  const found = podsElsewhere(index, serviceAccount, cluster)
  const cause = elsewhereCause(index, serviceAccount, cluster)
  if (found === undefined || cause === undefined) return undefined
  const base = {
    asked: 'Linux nodes of EC2',
    found: found.where,
    error: sdkError('agent-unreachable'),
    causes: [cause],
    mend: elsewhereMend,
  }
  if (cause.certainty === 'certain') return { verdict: 'failed', ...base }
  if (found.isAll)
    return {
      verdict: 'unknown',
      expected: 'failed',
      ...base,
      missing: ['whether the pods run on Fargate: `kubectl get pod -o wide` shows nodes `fargate-…`'],
    }
  return { verdict: 'unknown', ...base, missing: ['which of the pods of the service account is meant'] }
}
