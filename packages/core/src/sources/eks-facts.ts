/** Clusters and Pod Identity associations as EKS describes them (API version 2017-11-01). */
import type { Cluster, ClusterEndpoint, PodIdentityAssociation, Unknown } from '../inventory.js'
import type { Location } from '../text/location.js'
import { arnParts, issuerOfUrl, ownerOf } from './aws-names.js'
import { isObject, type JsonObject, textOf } from './json-input.js'

/** The cluster of a description, or `undefined` where it has no name. */
export function clusterOf(value: unknown, location: Location): Cluster | undefined {
  const name = isObject(value) ? textOf(value['name']) : undefined
  if (!isObject(value) || name === undefined) return undefined
  const arn = textOf(value['arn'])
  const region = arn === undefined ? undefined : arnParts(arn)?.region
  const issuer = textOf(member(member(value, 'identity'), 'oidc')['issuer'])
  const status = textOf(value['status'])
  const compute = member(value, 'computeConfig')
  const nodeRoleArn = textOf(compute['nodeRoleArn'])
  const authenticationMode = textOf(member(value, 'accessConfig')['authenticationMode'])
  const endpoint = endpointOf(value)
  return {
    name,
    ...(arn === undefined ? {} : { arn, ...ownerOf(arn) }),
    ...(region === undefined ? {} : { region }),
    ...(issuer === undefined ? {} : { issuer: issuerOfUrl(issuer) }),
    ...(status === undefined ? {} : { status }),
    ...(typeof compute['enabled'] === 'boolean' ? { autoMode: compute['enabled'] } : {}),
    ...(nodeRoleArn === undefined ? {} : { nodeRoleArn }),
    ...(authenticationMode === undefined ? {} : { authenticationMode }),
    ...(endpoint === undefined ? {} : { endpoint }),
    location,
  }
}

function member(value: JsonObject, key: string): JsonObject {
  const found = value[key]
  return isObject(found) ? found : {}
}

function endpointOf(value: JsonObject): ClusterEndpoint | undefined {
  const url = textOf(value['endpoint'])
  const { endpointPublicAccess: isPublic, endpointPrivateAccess: isPrivate } = member(
    value,
    'resourcesVpcConfig',
  )
  const endpoint = {
    ...(url === undefined ? {} : { url }),
    ...(typeof isPublic === 'boolean' ? { isPublic } : {}),
    ...(typeof isPrivate === 'boolean' ? { isPrivate } : {}),
  }
  return Object.keys(endpoint).length === 0 ? undefined : endpoint
}

/** What is missing of an association is `Unknown`: a list tells whom it is for, and not the role it gives. */
export function associationOf(value: JsonObject, location: Location): PodIdentityAssociation {
  const arn = textOf(value['associationArn'])
  const { account } = ownerOf(arn)
  const known = (key: string): string | Unknown => textOf(value[key]) ?? notCollected(key)
  return {
    cluster: known('clusterName'),
    namespace: known('namespace'),
    serviceAccount: known('serviceAccount'),
    roleArn: known('roleArn'),
    ...texts(value, { targetRoleArn: 'targetRoleArn' }),
    disableSessionTags: value['disableSessionTags'] === true,
    ...(arn === undefined ? {} : { arn }),
    ...texts(value, {
      id: 'associationId',
      externalId: 'externalId',
      policy: 'policy',
      ownerArn: 'ownerArn',
    }),
    ...(account === undefined ? {} : { account }),
    location,
  }
}

/** The members that hold a text, under the names of facts. */
function texts<Name extends string>(
  value: JsonObject,
  members: Readonly<Record<Name, string>>,
): { readonly [name in Name]?: string } {
  const found: { [name in Name]?: string } = {}
  for (const [name, key] of Object.entries(members) as [Name, string][]) {
    const text = textOf(value[key])
    if (text !== undefined) found[name] = text
  }
  return found
}

function notCollected(key: string): Unknown {
  const reason = `\`${key}\` of the Pod Identity association is missing, \`aws eks describe-pod-identity-association\` has it`
  return { unknown: true, reason, cause: 'not-collected' }
}
