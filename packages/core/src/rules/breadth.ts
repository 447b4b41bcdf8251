import { Language } from '../automata/language.js'
import {
  MAX_NAMESPACE_LENGTH,
  MAX_SERVICE_ACCOUNT_NAME_LENGTH,
  NAMESPACES,
  SERVICE_ACCOUNT_NAMES,
} from '../mechanisms/kubernetes-names.js'
import type { TrustPolicy } from '../policy/ast.js'
import type { IrsaTrust } from '../trust/analyze.js'
import { ServiceAccountSet } from '../trust/service-account-set.js'
import type { ServiceAccountName } from '../trust/service-account-set.js'

/**
 * How far a set of service accounts reaches, widest first. The three open ones are the ids of the rules that say so: only
 * one of them speaks of a grant, and a set within another never reaches further than it.
 */
export type Breadth =
  | { readonly kind: 'any-service-account' }
  /** `word`: a member in one of the many namespaces. `isEvery`: all namespaces that there can be. */
  | { readonly kind: 'any-namespace'; readonly word: string; readonly isEvery: boolean }
  /** `namespaces`: those with names without bound, `word` a member of the first. `isEvery`: all names in all of these. */
  | {
      readonly kind: 'any-service-account-in-namespace'
      readonly namespaces: readonly string[]
      readonly word: string
      readonly isEvery: boolean
    }
  | { readonly kind: 'named' }

/** A trust policy of the largest size cannot name as many one by one: what has more members comes from a pattern. */
const MOST_NAMED = 300

const NAMED: Breadth = { kind: 'named' }

const measured = new WeakMap<ServiceAccountSet, Breadth>()

export function breadthOf(set: ServiceAccountSet): Breadth {
  let breadth = measured.get(set)
  if (breadth === undefined) {
    breadth = measure(set)
    measured.set(set, breadth)
  }
  return breadth
}

function measure(set: ServiceAccountSet): Breadth {
  if (listedMembers(set) !== undefined) return NAMED
  if (ServiceAccountSet.all.isSubsetOf(set)) return { kind: 'any-service-account' }
  const groups = namespaceGroups(set)
  const heads = groups.reduce((all, { namespaces }) => all.union(namespaces), Language.empty)
  if (heads.members(MOST_NAMED) === undefined) {
    const widest = groups.find(({ namespaces }) => namespaces.members(MOST_NAMED) === undefined) ?? groups[0]
    return {
      kind: 'any-namespace',
      word: widest === undefined ? '' : wordOf(widest),
      isEvery: NAMESPACES.isSubsetOf(heads),
    }
  }
  const open = groups.filter(({ names }) => names.members(MOST_NAMED) === undefined)
  const [first] = open
  if (first === undefined) return NAMED
  return {
    kind: 'any-service-account-in-namespace',
    namespaces: open.flatMap(({ namespaces }) => namespaces.members(MOST_NAMED) ?? []),
    word: wordOf(first),
    isEvery: open.every(({ names }) => SERVICE_ACCOUNT_NAMES.isSubsetOf(names)),
  }
}

/** The members one by one, where they are no more than a policy could name. */
export function listedMembers(set: ServiceAccountSet): readonly ServiceAccountName[] | undefined {
  if (set.isEnumerable) return [...set]
  const members = set.words.members(MOST_NAMED)?.map((word) => {
    const colon = word.indexOf(':')
    return { namespace: word.slice(0, colon), name: word.slice(colon + 1) }
  })
  return members?.filter((member) => set.has(member))
}

/** Namespaces in which the same names are members. */
export interface NamespaceGroup {
  readonly namespaces: Language
  readonly names: Language
}

/** The set, namespace by namespace; namespaces with the same names are one group. */
export function namespaceGroups(set: ServiceAccountSet): readonly NamespaceGroup[] {
  return set.words
    .split(':')
    .map(({ head, tail }) => ({ namespaces: head, names: tail }))
    .filter(
      ({ namespaces, names }) =>
        (namespaces.shortestLength ?? Infinity) <= MAX_NAMESPACE_LENGTH &&
        (names.shortestLength ?? Infinity) <= MAX_SERVICE_ACCOUNT_NAME_LENGTH,
    )
}

/** Whether the group lists its names one by one, rather than by a pattern. */
export function namesAreListed({ names }: NamespaceGroup): boolean {
  return names.members(MOST_NAMED) !== undefined
}

function wordOf({ namespaces, names }: NamespaceGroup): string {
  return `${namespaces.witness() ?? ''}:${names.witness() ?? ''}`
}

/**
 * The set to judge a grant by: whoever may get in. Where the patterns are too large for an exact answer that is everyone,
 * and says nothing; then it is whoever gets in for certain, and the rest is reported on its own. So it is where a
 * statement means everyone: the rule about that speaks of the others.
 */
export function judgedSet({ serviceAccounts, certain, undecided, policy }: IrsaTrust): ServiceAccountSet {
  if (undecided.length === 0) return serviceAccounts
  return undecided.some(({ cause }) => cause === 'limit') || meansEveryone(policy) ? certain : serviceAccounts
}

/** Whether some Allow names no principal, but everyone or every OIDC provider. */
export function meansEveryone({ statements }: TrustPolicy): boolean {
  return statements.some(
    ({ effect, principal }) =>
      effect !== 'Deny' &&
      (principal.kind === 'everyone' ||
        principal.kind === 'not-principals' ||
        (principal.kind === 'principals' &&
          principal.entries.some(({ type, value }) => type === 'Federated' && value === '*'))),
  )
}
