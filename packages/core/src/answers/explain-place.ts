import type { Workload } from '../inventory.js'
import { quoted } from '../text/quote.js'
import { placeWithoutPodIdentity } from '../trust/pod-credentials.js'
import type { ServiceAccountName } from '../trust/service-account-set.js'
import { generalCause } from './error-causes.js'
import type { ExplainCause } from './error-causes.js'
import type { ExplainMend } from './explain-answer.js'
import type { ClusterRef, ExplainIndex } from './explain-scene.js'

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

/** That Pod Identity does not work where the pods run. */
export function elsewhereCause(
  index: ExplainIndex,
  serviceAccount: ServiceAccountName,
  cluster: ClusterRef | undefined,
): ExplainCause | undefined {
  const found = podsElsewhere(index, serviceAccount, cluster)
  if (found === undefined) return undefined
  const { where, workload, isAll } = found
  const profile = cluster === undefined ? 'the cluster' : quoted(cluster.name)
  const summary =
    workload === undefined
      ? `a Fargate profile of ${profile} takes every pod of the namespace ${quoted(serviceAccount.namespace)}, and Pod Identity does not work there`
      : `${quoted(`${workload.kind} ${workload.name}`)} runs ${where}, where Pod Identity does not work`
  const certainty = workload !== undefined && isAll ? 'certain' : 'likely'
  return { ...generalCause('no-pod-identity-here', certainty), summary }
}

export function elsewhereMend(): ExplainMend {
  return {
    target: 'pod',
    title: 'run the pods on Linux nodes of EC2, or give the service account the role by IRSA',
  }
}
