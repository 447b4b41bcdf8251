import { CLOCK_TOLERANCE_SECONDS } from '../tokens/algorithms.js'
import type { RuleOn } from './rule.js'

/** The time of a token has not come: a clock is off, or somebody made the token for later. */
export const notYetValidToken: RuleOn<'token'> = {
  id: 'not-yet-valid-token',
  severity: 'info',
  summary: 'the token is not valid yet',
  since: '0.1.0',
  kind: 'breakage',
  on: 'token',

  *check({ token: { token } }) {
    const { notBefore, issuedAt, asOf } = token
    const times = [notBefore, issuedAt].filter((time) => time !== undefined)
    const [first] = times.filter(({ at }) => at > asOf)
    if (first === undefined) return
    const ahead = (first.at.getTime() - asOf.getTime()) / 1000
    const grace =
      ahead < CLOCK_TOLERANCE_SECONDS ? '; STS lets clocks be five minutes off and may take it already' : ''
    yield {
      message: `the token ${first === notBefore ? first.words : `is ${first.words}`}${grace}`,
      help: 'compare the clock of this machine with that of the cluster',
    }
  },
}
