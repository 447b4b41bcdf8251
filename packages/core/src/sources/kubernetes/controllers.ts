/**
 * Objects by which controllers inside of a cluster make roles and associations: AWS Controllers for Kubernetes
 * (`iam.services.k8s.aws`, `eks.services.k8s.aws`, v1alpha1) and Crossplane's AWS providers (`*.aws.upbound.io`,
 * `*.aws.m.upbound.io`, `*.aws.crossplane.io`, v1beta1).
 *
 * @see https://aws-controllers-k8s.github.io/community/reference/
 */
import type { CoverageGap, OidcProvider, PodIdentityAssociation, Role, Unknown } from '../../inventory.js'
import { isUnknown } from '../../inventory.js'
import { quoted } from '../../text/quote.js'
import { issuerOfUrl, ownerOf, roleNameOfArn } from '../aws-names.js'
import { textDocument } from '../trust-document.js'
import { textOf, textsOf } from '../json-input.js'
import { type KubernetesObject, member, valueAt } from './objects.js'

export interface Controlled {
  readonly roles: Role[]
  readonly providers: OidcProvider[]
  readonly associations: PodIdentityAssociation[]
  readonly gaps: CoverageGap[]
}

type ControllerReader = (object: KubernetesObject, shape: Shape, found: Controlled) => void

/** Where one family of controllers writes what. */
interface Shape {
  readonly spec: readonly string[]
  readonly arn: readonly string[]
  readonly trustPolicy: readonly string[]
  readonly roleArn: readonly string[]
  readonly targetRoleArn: readonly string[]
  readonly clientIds: readonly string[]
  /** Members that name another object instead of an ARN. */
  readonly roleReferences: readonly (readonly string[])[]
}

const ACK: Shape = {
  spec: ['spec'],
  arn: ['status', 'ackResourceMetadata', 'arn'],
  trustPolicy: ['assumeRolePolicyDocument'],
  roleArn: ['roleARN'],
  targetRoleArn: ['targetRoleARN'],
  clientIds: ['clientIDs'],
  roleReferences: [['roleRef', 'from', 'name']],
}

const CROSSPLANE: Shape = {
  spec: ['spec', 'forProvider'],
  arn: ['status', 'atProvider', 'arn'],
  trustPolicy: ['assumeRolePolicy', 'assumeRolePolicyDocument'],
  roleArn: ['roleArn'],
  targetRoleArn: ['targetRoleArn'],
  clientIds: ['clientIdList', 'clientIDList'],
  roleReferences: [['roleArnRef', 'name']],
}

const kinds: ReadonlyMap<string, ControllerReader> = new Map([
  ['iam/Role', readRole],
  ['iam/OpenIDConnectProvider', readProvider],
  ['eks/PodIdentityAssociation', readAssociation],
])

/** The service of AWS that an object is made in, and how its family writes. */
function familyOf(group: string): { readonly service: string; readonly shape: Shape } | undefined {
  const [, service = '', family] =
    /^([a-z0-9]+)\.(services\.k8s\.aws|aws\.(?:m\.)?(?:upbound|crossplane)\.io)$/.exec(group) ?? []
  if (family === undefined) return undefined
  return { service, shape: family === 'services.k8s.aws' ? ACK : CROSSPLANE }
}

/** Reads the object where it is one of these. */
export function readControlled(object: KubernetesObject, found: Controlled): void {
  const family = familyOf(object.group)
  const reader = family && kinds.get(`${family.service}/${object.kind}`)
  if (family !== undefined && reader !== undefined) reader(object, family.shape, found)
}

function readRole(object: KubernetesObject, shape: Shape, found: Controlled): void {
  const { location } = object
  const address = addressOf(object)
  const arn = arnOf(object, shape)
  const key = shape.trustPolicy.find((one) => valueAt(object.value, ...shape.spec, one) !== undefined)
  const policy = key === undefined ? undefined : valueAt(object.value, ...shape.spec, key)
  const at = key === undefined ? location : member(location, ...shape.spec, key)
  const path = textOf(valueAt(object.value, ...shape.spec, 'path'))
  const role = {
    key: arn ?? address,
    name: awsNameOf(object, arn),
    ...(arn === undefined ? {} : { arn, ...ownerOf(arn) }),
    ...(path === undefined ? {} : { path }),
    address,
    location,
  }
  if (typeof policy === 'string') {
    found.roles.push({ ...role, trustPolicy: textDocument(policy, at) })
    return
  }
  const reason = `${quoted(address)} does not hold its trust policy as text`
  found.roles.push({
    ...role,
    trustPolicy: {
      kind: 'unknown',
      unknown: { unknown: true, reason, cause: 'not-collected' },
      location: at,
    },
  })
  found.gaps.push({ kind: 'role', subject: role.key, reason, location: at })
}

