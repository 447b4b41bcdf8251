/** What the inputs hold all of: only there does what is absent not exist. */
import type { Completeness, Facts } from '../inventory.js'

/** Accounts that the inputs tell about. */
export function accountsOf({
  accounts = [],
  providers,
  clusters,
  complete = [],
}: Facts): ReadonlySet<string> {
  const all = new Set<string>()
  for (const { account } of [...accounts, ...providers, ...clusters])
    if (account !== undefined) all.add(account)
  for (const one of complete) if ('account' in one && one.account !== undefined) all.add(one.account)
  return all
}

/** Whether the inputs hold every OIDC provider of an account. */
export function hasAllProviders(account: string, facts: Facts): boolean {
  return hasAll(account, facts, (one) => one.kind === 'providers')
}

/** Whether the inputs hold every cluster of an account in a Region. */
export function hasAllClusters(account: string, region: string, facts: Facts): boolean {
  return hasAll(account, facts, (one) => one.kind === 'clusters' && one.region === region)
}

/** The Regions of which the inputs hold every cluster of an account. */
export function wholeRegions(account: string, facts: Facts): readonly string[] {
  const regions = (facts.complete ?? []).flatMap((one) => (one.kind === 'clusters' ? [one.region] : []))
  return [...new Set(regions)].filter((region) => hasAllClusters(account, region, facts)).sort()
}

/** Whether the inputs hold every role of an account. */
export function hasAllRoles(account: string, facts: Facts): boolean {
  return hasAll(account, facts, (one) => one.kind === 'roles')
}

/** An empty list does not say whose it is; it counts where there is one account. */
function hasAll(account: string, facts: Facts, isMeant: (one: Completeness) => boolean): boolean {
  return (
    facts.complete?.some((one) => {
      if (!isMeant(one)) return false
      const owner = 'account' in one ? one.account : undefined
      if (owner !== undefined) return owner === account
      const all = accountsOf(facts)
      return all.size === 1 && all.has(account)
    }) ?? false
  )
}

/** Whether a text holds a word for something that is not known yet. */
export function holdsUnknown(text: string, { holes = [] }: Facts): boolean {
  return holes.some(({ placeholder }) => text.includes(placeholder))
}
