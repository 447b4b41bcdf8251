/**
 * Random trust policies and requests for the reference evaluator and the engine to agree on. The same seed and case
 * number always give the same case.
 *
 * Policies are JSON text, because only text can hold a duplicate key. Values come from small pools that collide, so
 * that conditions hit about as often as they miss. Half of the cases hang on a single condition: there the outcome
 * shows what the condition is worth, which several statements and several conditions would hide.
 */
import type { AssumeRoleRequest, Caller, ContextValue, StsAction } from '../../src/policy/request.js'
import {
  ACCOUNT,
  ACTION_PATTERNS,
  FAMILIES,
  OPERATORS,
  OTHER_ACCOUNT,
  OTHER_PRINCIPALS,
  OTHER_PROVIDER,
  POD_IDENTITY,
  POOLS,
  PROVIDER,
  SESSION_NAMES,
  familyOf,
} from './pools.js'
import type { Family } from './pools.js'
import { randomOf } from './random.js'
import type { Random } from './random.js'

/* ------------------------------------------------------------------ policies */

/** A condition about to be written: raw JSON for the value. */
interface DraftCondition {
  readonly operator: string
  readonly key: string
  readonly json: string
}

interface DraftStatement {
  readonly effect: 'Allow' | 'Deny'
  /** Whether principal and action are to match the caller for sure. */
  readonly aimed: boolean
  readonly conditions: readonly DraftCondition[]
}

export interface PolicyOptions {
  /** Families conditions are drawn from; all by default. */
  readonly families?: readonly Family[]
  /** Keys to test instead of the pool's own. */
  readonly keys?: Partial<Readonly<Record<Family, readonly string[]>>>
  /** Policy values to ask for instead of the pool's own. */
  readonly values?: Partial<Readonly<Record<Family, readonly string[]>>>
  /** Leave out what IAM would refuse to store: unknown operators and elements, malformed values, duplicate keys. */
  readonly storable?: boolean
}

export type Shape = 'one-allow' | 'one-deny' | 'mixed'

