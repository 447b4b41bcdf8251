import { Language } from '../automata/language.js'
import { quoted } from '../text/quote.js'
import {
  NETWORK_KEYS,
  NEVER,
  TIME_KEYS,
  isGlobalKey,
  networkVariation,
  openKey,
  timeVariation,
} from './request-model.js'
import type { RequestModel } from './request-model.js'

/**
 * Requests through a SAML provider or an identity provider that is built into AWS (Cognito, Google, …); the
 * only word is the principal as a policy names it. What the provider says of its users is theirs to have: any
 * value.
 * @see IAM User Guide, "AWS JSON policy elements: Principal"
 */
export function federationModel(principal: string, now: Date): RequestModel {
  const isSaml = principal.includes(':saml-provider/')
  const network = networkVariation('chosen')
  const time = timeVariation(now)
  const claim = isSaml ? 'saml:' : `${principal.toLowerCase()}:`
  return {
    mechanism: 'federation',
    caller: { type: 'web-identity', provider: principal },
    actions: [isSaml ? 'sts:AssumeRoleWithSAML' : 'sts:AssumeRoleWithWebIdentity'],
    doubtfulActions: [],
    domain: Language.literal(principal),
    assumptions: [],
    keyModel(key) {
      if (NETWORK_KEYS.includes(key)) return { kind: 'varies', variation: network }
      if (TIME_KEYS.includes(key)) return { kind: 'varies', variation: time }
      if (key.startsWith(claim)) return openKey(key, 'chosen', quoted(key), { optional: true })
      return isGlobalKey(key)
        ? openKey(key, 'unknown', `${quoted(key)} in federated calls`, { optional: true, cause: 'doubt' })
        : NEVER
    },
  }
}
