/** The clusters of an account, each from its own API. */
import type { AccountRecord, KubernetesRecord } from '@podtrust/core/sources/snapshot'
import type { KubeContext } from '../kubernetes/kubeconfig.js'
import { readClusters } from '../kubernetes/read-clusters.js'
import type { EksClusterAddress } from '../kubernetes/read-clusters.js'
import type { AwsSession } from './aws-session.js'

export interface KubernetesReading {
  readonly session: AwsSession
  /** Whether to ask every cluster that AWS told of, with the AWS credentials. */
  readonly byAws: boolean
  readonly context: KubeContext | undefined
  readonly signal: AbortSignal
  readonly progress: (text: string) => void
}

export function readKubernetes(
  { regions }: AccountRecord,
  { session, byAws, context, signal, progress }: KubernetesReading,
): Promise<readonly KubernetesRecord[]> {
  const clusters: EksClusterAddress[] = regions.flatMap(({ region, clusters: list }) =>
    (list?.items ?? []).flatMap(({ name, cluster }) => {
      // Without its description nobody knows where it is; that it has none is said already.
      if (cluster?.arn === undefined) return []
      const { arn, endpoint, resourcesVpcConfig } = cluster
      const authority = session.certificateAuthorities.get(arn)
      const isPublic = resourcesVpcConfig?.endpointPublicAccess
      return {
        arn,
        name,
        region,
        ...(endpoint === undefined ? {} : { endpoint }),
        ...(authority === undefined ? {} : { certificateAuthorityData: authority }),
        ...(isPublic === undefined ? {} : { isPublic }),
      }
    }),
  )
  return readClusters({
    clusters,
    ...(byAws ? { credentials: () => session.credentials() } : {}),
    ...(context === undefined ? {} : { context }),
    signal,
    onProgress: ({ cluster, resource, objects }) =>
      progress(`${cluster.slice(cluster.lastIndexOf('/') + 1)}: ${objects} ${resource}`),
  })
}
