/**
 * A second reading of the rules, slow and obvious, that shares no code with the engine: what one request gets from one
 * trust policy. The numbers cite the facts of the project's semantics notes.
 *
 * Everything is worked out for the effect of the statement it stands in (0.3): an Allow must not miss what it may
 * grant, a Deny must not claim to close what it may leave open.
 */
import type {
  ActionElement,
  BaseOperator,
  Condition,
  Effect,
  PrincipalElement,
  PrincipalEntry,
  Statement,
  TrustPolicy,
} from '../../src/policy/ast.js'
import type {
  AssumeRoleRequest,
  Caller,
  ContextValue,
  Outcome,
  RequestContext,
  StsAction,
  Truth,
} from '../../src/policy/request.js'
import {
  glob,
  globMatches,
  literal,
  lowerCase,
  parseAddress,
  parseBase64,
  parseDate,
  parseIpv4,
  parseIpv6,
  parseNumber,
} from './literals.js'
import type { Token } from './literals.js'

type Version = TrustPolicy['version']

/* ------------------------------------------------------------------ three values */

const truthOf = (value: boolean): Truth => (value ? 'true' : 'false')

export function not(truth: Truth): Truth {
  if (truth === 'unknown') return 'unknown'
  return truth === 'true' ? 'false' : 'true'
}

export function and(truths: readonly Truth[]): Truth {
  if (truths.includes('false')) return 'false'
  return truths.includes('unknown') ? 'unknown' : 'true'
}

export function or(truths: readonly Truth[]): Truth {
  if (truths.includes('true')) return 'true'
  return truths.includes('unknown') ? 'unknown' : 'false'
}

/** What cannot be told, or IAM would not store: it may grant, it does not close (0.3). */
const doubt = (effect: Effect): Truth => (effect === 'Allow' ? 'unknown' : 'false')

/* ------------------------------------------------------------------ request and document */

export function referenceEvaluate(policy: TrustPolicy, request: AssumeRoleRequest): Outcome {
  // 5.12: every action is checked against the whole policy with the same context
  const outcomes = request.actions.map((action) => referenceOutcome(policy, action, request))
  if (outcomes.includes('denied')) return 'denied'
  if (outcomes.includes('undecided')) return 'undecided'
  // 5.12, 10.7: whether the action is asked for at all is not known; a statement that names it settles the doubt
  for (const action of request.doubtfulActions ?? []) {
    const named = policy.statements.some(
      (statement) =>
        statement.effect !== 'Deny' &&
        referenceAction(statement.action, action, 'Allow') !== 'false' &&
        referencePrincipal(statement.principal, request.caller, 'Allow') !== 'false',
    )
    if (!named) return 'undecided'
  }
  return 'allowed'
}

/** 6.1, 8.4: some Allow matches and no Deny does. */
export function referenceOutcome(
  policy: TrustPolicy,
  action: StsAction,
  request: AssumeRoleRequest,
): Outcome {
  const allows: Truth[] = []
  const denies: Truth[] = []
  for (const statement of policy.statements) {
    const truth = referenceStatement(statement, action, request, policy.version)
    if (statement.effect === 'Deny') denies.push(truth)
    else allows.push(truth)
  }
  if (or(denies) === 'true') return 'denied'
  if (or(allows) === 'false') return 'denied'
  if (or(allows) === 'true' && or(denies) === 'false') return 'allowed'
  return 'undecided'
}

export function referenceStatement(
  statement: Statement,
  action: StsAction,
  request: AssumeRoleRequest,
  version: Version,
): Truth {
  // 0.3: an effect that could not be read may be Allow
  const effect: Effect = statement.effect ?? 'Allow'
  // 1.5: with duplicate keys either copy may be the one that counts
  const readings = (statement.readings ?? [statement.conditions]).map((conditions) =>
    and([
      referencePrincipal(statement.principal, request.caller, effect),
      referenceAction(statement.action, action, effect),
      ...conditions.map((condition) => referenceCondition(condition, effect, version, request.context)), // 1.33, 1.34
    ]),
  )
  const agreed = readings.every((truth) => truth === readings[0]) ? readings[0]! : 'unknown'
  // 1.11, 0.3: what IAM would refuse may grant and closes nothing
  if (statement.unreadable !== undefined && effect === 'Deny') return 'false'
  const doubtful = statement.unreadable !== undefined || statement.effect === undefined
  return doubtful && agreed === 'true' ? 'unknown' : agreed
}

