import type { Addon, Capability } from '../inventory.js'
import { escaped } from '../text/quote.js'
import type { SubjectReference } from './rule.js'

export function addonSubject({ cluster, clusterArn, name }: Addon): SubjectReference {
  return {
    kind: 'addon',
    key: `${clusterArn ?? cluster}/${name}`,
    name: escaped(`add-on ${name} of cluster ${cluster}`),
  }
}

export function capabilitySubject({ cluster, clusterArn, name }: Capability): SubjectReference {
  return {
    kind: 'capability',
    key: `${clusterArn ?? cluster}/${name}`,
    name: escaped(`capability ${name} of cluster ${cluster}`),
  }
}
