import type { PodIdentityAssociation } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { escaped } from '../text/quote.js'
import type { SubjectReference } from './rule.js'

export function associationSubject(association: PodIdentityAssociation): SubjectReference {
  const { cluster, namespace, serviceAccount, address } = association
  const parts = [cluster, namespace, serviceAccount]
  const key = parts.some(isUnknown) ? address : undefined
  const where = isUnknown(cluster) ? '' : ` in cluster ${cluster}`
  const who = `${isUnknown(namespace) ? '?' : namespace}/${isUnknown(serviceAccount) ? '?' : serviceAccount}`
  return {
    kind: 'association',
    key: key ?? parts.map((part) => (isUnknown(part) ? '' : part)).join('/'),
    name: escaped(`association of ${who}${where}`),
  }
}
