import type { Role } from '../inventory.js'
import { allowedAction, statementsOf } from '../trust/identity-policy.js'

/** What a role may do, as far as its policies are in the input. */
export interface RolePower {
  /** 8: everything; 7 to 3: rights that lead to others; 2: nothing of these that was seen. One less where it is bounded. */
  readonly rank: number
  /** The rights that count: `everything`, `iam:PassRole`; the name of the policy where AWS wrote it. */
  readonly rights: readonly string[]
  readonly hasBoundary: boolean
  /** Managed policies of the account whose documents are not in the input; absent where the policies were not read. */
  readonly unread?: number
}

/** Actions that lead to others, and how far; one that holds another makes that needless to say. */
const TELLING: readonly (readonly [action: string, rank: number])[] = [
  ['iam:*', 7],
  ['iam:UpdateAssumeRolePolicy', 6],
  ['iam:PutRolePolicy', 6],
  ['iam:AttachRolePolicy', 6],
  ['iam:CreateAccessKey', 5],
  ['iam:PassRole', 4],
  ['sts:AssumeRole', 3],
]

/** What is shown is where to look first, and no proof of all that the role may do. */
export function powerOf(role: Role): RolePower {
  const { policies, permissionsBoundary, account = '*' } = role
  const hasBoundary = permissionsBoundary !== undefined
  if (policies === undefined) return { rank: 2, rights: [], hasBoundary }
  const statements = statementsOf(role)
  const roles = `arn:*:iam::${account}:role/*`
  const allowed = (action: string): string | undefined => {
    const found = allowedAction(role, statements, action, roles)
    if (found === undefined) return undefined
    return policies.some(({ name, arn }) => name === found.by && arn?.includes(':aws:policy/') === true)
      ? found.by
      : action
  }
  const rights = new Map<string, number>()
  const add = (right: string | undefined, rank: number): void => {
    if (right !== undefined && !rights.has(right)) rights.set(right, rank)
  }
  const identity = allowed('iam:*')
  // What is allowed but for some actions is all but everything, where rights are among these.
  const everything = allowed('*')
  if (identity !== undefined && everything !== undefined)
    add(everything === '*' ? 'everything' : everything, 8)
  else {
    if (everything !== undefined) add(everything === '*' ? 'nearly everything' : everything, 6)
    if (identity !== undefined) add(identity, 7)
    else for (const [action, rank] of TELLING.slice(1)) add(allowed(action), rank)
  }
  const unread = policies.filter(
    ({ arn, document }) => document === undefined && arn !== undefined && !arn.includes(':aws:policy/'),
  ).length
  const rank = Math.max(2, ...rights.values())
  const named = [...rights].sort(([, a], [, b]) => b - a).map(([right]) => right)
  return { rank: hasBoundary ? rank - 1 : rank, rights: named, hasBoundary, unread }
}
