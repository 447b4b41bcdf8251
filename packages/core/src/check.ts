import { roleConflicts } from './answers/conflicts.js'
import { diffTrust } from './answers/diff.js'
import { whoAnswers } from './answers/who.js'
import { docsOf, referenceOf, stamp } from './finding.js'
import { hash128 } from './fingerprint.js'
import { revealed } from './inventory.js'
import type { CoverageGap, Facts, Inventory, Role, Unknown } from './inventory.js'
import type { TrustPolicy } from './policy/ast.js'
import type { Coverage, Finding, Report, WhoAnswer } from './report.js'
import { rules as allRules } from './rules/index.js'
import { podStatementsOf } from './rules/pod-statement.js'
import { SEVERITIES } from './rules/rule.js'
import { silencedRules } from './rules/silenced.js'
import { withoutUnknown } from './sources/placeholders.js'
import type { InventorySubject, Problem, RoleSubject, Rule } from './rules/rule.js'
import { analyzeRole } from './trust/analyze.js'
import type { RoleAnalysis, TrustAnalysis } from './trust/analyze.js'
import { isAboutPods, shapeOf } from './trust/shape.js'

export interface CheckOptions {
  /** The rules to ask; all by default. */
  readonly rules?: readonly Rule[]
  /** The time from which requests are sent; the current time by default. */
  readonly now?: Date
  /** Also judge the roles that a plan leaves as they are. */
  readonly all?: boolean
  /** Keep what each role admits in the report; needed for the JSON report, a waste of memory for the others. */
  readonly analyses?: boolean
  /** What stood before the plan: the report then says whose trust the plan widens. */
  readonly before?: Inventory
}

/** Shapes that are remembered; an account has few. */
const MOST_SHAPES = 10_000

/**
 * Analyzes every role, asks the rules and proves their findings.
 *
 * @throws {WitnessError} where a witness does not replay: a bug of podtrust, never of the input
 * @example
 * ```ts
 * const report = checkTrust(readTerraformPlan(text))
 * for (const { rule, role, message } of report.findings) console.log(`${role?.name}: ${message} (${rule})`)
 * ```
 */
export function checkTrust(inventory: Inventory, options: CheckOptions = {}): Report {
  const checkOptions = { ...options, now: options.now ?? new Date() }
  const run = startRun(inventory.facts, checkOptions)
  for (const role of inventory.roles) run.add(role)
  const { coverage, ...report } = run.finish()
  const conflicts = roleConflicts(inventory, checkOptions)
  const { before } = options
  return {
    ...report,
    coverage: conflicts.length === 0 ? coverage : { ...coverage, conflicts },
    ...(before === undefined ? {} : widenedBy(before, inventory, checkOptions)),
  }
}

export interface CheckStreamOptions extends Omit<CheckOptions, 'before'> {
  /** Ends the run, which then rejects with the reason. */
  readonly signal?: AbortSignal
}

/** Milliseconds after which a run that may be ended lets others have their turn. */
const TURN = 50

/**
 * As `checkTrust`, for roles that come one by one and are not kept: a million of them need little more memory than their
 * findings. Facts must be there before the first role, because roles are judged by them. That one role is in two inputs
 * is not told, since for that each role would have to be remembered; nor is what a plan widens.
 *
 * @throws {WitnessError} as `checkTrust`; and whatever the roles or the signal throw
 * @example
 * ```ts
 * async function* roles() {
 *   for await (const page of pages) yield* page
 * }
 * const report = await checkTrustStream(roles(), facts, { signal: AbortSignal.timeout(60_000) })
 * ```
 */
export async function checkTrustStream(
  roles: AsyncIterable<Role> | Iterable<Role>,
  facts: Facts,
  options: CheckStreamOptions = {},
): Promise<Report> {
  const { signal, ...checkOptions } = options
  signal?.throwIfAborted()
  const run = startRun(facts, { ...checkOptions, now: options.now ?? new Date() })
  let turn = Date.now()
  for await (const role of roles) {
    run.add(role)
    if (signal === undefined) continue
    // What is at hand comes without a pause in which a timer could end the run.
    if (Date.now() - turn > TURN) {
      await new Promise<void>((resolve) => void setTimeout(resolve, 0))
      turn = Date.now()
    }
    signal.throwIfAborted()
  }
  return run.finish()
}

