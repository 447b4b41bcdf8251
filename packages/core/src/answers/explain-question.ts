import type { ServiceAccountName } from '../trust/service-account-set.js'

/** Whether one caller can assume one role. */
export type ExplainQuestion = ServiceAccountQuestion | TokenQuestion

export interface ServiceAccountQuestion {
  /** The name, ARN or address of a role. */
  readonly role: string
  readonly serviceAccount: ServiceAccountName
  /** The name or ARN of its cluster; the only one of the inputs where it is left out. */
  readonly cluster?: string
  /** The audience of the token; what the service account asks for, else `sts.amazonaws.com`. */
  readonly audience?: string
  /** How the role is to be assumed; what the pod would really use where it is left out. */
  readonly mechanism?: 'irsa' | 'pod-identity'
}

export interface TokenQuestion {
  readonly role: string
  readonly token: TokenFacts
  /** The cluster of the token, where its issuer does not tell. */
  readonly cluster?: string
}

/** What a token says, as `decodeToken` gives it. */
export interface TokenFacts {
  /** The `iss` claim, `https://` included. */
  readonly issuer?: string | undefined
  readonly subject?: string | undefined
  readonly audiences: readonly string[]
  /** The `azp` claim. */
  readonly authorizedParty?: string | undefined
  readonly issuedAt?: { readonly at: Date } | undefined
  readonly notBefore?: { readonly at: Date } | undefined
  readonly expires?: { readonly at: Date } | undefined
}

export interface ExplainOptions {
  /** The time of the call; the current time by default. */
  readonly now?: Date
}
