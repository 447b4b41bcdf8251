/** From the draft of a trust policy to the document that is judged, and what of it cannot be. */
import type { TrustPolicyDocument } from '../../inventory.js'
import type { Location } from '../../text/location.js'
import { registerDerivedText } from '../../text/position.js'
import { quoted } from '../../text/quote.js'
import { isList, isObject, type JsonObject } from '../json-input.js'
import type { Trace } from './evaluation.js'
import type { Piece } from './substitution.js'
import type { Template } from './template-parts.js'
import type { PolicyDraft } from './trust-policy.js'
import { isMark, type Unknowns } from './unknowns.js'

export interface SettledPolicy {
  readonly document: TrustPolicyDocument
  /** Sentences about what was not read. */
  readonly gaps: readonly string[]
}

/** @param duplicates pointers into the template of keys that stand more than once */
export function settledPolicy(
  draft: PolicyDraft,
  template: Template,
  name: string,
  duplicates: readonly string[],
): SettledPolicy {
  const { unknowns, input } = template
  const location = { input, pointer: draft.at }
  const origins = (text: string): string => listed(unknowns.originsIn(text))
  if (draft.value === undefined && draft.text === '') {
    return unknownPolicy(
      location,
      `the template does not hold the trust policy of ${quoted(name)}`,
      'not-collected',
    )
  }
  const isBroken = draft.value === undefined && unknowns.originsIn(draft.text).length > 0
  if (isMark(draft.value) || isBroken) {
    return unknownPolicy(
      location,
      `the trust policy of ${quoted(name)} is known only after deployment: it comes from ${origins(draft.text)}`,
    )
  }
  const { kept, lost, isUndecidable } = judgeable(draft.value)
  if (isUndecidable) {
    return unknownPolicy(
      location,
      `the trust policy of ${quoted(name)} has a statement that is known only after deployment: it comes from ${origins(draft.text)}`,
    )
  }
  const gaps = lost.map(
    (statement) =>
      `a statement in the trust policy of ${quoted(name)} is known only after deployment and was not judged: it comes from ${origins(JSON.stringify(statement) ?? '')}`,
  )
  const value =
    kept === undefined
      ? draft.value
      : { ...(draft.value as JsonObject), Statement: kept.map(({ statement }) => statement) }
  const openOrigins = unknowns.openIn(JSON.stringify(value) ?? '')
  if (openOrigins.length > 0) {
    gaps.push(
      `the trust policy of ${quoted(name)} holds values that are known only after deployment: ${listed(openOrigins)}`,
    )
  }
  const document =
    draft.said === undefined || kept !== undefined
      ? valueDocument(draft, value, kept, template, duplicates)
      : textDocument(draft, draft.said, template)
  return { document, gaps }
}

function unknownPolicy(
  location: Location,
  reason: string,
  cause: 'known-after-apply' | 'not-collected' = 'known-after-apply',
): SettledPolicy {
  return {
    document: { kind: 'unknown', unknown: { unknown: true, reason, cause }, location },
    gaps: [reason],
  }
}

interface KeptStatement {
  readonly statement: unknown
  /** Its index in the template. */
  readonly index: number
}

/**
 * What of a policy can be judged. An Allow of which a whole part is not known is left out: it is a gap, not a finding.
 * Without a Deny that is not known nothing can be said about the rest.
 */
function judgeable(policy: unknown): {
  kept?: readonly KeptStatement[]
  lost: readonly unknown[]
  isUndecidable: boolean
} {
  const element = isObject(policy) ? policy['Statement'] : undefined
  if (isMark(element)) return { lost: [], isUndecidable: true }
  const statements = isList(element) ? element : isObject(element) ? [element] : []
  const lost = statements.filter(isOpenStatement)
  if (lost.length === 0) return { lost, isUndecidable: false }
  const kept = statements.flatMap((statement, index) =>
    lost.includes(statement) ? [] : { statement, index },
  )
  return {
    kept,
    lost,
    isUndecidable:
      kept.length === 0 || lost.some((statement) => !isObject(statement) || statement['Effect'] !== 'Allow'),
  }
}

