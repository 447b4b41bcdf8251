import type { Role } from '../inventory.js'
import type { TrustPolicy } from '../policy/ast.js'
import type { Outcome } from '../policy/request.js'
import type { RequestModel } from '../mechanisms/request-model.js'
import { quoted } from '../text/quote.js'
import type { ActionTrace, Evaluation } from '../trust/evaluate.js'
import type {
  ExplainMend,
  ExplainStep,
  Explanation,
  StatementStep,
  StepId,
  StepVerdict,
} from './explain-answer.js'
import type { ExplainCause, SdkError } from './error-causes.js'
import type { Miss } from './explain-miss.js'

/** What one step finds. */
export interface Finding {
  readonly verdict: Exclude<StepVerdict, 'not-reached'>
  readonly asked?: string
  readonly found?: string
  readonly detail?: string
  readonly statements?: readonly StatementStep[]
  /** For `failed`: what the pod sees. For `unknown`: what it would see. */
  readonly error?: SdkError
  readonly causes?: readonly ExplainCause[]
  /** For `unknown`: what would have to be known. */
  readonly missing?: readonly string[]
  readonly misses?: readonly Miss[]
  /** How it would be mended; computed when it is read. */
  readonly mend?: () => ExplainMend | undefined
  /** For `unknown`: the verdict that is expected, where AWS has only not documented it. */
  readonly expected?: 'passed' | 'failed'
}

/** One question to be put, in its place in the order. */
export interface StepPlan<Call> {
  readonly id: StepId
  readonly title: string
  readonly run: (call: Call) => Finding
}

export interface Walk extends Pick<
  Explanation,
  'outcome' | 'expected' | 'steps' | 'missing' | 'error' | 'causes' | 'nearestMiss'
> {
  readonly makeMend: (() => ExplainMend | undefined) | undefined
}

/**
 * Takes the steps in their order. The first that fails ends the walk; one that cannot be told does not, since a later one
 * may fail for certain.
 */
export function walk<Call>(plans: readonly StepPlan<Call>[], call: Call): Walk {
  const steps: ExplainStep[] = []
  const taken: Finding[] = []
  let failed: Finding | undefined
  let isPlain = true
  for (const { id, title, run } of plans) {
    if (failed !== undefined) {
      steps.push({ id, title, verdict: 'not-reached' })
      continue
    }
    const finding = run(call)
    taken.push(finding)
    const { verdict, asked, found, detail, statements, causes } = finding
    steps.push({ id, title, verdict, asked, found, detail, statements })
    if (verdict === 'failed') failed = finding
    if (verdict === 'failed' || verdict === 'unknown' || causes !== undefined) isPlain = false
  }
  return isPlain ? { ...PLAIN, steps } : conclusion(steps, taken, failed)
}

const PLAIN: Omit<Walk, 'steps'> = {
  outcome: 'allowed',
  expected: undefined,
  missing: [],
  error: undefined,
  causes: [],
  nearestMiss: undefined,
  makeMend: undefined,
}

function conclusion(
  steps: readonly ExplainStep[],
  taken: readonly Finding[],
  failed: Finding | undefined,
): Walk {
  const unknown = taken.filter(({ verdict }) => verdict === 'unknown')
  const outcome: Outcome = failed !== undefined ? 'denied' : unknown.length > 0 ? 'undecided' : 'allowed'
  const doubtful = unknown.find(({ expected }) => expected === 'failed')
  const blamed = failed ?? doubtful
  const causes: ExplainCause[] = [...(blamed?.causes ?? [])]
  for (const { verdict, causes: more } of taken)
    if (more !== undefined && verdict !== 'failed') causes.push(...more)
  const isExpected = outcome === 'undecided' && unknown.every(({ expected }) => expected !== undefined)
  const mends = blamed ?? unknown.find(({ mend }) => mend !== undefined)
  return {
    steps,
    outcome,
    expected: isExpected ? (doubtful === undefined ? 'allowed' : 'denied') : undefined,
    missing: outcome === 'undecided' ? [...new Set(unknown.flatMap(({ missing }) => missing ?? []))] : [],
    error: blamed?.error,
    causes: unique(causes),
    nearestMiss: nearestOf(blamed?.misses?.[0]),
    makeMend: mends?.mend,
  }
}

