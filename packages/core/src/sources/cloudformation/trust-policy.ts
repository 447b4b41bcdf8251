/**
 * The trust policy of a role in a template: an object with functions inside of it, or a text, as people write it to put
 * an issuer into a condition key, which CloudFormation does not let them do in an object.
 */
import { isList, isObject } from '../json-input.js'
import { conditionHolds } from './conditions.js'
import type { Evaluation, Trace } from './evaluation.js'
import { notePolicy } from './policy-uses.js'
import { type Piece, rejoinedPieces } from './substitution.js'
import type { Resource } from './template-parts.js'
import { isMark } from './unknowns.js'

export const POLICY = 'AssumeRolePolicyDocument'

/** A trust policy with marks in it. */
export interface PolicyDraft {
  /** Two drafts with the same text are the same policy. */
  readonly text: string
  readonly value: unknown
  readonly at: string
  /** Present where the template holds the policy as a text. */
  readonly said?: { readonly text: string; readonly pieces?: readonly Piece[] }
  readonly trace: Trace
}

export function policyOf(evaluation: Evaluation, { properties, pointer }: Resource): PolicyDraft {
  let node: unknown = properties[POLICY]
  let at = `${pointer}/Properties/${POLICY}`
  for (
    let branches = soleArgument(node, 'Fn::If');
    isList(branches) && branches.length === 3;
    branches = soleArgument(node, 'Fn::If')
  ) {
    const holds = conditionHolds(evaluation.template, evaluation.outcome, String(branches[0]))
    node = branches[holds ? 1 : 2]
    at += `/Fn::If/${holds ? 1 : 2}`
  }
  const draft = draftOf(evaluation, node, at)
  notePolicy(draft.value, evaluation.template.unknowns)
  return draft
}

function draftOf(evaluation: Evaluation, node: unknown, at: string): PolicyDraft {
  const trace: Trace = new Map()
  if (typeof node === 'string') {
    const text = evaluation.literal(node)
    return { text, value: parsed(text), at, said: { text: node }, trace }
  }
  const argument = soleArgument(node, 'Fn::Sub')
  const [said, variables] = isList(argument) ? argument : [argument]
  if (typeof said === 'string') {
    const source = `${at}/Fn::Sub`
    const { unknowns } = evaluation.template
    const put = evaluation.pieces(said, isObject(variables) ? variables : {}, `${source}/1`)
    const pieces = rejoinedPieces(put, (mark) => unknowns.issuerOfId(mark))
    const text = pieces.map((piece) => piece.text).join('')
    return {
      text,
      value: parsed(text),
      at: isList(argument) ? `${source}/0` : source,
      said: { text: said, pieces },
      trace,
    }
  }
  const value = evaluation.valueOf(node, at, trace)
  if (typeof value === 'string')
    return { text: value, value: parsed(value), at, said: { text: value }, trace }
  return { text: JSON.stringify(value) ?? '', value, at, trace }
}

function soleArgument(node: unknown, name: string): unknown {
  return isObject(node) && Object.keys(node).length === 1 ? node[name] : undefined
}

/** `undefined` for what is no JSON. */
function parsed(text: string): unknown {
  if (isMark(text)) return text
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
