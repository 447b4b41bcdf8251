import type { ConditionStep, ErrorExplanation, ExplainStep, Explanation, StatementStep } from '../report.js'
import type { JsonExplain } from './explain-schema.js'
import type { RunInfo } from './run.js'

/**
 * One answer as JSON, every step in it, in the shape of `podtrust schema explain`. The text is ASCII, so that no name in it
 * can do anything to a terminal.
 *
 * @example
 * ```ts
 * import { toExplainJson } from '@podtrust/core/reporters/explain'
 *
 * writeFileSync('answer.json', toExplainJson(explainAssume(inventory, question), { version: '1.0.0', inputs: [] }))
 * ```
 */
export function toExplainJson(explanation: Explanation, run: RunInfo): string {
  return print({ ...envelope(run), explanation: explanationOf(explanation), errors: [...(run.errors ?? [])] })
}

/** The causes of an error by its text alone, in the same shape. */
export function toErrorJson({ error, means, causes, facts }: ErrorExplanation, run: RunInfo): string {
  return print({
    ...envelope(run),
    error: { error, means, causes, facts },
    errors: [...(run.errors ?? [])],
  })
}

function envelope({ version, inputs }: RunInfo): Pick<JsonExplain, 'schemaVersion' | 'tool' | 'inputs'> {
  return {
    schemaVersion: 1,
    tool: { name: 'podtrust', version },
    inputs: inputs.map(({ name }) => ({ name })),
  }
}

/** Members that are `undefined` have no text in JSON. */
function explanationOf(explanation: Explanation): unknown {
  const {
    role,
    caller,
    mechanism,
    outcome,
    expected,
    steps,
    missing,
    error,
    causes,
    nearestMiss,
    mend,
    identity,
  } = explanation
  const { assumptions } = explanation
  return {
    role,
    caller,
    mechanism,
    outcome,
    expected,
    steps: steps.map(stepOf),
    missing,
    error,
    causes,
    nearestMiss,
    mend,
    identity,
    assumptions,
  }
}

function stepOf({ statements, ...rest }: ExplainStep): unknown {
  return { ...rest, statements: statements?.map(statementOf) }
}

function statementOf({ conditions, ...rest }: StatementStep): unknown {
  return { ...rest, conditions: conditions.map(conditionOf) }
}

/** Whether a key may have several values is the evaluator's business. */
function conditionOf({ found, ...rest }: ConditionStep): unknown {
  return {
    ...rest,
    found: found.state === 'present' ? { state: found.state, values: found.values } : { state: found.state },
  }
}

function print(answer: unknown): string {
  return `${JSON.stringify(answer, undefined, 2).replace(/[\u007f-\uffff]/g, asciiEscape)}\n`
}

function asciiEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
