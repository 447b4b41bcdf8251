import type { Cluster } from '../inventory.js'
import { parseEksIssuer } from '../mechanisms/issuers.js'
import { quoted } from '../text/quote.js'
import type { IrsaTrust } from '../trust/analyze.js'
import { judgedSet } from './breadth.js'
import type { Problem, RoleSubject } from './rule.js'
import { serviceAccountWitness } from './witness.js'

/** A cluster whose service accounts can assume the role by IRSA. */
export interface TrustedCluster {
  readonly grant: IrsaTrust
  readonly cluster?: Cluster
  /** For messages. */
  readonly name: string
}

/** The clusters that a role trusts; an EKS cluster under both of its issuer hosts is one. */
export function trustedClusters({ grants }: RoleSubject): readonly TrustedCluster[] {
  if (grants.length < 2) return []
  const clusters = new Map<string, TrustedCluster>()
  for (const grant of grants) {
    if (
      grant.mechanism !== 'irsa' ||
      !grant.isNamed ||
      grant.issuerKind === 'unknown' ||
      judgedSet(grant).isEmpty
    )
      continue
    const { cluster, issuer } = grant
    const eks = parseEksIssuer(issuer)
    const key = eks === undefined ? issuer : `${eks.region} ${eks.id}`
    if (clusters.has(key)) continue
    clusters.set(key, {
      grant,
      ...(cluster === undefined ? {} : { cluster }),
      name: quoted(cluster === undefined ? issuer : cluster.name),
    })
  }
  return [...clusters.values()]
}

export function severalAccounts(clusters: readonly TrustedCluster[]): boolean {
  return new Set(clusters.flatMap(({ cluster }) => cluster?.account ?? [])).size > 1
}

/** Blames the principal of the last cluster; the others are related. */
export function blameClusters(
  clusters: readonly TrustedCluster[],
  { podStatements }: RoleSubject,
): Pick<Problem, 'at' | 'related' | 'witness'> {
  const places = clusters.map(({ grant, name }) => {
    const statement = podStatements.find((one) => one.mechanism === 'irsa' && one.trust === grant)
    return { at: statement?.principal.pointer ?? '/Statement', note: `${name} is trusted here` }
  })
  const last = clusters.at(-1)
  if (last === undefined) throw new Error('there is no cluster to blame')
  return {
    at: places.at(-1)?.at ?? '/Statement',
    related: places.slice(0, -1),
    witness: serviceAccountWitness(last.grant.admission, judgedSet(last.grant)),
  }
}
