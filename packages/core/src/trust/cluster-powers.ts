import type { Facts } from '../inventory.js'

/** What an access entry lets a role do in a cluster that makes it any service account there. */
export interface ClusterPower {
  readonly cluster: string
  /** Name of the access policy. */
  readonly policy: string
  /** Absent: every namespace. They may hold `*`. */
  readonly namespaces?: readonly string[]
}

/**
 * Access policies with which pods can be started, and so with any service account of the namespace.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html
 */
const STARTS_PODS =
  /^arn:[a-z0-9-]+:eks::aws:cluster-access-policy\/(AmazonEKSClusterAdminPolicy|AmazonEKSAdminPolicy|AmazonEKSEditPolicy)$/

const cache = new WeakMap<Facts, ReadonlyMap<string, readonly ClusterPower[]>>()

/** By the ARN of the principal. */
export function clusterPowers(facts: Facts): ReadonlyMap<string, readonly ClusterPower[]> {
  const known = cache.get(facts)
  if (known !== undefined) return known
  const powers = new Map<string, readonly ClusterPower[]>()
  for (const { principalArn, cluster, policies = [] } of facts.accessEntries ?? []) {
    const own = policies.flatMap(({ arn, namespaces }) => {
      const policy = STARTS_PODS.exec(arn)?.[1]
      return policy === undefined
        ? []
        : [{ cluster, policy, ...(namespaces === undefined ? {} : { namespaces }) }]
    })
    if (own.length > 0) powers.set(principalArn, [...(powers.get(principalArn) ?? []), ...own])
  }
  cache.set(facts, powers)
  return powers
}
