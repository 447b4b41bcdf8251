import { type EksIssuer, parseEksIssuer, sharedIssuer } from '../mechanisms/issuers.js'
import {
  API_SERVER_AUDIENCES,
  SUBJECT_PREFIX,
  isNamespaceName,
  isServiceAccountName,
} from '../mechanisms/kubernetes-names.js'
import { quoted } from '../text/quote.js'
import { type Claims, type Header, readClaims, readHeader } from './claims.js'
import { type CompactToken, parseCompact } from './compact.js'
import type { BoundObject, DecodedToken, IssuerKind, TokenMechanism } from './token.js'
import { timeOf } from './words.js'

export interface DecodeOptions {
  /** The time that the token is looked at; the current time by default. */
  readonly now?: Date
}

/** The audience that STS takes where nothing else is set up, and the one of kOps. */
const STS_AUDIENCES = ['sts.amazonaws.com', 'amazonaws.com']
const POD_IDENTITY_AUDIENCE = 'pods.eks.amazonaws.com'
const LEGACY_ISSUER = 'kubernetes/serviceaccount'
const HTTPS = 'https://'

/**
 * Reads a token without checking its signature: whoever made the text could have written anything into it. A claim of a
 * wrong type is left out and is a sentence of `problems`. Neither the result nor an error holds the signature or a part
 * of the token's text.
 *
 * @param token the text of the token; white space around it is left out
 * @throws InputError `E_NOT_A_TOKEN`, `E_TOO_LARGE`
 * @example
 * ```ts
 * import { decodeToken } from '@podtrust/core/tokens'
 *
 * const { serviceAccount, audiences, expires } = decodeToken(await readFile(file, 'utf8'))
 * console.log(serviceAccount, audiences, expires?.words) // { namespace: 'prod', name: 'app' } [ 'sts.amazonaws.com' ] expires in 23 hours
 * ```
 */
export function decodeToken(token: string, options: DecodeOptions = {}): DecodedToken {
  return decodedOf(parseCompact(token), options)
}

/** The same from the parts. */
export function decodedOf(compact: CompactToken, { now = new Date() }: DecodeOptions = {}): DecodedToken {
  const header = readHeader(compact.header)
  const claims = readClaims(compact.claims)
  const { iss, sub, aud = [], azp, jti, iat, nbf, exp, 'kubernetes.io': kubernetes } = claims.value
  const serviceAccount = serviceAccountOf(sub)
  const facts = { issuer: iss, isKubernetes: isKubernetes(claims.value), audiences: aud, azp }
  const since = iat ?? nbf
  const node = kubernetes?.pod === undefined ? undefined : kubernetes.node
  return {
    asOf: now,
    algorithm: header.value.alg,
    keyId: header.value.kid,
    issuer: iss,
    issuerKind: iss === undefined ? undefined : issuerKindOf(iss),
    subject: sub,
    serviceAccount,
    audiences: aud,
    authorizedParty: azp,
    issuedAt: iat === undefined ? undefined : timeOf(iat, now, { ahead: 'to be issued', past: 'issued' }),
    notBefore:
      nbf === undefined ? undefined : timeOf(nbf, now, { ahead: 'becomes valid', past: 'became valid' }),
    expires: exp === undefined ? undefined : timeOf(exp, now, { ahead: 'expires', past: 'expired' }),
    warnAfter:
      kubernetes?.warnafter === undefined
        ? undefined
        : timeOf(kubernetes.warnafter, now, { ahead: 'is due for renewal', past: 'was due for renewal' }),
    lifetime: exp === undefined || since === undefined ? undefined : exp - since,
    boundTo: boundObjectOf(claims.value),
    node: node?.name === undefined ? undefined : { name: node.name, uid: node.uid },
    id: jti,
    ...purposeOf(facts),
    problems: [
      ...compact.repeated.map(
        (part) =>
          `the ${part === 'claims' ? 'claims name' : 'header names'} something twice; readers differ in which of them counts`,
      ),
      ...header.problems,
      ...claims.problems,
      ...contradictionsOf(header.value, claims.value, compact),
    ],
    unread: claims.unread,
    otherClaims: Object.keys(compact.claims).filter((name) => !KNOWN_CLAIMS.has(name)),
  }
}

const KNOWN_CLAIMS: ReadonlySet<string> = new Set([
  'iss',
  'sub',
  'aud',
  'azp',
  'jti',
  'iat',
  'nbf',
  'exp',
  'kubernetes.io',
  'kubernetes.io/serviceaccount/namespace',
  'kubernetes.io/serviceaccount/secret.name',
  'kubernetes.io/serviceaccount/service-account.name',
  'kubernetes.io/serviceaccount/service-account.uid',
])

function serviceAccountOf(subject: string | undefined): DecodedToken['serviceAccount'] {
  if (!subject?.startsWith(SUBJECT_PREFIX)) return undefined
  const [namespace, name, ...more] = subject.slice(SUBJECT_PREFIX.length).split(':')
  if (namespace === undefined || name === undefined || more.length > 0) return undefined
  return isNamespaceName(namespace) && isServiceAccountName(name) ? { namespace, name } : undefined
}

function isKubernetes({ sub, 'kubernetes.io': kubernetes }: Claims): boolean {
  return sub?.startsWith(SUBJECT_PREFIX) === true || kubernetes !== undefined
}