/* ------------------------------------------------------------------ principal */

export function referencePrincipal(principal: PrincipalElement, caller: Caller, effect: Effect): Truth {
  switch (principal.kind) {
    case 'everyone':
      return 'unknown' // 1.15, 3.17, 6.6
    case 'unreadable':
      return doubt(effect)
    case 'not-principals': {
      // 1.13: everyone but; a Deny of that kind closes nothing
      if (effect === 'Deny') return 'false'
      const named = or(principal.entries.map((entry) => matchEntry(entry, caller, effect)))
      return named === 'true' ? 'false' : 'unknown'
    }
    case 'principals':
      // 1.14: OR; 1.25: none at all grants nothing
      return or(principal.entries.map((entry) => matchEntry(entry, caller, effect)))
  }
}

function matchEntry(entry: PrincipalEntry, caller: Caller, effect: Effect): Truth {
  switch (caller.type) {
    case 'web-identity':
      if (entry.type === 'Federated') {
        if (entry.value === '*') return 'unknown' // 3.18
        return exactOrUnknownCase(entry.value, caller.provider) // 3.13, 1.26
      }
      // 3.16: captured, AWS "*" is no web identity; 6.6: for a Deny nobody knows
      if (entry.type === 'AWS' && entry.value === '*' && effect === 'Deny') return 'unknown'
      return 'false' // 1.31
    case 'service':
      if (entry.type === 'Service') return exactOrUnknownCase(entry.value, caller.service) // 1.22
      if (entry.type === 'AWS' && entry.value === '*' && effect === 'Deny') return 'unknown' // 6.6
      return 'false' // 1.31
    case 'aws':
      return entry.type === 'AWS' ? matchAwsPrincipal(entry.value, caller) : 'false' // 1.31, 1.23
  }
}

function exactOrUnknownCase(written: string, actual: string): Truth {
  if (written === actual) return 'true'
  return lowerCase(written) === lowerCase(actual) ? 'unknown' : 'false'
}

function matchAwsPrincipal(written: string, caller: Caller & { readonly type: 'aws' }): Truth {
  if (written === '*') return 'true' // 1.16
  if (/^[0-9]{12}$/.test(written)) return truthOf(written === caller.account) // 1.18
  const root = /^arn:[^:]+:iam::([0-9]{12}):root$/.exec(written)
  if (root) return truthOf(root[1] === caller.account) // 1.18
  if (written === caller.arn) return 'true' // 1.18
  // 1.18: one session of the role; the caller is known by the role alone
  const session = /^arn:[^:]+:sts::([0-9]{12}):assumed-role\/([^/]+)\/[^/]+$/.exec(written)
  const role = /^arn:[^:]+:iam::([0-9]{12}):role\/(?:.*\/)?([^/]+)$/.exec(caller.arn)
  if (session && role && session[1] === role[1] && session[2] === role[2]) return 'unknown'
  return 'false' // 6.8: a bare unique id matches nobody any more
}

/* ------------------------------------------------------------------ action */

export function referenceAction(element: ActionElement, action: StsAction, effect: Effect): Truth {
  if (element.kind === 'unreadable') return doubt(effect)
  // 1.27: any letter case, `*` and `?` anywhere
  const named = element.patterns.some((pattern) => globMatches(glob(lowerCase(pattern)), lowerCase(action)))
  if (element.kind === 'actions') return truthOf(named) // 1.32: the empty list grants nothing
  if (element.patterns.length === 0) return doubt(effect)
  return truthOf(!named) // 1.28
}

