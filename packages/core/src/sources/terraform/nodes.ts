/**
 * Node groups: whose role their nodes have, and what their metadata service asks of a pod that wants its credentials.
 *
 * @see https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/launch_template
 */
import { type ImdsOptions, isUnknown, type NodeGroup, type Role, type Unknown } from '../../inventory.js'
import type { Location } from '../../text/location.js'
import { quoted } from '../../text/quote.js'
import { ownerOf } from '../aws-names.js'
import { isList } from '../json-input.js'
import { placeAt } from './statement-blocks.js'
import { type Context, type Found, locationOf, roleKey } from './readers.js'
import { knownText, textAttribute, type TerraformResource } from './resource.js'

export function nodeGroupsOf({ nodes, roles }: Found, context: Context): readonly NodeGroup[] {
  return nodes.groups.map((group) => {
    const arn = textAttribute(group, 'node_role_arn') ?? unset(group, 'node_role_arn')
    const role = context.configuration.roleOf(group, 'node_role_arn')
    const key =
      role === undefined ? roles.find((one) => one.arn !== undefined && one.arn === arn)?.key : roleKey(role)
    const { account } = ownerOf(knownText(group, 'arn'))
    const imds = imdsOf(group, nodes.templates, context)
    return {
      name: knownText(group, 'node_group_name') ?? group.address,
      cluster: textAttribute(group, 'cluster_name') ?? unset(group, 'cluster_name'),
      roleArn: arn,
      ...(key === undefined ? {} : { roleKey: key }),
      ...(imds === undefined ? {} : { imds }),
      ...(account === undefined ? {} : { account }),
      address: group.address,
      location: locationOf(context, group),
    }
  })
}

function unset(resource: TerraformResource, name: string): Unknown {
  return { unknown: true, reason: `${quoted(resource.address)} has no ${quoted(name)}`, cause: 'unreadable' }
}

/** `undefined` where the group has no launch template of its own: the default is the machine image's. */
function imdsOf(
  group: TerraformResource,
  templates: readonly TerraformResource[],
  context: Context,
): ImdsOptions | Unknown | undefined {
  if (!isList(group.values['launch_template']) || group.values['launch_template'].length === 0)
    return undefined
  const template = templateOf(group, templates, context)
  if (template === undefined) {
    const reason = `the launch template of ${quoted(group.address)} is not in the input`
    return { unknown: true, reason, cause: 'not-collected' }
  }
  const tokens = textAttribute(template, 'metadata_options', 0, 'http_tokens')
  const endpoint = textAttribute(template, 'metadata_options', 0, 'http_endpoint')
  const options = template.values['metadata_options']
  const first: unknown = isList(options) ? options[0] : undefined
  const hops =
    typeof first === 'object' && first !== null
      ? (first as Readonly<Record<string, unknown>>)['http_put_response_hop_limit']
      : undefined
  return {
    ...(tokens === 'optional' || tokens === 'required' ? { tokens } : {}),
    // Zero is what the provider writes where nothing was set.
    ...(typeof hops === 'number' && hops > 0 ? { hopLimit: hops } : {}),
    ...(endpoint === 'disabled' ? { disabled: true } : {}),
    location: placeOfOptions(template, context),
  }
}

/** By its id or name where they are known, else by the only one that the references lead to. */
function templateOf(
  group: TerraformResource,
  templates: readonly TerraformResource[],
  { configuration }: Context,
): TerraformResource | undefined {
  for (const name of ['id', 'name'] as const) {
    const known = knownText(group, 'launch_template', 0, name)
    const found =
      known === undefined ? undefined : templates.find((template) => knownText(template, name) === known)
    if (found !== undefined) return found
  }
  const leaves = ['id', 'name'].flatMap((name) => configuration.leavesAt(group, ['launch_template', 0, name]))
  const addresses = new Set(
    leaves.map(
      ({ module, text }) => `${module === '' ? '' : `${module}.`}${text.replace(/\.(?:id|name)$/, '')}`,
    ),
  )
  const found = templates.filter(
    ({ address }) => addresses.has(address) || addresses.has(address.replace(/\[[^\]]*\]$/, '')),
  )
  return found.length === 1 ? found[0] : undefined
}

function placeOfOptions(template: TerraformResource, context: Context): Location {
  const declared = context.unknowns.files.declared(template.module, 'resource', template.type, template.name)
  const block = declared?.block.body.blocks.find(({ type }) => type === 'metadata_options')
  if (declared !== undefined) return placeAt(declared.input, block ?? declared.block)
  return { input: context.input, pointer: `${template.valuesPointer}/metadata_options` }
}

/** The roles, with the instance profiles that hold them, where the input declares any. */
export function rolesWithProfiles(
  roles: readonly Role[],
  { nodes }: Found,
  { configuration }: Context,
): Role[] {
  if (nodes.profiles.length === 0) return [...roles]
  return roles.map((role) => {
    const own = nodes.profiles.filter((profile) => {
      const name = textAttribute(profile, 'role')
      if (typeof name === 'string') return name === role.name
      return (
        isUnknown(name) &&
        configuration
          .leavesAt(profile, ['role'])
          .some(({ module, text }) =>
            `${module === '' ? '' : `${module}.`}${text}`.startsWith(`${role.address ?? ''}.`),
          )
      )
    })
    return own.length === 0
      ? role
      : { ...role, instanceProfiles: own.map((profile) => knownText(profile, 'name') ?? profile.address) }
  })
}
