/** The first screen of an audit: how much was seen, who serves pods, which clusters and roles to look at first. */
import type { Cluster, Facts, Inventory, PodIdentityAssociation, Role } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { shapeOf } from '../trust/shape.js'
import { analyzeRole } from '../trust/analyze.js'
import { powerOf } from './role-power.js'
import type { RolePower } from './role-power.js'

/** What of a finding the summary looks at. */
interface JudgedFinding {
  readonly rule: string
  readonly kind: 'exposure' | 'breakage' | 'hygiene'
  readonly severity: 'info' | 'low' | 'medium' | 'high' | 'critical'
  readonly message: string
  readonly role?: { readonly key: string; readonly name: string }
  readonly subject?: { readonly key: string; readonly name: string }
}

export interface AccountSummary {
  readonly roles: {
    readonly total: number
    /** Whose trust lets some pod in, by each mechanism; a role may count in both. */
    readonly irsa: number
    readonly podIdentity: number
    /** Roles of either. */
    readonly pods: number
  }
  readonly clusters: readonly ClusterSummary[]
  /** At most ten roles for pods, by how many can become them times what they may do. */
  readonly worst: readonly RiskyRole[]
  /** Findings grouped by what is wrong, the most severe first, then the most frequent. */
  readonly causes: readonly FindingCause[]
}

export interface ClusterSummary {
  readonly name: string
  readonly account?: string
  readonly region?: string
  /** Roles that some pod of it can become by IRSA, or has by an association. */
  readonly roles: number
  /** Those of them that every service account of the cluster can become. */
  readonly open: number
  /** Findings of things that do not work. */
  readonly broken: number
  /** Absent where they were not read. */
  readonly associations?: number
  /** What runs the agent of Pod Identity; `not seen` is no proof that nothing does. */
  readonly agent: 'Auto Mode' | 'add-on' | 'DaemonSet' | 'not seen' | 'not read'
}

export interface RiskyRole {
  readonly role: { readonly key: string; readonly name: string; readonly arn?: string }
  /** How many can become it, as a clause. */
  readonly reach: string
  readonly power: RolePower
  readonly lastUsed?: Date | 'never'
  /** The value of its tag that names an owner. */
  readonly owner?: string
}

export interface FindingCause {
  readonly rule: string
  readonly severity: JudgedFinding['severity']
  /** The message of the first, without the names in it where there are several. */
  readonly what: string
  readonly findings: number
  /** What the first of them is about: the name of a role, of a service account, of a cluster. */
  readonly example: string
  /** What the roles have in common: a tag, a path. */
  readonly shared?: string
}

const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info']

/** How far the rules say that a role is open, the widest first. */
const REACHES: readonly (readonly [rule: string, rank: number, reach: string])[] = [
  ['any-principal', 100, 'everybody'],
  ['not-principal', 100, 'everybody but some'],
  ['any-service-account', 50, 'every service account of a cluster'],
  ['api-server-audience', 50, 'every pod of a cluster'],
  ['any-association', 30, 'whoever may create an association'],
  ['any-namespace', 30, 'service accounts of any namespace'],
  ['any-external-owner', 30, 'anybody at a shared issuer'],
  ['account-principal', 10, 'a whole account'],
  ['node-role-trust', 10, 'every pod that reaches its node'],
  ['any-service-account-in-namespace', 8, 'whole namespaces'],
  ['any-external-repository', 5, 'any repository of one owner'],
  ['default-service-account', 4, 'a default service account'],
]

const MOST_WORST = 10

/**
 * Sums up an inventory that was checked.
 *
 * @param findings those of `checkTrust` over the same inventory
 * @example
 * ```ts
 * const report = checkTrust(inventory)
 * const { roles, worst } = accountSummary(inventory, report.findings)
 * console.log(`${roles.pods} of ${roles.total} roles serve pods; look at ${worst[0]?.role.name} first`)
 * ```
 */