/* ------------------------------------------------------------------ condition */

export function referenceCondition(
  condition: Condition,
  effect: Effect,
  version: Version,
  context: RequestContext,
): Truth {
  const { operator, values } = condition
  const base = operator.base
  const entry = look(context, condition.key)

  if (entry.state === 'unknown') {
    const always =
      base === 'Null' && !operator.set && !operator.ifExists && !condition.unreadable && namesBoth(values)
    return always ? 'true' : 'unknown' // 2.16
  }
  if (condition.unreadable) return doubt(effect) // 1.4
  if (base === undefined) return doubt(effect) // 2.7
  if (base === 'Null' && operator.ifExists) return doubt(effect) // 1.36: no such operator either

  // 2.19, 2.20: no values at all is a missing key
  const present = entry.state === 'present' && entry.values.length > 0 ? entry : undefined

  if (values.length === 0) {
    // 1.35
    if (operator.set === 'ForAnyValue') return 'false'
    if (operator.ifExists || operator.set === 'ForAllValues') return truthOf(!present)
    return doubt(effect)
  }

  if (base === 'Null') {
    const plain = nullCondition(values, present?.values, effect)
    if (!operator.set) return plain
    // 2.25: "always true" or "always false", or the qualifier means nothing
    const readings: Truth[] = [operator.set === 'ForAllValues' ? 'true' : 'false', plain]
    return effect === 'Allow' ? or(readings) : and(readings)
  }

  const negated = isNegated(base)
  if (!present) {
    if (operator.set === 'ForAllValues') return 'true' // 2.19
    if (operator.set === 'ForAnyValue') return operator.ifExists ? doubt(effect) : 'false' // 2.20, 2.22
    return truthOf(operator.ifExists || negated) // 2.17, 2.18
  }

  const satisfies = (requested: string): Truth => satisfied(base, values, requested, effect, version, context)

  if (operator.set === 'ForAllValues') {
    const all = and(present.values.map(satisfies)) // 2.19, 2.21
    // 2.19: an empty string may count as no value at all
    const maybeNone = present.values.length === 1 && present.values[0] === ''
    return maybeNone && effect === 'Allow' ? 'true' : all
  }
  if (operator.set === 'ForAnyValue') return or(present.values.map(satisfies)) // 2.20, 2.21, 2.23

  if (present.multivalued || present.values.length > 1) return negated ? doubt(effect) : 'false' // 2.24
  return satisfies(present.values[0]!)
}

/** A key that is not in the map is absent (2.5); names in lower case (2.1). */
function look(context: RequestContext, key: string): ContextValue {
  return context.get(key.toLowerCase()) ?? { state: 'absent' }
}

const namesBoth = (values: readonly string[]): boolean =>
  values.some((value) => lowerCase(value) === 'true') && values.some((value) => lowerCase(value) === 'false')

/** 2.16 */
function nullCondition(
  values: readonly string[],
  present: readonly string[] | undefined,
  effect: Effect,
): Truth {
  if (namesBoth(values)) return 'true'
  const isNull: Truth = !present ? 'true' : present.includes('') ? 'unknown' : 'false'
  return or(
    values.map((value) => {
      if (lowerCase(value) === 'true') return isNull
      if (lowerCase(value) === 'false') return not(isNull)
      return doubt(effect)
    }),
  )
}

const NEGATED: readonly BaseOperator[] = [
  'StringNotEquals',
  'StringNotEqualsIgnoreCase',
  'StringNotLike',
  'NumericNotEquals',
  'DateNotEquals',
  'NotIpAddress',
  'ArnNotEquals',
  'ArnNotLike',
]

export const isNegated = (base: BaseOperator): boolean => NEGATED.includes(base)

/**
 * What one policy value is to one request value. `malformed`: IAM refuses such a literal; it matches nothing, yet "it
 * does not match" proves nothing. `unreadable`: nobody can say what it matches.
 */
