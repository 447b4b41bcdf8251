import { quoted } from '../text/quote.js'
import type { RuleOn } from './rule.js'

/**
 * A token of a service account that no pod ends. One that is bound to its pod is refused by the API server as
 * soon as the pod is gone; an unbound one stays good until it expires.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens
 */
export const unboundToken: RuleOn<'token'> = {
  id: 'unbound-token',
  severity: 'low',
  summary: 'the token is bound to no pod: it outlives the workload',
  since: '0.1.0',
  kind: 'exposure',
  on: 'token',

  *check({ token: { token } }) {
    const { serviceAccount, boundTo, mechanism } = token
    if (serviceAccount === undefined || mechanism === 'legacy' || boundTo?.kind === 'pod') return
    const bound =
      boundTo === undefined
        ? 'to nothing'
        : `to the ${boundTo.kind === 'secret' ? 'Secret' : boundTo.kind} ${quoted(boundTo.name)} and to no pod`
    yield {
      message: `the token is bound ${bound}: it is good until it expires, whatever becomes of the workload`,
      help: 'use the token that is projected into the pod; `kubectl create token` binds one with `--bound-object-kind Pod`',
    }
  },
}
