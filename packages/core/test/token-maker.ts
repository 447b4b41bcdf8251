import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { CompactSign, importJWK } from 'jose'

/** Tokens as EKS makes them, signed with the keys of `fixtures/tokens`, and a watch over where their text turns up. */

type Members = Readonly<Record<string, unknown>>

const fixture = (name: string): string =>
  readFileSync(new URL(`./fixtures/tokens/${name}`, import.meta.url), 'utf8')

export const ISSUER = 'https://oidc.eks.eu-west-1.amazonaws.com/id/8A5F3C1E90B24D67A1C2E3F405162738'
export const NOW = new Date('2026-06-01T00:00:00Z')
const nowSeconds = NOW.getTime() / 1000

export type KeyName = 'rsa' | 'stranger' | 'ec'

function privateKey(name: KeyName): Record<string, unknown> {
  return JSON.parse(fixture(`test-only-${name}.private.jwk.json`)) as Record<string, unknown>
}

export function publicKey(name: KeyName): Record<string, unknown> {
  const { kty, kid, alg, use, n, e, crv, x, y } = privateKey(name)
  return JSON.parse(JSON.stringify({ kty, kid, alg, use, n, e, crv, x, y })) as Record<string, unknown>
}

/** The key set of the test issuer, as `/openid/v1/jwks` gives it. */
export const KEY_SET = { keys: [publicKey('ec'), publicKey('rsa')] }

export const TLS = { cert: fixture('test-only-tls.cert.pem'), key: fixture('test-only-tls.key.pem') }

/** The claims of a token that the webhook of EKS mounts, an hour old; `undefined` takes a claim away. */
export function claimsOf(more: Members = {}): Members {
  const issued = nowSeconds - 3600
  const claims: Members = {
    aud: ['sts.amazonaws.com'],
    exp: issued + 86_400,
    iat: issued,
    iss: ISSUER,
    jti: '4f0c1e52-7b7a-4a43-9d6a-2f1a3b4c5d6e',
    'kubernetes.io': {
      namespace: 'prod',
      node: { name: 'ip-10-0-1-17.eu-west-1.compute.internal', uid: '7f2f6f4e-50d2-4b8e-8a3c-0c1d2e3f4a5b' },
      pod: { name: 'app-6d5f7c9b8-x2x7q', uid: '0f6e5d4c-3b2a-4190-8f7e-6d5c4b3a2918' },
      serviceaccount: { name: 'app', uid: '9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d' },
    },
    nbf: issued,
    sub: 'system:serviceaccount:prod:app',
    ...more,
  }
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined))
}

const made = new Set<string>()

/** Signs claims, or any text in their place. */
export async function signed(
  claims: Members | string,
  { key = 'rsa', header = {} }: { readonly key?: KeyName | Uint8Array; readonly header?: Members } = {},
): Promise<string> {
  const jwk = key instanceof Uint8Array ? undefined : privateKey(key)
  const alg = String(header['alg'] ?? jwk?.['alg'])
  const secret = jwk === undefined ? (key as Uint8Array) : await importJWK(jwk, alg)
  const payload = typeof claims === 'string' ? claims : JSON.stringify(claims)
  const token = await new CompactSign(new TextEncoder().encode(payload))
    .setProtectedHeader({ alg, ...(jwk === undefined ? {} : { kid: String(jwk['kid']) }), ...header })
    .sign(secret)
  return remembered(token)
}

/** A token with a signature of our own, made of whatever parts. */
export function unsigned(
  header: Members | string,
  claims: Members | string,
  signature: string = 'bm90LWEtc2lnbmF0dXJlLWF0LWFsbA',
): string {
  const part = (value: Members | string): string =>
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
  return remembered(`${part(header)}.${part(claims)}.${signature}`)
}

export function remembered(token: string): string {
  made.add(token)
  return token
}

const shown: string[] = []

/** Keeps what somebody could see of a value: printed, inspected to the bottom, or as JSON. */
export function watched<T>(value: T): T {
  shown.push(
    typeof value === 'string'
      ? value
      : inspect(value, { depth: 20, showHidden: true, maxStringLength: null }),
  )
  if (value instanceof Error)
    shown.push(String(value), value.stack ?? '', inspect(value.cause, { depth: 20 }))
  else if (typeof value === 'object') shown.push(JSON.stringify(value))
  return value
}

/** Where a token, its signature or another of its parts was shown; and how much was looked at. */
export function leaks(texts: readonly string[] = shown): {
  readonly found: readonly string[]
  readonly tokens: number
  readonly shown: number
} {
  const secrets = [...made]
    .flatMap((token) => [token, ...token.split('.')])
    .filter(({ length }) => length >= 12)
  const found = texts.flatMap((text) =>
    secrets
      .filter((secret) => text.includes(secret))
      .map((secret) => `${secret.slice(0, 20)}… in ${text.slice(0, 200)}`),
  )
  return { found, tokens: made.size, shown: texts.length }
}
