/** Clusters, each read from its own API: as the AWS caller, or as the user of a kubeconfig. */
import { collectCluster } from '@podtrust/core/sources/cluster'
import type { ClusterApi, CollectClusterOptions, KubernetesRecord } from '@podtrust/core/sources/cluster'
import { type ClientLimits, type ClusterAccess, clusterClient } from './cluster-client.js'
import { ClusterError } from './cluster-error.js'
import type { KubeContext } from './kubeconfig.js'
import { renewed } from './kubeconfig-user.js'
import { type AwsCredentials, presignedToken } from './presigned-token.js'

/** A cluster as `DescribeCluster` tells of it. */
export interface EksClusterAddress {
  readonly arn: string
  readonly name: string
  readonly region: string
  readonly endpoint?: string
  /** Base64 of PEM: `certificateAuthority.data`. */
  readonly certificateAuthorityData?: string
  /** `resourcesVpcConfig.endpointPublicAccess` */
  readonly isPublic?: boolean
}

export interface ReadClustersOptions {
  readonly clusters: readonly EksClusterAddress[]
  /** Of the caller who reads AWS. Absent: only the context is read. */
  readonly credentials?: () => Promise<AwsCredentials>
  /** Where it is one of the clusters, that one is read by it; else it is read besides. */
  readonly context?: KubeContext
  readonly signal?: AbortSignal
  readonly onProgress?: CollectClusterOptions['onProgress']
  readonly limits?: ClientLimits
}

const AT_ONCE = 3

/**
 * Reads the clusters, a few at a time. It never rejects: of a cluster that cannot be read there is a record with a miss that
 * says why, and what to do.
 */
export async function readClusters(options: ReadClustersOptions): Promise<readonly KubernetesRecord[]> {
  const { clusters, context, credentials } = options
  const own = context === undefined ? undefined : clusterOfContext(context, clusters)
  const jobs = [
    ...clusters
      .filter(({ arn }) => arn !== own && credentials !== undefined)
      .map((cluster) => () => readByAws(cluster, options)),
    ...(context === undefined || own === undefined
      ? []
      : [() => readWith(own, () => context.access, options, HINTS_BY_CONTEXT)]),
  ]
  const results = new Array<KubernetesRecord>(jobs.length)
  const queue = jobs.entries()
  const work = async (): Promise<void> => {
    for (const [index, job] of queue) results[index] = await job()
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return results
}

/**
 * Which cluster a context is: the one with that endpoint, also behind a tunnel that keeps its name; else the one whose ARN
 * the kubeconfig calls it by, as `aws eks update-kubeconfig` does; else the context's own name has to do.
 */
export function clusterOfContext(
  { name, clusterName, access }: Pick<KubeContext, 'name' | 'clusterName' | 'access'>,
  clusters: readonly Pick<EksClusterAddress, 'arn' | 'endpoint'>[],
): string {
  const hosts = [hostOf(access.server), access.serverName?.toLowerCase()].filter((host) => host !== undefined)
  const same = clusters.find(({ endpoint }) => {
    const host = endpoint === undefined ? undefined : hostOf(endpoint)
    return host !== undefined && hosts.includes(host)
  })
  return same?.arn ?? [clusterName, name].find(isClusterArn) ?? name
}

function isClusterArn(text: string): boolean {
  return /^arn:aws[a-z0-9-]*:eks:[a-z0-9-]+:\d{12}:cluster\/[\w-]+$/.test(text)
}

/** With the port where that is not the one of https. */
function hostOf(address: string): string | undefined {
  return URL.canParse(address) ? new URL(address).host : undefined
}

function readByAws(cluster: EksClusterAddress, options: ReadClustersOptions): Promise<KubernetesRecord> {
  return readWith(cluster.arn, () => accessByAws(cluster, options), options, hintsByAws(cluster))
}

/** EKS takes a token for a quarter of an hour; it is made anew long before. */
const TOKEN_MS = 10 * 60_000

function accessByAws(
  { name, region, endpoint, certificateAuthorityData }: EksClusterAddress,
  { credentials }: ReadClustersOptions,
): ClusterAccess {
  if (endpoint === undefined || credentials === undefined) {
    throw new ClusterError('EKS tells no endpoint of it')
  }
  const authority = Buffer.from(certificateAuthorityData ?? '', 'base64').toString('utf8')
  // Without it any authority of the system could stand in for the cluster and get the token.
  if (!authority.includes('-----BEGIN ')) throw new ClusterError('EKS tells no certificate authority of it')
  return {
    server: endpoint,
    authority,
    credentials: renewed(async () => {
      const expires = new Date(Date.now() + TOKEN_MS)
      return { token: await tokenOf(name, region, credentials), expires }
    }),
  }
}

async function tokenOf(
  cluster: string,
  region: string,
  credentials: () => Promise<AwsCredentials>,
): Promise<string> {
  try {
    return await presignedToken({ cluster, region, credentials: await credentials() })
  } catch {
    // What credential providers say may hold what they were given.
    throw new ClusterError('no token could be made for it: the AWS credentials could not be had')
  }
}

/** What to say beyond what happened. */
interface Hints {
  /** Where no connection comes about. */
  readonly outOfReach: string
  /** Where the server does not take the credentials, which it gives no reason for. */
  readonly unknownCaller?: string
}

async function readWith(
  cluster: string,
  access: () => ClusterAccess,
  { signal, onProgress, limits }: ReadClustersOptions,
  hints: Hints,
): Promise<KubernetesRecord> {
  const options = {
    cluster,
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  }
  let client
  try {
    client = clusterClient(access(), limits)
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error
    return collectCluster({ get: () => Promise.reject(error) }, options)
  }
  try {
    return await collectCluster(hinting(client, hints), options)
  } finally {
    client.close()
  }
}

/** The same client, which also says what to do. */
function hinting(client: ClusterApi, { outOfReach, unknownCaller }: Hints): ClusterApi {
  return {
    async get(path, options) {
      try {
        const answer = await client.get(path, options)
        if (answer.status !== 401 || unknownCaller === undefined) return answer
        return { status: 401, body: { kind: 'Status', message: unknownCaller } }
      } catch (error) {
        if (!(error instanceof ClusterError) || !error.isOutOfReach) throw error
        const kind = error.name === 'TimeoutError' ? 'timed-out' : 'out-of-reach'
        throw new ClusterError(`${error.message}; ${outOfReach}`, kind)
      }
    },
  }
}

function hintsByAws({ isPublic }: EksClusterAddress): Hints {
  const why =
    isPublic === false ? 'its endpoint is private' : 'its endpoint may be private, or closed to this address'
  return {
    outOfReach: `${why}: run podtrust inside of its VPC, or give a kubeconfig that reaches it (--kubeconfig)`,
    unknownCaller: 'no access entry of the cluster is for the caller, nor does `aws-auth` map it',
  }
}

const HINTS_BY_CONTEXT: Hints = { outOfReach: 'see whether `kubectl` reaches it from here' }
