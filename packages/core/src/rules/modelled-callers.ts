import { POD_IDENTITY_SERVICE } from '../mechanisms/pod-identity.js'
import type { PrincipalElement } from '../policy/ast.js'
import type { RoleAnalysis, TrustAnalysis } from '../trust/analyze.js'

/**
 * The analyses that between them cover every caller whom the element means, or `undefined` where it means others too:
 * people, SAML sessions, other services, providers that no request of the role comes through.
 */
export function modelledTrusts(
  principal: PrincipalElement,
  { trusts }: RoleAnalysis,
): readonly TrustAnalysis[] | undefined {
  if (principal.kind !== 'principals' || principal.entries.length === 0) return undefined
  const covering = new Set<TrustAnalysis>()
  for (const { type, value } of principal.entries) {
    const own = trusts.filter((trust) => {
      if (type === 'Service') return trust.mechanism === 'pod-identity' && value === POD_IDENTITY_SERVICE
      if (type === 'AWS') return trust.mechanism === 'aws-principal'
      return type === 'Federated' && 'providerArn' in trust && trust.providerArn === value
    })
    if (own.length === 0) return undefined
    for (const trust of own) covering.add(trust)
  }
  return [...covering]
}
