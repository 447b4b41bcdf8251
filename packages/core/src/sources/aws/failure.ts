import type { MissOutcome } from '../snapshot/record.js'

/** Why a call gave nothing, told by its error alone. */
export interface Failure {
  readonly outcome: MissOutcome
  /** One line, without credentials. */
  readonly message: string
  /** The same for failures that differ in nothing but what they were asked about. */
  readonly kind: string
  /** AWS says that what was asked for does not exist. */
  readonly isGone?: true
  /** Every later call would fail in the same way. The reason completes "not asked: ...". */
  readonly endsRun?: string
}

/** What was asked and answered: an answer that is no answer is a failure, too. */
export type Answer<Output> =
  | { readonly ok: true; readonly output: Output }
  | { readonly ok: false; readonly failure: Failure }

const DENIED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'NotAuthorized',
  'UnauthorizedOperation',
  'UnauthorizedException',
])

/** @see `@smithy/core` retry, THROTTLING_ERROR_CODES */
const THROTTLED = new Set([
  'BandwidthLimitExceeded',
  'EC2ThrottledException',
  'LimitExceededException',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'TransactionInProgressException',
])

const GONE = new Set([
  'NoSuchEntity',
  'NoSuchEntityException',
  'NotFoundException',
  'ResourceNotFoundException',
])

const EXPIRED = new Set(['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired'])

const UNKNOWN_CALL = new Set(['InvalidAction', 'UnknownOperationException', 'UnknownOperation'])

