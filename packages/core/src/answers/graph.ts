import type { Facts, Hole, Inventory, PodIdentityAssociation, Role, ServiceAccount } from '../inventory.js'
import { isUnknown, revealed } from '../inventory.js'
import { analyzeRole } from '../trust/analyze.js'
import type {
  AnalyzeOptions,
  IrsaTrust,
  PodIdentityTrust,
  RoleAnalysis,
  TrustAnalysis,
} from '../trust/analyze.js'
import { describeTexts } from '../trust/describe-texts.js'
import type { ServiceAccountName } from '../trust/service-account-set.js'
import type { ServiceAccountSet } from '../trust/service-account-set.js'
import { mayBeOf } from '../trust/cluster-facts.js'
import { targetHopOutcome, withClusterArn } from '../trust/pod-identity-hops.js'
import { admittedBy, associationsThrough, associationsTo, callerWords, fromOf } from './callers.js'

/** Who can assume which role, as a picture in three columns: where callers come from, who they are, the roles. */
export interface TrustGraph {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
  /** What the picture lacks. */
  readonly gaps: readonly { readonly subject: string; readonly reason: string }[]
}

export interface GraphNode {
  /** `n1`, `n2`, …: the same for the same inventory. */
  readonly id: string
  /** The column: `source` (cluster, issuer, AWS account), `caller`, `role`. */
  readonly kind: 'source' | 'caller' | 'role'
  readonly label: string
  /** A second line: the issuer of a cluster, the ARN of a role. */
  readonly detail?: string
  /** Whether the node stands for many callers, told by a pattern. */
  readonly isPattern: boolean
}

export interface GraphEdge {
  readonly from: string
  readonly to: string
  /** `has`: a caller of a source. The others lead to roles. */
  readonly mechanism: 'has' | TrustAnalysis['mechanism']
  /** `none`: somebody means the caller to have the role, and the trust does not let it in. */
  readonly admitted: 'certain' | 'possible' | 'none'
  /** What says that the caller is meant to have the role; absent where the trust merely lets it in. */
  readonly intended?: 'annotation' | 'association'
  /** The name of the role that comes between: the role is the target of an association with that one. */
  readonly through?: string
}

export interface GraphOptions extends AnalyzeOptions {
  /** Only the role with this name, ARN, address or key. */
  readonly onlyRole?: string
}

/** More service accounts than this are one node. */
const MAX_NAMED = 12

/**
 * The roles that pods, tokens or strangers can assume, with whoever can. Named service accounts are nodes of their own,
 * a pattern is one node.
 */
export function trustGraph(inventory: Inventory, options: GraphOptions = {}): TrustGraph {
  const { facts } = inventory
  const drawing = new Drawing(facts.holes ?? [])
  const gaps = facts.gaps.map(({ subject, reason }) => ({ subject, reason }))
  const reported = new Set(gaps.map(({ subject }) => subject))
  const annotated = byRole(facts)
  for (const role of inventory.roles) {
    const { onlyRole } = options
    if (onlyRole !== undefined && ![role.name, role.arn, role.key, role.address].includes(onlyRole)) continue
    if (role.trustPolicy.kind === 'unknown') {
      if (!reported.has(role.key)) gaps.push({ subject: role.key, reason: role.trustPolicy.unknown.reason })
      continue
    }
    drawRole(analyzeRole(role, facts, options), facts, annotated(role), drawing, options.now ?? new Date())
  }
  return { nodes: drawing.nodes, edges: drawing.edges, gaps }
}

/** Nodes and edges, each once. */
class Drawing {
  readonly nodes: GraphNode[] = []
  readonly edges: GraphEdge[] = []
  readonly #ids = new Map<string, string>()
  readonly #edges = new Map<string, number>()
  readonly #holes: readonly Hole[]

  constructor(holes: readonly Hole[]) {
    this.#holes = holes
  }

