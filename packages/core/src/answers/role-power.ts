import type { Role, RolePolicy } from '../inventory.js'

/** What a role may do, as far as its policies are in the input. */
export interface RolePower {
  /** 8: everything; 5: rights themselves; 2: nothing of these that was seen; the role is bounded: one less. */
  readonly rank: number
  /** The rights that count, as the policies name them: `AdministratorAccess`, `iam:PassRole`. */
  readonly rights: readonly string[]
  readonly hasBoundary: boolean
  /** Managed policies of the account whose documents are not in the input; absent where the policies were not read. */
  readonly unread?: number
}

/** Policies of AWS that give rights over everything, or over rights. */
const MANAGED: ReadonlyMap<string, number> = new Map([
  ['AdministratorAccess', 8],
  ['PowerUserAccess', 6],
  ['IAMFullAccess', 7],
])

/** Actions that lead to everything else, by pattern and what to call them. */
const TELLING: readonly (readonly [action: string, rank: number])[] = [
  ['iam:*', 7],
  ['iam:PassRole', 4],
  ['iam:UpdateAssumeRolePolicy', 6],
  ['iam:PutRolePolicy', 6],
  ['iam:AttachRolePolicy', 6],
  ['iam:CreateAccessKey', 5],
  ['sts:AssumeRole', 3],
]

/** Looks at Allow statements alone: what is shown is where to look first, not a proof of what the role may do. */
export function powerOf({ policies, permissionsBoundary }: Role): RolePower {
  const hasBoundary = permissionsBoundary !== undefined
  if (policies === undefined) return { rank: 2, rights: [], hasBoundary }
  const rights = new Map<string, number>()
  let unread = 0
  for (const policy of policies) {
    const managed = policy.arn?.includes(':aws:policy/') === true ? MANAGED.get(policy.name) : undefined
    if (managed !== undefined) rights.set(policy.name, managed)
    else if (policy.document !== undefined)
      for (const [right, rank] of rightsIn(policy)) rights.set(right, rank)
    else if (policy.arn?.includes(':aws:policy/') !== true) unread++
  }
  const rank = Math.max(2, ...rights.values())
  const named = [...rights].sort(([, a], [, b]) => b - a).map(([right]) => right)
  return { rank: hasBoundary ? rank - 1 : rank, rights: named, hasBoundary, unread }
}

function* rightsIn({ document }: RolePolicy): Generator<readonly [string, number]> {
  for (const statement of listOf(member(document, 'Statement'))) {
    if (member(statement, 'Effect') !== 'Allow') continue
    const actions = listOf(member(statement, 'Action')).filter((action) => typeof action === 'string')
    const isEverywhere = listOf(member(statement, 'Resource')).includes('*')
    if (isEverywhere && actions.some((action) => action === '*' || action === '*:*')) {
      yield ['*', 8]
      continue
    }
    for (const [right, rank] of TELLING)
      if (isEverywhere && actions.some((action) => covers(action, right))) yield [right, rank]
  }
}

/** Whether an action pattern holds another; only a star at the end is looked at, as people write them. */
function covers(pattern: string, action: string): boolean {
  const [one, other] = [pattern.toLowerCase(), action.toLowerCase()]
  if (one === other) return true
  return one.endsWith('*') && !one.startsWith('*') && other.startsWith(one.slice(0, -1))
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined
}

function listOf(value: unknown): readonly unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}
