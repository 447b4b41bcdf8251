import type { ImdsOptions, NodeGroup, Unknown } from '../../inventory.js'
import { quoted } from '../../text/quote.js'
import { isObject } from '../json-input.js'
import type { NodeGroupDraft } from './drafts.js'
import { arnOrUnknown, shownName, type Stack, textOrUnknown } from './stack.js'

export function nodeGroupOf(draft: NodeGroupDraft, stack: Stack): NodeGroup {
  const { resource, launchTemplate, metadata, hasLaunchTemplate } = draft
  const { input } = stack.template
  const [key] = draft.roleArn === undefined ? [] : (stack.roleKeys.get(draft.roleArn) ?? [])
  const imds = launchTemplate === undefined ? undefined : imdsOf(metadata, { input, pointer: launchTemplate })
  const reason = `the launch template of ${quoted(resource.id)} is not in this template`
  const elsewhere: Unknown | undefined =
    hasLaunchTemplate && launchTemplate === undefined
      ? { unknown: true, reason, cause: 'not-collected' }
      : undefined
  return {
    name: shownName(draft.name, resource, stack),
    cluster: textOrUnknown(draft.cluster, 'ClusterName', resource.id, stack),
    roleArn: arnOrUnknown(draft.roleArn, 'NodeRole', resource.id, stack),
    ...(key === undefined ? {} : { roleKey: key }),
    ...(imds === undefined && elsewhere === undefined ? {} : { imds: imds ?? elsewhere ?? {} }),
    ...(stack.account === undefined ? {} : { account: stack.account }),
    address: resource.id,
    location: { input, pointer: resource.pointer },
  }
}

function imdsOf(metadata: unknown, location: NonNullable<ImdsOptions['location']>): ImdsOptions | undefined {
  if (!isObject(metadata)) return undefined
  const { HttpTokens: tokens, HttpEndpoint: endpoint } = metadata
  const hops = Number(metadata['HttpPutResponseHopLimit'] ?? Number.NaN)
  return {
    ...(tokens === 'optional' || tokens === 'required' ? { tokens } : {}),
    ...(Number.isInteger(hops) ? { hopLimit: hops } : {}),
    ...(endpoint === 'disabled' ? { disabled: true } : {}),
    location: { ...location, pointer: `${location.pointer}/Properties/LaunchTemplateData/MetadataOptions` },
  }
}
