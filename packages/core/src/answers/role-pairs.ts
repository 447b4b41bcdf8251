import type { Role } from '../inventory.js'

/** One role on both sides of a comparison. */
export interface RolePair {
  readonly before?: Role
  readonly after?: Role
}

/**
 * The roles of two inventories, each with itself: by ARN, else by account and name, else by address. What has no account
 * is then told by its name, and where each side has one nameless policy left, those are taken for one role.
 */
export function pairsOf(before: Iterable<Role>, after: Iterable<Role>): readonly RolePair[] {
  const left = new Set(before)
  const pairs: { before?: Role; after: Role }[] = [...after].map((role) => ({ after: role }))
  for (const nameOf of NAMES) {
    const known = new Map<string, Role[]>()
    for (const role of left) {
      const name = nameOf(role)
      if (name !== undefined) known.set(name, [...(known.get(name) ?? []), role])
    }
    for (const pair of pairs) {
      if (pair.before !== undefined) continue
      const name = nameOf(pair.after)
      const found = name === undefined ? undefined : known.get(name)?.find((role) => mayBe(role, pair.after))
      if (found === undefined || !left.delete(found)) continue
      known.set(name ?? '', known.get(name ?? '')?.filter((role) => role !== found) ?? [])
      pair.before = found
    }
  }
  return [...pairs, ...[...left].map((role) => ({ before: role }))]
}

/** What tells a role, the surest first. */
const NAMES: readonly ((role: Role) => string | undefined)[] = [
  ({ arn }) => arn,
  ({ account, name }) => (account === undefined ? undefined : `${account} ${name}`),
  ({ address }) => address,
  ({ account, arn, name }) => (account === undefined || arn === undefined ? name : undefined),
  ({ arn, account, address }) => (arn ?? account ?? address) === undefined ? 'a bare policy' : undefined,
]

/** Two accounts have two roles, whatever else is the same. */
function mayBe(a: Role, b: Role): boolean {
  return a.account === undefined || b.account === undefined || a.account === b.account
}
