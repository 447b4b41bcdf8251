import type { SignatureAlgorithm } from './algorithms.js'

/** What is known of a token, as data. Neither its signature nor any part of its text is in here. */

/** A token whose header and claims were read. Nothing in it is proved before a signature is. */
export interface DecodedToken {
  /** The time that it is told from, in the words of times and in what rules say of them. */
  readonly asOf: Date
  /** The `alg` of the header; `undefined` where it has none. */
  readonly algorithm: string | undefined
  /** The `kid` of the header. */
  readonly keyId: string | undefined
  /** The `iss` claim as it stands, `https://` included. */
  readonly issuer: string | undefined
  readonly issuerKind: IssuerKind | undefined
  /** The `sub` claim as it stands. */
  readonly subject: string | undefined
  /** Who the subject is, where it names a service account of Kubernetes. */
  readonly serviceAccount: { readonly namespace: string; readonly name: string } | undefined
  /** The `aud` claim as a list. */
  readonly audiences: readonly string[]
  /** The `azp` claim, which STS takes for the audience where it is there. Kubernetes never sets it. */
  readonly authorizedParty: string | undefined
  readonly issuedAt: TokenTime | undefined
  readonly notBefore: TokenTime | undefined
  /** `undefined` where the token never ends, or does not say so in a way that can be read (`unread`). */
  readonly expires: TokenTime | undefined
  /** When an extended token was meant to end: from then on the API server counts its uses as stale. */
  readonly warnAfter: TokenTime | undefined
  /** Seconds from `iat`, else `nbf`, to `exp`. */
  readonly lifetime: number | undefined
  /** What ends the token when it is deleted. */
  readonly boundTo: BoundObject | undefined
  /** The node of the pod that a token is bound to. */
  readonly node: { readonly name: string; readonly uid: string | undefined } | undefined
  /** The `jti` claim. */
  readonly id: string | undefined
  readonly mechanism: TokenMechanism
  /** What takes the token and what it needs for that, one clause. */
  readonly use: string
  /** What of it could not be read, and what in it contradicts itself; each one clause. */
  readonly problems: readonly string[]
  /** Claims of a wrong type, which are left out: their names, with dots in front of what is inside of one. */
  readonly unread: readonly string[]
  /** Names of the claims that are not told above. */
  readonly otherClaims: readonly string[]
}

/** An instant, and how far it is from the time that was asked for. */
export interface TokenTime {
  readonly at: Date
  /** A clause with a verb: `expires in 23 hours`, `issued 1 hour ago`. */
  readonly words: string
}

/** What a token is made for. `legacy` tokens come from secrets and work with the API server alone. */
export type TokenMechanism = 'irsa' | 'pod-identity' | 'api-server' | 'legacy' | 'web-identity' | 'other'

export type IssuerKind =
  | { readonly kind: 'eks'; readonly region: string; readonly id: string }
  /** One that many customers share, such as GitHub Actions. */
  | { readonly kind: 'shared'; readonly name: string }
  | { readonly kind: 'legacy' }
  | { readonly kind: 'other' }

/** A bound token ends with its object. */
export interface BoundObject {
  readonly kind: 'pod' | 'secret' | 'node'
  readonly name: string
  readonly uid: string | undefined
}

/** What came of checking a signature. */
export type SignatureVerdict =
  | {
      readonly holds: true
      readonly algorithm: SignatureAlgorithm
      readonly keyId: string | undefined
      /** The issuer that the keys are of, where they were fetched from it or it was named. */
      readonly issuer: string | undefined
    }
  | {
      readonly holds: false
      readonly reason: 'algorithm' | 'header' | 'issuer' | 'unknown-key' | 'signature'
      /** One clause. */
      readonly message: string
    }
