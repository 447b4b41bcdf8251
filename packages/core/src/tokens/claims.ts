/**
 * The claims of a service account token, and those that STS reads of any token. What Kubernetes puts into one is told
 * by its source (`pkg/serviceaccount/claims.go` and `legacy.go`, release 1.33); the object `kubernetes.io` is not
 * documented otherwise.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
 */
// Its full form is ten times the size, and the command line is one file.
import * as z from 'zod/mini'
import { quoted } from '../text/quote.js'

/** The header as far as it is read. Where a key is to be had (`jku`, `x5u`) is never read: nothing follows it. */
export interface Header {
  readonly alg?: string
  readonly kid?: string
}

export interface Claims {
  readonly iss?: string
  readonly sub?: string
  readonly aud?: readonly string[]
  readonly azp?: string
  readonly jti?: string
  /** Seconds since 1970, as the other times. */
  readonly iat?: number
  readonly nbf?: number
  readonly exp?: number
  readonly 'kubernetes.io'?: KubernetesClaims
  readonly 'kubernetes.io/serviceaccount/namespace'?: string
  readonly 'kubernetes.io/serviceaccount/secret.name'?: string
  readonly 'kubernetes.io/serviceaccount/service-account.name'?: string
  readonly 'kubernetes.io/serviceaccount/service-account.uid'?: string
}

export interface KubernetesClaims {
  readonly namespace?: string
  readonly serviceaccount?: ObjectClaim
  readonly pod?: ObjectClaim
  readonly secret?: ObjectClaim
  readonly node?: ObjectClaim
  readonly warnafter?: number
}

export interface ObjectClaim {
  readonly name?: string
  readonly uid?: string
}

/** The end of the range of JavaScript's dates. */
const LAST_SECOND = 8.64e12
const A_TIME = 'a time in whole seconds'

const text = z.exactOptional(z.string('a text'))
// STS takes the digits of a time as text too.
const time = z.exactOptional(
  z.union(
    [
      z
        .number()
        .check(
          z.refine((seconds) => Number.isInteger(seconds) && seconds >= 0 && seconds <= LAST_SECOND, A_TIME),
        ),
      z.pipe(z.string().check(z.regex(/^\d{1,12}$/, A_TIME)), z.transform(Number)),
    ],
    A_TIME,
  ),
)
const audience = z.union(
  [
    z.pipe(
      z.string(),
      z.transform((one: string) => [one]),
    ),
    z.array(z.string()),
  ],
  'a text or a list of texts',
)
const object = z.exactOptional(z.object({ name: text, uid: text }, 'an object'))
const kubernetes = z.object(
  { namespace: text, serviceaccount: object, pod: object, secret: object, node: object, warnafter: time },
  'an object',
)

const claimsSchema = z.object({
  iss: text,
  sub: text,
  aud: z.exactOptional(audience),
  azp: text,
  jti: text,
  iat: time,
  nbf: time,
  exp: time,
  'kubernetes.io': z.exactOptional(kubernetes),
  'kubernetes.io/serviceaccount/namespace': text,
  'kubernetes.io/serviceaccount/secret.name': text,
  'kubernetes.io/serviceaccount/service-account.name': text,
  'kubernetes.io/serviceaccount/service-account.uid': text,
}) satisfies z.ZodMiniType<Claims>

const headerSchema = z.object({ alg: text, kid: text }) satisfies z.ZodMiniType<Header>

type Members = Readonly<Record<string, unknown>>

/** What was read, without the members that have a wrong type; a sentence for each of these. */
export interface Read<T> {
  readonly value: T
  readonly problems: readonly string[]
  /** Their paths, with dots. */
  readonly unread: readonly string[]
}

export function readClaims(members: Members): Read<Claims> {
  return readMembers(claimsSchema, members, 'claim')
}

export function readHeader(members: Members): Read<Header> {
  return readMembers(headerSchema, members, 'header parameter')
}

function readMembers<T>(schema: z.ZodMiniType<T>, members: Members, what: string): Read<T> {
  const problems: string[] = []
  const unread: string[] = []
  let rest = members
  for (;;) {
    const parsed = schema.safeParse(rest)
    if (parsed.success) return { value: parsed.data, problems, unread }
    const before = problems.length
    for (const { path, message } of parsed.error.issues) {
      const found = valueAt(rest, path)
      // It may have been complained of before, in other words.
      if (found === undefined) continue
      problems.push(`the ${what} ${quoted(path.join('.'))} should be ${message} and is ${kindOf(found)}`)
      unread.push(path.join('.'))
      rest = without(rest, path)
    }
    if (problems.length === before) throw new TypeError('a schema complains of a member that is not there')
  }
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value
  for (const key of path) at = isMembers(at) ? at[String(key)] : undefined
  return at
}

/** The same without the member at a path. Each round leaves one out, so there are no more rounds than members. */
function without(members: Members, [key, ...path]: readonly PropertyKey[]): Members {
  const kept = Object.entries(members).flatMap(([name, value]) => {
    if (name !== key) return [[name, value] as const]
    return path.length > 0 && isMembers(value) ? [[name, without(value, path)] as const] : []
  })
  return Object.fromEntries(kept)
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  switch (typeof value) {
    case 'string':
      return 'a text'
    case 'number':
      return Number.isInteger(value)
        ? Math.abs(value) > LAST_SECOND
          ? 'too large a number'
          : 'a number'
        : 'a fraction'
    case 'boolean':
      return `${value}`
    default:
      return 'an object'
  }
}