function issuerKindOf(issuer: string): IssuerKind {
  if (issuer === LEGACY_ISSUER) return { kind: 'legacy' }
  const address = issuer.startsWith(HTTPS) ? issuer.slice(HTTPS.length) : ''
  const eks: EksIssuer | undefined = parseEksIssuer(address)
  if (eks !== undefined) return { kind: 'eks', ...eks }
  const shared = sharedIssuer(address)
  return shared === undefined ? { kind: 'other' } : { kind: 'shared', name: shared.name }
}

function boundObjectOf(claims: Claims): BoundObject | undefined {
  const { 'kubernetes.io': kubernetes, 'kubernetes.io/serviceaccount/secret.name': secret } = claims
  for (const kind of ['pod', 'secret', 'node'] as const) {
    const { name, uid } = kubernetes?.[kind] ?? {}
    if (name !== undefined) return { kind, name, uid }
  }
  return secret === undefined ? undefined : { kind: 'secret', name: secret, uid: undefined }
}

interface PurposeFacts {
  readonly issuer: string | undefined
  readonly isKubernetes: boolean
  readonly audiences: readonly string[]
  readonly azp: string | undefined
}

/** What takes the token, told from its issuer, subject and audiences. */
function purposeOf(facts: PurposeFacts): { readonly mechanism: TokenMechanism; readonly use: string } {
  const { issuer, isKubernetes: ofKubernetes, audiences, azp } = facts
  if (issuer === LEGACY_ISSUER) {
    return {
      mechanism: 'legacy',
      use: 'a token from a Secret: the API server of its cluster takes it, AWS never does',
    }
  }
  if (!ofKubernetes) return otherIssuersUse(facts)
  // STS takes one audience; the others look whether theirs is among them.
  const forSts = azp ?? (audiences.length === 1 ? audiences[0] : undefined)
  if (forSts !== undefined && STS_AUDIENCES.includes(forSts)) {
    return {
      mechanism: 'irsa',
      use: `IRSA: STS takes it for roles of every account that has an OIDC provider of the issuer with the client id ${quoted(forSts)}`,
    }
  }
  if (audiences.includes(POD_IDENTITY_AUDIENCE)) {
    return {
      mechanism: 'pod-identity',
      use: 'EKS Pod Identity: the agent on the node takes it where an association names the service account',
    }
  }
  if (audiences.some((one) => API_SERVER_AUDIENCES.includes(one) || one === issuer)) {
    return { mechanism: 'api-server', use: 'the API server of its cluster; it is not meant for AWS' }
  }
  return { mechanism: 'other', use: unknownUse(forSts, audiences) }
}

function otherIssuersUse({ audiences, azp, issuer }: PurposeFacts): ReturnType<typeof purposeOf> {
  const audience = azp ?? (audiences.length === 1 ? audiences[0] : undefined)
  const isWeb = issuer?.startsWith(HTTPS) === true && audience !== undefined
  return isWeb
    ? {
        mechanism: 'web-identity',
        use: `a token of no Kubernetes cluster: STS takes it where an OIDC provider of the issuer has the client id ${quoted(audience)}`,
      }
    : { mechanism: 'other', use: unknownUse(audience, audiences) }
}

function unknownUse(audience: string | undefined, audiences: readonly string[]): string {
  if (audience !== undefined) {
    return `STS takes it only where an OIDC provider of the issuer has the client id ${quoted(audience)}`
  }
  return audiences.length === 0
    ? 'nothing of AWS: STS refuses a token without an audience'
    : 'nothing of AWS: STS refuses a token with more than one audience'
}

/** What in a token cannot all be true, or does not belong into one of Kubernetes. */
function* contradictionsOf(header: Header, claims: Claims, compact: CompactToken): Generator<string> {
  const { iss, sub, 'kubernetes.io': kubernetes } = claims
  const named = serviceAccountOf(sub)
  if (sub?.startsWith(SUBJECT_PREFIX) && named === undefined) {
    yield `the subject ${quoted(sub)} names no service account that Kubernetes would allow`
  }
  const namespace = kubernetes?.namespace ?? claims['kubernetes.io/serviceaccount/namespace']
  const name = kubernetes?.serviceaccount?.name ?? claims['kubernetes.io/serviceaccount/service-account.name']
  if (named !== undefined) {
    if (namespace !== undefined && namespace !== named.namespace) {
      yield `the subject and the claims of Kubernetes name different namespaces: ${quoted(named.namespace)} and ${quoted(namespace)}`
    }
    if (name !== undefined && name !== named.name) {
      yield `the subject and the claims of Kubernetes name different service accounts: ${quoted(named.name)} and ${quoted(name)}`
    }
  }
  const bound = (['pod', 'secret'] as const).filter((kind) => kubernetes?.[kind] !== undefined)
  if (bound.length > 1)
    yield `it is bound to a ${bound.join(' and a ')} at once, and Kubernetes binds a token to one object`
  if (iss !== undefined && iss !== LEGACY_ISSUER && !iss.startsWith(HTTPS)) {
    yield `the issuer ${quoted(iss)} does not begin with ${quoted(HTTPS)}, so that no OIDC provider can be of it`
  }
  const required = iss === LEGACY_ISSUER ? [] : (['iss', 'sub', 'iat', 'exp'] as const)
  for (const claim of required) {
    if (!(claim in compact.claims)) yield `the claim ${quoted(claim)} is missing, and STS requires it`
  }
  if (header.alg === undefined && !('alg' in compact.header)) yield 'the header names no algorithm'
  for (const parameter of ['jku', 'x5u', 'jwk', 'x5c']) {
    if (parameter in compact.header)
      yield `the header brings its own key (${quoted(parameter)}); it is not followed`
  }
}