/** The text of one trust policy for this caller, and the condition keys it names. */
export function generatePolicy(
  random: Random,
  caller: Caller,
  shape: Shape,
  options: PolicyOptions = {},
): { readonly text: string; readonly keys: readonly string[] } {
  const statements = draftStatements(random, shape, options)
  const version = random.weigh([
    [80, '"2012-10-17"'],
    [12, '"2008-10-17"'],
    [8, undefined],
  ])
  const bodies = statements.map((statement) => printStatement(random, statement, caller, options))
  const members = version === undefined ? [] : [`"Version":${version}`]
  members.push(
    `"Statement":${bodies.length === 1 && random.chance(0.3) ? bodies[0]! : `[${bodies.join(',')}]`}`,
  )
  if (random.chance(0.1)) members.reverse()
  const conditions = statements.flatMap((statement) => statement.conditions)
  const named = conditions.flatMap(({ key, json }) => [
    key,
    ...[...json.matchAll(/\$\{([^ ,'${}]+)/g)].map((match) => match[1]!),
  ])
  return { text: `{${members.join(',')}}`, keys: [...new Set(named)] }
}

function draftStatements(random: Random, shape: Shape, options: PolicyOptions): readonly DraftStatement[] {
  const conditions = (count: number): readonly DraftCondition[] =>
    Array.from({ length: count }, () => draftCondition(random, options))
  switch (shape) {
    case 'one-allow':
      return [{ effect: 'Allow', aimed: true, conditions: conditions(1) }]
    case 'one-deny':
      return [
        { effect: 'Allow', aimed: true, conditions: [] },
        { effect: 'Deny', aimed: true, conditions: conditions(1) },
      ]
    case 'mixed':
      return Array.from({ length: 1 + random.below(3) }, (_, index) => ({
        effect: index === 0 || random.chance(0.6) ? 'Allow' : 'Deny',
        aimed: random.chance(0.5),
        conditions: conditions(random.pick([0, 1, 1, 2, 2, 3])),
      }))
  }
}

function draftCondition(random: Random, options: PolicyOptions): DraftCondition {
  const family = random.weigh(
    (options.families ?? FAMILIES).map(
      (name) => [name === 'text' ? 3 : name === 'bool' || name === 'binary' ? 0.8 : 1.2, name] as const,
    ),
  )
  // now and then a key or a value of another type than the operator's
  const keyFamily = random.chance(0.88) ? family : random.pick(options.families ?? FAMILIES)
  const key = random.pick(options.keys?.[keyFamily] ?? POOLS[keyFamily].keys)
  const { values: all, refused = [] } = POOLS[family]
  const pool =
    options.values?.[family] ?? (options.storable ? all.filter((value) => !refused.includes(value)) : all)
  const strange = !options.storable && random.chance(0.03)
  const operator = strange
    ? random.pick(['StringLikeIgnoreCase', 'BoolNotEquals', 'Equals'])
    : drawOperator(random, family, options.storable === true)
  return {
    operator:
      !options.storable && random.chance(0.04)
        ? random.pick([operator.toLowerCase(), operator.toUpperCase()])
        : operator,
    key: random.chance(0.1) ? random.pick([key.toUpperCase(), key.toLowerCase()]) : key,
    json: drawValues(random, pool, options.storable === true),
  }
}

function drawOperator(random: Random, family: Family, storable: boolean): string {
  const base = random.pick(OPERATORS[family])
  // 1.36: Null takes no IfExists
  const ifExists = base === 'Null' && (storable || random.chance(0.85)) ? '' : 'IfExists'
  return random.weigh([
    [34, base],
    [18, `${base}${ifExists}`],
    [16, `ForAllValues:${base}`],
    [16, `ForAnyValue:${base}`],
    [8, `ForAllValues:${base}${ifExists}`],
    [8, `ForAnyValue:${base}${ifExists}`],
  ])
}

function drawValues(random: Random, pool: readonly string[], storable: boolean): string {
  if (!storable && random.chance(0.06)) return '[]'
  if (!storable && random.chance(0.02)) return random.pick(['null', '{}', '[null]', '["prod",{}]'])
  const values = Array.from({ length: random.pick([1, 1, 1, 2, 2, 3]) }, () => {
    const value = random.pick(pool)
    // numbers and booleans need no quotes (1.4)
    const bare = /^(true|false|-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?)$/.test(value) && value.length < 12
    return bare && random.chance(0.4) ? value : JSON.stringify(value)
  })
  return values.length === 1 && random.chance(0.5) ? values[0]! : `[${values.join(',')}]`
}

function printStatement(
  random: Random,
  draft: DraftStatement,
  caller: Caller,
  options: PolicyOptions,
): string {
  const strange = !options.storable && !draft.aimed
  const members = [
    `"Effect":"${strange && random.chance(0.05) ? draft.effect.toLowerCase() : draft.effect}"`,
    ...drawPrincipal(random, caller, draft.aimed, strange),
    ...drawAction(random, caller, draft.aimed, strange),
  ]
  if (draft.conditions.length > 0 || random.chance(0.1)) {
    members.push(`"Condition":${printConditions(random, draft.conditions, options.storable !== true)}`)
  }
  if (random.chance(0.1)) members.push(`"Sid":"S${random.below(1000000)}"`)
  if (!options.storable && random.chance(0.03)) {
    members.push(random.pick(['"Resource":"*"', '"__doc_comment":"x"', '"principal":"*"']))
  }
  if (random.chance(0.1)) members.reverse()
  return `{${members.join(',')}}`
}

/** Conditions of one operator share a block, unless a duplicate key is wanted (1.5). */
function printConditions(random: Random, conditions: readonly DraftCondition[], mayRepeat: boolean): string {
  const all =
    mayRepeat && conditions.length > 0 && random.chance(0.06)
      ? [
          ...conditions,
          { ...conditions[0]!, json: drawValues(random, POOLS[familyOf(conditions[0]!.key)].values, false) },
        ]
      : conditions
  const repeat = all.length > conditions.length
  const apart = repeat && random.chance(0.5)
  const blocks: { readonly operator: string; readonly members: Map<string, string> }[] = []
  const extra: string[] = []
  for (const { operator, key, json } of all) {
    const block = blocks.find((known) => known.operator === operator)
    const member = `${JSON.stringify(key)}:${json}`
    if (!block) blocks.push({ operator, members: new Map([[key.toLowerCase(), member]]) })
    else if (apart) extra.push(`${JSON.stringify(operator)}:{${member}}`)
    else if (repeat) block.members.set(`${key} again ${block.members.size}`, member)
    else block.members.set(key.toLowerCase(), member)
  }
  const printed = blocks.map(
    ({ operator, members }) => `${JSON.stringify(operator)}:{${[...members.values()].join(',')}}`,
  )
  return `{${[...printed, ...extra].join(',')}}`
}

const listOrScalar = (random: Random, values: readonly string[]): string =>
  values.length === 1 && random.chance(0.5) ? JSON.stringify(values[0]) : JSON.stringify(values)

function drawPrincipal(random: Random, caller: Caller, aimed: boolean, strange: boolean): readonly string[] {
  const own: readonly [string, string] =
    caller.type === 'web-identity'
      ? ['Federated', caller.provider]
      : caller.type === 'service'
        ? ['Service', caller.service]
        : ['AWS', random.pick([caller.arn, caller.account, `arn:aws:iam::${caller.account}:root`, '*'])]
  if (aimed) {
    const more = random.chance(0.2) ? [random.pick(OTHER_PRINCIPALS[own[0]]!)] : []
    return [`"Principal":{"${own[0]}":${listOrScalar(random, [...more, own[1]])}}`]
  }
  if (strange && random.chance(0.1)) {
    return random.pick([
      [],
      ['"Principal":"*"'],
      ['"Principal":{}'],
      ['"Principal":"prod"'],
      ['"Principal":{"Identity":"x"}'],
      [`"NotPrincipal":{"${own[0]}":${JSON.stringify(own[1])}}`],
      [`"NotPrincipal":{"AWS":"${OTHER_ACCOUNT}"}`],
      [`"Principal":{"${own[0]}":[]}`],
    ])
  }
  const entries = Object.keys(OTHER_PRINCIPALS)
    .filter((type) => type === own[0] || random.chance(0.3))
    .map((type) => {
      const values = [random.pick(OTHER_PRINCIPALS[type]!)]
      if (type === own[0] && random.chance(0.4)) values.push(own[1])
      return `"${type}":${listOrScalar(random, values)}`
    })
  return [`"Principal":{${entries.join(',')}}`]
}

function drawAction(random: Random, caller: Caller, aimed: boolean, strange: boolean): readonly string[] {
  const own = caller.type === 'web-identity' ? 'sts:AssumeRoleWithWebIdentity' : 'sts:AssumeRole'
  if (aimed) {
    return random.pick([
      [`"Action":${listOrScalar(random, [own, 'sts:TagSession', 'sts:SetSourceIdentity'])}`],
      ['"Action":"STS:*"'],
      ['"NotAction":"sts:GetCallerIdentity"'],
    ])
  }
  if (strange && random.chance(0.1)) {
    return random.pick([
      [],
      ['"Action":[]'],
      ['"NotAction":[]'],
      ['"Action":"sts:*"', '"NotAction":"sts:TagSession"'],
      ['"Action":{}'],
    ])
  }
  if (random.chance(0.15)) return [`"NotAction":${listOrScalar(random, [random.pick(ACTION_PATTERNS)])}`]
  const patterns = [own, random.pick(ACTION_PATTERNS), random.pick(ACTION_PATTERNS)]
  return [
    `"Action":${listOrScalar(random, patterns.slice(random.below(2), 1 + random.below(3)).concat(random.chance(0.5) ? 'sts:TagSession' : []))}`,
  ]
}

/* ------------------------------------------------------------------ requests */

export function generateCaller(random: Random): Caller {
  const kind = random.weigh([
    [55, 'web-identity'],
    [25, 'service'],
    [20, 'aws'],
  ])
  if (kind === 'web-identity') return { type: kind, provider: random.chance(0.9) ? PROVIDER : OTHER_PROVIDER }
  if (kind === 'service')
    return { type: kind, service: random.chance(0.95) ? POD_IDENTITY : 'ec2.amazonaws.com' }
  const account = random.chance(0.8) ? ACCOUNT : OTHER_ACCOUNT
  return {
    type: 'aws',
    account,
    arn: `arn:aws:iam::${account}:${random.pick(['role/app', 'role/team/app', 'user/eve'])}`,
  }
}

function drawActions(random: Random, caller: Caller): Pick<AssumeRoleRequest, 'actions' | 'doubtfulActions'> {
  const own: StsAction = caller.type === 'web-identity' ? 'sts:AssumeRoleWithWebIdentity' : 'sts:AssumeRole'
  return random.weigh<Pick<AssumeRoleRequest, 'actions' | 'doubtfulActions'>>([
    [55, { actions: [own] }],
    [25, { actions: [own, 'sts:TagSession'] }],
    [15, { actions: [own], doubtfulActions: ['sts:TagSession'] }],
    [5, { actions: [own, 'sts:TagSession'], doubtfulActions: ['sts:SetSourceIdentity'] }],
  ])
}

/** A request that says something about these keys. `unknowns`: some keys may be unknown. */
export function generateRequest(
  random: Random,
  caller: Caller,
  keys: readonly string[],
  unknowns: boolean,
): AssumeRoleRequest {
  const context = new Map<string, ContextValue>()
  for (const key of [...keys, 'aws:RequestTag/kubernetes-namespace', 'sts:RoleSessionName']) {
    const name = key.toLowerCase()
    if (context.has(name)) continue
    const named = name === 'sts:rolesessionname' && random.chance(0.5)
    const pool = named ? SESSION_NAMES : POOLS[familyOf(key)].requested
    const value = drawContextValue(random, pool, unknowns)
    if (value) context.set(name, value)
  }
  return { ...drawActions(random, caller), caller, context }
}

function drawContextValue(
  random: Random,
  pool: readonly string[],
  unknowns: boolean,
): ContextValue | undefined {
  const present = (values: readonly string[], multivalued: boolean): ContextValue => ({
    state: 'present',
    values,
    multivalued,
  })
  const value = (): string => random.pick(random.chance(0.93) ? pool : POOLS[random.pick(FAMILIES)].requested)
  const state = random.weigh([
    [11, 'not in the map'],
    [10, 'absent'],
    [42, 'one'],
    [6, 'empty string'],
    [22, 'multi'],
    [5, 'empty set'],
    [unknowns ? 45 : 0, 'unknown'],
  ])
  switch (state) {
    case 'not in the map':
      return undefined
    case 'absent':
      return { state: 'absent' }
    case 'one':
      return present([value()], false)
    case 'empty string':
      return present([''], random.chance(0.3))
    case 'multi':
      return present(
        Array.from({ length: 1 + random.below(3) }, () => (random.chance(0.05) ? '' : value())),
        true,
      )
    case 'empty set':
      return present([], true)
    default:
      return { state: 'unknown' }
  }
}

/* ------------------------------------------------------------------ cases */

export interface GeneratedCase {
  readonly seed: number
  readonly index: number
  readonly shape: Shape
  /** The trust policy as JSON text. */
  readonly text: string
  readonly request: AssumeRoleRequest
}

/** Case number `index` of the run `seed`. Every third case has keys whose state is unknown. */
export function generateCase(seed: number, index: number, options: PolicyOptions = {}): GeneratedCase {
  const random = randomOf(seed, index)
  const caller = generateCaller(random)
  const shape = random.weigh<Shape>([
    [30, 'one-allow'],
    [25, 'one-deny'],
    [45, 'mixed'],
  ])
  const { text, keys } = generatePolicy(random, caller, shape, options)
  const request = generateRequest(random, caller, keys, index % 3 === 2)
  return { seed, index, shape, text, request }
}