/** The credentials are not taken, of which AWS may show parts: a signature's text holds the session token. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['IncompleteSignature', 'the signature of the request is not whole'],
  ['IncompleteSignatureException', 'the signature of the request is not whole'],
  ['InvalidAccessKeyId', 'the access key is not known'],
  ['InvalidClientTokenId', 'the credentials are not known'],
  ['InvalidSignatureException', 'the signature of the request is not accepted'],
  ['MissingAuthenticationToken', 'the request has no credentials'],
  ['MissingAuthenticationTokenException', 'the request has no credentials'],
  ['RequestExpired', 'the request is too old: the clock may be wrong'],
  ['SignatureDoesNotMatch', 'the signature of the request is not accepted'],
  [
    'UnrecognizedClientException',
    'the credentials are not accepted here: the Region may not be enabled for the account, or they come from the global endpoint of STS and are not valid in it',
  ],
])

/** Codes of Node's network stack that mean that nobody answered in time. */
const TIMED_OUT = new Set([
  'ETIMEDOUT',
  'ESOCKETTIMEDOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** Whether the error is one that AWS gives to whoever asks too much. */
export function isThrottled(error: unknown): boolean {
  const { name, status } = factsOf(error)
  return THROTTLED.has(name) || status === 429
}

/**
 * What an error of an SDK client says. Its name and the HTTP status are looked at together: a body in another protocol
 * than the service speaks, as proxies and emulators send it, ends as an error of the parser with the status kept.
 *
 * @see https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/error-handling.html
 */
export function failureOf(error: unknown): Failure {
  const { name, status, code, message } = factsOf(error)
  const as = (outcome: MissOutcome, said: string): Failure => ({
    outcome,
    message: said,
    kind: [name, status ?? '', code].join(' '),
  })

  if (THROTTLED.has(name) || status === 429) return as('throttled', safeLine(message) ?? 'too many requests')
  if (EXPIRED.has(name)) {
    return { ...as('failed', 'the credentials have expired'), endsRun: 'the credentials have expired' }
  }
  if (/(?:Credentials|Token)ProviderError$/.test(name)) {
    return { ...as('failed', 'no credentials could be loaded'), endsRun: 'no credentials could be loaded' }
  }
  const refused = REFUSED.get(name)
  if (refused !== undefined) return as('failed', refused)
  if (DENIED.has(name)) return denied(message, as)
  if (UNKNOWN_CALL.has(name)) return as('failed', 'the endpoint does not know this call')
  if (GONE.has(name)) return { ...as('failed', safeLine(message) ?? 'not found'), isGone: true }
  if (name === 'AbortError' || TIMED_OUT.has(code)) return as('timed-out', 'no answer in time')
  // The SDK calls a connection that was closed a TimeoutError as well.
  if (code !== '') return as('failed', `the connection failed (${code})`)
  if (name === 'TimeoutError') return as('timed-out', 'no answer in time')
  if (isUnreadable(error, name, message)) return unreadable(status, as)
  if (status === 403) return denied(message, as)
  return as('failed', safeLine(message) ?? 'an error without a message')
}

/** Which kind of policy denies is part of the kind: each deserves its own sentence. */
function denied(message: string, as: (outcome: MissOutcome, said: string) => Failure): Failure {
  const failure = as('denied', safeLine(message) ?? 'access denied')
  const [reason = ''] = / (?:because no |with an explicit deny in )[a-z -]*/.exec(failure.message) ?? []
  return { ...failure, kind: `${failure.kind}${reason}` }
}

/** An answer that came, and does not have what it must have. `said` completes "the answer ...". */
export function oddAnswer(said: string): Failure {
  return { outcome: 'failed', message: `the answer ${said}`, kind: `odd ${said}` }
}

/** Errors of a service say whose fault they are; the parser's do not, nor do those of the SDK before it sends. */
function isUnreadable(error: unknown, name: string, message: string): boolean {
  if (hasMember(error, '$fault')) return name === 'Unknown' || name === 'UnknownError'
  return (
    hasMember(memberOf(error, '$metadata'), 'httpStatusCode') ||
    /Deserialization error|SDK error wrapper/.test(message)
  )
}

/** The text of the parser's error is not shown: it quotes the body. */
function unreadable(
  status: number | undefined,
  as: (outcome: MissOutcome, said: string) => Failure,
): Failure {
  if (status === undefined || (status >= 200 && status < 300)) {
    return as('failed', 'the answer is cut off, or not what the service sends')
  }
  const what = `HTTP ${status}, with a body that is not what the service sends`
  if (status === 401 || status === 403) return as('denied', what)
  if (status === 404 || status === 501) return as('failed', `${what}: the endpoint may not know this call`)
  return as('failed', what)
}

interface ErrorFacts {
  readonly name: string
  readonly status: number | undefined
  readonly code: string
  readonly message: string
}

function factsOf(error: unknown): ErrorFacts {
  const metadata = memberOf(error, '$metadata')
  const status = memberOf(metadata, 'httpStatusCode')
  const [name, code, message] = [memberOf(error, 'name'), memberOf(error, 'code'), memberOf(error, 'message')]
  return {
    name: typeof name === 'string' ? name : '',
    status: typeof status === 'number' ? status : undefined,
    code: typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,40}$/.test(code) ? code : '',
    message: typeof message === 'string' ? message : '',
  }
}

function hasMember(value: unknown, member: string): boolean {
  return typeof value === 'object' && value !== null && member in value
}

function memberOf(value: unknown, member: string): unknown {
  return hasMember(value, member) ? (value as Readonly<Record<string, unknown>>)[member] : undefined
}

const LONGEST = 1000
const LONGEST_HEAD = 600

/**
 * One line of what AWS or its SDK said, cut in the middle: the end of a denial names the kind of policy that denies.
 * Nothing where it speaks of the request's signature, which has the session token in it. Control characters stay in it.
 *
 * @example
 *   safeLine('User: arn:aws:sts::111122223333:assumed-role/a/b is not authorized to perform: sts:AssumeRole')
 */
export function safeLine(message: string): string | undefined {
  if (/AWS4-HMAC|security-token|Authorization header|Credential=|Signature=/i.test(message)) return undefined
  const line = message
    .replaceAll(/\s*[\r\n\u2028\u2029]\s*/g, ' ')
    .replaceAll(/\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/g, '(access key)')
    .replaceAll(/[A-Za-z0-9+/=_-]{200,}/g, '(long text)')
    .trim()
  if (line === '') return undefined
  if (line.length <= LONGEST) return line
  const tail = line.slice(line.length - (LONGEST - LONGEST_HEAD - 1)).replace(/^[\udc00-\udfff]/, '')
  return `${line.slice(0, LONGEST_HEAD).replace(/[\ud800-\udbff]$/, '')}…${tail}`
}
