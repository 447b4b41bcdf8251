import { Language } from '../automata/language.js'
import { EVERYTHING, NOTHING, boundsOf, eitherBounds, exactly } from '../condition/compile.js'
import type { LanguageBounds } from '../condition/compile.js'
import { doubt, either, not } from '../condition/evaluate.js'
import { globMatches, globPattern } from '../condition/glob.js'
import type { ModelCaller } from '../mechanisms/request-model.js'
import type { ActionElement, Effect, PrincipalElement, PrincipalEntry } from '../policy/ast.js'
import type { Caller, Truth } from '../policy/request.js'

/**
 * Whether the `Principal` element means the caller.
 *
 * @see IAM User Guide, "AWS JSON policy elements: Principal"
 */
export function principalMatches(element: PrincipalElement, caller: Caller, effect: Effect): Truth {
  switch (element.kind) {
    case 'everyone':
      // IAM refuses it in a trust policy; where it stands all the same, anybody may be meant.
      return 'unknown'
    case 'unreadable':
      return doubt(effect)
    case 'not-principals': {
      // Refused too. An Allow counts as "everyone but"; a Deny closes nothing.
      if (effect === 'Deny') return 'false'
      const listed = anyEntry(element.entries, caller, 'Allow')
      return listed === 'true' ? 'false' : 'unknown'
    }
    case 'principals':
      return anyEntry(element.entries, caller, effect)
  }
}

function anyEntry(entries: readonly PrincipalEntry[], caller: Caller, effect: Effect): Truth {
  let truth: Truth = 'false'
  for (const entry of entries) {
    truth = either(truth, entryMatches(entry, caller, effect))
    if (truth === 'true') break
  }
  return truth
}

function entryMatches(entry: PrincipalEntry, caller: Caller, effect: Effect): Truth {
  const { type, value } = entry
  if (caller.type === 'aws') {
    if (type !== 'AWS') return 'false'
    if (value === '*' || value === caller.arn || accountOf(value) === caller.account) return 'true'
    const role = sessionRole(value)
    return role !== undefined && role.matches(caller.arn) ? 'unknown' : 'false'
  }
  if (type === 'AWS') {
    // Captured: an Allow for AWS "*" does not let a web identity in. Whether a Deny reaches one nobody has said.
    return value === '*' && effect === 'Deny' ? 'unknown' : 'false'
  }
  const expected = caller.type === 'web-identity' ? caller.provider : caller.service
  if (type !== (caller.type === 'web-identity' ? 'Federated' : 'Service')) return 'false'
  if (value === expected) return 'true'
  // IAM is said to refuse it; an AWS sample reads it as every OIDC provider of the account.
  if (value === '*' && type === 'Federated') return 'unknown'
  return value.toLowerCase() === expected.toLowerCase() ? 'unknown' : 'false'
}

/** The same for a whole model: only callers with AWS credentials differ from word to word. */
export function principalBounds(
  element: PrincipalElement,
  caller: ModelCaller,
  effect: Effect,
): LanguageBounds {
  if (caller.type !== 'aws') return boundsOf(principalMatches(element, caller, effect))
  switch (element.kind) {
    case 'everyone':
      return boundsOf('unknown')
    case 'unreadable':
      return boundsOf(doubt(effect))
    case 'not-principals': {
      if (effect === 'Deny') return NOTHING
      const listed = entryBounds(element.entries, caller.account)
      return { must: Language.empty, may: listed.must.complement() }
    }
    case 'principals':
      return entryBounds(element.entries, caller.account)
  }
}

function entryBounds(entries: readonly PrincipalEntry[], account: string): LanguageBounds {
  let bounds = NOTHING
  for (const { type, value } of entries) {
    if (type !== 'AWS') continue
    if (value === '*' || accountOf(value) === account) return EVERYTHING
    // The ARN of a principal of another account is no word of this model.
    if (accountInArn(value) !== account) continue
    const role = sessionRole(value)
    const one =
      role === undefined ? exactly(Language.literal(value)) : { must: Language.empty, may: role.arns }
    bounds = eitherBounds(bounds, one)
  }
  return bounds
}

/** The account that a bare account id or a `:root` ARN stands for. */
export function accountOf(value: string): string | undefined {
  if (/^\d{12}$/.test(value)) return value
  return /^arn:[a-z0-9-]+:iam::(\d{12}):root$/.exec(value)?.[1]
}

function accountInArn(value: string): string | undefined {
  return value.startsWith('arn:') ? value.split(':', 5)[4] : undefined
}

/** The roles that a session ARN can be of; the ARN leaves out the role's path. */
function sessionRole(value: string): { arns: Language; matches(arn: string): boolean } | undefined {
  const match = /^arn:([a-z0-9-]+):sts::(\d{12}):assumed-role\/([^/]+)\/[^/]+$/.exec(value)
  if (match === null) return undefined
  const prefix = `arn:${match[1]}:iam::${match[2]}:role/`
  const name = match[3] ?? ''
  return {
    arns: Language.literal(prefix + name).union(Language.glob([prefix, { wildcard: 'any-run' }, `/${name}`])),
    matches: (arn) => arn === prefix + name || (arn.startsWith(prefix) && arn.endsWith(`/${name}`)),
  }
}

const actionCache = new Map<string, boolean>()

function actionPatternMatches(pattern: string, action: string): boolean {
  const key = `${pattern}|${action}`
  const known = actionCache.get(key)
  if (known !== undefined) return known
  const matches = globMatches(globPattern(pattern.toLowerCase()), action.toLowerCase())
  if (actionCache.size < 10_000) actionCache.set(key, matches)
  return matches
}

/** Whether the `Action` or `NotAction` element means the action. Case does not count, `*` and `?` are wildcards. */
export function actionMatches(element: ActionElement, action: string, effect: Effect): Truth {
  if (element.kind === 'unreadable') return doubt(effect)
  const listed: Truth = element.patterns.some((pattern) => actionPatternMatches(pattern, action))
    ? 'true'
    : 'false'
  if (element.kind === 'actions') return listed
  return element.patterns.length === 0 ? doubt(effect) : not(listed)
}
