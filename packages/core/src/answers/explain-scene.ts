import type {
  Cluster,
  ClusterKind,
  Facts,
  Inventory,
  OidcProvider,
  PodIdentityAssociation,
  Role,
  ServiceAccount,
  Workload,
} from '../inventory.js'
import { nameOfCluster } from '../trust/cluster-facts.js'
import { isUnknown } from '../inventory.js'
import { POD_IDENTITY_SERVICE } from '../mechanisms/pod-identity.js'
import { parseProviderArn } from '../mechanisms/provider-arn.js'
import type { TrustPolicy } from '../policy/ast.js'
import { parseTrustPolicyDocument } from '../policy/parse.js'
import { quoted } from '../text/quote.js'
import { isComplete } from '../trust/cluster-facts.js'
import { principalMatches } from '../trust/match.js'

/** A cluster as a question means it: names repeat in other Regions and accounts, ARNs do not. */
export interface ClusterRef {
  readonly name: string
  readonly arn?: string
}

/** One inventory, made ready for many questions. */
export class ExplainIndex {
  readonly facts: Facts
  readonly #roles = new Map<string, Role>()
  readonly #kinds = new Map<Role, 'irsa' | 'pod-identity'>()
  #onlyCluster: string | undefined
  readonly #policies = new Map<Role, TrustPolicy | undefined>()
  readonly #associations: ByName<PodIdentityAssociation> = new Map()
  readonly #accounts: ByName<ServiceAccount> = new Map()
  readonly #workloads: ByName<Workload> = new Map()