/** A run over roles, none of which it keeps. */
interface Run {
  add(role: Role): void
  finish(): Pick<Report, 'findings' | 'coverage' | 'analyses'>
}

function startRun(facts: Facts, options: CheckOptions & { readonly now: Date }): Run {
  const findings: Finding[] = []
  const analyses: WhoAnswer[] = []
  const gaps: CoverageGap[] = [...facts.gaps]
  // A source may have said already why a role's policy is missing.
  const reported = new Set(facts.gaps.map(({ subject }) => subject))
  const counts = { total: 0, analyzed: 0, unchanged: 0, pod: 0 }
  /** Shapes that were seen, with the rules that spoke and what the role counts as. */
  const shapes = new Map<string, { readonly spoke: readonly Rule[]; readonly isPodRole: boolean }>()
  const seen = namedRoles(facts)
  const podRoles: Role[] = []
  const keepsPodRoles = (facts.rbacBindings ?? []).length > 0
  const isJudged = (role: Role): boolean =>
    role.change !== 'none' || role.changedBy !== undefined || options.all === true
  return {
    add(role) {
      counts.total++
      seen.add(role)
      if (keepsPodRoles && isAboutPods(role)) podRoles.push(role)
      if (!isJudged(role)) {
        counts.unchanged++
        return
      }
      const shape = options.analyses ? undefined : shapeOf(role, facts)
      const known = shape === undefined ? undefined : shapes.get(shape)
      if (known !== undefined && known.spoke.length === 0) {
        counts.analyzed++
        if (known.isPodRole) counts.pod++
        return
      }
      const checked = checkRole(
        role,
        facts,
        known === undefined ? options : { ...options, rules: known.spoke },
      )
      const isNew = shape !== undefined && known === undefined && shapes.size < MOST_SHAPES
      if (isNew && checked.gap === undefined) {
        const ids = new Set(checked.findings.map(({ rule }) => rule))
        const spoke = (options.rules ?? allRules).filter(({ id }) => ids.has(id))
        shapes.set(shape, { spoke, isPodRole: checked.isPodRole })
      }
      if (checked.gap === undefined) counts.analyzed++
      else if (!reported.has(checked.gap.subject)) gaps.push(checked.gap)
      if (checked.isPodRole) counts.pod++
      for (const finding of checked.findings) findings.push(finding)
      if (options.analyses) analyses.push(...whoAnswers(checked.analysis, facts, options.now))
    },
    finish() {
      const { rolesOf, roleOfKey, roleArns } = seen
      const everything = { facts, now: options.now, isJudged, rolesOf, roleOfKey, roleArns, podRoles }
      for (const finding of checkInventory(everything, options)) findings.push(finding)
      sortFindings(findings, options.rules ?? allRules)
      return { findings, coverage: coverageOf(facts, gaps, counts, options), analyses }
    },
  }
}

function sortFindings(findings: Finding[], rules: readonly Rule[]): void {
  const order = new Map(rules.map(({ id }, index) => [id, index]))
  findings.sort(
    (a, b) =>
      SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
      (order.get(a.rule) ?? 0) - (order.get(b.rule) ?? 0) ||
      compareTexts(keyOf(a), keyOf(b)),
  )
}

function coverageOf(
  { serviceAccounts, clusters, outOfScope }: Facts,
  gaps: readonly CoverageGap[],
  roles: Coverage['roles'],
  options: CheckOptions,
): Coverage {
  const silenced = silencedRules(options.rules ?? allRules, gaps)
  return {
    complete: gaps.length === 0,
    roles,
    ...(serviceAccounts === undefined ? {} : { serviceAccounts: serviceAccounts.length }),
    ...(clusters.length === 0 ? {} : { clusters: clusters.length }),
    gaps,
    ...(silenced.length === 0 ? {} : { silenced }),
    ...(outOfScope === undefined ? {} : { outOfScope: [...new Set(outOfScope)] }),
  }
}

