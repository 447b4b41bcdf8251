export type { SignatureAlgorithm } from './algorithms.js'
export type { DecodeOptions } from './decode.js'
export { decodeToken } from './decode.js'
export type { KeySet } from './key-set.js'
export type {
  BoundObject,
  DecodedToken,
  IssuerKind,
  SignatureVerdict,
  TokenMechanism,
  TokenTime,
} from './token.js'
export type { FetchLimits, KeySource, VerifiedToken, VerifyOptions } from './verify.js'
export { verifyToken } from './verify.js'
