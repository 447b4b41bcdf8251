import { Language, StateLimitError } from '../automata/language.js'
import { globMatches, globPattern } from '../condition/glob.js'
import type { Role } from '../inventory.js'

/**
 * What a role may do, as far as its policies in the input say: enough to find who may rewrite trust, and no IAM simulator.
 * A policy whose document is not in the input says nothing.
 */

/** An action that some policy allows. */
export interface AllowedAction {
  readonly action: string
  /** Name of the policy. */
  readonly by: string
  /** False where a condition, a Deny of a part, or a permissions boundary may take it away. */
  readonly isCertain: boolean
  /** The resources that it is allowed on, as the policies write them; absent where that is all of the kind. */
  readonly on?: readonly string[]
}

export interface PolicyStatement {
  readonly by: string
  readonly isAllow: boolean
  readonly actions: readonly string[]
  /** `NotAction`: all but these. */
  readonly isActionInverted: boolean
  readonly resources: readonly string[]
  readonly isResourceInverted: boolean
  readonly condition: Readonly<Record<string, unknown>> | undefined
}

/**
 * What the policies of AWS say that let a role rewrite trust.
 * @see https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 */
const MANAGED: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['AdministratorAccess', { Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }],
  ['IAMFullAccess', { Statement: { Effect: 'Allow', Action: 'iam:*', Resource: '*' } }],
  [
    'PowerUserAccess',
    {
      Statement: { Effect: 'Allow', NotAction: ['iam:*', 'organizations:*', 'account:*'], Resource: '*' },
    },
  ],
])

/** Statements of all policies of a role that the input holds. */
export function statementsOf({ policies = [] }: Role): readonly PolicyStatement[] {
  return policies.flatMap(({ name, arn, document }) => {
    const managed = /^arn:[a-z0-9-]+:iam::aws:policy\/(\w+)$/.exec(arn ?? '')?.[1] ?? ''
    const known = document ?? MANAGED.get(managed)
    return listOf(memberOf(known, 'Statement')).flatMap((statement) => statementOf(statement, name))
  })
}

function statementOf(value: unknown, by: string): readonly PolicyStatement[] {
  const effect = memberOf(value, 'Effect')
  if (effect !== 'Allow' && effect !== 'Deny') return []
  const actions = textsOf(memberOf(value, 'Action'))
  const resources = textsOf(memberOf(value, 'Resource'))
  const condition = memberOf(value, 'Condition')
  return [
    {
      by,
      isAllow: effect === 'Allow',
      actions: actions ?? textsOf(memberOf(value, 'NotAction')) ?? [],
      isActionInverted: actions === undefined,
      resources: resources ?? textsOf(memberOf(value, 'NotResource')) ?? [],
      isResourceInverted: resources === undefined,
      condition: isRecord(condition) && Object.keys(condition).length > 0 ? condition : undefined,
    },
  ]
}

/**
 * Whether an action is allowed on some resource of a kind.
 *
 * @param resource a pattern of the ARNs of the kind, `arn:*:iam::210987654321:role/*`, where a star is no colon
 * @param holds whether a condition of an Allow may hold
 */
export function allowedAction(
  { permissionsBoundary }: Role,
  statements: readonly PolicyStatement[],
  action: string,
  resource: string,
  holds: (statement: PolicyStatement) => boolean = () => true,
): AllowedAction | undefined {
  const own = statements.filter((one) => hasAction(one, action) && mayMeet(one, resource))
  const denies = own.filter(({ isAllow }) => !isAllow)
  if (denies.some(isWhole)) return undefined
  const allows = own.filter((one) => one.isAllow && holds(one))
  const best =
    allows.find(({ condition, isResourceInverted }) => condition === undefined && !isResourceInverted) ??
    allows[0]
  if (best === undefined) return undefined
  const isOnAll = allows.some(
    (one) => one.isResourceInverted || one.resources.some((on) => isAll(on, resource)),
  )
  return {
    action,
    by: best.by,
    ...(isOnAll
      ? {}
      : {
          on: [
            ...new Set(allows.flatMap(({ resources }) => resources.filter((one) => meets(one, resource)))),
          ],
        }),
    isCertain:
      best.condition === undefined &&
      !best.isResourceInverted &&
      denies.length === 0 &&
      permissionsBoundary === undefined,
  }
}

/** Whether a pattern ends in all of a kind; what stands before is told apart by `mayMeet`. */
function isAll(pattern: string, kind: string): boolean {
  const [, , , , , ...rest] = pattern.split(':')
  const end = rest.join(':')
  const own = kind.slice(kind.lastIndexOf(':') + 1)
  return pattern === '*' || end === '*' || end === own || (own === '*' && /^[a-z-]+\/\*$/.test(end))
}

/** A Deny that leaves nothing. */
function isWhole({ condition, resources, isResourceInverted }: PolicyStatement): boolean {
  return condition === undefined && !isResourceInverted && resources.includes('*')
}

function hasAction({ actions, isActionInverted }: PolicyStatement, action: string): boolean {
  const name = action.toLowerCase()
  const isNamed = actions.some((pattern) => globMatches(globPattern(pattern.toLowerCase()), name))
  return isNamed !== isActionInverted
}

/** Whether a statement may be about some resource of the kind; what `NotResource` leaves out is taken to leave some. */
function mayMeet({ resources, isResourceInverted }: PolicyStatement, resource: string): boolean {
  if (isResourceInverted) return !resources.includes('*')
  return resources.some((pattern) => pattern === '*' || meets(pattern, resource))
}

/** Whether a pattern of ARNs and a kind of ARNs have one in common. Most patterns tell by their plain beginning. */
function meets(pattern: string, kind: string): boolean {
  // A variable of the policy may stand for anything.
  const open = pattern.replace(/\$\{[^}]*\}/g, '*')
  const segments = open.split(':')
  const own = kind.split(':')
  for (const [index, segment] of segments.entries()) {
    if (/[*?]/.test(segment)) break
    if (index >= 5) return own.length === segments.length && startAlike(segment, own[index] ?? '')
    if (own[index] !== '*' && own[index] !== segment) return false
  }
  if (segments.slice(0, 5).every((segment) => !/[*?]/.test(segment)))
    return startAlike(segments[5] ?? '', own[5] ?? '')
  try {
    return !Language.glob(globPattern(open)).isDisjointFrom(languageOf(kind))
  } catch (error) {
    if (error instanceof StateLimitError) return true
    throw error
  }
}

/** Up to the first wildcard of either. */
function startAlike(one: string, other: string): boolean {
  const [a = '', b = ''] = [one, other].map((text) => text.split(/[*?]/)[0])
  return a.startsWith(b) || (b.startsWith(a) && a !== one)
}

function languageOf(kind: string): Language {
  return kind
    .split('*')
    .map((part) => Language.literal(part))
    .reduce((all, part) => all.concat(NO_COLON).concat(part))
}

const NO_COLON = Language.lazy(() =>
  Language.charset([
    [0, 0x39],
    [0x3b, 0xffff],
  ]).repeat(0),
)

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function memberOf(value: unknown, name: string): unknown {
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value]
}

function textsOf(value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined
  return listOf(value).filter((one) => typeof one === 'string')
}
