import { isList, isObject, textOf } from '../json-input.js'
import { UNKNOWN_ACCOUNT } from '../placeholders.js'
import type { Evaluation } from './evaluation.js'

/** How outcomes name a parameter. */
function parameterSubject(name: string): string {
  return JSON.stringify({ Ref: name })
}

/**
 * The value of a parameter or pseudo parameter: what is given, what a condition says in this outcome, else its default.
 * The partition is taken to be `aws` where nobody says another; no name is decided by that alone.
 */
export function parameterValue(evaluation: Evaluation, name: string): unknown {
  const { template, outcome } = evaluation
  const declared = template.parameters[name]
  const given = Object.hasOwn(template.given, name)
    ? template.given[name]
    : outcome.valueOf(parameterSubject(name))
  if (given !== undefined)
    return isObject(declared) && isListType(declared['Type']) ? given.split(',') : given
  const pseudo = PSEUDO.get(name)
  if (pseudo !== undefined) return pseudo(evaluation)
  if (!isObject(declared)) return evaluation.unknown(name)
  const type = textOf(declared['Type']) ?? ''
  const preset = declared['Default']
  const text = typeof preset === 'number' || typeof preset === 'boolean' ? String(preset) : preset
  // The default of such a parameter names where the value is kept.
  const isKept = type.startsWith('AWS::SSM::Parameter::Value<')
  if (typeof text !== 'string' || text === '' || isKept || outcome.rulesOut(parameterSubject(name), text))
    return evaluation.unknown(name)
  return isListType(type) ? text.split(',') : evaluation.literal(text)
}

function isListType(type: unknown): boolean {
  return typeof type === 'string' && (type === 'CommaDelimitedList' || type.startsWith('List<'))
}

const PSEUDO: ReadonlyMap<string, (evaluation: Evaluation) => string> = new Map([
  ['AWS::AccountId', () => UNKNOWN_ACCOUNT],
  ['AWS::Partition', () => 'aws'],
  [
    'AWS::URLSuffix',
    ({ template }: Evaluation) =>
      template.given['AWS::Partition'] === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com',
  ],
  ['AWS::Region', (evaluation: Evaluation) => evaluation.unknown('AWS::Region')],
  ['AWS::StackName', (evaluation: Evaluation) => evaluation.unknown('AWS::StackName')],
])

/** The values that a parameter can have, where the template says. */
export function allowedValues(declared: unknown): readonly string[] | undefined {
  const values = isObject(declared) ? declared['AllowedValues'] : undefined
  return isList(values) ? values.map(String) : undefined
}
