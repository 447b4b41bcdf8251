import type { PodIdentityAssociation, Unknown } from '../inventory.js'
import { below, type Location } from '../text/location.js'
import { quoted } from '../text/quote.js'
import { arnParts, issuerOfUrl, ownerOf } from './aws-names.js'
import { type Dump, gap, type OutputReader } from './dump.js'
import { isList, isObject, type JsonObject, textOf } from './json-input.js'

/** Outputs of `describe-cluster`, `describe-pod-identity-association` and `list-pod-identity-associations`. */
export const eksOutputs: readonly (readonly [string, OutputReader])[] = [
  ['cluster', readCluster],
  ['association', readAssociation],
  ['associations', readAssociations],
]

function readCluster(value: unknown, location: Location, dump: Dump): void {
  dump.holds.add('clusters')
  const name = isObject(value) ? textOf(value['name']) : undefined
  if (!isObject(value) || name === undefined) {
    const reason = `the cluster at ${quoted(location.pointer)} has no \`name\``
    dump.gaps.push(gap('cluster', location, reason))
    return
  }
  const arn = textOf(value['arn'])
  const region = arn === undefined ? undefined : arnParts(arn)?.region
  const issuer = issuerOf(value)
  dump.clusters.push({
    name,
    ...(arn === undefined ? {} : { arn, ...ownerOf(arn) }),
    ...(region === undefined ? {} : { region }),
    ...(issuer === undefined ? {} : { issuer: issuerOfUrl(issuer) }),
    location,
  })
}

/** Absent where the cluster has none, as a local cluster on an Outpost. */
function issuerOf({ identity }: JsonObject): string | undefined {
  const oidc = isObject(identity) ? identity['oidc'] : undefined
  return isObject(oidc) ? textOf(oidc['issuer']) : undefined
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

function associationOf(value: JsonObject, location: Location): PodIdentityAssociation {
  const target = textOf(value['targetRoleArn'])
  const { account } = ownerOf(textOf(value['associationArn']))
  const known = (key: string): string | Unknown => textOf(value[key]) ?? notCollected(key)
  return {
    cluster: known('clusterName'),
    namespace: known('namespace'),
    serviceAccount: known('serviceAccount'),
    roleArn: known('roleArn'),
    ...(target === undefined ? {} : { targetRoleArn: target }),
    disableSessionTags: value['disableSessionTags'] === true,
    ...(account === undefined ? {} : { account }),
    location,
  }
}

function notCollected(key: string): Unknown {
  const reason = `\`${key}\` of the Pod Identity association is missing, \`aws eks describe-pod-identity-association\` has it`
  return { unknown: true, reason, cause: 'not-collected' }
}
