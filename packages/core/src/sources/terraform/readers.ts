/**
 * What the resources of Terraform's AWS provider (`hashicorp/aws`, 5.x and 6.x) tell about trust, one reader each.
 *
 * @see https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role
 */
import type {
  Cluster,
  CoverageGap,
  OidcProvider,
  PodIdentityAssociation,
  Role,
  Unknown,
} from '../../inventory.js'
import { isUnknown } from '../../inventory.js'
import type { InputText, Location } from '../../text/location.js'
import { quoted } from '../../text/quote.js'
import { arnParts, issuerOfUrl, ownerOf } from '../aws-names.js'
import type { Configuration } from './configuration.js'
import { declarationOf } from './declarations.js'
import { knownText, textAttribute, textsAttribute, type TerraformResource } from './resource.js'
import type { Rebuilt, Unknowns } from './unknowns.js'

export interface Found {
  readonly roles: Role[]
  readonly providers: OidcProvider[]
  readonly clusters: Cluster[]
  readonly associations: PodIdentityAssociation[]
  readonly nodes: FoundNodes
  /** A configuration is rarely all of an account, so it holds what it declares at least one of. */
  readonly holds: Set<'roles' | 'providers' | 'clusters' | 'associations'>
  readonly gaps: CoverageGap[]
}

export interface Context {
  readonly input: InputText
  readonly configuration: Configuration
  readonly unknowns: Unknowns
}

type ResourceReader = (resource: TerraformResource, context: Context, found: Found) => void

const managed: ReadonlyMap<string, ResourceReader> = new Map([
  ['aws_iam_role', readRole],
  ['aws_iam_openid_connect_provider', readProvider],
  ['aws_eks_cluster', readCluster],
  ['aws_eks_pod_identity_association', readAssociation],
  ['aws_eks_node_group', keep('groups')],
  ['aws_launch_template', keep('templates')],
  ['aws_iam_instance_profile', keep('profiles')],
])

/** Data sources tell what exists elsewhere. Roles are left to those who declare them. */
const data: ReadonlyMap<string, ResourceReader> = new Map([
  ['aws_iam_openid_connect_provider', readProvider],
  ['aws_eks_cluster', readCluster],
])

export function readerOf({
  mode,
  type,
}: Pick<TerraformResource, 'mode' | 'type'>): ResourceReader | undefined {
  return (mode === 'data' ? data : managed).get(type)
}

/** What nodes are made of is put together when all of it was read. */
function keep(kind: keyof FoundNodes): ResourceReader {
  return (resource, _context, found) => {
    found.nodes[kind].push(resource)
  }
}

function readRole(resource: TerraformResource, context: Context, found: Found): void {
  const location = locationOf(context, resource)
  const arn = knownText(resource, 'arn')
  const path = knownText(resource, 'path')
  const { document: trustPolicy, gaps } = trustPolicyOf(resource, location, context)
  const role: Role = {
    key: roleKey(resource),
    name: knownText(resource, 'name') ?? resource.address,
    ...(arn === undefined ? {} : { arn, ...ownerOf(arn) }),
    ...(path === undefined ? {} : { path }),
    address: resource.address,
    trustPolicy,
    location,
    ...(resource.change === undefined ? {} : { change: resource.change }),
  }
  found.roles.push(role)
  if (trustPolicy.kind === 'unknown') {
    found.gaps.push({ kind: 'role', subject: role.key, reason: trustPolicy.unknown.reason, location })
  }
  for (const gap of gaps) {
    const reason = `the trust policy of ${quoted(resource.address)} is known only after apply in part: ${gap}`
    found.gaps.push({ kind: 'role', subject: role.key, reason, location })
  }
}

/** Node groups and what tells about their nodes. */
export interface FoundNodes {
  readonly groups: TerraformResource[]
  readonly templates: TerraformResource[]
  readonly profiles: TerraformResource[]
}

/** The ARN, and before there is one the address. */
export function roleKey(resource: TerraformResource): string {
  return knownText(resource, 'arn') ?? resource.address
}

const POLICY = 'assume_role_policy'

function trustPolicyOf(
  resource: TerraformResource,
  place: Location,
  { input, configuration, unknowns }: Context,
): Rebuilt {
  const location = { input, pointer: `${resource.valuesPointer}/${POLICY}` }
  const policy = textAttribute(resource, POLICY)
  if (typeof policy === 'string')
    return { document: unknowns.traced(resource, POLICY, policy, location), gaps: [] }
  if (policy === undefined) {
    const reason = `the plan or state does not hold the trust policy of ${quoted(resource.address)}`
    return unknownPolicy({ unknown: true, reason, cause: 'not-collected' }, place)
  }
  if (policy.cause !== 'known-after-apply') return unknownPolicy(policy, place)
  // The pointer of what is not there would point nowhere.
  const rebuilt = unknowns.rebuilt(resource, POLICY, { input, pointer: resource.pointer })
  if (rebuilt !== undefined) return rebuilt
  const origins = configuration.originsOf(resource, POLICY)
  const because = origins.length === 0 ? '' : `, it depends on ${listed(origins)}`
  const reason = `the trust policy of ${quoted(resource.address)} is known only after apply${because}`
  return unknownPolicy({ ...policy, reason }, place)
}

