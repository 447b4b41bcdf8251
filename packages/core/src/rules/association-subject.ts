import type { PodIdentityAssociation } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { escaped } from '../text/quote.js'
import type { SubjectReference } from './rule.js'

export function associationSubject(association: PodIdentityAssociation): SubjectReference {
  const { cluster, clusterArn, namespace, serviceAccount, address } = association
  // Names of clusters repeat in other Regions and accounts, and then so would the fingerprints of findings.
  const parts = [clusterArn ?? cluster, namespace, serviceAccount]
  const key = parts.some(isUnknown) ? address : undefined
  const where = isUnknown(cluster) ? '' : ` in cluster ${cluster}`
  const who = `${isUnknown(namespace) ? '?' : namespace}/${isUnknown(serviceAccount) ? '?' : serviceAccount}`
  return {
    kind: 'association',
    key: key ?? parts.map((part) => (isUnknown(part) ? '' : part)).join('/'),
    name: escaped(`association of ${who}${where}`),
  }
}
