import { compactVerify, errors, importJWK } from 'jose'
import { ArgumentError } from '../errors.js'
import { escaped, quoted } from '../text/quote.js'
import { algorithmProblem, isSignatureAlgorithm } from './algorithms.js'
import { type CompactToken, parseCompact } from './compact.js'
import { type DecodeOptions, decodedOf } from './decode.js'
import { type KeySet, keyFor, readKeySet } from './key-set.js'
import type { DecodedToken, SignatureVerdict } from './token.js'

export type VerifyOptions = DecodeOptions & {
  /**
   * The issuer that the token must be of, `https://` included. Needed for fetching keys of an issuer that is no EKS
   * cluster.
   */
  readonly issuer?: string
  readonly signal?: AbortSignal
} & KeySource

/** Where the keys are from: a key set at hand, or the issuer. */
export type KeySource =
  | { readonly jwks: string | KeySet; readonly fetchJwks?: undefined }
  | { readonly fetchJwks: true | FetchLimits; readonly jwks?: undefined }

export interface FetchLimits {
  /** For all of it, 10 seconds by default. */
  readonly timeoutMs?: number
}

export interface VerifiedToken {
  readonly token: DecodedToken
  readonly signature: SignatureVerdict
}

/**
 * Reads a token and checks its signature. The algorithms are those that STS takes and no others, whatever the token and
 * the keys say; only public RSA and EC keys of the key set are used; where the token says its key is to be had (`jku`,
 * `x5u`, `jwk`) does not matter. Times and audience are not part of the verdict: they are facts of the token.
 *
 * With `fetchJwks` the key set is fetched from the issuer that the token names, which is the one thing that goes over
 * the network: over https, to a public address, from a host of EKS or of the issuer that `issuer` names, without
 * following redirects. In a browser only `jwks` works.
 *
 * @throws InputError where the text is no token, the key set none, or the keys are not to be had
 * (`E_FETCH_REFUSED`, `E_FETCH_FAILED`); nothing it throws holds a part of the token
 * @example
 * ```ts
 * import { verifyToken } from '@podtrust/core/tokens'
 *
 * const { token, signature } = await verifyToken(text, { fetchJwks: true })
 * if (!signature.holds) console.error(signature.message)
 * ```
 */
export async function verifyToken(token: string, options: VerifyOptions): Promise<VerifiedToken> {
  const compact = parseCompact(token)
  const decoded = decodedOf(compact, options)
  const { issuer } = options
  const refused = refusalOf(compact, decoded, issuer)
  if (refused !== undefined) return { token: decoded, signature: refused }
  const keySet = await keySetFor(decoded, options)
  options.signal?.throwIfAborted()
  const isOfIssuer = issuer !== undefined || options.fetchJwks !== undefined
  return {
    token: decoded,
    signature: await check(compact, decoded, keySet, isOfIssuer ? decoded.issuer : undefined),
  }
}

/** What needs no key to be told. */
function refusalOf(
  { header, isSigned }: CompactToken,
  { algorithm, issuer }: DecodedToken,
  expected: string | undefined,
): SignatureVerdict | undefined {
  if (!isSignatureAlgorithm(algorithm)) return bad('algorithm', algorithmProblem(algorithm))
  if (!isSigned) return bad('signature', 'the token has no signature: its third part is empty')
  if ('crit' in header || 'b64' in header) {
    return bad(
      'header',
      'the header asks more of whoever checks it than a token of an issuer may (`crit`, `b64`)',
    )
  }
  if (expected === undefined || issuer === expected) return undefined
  const named = issuer === undefined ? 'names no issuer' : `is of the issuer ${quoted(issuer)}`
  return bad('issuer', `the token ${named}, and not of ${quoted(expected)}`)
}

async function keySetFor(token: DecodedToken, options: VerifyOptions): Promise<KeySet> {
  const { jwks, fetchJwks, issuer, signal } = options
  if (jwks !== undefined) return readKeySet(jwks)
  if (fetchJwks === undefined) throw new ArgumentError('E_INVALID_ARGUMENT', 'give `jwks` or `fetchJwks`')
  // Whoever has the keys at hand loads nothing that could reach a network.
  const { fetchKeySet } = await import('./fetch-key-set.js')
  return fetchKeySet(token.issuer, {
    isNamed: issuer !== undefined,
    ...(fetchJwks === true ? {} : fetchJwks),
    ...(signal === undefined ? {} : { signal }),
  })
}

async function check(
  { text }: CompactToken,
  { algorithm, keyId }: DecodedToken,
  { keys }: KeySet,
  issuer: string | undefined,
): Promise<SignatureVerdict> {
  if (!isSignatureAlgorithm(algorithm)) throw new TypeError('the algorithm is looked at before the keys')
  const fitting = keys
    .filter(({ kid }) => keyId === undefined || kid === keyId)
    .flatMap((key) => keyFor(algorithm, key) ?? [])
  if (fitting.length === 0) return bad('unknown-key', unknownKey(keyId, algorithm, keys))
  let unusable = 0
  for (const jwk of fitting) {
    try {
      await compactVerify(text, await importJWK({ ...jwk }, algorithm), { algorithms: [algorithm] })
      return { holds: true, algorithm, keyId, issuer }
    } catch (error) {
      // Errors of jose may carry the token: only their kind goes any further.
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) unusable++
    }
  }
  return unusable === fitting.length
    ? bad('unknown-key', 'the key of the token is no usable key: it is malformed, or shorter than 2,048 bits')
    : bad(
        'signature',
        'the signature is not of the key that the token names: the claims were changed, or another key signed them',
      )
}

function unknownKey(keyId: string | undefined, algorithm: string, { length }: KeySet['keys']): string {
  const keys = length === 1 ? 'its one key' : `its ${length} keys`
  const none = length === 1 ? 'is not' : 'none is'
  if (length === 0) return 'the key set is empty'
  return keyId === undefined
    ? `the token names no key, and of the key set ${keys} ${none} for ${escaped(algorithm)}`
    : `the key set lacks the key ${quoted(keyId)} for ${escaped(algorithm)}; of ${keys} ${none} the one: the token is of another issuer, or of keys that were replaced`
}

function bad(
  reason: Exclude<SignatureVerdict, { readonly holds: true }>['reason'],
  message: string,
): SignatureVerdict {
  return { holds: false, reason, message }
}
