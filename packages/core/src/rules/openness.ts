import { Language, StateLimitError } from '../automata/language.js'
import { compileCondition } from '../condition/compile.js'
import { OPERATORS } from '../condition/operators.js'
import type { Condition, Statement } from '../policy/ast.js'
import { UNKNOWN } from '../policy/request.js'
import type { Admission, StatementAdmission } from '../trust/admit.js'
import type { TrustAnalysis } from '../trust/analyze.js'
import { quoted } from '../text/quote.js'

/** The statement that opens a grant widest, the place in it to blame, and why, as the end of a sentence. */
export interface Openness {
  readonly statement: Statement
  /** JSON pointer of the condition or value to blame; of the statement where a condition is missing. */
  readonly at: string
  readonly cause: string
}

/** Points at what opens a grant. The verdict was made on the set; this only says where it comes from. */
export function widestStatement(grant: Exclude<TrustAnalysis, { mechanism: 'pod-identity' }>): Openness {
  return widestOf(grant.admission, 'issuer' in grant ? `${grant.issuer}:sub` : undefined)
}

/** @param subjectKey the key that a statement should test, for the sentence about a missing condition */
function widestOf(admission: Admission, subjectKey?: string): Openness {
  const own = widest(admission.statements)
  if (own === undefined) throw new Error('a grant that admits somebody has an Allow statement')
  return openness(own.statement, admission, subjectKey)
}

/** The same for one member: what lets it in, the condition on the subject's key before any other. */
export function openedBy(admission: Admission, word: string, subjectKey?: string): Openness {
  const { statements } = admission
  const own =
    statements.find(({ certain }) => certain.has(word)) ??
    statements.find(({ possible }) => possible.has(word)) ??
    widest(statements)
  if (own === undefined) throw new Error('a grant that admits somebody has an Allow statement')
  return openness(own.statement, admission, subjectKey, word)
}

function openness(statement: Statement, admission: Admission, subjectKey?: string, word?: string): Openness {
  if (statement.readings !== undefined) {
    return {
      statement,
      at: statement.pointer,
      cause: 'a key of its condition block stands twice, and either copy may be the one that counts',
    }
  }
  const symbolic = statement.conditions.filter(({ key }) => admission.keys.get(key)?.kind === 'symbolic')
  const positive = symbolic.filter(isPositive)
  const first = positive.find(({ key }) => key === subjectKey?.toLowerCase()) ?? positive[0] ?? symbolic[0]
  if (first !== undefined) return { statement, ...openCondition(first, statement, admission, word) }
  const idle = statement.conditions.find((condition) => isIdleSubject(condition, admission))
  if (idle !== undefined) return { statement, at: idle.pointer, cause: idleCause(idle) }
  if (subjectKey === undefined) return { statement, at: statement.pointer, cause: 'no condition says who' }
  const tested = statement.conditions.map(({ keyText }) => quoted(keyText))
  const only = tested.length === 0 ? '' : `, only on ${[...new Set(tested)].join(' and ')}`
  return { statement, at: statement.pointer, cause: `there is no condition on ${quoted(subjectKey)}${only}` }
}

function isPositive({ operator: { base } }: Condition): boolean {
  return base !== undefined && base !== 'Null' && !OPERATORS[base].negated
}

function widest(statements: readonly StatementAdmission[]): StatementAdmission | undefined {
  const open = statements.filter(({ possible }) => !possible.isEmpty)
  const holdsAll = (of: 'certain' | 'possible') =>
    open.find((one) => open.every((other) => other === one || other.possible.isSubsetOf(one[of])))
  return open.length < 2 ? open[0] : (holdsAll('certain') ?? holdsAll('possible') ?? open[0])
}

/** A condition that looks as if it named the subject, on a key that no request has. */
function isIdleSubject(condition: Condition, admission: Admission): boolean {
  return admission.keys.get(condition.key)?.kind === 'absent' && condition.keyText.includes('.')
}

/** Why a condition on a key that is never there holds always. */
export function idleCause({ operator, keyText }: Condition): string {
  const key = quoted(keyText)
  const name = quoted(operator.text)
  if (operator.base === 'Null') return `${name} on ${key} asks for the absence of a key that is never there`
  if (operator.set === 'ForAllValues') return `${name} on ${key} holds for a key that is never there`
  if (operator.ifExists) return `${name} on ${key} holds because the key is never there`
  return `the negated ${name} on ${key} holds because the key is never there`
}

function openCondition(
  condition: Condition,
  statement: Statement,
  admission: Admission,
  word?: string,
): { at: string; cause: string } {
  const { operator, keyText } = condition
  const name = quoted(operator.text)
  const base = operator.base
  if (base === undefined)
    return { at: condition.pointer, cause: `IAM has no operator ${name}, so it may let everybody through` }
  if (base === 'Null')
    return {
      at: condition.pointer,
      cause: `${name} on ${quoted(keyText)} only asks whether the key is there`,
    }
  if (condition.unreadable)
    return {
      at: condition.pointer,
      cause: `the value under ${quoted(keyText)} is none that IAM can read, so it may let everybody through`,
    }
  if (condition.values.length === 0)
    return { at: condition.pointer, cause: `${name} lists no value, and so may let everybody through` }
  const { negated, family } = OPERATORS[base]
  const isArn = family === 'arn' && admission.model.mechanism === 'aws-principal'
  if (family !== 'string' && !isArn)
    return { at: condition.pointer, cause: `${name} compares as ${family}, and a subject is none` }
  if (negated) return { at: condition.pointer, cause: `${name} lets everybody through but what it lists` }
  const index = valueToBlame(condition, admission, statement, word)
  const at = condition.isList ? `${condition.pointer}/${index}` : condition.pointer
  const value = condition.values[index] ?? ''
  return { at, cause: `${name} takes ${quoted(value)}` }
}

/** The value of a positive condition that matches the word, or without one the most. */
function valueToBlame(
  condition: Condition,
  admission: Admission,
  statement: Statement,
  word?: string,
): number {
  const model = admission.keys.get(condition.key)
  if (condition.values.length < 2 || model?.kind !== 'symbolic') return 0
  const scope = { effect: statement.effect ?? 'Allow', version: '2012-10-17', lookUp: () => UNKNOWN } as const
  const { view } = model
  const words = (value: string): Language => {
    try {
      return view
        .preimage(compileCondition({ ...condition, values: [value] }, scope).may)
        .intersection(admission.model.domain)
    } catch (error) {
      // It is only a place to point at.
      if (error instanceof StateLimitError) return Language.empty
      throw error
    }
  }
  const languages = condition.values.slice(0, 50).map(words)
  if (word !== undefined)
    return Math.max(
      0,
      languages.findIndex((one) => one.has(word)),
    )
  const found = languages.findIndex((one) => languages.every((other) => other.isSubsetOf(one)))
  return found >= 0
    ? found
    : Math.max(
        0,
        languages.findIndex((one) => !one.isFinite),
      )
}