/** The roles that a change lets more callers into. One that is new has nobody to gain access before. */
function widenedBy(before: Inventory, after: Inventory, { now }: CheckOptions): Pick<Report, 'widened'> {
  const { changes } = diffTrust(before, after, { ...(now === undefined ? {} : { now }), only: isChanged })
  return { widened: changes.filter(({ change, widens }) => change === 'changed' && widens) }
}

function isChanged({ change, changedBy }: Role): boolean {
  return change === 'update' || change === 'replace' || changedBy !== undefined
}

function keyOf({ subject, role }: Finding): string {
  return subject?.key ?? role?.key ?? ''
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

type NamedRoles = Pick<InventorySubject, 'rolesOf' | 'roleOfKey' | 'roleArns'>

/** Keeps of the roles that stream by those that facts name, and nothing where they name none. */
function namedRoles(facts: Facts): NamedRoles & { readonly add: (role: Role) => void } {
  const byArn = new Map<string, Role[]>()
  const byName = new Map<string, Role[]>()
  for (const arn of namedArns(facts)) {
    byArn.set(arn, [])
    byName.set(lastSegment(arn), [])
  }
  const byKey = new Map<string, Role | undefined>()
  for (const { roleKey } of facts.associations) if (roleKey !== undefined) byKey.set(roleKey, undefined)
  const roleArns = new Set<string>()
  return {
    roleArns,
    rolesOf(arn) {
      const roles = byArn.get(arn) ?? []
      return roles.length > 0 ? roles : (byName.get(lastSegment(arn)) ?? [])
    },
    roleOfKey: (key) => byKey.get(key),
    add(role) {
      if (byKey.has(role.key)) byKey.set(role.key, role)
      if (byArn.size === 0) return
      if (role.arn === undefined) {
        byName.get(role.name)?.push(role)
        return
      }
      roleArns.add(role.arn)
      byArn.get(role.arn)?.push(role)
    },
  }
}

/** Whatever names a role by its ARN. */
function* namedArns(facts: Facts): Generator<string> {
  const values = function* (): Generator<string | Unknown | undefined> {
    for (const { roleArn } of facts.serviceAccounts ?? []) yield roleArn
    for (const { roleArns } of facts.workloads ?? []) yield* roleArns
    for (const { roleArn, targetRoleArn } of facts.associations) yield* [roleArn, targetRoleArn]
    for (const { serviceAccountRoleArn } of facts.addons ?? []) yield serviceAccountRoleArn
    for (const { roleArn } of facts.capabilities ?? []) yield roleArn
    for (const { roleArn } of facts.nodeGroups ?? []) yield roleArn
    for (const { principalArn } of facts.accessEntries ?? []) yield principalArn
  }
  for (const value of values()) if (typeof value === 'string') yield value
}

/** The name of a role, without its path. */
function lastSegment(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1)
}

/** What is wrong with things that are no roles. */
function* checkInventory(inventory: InventorySubject, options: CheckOptions): Generator<Finding> {
  for (const rule of options.rules ?? allRules) {
    if (rule.on !== 'inventory') continue
    for (const { role, blamed, certainty = 'proved', related = [], ...problem } of rule.check({
      inventory,
    })) {
      yield {
        rule: rule.id,
        kind: rule.kind,
        severity: rule.severity,
        certainty,
        ...problem,
        message: revealed(problem.message, inventory.facts.holes ?? []),
        ...(role === undefined ? {} : { role: referenceOf(role) }),
        related,
        docs: docsOf(rule.id),
        fingerprint: hash128([rule.id, problem.subject.key, blamed].join('\n')),
      }
    }
  }
}