export function accountSummary(
  inventory: Inventory,
  findings: readonly JudgedFinding[],
  options: { readonly now?: Date } = {},
): AccountSummary {
  const { facts } = inventory
  const { now = new Date() } = options
  const byRole = new Map<string, JudgedFinding[]>()
  for (const finding of findings) {
    if (finding.role === undefined) continue
    const list = byRole.get(finding.role.key)
    if (list === undefined) byRole.set(finding.role.key, [finding])
    else list.push(finding)
  }
  const counts = { total: 0, irsa: 0, podIdentity: 0, pods: 0 }
  const rows = facts.clusters.map((cluster) => new ClusterRow(cluster, facts))
  const associations = associationsByRole(facts)
  const risky: { readonly role: RiskyRole; readonly score: number }[] = []
  const kept = new Map<string, Role>()
  const podsOf = podTrusts(facts, now)
  for (const role of inventory.roles) {
    counts.total++
    const own = byRole.get(role.key) ?? []
    if (own.length > 0) kept.set(role.key, role)
    const { isIrsa, isPodIdentity, clusters } = podsOf(role)
    if (isIrsa) counts.irsa++
    if (isPodIdentity) counts.podIdentity++
    if (isIrsa || isPodIdentity) counts.pods++
    const given = [...(associations.get(role.arn) ?? []), ...(associations.get(role.key) ?? [])]
    if (isIrsa || given.length > 0) for (const row of rows) row.add(role, clusters, given, own)
    const reach = isIrsa || isPodIdentity ? reachOf(own) : undefined
    if (reach === undefined) continue
    const power = powerOf(role)
    risky.push({ role: riskyRole(role, reach.reach, power), score: reach.rank * power.rank })
  }
  risky.sort((a, b) => b.score - a.score || (a.role.role.key < b.role.role.key ? -1 : 1))
  return {
    roles: counts,
    clusters: rows.map((row) => row.summary(findings)),
    worst: risky.slice(0, MOST_WORST).map(({ role }) => role),
    causes: causesOf(findings, kept),
  }
}

/** How some pod gets in by a role's trust. */
interface PodTrusts {
  readonly isIrsa: boolean
  readonly isPodIdentity: boolean
  /** Clusters whose issuers it trusts, as far as they are known. */
  readonly clusters: readonly (Cluster | undefined)[]
}

/** Roles of one shape let pods in by the same mechanisms and from the same clusters, so that one of them tells of all. */
function podTrusts(facts: Facts, now: Date): (role: Role) => PodTrusts {
  const shapes = new Map<string, PodTrusts>()
  const analyzed = (role: Role): PodTrusts => {
    const { trusts } = analyzeRole(role, facts, { now })
    const irsa = trusts.flatMap((trust) =>
      trust.mechanism === 'irsa' && !trust.serviceAccounts.isEmpty ? [trust.cluster] : [],
    )
    const isPodIdentity = trusts.some(
      (trust) => trust.mechanism === 'pod-identity' && !trust.serviceAccounts.isEmpty,
    )
    return { isIrsa: irsa.length > 0, isPodIdentity, clusters: irsa }
  }
  return (role) => {
    const shape = shapeOf(role, facts)
    const known = shape === undefined ? undefined : shapes.get(shape)
    if (known !== undefined) return known
    const told = analyzed(role)
    if (shape !== undefined) shapes.set(shape, told)
    return told
  }
}

function reachOf(
  findings: readonly JudgedFinding[],
): { readonly rank: number; readonly reach: string } | undefined {
  for (const [rule, rank, reach] of REACHES)
    if (findings.some((finding) => finding.rule === rule)) return { rank, reach }
  return undefined
}

function riskyRole(role: Role, reach: string, power: RolePower): RiskyRole {
  const { key, name, arn, lastUsed, tags } = role
  const owner = [...(tags ?? [])].find(([tag]) => /^(?:owner|team|contact)$/i.test(tag))?.[1]
  return {
    role: { key, name, ...(arn === undefined ? {} : { arn }) },
    reach,
    power,
    ...(lastUsed === undefined ? {} : { lastUsed }),
    ...(owner === undefined ? {} : { owner }),
  }
}

/** Counts for one cluster while roles stream by. */
class ClusterRow {
  readonly #cluster: Cluster
  readonly #facts: Facts
  #roles = 0
  #open = 0
  readonly #keys = new Set<string>()

  constructor(cluster: Cluster, facts: Facts) {
    this.#cluster = cluster
    this.#facts = facts
  }

