import { algorithmProblem, isSignatureAlgorithm } from '../tokens/algorithms.js'
import type { RuleOn } from './rule.js'

/**
 * The signature does not hold: the claims were changed, somebody else signed them, or nobody did. Also where no key is
 * needed to tell, since the algorithm is none that vouches for anything (`none`), or one that takes the public key for a
 * secret (HS256).
 * @see https://datatracker.ietf.org/doc/html/rfc8725#section-2.1
 */
export const badTokenSignature: RuleOn<'token'> = {
  id: 'bad-token-signature',
  severity: 'critical',
  summary: 'the signature of the token does not hold',
  since: '0.1.0',
  kind: 'exposure',
  on: 'token',

  *check({ token: { token, signature } }) {
    if (signature?.holds === true) return
    if (signature === undefined && isSignatureAlgorithm(token.algorithm)) return
    yield {
      message: signature?.message ?? algorithmProblem(token.algorithm),
      help: 'do not trust its claims, and find out where the token is from; STS refuses it',
    }
  },
}
