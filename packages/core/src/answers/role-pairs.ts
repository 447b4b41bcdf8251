import type { Role } from '../inventory.js'

/** One role on both sides of a comparison. */
export interface RolePair {
  readonly before?: Role
  readonly after?: Role
}

type Naming = (role: Role) => string | undefined

const byArn: Naming = ({ arn }) => arn
const byAccount: Naming = ({ account, name }) => (account === undefined ? undefined : `${account} ${name}`)
const byAddress: Naming = ({ address }) => address
const byName: Naming = ({ name }) => name

/**
 * The roles of two inventories, each with itself: by ARN, else by account and name, else by address. What has no account
 * is then told by its name, and where each side has one bare policy left, those are taken for one role. A role that one
 * side holds twice is compared twice.
 */
export function pairsOf(before: Iterable<Role>, after: Iterable<Role>): readonly RolePair[] {
  const left = new Set(before)
  const pairs: { before?: Role; after: Role }[] = [...after].map((role) => ({ after: role }))
  const all = [...left]
  for (const nameOf of [byArn, byAccount, byAddress, byName]) {
    const unpaired = pairs.filter((pair) => pair.before === undefined)
    if (unpaired.length === 0) break
    const known = groupsOf(nameOf === byArn || nameOf === byAccount ? all : [...left], nameOf)
    for (const pair of unpaired) {
      const mayBeSame = (role: Role): boolean =>
        mayBe(role, pair.after) && (nameOf !== byName || !isPlaced(role) || !isPlaced(pair.after))
      const same = known.get(nameOf(pair.after) ?? '')?.filter(mayBeSame) ?? []
      const found = same.find((role) => left.has(role)) ?? same[0]
      if (found === undefined) continue
      left.delete(found)
      pair.before = found
    }
  }
  for (const nameOf of [byArn, byAccount]) {
    const known = groupsOf(
      pairs.map((pair) => pair.after),
      nameOf,
    )
    for (const role of left) {
      const [same] = known.get(nameOf(role) ?? '') ?? []
      if (same === undefined) continue
      left.delete(role)
      pairs.push({ before: role, after: same })
    }
  }
  const [bareBefore, ...others] = [...left].filter(isBare)
  const [bareAfter, ...more] = pairs.filter((pair) => pair.before === undefined && isBare(pair.after))
  if (bareBefore !== undefined && bareAfter !== undefined && others.length + more.length === 0) {
    left.delete(bareBefore)
    bareAfter.before = bareBefore
  }
  return [...pairs, ...[...left].map((role) => ({ before: role }))]
}

function groupsOf(roles: readonly Role[], nameOf: Naming): ReadonlyMap<string, readonly Role[]> {
  const groups = new Map<string, Role[]>()
  for (const role of roles) {
    const name = nameOf(role)
    if (name === undefined || name === '') continue
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [role])
    else group.push(role)
  }
  return groups
}

function isBare({ arn, account, address }: Role): boolean {
  return (arn ?? account ?? address) === undefined
}

function isPlaced({ arn, account }: Role): boolean {
  return arn !== undefined && account !== undefined
}

/** Two accounts have two roles, whatever else is the same. */
function mayBe(a: Role, b: Role): boolean {
  return a.account === undefined || b.account === undefined || a.account === b.account
}
