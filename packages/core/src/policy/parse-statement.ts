import { pointerSegment } from '../text/location.js'
import { quoted } from '../text/quote.js'
import type { ActionElement, Condition, Effect, PrincipalElement, Statement } from './ast.js'
import { type ActionRead, joinActions, readAction } from './parse-action.js'
import { readConditions } from './parse-condition.js'
import { type PrincipalRead, joinPrincipals, readPrincipal } from './parse-principal.js'
import { refuse } from './problems.js'
import { type JsonObject, LOST, type Reading, alternatives, kindOf, textOf } from './reading.js'

type Building = { -readonly [Key in keyof Statement]: Statement[Key] }

const NO_CONDITIONS: readonly Condition[] = []
const ELEMENTS = ['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Condition'] as const
type Element = (typeof ELEMENTS)[number]

/** A statement of which nothing could be read: it may grant anything to anybody. */
export function unreadableStatement(index: number, pointer: string, unreadable: string): Statement {
  return {
    index,
    pointer,
    effect: undefined,
    principal: { kind: 'unreadable', pointer },
    action: { kind: 'unreadable', pointer },
    conditions: NO_CONDITIONS,
    unreadable,
  }
}

/**
 * Reads one statement; `doubt` says why it cannot be trusted whatever it says.
 *
 * Element names count exactly as IAM spells them. An element in another letter case makes the statement unreadable; it
 * still says who is meant and to do what, but never narrows anything.
 */
export function readStatement(
  reading: Reading,
  value: JsonObject,
  index: number,
  pointer: string,
  doubt: string | undefined,
  sids: Set<string>,
): Statement {
  const statement: Building = {
    index,
    pointer,
    effect: undefined,
    principal: { kind: 'unreadable', pointer },
    action: { kind: 'unreadable', pointer },
    conditions: NO_CONDITIONS,
  }
  let unreadable = doubt
  let sid: string | undefined
  let hasEffect = false
  let principals = 0
  let actions = 0

  for (const key of Object.keys(value)) {
    let element: Element | undefined
    switch (key) {
      case 'Sid':
      case 'Effect':
      case 'Principal':
      case 'NotPrincipal':
      case 'Action':
      case 'NotAction':
      case 'Condition':
        element = key
        break
      default:
        unreadable ??= refuseElement(reading, key, pointer)
        element = ELEMENTS.find((name) => name.toLowerCase() === key.toLowerCase())
    }
    switch (element) {
      case undefined:
        break
      case 'Sid':
        if (element === key) sid = readSid(reading, value[key], pointer, sids)
        break
      case 'Effect': {
        statement.effect = hasEffect ? undefined : readEffect(reading, value, key, pointer)
        hasEffect = true
        if (statement.effect === undefined) unreadable ??= 'its effect cannot be told'
        break
      }
      case 'Principal':
      case 'NotPrincipal': {
        const read = readPrincipals(reading, value, key, element, pointer)
        statement.principal = read.principal
        unreadable ??= read.unreadable
        principals++
        break
      }
      case 'Action':
      case 'NotAction': {
        const read = readActions(reading, value, key, element, pointer)
        statement.action = read.action
        unreadable ??= read.unreadable
        actions++
        break
      }
      case 'Condition': {
        if (element !== key) break
        const read = readConditions(reading, value, pointer)
        statement.conditions = read.conditions
        if (read.readings !== undefined) statement.readings = read.readings
        unreadable ??= read.unreadable
      }
    }
  }

  if (!hasEffect) unreadable = missing(reading, 'Effect', pointer, unreadable)
  if (principals === 0) unreadable = missing(reading, 'Principal', pointer, unreadable)
  if (actions === 0) unreadable = missing(reading, 'Action', pointer, unreadable)
  if (principals > 1) {
    statement.principal = { kind: 'unreadable', pointer }
    unreadable = contradiction(reading, 'Principal', pointer, unreadable)
  }
  if (actions > 1) {
    statement.action = { kind: 'unreadable', pointer }
    unreadable = contradiction(reading, 'Action', pointer, unreadable)
  }
  if (sid !== undefined) statement.sid = sid
  if (unreadable !== undefined) statement.unreadable = unreadable
  return statement
}

