import { ArgumentError } from '../errors.js'
import type {
  Hole,
  Inventory,
  PodIdentityAssociation,
  ServiceAccount,
  Unknown,
  Workload,
} from '../inventory.js'
import { isUnknown, revealed } from '../inventory.js'
import { quoted } from '../text/quote.js'
import type { AnalyzeOptions, IrsaTrust, PodIdentityTrust, RoleAnalysis } from '../trust/analyze.js'
import type {
  ComparedAnnotation,
  ComparedAssociation,
  ComparedCluster,
  ComparedServiceAccount,
  ComparedTrust,
  MechanismComparison,
  OpenRole,
} from './compare-answer.js'
import { Places } from './compare-places.js'
import type { Place } from './compare-places.js'
import { ComparedRoles, referenceOf } from './compare-roles.js'
import { DEFAULT_AUDIENCE, verdictOf } from './compare-verdict.js'
import type { CompareScene, Draft } from './compare-verdict.js'

export type * from './compare-answer.js'

export interface CompareOptions extends Pick<AnalyzeOptions, 'now'> {
  /** Only this cluster, by name, ARN or issuer; objects that do not say whose they are count as its own. */
  readonly cluster?: string
}

/**
 * IRSA against Pod Identity, a row per service account: the role by annotation, the roles whose trust admits it, the role
 * by association, which of them its new pods get, and what is wrong. Whether a role lets them in is asked of the evaluator.
 * Rows are for service accounts that are annotated, associated, or admitted by name; a role that admits more than can be
 * listed is an `OpenRole`.
 *
 * @throws {ArgumentError} `E_INVALID_ARGUMENT` where the inventory holds no such cluster
 * @example
 * ```ts
 * const { rows } = compareMechanisms(inventory)
 * for (const { namespace, name, gets } of rows.filter(({ verdict }) => verdict === 'nothing'))
 *   console.log(`${namespace}/${name}: ${gets[0]?.reason?.summary}`)
 * ```
 */
export function compareMechanisms(inventory: Inventory, options: CompareOptions = {}): MechanismComparison {
  const { facts } = inventory
  const roles = new ComparedRoles(inventory.roles, facts, options.now ?? new Date())
  const scene: CompareScene = { facts, places: new Places(facts), roles, assumptions: new Set() }
  const table = new Table(scene)
  const only = table.collect(options.cluster)
  const rows = [...table.drafts(only)].map((draft) => rowOf(draft, table, scene)).sort(byPlace)
  const counts = { works: 0, nothing: 0, either: 0, unknown: 0 }
  for (const { verdict } of rows) counts[verdict]++
  const comparison = {
    rows,
    openRoles: [...openRoles(rows, only, scene)],
    counts,
    assumptions: [...scene.assumptions],
    gaps: gapsOf(inventory, scene),
  }
  const holes = facts.holes ?? []
  return holes.length === 0 ? comparison : worded(comparison, holes)
}

interface NamedBy<Trust> {
  readonly analysis: RoleAnalysis
  readonly trust: Trust
}

type ByName<T> = Map<string, T>

/** Who there is in each place. */
class Table {
  readonly #scene: CompareScene
  readonly #accounts = new Map<Place | undefined, ByName<ServiceAccount>>()
  readonly #workloads = new Map<Place | undefined, ByName<Workload[]>>()
  readonly #associations = new Map<Place | undefined, ByName<PodIdentityAssociation>>()
  readonly #byIrsa = new Map<Place | undefined, ByName<NamedBy<IrsaTrust>[]>>()
  readonly byPodIdentity: ByName<NamedBy<PodIdentityTrust>[]> = new Map()

  constructor(scene: CompareScene) {
    this.#scene = scene
  }

