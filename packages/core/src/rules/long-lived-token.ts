import { durationWords } from '../tokens/words.js'
import type { RuleOn } from './rule.js'

/** What EKS gives at most, and what its webhook asks for. */
const LONGEST = 24 * 3600

/**
 * A token that lives longer than a day. Whoever copies it has that long to use it from anywhere: STS looks at the token
 * alone, and nothing takes it back but the end of what it is bound to, which STS does not see.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/service-accounts.html
 */
export const longLivedToken: RuleOn<'token'> = {
  id: 'long-lived-token',
  severity: 'medium',
  summary: 'the token lives longer than 24 hours',
  since: '0.1.0',
  kind: 'exposure',
  on: 'token',

  *check({ token: { token } }) {
    // That a legacy token never ends is what makes it one.
    if (token.mechanism === 'legacy') return
    const { lifetime, expires, warnAfter, unread } = token
    if (expires === undefined && !unread.includes('exp')) {
      yield { message: 'the token never expires: it has no claim `exp`', help: HELP }
      return
    }
    if (lifetime === undefined || lifetime <= LONGEST) return
    if (warnAfter === undefined) {
      yield { message: `the token lives for ${durationWords(lifetime)}`, help: HELP }
      return
    }
    yield {
      message: `the token lives for ${durationWords(lifetime)}: the API server extended it, so that clients which never read it anew do not fail`,
      help: 'mount no token for the API server where the pod needs none: `automountServiceAccountToken: false`',
    }
  },
}

const HELP =
  'ask for a shorter one (`expirationSeconds` of the projected volume, `--duration` of `kubectl create token`), and read the file anew before each use'