function readProvider(object: KubernetesObject, shape: Shape, found: Controlled): void {
  const { location } = object
  const address = addressOf(object)
  const url = textOf(valueAt(object.value, ...shape.spec, 'url'))
  const arn = textOf(valueAt(object.value, ...shape.arn))
  const clientIds = shape.clientIds
    .map((one) => textsOf(valueAt(object.value, ...shape.spec, one)))
    .find((list) => list !== undefined)
  if (url === undefined) {
    const reason = `${quoted(address)} has no \`url\``
    found.gaps.push({ kind: 'provider', subject: address, reason, location })
    return
  }
  found.providers.push({
    ...(arn === undefined ? {} : { arn, ...ownerOf(arn) }),
    issuer: issuerOfUrl(url),
    clientIds: clientIds ?? [],
    address,
    location,
  })
}

function readAssociation(object: KubernetesObject, shape: Shape, found: Controlled): void {
  const { location } = object
  const address = addressOf(object)
  const required = (...names: readonly string[]): string | Unknown =>
    names
      .map((name) => textOf(valueAt(object.value, ...shape.spec, name)))
      .find((text) => text !== undefined) ?? unnamed(address, names[0] ?? '')
  const roleArn = required(...shape.roleArn)
  const reference = shape.roleReferences
    .map((path) => textOf(valueAt(object.value, ...shape.spec, ...path)))
    .find((text) => text !== undefined)
  const target = shape.targetRoleArn
    .map((one) => textOf(valueAt(object.value, ...shape.spec, one)))
    .find((text) => text !== undefined)
  const association: PodIdentityAssociation = {
    cluster: required('clusterName'),
    namespace: required('namespace'),
    serviceAccount: required('serviceAccount'),
    roleArn,
    ...(target === undefined ? {} : { targetRoleArn: target }),
    disableSessionTags: valueAt(object.value, ...shape.spec, 'disableSessionTags') === true,
    address,
    location,
  }
  found.associations.push(association)
  const { cluster, namespace, serviceAccount } = association
  const points =
    isUnknown(roleArn) && reference !== undefined ? `, it points to the role object ${quoted(reference)}` : ''
  for (const value of [cluster, namespace, serviceAccount, roleArn]) {
    if (isUnknown(value))
      found.gaps.push({
        kind: 'association',
        subject: address,
        reason: value.reason + (value === roleArn ? points : ''),
        location,
      })
  }
}

function unnamed(address: string, name: string): Unknown {
  return { unknown: true, reason: `${quoted(address)} has no ${quoted(name)}`, cause: 'not-collected' }
}

/** What the object is called in its cluster: a role of that name and kind is another object with another group. */
function addressOf({ group, kind, namespace, name }: KubernetesObject): string {
  const service = group.slice(0, group.indexOf('.'))
  return `${service} ${kind} ${isUnknown(namespace) ? name : `${namespace}/${name}`}`
}

function arnOf(object: KubernetesObject, shape: Shape): string | undefined {
  const arn = textOf(valueAt(object.value, ...shape.arn))
  return arn !== undefined && roleNameOfArn(arn) !== undefined ? arn : undefined
}

/** The name in AWS: of the ARN, else what the object says, else what the controller makes of the object's own. */
function awsNameOf(object: KubernetesObject, arn: string | undefined): string {
  return (
    (arn === undefined ? undefined : roleNameOfArn(arn)) ??
    textOf(valueAt(object.value, 'spec', 'name')) ??
    textOf(valueAt(object.metadata, 'annotations', 'crossplane.io/external-name')) ??
    object.name
  )
}
