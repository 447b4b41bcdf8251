import { StateLimitError } from '../automata/language.js'
import type { CoverageGap, Facts, Inventory, PodIdentityAssociation, Role } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import type { AnalyzeOptions } from '../trust/analyze.js'
import type { CallerChange } from './caller-change.js'
import { callerChanges } from './caller-changes.js'
import { pairsOf } from './role-pairs.js'
import type { RolePair } from './role-pairs.js'

export type { CallerChange, CallerMove } from './caller-change.js'

/** Who gains and who loses access between two inventories. */
export interface TrustDiff {
  /** Roles with a change, in the order of the second inventory; roles that are gone come last. */
  readonly changes: readonly RoleChange[]
  readonly roles: {
    readonly before: number
    readonly after: number
    /** Roles of both sides that admit the same callers. */
    readonly unchanged: number
    readonly appeared: number
    readonly disappeared: number
  }
  /** What could not be compared. A gap is never read as "no change". */
  readonly gaps: readonly CoverageGap[]
}

/** What changes for one role. */
export interface RoleChange {
  readonly role: {
    readonly key: string
    readonly name: string
    readonly arn?: string
    readonly address?: string
  }
  readonly change: 'changed' | 'appeared' | 'disappeared'
  /** Whether somebody gains access, perhaps or for certain. */
  readonly widens: boolean
  readonly callers: readonly CallerChange[]
  /** Pod Identity associations that give the role, as their own or as their target, and that its trust admits on one side alone; absent where neither side tells. */
  readonly associations?: { readonly gained: readonly string[]; readonly lost: readonly string[] }
}

export interface DiffOptions extends Pick<AnalyzeOptions, 'now'> {
  /** Compare only these roles of the second inventory; all by default, with those that are gone. */
  readonly only?: (role: Role) => boolean
}

/**
 * Who gains and who loses access to each role. Roles are the same by ARN, else by account and name, else by address. Two
 * policies that admit the same callers are no change, whatever they look like.
 *
 * @throws {WitnessError} where a witness does not replay: a bug of podtrust, never of the input
 * @example
 * ```ts
 * const text = await readFile('plan.json', 'utf8')
 * const diff = diffTrust(readTerraformPlanBefore(text), readTerraformPlan(text))
 * for (const { role, widens } of diff.changes) if (widens) console.log(`${role.name} lets more callers in`)
 * ```
 */
export function diffTrust(before: Inventory, after: Inventory, options: DiffOptions = {}): TrustDiff {
  const { now = new Date(), only } = options
  const gaps = new Map<string, CoverageGap>()
  const addGap = (gap: CoverageGap): void => {
    gaps.set(`${gap.subject}\n${gap.reason}`, gap)
  }
  if (only === undefined) for (const gap of [...before.facts.gaps, ...after.facts.gaps]) addGap(gap)
  const reported = new Set([...gaps.values()].map(({ subject }) => subject))
  const changes: RoleChange[] = []
  const roles = { before: 0, after: 0, unchanged: 0, appeared: 0, disappeared: 0 }
  const areSameFacts = factsText(before.facts) === factsText(after.facts)
  for (const pair of pairsOf(before.roles, after.roles)) {
    if (pair.before !== undefined) roles.before++
    if (pair.after !== undefined) roles.after++
    if (only !== undefined && (pair.after === undefined || pair.before === undefined || !only(pair.after)))
      continue
    if (pair.before === undefined) roles.appeared++
    if (pair.after === undefined) roles.disappeared++
    if (areSameFacts && isSameDocument(pair)) {
      roles.unchanged++
      continue
    }
    const unknown = unknownSide(pair)
    if (unknown !== undefined) {
      if (!reported.has(unknown.subject) || pair.before?.trustPolicy.kind !== pair.after?.trustPolicy.kind)
        addGap(unknown)
      continue
    }
    const { change, gaps: own } = diffRole(pair, before.facts, after.facts, now)
    for (const gap of own) addGap(gap)
    if (change !== undefined) changes.push(change)
    else if (own.length === 0) roles.unchanged++
  }
  return { changes, roles, gaps: [...gaps.values()] }
}

