import type { AwsPrincipalTrust } from '../trust/analyze.js'

const UNNAMED = ['role/podtrust-unnamed-role', 'user/podtrust-unnamed-user']

/**
 * A role or user of the class that no policy names, where the trust lets one in: then it trusts the class as
 * a whole. What the input leaves open does not count.
 */
export function unnamedPrincipal(trust: AwsPrincipalTrust): string | undefined {
  const isBound = trust.undecided.some(({ cause }) => cause === 'missing-input')
  const principals = isBound ? trust.certainPrincipals : trust.principals
  // Every ARN of a class begins alike: `arn:PARTITION:iam::ACCOUNT:`.
  const [arn, partition, , , account] = (principals.witness() ?? '').split(':')
  if (arn !== 'arn') return undefined
  return UNNAMED.map((name) => `arn:${partition}:iam::${account}:${name}`).find((one) => principals.has(one))
}
