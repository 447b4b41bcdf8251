import { type ImdsOptions, isUnknown, type NodeGroup } from '../inventory.js'
import { quoted } from '../text/quote.js'
import type { InventoryProblem, RuleOn } from './rule.js'

/**
 * Pods reach the metadata service of their node, and with it the credentials of the node's role, whatever roles they
 * have themselves. Version 1 answers any request that a program can be made to send; past the first hop stands every pod
 * that has a network of its own. One finding for each node group; silent where the machine image decides.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_LaunchTemplateInstanceMetadataOptionsRequest.html
 */
export const nodeCredentialsReachable: RuleOn<'inventory'> = {
  id: 'node-credentials-reachable',
  severity: 'medium',
  summary: 'pods can reach the credentials of the nodes that they run on',
  since: '0.1.0',
  kind: 'exposure',
  on: 'inventory',

  *check({ inventory: { facts } }) {
    for (const group of facts.nodeGroups ?? []) {
      const { imds } = group
      if (imds === undefined || isUnknown(imds) || imds.disabled === true) continue
      const causes = causesOf(imds)
      if (causes.length > 0) yield problemOf(group, imds, causes)
    }
  },
}

function causesOf({ tokens, hopLimit }: ImdsOptions): readonly string[] {
  return [
    ...(tokens === 'optional' ? ['version 1 of the metadata service answers without a token'] : []),
    ...(hopLimit !== undefined && hopLimit > 1
      ? [`answers travel ${hopLimit} hops, and a pod is the second`]
      : []),
  ]
}

function problemOf(
  { name, cluster, address, location }: NodeGroup,
  imds: ImdsOptions,
  causes: readonly string[],
): InventoryProblem {
  const where = typeof cluster === 'string' ? `${cluster}/` : ''
  const isElsewhere = imds.location !== undefined
  return {
    subject: { kind: 'node-group', key: address ?? where + name, name: where + name },
    location: imds.location ?? location,
    ...(isElsewhere ? { related: [{ location, note: 'the node group that has these options' }] } : {}),
    blamed: 'metadata options',
    message: `pods on nodes of ${quoted(name)} can have the role of the nodes: ${causes.join(', and ')}`,
    help: 'require tokens and limit the hops to 1; pods on the network of the node reach its credentials all the same',
  }
}
