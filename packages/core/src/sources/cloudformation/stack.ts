import { type CoverageGap, isUnknown, type Unknown } from '../../inventory.js'
import { quoted } from '../../text/quote.js'
import { UNKNOWN_ACCOUNT } from '../placeholders.js'
import type { Resource, Template } from './template-parts.js'
import { isOpen } from './unknowns.js'

/** What all facts of a template share. */
export interface Stack {
  readonly template: Template
  readonly account?: string
  readonly partition?: string
  /** Keys of the roles that an ARN with marks names. */
  readonly roleKeys: ReadonlyMap<string, readonly string[]>
  readonly gaps: CoverageGap[]
}

export function ownerOf({ account, partition }: Stack): {
  readonly account?: string
  readonly partition?: string
} {
  return { ...(account === undefined ? {} : { account }), ...(partition === undefined ? {} : { partition }) }
}

/** A name that is not known gives way to the logical id. */
export function shownName(
  name: string | undefined,
  { id }: Pick<Resource, 'id'>,
  { template }: Stack,
): string {
  return name === undefined || isOpen(name) ? id : template.unknowns.settled(name)
}

export function afterDeployment(what: string, text: string, { template }: Stack): Unknown {
  const origins = template.unknowns.originsIn(text).map((origin) => quoted(origin))
  const because = origins.length === 0 ? '' : `: it comes from ${origins.join(', ')}`
  return {
    unknown: true,
    reason: `${what} is known only after deployment${because}`,
    cause: 'known-after-apply',
  }
}

/** A text of the template, or why it is not known. */
export function textOrUnknown(
  text: string | undefined,
  name: string,
  id: string,
  stack: Stack,
): string | Unknown {
  if (text === undefined)
    return { unknown: true, reason: `${quoted(id)} has no ${quoted(name)}`, cause: 'unreadable' }
  if (isOpen(text)) return afterDeployment(`${quoted(name)} of ${quoted(id)}`, text, stack)
  return stack.template.unknowns.settled(text)
}

/** The ARN of a role: of one in this template only where its own is known, as the account and its name may be AWS's. */
export function arnOrUnknown(
  text: string | undefined,
  name: string,
  id: string,
  stack: Stack,
): string | Unknown {
  const arn = textOrUnknown(text, name, id, stack)
  if (isUnknown(arn)) return arn
  const keys = text === undefined ? undefined : stack.roleKeys.get(text)
  const isKnown =
    keys === undefined ? !arn.includes(`:${UNKNOWN_ACCOUNT}:`) : keys.some((key) => key.startsWith(arn))
  return isKnown ? arn : afterDeployment(`${quoted(name)} of ${quoted(id)}`, '', stack)
}