function refuseElement(reading: Reading, key: string, pointer: string): string {
  const at = pointer + pointerSegment(key)
  if (key === 'Resource' || key === 'NotResource') {
    refuse(reading.problems, at, `a trust policy cannot have \`${key}\``, `Has prohibited field ${key}`)
    return `it has \`${key}\`, which a trust policy cannot have`
  }
  const message = `${quoted(key)} is no element of a statement`
  refuse(reading.problems, at, message)
  return message
}

function missing(reading: Reading, element: string, pointer: string, unreadable: string | undefined): string {
  const message = `the statement has no \`${element}\``
  refuse(reading.problems, pointer, message, `Missing required field ${element}`)
  return unreadable ?? message
}

function contradiction(
  reading: Reading,
  element: string,
  pointer: string,
  unreadable: string | undefined,
): string {
  const message = `the statement has more than one of \`${element}\` and \`Not${element}\``
  refuse(reading.problems, pointer, message)
  return unreadable ?? message
}

function readSid(reading: Reading, value: unknown, pointer: string, sids: Set<string>): string | undefined {
  const sid = textOf(value)
  if (sid === undefined) {
    refuse(reading.problems, `${pointer}/Sid`, `\`Sid\` is ${kindOf(value)}, not text`)
    return undefined
  }
  if (!/^[A-Za-z0-9]*$/.test(sid)) {
    refuse(
      reading.problems,
      `${pointer}/Sid`,
      `the statement id ${quoted(sid)} is not made of letters and digits`,
    )
  }
  // Generators give every statement an empty id, and IAM takes them.
  if (sid !== '' && sids.has(sid)) {
    const message = `the statement id ${quoted(sid)} stands twice`
    refuse(reading.problems, `${pointer}/Sid`, message, 'The Statement Ids in the policy are not unique')
  }
  sids.add(sid)
  return sid
}

function readEffect(
  reading: Reading,
  statement: JsonObject,
  key: string,
  pointer: string,
): Effect | undefined {
  const effects = alternatives(reading, statement, key)
  if (effects.length > 1) return undefined
  const [effect] = effects
  if (effect === 'Allow' || effect === 'Deny') return effect
  const shown = typeof effect === 'string' ? quoted(effect) : kindOf(effect)
  refuse(reading.problems, pointer + pointerSegment(key), `the effect is ${shown}, not \`Allow\` or \`Deny\``)
  return undefined
}

function readPrincipals(
  reading: Reading,
  statement: JsonObject,
  key: string,
  element: 'Principal' | 'NotPrincipal',
  pointer: string,
): PrincipalRead {
  const at = pointer + pointerSegment(key)
  const kind = element === 'Principal' ? 'principals' : 'not-principals'
  if (reading.repeats === undefined) return readPrincipal(reading, kind, statement[key], at)
  const copies = alternatives(reading, statement, key)
  if (copies.length === 1) return readPrincipal(reading, kind, copies[0], at)
  const principals: PrincipalElement[] = copies.map((copy) =>
    copy === LOST ? { kind: 'unreadable', pointer: at } : readPrincipal(reading, kind, copy, at).principal,
  )
  return {
    principal: joinPrincipals(principals, at),
    unreadable: `\`${element}\` stands twice and says two things`,
  }
}

function readActions(
  reading: Reading,
  statement: JsonObject,
  key: string,
  element: 'Action' | 'NotAction',
  pointer: string,
): ActionRead {
  const at = pointer + pointerSegment(key)
  const kind = element === 'Action' ? 'actions' : 'not-actions'
  if (reading.repeats === undefined) return readAction(reading, kind, statement[key], at)
  const copies = alternatives(reading, statement, key)
  if (copies.length === 1) return readAction(reading, kind, copies[0], at)
  const actions: ActionElement[] = copies.map((copy) =>
    copy === LOST ? { kind: 'unreadable', pointer: at } : readAction(reading, kind, copy, at).action,
  )
  return { action: joinActions(actions, at), unreadable: `\`${element}\` stands twice and says two things` }
}
