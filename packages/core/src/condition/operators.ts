import { Language, lowerCase } from '../automata/language.js'
import { parseBase64, parseDate, parseNumber } from '../policy/literals.js'
import type { BaseOperator } from '../policy/ast.js'
import { ARNS, arnLanguage, arnMatches, isArn, isArnPattern } from './arn.js'
import { globMatches, literalText } from './glob.js'
import type { Pattern } from './glob.js'
import { blockHas, parseIp, parseIpBlock } from '../policy/ip.js'

/**
 * The one table of condition operators. Each says what a request value is to one policy value, twice: as a question
 * (`matches`) and as the set of all request values for which the answer is yes (`language`). Negation is a flag;
 * `IfExists`, `Null`, the set operators and lists of values are handled once in `evaluate.ts` and once in `compile.ts`.
 */
export interface OperatorMeaning {
  readonly family: 'string' | 'numeric' | 'date' | 'bool' | 'binary' | 'ip' | 'arn'
  readonly negated: boolean
  /** Whether `*` and `?` of the policy value are wildcards. */
  readonly wildcards: boolean
  /** Whether `${…}` is a policy variable; `doubtful` where the documentation contradicts itself. */
  readonly variables: 'yes' | 'no' | 'doubtful'
  /** Whether the policy value is of the operator's type; IAM refuses to store it otherwise, and it matches nothing. */
  wellFormed(value: Pattern): boolean
  /** Whether one request value matches one well-formed policy value, negation left out. */
  matches(value: Pattern, request: string): boolean
  /** Request values that the operator can compare; for any other it is false, negated or not. Absent: all. */
  readonly comparable?: { readonly has: (request: string) => boolean; readonly language: Language }
  /** The request values that match; `undefined` where they are no regular language we build. */
  language(value: Pattern): Language | undefined
  /** For operators without `language`: outside of these texts no request value matches. */
  readonly textsOfType?: Language
}

const always = () => true
const text = (value: Pattern): string => literalText(value) ?? ''
const noLanguage = () => undefined

const digits = Language.charset([[0x30, 0x39]])
/** A superset of the texts that IAM may read as numbers or dates: enough to tell that a subject is neither. */
const numericOrDateTexts = Language.lazy(() =>
  digits.union(Language.charset([...'+-:.TZ'].map((c) => [c.charCodeAt(0), c.charCodeAt(0)]))).repeat(1),
)
const ipTexts = Language.lazy(() =>
  Language.charset([
    [0x2e, 0x3a],
    [0x41, 0x46],
    [0x61, 0x66],
  ]).repeat(1),
)

function stringOperator(kind: 'equals' | 'ignore-case' | 'like', negated: boolean): OperatorMeaning {
  return {
    family: 'string',
    negated,
    wildcards: kind === 'like',
    variables: 'yes',
    wellFormed: always,
    matches:
      kind === 'equals'
        ? (value, request) => text(value) === request
        : kind === 'like'
          ? globMatches
          : (value, request) => lowerCase(text(value)) === lowerCase(request),
    language:
      kind === 'equals'
        ? (value) => Language.literal(text(value))
        : kind === 'like'
          ? (value) => Language.glob(value)
          : (value) => Language.ignoreCase(text(value)),
  }
}

type Comparison = '=' | '<' | '<=' | '>' | '>='

function compares(comparison: Comparison, request: number, value: number): boolean {
  if (comparison === '=') return request === value
  if (comparison === '<') return request < value
  if (comparison === '<=') return request <= value
  return comparison === '>' ? request > value : request >= value
}

function orderedOperator(
  family: 'numeric' | 'date',
  comparison: Comparison,
  negated = false,
): OperatorMeaning {
  const parse = family === 'numeric' ? parseNumber : parseDate
  return {
    family,
    negated,
    wildcards: false,
    variables: 'no',
    wellFormed: (value) => parse(text(value)) !== undefined,
    matches(value, request) {
      const left = parse(request)
      const right = parse(text(value))
      return left !== undefined && right !== undefined && compares(comparison, left, right)
    },
    language: noLanguage,
    textsOfType: numericOrDateTexts,
  }
}