  node(key: string, node: Omit<GraphNode, 'id'>): string {
    let id = this.#ids.get(key)
    if (id === undefined) {
      id = `n${this.nodes.length + 1}`
      this.#ids.set(key, id)
      const { detail } = node
      this.nodes.push({
        id,
        ...node,
        label: this.#shown(node.label),
        ...(detail === undefined ? {} : { detail: this.#shown(detail) }),
      })
    }
    return id
  }

  edge(edge: GraphEdge): void {
    const key = `${edge.from} ${edge.to} ${edge.mechanism}`
    const at = this.#edges.get(key)
    if (at === undefined) this.#edges.set(key, this.edges.push(edge) - 1)
    // What is intended says more than what is merely let in.
    else if (this.edges[at]?.intended === undefined) this.edges[at] = edge
  }

  /** A caller below its source. */
  caller(source: string, label: string, isPattern: boolean): string {
    const id = this.node(`caller ${source} ${label}`, { kind: 'caller', label, isPattern })
    this.edge({ from: source, to: id, mechanism: 'has', admitted: 'certain' })
    return id
  }

  #shown(text: string): string {
    return this.#holes.length === 0 ? text : revealed(text, this.#holes)
  }
}

function byRole({ serviceAccounts = [] }: Facts): (role: Role) => readonly ServiceAccount[] {
  const byArn = new Map<string, ServiceAccount[]>()
  for (const account of serviceAccounts) {
    if (account.roleArn === undefined || isUnknown(account.namespace)) continue
    byArn.set(account.roleArn, [...(byArn.get(account.roleArn) ?? []), account])
  }
  return ({ arn }) => (arn === undefined ? [] : (byArn.get(arn) ?? []))
}

function drawRole(
  analysis: RoleAnalysis,
  facts: Facts,
  annotated: readonly ServiceAccount[],
  drawing: Drawing,
  now: Date,
): void {
  const { role, trusts } = analysis
  const own = associationsTo({ role }, facts)
  const targets = associationsThrough({ role }, facts)
  const open = trusts.filter(letsIn)
  const serves = open.some(({ mechanism }) => mechanism !== 'aws-principal')
  const isOpen = open.some((trust) => trust.mechanism === 'aws-principal' && trust.caller.kind === 'stranger')
  if (!serves && !isOpen && annotated.length + own.length + targets.length === 0) return
  const detail = role.arn ?? role.address
  const id = drawing.node(`role ${role.key}`, {
    kind: 'role',
    label: role.name,
    isPattern: false,
    ...(detail === undefined || detail === role.name ? {} : { detail }),
  })
  const irsa = trusts.filter((trust) => trust.mechanism === 'irsa')
  for (const account of annotated) drawAnnotation(account, irsa, id, facts, drawing)
  const pods = trusts.find((trust) => trust.mechanism === 'pod-identity')
  for (const association of own) drawAssociation(association, pods, id, facts, drawing, now)
  for (const target of targets) drawTarget(target, analysis, id, facts, drawing, now)
  for (const trust of open) drawTrust(trust, id, facts, drawing)
}

function letsIn(trust: TrustAnalysis): boolean {
  if (trust.mechanism === 'web-identity') return !trust.subjects.isEmpty
  return trust.mechanism === 'aws-principal' ? !trust.principals.isEmpty : !trust.serviceAccounts.isEmpty
}

/** Everybody whom a trust lets in, by name where they are few. */
function drawTrust(trust: TrustAnalysis, role: string, facts: Facts, drawing: Drawing): void {
  const { mechanism } = trust
  if (mechanism === 'irsa' || mechanism === 'pod-identity') {
    const source =
      mechanism === 'irsa'
        ? issuerNode(trust, drawing)
        : drawing.node(`any ${fromOf(trust)}`, {
            kind: 'source',
            label: fromOf(trust),
            isPattern: true,
          })
    for (const [label, isCertain, isPattern] of callersOf(trust.serviceAccounts, trust.certain)) {
      const admitted = isCertain ? 'certain' : 'possible'
      drawing.edge({ from: drawing.caller(source, label, isPattern), to: role, mechanism, admitted })
    }
    return
  }
  const [all, certain] =
    mechanism === 'web-identity'
      ? [trust.subjects, trust.certainSubjects]
      : [trust.principals, trust.certainPrincipals]
  const { globs, every } = callerWords(trust)
  const source =
    mechanism === 'web-identity'
      ? issuerNode(trust, drawing)
      : drawing.node(`aws ${fromOf(trust)}`, {
          kind: 'source',
          label: fromOf(trust),
          isPattern: trust.caller.kind !== 'account',
        })
  const members = all.members(MAX_NAMED)
  const labels = members ?? [describeTexts(all, trust.admission.model.domain, globs, every)]
  for (const label of labels) {
    const isCertain = members === undefined ? certain.equals(all) : certain.has(label)
    const from = drawing.caller(source, label, members === undefined)
    drawing.edge({ from, to: role, mechanism, admitted: isCertain ? 'certain' : 'possible' })
  }
}

function* callersOf(
  possible: ServiceAccountSet,
  certain: ServiceAccountSet,
): Generator<readonly [label: string, isCertain: boolean, isPattern: boolean]> {
  const members = possible.isEnumerable ? [...possible] : []
  if (members.length === 0 || members.length > MAX_NAMED)
    yield [String(possible), certain.equals(possible), true]
  else for (const member of members) yield [pathOf(member), certain.has(member), false]
}

function pathOf({ namespace, name }: ServiceAccountName): string {
  return `${namespace}/${name}`
}

function issuerNode(
  trust: { readonly issuer: string; readonly cluster?: IrsaTrust['cluster'] },
  drawing: Drawing,
): string {
  const { issuer, cluster } = trust
  return cluster === undefined
    ? drawing.node(`issuer ${issuer}`, { kind: 'source', label: issuer, isPattern: false })
    : clusterNode(cluster, issuer, drawing)
}

/** Names repeat in other Regions and accounts, ARNs do not. */
function clusterNode(
  { name, arn }: { readonly name: string; readonly arn?: string },
  issuer: string | undefined,
  drawing: Drawing,
): string {
  const detail = issuer === undefined ? {} : { detail: issuer }
  return drawing.node(`cluster ${arn ?? name}`, {
    kind: 'source',
    label: `cluster ${name}`,
    isPattern: false,
    ...detail,
  })
}

function namedCluster(name: string | undefined, { clusters }: Facts, drawing: Drawing): string {
  const known = clusters.find((cluster) => cluster.name === name || cluster.arn === name)
  if (known !== undefined)
    return clusterNode(known, isUnknown(known.issuer) ? undefined : known.issuer, drawing)
  if (name !== undefined)
    return clusterNode({ name: name.slice(name.lastIndexOf('/') + 1) }, undefined, drawing)
  return drawing.node('a cluster', {
    kind: 'source',
    label: 'a cluster that the input does not name',
    isPattern: false,
  })
}

/** A service account that names the role. Which cluster it is in may be told by the only issuer that the role trusts. */
function drawAnnotation(
  account: ServiceAccount,
  trusts: readonly IrsaTrust[],
  role: string,
  facts: Facts,
  drawing: Drawing,
): void {
  const { namespace, name, cluster } = account
  if (isUnknown(namespace)) return
  const mine =
    cluster === undefined
      ? trusts
      : trusts.filter((trust) => trust.cluster === undefined || mayBeOf(account, trust.cluster))
  const by = mine.find(({ serviceAccounts }) => serviceAccounts.has({ namespace, name }))
  const source = by === undefined ? namedCluster(cluster, facts, drawing) : issuerNode(by, drawing)
  const admitted = by === undefined ? 'none' : by.certain.has({ namespace, name }) ? 'certain' : 'possible'
  const from = drawing.caller(source, `${namespace}/${name}`, false)
  drawing.edge({ from, to: role, mechanism: 'irsa', admitted, intended: 'annotation' })
}

function drawAssociation(
  association: PodIdentityAssociation,
  trust: PodIdentityTrust | undefined,
  role: string,
  facts: Facts,
  drawing: Drawing,
  now: Date,
): void {
  const from = associatedCaller(association, facts, drawing)
  const admitted = trust === undefined ? 'none' : admittedBy(trust, association, facts, now)
  drawing.edge({ from, to: role, mechanism: 'pod-identity', admitted, intended: 'association' })
}

function associatedCaller(
  { cluster, clusterArn, namespace, serviceAccount }: PodIdentityAssociation,
  facts: Facts,
  drawing: Drawing,
): string {
  const shown = (value: typeof cluster): string => (isUnknown(value) ? '(not known yet)' : value)
  const source = namedCluster(clusterArn ?? (isUnknown(cluster) ? undefined : cluster), facts, drawing)
  return drawing.caller(source, `${shown(namespace)}/${shown(serviceAccount)}`, false)
}

/** Pods of an association with a target role get the credentials of that one alone. */
function drawTarget(
  association: PodIdentityAssociation,
  { role, policy }: RoleAnalysis,
  id: string,
  facts: Facts,
  drawing: Drawing,
  now: Date,
): void {
  const { roleArn } = association
  const hop = policy && targetHopOutcome(policy, role, withClusterArn(association, facts), now)
  const outcome = hop === undefined || hop.outcome === 'undecided' ? hop?.expected : hop.outcome
  const admitted = outcome === 'denied' ? 'none' : hop?.outcome === 'allowed' ? 'certain' : 'possible'
  drawing.edge({
    from: associatedCaller(association, facts, drawing),
    to: id,
    mechanism: 'pod-identity',
    admitted,
    intended: 'association',
    ...(isUnknown(roleArn) ? {} : { through: roleArn.slice(roleArn.lastIndexOf('/') + 1) }),
  })
}
