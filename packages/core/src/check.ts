import { whoAnswers } from './answers/who.js'
import { hash128 } from './fingerprint.js'
import type { CoverageGap, Facts, Inventory, Role, TrustPolicyDocument } from './inventory.js'
import { SUBJECT_PREFIX } from './mechanisms/kubernetes-names.js'
import { SESSION_TAGS } from './mechanisms/pod-identity.js'
import type { RequestModel } from './mechanisms/request-model.js'
import type { Statement, TrustPolicy } from './policy/ast.js'
import type { Finding, FindingWitness, Report, RoleReference, WhoAnswer } from './report.js'
import { rules as allRules } from './rules/index.js'
import { podStatementsOf } from './rules/pod-statement.js'
import { SEVERITIES } from './rules/rule.js'
import type { Problem, RoleSubject, Rule, Witness } from './rules/rule.js'
import { below, type Location } from './text/location.js'
import { analyzeRole } from './trust/analyze.js'
import type { RoleAnalysis, TrustAnalysis } from './trust/analyze.js'
import { replayWitness } from './trust/replay.js'

export interface CheckOptions {
  /** The rules to ask; all by default. */
  readonly rules?: readonly Rule[]
  /** The time from which requests are sent; the current time by default. */
  readonly now?: Date
  /** Also judge the roles that a plan leaves as they are. */
  readonly all?: boolean
  /** Keep what each role admits in the report; needed for the JSON report, a waste of memory for the others. */
  readonly analyses?: boolean
}

/** Where a rule's page is. */
export function docsOf(ruleId: string): string {
  return `https://github.com/podtrust/podtrust/blob/main/docs/rules/${ruleId}.md`
}

/**
 * Analyzes every role, asks the rules and proves their findings.
 *
 * @throws {WitnessError} where a witness does not replay: a bug of podtrust, never of the input
 * @example
 * ```ts
 * const report = checkTrust(readTerraformPlan(text))
 * for (const { rule, role, message } of report.findings) console.log(`${role.name}: ${message} (${rule})`)
 * ```
 */
