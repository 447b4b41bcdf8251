/**
 * What the AWS CLI (version 1 or 2, API versions 2010-05-08 of IAM and 2017-11-01 of EKS) prints about roles, OIDC
 * providers, clusters and Pod Identity associations: one output, several one after the other, or a list of them.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_RoleDetail.html
 */
import { InputError } from '../errors.js'
import type { Completeness, CoverageGap } from '../inventory.js'
import type { InputText } from '../text/location.js'
import { below, type Location, pointerSegment } from '../text/location.js'
import { quoted } from '../text/quote.js'
import { issuerOfProviderArn, issuerOfUrl, ownerOf } from './aws-names.js'
import { type Dump, gap, type OutputReader } from './dump.js'
import { eksOutputs } from './eks-dump.js'
import { isList, isObject, type JsonObject, textOf, textsOf } from './json-input.js'
import type { Duplicates } from './trust-document.js'

/** Outputs by the member that tells them apart. */
export const outputs: ReadonlyMap<string, OutputReader> = new Map<string, OutputReader>([
  ['Role', readRole],
  ['Roles', readRoles],
  ['RoleDetailList', readRoles],
  ['OpenIDConnectProviderList', readProviderList],
  ...eksOutputs,
])

/** What an input is told that holds no output. */
export function notAnOutput(): InputError {
  return new InputError(
    'E_UNRECOGNIZED_INPUT',
    'not an output of `aws iam` or `aws eks` that tells about roles',
    {
      hint: 'for all roles of an account run `aws iam get-account-authorization-details --filter Role`',
    },
  )
}

export function emptyDump(): Dump {
  return {
    roles: [],
    providers: [],
    clusters: [],
    associations: [],
    managedPolicies: [],
    holds: new Set(),
    complete: [],
    gaps: [],
  }
}

export function isOutput(value: unknown): boolean {
  if (isList(value)) return value.some(isBareRole)
  return isBareRole(value) || isProvider(value) || outputKeys(value).length > 0
}

function outputKeys(value: unknown): readonly string[] {
  if (!isObject(value)) return []
  return Object.keys(value).filter((key) => outputs.has(key) && typeof value[key] === 'object')
}

/** An element of `list-roles --query Roles`. */
function isBareRole(value: unknown): boolean {
  return isObject(value) && Object.hasOwn(value, 'AssumeRolePolicyDocument')
}

/** `get-open-id-connect-provider` */
function isProvider(value: unknown): value is JsonObject {
  return (
    isObject(value) &&
    typeof value['Url'] === 'string' &&
    ('ClientIDList' in value || 'ThumbprintList' in value)
  )
}

/** Reads an output, or a list of them, into what was found so far. */
export function readOutput(value: unknown, location: Location, dump: Dump): void {
  if (isList(value)) {
    value.forEach((item, index) => readOutput(item, below(location, `/${index}`), dump))
  } else if (isBareRole(value)) {
    readRole(value, location, dump)
  } else if (isProvider(value)) {
    readProvider(value, location, dump)
  } else if (isObject(value) && outputKeys(value).length > 0) {
    for (const key of outputKeys(value))
      outputs.get(key)?.(value[key], below(location, pointerSegment(key)), dump)
    // Without a filter `get-account-authorization-details` also gives the documents of managed policies.
    const { RoleDetailList: details, Policies: managed } = value
    if (isList(details) && isList(managed)) dump.managedPolicies.push(managed)
    if (!isPage(value)) dump.complete.push(...completeAccounts(value))
    else dump.gaps.push(gap('role', location, 'the output is one page of several, the rest is missing'))
  } else {
    dump.gaps.push(
      gap('role', location, `the entry ${quoted(location.pointer)} is no output that tells about roles`),
    )
  }
}

/** Whether an output says that others follow. */
export function isPage(output: JsonObject): boolean {
  return (
    output['IsTruncated'] === true ||
    textOf(output['NextToken']) !== undefined ||
    textOf(output['Marker']) !== undefined
  )
}

function completeAccounts(output: JsonObject): readonly Completeness[] {
  const entries = output['RoleDetailList'] ?? output['Roles']
  if (!isList(entries)) return []
  const owners = new ListOwners()
  for (const entry of entries) owners.add(entry)
  return owners.complete()
}