type Match = Truth | 'malformed' | 'unreadable'

/** Whether one request value satisfies the operator: a positive one ORs its values, a negated one is their NOR (2.6). */
function satisfied(
  base: BaseOperator,
  values: readonly string[],
  requested: string,
  effect: Effect,
  version: Version,
  context: RequestContext,
): Truth {
  const isArn = base.startsWith('Arn')
  // 2.11, 2.13: what is no ARN, or no address, fails negated operators too
  if (isArn && !isWellFormedArn(requested)) return 'false'
  if (base.endsWith('IpAddress') && parseAddress(requested) === undefined) return 'false'

  const matches = values.map((value): Match => {
    const match = matchValue(base, value, requested, version, context)
    // 2.11: a malformed ARN cannot grant, but it makes a Deny match every ARN
    return isArn && match === 'malformed' && effect === 'Deny' ? 'true' : match
  })
  if (isNegated(base)) {
    return and(
      matches.map((match) => (match === 'malformed' || match === 'unreadable' ? doubt(effect) : not(match))),
    )
  }
  return or(
    matches.map((match) => {
      if (match === 'malformed') return 'false'
      return match === 'unreadable' ? doubt(effect) : match
    }),
  )
}

function matchValue(
  base: BaseOperator,
  value: string,
  requested: string,
  version: Version,
  context: RequestContext,
): Match {
  switch (base) {
    case 'StringEquals':
    case 'StringNotEquals':
    case 'StringEqualsIgnoreCase':
    case 'StringNotEqualsIgnoreCase':
    case 'StringLike':
    case 'StringNotLike':
    case 'ArnEquals':
    case 'ArnNotEquals':
    case 'ArnLike':
    case 'ArnNotLike': {
      const pattern = readPattern(value, version, context)
      if (pattern === 'unreadable') return 'unreadable' // 2.27
      if (pattern === 'unknown') return 'unknown'
      if (pattern === 'null') return 'false' // 2.30
      if (base.startsWith('Arn')) return matchArn(pattern, requested)
      if (base.endsWith('Like')) return truthOf(globMatches(pattern, requested))
      const text = pattern.map((token) => token.text).join('') // no wildcards: `*` and `?` are themselves
      if (base.endsWith('IgnoreCase')) return truthOf(lowerCase(text) === lowerCase(requested))
      return truthOf(text === requested)
    }
    case 'NumericEquals':
    case 'NumericNotEquals':
    case 'NumericLessThan':
    case 'NumericLessThanEquals':
    case 'NumericGreaterThan':
    case 'NumericGreaterThanEquals':
      return compare(base.slice('Numeric'.length), parseNumber(requested), parseNumber(value))
    case 'DateEquals':
    case 'DateNotEquals':
    case 'DateLessThan':
    case 'DateLessThanEquals':
    case 'DateGreaterThan':
    case 'DateGreaterThanEquals':
      return compare(base.slice('Date'.length), parseDate(requested), parseDate(value))
    case 'Bool':
      // 2.31: IAM's own pages disagree on variables here
      if (version === '2012-10-17' && value.includes('${')) return 'unknown'
      return truthOf((lowerCase(requested) === 'true') === (lowerCase(value) === 'true')) // 2.13
    case 'BinaryEquals': {
      const bytes = parseBase64(value)
      if (bytes === undefined) return 'malformed'
      return truthOf(bytes === [...new TextEncoder().encode(requested)].join())
    }
    case 'IpAddress':
    case 'NotIpAddress':
      return matchAddress(value, requested)
    case 'Null':
      throw new Error('Null compares no values')
  }
}