  add(
    role: Role,
    trusted: readonly (Cluster | undefined)[],
    associations: readonly PodIdentityAssociation[],
    findings: readonly JudgedFinding[],
  ): void {
    const trusts = trusted.includes(this.#cluster)
    const isAssociated = associations.some((one) => isOf(one, this.#cluster))
    if (!trusts && !isAssociated) return
    this.#roles++
    this.#keys.add(role.key)
    if (trusts && findings.some(({ rule }) => rule === 'any-service-account' || rule === 'any-principal'))
      this.#open++
  }

  summary(findings: readonly JudgedFinding[]): ClusterSummary {
    const { name, account, region } = this.#cluster
    const { holds, associations } = this.#facts
    const isOwn = ({ role, subject }: JudgedFinding): boolean =>
      (role !== undefined && this.#keys.has(role.key)) ||
      (subject !== undefined && isWithin(subject.key, this.#cluster))
    return {
      name,
      ...(account === undefined ? {} : { account }),
      ...(region === undefined ? {} : { region }),
      roles: this.#roles,
      open: this.#open,
      broken: findings.filter((finding) => finding.kind === 'breakage' && isOwn(finding)).length,
      ...(holds.has('associations')
        ? { associations: associations.filter((one) => isOf(one, this.#cluster)).length }
        : {}),
      agent: agentOf(this.#cluster, this.#facts),
    }
  }
}

/** By the ARN of the role, or its key where the input links the two by reference. */
function associationsByRole({
  associations,
}: Facts): ReadonlyMap<string | undefined, readonly PodIdentityAssociation[]> {
  const byRole = new Map<string | undefined, PodIdentityAssociation[]>()
  for (const association of associations) {
    const { roleKey, roleArn } = association
    const key = roleKey ?? (isUnknown(roleArn) ? undefined : roleArn)
    if (key === undefined) continue
    const list = byRole.get(key)
    if (list === undefined) byRole.set(key, [association])
    else list.push(association)
  }
  return byRole
}

/** Whether a key is that of the cluster, or of something in it: `NAME/…`, `ARN/…`, of a workload with its kind in front. */
function isWithin(key: string, { name, arn }: Cluster): boolean {
  const place = key.replace(/^[A-Za-z]+ /, '')
  return [arn, name].some((id) => id !== undefined && (place === id || place.startsWith(`${id}/`)))
}

function isOf({ cluster, clusterArn }: PodIdentityAssociation, { name, arn }: Cluster): boolean {
  return clusterArn !== undefined && arn !== undefined
    ? clusterArn === arn
    : !isUnknown(cluster) && cluster === name
}

function agentOf({ name, arn, autoMode }: Cluster, facts: Facts): ClusterSummary['agent'] {
  const isHere = (one: string | undefined): boolean => one !== undefined && (one === arn || one === name)
  if (autoMode === true) return 'Auto Mode'
  const { addons = [], workloads = [], complete = [] } = facts
  const isAgent = addons.some(
    (addon) => addon.name === 'eks-pod-identity-agent' && isHere(addon.clusterArn ?? addon.cluster),
  )
  if (isAgent) return 'add-on'
  if (workloads.some(({ isPodIdentityAgent, cluster }) => isPodIdentityAgent === true && isHere(cluster)))
    return 'DaemonSet'
  const wasRead = complete.some(
    (one) => (one.kind === 'addons' || one.kind === 'workloads') && isHere(one.cluster),
  )
  return wasRead ? 'not seen' : 'not read'
}

function causesOf(
  findings: readonly JudgedFinding[],
  roles: ReadonlyMap<string, Role>,
): readonly FindingCause[] {
  const groups = new Map<string, JudgedFinding[]>()
  for (const finding of findings) {
    const key = `${finding.rule}\n${unnamed(finding.message)}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [finding])
    else group.push(finding)
  }
  return [...groups.values()]
    .flatMap((group) => {
      const [first] = group
      if (first === undefined) return []
      const { rule, severity, message } = first
      const shared = group.length < 3 ? undefined : sharedBy(group, roles)
      return {
        rule,
        severity,
        what: group.length === 1 ? message : unnamed(message),
        findings: group.length,
        example: first.role?.name ?? first.subject?.name ?? '',
        ...(shared === undefined ? {} : { shared }),
      }
    })
    .sort(
      (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || b.findings - a.findings,
    )
}

/** A message without the names in it, so that one slip made a hundred times is one. */
function unnamed(message: string): string {
  return message.replace(/`[^`]*`/g, '…').replace(/\b\d+\b/g, 'N')
}

/** What all of the roles have and nothing else tells: a tag, else a path. */
function sharedBy(group: readonly JudgedFinding[], roles: ReadonlyMap<string, Role>): string | undefined {
  const all = group.flatMap(({ role }) => roles.get(role?.key ?? '') ?? [])
  const [first, ...others] = all
  if (first === undefined || all.length < group.length) return undefined
  for (const [tag, value] of first.tags ?? [])
    if (tag !== 'Name' && others.every(({ tags }) => tags?.get(tag) === value))
      return `tagged ${tag}=${value}`
  const { path = '/' } = first
  return path !== '/' && others.every((role) => role.path === path) ? `below ${path}` : undefined
}
