import { quoted } from '../text/quote.js'

/**
 * The signatures that STS takes.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export const SIGNATURE_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'] as const

export type SignatureAlgorithm = (typeof SIGNATURE_ALGORITHMS)[number]

export function isSignatureAlgorithm(text: string | undefined): text is SignatureAlgorithm {
  return SIGNATURE_ALGORITHMS.some((known) => known === text)
}

/** Why the algorithm of a header is none that STS takes, one clause. */
export function algorithmProblem(algorithm: string | undefined): string {
  if (algorithm === undefined) return 'the header names no algorithm, so that nothing vouches for the claims'
  if (algorithm.toLowerCase() === 'none') {
    return 'the header says `none`: the token is not signed, and anybody can write one'
  }
  const why = algorithm.startsWith('HS')
    ? ', which signs with a secret: whoever has the public key could pass it off as that'
    : ''
  return `the header names the algorithm ${quoted(algorithm)}${why}; STS takes ${SIGNATURE_ALGORITHMS.join(', ')}`
}

/** What STS allows a clock to be off. */
export const CLOCK_TOLERANCE_SECONDS = 300
