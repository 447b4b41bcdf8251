import type { Facts, OidcProvider } from '../inventory.js'
import { parseEksIssuer } from '../mechanisms/issuers.js'
import type { EksIssuer } from '../mechanisms/issuers.js'
import { quoted } from '../text/quote.js'
import { distinctProviders, providerSubject } from './provider-subject.js'
import { accountsOf, hasAllClusters, holdsUnknown } from './read-completely.js'
import type { RuleOn } from './rule.js'

/**
 * An OIDC provider has the issuer of an EKS cluster that is not there. The ids of issuers are random, so no other cluster
 * gets it: what trusts the provider is dead weight, or the cluster is of an account that was not read, which is why the
 * finding is a possible one. Said only where the clusters of every account of the inputs were read in that Region.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/enable-iam-roles-for-service-accounts.html
 */
export const danglingProvider: RuleOn<'inventory'> = {
  id: 'dangling-provider',
  severity: 'low',
  summary: 'an OIDC provider has the issuer of an EKS cluster that is not there',
  since: '0.1.0',
  kind: 'hygiene',
  needs: ['providers', 'clusters'],
  on: 'inventory',

  *check({ inventory: { facts } }) {
    for (const provider of distinctProviders(facts)) {
      const eks = parseEksIssuer(provider.issuer)
      if (eks === undefined || holdsUnknown(provider.issuer, facts) || mayHaveCluster(provider, eks, facts))
        continue
      const twin = facts.clusters.find(
        ({ issuer }) => typeof issuer === 'string' && isSameId(eks, parseEksIssuer(issuer)),
      )
      yield {
        subject: providerSubject(provider),
        location: provider.location,
        blamed: provider.issuer,
        message:
          twin === undefined
            ? `no cluster of the accounts that were read has the issuer ${quoted(provider.issuer, 200)}: it is expected to be that of a deleted cluster, else of another account`
            : `no cluster has the issuer ${quoted(provider.issuer, 200)}: it is the cluster ${quoted(twin.name)} under another host, and its tokens are expected to name ${quoted(String(twin.issuer), 200)}`,
        certainty: 'possible',
        help: 'delete the provider once no role trusts it, and the statements that name it',
      }
    }
  },
}

function mayHaveCluster({ issuer }: OidcProvider, { region }: EksIssuer, facts: Facts): boolean {
  const accounts = accountsOf(facts)
  return (
    accounts.size === 0 ||
    [...accounts].some((account) => !hasAllClusters(account, region, facts)) ||
    facts.clusters.some(
      (cluster) =>
        cluster.issuer === issuer ||
        // One whose issuer is not known may have this one.
        ((cluster.region ?? region) === region &&
          (typeof cluster.issuer !== 'string' || holdsUnknown(cluster.issuer, facts))),
    )
  )
}

function isSameId(one: EksIssuer, other: EksIssuer | undefined): boolean {
  return one.region === other?.region && one.id.toUpperCase() === other.id.toUpperCase()
}
