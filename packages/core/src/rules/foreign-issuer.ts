import type { Facts } from '../inventory.js'
import { parseEksIssuer, sharedIssuer } from '../mechanisms/issuers.js'
import { quoted } from '../text/quote.js'
import { mended } from './issuer-key.js'
import { distinctProviders, providerSubject } from './provider-subject.js'
import { holdsUnknown } from './read-completely.js'
import type { RuleOn } from './rule.js'

/**
 * An OIDC provider has an issuer that is no EKS cluster and no service that many share: ROSA, kOps, an own domain. Its
 * clusters are outside of the inputs, and whoever holds its signing keys, or the bucket or domain that publishes them, is
 * every subject that roles trust.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
 */
export const foreignIssuer: RuleOn<'inventory'> = {
  id: 'foreign-issuer',
  severity: 'info',
  summary: 'an OIDC provider has an issuer that is no EKS cluster',
  since: '0.1.0',
  kind: 'hygiene',
  needs: ['providers'],
  on: 'inventory',

  *check({ inventory: { facts } }) {
    for (const provider of distinctProviders(facts)) {
      const { issuer } = provider
      if (isOfEks(issuer, facts) || sharedIssuer(issuer) !== undefined || holdsUnknown(issuer, facts))
        continue
      yield {
        subject: providerSubject(provider),
        location: provider.location,
        blamed: issuer,
        message: `${quoted(issuer, 200)} is no EKS cluster: whoever holds its signing keys is every subject that roles trust`,
        help: 'make sure that the issuer is yours still, and who can write where it publishes its keys',
      }
    }
  },
}

/** Also in partitions whose hosts are not known, and where it is misspelled, which is a matter of its own. */
function isOfEks(issuer: string, { clusters }: Facts): boolean {
  return (
    parseEksIssuer(mended(issuer).text) !== undefined ||
    /^oidc[.-]eks\./i.test(issuer) ||
    clusters.some((cluster) => cluster.issuer === issuer)
  )
}