function nearestOf(miss: Miss | undefined): Explanation['nearestMiss'] {
  if (miss === undefined) return undefined
  const { at, cause, wanted, found, distance, summary } = miss
  return { at, cause, wanted, found, distance, summary }
}

export const ROLE_STEP: StepPlan<{ readonly role: Role }> = {
  id: 'role',
  title: 'there is such a role',
  run: ({ role }) => ({ verdict: 'passed', found: role.arn ?? role.name }),
}

/** The first of each kind. */
export function unique(causes: readonly ExplainCause[]): readonly ExplainCause[] {
  if (causes.length < 2) return causes
  const seen = new Set<string>()
  return causes.filter(({ id }) => !seen.has(id) && seen.add(id))
}

/** The evaluator's trace of one action, as steps. */
export function statementSteps({ action, statements }: ActionTrace): readonly StatementStep[] {
  return statements.map(({ statement, principal, action: matches, conditions, verdict }) => ({
    pointer: statement.pointer,
    sid: statement.sid,
    effect: statement.effect,
    action,
    principal,
    actionMatches: matches,
    conditions: conditions.map(({ condition, found, verdict: held }) => ({
      pointer: condition.pointer,
      operator: condition.operator.text,
      key: condition.keyText,
      values: condition.values,
      found,
      verdict: held,
    })),
    verdict,
  }))
}

/** What the evaluator could not tell, as sentences. */
export function unknownsOf(
  { actions, unnamedActions }: Evaluation,
  policy: TrustPolicy,
  model: RequestModel,
): readonly string[] {
  const reasons = new Set<string>()
  for (const { outcome, statements } of actions) {
    if (outcome !== 'undecided') continue
    for (const { statement, principal, conditions, verdict } of statements) {
      if (verdict !== 'unknown') continue
      if (principal === 'unknown')
        reasons.add(
          `whom IAM takes the principal of ${statementName(statement.pointer, statement.sid)} to be`,
        )
      if (statement.unreadable !== undefined)
        reasons.add(`what ${statementName(statement.pointer, statement.sid)} means: ${statement.unreadable}`)
      if (statement.readings !== undefined)
        reasons.add(
          `which of the repeated keys of ${statementName(statement.pointer, statement.sid)} IAM has`,
        )
      for (const { condition, verdict: held } of conditions) {
        if (held !== 'unknown') continue
        const keyModel = model.keyModel(condition.key)
        reasons.add(
          keyModel.kind === 'varies'
            ? `what the call has under ${quoted(condition.keyText)}: ${keyModel.variation.about}`
            : `what ${quoted(condition.operator.text)} makes of ${quoted(condition.keyText)}`,
        )
      }
    }
  }
  for (const action of unnamedActions) reasons.add(`whether EKS asks for ${quoted(action)} here`)
  if (reasons.size === 0 && policy.problems.length > 0)
    reasons.add('what IAM makes of a policy that it would not store')
  return [...reasons]
}

function statementName(pointer: string, sid: string | undefined): string {
  const index = /^\/Statement\/(\d+)$/.exec(pointer)?.[1]
  const number = index === undefined ? 'the statement' : `statement ${Number(index) + 1}`
  return sid === undefined || sid === '' ? number : `${number} (${quoted(sid)})`
}

/** Misses as causes. */
export function causesOfMisses(
  misses: readonly Miss[],
  certainty: ExplainCause['certainty'],
): readonly ExplainCause[] {
  return misses.map(({ cause, summary, at }) => ({ id: cause, certainty, summary, at }))
}
