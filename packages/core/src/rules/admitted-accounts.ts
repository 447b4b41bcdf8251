import type { Cluster, Role } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { analyzeRole } from '../trust/analyze.js'
import { firstHopOutcome } from '../trust/pod-identity-hops.js'
import type { ServiceAccountSet } from '../trust/service-account-set.js'
import { judgedSet } from './breadth.js'
import { namedCluster } from './kubernetes-subject.js'
import { roleGivenBy } from './pod-identity-reach.js'
import type { InventorySubject } from './rule.js'

/** A service account that can become some role. */
export interface AdmittedAccount {
  readonly namespace: string
  readonly name: string
  /** Names of the roles. */
  readonly roles: readonly string[]
  /** Whether some workload of the inputs runs as it. */
  readonly runs: boolean
}

interface OpenRole {
  readonly role: Role
  readonly set: ServiceAccountSet
}

/** Roles that trust one cluster. */
interface Trusting {
  readonly named: Map<string, Set<string>>
  readonly open: OpenRole[]
}

const cache = new WeakMap<InventorySubject, Map<string, readonly AdmittedAccount[]>>()

/**
 * The service accounts of a cluster that the inputs name and that can become a role: by IRSA those that a trust policy
 * admits, annotated or not, and those of associations.
 *
 * @param clusterText what Kubernetes objects say their cluster is; absent where they do not say
 */
export function admittedAccounts(
  inventory: InventorySubject,
  clusterText: string | undefined,
): readonly AdmittedAccount[] {
  const ofInventory = cache.get(inventory) ?? new Map<string, readonly AdmittedAccount[]>()
  cache.set(inventory, ofInventory)
  const key = clusterText ?? ''
  const known = ofInventory.get(key)
  if (known !== undefined) return known
  const accounts = findAdmitted(inventory, clusterText)
  ofInventory.set(key, accounts)
  return accounts
}

function findAdmitted(
  inventory: InventorySubject,
  clusterText: string | undefined,
): readonly AdmittedAccount[] {
  const { facts } = inventory
  const [only, ...others] = facts.clusters
  const cluster =
    clusterText === undefined
      ? others.length === 0
        ? only
        : undefined
      : namedCluster({ cluster: clusterText }, facts)
  const trusting = rolesTrusting(cluster, inventory)
  const given = rolesByAssociation(cluster, clusterText, inventory)
  const admitted = new Map<string, AdmittedAccount>()
  const add = (namespace: string, name: string, runs: boolean): void => {
    const place = `${namespace}/${name}`
    const before = admitted.get(place)
    if (before !== undefined) {
      if (runs && !before.runs) admitted.set(place, { ...before, runs })
      return
    }
    const roles = new Set([...(trusting.named.get(place) ?? []), ...(given.get(place) ?? [])])
    for (const { role, set } of trusting.open) if (set.has({ namespace, name })) roles.add(role.name)
    if (roles.size > 0) admitted.set(place, { namespace, name, roles: [...roles], runs })
  }
  for (const { cluster: of, namespace, serviceAccount } of facts.workloads ?? [])
    if (of === clusterText && !isUnknown(namespace)) add(namespace, serviceAccount, true)
  for (const { cluster: of, namespace, name } of facts.serviceAccounts ?? [])
    if (of === clusterText && !isUnknown(namespace)) add(namespace, name, false)
  return [...admitted.values()]
}

/** Where no cluster is known, what a trust policy names is not known to be of this one. */
function rolesTrusting(cluster: Cluster | undefined, inventory: InventorySubject): Trusting {
  const { facts, now, podRoles } = inventory
  const trusting: Trusting = { named: new Map(), open: [] }
  if (cluster === undefined) return trusting
  for (const role of podRoles) {
    for (const trust of analyzeRole(role, facts, { now }).trusts) {
      if (trust.mechanism !== 'irsa' || trust.cluster !== cluster) continue
      const set = judgedSet(trust)
      if (!set.isEnumerable) {
        trusting.open.push({ role, set })
        continue
      }
      for (const { namespace, name } of set) {
        const place = `${namespace}/${name}`
        trusting.named.set(place, (trusting.named.get(place) ?? new Set()).add(role.name))
      }
    }
  }
  return trusting
}

function rolesByAssociation(
  cluster: Cluster | undefined,
  clusterText: string | undefined,
  { facts, now, rolesOf }: InventorySubject,
): ReadonlyMap<string, readonly string[]> {
  const given = new Map<string, readonly string[]>()
  for (const association of facts.associations) {
    const { namespace, serviceAccount, roleArn } = association
    const arn = roleGivenBy(association)
    if (arn === undefined || isUnknown(namespace) || isUnknown(serviceAccount) || isUnknown(roleArn)) continue
    const names = [association.cluster, association.clusterArn]
    const isOwn =
      cluster === undefined
        ? clusterText !== undefined && names.includes(clusterText)
        : association.clusterArn === undefined || cluster.arn === undefined
          ? association.cluster === cluster.name
          : association.clusterArn === cluster.arn
    if (!isOwn || rolesOf(roleArn).some((role) => refuses(role))) continue
    given.set(`${namespace}/${serviceAccount}`, [arn.slice(arn.lastIndexOf('/') + 1)])

    function refuses(role: Role): boolean {
      const { policy } = analyzeRole(role, facts, { now })
      return policy !== undefined && firstHopOutcome(policy, role, association, now)?.expected === 'denied'
    }
  }
  return given
}