/** One role against what it was. */
export function diffRole(
  pair: RolePair,
  factsBefore: Facts,
  factsAfter: Facts,
  now: Date,
): { readonly change?: RoleChange; readonly gaps: readonly CoverageGap[] } {
  const { before, after } = pair
  const role = after ?? before
  if (role === undefined) return { gaps: [] }
  let found
  try {
    found = callerChanges(pair, factsBefore, factsAfter, now)
  } catch (error) {
    if (!(error instanceof StateLimitError)) throw error
    const reason = `the patterns of ${role.name} are too large to be compared`
    return { gaps: [gapOf(role, reason)] }
  }
  const { callers, doubts, associations } = found
  const gaps = doubts.map((doubt) => gapOf(role, doubt))
  const change = before === undefined ? 'appeared' : after === undefined ? 'disappeared' : 'changed'
  const isQuiet = callers.length === 0 && associations.gained.length + associations.lost.length === 0
  if (change === 'changed' && isQuiet) return { gaps }
  const { key, name, arn, address } = role
  return {
    gaps,
    change: {
      role: {
        key,
        name,
        ...(arn === undefined ? {} : { arn }),
        ...(address === undefined ? {} : { address }),
      },
      change,
      widens: associations.gained.length > 0 || callers.some(({ gained }) => gained.length > 0),
      callers,
      ...(factsBefore.holds.has('associations') || factsAfter.holds.has('associations')
        ? { associations }
        : {}),
    },
  }
}

function gapOf(role: Role, reason: string): CoverageGap {
  return { kind: 'role', subject: role.key, reason, location: role.trustPolicy.location }
}

/** What is to be said of a role whose policy one side does not hold. */
function unknownSide({ before, after }: RolePair): CoverageGap | undefined {
  const role = after ?? before
  if (role === undefined) return undefined
  const [was, is] = [before?.trustPolicy, after?.trustPolicy]
  if (is?.kind === 'unknown') {
    const known =
      was === undefined ? '' : was.kind === 'unknown' ? ', before or after' : ', though it was known before'
    return gapOf(role, `the trust policy of ${role.name} is not known${known}: ${is.unknown.reason}`)
  }
  if (was?.kind === 'unknown' && before !== undefined)
    return gapOf(before, `the trust policy of ${role.name} was not known before: ${was.unknown.reason}`)
  return undefined
}

/** What the answer for a role depends on besides its policy. */
function factsText({ providers, clusters, associations }: Facts): string {
  return JSON.stringify([
    providers.map(({ arn, account, issuer, clientIds }) => [arn, account, issuer, clientIds]),
    clusters.map(({ arn, account, name, issuer }) => [arn, account, name, issuer]),
    associations.map(associationFacts),
  ])
}

function associationFacts(association: PodIdentityAssociation): readonly unknown[] {
  const { cluster, clusterArn, namespace, serviceAccount, roleArn, roleKey, disableSessionTags } = association
  const { targetRoleArn, externalId } = association
  const given = isUnknown(roleArn) ? roleKey : roleArn
  const whom = [cluster, clusterArn, namespace, serviceAccount]
  return [whom, given, disableSessionTags, targetRoleArn, externalId]
}

function isSameDocument({ before, after }: RolePair): boolean {
  if (before === undefined || after === undefined) return false
  if (before.account !== after.account || before.partition !== after.partition) return false
  const [a, b] = [before.trustPolicy, after.trustPolicy]
  if (a.kind === 'text' && b.kind === 'text') return a.text === b.text && (a.holes ?? []).length === 0
  if (a.kind === 'value' && b.kind === 'value')
    return (
      (a.holes ?? []).length === 0 &&
      JSON.stringify([a.value, a.duplicates]) === JSON.stringify([b.value, b.duplicates])
    )
  return false
}