  constructor(inventory: Inventory) {
    this.facts = inventory.facts
    const { associations, serviceAccounts = [], workloads = [] } = inventory.facts
    for (const role of inventory.roles) {
      // Of two roles with one name the first is meant, unless the other is named by its ARN.
      for (const name of [role.arn, role.key, role.address, role.name])
        if (name !== undefined && !this.#roles.has(name)) this.#roles.set(name, role)
    }
    for (const one of associations) {
      // One with unknown names may be for anybody, and proves nothing.
      if (!isUnknown(one.namespace) && !isUnknown(one.serviceAccount))
        listAt(this.#associations, one.namespace, one.serviceAccount).push(one)
    }
    for (const one of serviceAccounts)
      if (!isUnknown(one.namespace)) listAt(this.#accounts, one.namespace, one.name).push(one)
    for (const one of workloads)
      if (!isUnknown(one.namespace)) listAt(this.#workloads, one.namespace, one.serviceAccount).push(one)
  }

  role(named: string): Role | undefined {
    return this.#roles.get(named)
  }

  get roleNames(): readonly string[] {
    return [...new Set([...this.#roles.values()].map(({ name }) => name))]
  }

  /** `undefined` where the inputs do not hold it. */
  policyOf(role: Role): TrustPolicy | undefined {
    const known = this.#policies.get(role)
    if (known !== undefined || this.#policies.has(role)) return known
    const document = role.trustPolicy
    const policy = document.kind === 'unknown' ? undefined : parseTrustPolicyDocument(document)
    this.#policies.set(role, policy)
    return policy
  }

  /** What a role is made for, told by whom it trusts. */
  kindOf(role: Role): 'irsa' | 'pod-identity' {
    let kind = this.#kinds.get(role)
    if (kind === undefined) this.#kinds.set(role, (kind = kindOf(this.policyOf(role))))
    return kind
  }

  /** What is taken for granted where a question names no cluster and there is one. */
  get onlyCluster(): string {
    return (this.#onlyCluster ??= `the service account is of the cluster ${quoted(this.facts.clusters[0]?.name ?? '')}, the only one of the inputs`)
  }

  associationsOf(
    namespace: string,
    name: string,
    cluster: ClusterRef | undefined,
  ): readonly PodIdentityAssociation[] {
    if (this.#associations.size === 0) return NONE
    const all = this.#associations.get(namespace)?.get(name) ?? NONE
    if (all.length === 0 || cluster === undefined) return all
    return all.filter((one) => isAssociatedIn(one, cluster))
  }

  serviceAccountsOf(
    namespace: string,
    name: string,
    cluster: ClusterRef | undefined,
  ): readonly ServiceAccount[] {
    if (this.#accounts.size === 0) return NONE
    return inCluster(this.#accounts.get(namespace)?.get(name) ?? NONE, cluster)
  }

  workloadsOf(namespace: string, name: string, cluster: ClusterRef | undefined): readonly Workload[] {
    return this.#workloads.size === 0
      ? NONE
      : inCluster(this.#workloads.get(namespace)?.get(name) ?? NONE, cluster)
  }

  /** Clusters by name or ARN: of one name there may be several. */
  clusters(named: string): readonly Cluster[] {
    return this.facts.clusters.filter(({ name, arn }) => name === named || arn === named)
  }

  /** Whether files gave associations, as it seems all that matter: nobody says that some could not be read. */
  get holdsAssociations(): boolean {
    const { holds, gaps } = this.facts
    return holds.has('associations') && !gaps.some(({ kind }) => kind === 'association')
  }

  /** Whether the inputs hold every OIDC provider of an account. */
  hasAllProviders(account: string | undefined): boolean {
    return (
      this.facts.complete?.some(
        (one) => one.kind === 'providers' && (one.account === undefined || one.account === account),
      ) ?? false
    )
  }

  /** Whether the inputs hold every role of an account. */
  hasAllRoles(account: string | undefined): boolean {
    return this.facts.complete?.some((one) => one.kind === 'roles' && one.account === account) ?? false
  }

  /** Whether the inputs hold all there is of a kind in the cluster, or in the only one there is. */
  hasAll(kind: ClusterKind, cluster: ClusterRef | undefined): boolean {
    const { complete, clusters } = this.facts
    if (complete === undefined) return false
    const meant = cluster ?? (clusters.length === 1 ? clusters[0] : undefined)
    if (meant !== undefined && isComplete(kind, meant, this.facts)) return true
    // Nothing of the inputs names a cluster, so that the list can be of no other.
    return clusters.length === 0 && complete.some((one) => one.kind === kind && isOfAny(one))
  }
}

function kindOf(policy: TrustPolicy | undefined): 'irsa' | 'pod-identity' {
  const allows = policy?.statements.filter(({ effect }) => effect !== 'Deny') ?? []
  const isOidc = allows.some(
    ({ principal }) =>
      principal.kind === 'principals' &&
      principal.entries.some(({ type, value }) => type === 'Federated' && value.includes(':oidc-provider/')),
  )
  const pods = { type: 'service', service: POD_IDENTITY_SERVICE } as const
  const isPods = allows.some(({ principal }) => principalMatches(principal, pods, 'Allow') !== 'false')
  return isPods && !isOidc ? 'pod-identity' : 'irsa'
}

const NONE: readonly never[] = []

const indexes = new WeakMap<Inventory, ExplainIndex>()

/** The index of an inventory; it is made for the first question. */
export function indexOf(inventory: Inventory): ExplainIndex {
  let index = indexes.get(inventory)
  if (index === undefined) indexes.set(inventory, (index = new ExplainIndex(inventory)))
  return index
}

/** The account of a provider; one that the input does not place counts as that of the role. */
export function accountOfProvider({ arn, account }: OidcProvider): string | undefined {
  return account ?? (arn === undefined ? undefined : parseProviderArn(arn)?.account)
}

function isOfAny(one: { readonly cluster?: string; readonly account?: string }): boolean {
  return one.cluster === undefined && one.account === undefined
}

/** Where both ARNs are known they decide, else the names. */
export function isSameCluster(one: string, { name, arn }: ClusterRef): boolean {
  if (one.startsWith('arn:') && arn !== undefined) return one === arn
  return nameOfCluster(one) === nameOfCluster(name)
}

/** Whether an association is one of the cluster, as far as can be told. */
export function isAssociatedIn(association: PodIdentityAssociation, cluster: ClusterRef): boolean {
  const arn = clusterArnOf(association)
  if (arn !== undefined) return isSameCluster(arn, cluster)
  return isUnknown(association.cluster) || isSameCluster(association.cluster, cluster)
}

/** Whether an association gives its service account the role, at once. */
export function isSource({ roleArn, roleKey }: PodIdentityAssociation, role: Role): boolean {
  return roleKey === role.key || (role.arn !== undefined && roleArn === role.arn)
}

/** Whether an association gives its service account the role, at once or as its target role. */
export function isLedTo(association: PodIdentityAssociation, role: Role): boolean {
  return isSource(association, role) || (role.arn !== undefined && association.targetRoleArn === role.arn)
}

/** The ARN of an association holds the Region, account and name of its cluster. */
export function clusterArnOf({ clusterArn, arn }: PodIdentityAssociation): string | undefined {
  if (clusterArn !== undefined) return clusterArn
  const [, start, name] =
    /^(arn:[a-z0-9-]+:eks:[a-z0-9-]+:\d{12}:)podidentityassociation\/([^/]+)\//.exec(arn ?? '') ?? []
  return start === undefined || name === undefined ? undefined : `${start}cluster/${name}`
}

function inCluster<T extends { readonly cluster?: string }>(
  all: readonly T[],
  cluster: ClusterRef | undefined,
): readonly T[] {
  if (cluster === undefined) return all
  for (const { cluster: of } of all)
    if (of !== undefined && !isSameCluster(of, cluster))
      return all.filter((one) => one.cluster === undefined || isSameCluster(one.cluster, cluster))
  return all
}

/** By namespace, then by name. */
type ByName<T> = Map<string, Map<string, T[]>>

function listAt<T>(lists: ByName<T>, namespace: string, name: string): T[] {
  let names = lists.get(namespace)
  if (names === undefined) lists.set(namespace, (names = new Map()))
  let list = names.get(name)
  if (list === undefined) names.set(name, (list = []))
  return list
}
