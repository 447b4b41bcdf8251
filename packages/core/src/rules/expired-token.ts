import { CLOCK_TOLERANCE_SECONDS } from '../tokens/algorithms.js'
import type { RuleOn } from './rule.js'

/**
 * The time of a token is over. The file of a pod is renewed in place, at 80 percent of the token's life; who finds an
 * expired one read it once and kept it, or copied it.
 */
export const expiredToken: RuleOn<'token'> = {
  id: 'expired-token',
  severity: 'info',
  summary: 'the token has expired',
  since: '0.1.0',
  kind: 'breakage',
  on: 'token',

  *check({ token: { token } }) {
    const { expires, asOf } = token
    if (expires === undefined || expires.at > asOf) return
    const over = (asOf.getTime() - expires.at.getTime()) / 1000
    const grace =
      over < CLOCK_TOLERANCE_SECONDS ? '; STS lets clocks be five minutes off and may still take it' : ''
    yield {
      message: `the token ${expires.words}${grace}`,
      help: 'read the file of the running pod: the kubelet renews it in place, and an SDK that keeps the first token has to be updated',
    }
  },
}
