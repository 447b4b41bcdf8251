import type { Facts, OidcProvider } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { quoted } from '../text/quote.js'
import type { SubjectReference } from './rule.js'

export function providerSubject({ arn, address, account, issuer }: OidcProvider): SubjectReference {
  const where = account === undefined ? '' : ` in account ${account}`
  return {
    kind: 'provider',
    key: arn ?? address ?? issuer,
    name: `OIDC provider ${quoted(issuer, 200)}${where}`,
  }
}

/** Each provider once: one input may list it and another describe it, without its account. */
export function distinctProviders({ providers }: Facts): readonly OidcProvider[] {
  const found = new Map<string, OidcProvider[]>()
  for (const provider of providers) {
    const same = found.get(provider.issuer) ?? []
    found.set(provider.issuer, same)
    const at = same.findIndex(
      ({ account }) =>
        account === provider.account || account === undefined || provider.account === undefined,
    )
    const known = same[at]
    if (known === undefined) same.push(provider)
    else same[at] = isUnknown(known.clientIds) ? { ...known, ...provider } : { ...provider, ...known }
  }
  return [...found.values()].flat()
}