function ipOperator(negated: boolean): OperatorMeaning {
  return {
    family: 'ip',
    negated,
    wildcards: false,
    variables: 'no',
    wellFormed: (value) => parseIpBlock(text(value)) !== undefined,
    matches(value, request) {
      const block = parseIpBlock(text(value))
      const address = parseIp(request)
      return block !== undefined && address !== undefined && blockHas(block, address)
    },
    comparable: { has: (request) => parseIp(request) !== undefined, language: ipTexts },
    language: noLanguage,
    textsOfType: ipTexts,
  }
}

function arnOperator(negated: boolean): OperatorMeaning {
  return {
    family: 'arn',
    negated,
    wildcards: true,
    variables: 'yes',
    wellFormed: isArnPattern,
    matches: (value, request) => isArn(request) && arnMatches(value, request),
    comparable: { has: isArn, language: ARNS },
    language: arnLanguage,
  }
}

const TRUE_TEXTS = Language.lazy(() => Language.ignoreCase('true'))
const isTrue = (value: string): boolean => lowerCase(value) === 'true'

const bool: OperatorMeaning = {
  family: 'bool',
  negated: false,
  wildcards: false,
  variables: 'doubtful',
  wellFormed: always,
  // Request text `true` of any case is true, every other text is false.
  matches: (value, request) => isTrue(text(value)) === isTrue(request),
  language: (value) => (isTrue(text(value)) ? TRUE_TEXTS : TRUE_TEXTS.complement()),
}

/** The text whose UTF-8 bytes a base64 value is. */
function base64Text(value: string): string | undefined {
  const bytes = parseBase64(value)
  if (bytes === undefined) return undefined
  try {
    return decodeURIComponent(
      [...bytes].map((byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`).join(''),
    )
  } catch {
    return undefined
  }
}

const binary: OperatorMeaning = {
  family: 'binary',
  negated: false,
  wildcards: false,
  variables: 'no',
  wellFormed: (value) => parseBase64(text(value)) !== undefined,
  matches: (value, request) => base64Text(text(value)) === request,
  language(value) {
    const decoded = base64Text(text(value))
    return decoded === undefined ? Language.empty : Language.literal(decoded)
  },
}

/** What each base operator means; `Null` asks for presence alone and is not here. */
export const OPERATORS: Readonly<Record<Exclude<BaseOperator, 'Null'>, OperatorMeaning>> = {
  StringEquals: stringOperator('equals', false),
  StringNotEquals: stringOperator('equals', true),
  StringEqualsIgnoreCase: stringOperator('ignore-case', false),
  StringNotEqualsIgnoreCase: stringOperator('ignore-case', true),
  StringLike: stringOperator('like', false),
  StringNotLike: stringOperator('like', true),
  NumericEquals: orderedOperator('numeric', '='),
  NumericNotEquals: orderedOperator('numeric', '=', true),
  NumericLessThan: orderedOperator('numeric', '<'),
  NumericLessThanEquals: orderedOperator('numeric', '<='),
  NumericGreaterThan: orderedOperator('numeric', '>'),
  NumericGreaterThanEquals: orderedOperator('numeric', '>='),
  DateEquals: orderedOperator('date', '='),
  DateNotEquals: orderedOperator('date', '=', true),
  DateLessThan: orderedOperator('date', '<'),
  DateLessThanEquals: orderedOperator('date', '<='),
  DateGreaterThan: orderedOperator('date', '>'),
  DateGreaterThanEquals: orderedOperator('date', '>='),
  Bool: bool,
  BinaryEquals: binary,
  IpAddress: ipOperator(false),
  NotIpAddress: ipOperator(true),
  ArnEquals: arnOperator(false),
  ArnNotEquals: arnOperator(true),
  ArnLike: arnOperator(false),
  ArnNotLike: arnOperator(true),
}
