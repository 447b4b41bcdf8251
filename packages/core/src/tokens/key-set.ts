/** JSON Web Key Sets (RFC 7517), as far as a signature that STS takes can need them. */
import * as z from 'zod/mini'
import { InputError } from '../errors.js'
import { parseJson } from '../text/json.js'
import type { SignatureAlgorithm } from './algorithms.js'

/** A key set as `/openid/v1/jwks` of an API server and the `jwks_uri` of an issuer give it. */
export interface KeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[]
}

/** The public half of a key, and nothing besides: what else a key set holds cannot change what is checked. */
export type PublicKey =
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string }
  | { readonly kty: 'EC'; readonly crv: string; readonly x: string; readonly y: string }

const LONGEST_KEY_SET = 2 ** 20

const keySetSchema = z.object({ keys: z.array(z.record(z.string(), z.unknown())) })
const rsa = z.object({ kty: z.literal('RSA'), n: z.string(), e: z.string() })
const ec = z.object({ kty: z.literal('EC'), crv: z.string(), x: z.string(), y: z.string() })

/**
 * Reads a key set from its text or its value.
 *
 * @throws InputError `E_NOT_JSON`, `E_TOO_DEEP`, `E_TOO_LARGE`, `E_NOT_A_KEY_SET`
 */
export function readKeySet(jwks: string | KeySet, name: string = 'key set'): KeySet {
  const value =
    typeof jwks === 'string' ? parseJson({ name, text: jwks }, { maxLength: LONGEST_KEY_SET }).value : jwks
  const parsed = keySetSchema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new InputError('E_NOT_A_KEY_SET', 'not a key set: it has no list `keys` of objects', {
    hint: '`kubectl get --raw /openid/v1/jwks` prints the one of a cluster',
  })
}

const CURVES: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }

/** The public key, where this one may check signatures of the algorithm: a key says so itself or says nothing of it. */
export function keyFor(algorithm: SignatureAlgorithm, key: KeySet['keys'][number]): PublicKey | undefined {
  const { alg, use, key_ops: operations } = key
  if (alg !== undefined && alg !== algorithm) return undefined
  if (use !== undefined && use !== 'sig') return undefined
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify')))
    return undefined
  const curve = CURVES[algorithm]
  const parsed = curve === undefined ? rsa.safeParse(key) : ec.safeParse(key)
  if (!parsed.success) return undefined
  return parsed.data.kty === 'EC' && parsed.data.crv !== curve ? undefined : parsed.data
}