/** Whose the roles of a list are, told while it is walked over. */
export class ListOwners {
  readonly #accounts = new Set<string | undefined>()
  #hasRootPath = false
  /** False where an element was passed over. */
  isWhole = true

  add(entry: unknown): void {
    if (!isObject(entry)) return
    this.#accounts.add(ownerOf(textOf(entry['Arn'])).account)
    if (entry['Path'] === '/') this.#hasRootPath = true
  }

  /**
   * The accounts of a list of all their roles. A list below one path was asked for by `--path-prefix`; one of several
   * accounts was put together by somebody, who may have left something out.
   */
  complete(): readonly Completeness[] {
    const [account] = this.#accounts
    if (account === undefined || this.#accounts.size > 1 || !this.#hasRootPath || !this.isWhole) return []
    return [{ kind: 'roles', account }]
  }
}

/** Keys that stand more than once where no trust policy is. */
export function duplicateGaps({ elsewhere }: Duplicates, input: InputText): readonly CoverageGap[] {
  return elsewhere.map((pointer) => {
    const reason = `the key ${quoted(pointer)} stands more than once, only the last was read`
    return { kind: 'role', subject: input.name, reason, location: { input, pointer } }
  })
}

function readRole(entry: unknown, { pointer }: Location, dump: Dump): void {
  dump.holds.add('roles')
  dump.roles.push({ entry, pointer })
}

function readRoles(entries: unknown, location: Location, dump: Dump): void {
  dump.holds.add('roles')
  if (!isList(entries)) {
    dump.gaps.push(gap('role', location, `${quoted(location.pointer)} is not a list of roles`))
    return
  }
  entries.forEach((entry, index) => dump.roles.push({ entry, pointer: `${location.pointer}/${index}` }))
}

/** `list-open-id-connect-providers` gives nothing but ARNs. */
function readProviderList(entries: unknown, location: Location, dump: Dump): void {
  dump.holds.add('providers')
  const before = dump.providers.length
  for (const [index, entry] of (isList(entries) ? entries : [entries]).entries()) {
    const at = isList(entries) ? below(location, `/${index}`) : location
    const arn = isObject(entry) ? textOf(entry['Arn']) : undefined
    const issuer = arn === undefined ? undefined : issuerOfProviderArn(arn)
    if (arn === undefined || issuer === undefined) {
      dump.gaps.push(gap('provider', at, `the entry ${quoted(at.pointer)} has no ARN of an OIDC provider`))
      continue
    }
    const reason = 'a list of OIDC providers does not tell their client ids'
    const clientIds = { unknown: true, reason, cause: 'not-collected' } as const
    dump.providers.push({ arn, ...ownerOf(arn), issuer, clientIds, location: at })
  }
  const accounts = new Set(dump.providers.slice(before).map(({ account }) => account))
  const [account] = accounts
  if (isList(entries) && accounts.size < 2)
    dump.complete.push({ kind: 'providers', ...(account === undefined ? {} : { account }) })
  if (dump.providers.length > before) {
    const reason =
      'the client ids of listed OIDC providers are missing, `aws iam get-open-id-connect-provider` has them'
    dump.gaps.push(gap('provider', location, reason))
  }
}

/** The output does not name the ARN it was asked for; a script may have added it. */
function readProvider(value: JsonObject, location: Location, dump: Dump): void {
  dump.holds.add('providers')
  const arn = textOf(value['OpenIDConnectProviderArn']) ?? textOf(value['Arn'])
  const issuer = issuerOfUrl(textOf(value['Url']) ?? '')
  const clientIds = value['ClientIDList'] === undefined ? [] : textsOf(value['ClientIDList'])
  if (issuer === '') {
    dump.gaps.push(gap('provider', location, 'an OIDC provider has an empty `Url`'))
    return
  }
  const reason = `the client ids of the OIDC provider ${quoted(issuer)} are not a list of texts`
  if (clientIds === undefined) dump.gaps.push({ kind: 'provider', subject: issuer, reason, location })
  dump.providers.push({
    ...(arn === undefined ? {} : { arn, ...ownerOf(arn) }),
    issuer,
    clientIds: clientIds ?? { unknown: true, reason, cause: 'unreadable' },
    location,
  })
}
