import { isSignatureAlgorithm } from '../tokens/algorithms.js'
import type { RuleOn } from './rule.js'

/** Nobody has checked the signature: the claims are what somebody wrote, and no more. */
export const unverifiedToken: RuleOn<'token'> = {
  id: 'unverified-token',
  severity: 'info',
  summary: 'the signature was not checked, so nothing about the token is proved',
  since: '0.1.0',
  kind: 'hygiene',
  on: 'token',

  *check({ token: { token, signature } }) {
    // Where the algorithm is none at all there is nothing to check.
    if (signature !== undefined || !isSignatureAlgorithm(token.algorithm)) return
    yield {
      message:
        'the signature was not checked: the claims are what the text says, and anybody could have written them',
      help: 'check it with `--jwks FILE` (`kubectl get --raw /openid/v1/jwks` prints the keys of a cluster) or `--fetch-jwks`',
    }
  },
}
