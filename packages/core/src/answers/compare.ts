import type { Hole, Inventory, PodIdentityAssociation, Unknown } from '../inventory.js'
import { isUnknown, revealed } from '../inventory.js'
import { quoted } from '../text/quote.js'
import type { AnalyzeOptions, RoleAnalysis } from '../trust/analyze.js'
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
import { CompareTable } from './compare-table.js'
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
  const table = new CompareTable(scene)
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

function rowOf(draft: Draft, table: CompareTable, scene: CompareScene): ComparedServiceAccount {
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
  for (const { analysis } of table.podIdentityTrusts(draft)) {
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
