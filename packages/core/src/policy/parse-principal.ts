import { pointerSegment } from '../text/location.js'
import { quoted } from '../text/quote.js'
import type { PrincipalElement, PrincipalEntry, PrincipalType } from './ast.js'
import { hasHole } from './limits.js'
import { refuse } from './problems.js'
import { LOST, type Reading, alternatives, isObject, kindOf, textOf } from './reading.js'

export interface PrincipalRead {
  readonly principal: PrincipalElement
  readonly unreadable?: string
}

type Kind = 'principals' | 'not-principals'

const EMPTY = 'Missing required field Principal cannot be empty!'
const STAR = 'AssumeRolepolicy contained an invalid principal: "STAR":"*".'
const NOT_PRINCIPAL = 'AssumeRole policy must not contain NotPrincipal field.'
const FEDERATED = 'Federated principals must be valid domain names or SAML metadata ARNs'

/** The value of a `Principal` element, or of `NotPrincipal` for the other kind. */
export function readPrincipal(reading: Reading, kind: Kind, value: unknown, pointer: string): PrincipalRead {
  const { problems } = reading
  const name = kind === 'principals' ? 'Principal' : 'NotPrincipal'
  if (kind === 'not-principals')
    refuse(problems, pointer, 'a trust policy cannot have `NotPrincipal`', NOT_PRINCIPAL)
  if (value === '*') {
    if (kind === 'not-principals')
      return { principal: { kind, pointer, entries: [{ type: 'AWS', value, pointer }] } }
    refuse(problems, pointer, 'a trust policy cannot have `"Principal": "*"`', STAR)
    return { principal: { kind: 'everyone', pointer } }
  }
  if (!isObject(value)) {
    const shown = typeof value === 'string' ? quoted(value) : kindOf(value)
    const unreadable = `\`${name}\` is ${shown}, not an object or \`*\``
    refuse(problems, pointer, unreadable)
    return { principal: { kind: 'unreadable', pointer }, unreadable }
  }
  const entries: PrincipalEntry[] = []
  let unreadable: string | undefined
  let isComplete = true
  for (const key of Object.keys(value)) {
    const at = pointer + pointerSegment(key)
    const type = principalType(key)
    if (type !== key) {
      unreadable ??= `${quoted(key)} is no type of principal`
      refuse(
        problems,
        at,
        `${quoted(key)} is no type of principal; IAM has AWS, Federated, Service and CanonicalUser`,
      )
    }
    if (type === undefined) {
      isComplete = false
      continue
    }
    const copies = alternatives(reading, value, key)
    if (copies.length > 1) unreadable ??= `${quoted(key)} stands twice under \`${name}\``
    for (const copy of copies) isComplete = readEntries(reading, type, copy, at, entries) && isComplete
  }
  // Of those who are left out nobody may be listed in doubt: whoever is not left out may be admitted.
  if (!isComplete || (kind === 'not-principals' && unreadable !== undefined)) {
    return {
      principal: { kind: 'unreadable', pointer },
      unreadable: unreadable ?? `\`${name}\` holds what is not text`,
    }
  }
  if (entries.length === 0) refuse(problems, pointer, `\`${name}\` is empty`, EMPTY)
  const principal = { kind, pointer, entries }
  return unreadable === undefined ? { principal } : { principal, unreadable }
}

/** Who is meant when a repeated element leaves open which one is in force: everybody whom one of them means. */
export function joinPrincipals(principals: readonly PrincipalElement[], pointer: string): PrincipalElement {
  const entries: PrincipalEntry[] = []
  for (const principal of principals) {
    if (principal.kind !== 'principals') return { kind: 'unreadable', pointer }
    entries.push(...principal.entries)
  }
  return { kind: 'principals', pointer, entries }
}

/** The type a key means; in another letter case IAM would refuse it, and nothing else can be meant. */
function principalType(key: string): PrincipalType | undefined {
  switch (key) {
    case 'AWS':
    case 'Federated':
    case 'Service':
    case 'CanonicalUser':
      return key
    default:
      return TYPES.find((type) => type.toLowerCase() === key.toLowerCase())
  }
}

const TYPES: readonly PrincipalType[] = ['AWS', 'Federated', 'Service', 'CanonicalUser']

/** Whether all of it was text. */
function readEntries(
  reading: Reading,
  type: PrincipalType,
  value: unknown,
  pointer: string,
  into: PrincipalEntry[],
): boolean {
  if (value === LOST) return false
  if (!Array.isArray(value)) return readEntry(reading, type, value, pointer, into)
  let isComplete = true
  for (let index = 0; index < value.length; index++) {
    isComplete = readEntry(reading, type, value[index], `${pointer}/${index}`, into) && isComplete
  }
  return isComplete
}

function readEntry(
  reading: Reading,
  type: PrincipalType,
  item: unknown,
  pointer: string,
  into: PrincipalEntry[],
): boolean {
  const value = textOf(item)
  if (value === undefined) {
    refuse(reading.problems, pointer, () => `a principal of type ${type} is ${kindOf(item)}, not text`)
    return false
  }
  into.push({ type, value, pointer })
  if (!isAccepted(type, value) && !(reading.hasHoles && hasHole(value))) {
    refuse(reading.problems, pointer, () => whyRefused(type, value), iamErrorFor(type, value))
  }
  return true
}

const ACCOUNT = /^[0-9]{12}$/
const UNIQUE_ID = /^A[A-Z0-9]{15,127}$/
const AWS_ARN =
  /^arn:[a-z0-9-]+:(?:iam::[0-9]{12}:(?:root$|(?:user|role)\/)|sts::[0-9]{12}:(?:assumed-role|federated-user)\/)[^*?]*$/
const PROVIDER_ARN = /^arn:[a-z0-9-]+:iam::[0-9]{12}:(?:oidc-provider|saml-provider)\/[^*?]+$/
const DOMAIN = /^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/

/** Whether a value has a form that IAM takes. Whether what it names exists is not asked. */
function isAccepted(type: PrincipalType, value: string): boolean {
  if (value.includes('${')) return false
  switch (type) {
    case 'AWS':
      return value === '*' || ACCOUNT.test(value) || AWS_ARN.test(value) || UNIQUE_ID.test(value)
    case 'Federated':
      return PROVIDER_ARN.test(value) || DOMAIN.test(value)
    case 'Service':
      return DOMAIN.test(value)
    case 'CanonicalUser':
      return true
  }
}

function whyRefused(type: PrincipalType, value: string): string {
  if (value.includes('${')) return `${quoted(value)}: policy variables do not work in a principal`
  if (value.includes('*') || value.includes('?')) {
    return `${quoted(value)}: a wildcard cannot stand for a part of a principal`
  }
  switch (type) {
    case 'AWS':
      return `${quoted(value)} is no account, role, user or session`
    case 'Federated':
      return `${quoted(value)} is no identity provider`
    default:
      return `${quoted(value)} is no AWS service`
  }
}

function iamErrorFor(type: PrincipalType, value: string): string | undefined {
  if (type === 'Federated') return FEDERATED
  if (type === 'CanonicalUser') return undefined
  return `Invalid principal in policy: "${type === 'AWS' ? 'AWS' : 'SERVICE'}":"${value.slice(0, 200)}"`
}