function isOpenStatement(statement: unknown): boolean {
  if (!isObject(statement)) return isMark(statement)
  const { Condition: condition, Principal: principal } = statement
  const parts = [
    statement['Effect'],
    principal,
    condition,
    statement['Action'],
    statement['NotAction'],
  ].flat()
  if (isObject(condition)) parts.push(...Object.values(condition))
  return parts.some(isMark)
}

function valueDocument(
  { at, trace }: PolicyDraft,
  value: unknown,
  kept: readonly KeptStatement[] | undefined,
  { input, unknowns }: Template,
  duplicates: readonly string[],
): TrustPolicyDocument {
  const settled = settledValue(value, unknowns)
  const isAsWritten =
    kept === undefined &&
    trace.size === countValues(value) &&
    [...trace].every(([target, source]) => source === at + target)
  const targets = new Map([...trace].map(([target, source]) => [source, target]))
  return {
    kind: 'value',
    value: settled,
    location: { input, pointer: at },
    duplicates: duplicates.flatMap((source) => targets.get(source) ?? []),
    holes: unknowns.placeholders.holesIn(JSON.stringify(settled) ?? ''),
    ...(isAsWritten
      ? {}
      : { sourceMap: (pointer: string) => ({ input, pointer: sourceOf(pointer, trace, kept) ?? at }) }),
  }
}

/** What functions give has no trace below them, so that fewer places are known than there are values. */
function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce<number>((count, member) => count + countValues(member), 1)
}

/** Where a part of the policy stands; a part that a function makes stands where the function does. */
function sourceOf(
  pointer: string,
  trace: Trace,
  kept: readonly KeptStatement[] | undefined,
): string | undefined {
  let target = pointer
  const statement = /^\/Statement\/(\d+)/.exec(pointer)
  if (kept !== undefined && statement !== null) {
    const [head = '', index] = statement
    target = `/Statement/${kept[Number(index)]?.index ?? 0}${pointer.slice(head.length)}`
  }
  for (; ; target = target.slice(0, target.lastIndexOf('/'))) {
    const source = trace.get(target)
    if (source !== undefined || target === '') return source
  }
}

function settledValue(value: unknown, unknowns: Unknowns): unknown {
  if (typeof value === 'string') return unknowns.settled(value)
  if (isList(value)) return value.map((item) => settledValue(item, unknowns))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [unknowns.settled(key), settledValue(member, unknowns)]),
  )
}

function textDocument(
  { text, at }: PolicyDraft,
  said: NonNullable<PolicyDraft['said']>,
  { input, unknowns }: Template,
): TrustPolicyDocument {
  const settled = unknowns.settled(text)
  const location = { input, pointer: at }
  const pieces = said.pieces?.map((piece) => ({ ...piece, text: unknowns.settled(piece.text) })) ?? []
  if (settled !== said.text && pieces.map((piece) => piece.text).join('') === settled) {
    registerDerivedText(location, {
      text: settled,
      said: said.text,
      toSaid: (offset) => offsetIn(pieces, offset),
    })
  }
  return {
    kind: 'text',
    text: settled,
    location: { ...location, inner: { text: settled, pointer: '' } },
    holes: unknowns.placeholders.holesIn(settled),
  }
}

/** The offset in the text of the template; what was put in stands where its name does. */
function offsetIn(pieces: readonly Piece[], offset: number): number {
  let before = 0
  for (const { text, start, end, name } of pieces) {
    const inside = offset - before
    if (inside < text.length) return name === undefined ? Math.min(start + inside, end) : start
    before += text.length
  }
  return pieces.at(-1)?.end ?? 0
}

const MOST_LISTED = 3

function listed(origins: readonly string[]): string {
  const shown = origins.slice(0, MOST_LISTED).map((origin) => quoted(origin))
  const rest = origins.length - shown.length
  const last = rest > 0 ? `${rest} more` : (shown.pop() ?? 'something that the template does not tell')
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`
}