/** 2.13: a request value of the wrong type compares false, and is "not equal". */
function compare(relation: string, requested: number | undefined, value: number | undefined): Match {
  if (value === undefined) return 'malformed'
  if (requested === undefined) return 'false'
  switch (relation) {
    case 'Equals':
    case 'NotEquals':
      return truthOf(requested === value)
    case 'LessThan':
      return truthOf(requested < value)
    case 'LessThanEquals':
      return truthOf(requested <= value)
    case 'GreaterThan':
      return truthOf(requested > value)
    default:
      return truthOf(requested >= value)
  }
}

/* ------------------------------------------------------------------ variables */

/**
 * 2.26 to 2.30: a policy value of a String or Arn operator with its variables put in. `null`: a variable has no value;
 * `unknown`: it has one, or more, that nobody knows; `unreadable`: what stands there is no variable.
 */
function readPattern(
  value: string,
  version: Version,
  context: RequestContext,
): readonly Token[] | 'null' | 'unknown' | 'unreadable' {
  if (version !== '2012-10-17') return glob(value) // 2.26
  const tokens: Token[] = []
  let isNull = false
  let isUnknown = false
  let rest = value
  for (;;) {
    const start = rest.indexOf('${')
    if (start < 0) break
    const end = rest.indexOf('}', start)
    if (end < 0) return 'unreadable'
    tokens.push(...glob(rest.slice(0, start)))
    const inside = rest.slice(start + 2, end)
    rest = rest.slice(end + 1)
    if (inside === '*' || inside === '?' || inside === '$') {
      tokens.push(...literal(inside)) // 2.28
      continue
    }
    const variable = /^([^ ,'${]+)(?:, '([^']*)')?$/.exec(inside) // 2.27
    if (!variable) return 'unreadable'
    const entry = look(context, variable[1]!)
    if (entry.state === 'unknown') isUnknown = true
    else if (entry.state === 'present' && entry.values.length > 0) {
      if (entry.multivalued || entry.values.length > 1) isUnknown = true // 2.27
      else tokens.push(...literal(entry.values[0]!)) // 2.29
    } else if (variable[2] !== undefined) tokens.push(...literal(variable[2])) // 2.30
    else isNull = true // 2.30
  }
  if (isUnknown) return 'unknown'
  return isNull ? 'null' : [...tokens, ...glob(rest)]
}

/* ------------------------------------------------------------------ ARN */

/** 2.10 */
const isWellFormedArn = (text: string): boolean => text.startsWith('arn:') && text.split(':').length >= 6

/** 2.10: six parts, each matched on its own; the sixth keeps its colons. */
function matchArn(pattern: readonly Token[], requested: string): Match {
  if (pattern.length === 1 && pattern[0]!.wild && pattern[0]!.text === '*') return 'true' // 2.11
  if (!isWellFormedArn(pattern.map((token) => token.text).join(''))) return 'malformed' // 2.11
  const patternParts: Token[][] = [[]]
  for (const token of pattern) {
    if (token.text === ':' && patternParts.length < 6) patternParts.push([])
    else patternParts.at(-1)!.push(token)
  }
  const split = requested.split(':')
  const requestedParts = [...split.slice(0, 5), split.slice(5).join(':')]
  return truthOf(patternParts.every((part, index) => globMatches(part, requestedParts[index]!)))
}

/* ------------------------------------------------------------------ addresses */

/** 2.6, 2.14: an address or CIDR block against a request address that is known to be one. */
function matchAddress(value: string, requested: string): Match {
  const [address, prefix, ...more] = value.split('/')
  const network = parseIpv4(address!) ?? parseIpv6(address!)
  if (network === undefined || more.length > 0) return 'malformed'
  if (prefix !== undefined && !/^(0|[1-9][0-9]{0,2})$/.test(prefix)) return 'malformed'
  const length = prefix === undefined ? network.length : Number(prefix)
  if (length > network.length) return 'malformed'
  // 2.14: host bits are ignored in IPv4, and spoil an IPv6 block
  if (network.length === 128 && network.slice(length).includes('1')) return 'false'
  const bits = parseAddress(requested)!
  return truthOf(bits.length === network.length && bits.startsWith(network.slice(0, length)))
}