function unknownPolicy(unknown: Unknown, location: Location): Rebuilt {
  return { document: { kind: 'unknown', unknown, location }, gaps: [] }
}

const MOST_ORIGINS = 3

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_ORIGINS).map((name) => quoted(name))
  const rest = names.length - shown.length
  const last = rest > 0 ? `${rest} more` : (shown.pop() ?? '')
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`
}

function readProvider(resource: TerraformResource, context: Context, found: Found): void {
  found.holds.add('providers')
  const location = locationOf(context, resource)
  const arn = knownText(resource, 'arn')
  const url = textAttribute(resource, 'url')
  const issuer = isUnknown(url) ? context.unknowns.issuerOf(resource) : url
  if (typeof url !== 'string') {
    const reason = url?.reason ?? `${quoted(resource.address)} has no \`url\``
    found.gaps.push({ kind: 'provider', subject: resource.address, reason, location })
  }
  if (issuer === undefined) return
  const clientIds = textsAttribute(resource, 'client_id_list')
  if (isUnknown(clientIds)) {
    found.gaps.push({ kind: 'provider', subject: resource.address, reason: clientIds.reason, location })
  }
  found.providers.push({
    ...(arn === undefined ? {} : { arn, ...ownerOf(arn) }),
    issuer: issuerOfUrl(issuer),
    clientIds,
    address: resource.address,
    location,
  })
}

function readCluster(resource: TerraformResource, context: Context, found: Found): void {
  found.holds.add('clusters')
  const location = locationOf(context, resource)
  const arn = knownText(resource, 'arn')
  const region = knownText(resource, 'region') ?? (arn === undefined ? undefined : arnParts(arn)?.region)
  const issuer = textAttribute(resource, 'identity', 0, 'oidc', 0, 'issuer')
  if (isUnknown(issuer)) {
    const reason = `the issuer of the cluster ${quoted(resource.address)} is known only after apply`
    found.gaps.push({ kind: 'cluster', subject: resource.address, reason, location })
  }
  found.clusters.push({
    name: knownText(resource, 'name') ?? resource.address,
    ...(arn === undefined ? {} : { arn, ...ownerOf(arn) }),
    ...(region === undefined ? {} : { region }),
    ...(issuer === undefined
      ? {}
      : {
          issuer: isUnknown(issuer) ? (context.unknowns.issuerOf(resource) ?? issuer) : issuerOfUrl(issuer),
        }),
    address: resource.address,
    location,
  })
}

function readAssociation(resource: TerraformResource, context: Context, found: Found): void {
  found.holds.add('associations')
  const { configuration } = context
  const location = locationOf(context, resource)
  const required = (name: string): string | Unknown => textAttribute(resource, name) ?? unset(resource, name)
  const roleArn = required('role_arn')
  const role = isUnknown(roleArn) ? configuration.roleOf(resource, 'role_arn') : undefined
  const target = textAttribute(resource, 'target_role_arn')
  const { account } = ownerOf(knownText(resource, 'association_arn'))
  const association: PodIdentityAssociation = {
    cluster: required('cluster_name'),
    namespace: required('namespace'),
    serviceAccount: required('service_account'),
    roleArn,
    ...(role === undefined ? {} : { roleKey: roleKey(role) }),
    ...(target === undefined ? {} : { targetRoleArn: target }),
    disableSessionTags: resource.values['disable_session_tags'] === true,
    ...(account === undefined ? {} : { account }),
    address: resource.address,
    location,
  }
  found.associations.push(association)
  const { cluster, namespace, serviceAccount } = association
  for (const value of [cluster, namespace, serviceAccount, role === undefined ? roleArn : undefined]) {
    if (!isUnknown(value)) continue
    found.gaps.push({ kind: 'association', subject: resource.address, reason: value.reason, location })
  }
}

function unset(resource: TerraformResource, name: string): Unknown {
  return { unknown: true, reason: `${quoted(resource.address)} has no ${quoted(name)}`, cause: 'unreadable' }
}

/** The block in its `.tf` file, else the entry of the plan. */
export function locationOf({ input, unknowns }: Context, resource: TerraformResource): Location {
  return declarationOf(resource, unknowns.files) ?? { input, pointer: resource.pointer }
}
