/** Which facts are of one cluster, and whether they are all of it. */
import type { Cluster, ClusterKind, Completeness, Facts } from '../inventory.js'

/** The cluster that an object says it is of, where that is one of the inputs. */
export function namedCluster({ cluster }: { readonly cluster?: string }, facts: Facts): Cluster | undefined {
  if (cluster === undefined) return undefined
  const [only, ...others] = facts.clusters.filter(({ name, arn }) => name === cluster || arn === cluster)
  // Two inputs may tell of one cluster.
  return others.every(({ arn }) => arn !== undefined && arn === only?.arn) ? only : undefined
}

/** Whether an object may be of the cluster; one that does not say may be of any. */
export function mayBeOf(
  { cluster }: { readonly cluster?: string },
  { name, arn }: Pick<Cluster, 'name' | 'arn'>,
): boolean {
  return cluster === undefined || cluster === name || cluster === arn
}

/** Whether the inputs hold all there is of a kind in the cluster. A list that does not say whose it is counts where there is one cluster. */
export function isComplete(
  kind: ClusterKind,
  cluster: Pick<Cluster, 'name' | 'arn'>,
  { complete = [], clusters }: Pick<Facts, 'complete' | 'clusters'>,
): boolean {
  return complete.some(
    (one) =>
      one.kind === kind &&
      isOfCluster(one) &&
      (one.cluster === undefined ? clusters.length === 1 : mayBeOf(one, cluster)),
  )
}

function isOfCluster(one: Completeness): one is Extract<Completeness, { readonly kind: ClusterKind }> {
  return one.kind !== 'roles' && one.kind !== 'providers' && one.kind !== 'clusters'
}

/** The name of a cluster that is called by its name or its ARN. */
export function nameOfCluster(cluster: string): string {
  return cluster.slice(cluster.lastIndexOf('/') + 1)
}

/** The account that an ARN names, where it names one. */
export function accountOfArn(arn: string | undefined): string | undefined {
  return /^arn:[a-z0-9-]+:[a-z0-9-]+:[a-z0-9-]*:(\d{12}):/.exec(arn ?? '')?.[1]
}
