import { below, type Location } from '../text/location.js'
import { quoted } from '../text/quote.js'
import { type Dump, gap, type OutputReader } from './dump.js'
import { associationOf, clusterOf } from './eks-facts.js'
import { isList, isObject } from './json-input.js'

/** Outputs of `describe-cluster`, `describe-pod-identity-association` and `list-pod-identity-associations`. */
export const eksOutputs: readonly (readonly [string, OutputReader])[] = [
  ['cluster', readCluster],
  ['association', readAssociation],
  ['associations', readAssociations],
]

function readCluster(value: unknown, location: Location, dump: Dump): void {
  dump.holds.add('clusters')
  const cluster = clusterOf(value, location)
  if (cluster === undefined) {
    const reason = `the cluster at ${quoted(location.pointer)} has no \`name\``
    dump.gaps.push(gap('cluster', location, reason))
    return
  }
  dump.clusters.push(cluster)
}

function readAssociation(value: unknown, location: Location, dump: Dump): void {
  dump.holds.add('associations')
  if (!isObject(value)) {
    const reason = `the Pod Identity association at ${quoted(location.pointer)} is not an object`
    dump.gaps.push(gap('association', location, reason))
    return
  }
  const association = associationOf(value, location)
  const { cluster, namespace, serviceAccount, roleArn } = association
  for (const missing of [cluster, namespace, serviceAccount, roleArn]) {
    if (typeof missing !== 'string') dump.gaps.push(gap('association', location, missing.reason))
  }
  dump.associations.push(association)
}

/** The list tells whom an association is for, not the role it gives. */
function readAssociations(values: unknown, location: Location, dump: Dump): void {
  if (!isList(values)) return readAssociation(values, location, dump)
  values.forEach((value, index) => readAssociation(value, below(location, `/${index}`), dump))
  dump.holds.add('associations')
}
