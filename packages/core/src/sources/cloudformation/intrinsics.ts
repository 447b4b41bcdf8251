/**
 * The functions of CloudFormation.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
import { isList, isObject } from '../json-input.js'
import { conditionHolds } from './conditions.js'
import { type Evaluation, LONGEST_TEXT, type Place, TOO_LONG } from './evaluation.js'
import { isMark } from './unknowns.js'

/** @param at where the argument stands, and where what becomes of it will */
type Intrinsic = (evaluation: Evaluation, argument: unknown, at: Place) => unknown

export const intrinsics: ReadonlyMap<string, Intrinsic> = new Map<string, Intrinsic>([
  [
    'Ref',
    (evaluation, name) => (typeof name === 'string' ? evaluation.reference(name) : evaluation.unknown('Ref')),
  ],
  ['Fn::GetAtt', getAtt],
  ['Fn::Sub', sub],
  ['Fn::Join', join],
  ['Fn::Split', split],
  ['Fn::Select', select],
  ['Fn::If', either],
  ['Fn::FindInMap', findInMap],
  [
    'Fn::ToJsonString',
    (evaluation, argument, at) =>
      bounded(evaluation, [JSON.stringify(inner(evaluation, argument, at)) ?? '']),
  ],
  [
    'Fn::ImportValue',
    (evaluation, argument, at) =>
      evaluation.unknown(`import of ${evaluation.asText(inner(evaluation, argument, at), '')}`),
  ],
  ...['Fn::Base64', 'Fn::Cidr', 'Fn::GetAZs', 'Fn::Length', 'Fn::Transform', 'Fn::GetStackOutput'].map(
    (name): [string, Intrinsic] => [
      name,
      (evaluation, argument) => evaluation.unknown(name, spelled(argument)),
    ],
  ),
])

/** The value of an argument, which leaves no trace of its own. */
function inner(evaluation: Evaluation, argument: unknown, at: Place): unknown {
  return evaluation.evaluate(argument, { source: at.source, target: '', trace: undefined })
}

/** What tells one use of a function from another. */
function spelled(argument: unknown): string {
  return JSON.stringify(argument) ?? ''
}

function getAtt(evaluation: Evaluation, argument: unknown, at: Place): unknown {
  const parts = typeof argument === 'string' ? argument.split('.') : isList(argument) ? argument : []
  const [id, ...rest] = parts.map((part) => evaluation.asText(inner(evaluation, part, at), 'Fn::GetAtt'))
  return id === undefined ? evaluation.unknown('Fn::GetAtt') : evaluation.attribute(id, rest.join('.'))
}

function sub(evaluation: Evaluation, argument: unknown, { source }: Place): unknown {
  const [text, variables] = isList(argument) ? argument : [argument]
  if (typeof text !== 'string') return evaluation.unknown('Fn::Sub')
  const pieces = evaluation.pieces(text, isObject(variables) ? variables : {}, `${source}/1`)
  return bounded(
    evaluation,
    pieces.map((piece) => piece.text),
  )
}

function join(evaluation: Evaluation, argument: unknown, at: Place): unknown {
  const [separator, items] = isList(argument) ? argument : []
  const values = inner(evaluation, items, at)
  if (typeof separator !== 'string' || !isList(values))
    return evaluation.unknown('Fn::Join', spelled(argument))
  const texts = values.flat().map((value) => evaluation.asText(value, 'Fn::Join', spelled(argument)))
  return bounded(evaluation, texts, separator)
}

function bounded(evaluation: Evaluation, texts: readonly string[], separator = ''): string {
  const length = texts.reduce((sum, text) => sum + text.length + separator.length, 0)
  return length > LONGEST_TEXT
    ? evaluation.unknown(TOO_LONG)
    : evaluation.template.unknowns.rejoined(texts.join(separator))
}

function split(evaluation: Evaluation, argument: unknown, at: Place): unknown {
  const [separator, whole] = isList(argument) ? argument : []
  const text = inner(evaluation, whole, at)
  if (typeof separator !== 'string' || separator === '' || typeof text !== 'string')
    return evaluation.unknown('Fn::Split', spelled(argument))
  return evaluation.template.unknowns.structured(text, separator).split(separator)
}

function select(evaluation: Evaluation, argument: unknown, at: Place): unknown {
  const [index, list] = isList(argument) ? argument : []
  const position = Number(inner(evaluation, index, at))
  const values = inner(evaluation, list, at)
  const value = isList(values) && Number.isInteger(position) ? values[position] : undefined
  const [only] = isList(values) ? values : []
  // An unknown that is not split tells nothing about its parts.
  const isWhole = isList(values) && values.length === 1 && isMark(only)
  return value === undefined || isWhole ? evaluation.unknown('Fn::Select', spelled(argument)) : value
}

function either(evaluation: Evaluation, argument: unknown, { source, target, trace }: Place): unknown {
  const [name, then, otherwise] = isList(argument) ? argument : []
  if (typeof name !== 'string' || then === undefined || otherwise === undefined)
    return evaluation.unknown('Fn::If', source)
  const holds = conditionHolds(evaluation.template, evaluation.outcome, name)
  return evaluation.evaluate(holds ? then : otherwise, {
    source: `${source}/${holds ? 1 : 2}`,
    target,
    trace,
  })
}

function findInMap(evaluation: Evaluation, argument: unknown, at: Place): unknown {
  const parts = isList(argument) ? argument : []
  const [map, first, second] = parts
    .slice(0, 3)
    .map((part) => evaluation.asText(inner(evaluation, part, at), 'Fn::FindInMap'))
  const entries = map === undefined ? undefined : evaluation.template.mappings[map]
  if (!isObject(entries) || first === undefined || second === undefined)
    return evaluation.unknown('Fn::FindInMap', spelled(argument))
  const valueIn = (key: string): unknown =>
    isObject(entries[key]) && Object.hasOwn(entries[key], second) ? entries[key][second] : undefined
  const value = Object.hasOwn(entries, first) ? valueIn(first) : undefined
  if (value !== undefined) return value
  // A key that is not known matters only where the values differ.
  const values = new Set(Object.keys(entries).map((key) => JSON.stringify(valueIn(key))))
  if (isMark(first) && values.size === 1) return valueIn(Object.keys(entries)[0] ?? '')
  const fallback = parts[3]
  if (isObject(fallback) && !isMark(first) && Object.hasOwn(fallback, 'DefaultValue'))
    return inner(evaluation, fallback['DefaultValue'], at)
  return evaluation.unknown('Fn::FindInMap', spelled(argument))
}
