import type { Cluster, Facts } from '../inventory.js'
import type { IrsaTrust } from '../trust/analyze.js'
import type { ServiceAccountName } from '../trust/service-account-set.js'
import { isComplete, mayBeOf } from './kubernetes-subject.js'
import { openedBy } from './openness.js'
import type { Problem, RoleSubject } from './rule.js'

/** A service account that a role names and that does not exist. */
export interface Absentee extends ServiceAccountName {
  readonly trust: IrsaTrust
  readonly cluster: Cluster
  /** False only where all namespaces were read. */
  readonly mayHaveNamespace: boolean
}

/** Service accounts that a trust policy names one by one and that the cluster does not have, where all of them were read. */
export function absenteesOf({ grants, facts }: RoleSubject): readonly Absentee[] {
  if (facts.complete === undefined) return []
  return grants.flatMap((trust) => {
    if (trust.mechanism !== 'irsa' || !trust.isNamed || trust.cluster === undefined) return []
    const { cluster, serviceAccounts } = trust
    if (!serviceAccounts.isEnumerable || !isComplete('service-accounts', cluster, facts)) return []
    const existing = existingIn(cluster, facts)
    const knowsNamespaces = isComplete('namespaces', cluster, facts)
    return [...serviceAccounts]
      .filter(({ namespace, name }) => !existing.accounts.has(`${namespace}/${name}`))
      .map((name) => ({
        ...name,
        trust,
        cluster,
        mayHaveNamespace: !knowsNamespaces || existing.namespaces.has(name.namespace),
      }))
  })
}

interface Existing {
  readonly accounts: ReadonlySet<string>
  readonly namespaces: ReadonlySet<string>
}

const cache = new WeakMap<Facts, Map<string, Existing>>()

/** Worked out once for a cluster: thousands of roles ask. */
function existingIn(cluster: Cluster, facts: Facts): Existing {
  const ofFacts = cache.get(facts) ?? new Map<string, Existing>()
  cache.set(facts, ofFacts)
  const key = cluster.arn ?? cluster.name
  const known = ofFacts.get(key)
  if (known !== undefined) return known
  const accounts = (facts.serviceAccounts ?? []).filter((account) => mayBeOf(account, cluster))
  const existing = {
    accounts: new Set(accounts.map(({ namespace, name }) => `${String(namespace)}/${name}`)),
    namespaces: new Set(
      (facts.namespaces ?? []).filter((one) => mayBeOf(one, cluster)).map(({ name }) => name),
    ),
  }
  ofFacts.set(key, existing)
  return existing
}

/** One problem for all absentees of a role. */
export function absenteeProblem(
  [first, ...others]: readonly Absentee[],
  message: (places: string) => string,
): Problem | undefined {
  if (first === undefined) return undefined
  const { trust, namespace, name, cluster } = first
  const word = `${namespace}:${name}`
  const more = others.length === 0 ? '' : ` and ${others.length} more`
  return {
    at: openedBy(trust.admission, word, `${trust.issuer}:sub`).at,
    message: message(`\`${namespace}/${name}\`${more} of cluster ${cluster.name}`),
    witness: { admission: trust.admission, word },
  }
}
