import type { Facts, OidcProvider } from '../inventory.js'
import { parseProviderArn } from '../mechanisms/provider-arn.js'
import { quoted } from '../text/quote.js'
import type { IrsaTrust, WebIdentityTrust } from '../trust/analyze.js'
import { nearness } from './issuer-key.js'
import { hasAllProviders, holdsUnknown } from './read-completely.js'
import type { Problem, RoleSubject, RuleOn } from './rule.js'

/**
 * The role's account has no OIDC provider of the ARN that the trust policy names. STS looks up the provider before it
 * reads the policy, so every call fails with `InvalidIdentityToken`, until somebody registers that issuer. Said only where
 * all providers of the account were read, and of statements that would let somebody in.
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteOpenIDConnectProvider.html
 */
export const missingProvider: RuleOn<'role'> = {
  id: 'missing-provider',
  severity: 'high',
  summary: 'the trust policy names an OIDC provider that its account does not have',
  since: '0.1.0',
  kind: 'breakage',
  needs: ['providers'],
  on: 'role',

  *check({ role }) {
    const { facts } = role
    if (facts.complete === undefined) return
    for (const grant of role.grants) {
      if (grant.mechanism !== 'irsa' && grant.mechanism !== 'web-identity') continue
      const account = role.role.account ?? parseProviderArn(grant.providerArn)?.account
      if (account === undefined || !isMissing(grant, account, facts)) continue
      yield {
        ...placesOf(grant, role),
        message: `account ${account} has no OIDC provider ${quoted(grant.providerArn, 200)}${nearestOf(grant.issuer, account, facts)}`,
        help: 'name a provider of the account, register the issuer there, or remove the statement where its cluster is gone',
      }
    }
  },
}

function isMissing(
  { isNamed, provider, providerArn }: IrsaTrust | WebIdentityTrust,
  account: string,
  facts: Facts,
): boolean {
  return (
    isNamed &&
    provider === undefined &&
    hasAllProviders(account, facts) &&
    !holdsUnknown(providerArn, facts) &&
    // One whose issuer is not known yet may turn out to be it.
    !ownProviders(account, facts).some(({ issuer }) => holdsUnknown(issuer, facts))
  )
}

/** Those of the account, and those that may be. */
function ownProviders(account: string, { providers }: Facts): readonly OidcProvider[] {
  return providers.filter((one) => one.account === undefined || one.account === account)
}

function nearestOf(issuer: string, account: string, facts: Facts): string {
  for (const { issuer: other } of ownProviders(account, facts)) {
    const isSpelling = other.toLowerCase().replace(/\/$/, '') === issuer.toLowerCase().replace(/\/$/, '')
    const how = isSpelling ? 'the spelling differs' : nearness(other, issuer)
    if (how !== undefined) return `; the nearest is for ${quoted(other, 200)}: ${how}`
  }
  const elsewhere = facts.providers.find((one) => one.issuer === issuer && one.account !== undefined)
  return elsewhere?.account === undefined
    ? ''
    : `; account ${elsewhere.account} has one for that issuer, and STS looks into the role's own`
}

/** Every place that names the provider; the first is blamed. */
function placesOf(
  { providerArn }: IrsaTrust | WebIdentityTrust,
  { policy }: RoleSubject,
): Pick<Problem, 'at' | 'related'> {
  const [at = '', ...others] = policy.statements.flatMap(({ effect, principal }) =>
    effect === 'Deny' || principal.kind !== 'principals'
      ? []
      : principal.entries.filter(({ value }) => value === providerArn).map(({ pointer }) => pointer),
  )
  return { at, related: others.map((other) => ({ at: other, note: 'the provider is named here too' })) }
}
