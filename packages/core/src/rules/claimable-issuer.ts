import { escaped, quoted } from '../text/quote.js'
import { distinctProviders, providerSubject } from './provider-subject.js'
import type { RuleOn } from './rule.js'

/**
 * Anybody may put something at the address of an issuer that the account trusts: its bucket is gone, or nobody has its
 * domain. Who does publishes keys of their own, and is then every service account that roles trust. Known only where
 * somebody asked to look.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
 */
export const claimableIssuer: RuleOn<'inventory'> = {
  id: 'claimable-issuer',
  severity: 'high',
  summary: 'anybody may claim the address of an issuer that the account trusts',
  since: '0.1.0',
  kind: 'exposure',
  needs: ['providers'],
  on: 'inventory',

  *check({ inventory: { facts } }) {
    for (const { issuer, outcome, reason } of facts.issuerProbes ?? []) {
      if (outcome !== 'claimable') continue
      for (const provider of distinctProviders(facts)) {
        if (provider.issuer !== issuer) continue
        yield {
          subject: providerSubject(provider),
          location: provider.location,
          blamed: issuer,
          message: `${quoted(issuer, 200)} can be claimed (${escaped(reason)}): whoever does is every subject that roles trust`,
          help: 'delete the OIDC provider now, then the statements that name it',
        }
      }
    }
  },
}