export interface CheckedRole {
  readonly analysis: RoleAnalysis
  readonly findings: readonly Finding[]
  readonly isPodRole: boolean
  /** Set where the trust policy is not in the input. */
  readonly gap?: CoverageGap
}

/** The unit of work: one role against the facts. */
export function checkRole(role: Role, facts: Facts, options: CheckOptions = {}): CheckedRole {
  const analysis = analyzeRole(role, facts, options.now === undefined ? {} : { now: options.now })
  const { policy } = analysis
  if (policy === undefined) return { analysis, findings: [], isPodRole: false, ...gapOf(role) }
  const subject = subjectOf(analysis, policy, facts, options)
  const openPolicy = withoutUnknown(role.trustPolicy)
  const open = openPolicy && analyzeRole({ ...role, trustPolicy: openPolicy }, facts, { now: subject.now })
  const openSubject = open?.policy && subjectOf(open, open.policy, facts, options)
  const findings: Finding[] = []
  for (const rule of options.rules ?? allRules) {
    for (const problem of ask(rule, subject)) {
      if (isAssumedAbsence(problem, role)) continue
      if (rule.kind === 'breakage' && openSubject !== undefined && !persists(rule, problem, openSubject))
        continue
      findings.push(stamp(rule, problem, subject))
    }
  }
  return { analysis, findings, isPodRole: subject.isPodRole }
}

function subjectOf(
  analysis: RoleAnalysis,
  policy: TrustPolicy,
  facts: Facts,
  { now = new Date() }: CheckOptions,
): RoleSubject {
  const { role, trusts } = analysis
  const podStatements = podStatementsOf(role, policy, analysis, facts)
  return {
    role,
    policy,
    analysis,
    facts,
    now,
    grants: trusts.filter(admitsSomebody),
    podStatements,
    isPodRole: podStatements.some(({ hasAction }) => hasAction),
  }
}

/** Whether nobody gets in whatever the values are that are not known yet: then it does not come of them. */
function persists(rule: Rule, { at }: Problem, open: RoleSubject): boolean {
  const statement = /^\/Statement(?:\/\d+)?/.exec(at)?.[0] ?? ''
  for (const problem of ask(rule, open)) if (problem.at.startsWith(statement)) return true
  return false
}

function gapOf(role: Role): { gap?: CoverageGap } {
  if (role.trustPolicy.kind !== 'unknown') return {}
  const { location, unknown } = role.trustPolicy
  return {
    gap: {
      kind: 'role',
      subject: role.key,
      reason: `the trust policy of ${role.name} is not known: ${unknown.reason}`,
      location,
    },
  }
}

function admitsSomebody(trust: TrustAnalysis): boolean {
  switch (trust.mechanism) {
    case 'irsa':
    case 'pod-identity':
      return !trust.serviceAccounts.isEmpty
    case 'web-identity':
      return !trust.subjects.isEmpty
    case 'aws-principal':
      return !trust.principals.isEmpty
  }
}

const NO_PROBLEMS: readonly Problem[] = []

function ask(rule: Rule, role: RoleSubject): Iterable<Problem> {
  switch (rule.on) {
    case 'inventory':
    case 'token':
      return NO_PROBLEMS
    case 'grant':
      return role.grants.length === 0
        ? NO_PROBLEMS
        : role.grants.flatMap((grant) => [...rule.check({ grant, role })])
    case 'statement':
      return role.podStatements.length === 0
        ? NO_PROBLEMS
        : role.podStatements.flatMap((statement) => [...rule.check({ statement, role })])
    case 'role':
      return rule.check({ role })
    case 'policy':
      return rule.check({ policy: role.policy, role })
  }
}

/**
 * Whether a problem is that a statement lacks a condition, while the keys of its conditions are not known and were told
 * from their values: the one that is missed may be there.
 */
function isAssumedAbsence({ at }: Problem, { trustPolicy }: Role): boolean {
  return trustPolicy.kind !== 'unknown' && trustPolicy.assumed?.includes(at) === true
}