  /** @returns the only cluster that is asked about */
  collect(named: string | undefined): Place | undefined {
    const { facts, places, roles } = this.#scene
    // Places are made by whatever names one, and only then can be told where the rest belongs.
    for (const one of [...facts.associations, ...(facts.serviceAccounts ?? []), ...(facts.workloads ?? [])])
      places.named(one.cluster, 'clusterArn' in one ? one.clusterArn : undefined)
    for (const analysis of roles.analyses) this.#addTrusts(analysis)
    const only = named === undefined ? undefined : places.find(named)
    if (named !== undefined && only === undefined) {
      const names = places.names.slice(0, 8).map((one) => quoted(one))
      const message = `the inputs hold no cluster ${quoted(named)}`
      const hint = `they tell of ${names.join(', ')}`
      throw new ArgumentError('E_INVALID_ARGUMENT', message, names.length === 0 ? {} : { hint })
    }
    const home = only ?? places.only
    for (const one of facts.associations) {
      const { namespace, serviceAccount } = one
      if (isUnknown(namespace) || isUnknown(serviceAccount)) continue
      mapAt(this.#associations, places.named(one.cluster, one.clusterArn) ?? home).set(
        keyOf(namespace, serviceAccount),
        one,
      )
    }
    for (const one of facts.serviceAccounts ?? []) {
      if (isUnknown(one.namespace)) continue
      const accounts = mapAt(this.#accounts, places.named(one.cluster) ?? home)
      const key = keyOf(one.namespace, one.name)
      // Of one object in two inputs that one counts that says more.
      if (accounts.get(key)?.roleArn === undefined) accounts.set(key, one)
    }
    for (const one of facts.workloads ?? []) {
      if (isUnknown(one.namespace)) continue
      listAt(
        mapAt(this.#workloads, places.named(one.cluster) ?? home),
        keyOf(one.namespace, one.serviceAccount),
      ).push(one)
    }
    return only
  }

  #addTrusts(analysis: RoleAnalysis): void {
    for (const trust of analysis.trusts) {
      if (trust.mechanism !== 'irsa' && trust.mechanism !== 'pod-identity') continue
      const { serviceAccounts } = trust
      if (serviceAccounts.isEmpty) continue
      const place = trust.mechanism === 'irsa' ? this.#scene.places.ofIssuer(trust.issuer) : undefined
      if (!serviceAccounts.isEnumerable) continue
      for (const { namespace, name } of serviceAccounts) {
        const key = keyOf(namespace, name)
        if (trust.mechanism === 'irsa') listAt(mapAt(this.#byIrsa, place), key).push({ analysis, trust })
        else listAt(this.byPodIdentity, key).push({ analysis, trust })
      }
    }
  }

  /** Every service account that has a row. */
  *drafts(only: Place | undefined): Generator<Draft> {
    const { places } = this.#scene
    const inNoPlace = new Set(this.#namesOf(undefined))
    const known = new Set(
      [...this.#accounts, ...this.#associations, ...this.#workloads, ...this.#byIrsa].map(([place]) => place),
    )
    for (const place of known) {
      if (place === undefined || (only !== undefined && place !== only)) continue
      const names = new Set(this.#namesOf(place))
      for (const key of this.#byIrsa.get(place)?.keys() ?? [])
        if (this.#account(place, key) !== undefined || !places.holdsAll('service-accounts', place))
          names.add(key)
      for (const key of names) {
        // An object that does not say whose it is may be of each cluster that knows its name.
        inNoPlace.delete(key)
        yield this.#draft(place, key)
      }
    }
    if (only === undefined) for (const key of inNoPlace) yield this.#draft(places.nameless, key)
  }

  /** Service accounts that something other than the trust of IRSA roles tells of. */
  *#namesOf(place: Place | undefined): Generator<string> {
    yield* this.#associations.get(place)?.keys() ?? []
    for (const [key, { roleArn }] of this.#accounts.get(place) ?? [])
      if (roleArn !== undefined || this.byPodIdentity.has(key)) yield key
    for (const [key, workloads] of this.#workloads.get(place) ?? [])
      if (
        workloads.some(
          ({ isOwned, roleArns, setsTokenFile }) => !isOwned && setsTokenFile && roleArns.length > 0,
        )
      )
        yield key
  }

  #draft(place: Place, key: string): Draft {
    const slash = key.indexOf('/')
    return {
      place,
      namespace: key.slice(0, slash),
      name: key.slice(slash + 1),
      account: this.#account(place, key),
      association: this.#associations.get(place)?.get(key) ?? this.#associations.get(undefined)?.get(key),
      workloads: [
        ...(this.#workloads.get(place)?.get(key) ?? []),
        ...(this.#workloads.get(undefined)?.get(key) ?? []),
      ],
    }
  }

  #account(place: Place, key: string): ServiceAccount | undefined {
    return this.#accounts.get(place)?.get(key) ?? this.#accounts.get(undefined)?.get(key)
  }

  /** Roles that name a service account; of a place without an issuer those of any. */
  irsaTrusts({ place, namespace, name }: Draft): readonly NamedBy<IrsaTrust>[] {
    const key = keyOf(namespace, name)
    if (place.issuer !== undefined) return this.#byIrsa.get(place)?.get(key) ?? []
    return [...this.#byIrsa.values()].flatMap((names) => names.get(key) ?? [])
  }
}

function rowOf(draft: Draft, table: Table, scene: CompareScene): ComparedServiceAccount {
  const { place, namespace, name } = draft
  const found = verdictOf(draft, scene)
  const trusts = new Map<string, ComparedTrust>()
  const add = (analysis: RoleAnalysis, mechanism: ComparedTrust['mechanism'], isCertain: boolean): void => {
    const key = `${mechanism} ${analysis.role.key}`
    const certainty = isCertain ? 'certain' : 'possible'
    if (!trusts.has(key)) trusts.set(key, { role: referenceOf(analysis.role), mechanism, certainty })
  }
  for (const { role, outcome } of meantByToken(draft, found.gets, scene))
    if (outcome === 'works') add(role, 'irsa', true)
  for (const { analysis, trust } of table.irsaTrusts(draft)) add(analysis, 'irsa', trust.certain.has(draft))
  const meant = draft.association && scene.roles.ofAssociation(draft.association)
  if (draft.association !== undefined && meant !== undefined) {
    const hop = scene.roles.associationOutcome(meant, draft.association, place)
    if (hop !== undefined && hop.outcome !== 'denied') add(meant, 'pod-identity', hop.outcome === 'allowed')
  }
  for (const { analysis } of table.byPodIdentity.get(keyOf(namespace, name)) ?? []) {
    const outcomes = [false, true].map(
      (disableSessionTags) =>
        scene.roles.associationOutcome(analysis, supposed(draft, disableSessionTags), place)?.outcome,
    )
    if (outcomes.some((one) => one !== 'denied')) add(analysis, 'pod-identity', outcomes.includes('allowed'))
  }
  return {
    cluster: clusterOf(place),
    namespace,
    name,
    annotation: annotationOf(draft, scene),
    association: associationOf(draft, scene),
    admittedBy: [...trusts.values()],
    ...found,
  }
}

/** Roles that the annotation or the pods themselves name, whether they come to use or not. */
function* meantByToken(
  draft: Draft,
  gets: ComparedServiceAccount['gets'],
  { roles }: CompareScene,
): Generator<{ readonly role: RoleAnalysis; readonly outcome: string }> {
  const { account, association, place } = draft
  for (const { source, outcome, roleArn } of gets) {
    const role = roleArn === undefined || source === 'association' ? undefined : roles.ofArn(roleArn)
    if (role !== undefined) yield { role, outcome }
  }
  // The annotation that an association switches off would work without it.
  const role = association && account?.roleArn !== undefined ? roles.ofArn(account.roleArn) : undefined
  if (role !== undefined && account?.roleArn !== undefined) {
    const { outcome } = roles.byToken(account.roleArn, draft, place, account.audience ?? DEFAULT_AUDIENCE)
    yield { role, outcome }
  }
}

/** The association that would give the service account a role that names it. */
function supposed({ place, namespace, name }: Draft, disableSessionTags: boolean): PodIdentityAssociation {
  const unknown: Unknown = { unknown: true, reason: 'it is only supposed', cause: 'not-collected' }
  return {
    cluster: place.name ?? unknown,
    ...(place.arn === undefined ? {} : { clusterArn: place.arn }),
    namespace,
    serviceAccount: name,
    roleArn: unknown,
    disableSessionTags,
    location: { input: { name: '', text: '' }, pointer: '' },
  }
}

function annotationOf({ account, place }: Draft, { places, roles }: CompareScene): ComparedAnnotation {
  if (account === undefined)
    return { state: places.holdsAll('service-accounts', place) ? 'absent' : 'not-read' }
  const { roleArn } = account
  if (roleArn === undefined) return { state: 'none' }
  const found = roles.ofArn(roleArn)
  return { state: 'role', roleArn, ...(found === undefined ? {} : { role: referenceOf(found.role) }) }
}

function associationOf({ association, place }: Draft, { places, roles }: CompareScene): ComparedAssociation {
  if (association === undefined) return { state: places.readsAssociations(place) ? 'none' : 'not-read' }
  const { targetRoleArn, disableSessionTags } = association
  const found = roles.ofAssociation(association)?.role
  const arn = found?.arn ?? association.roleArn
  return {
    state: 'role',
    ...(isUnknown(arn) ? {} : { roleArn: arn }),
    ...(found === undefined ? {} : { role: referenceOf(found) }),
    ...(targetRoleArn === undefined || isUnknown(targetRoleArn) ? {} : { targetRoleArn }),
    sessionTags: !disableSessionTags,
  }
}

function clusterOf({ name, arn, issuer }: Place): ComparedCluster {
  return {
    ...(name === undefined ? {} : { name }),
    ...(arn === undefined ? {} : { arn }),
    ...(issuer === undefined ? {} : { issuer }),
  }
}

function* openRoles(
  rows: readonly ComparedServiceAccount[],
  only: Place | undefined,
  { roles, places }: CompareScene,
): Generator<OpenRole> {
  const shown = new Set(
    rows.flatMap(({ admittedBy }) =>
      admittedBy.flatMap(({ role, mechanism }) => (mechanism === 'pod-identity' ? [role.key] : [])),
    ),
  )
  for (const { role, trusts } of roles.analyses) {
    for (const trust of trusts) {
      if (trust.mechanism !== 'irsa' && trust.mechanism !== 'pod-identity') continue
      const { mechanism, serviceAccounts } = trust
      if (serviceAccounts.isEmpty) continue
      // A name in a trust for Pod Identity is of no cluster, and has a row only where something else tells of it.
      if (serviceAccounts.isEnumerable && (mechanism === 'irsa' || shown.has(role.key))) continue
      const place = mechanism === 'irsa' ? places.ofIssuer(trust.issuer) : undefined
      if (only !== undefined && place !== undefined && place !== only) continue
      yield {
        role: referenceOf(role),
        mechanism,
        ...(place === undefined ? {} : { cluster: clusterOf(place) }),
        admits: String(serviceAccounts),
      }
    }
  }
}

function gapsOf({ facts }: Inventory, { roles }: CompareScene): MechanismComparison['gaps'] {
  const gaps = facts.gaps.map(({ subject, reason }) => ({ subject, reason }))
  const reported = new Set(gaps.map(({ subject }) => subject))
  for (const { role } of roles.analyses)
    if (role.trustPolicy.kind === 'unknown' && !reported.has(role.key))
      gaps.push({ subject: role.key, reason: role.trustPolicy.unknown.reason })
  for (const { namespace, serviceAccount, roleArn, arn } of facts.associations) {
    const open = [namespace, serviceAccount].find(isUnknown)
    if (open === undefined) continue
    const role = isUnknown(roleArn) ? 'a role' : quoted(roleArn, 200)
    const subject = arn ?? (isUnknown(roleArn) ? '' : roleArn)
    gaps.push({ subject, reason: `for whom an association gives ${role} is not known: ${open.reason}` })
  }
  return gaps
}

function byPlace(a: ComparedServiceAccount, b: ComparedServiceAccount): number {
  return (
    order(a.cluster.name, b.cluster.name) ||
    order(a.cluster.arn, b.cluster.arn) ||
    order(a.cluster.issuer, b.cluster.issuer) ||
    order(a.namespace, b.namespace) ||
    order(a.name, b.name)
  )
}

/** What has no name comes last. */
function order(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0
  if (a === undefined) return 1
  return b === undefined || a < b ? -1 : 1
}

/** The words of an answer for people: what is not known yet is named by where it comes from. */
function worded<T>(value: T, holes: readonly Hole[]): T {
  if (typeof value === 'string') return revealed(value, holes) as T
  if (Array.isArray(value)) return value.map((one: unknown) => worded(one, holes)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, worded(one as unknown, holes)]),
  ) as T
}

function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`
}

function mapAt<K, V>(maps: Map<K, ByName<V>>, key: K): ByName<V> {
  let map = maps.get(key)
  if (map === undefined) maps.set(key, (map = new Map()))
  return map
}

function listAt<T>(lists: ByName<T[]>, key: string): T[] {
  let list = lists.get(key)
  if (list === undefined) lists.set(key, (list = []))
  return list
}
