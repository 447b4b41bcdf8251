import { quoted } from '../text/quote.js'
import type { RuleOn } from './rule.js'

/**
 * A token from a Secret, as clusters before 1.24 made one for every service account. It never ends, is taken for any
 * audience by its cluster, and lies in the cluster's store and its backups. AWS has no use for it.
 * @see https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets
 */
export const legacyToken: RuleOn<'token'> = {
  id: 'legacy-token',
  severity: 'high',
  summary: 'the token is one from a Secret: it never expires, and AWS never takes it',
  since: '0.1.0',
  kind: 'exposure',
  on: 'token',

  *check({ token: { token } }) {
    if (token.mechanism !== 'legacy') return
    const from = token.boundTo === undefined ? '' : ` ${quoted(token.boundTo.name)}`
    const end = token.expires === undefined ? 'it is good until the Secret is deleted' : token.expires.words
    yield {
      message: `the token is a legacy one, from the Secret${from}: ${end}, and STS and EKS Pod Identity refuse it`,
      help: 'delete the Secret once nothing uses it, and give pods a projected token; for AWS the webhook or the association does so',
    }
  },
}
