import { quoted } from '../text/quote.js'
import type { ActionElement } from './ast.js'
import { hasHole } from './limits.js'
import { refuse } from './problems.js'
import { type Reading, kindOf, textOf } from './reading.js'

export interface ActionRead {
  readonly action: ActionElement
  readonly unreadable?: string
}

type Kind = 'actions' | 'not-actions'

const NOT_STS = 'AssumeRole policy may only specify STS AssumeRole actions.'
const MISSING = 'Missing required field Action'

/** The value of an `Action` element, or of `NotAction` for the other kind. */
export function readAction(reading: Reading, kind: Kind, value: unknown, pointer: string): ActionRead {
  const { problems } = reading
  const name = kind === 'actions' ? 'Action' : 'NotAction'
  const isList = Array.isArray(value)
  const items: readonly unknown[] = isList ? value : [value]
  const patterns: string[] = []
  for (let index = 0; index < items.length; index++) {
    const text = textOf(items[index])
    const at = isList ? `${pointer}/${index}` : pointer
    if (text === undefined) {
      const unreadable = `\`${name}\` is ${isList ? `a list that holds ${kindOf(items[index])}` : kindOf(value)}`
      refuse(problems, at, unreadable)
      return { action: { kind: 'unreadable', pointer }, unreadable }
    }
    if (text !== 'sts:AssumeRoleWithWebIdentity' && isForeign(text) && !(reading.hasHoles && hasHole(text))) {
      refuse(problems, at, () => `${quoted(text)} is no action of STS`, NOT_STS)
    }
    patterns.push(text)
  }
  if (patterns.length === 0) refuse(problems, pointer, `\`${name}\` is an empty list`, MISSING)
  return { action: { kind, pointer, patterns } }
}

/** What may be meant when a repeated element leaves open which one is in force: all actions of all of them. */
export function joinActions(actions: readonly ActionElement[], pointer: string): ActionElement {
  const patterns: string[] = []
  for (const action of actions) {
    if (action.kind !== 'actions') return { kind: 'unreadable', pointer }
    patterns.push(...action.patterns)
  }
  return { kind: 'actions', pointer, patterns }
}

/**
 * Whether a pattern plainly names another service. Sources disagree about what IAM does with wildcards such as `*` and
 * `sts:*`, so a service with a wildcard in it is not held against the policy.
 */
function isForeign(pattern: string): boolean {
  const colon = pattern.indexOf(':')
  const service = (colon === -1 ? pattern : pattern.slice(0, colon)).toLowerCase()
  if (service.includes('*') || service.includes('?')) return false
  return colon === -1 || service !== 'sts'
}
