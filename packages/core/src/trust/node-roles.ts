import type { Facts } from '../inventory.js'
import { isUnknown } from '../inventory.js'

/**
 * Types of access entries whose principal is the role of machines that pods run on. Pods on Fargate cannot get at their
 * execution role, so that one is none.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html
 * @see https://docs.aws.amazon.com/eks/latest/userguide/pod-execution-role.html
 */
const NODE_TYPES: ReadonlySet<string> = new Set([
  'EC2_LINUX',
  'EC2_WINDOWS',
  'EC2',
  'HYBRID_LINUX',
  'HYPERPOD_LINUX',
])

const cache = new WeakMap<Facts, ReadonlyMap<string, string>>()

/** ARNs, or else keys, of the roles that nodes have, each with what says so, as a clause. Thousands of roles ask. */
export function nodeRoles(facts: Facts): ReadonlyMap<string, string> {
  const known = cache.get(facts)
  if (known !== undefined) return known
  const roles = new Map<string, string>()
  const add = (arn: unknown, says: string): void => {
    if (typeof arn === 'string' && !roles.has(arn)) roles.set(arn, says)
  }
  for (const { roleArn, roleKey, name, cluster } of facts.nodeGroups ?? []) {
    const says = `node group ${name}${isUnknown(cluster) ? '' : ` of cluster ${cluster}`} has it`
    add(roleArn, says)
    add(roleKey, says)
  }
  for (const { name, nodeRoleArn } of facts.clusters)
    add(nodeRoleArn, `nodes of Auto Mode have it in cluster ${name}`)
  for (const { principalArn, type = '', cluster } of facts.accessEntries ?? [])
    if (NODE_TYPES.has(type))
      add(principalArn, `an access entry of type ${type} makes it one in cluster ${cluster}`)
  cache.set(facts, roles)
  return roles
}
