import type { Facts, OidcProvider, Role, ServiceAccount } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { parseEksIssuer } from '../mechanisms/issuers.js'
import { quoted } from '../text/quote.js'
import { analyzeRole } from '../trust/analyze.js'
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
    const senders = sendersOf(inventory)
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
      const own = senders.get(keyOf(provider.issuer, provider.account)) ?? []
      const refused = new Set(own.map(audienceOf).filter((audience) => !clientIds.includes(audience)))
      for (const audience of refused) {
        const [first, ...others] = own.filter((one) => audienceOf(one) === audience)
        if (first === undefined) continue
        const more = others.length === 0 ? '' : ` and ${others.length} more`
        yield {
          subject,
          location: provider.location,
          related: [first, ...others]
            .slice(0, 10)
            .map((one) => ({ location: one.roleArnLocation ?? one.location, note: 'its pods send it' })),
          blamed: audience,
          message: `pods of ${placeText(first)}${more} send the audience ${quoted(audience)}, and the OIDC provider takes ${takes}`,
          help: 'add the audience to the client ids of the provider, or ask for one of them in the annotation `eks.amazonaws.com/audience`',
        }
      }
      if (
        refused.size === 0 &&
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

/** Service accounts by the issuer of their tokens and the account that these are sent to. */
function sendersOf({
  facts,
  now,
  rolesOf,
}: InventorySubject): ReadonlyMap<string, readonly ServiceAccount[]> {
  const senders = new Map<string, ServiceAccount[]>()
  const issuers = new Map<string, string | undefined>()
  for (const one of facts.serviceAccounts ?? []) {
    const { roleArn, cluster } = one
    const account = roleArn === undefined ? undefined : roleArnParts(roleArn)?.account
    if (roleArn === undefined || account === undefined || associationOf(one, facts) !== undefined) continue
    if (cluster === undefined && !issuers.has(roleArn))
      issuers.set(roleArn, onlyIssuer(rolesOf(roleArn), facts, now))
    const issuer = cluster === undefined ? issuers.get(roleArn) : namedCluster(one, facts)?.issuer
    if (typeof issuer !== 'string') continue
    const key = keyOf(issuer, account)
    const group = senders.get(key)
    if (group === undefined) senders.set(key, [one])
    else group.push(one)
  }
  return senders
}

function keyOf(issuer: string, account: string | undefined): string {
  return `${account ?? ''} ${issuer}`
}

/** The issuer of the only cluster that roles trust: that of service accounts that do not say theirs. */
function onlyIssuer(roles: readonly Role[], facts: Facts, now: Date): string | undefined {
  const issuers = roles.flatMap((role) =>
    analyzeRole(role, facts, { now }).trusts.flatMap((trust) =>
      trust.mechanism === 'irsa' && trust.isNamed ? [trust.issuer] : [],
    ),
  )
  return new Set(issuers).size === 1 ? issuers[0] : undefined
}

function isOfEks({ issuer }: OidcProvider, { clusters }: Facts): boolean {
  return parseEksIssuer(issuer) !== undefined || clusters.some((cluster) => cluster.issuer === issuer)
}

/** Whether all service accounts of the cluster were read: then none sends it anything else. */
function areKnown({ issuer }: OidcProvider, facts: Facts): boolean {
  const cluster = facts.clusters.find((one) => one.issuer === issuer)
  return cluster !== undefined && isComplete('service-accounts', cluster, facts)
}
