import type { Facts, OidcProvider, ServiceAccount } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { parseEksIssuer } from '../mechanisms/issuers.js'
import { quoted } from '../text/quote.js'
import { audienceOf, DEFAULT_AUDIENCE } from './annotated-role.js'
import { associationOf, isComplete, namedCluster, placeText } from './kubernetes-subject.js'
import { distinctProviders, providerSubject } from './provider-subject.js'
import { roleArnParts } from './role-annotation.js'
import type { InventorySubject, RuleOn } from './rule.js'

/**
 * The OIDC provider does not take the audience that pods send: STS refuses their tokens before it reads the trust policy
 * (`Incorrect token audience`). Proved by a service account with a role of the provider's account; where none was read, a
 * provider of an EKS cluster without `sts.amazonaws.com` is a possible one, for annotations may ask for another audience.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export const providerAudience: RuleOn<'inventory'> = {
  id: 'provider-audience',
  severity: 'medium',
  summary: 'the OIDC provider does not take the audience that pods send',
  since: '0.1.0',
  kind: 'breakage',
  needs: ['providers'],
  on: 'inventory',

  *check({ inventory }) {
    const { facts } = inventory
    for (const provider of distinctProviders(facts)) {
      const { clientIds } = provider
      if (isUnknown(clientIds)) continue
      const subject = providerSubject(provider)
      const takes =
        clientIds.length === 0
          ? 'nothing'
          : clientIds
              .slice(0, 3)
              .map((id) => quoted(id))
              .join(', ')
      const refused = sendersTo(provider, inventory).filter((one) => !clientIds.includes(audienceOf(one)))
      const [first, ...others] = refused
      if (first !== undefined) {
        const more = others.length === 0 ? '' : ` and ${others.length} more`
        yield {
          subject,
          location: provider.location,
          related: refused
            .slice(0, 10)
            .map((one) => ({ location: one.roleArnLocation ?? one.location, note: 'its pods send it' })),
          blamed: audienceOf(first),
          message: `pods of ${placeText(first)}${more} send the audience ${quoted(audienceOf(first))}, and the OIDC provider takes ${takes}`,
          help: 'add the audience to the client ids of the provider, or ask for one of them in the annotation `eks.amazonaws.com/audience`',
        }
      } else if (
        !clientIds.includes(DEFAULT_AUDIENCE) &&
        isOfEks(provider, facts) &&
        !areKnown(provider, facts)
      ) {
        yield {
          subject,
          location: provider.location,
          blamed: DEFAULT_AUDIENCE,
          message: `pods are expected to send the audience \`${DEFAULT_AUDIENCE}\`, and the OIDC provider takes ${takes}`,
          certainty: 'possible',
          help: `add \`${DEFAULT_AUDIENCE}\` to the client ids of the provider`,
        }
      }
    }
  },
}

/** Service accounts of the provider's cluster whose pods send their tokens to the provider's account. */
function sendersTo(
  { issuer, account }: OidcProvider,
  { facts }: InventorySubject,
): readonly ServiceAccount[] {
  return (facts.serviceAccounts ?? []).filter(
    (one) =>
      one.roleArn !== undefined &&
      account !== undefined &&
      roleArnParts(one.roleArn)?.account === account &&
      namedCluster(one, facts)?.issuer === issuer &&
      associationOf(one, facts) === undefined,
  )
}

function isOfEks({ issuer }: OidcProvider, { clusters }: Facts): boolean {
  return parseEksIssuer(issuer) !== undefined || clusters.some((cluster) => cluster.issuer === issuer)
}

/** Whether all service accounts of the cluster were read: then none sends it anything else. */
function areKnown({ issuer }: OidcProvider, facts: Facts): boolean {
  const cluster = facts.clusters.find((one) => one.issuer === issuer)
  return cluster !== undefined && isComplete('service-accounts', cluster, facts)
}
