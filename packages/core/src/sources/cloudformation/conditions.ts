/**
 * The conditions of a template. What is the same whatever the parameters are is worked out; anything else may turn out
 * both ways. The default of a parameter decides nothing: whoever makes the stack may give another value.
 */
import { isList, isObject } from '../json-input.js'
import type { Outcome } from './outcome.js'
import { allowedValues } from './parameters.js'
import type { Template } from './template-parts.js'

/** A condition that refers to others deeper than this refers to itself. */
const MAX_DEPTH = 50

/** Whether a condition holds in an outcome; which way it took is noted by its name where it might have taken another. */
export function conditionHolds(template: Template, outcome: Outcome, name: string): boolean {
  const before = outcome.taken.length
  const { holds } = named(template, outcome, name, 0)
  if (outcome.taken.length > before) outcome.conditions.set(name, holds)
  return holds
}

interface Answer {
  readonly holds: boolean
  /** Whether it is so in every outcome. */
  readonly isSettled: boolean
}

function named(template: Template, outcome: Outcome, name: string, depth: number): Answer {
  const node = Object.hasOwn(template.conditions, name) ? template.conditions[name] : undefined
  if (node === undefined || depth > MAX_DEPTH) return open(outcome, `condition ${name}`)
  const known = outcome.answers.get(name)
  if (known !== undefined) return known
  const found = answer(template, outcome, node, depth + 1)
  outcome.answers.set(name, found)
  return found
}

function answer(template: Template, outcome: Outcome, node: unknown, depth: number): Answer {
  const [name, ...others] = isObject(node) ? Object.keys(node) : []
  const argument = isObject(node) && name !== undefined && others.length === 0 ? node[name] : undefined
  const parts = isList(argument) ? argument : []
  if (depth > MAX_DEPTH) return open(outcome, JSON.stringify(node) ?? '')
  switch (name) {
    case 'Condition':
      return named(template, outcome, String(argument), depth)
    case 'Fn::Not': {
      const { holds, isSettled } = answer(template, outcome, parts[0], depth + 1)
      return { holds: !holds, isSettled }
    }
    case 'Fn::And':
    case 'Fn::Or': {
      const answers = parts.map((part) => answer(template, outcome, part, depth + 1))
      const deciding = name === 'Fn::Or'
      const settled = answers.find(({ holds, isSettled }) => isSettled && holds === deciding)
      if (settled !== undefined) return settled
      return {
        holds: answers.some(({ holds }) => holds === deciding) === deciding,
        isSettled: answers.every(({ isSettled }) => isSettled),
      }
    }
    case 'Fn::Equals':
      return equals(template, outcome, parts[0], parts[1])
    default:
      return open(outcome, JSON.stringify(node) ?? '')
  }
}

function open(outcome: Outcome, question: string): Answer {
  return { holds: outcome.decide(question), isSettled: false }
}

function equals(template: Template, outcome: Outcome, left: unknown, right: unknown): Answer {
  const a = settledText(template, left)
  const b = settledText(template, right)
  if (a !== undefined && b !== undefined) return { holds: a === b, isSettled: true }
  if (a === undefined && b === undefined)
    return open(outcome, `${JSON.stringify(left)} = ${JSON.stringify(right)}`)
  const subject = a === undefined ? left : right
  const parameter =
    isObject(subject) && typeof subject['Ref'] === 'string' ? template.parameters[subject['Ref']] : undefined
  return {
    holds: outcome.isEqual(JSON.stringify(subject) ?? '', a ?? b ?? '', allowedValues(parameter)),
    isSettled: false,
  }
}

/** The text that a node is in every outcome. */
function settledText(template: Template, node: unknown): string | undefined {
  if (typeof node === 'string') return node.includes('{{resolve:') ? undefined : node
  if (typeof node === 'number' || typeof node === 'boolean') return String(node)
  if (!isObject(node)) return undefined
  const { Ref: name, 'Fn::FindInMap': path } = node
  if (typeof name === 'string') return Object.hasOwn(template.given, name) ? template.given[name] : undefined
  if (!isList(path)) return undefined
  const [map, first, second] = path.map((part) => settledText(template, part))
  const entries = map === undefined ? undefined : template.mappings[map]
  const entry = isObject(entries) && first !== undefined ? entries[first] : undefined
  const value = isObject(entry) && second !== undefined ? entry[second] : undefined
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined
}