export function checkTrust(inventory: Inventory, options: CheckOptions = {}): Report {
  const { facts } = inventory
  const checkOptions = { ...options, now: options.now ?? new Date() }
  const findings: Finding[] = []
  const analyses: WhoAnswer[] = []
  const gaps: CoverageGap[] = [...facts.gaps]
  // A source may have said already why a role's policy is missing.
  const reported = new Set(facts.gaps.map(({ subject }) => subject))
  const counts = { total: 0, analyzed: 0, unchanged: 0, pod: 0 }
  for (const role of inventory.roles) {
    counts.total++
    if (role.change === 'none' && !options.all) {
      counts.unchanged++
      continue
    }
    const checked = checkRole(role, facts, checkOptions)
    if (checked.gap === undefined) counts.analyzed++
    else if (!reported.has(checked.gap.subject)) gaps.push(checked.gap)
    if (checked.isPodRole) counts.pod++
    for (const finding of checked.findings) findings.push(finding)
    if (options.analyses) analyses.push(...whoAnswers(checked.analysis, facts))
  }
  const order = new Map((options.rules ?? allRules).map(({ id }, index) => [id, index]))
  findings.sort(
    (a, b) =>
      SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
      (order.get(a.rule) ?? 0) - (order.get(b.rule) ?? 0) ||
      (a.role.key < b.role.key ? -1 : a.role.key > b.role.key ? 1 : 0),
  )
  return { findings, coverage: { complete: gaps.length === 0, roles: counts, gaps }, analyses }
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
  const podStatements = podStatementsOf(role, policy, analysis, facts)
  const subject: RoleSubject = {
    role,
    policy,
    analysis,
    facts,
    now: options.now ?? new Date(),
    grants: analysis.trusts.filter(admitsSomebody),
    podStatements,
    isPodRole: podStatements.some(({ hasAction }) => hasAction),
  }
  const findings: Finding[] = []
  for (const rule of options.rules ?? allRules) {
    for (const problem of ask(rule, subject)) findings.push(stamp(rule, problem, role, policy))
  }
  return { analysis, findings, isPodRole: subject.isPodRole }
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

function* ask(rule: Rule, role: RoleSubject): Generator<Problem> {
  switch (rule.on) {
    case 'grant':
      for (const grant of role.grants) yield* rule.check({ grant, role })
      return
    case 'statement':
      for (const statement of role.podStatements) yield* rule.check({ statement, role })
      return
    case 'role':
      yield* rule.check({ role })
      return
    case 'policy':
      yield* rule.check({ policy: role.policy, role })
  }
}

function stamp(rule: Rule, problem: Problem, role: Role, policy: TrustPolicy): Finding {
  const replayed = problem.witness === undefined ? undefined : replay(policy, problem.witness)
  return {
    rule: rule.id,
    kind: rule.kind,
    severity: rule.severity,
    certainty:
      problem.certainty ?? replayed?.certainty ?? (problem.witness === undefined ? 'proved' : 'possible'),
    message: problem.message,
    ...(problem.help === undefined ? {} : { help: problem.help }),
    role: referenceOf(role),
    location: placeOf(role.trustPolicy, problem.at),
    related: (problem.related ?? []).map(({ at, note }) => ({
      location: placeOf(role.trustPolicy, at),
      note,
    })),
    ...(replayed === undefined ? {} : { witness: replayed.witness }),
    ...(problem.fix === undefined ? {} : { fix: problem.fix }),
    docs: docsOf(rule.id),
    fingerprint: hash128([rule.id, role.key, normalized(problem.at, policy)].join('\n')),
  }
}

/** Where a part of a policy stands, in the text that people wrote if the source knows it. */
function placeOf(policy: TrustPolicyDocument, at: string): Location {
  return (policy.kind === 'unknown' ? undefined : policy.sourceMap?.(at)) ?? below(policy.location, at)
}

function referenceOf({ key, name, arn, address }: Role): RoleReference {
  return { key, name, ...(arn === undefined ? {} : { arn }), ...(address === undefined ? {} : { address }) }
}

function replay(
  policy: TrustPolicy,
  { admission, word }: Witness,
): { certainty: 'proved' | 'possible'; witness: FindingWitness } | undefined {
  const replayed = replayWitness(policy, admission, word, keysToShow(admission.model))
  if (replayed === undefined) return undefined
  const { request, certainty } = replayed
  return { certainty, witness: { ...whoIs(admission.model, word), request } }
}

/** The keys by which people know the caller, tested or not. */
function keysToShow({ mechanism, caller, actions }: RequestModel): readonly string[] {
  if (mechanism === 'pod-identity' && actions.includes('sts:TagSession')) {
    return SESSION_TAGS.slice(0, 4).map((tag) => `aws:requesttag/${tag}`)
  }
  if (mechanism === 'irsa' && caller.type === 'web-identity') {
    const issuer = caller.provider.slice(caller.provider.indexOf('/') + 1).toLowerCase()
    return [`${issuer}:sub`, `${issuer}:aud`]
  }
  return []
}

function whoIs(
  { mechanism }: RequestModel,
  word: string,
): Pick<FindingWitness, 'serviceAccount' | 'subject'> {
  if (mechanism !== 'irsa' && mechanism !== 'pod-identity') return { subject: word }
  const colon = word.indexOf(':')
  const serviceAccount = { namespace: word.slice(0, colon), name: word.slice(colon + 1) }
  return mechanism === 'irsa' ? { serviceAccount, subject: SUBJECT_PREFIX + word } : { serviceAccount }
}

/** What is blamed, without what an edit elsewhere changes: positions, Sids, the order of statements and values. */
function normalized(at: string, policy: TrustPolicy): string {
  const statement = policy.statements.find(({ pointer }) => at === pointer || at.startsWith(`${pointer}/`))
  if (statement === undefined) return at
  const condition = statement.conditions.find(({ pointer }) => at === pointer || at.startsWith(`${pointer}/`))
  if (condition !== undefined)
    return `${condition.operator.text.toLowerCase()} ${condition.key} ${[...condition.values].sort().join(' ')}`
  return statementText(statement)
}

function statementText({ effect, principal, action, conditions }: Statement): string {
  const principals =
    'entries' in principal
      ? principal.entries.map(({ type, value }) => `${type} ${value}`).sort()
      : [principal.kind]
  const actions =
    'patterns' in action
      ? [action.kind, ...action.patterns.map((pattern) => pattern.toLowerCase()).sort()]
      : [action.kind]
  const tests = conditions
    .map(
      ({ operator, key, values }) => `${operator.text.toLowerCase()} ${key} ${[...values].sort().join(' ')}`,
    )
    .sort()
  return [effect ?? '', ...principals, ...actions, ...tests].join('\n')
}
