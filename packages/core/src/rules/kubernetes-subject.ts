import type { Facts, PodIdentityAssociation, ServiceAccount, Unknown, Workload } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { below, type Location } from '../text/location.js'
import { escaped } from '../text/quote.js'
import type { SubjectReference } from './rule.js'

export { isComplete, mayBeOf, namedCluster } from '../trust/cluster-facts.js'

interface Placed {
  readonly cluster?: string
  readonly namespace: string | Unknown
  readonly name: string
}

export function serviceAccountSubject(account: ServiceAccount): SubjectReference {
  return { kind: 'service-account', key: keyOf(account), name: `service account ${placeText(account)}` }
}

export function workloadSubject(workload: Placed & Pick<Workload, 'kind'>): SubjectReference {
  return {
    kind: 'workload',
    key: `${workload.kind} ${keyOf(workload)}`,
    name: `${workload.kind} ${placeText(workload)}`,
  }
}

function keyOf({ cluster, namespace, name }: Placed): string {
  return [...(cluster === undefined ? [] : [cluster]), isUnknown(namespace) ? '' : namespace, name].join('/')
}

/** `NAMESPACE/NAME`, with the cluster where it is known. */
export function placeText({ cluster, namespace, name }: Placed): string {
  const where = cluster === undefined ? '' : ` in cluster ${cluster.slice(cluster.lastIndexOf('/') + 1)}`
  return escaped((isUnknown(namespace) ? name : `${namespace}/${name}`) + where)
}

/** Where the name of an object stands: the whole of it is too much to point at. */
export function nameOf({ location }: { readonly location: Location }): Location {
  return below(location, '/metadata/name')
}

/** Whether an association gives the service account its credentials; then EKS does not look at annotations. */
export function associationOf(
  account: Pick<ServiceAccount, 'cluster' | 'namespace' | 'name'>,
  facts: Facts,
): PodIdentityAssociation | undefined {
  return facts.associations.find(
    ({ cluster, clusterArn, namespace, serviceAccount }) =>
      serviceAccount === account.name &&
      (isUnknown(account.namespace) || namespace === account.namespace) &&
      (account.cluster === undefined || cluster === account.cluster || clusterArn === account.cluster),
  )
}
