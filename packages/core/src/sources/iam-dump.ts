/**
 * What the AWS CLI (version 1 or 2, API versions 2010-05-08 of IAM and 2017-11-01 of EKS) prints about roles, OIDC
 * providers, clusters and Pod Identity associations: one output, several one after the other, or a list of them.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_RoleDetail.html
 */
import { InputError } from '../errors.js'
import type { Completeness, Inventory, Role } from '../inventory.js'
import type { JsonDocument } from '../text/json.js'
import { below, type Location, pointerSegment } from '../text/location.js'
import { quoted } from '../text/quote.js'
import { issuerOfProviderArn, issuerOfUrl, ownerOf } from './aws-names.js'
import { type Dump, gap, type OutputReader } from './dump.js'
import { eksOutputs } from './eks-dump.js'
import { managedDocuments } from './iam-policies.js'
import { roleGaps, roleOf } from './iam-role.js'
import { isList, isObject, type JsonObject, parseJsonSequence, textOf, textsOf } from './json-input.js'
import { duplicatesOf } from './trust-document.js'

/** Outputs by the member that tells them apart. */
const outputs: ReadonlyMap<string, OutputReader> = new Map<string, OutputReader>([
  ['Role', readRole],
  ['Roles', readRoles],
  ['RoleDetailList', readRoles],
  ['OpenIDConnectProviderList', readProviderList],
  ...eksOutputs,
])

export function isDump(value: unknown): boolean {
  return isList(value) ? value.some(isOutput) : isOutput(value)
}

function isOutput(value: unknown): boolean {
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

/**
 * Reads outputs of the AWS CLI. Trust policies may be objects, strings or URL-encoded strings. Roles are read while
 * they are walked over, as often as that is done.
 *
 * @throws InputError `E_NOT_JSON`, `E_TOO_DEEP`, `E_UNRECOGNIZED_INPUT`
 */
export function readIamDump(text: string, options: { readonly name?: string } = {}): Inventory {
  const document = parseJsonSequence({ name: options.name ?? 'dump', text })
  if (isDump(document.value)) return dumpInventory(document)
  throw new InputError(
    'E_UNRECOGNIZED_INPUT',
    'not an output of `aws iam` or `aws eks` that tells about roles',
    {
      hint: 'for all roles of an account run `aws iam get-account-authorization-details --filter Role`',
    },
  )
}

export function dumpInventory(document: JsonDocument): Inventory {
  const { input, value } = document
  const dump: Dump = {
    roles: [],
    providers: [],
    clusters: [],
    associations: [],
    managedPolicies: [],
    holds: new Set(),
    complete: [],
    gaps: [],
  }
  readOutput(value, { input, pointer: '' }, dump)

  const duplicates = duplicatesOf(document, 'AssumeRolePolicyDocument')
  for (const pointer of duplicates.elsewhere) {
    const reason = `the key ${quoted(pointer)} stands more than once, only the last was read`
    dump.gaps.push({ kind: 'role', subject: input.name, reason, location: { input, pointer } })
  }
  for (const { entry, pointer } of dump.roles) dump.gaps.push(...roleGaps(entry, { input, pointer }))

  const { roles, managedPolicies, ...facts } = dump
  const managed = managedDocuments(managedPolicies)
  return {
    facts,
    roles: {
      *[Symbol.iterator](): Generator<Role> {
        for (const { entry, pointer } of roles) {
          const role = roleOf(entry, { input, pointer }, duplicates, managed)
          if (role !== undefined) yield role
        }
      },
    },
  }
}

function readOutput(value: unknown, location: Location, dump: Dump): void {
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
    const isPage =
      value['IsTruncated'] === true ||
      textOf(value['NextToken']) !== undefined ||
      textOf(value['Marker']) !== undefined
    if (!isPage) dump.complete.push(...completeAccounts(value))
    if (isPage) {
      dump.gaps.push(gap('role', location, 'the output is one page of several, the rest is missing'))
    }
  } else {
    dump.gaps.push(
      gap('role', location, `the entry ${quoted(location.pointer)} is no output that tells about roles`),
    )
  }
}

/**
 * The accounts of a list of all their roles. A list below one path was asked for by `--path-prefix`; one of several
 * accounts was put together by somebody, who may have left something out.
 */
function completeAccounts(output: JsonObject): readonly Completeness[] {
  const entries = output['RoleDetailList'] ?? output['Roles']
  if (!isList(entries)) return []
  const roles = entries.filter(isObject)
  const accounts = new Set(roles.map(({ Arn: arn }) => ownerOf(textOf(arn)).account))
  const [account] = accounts
  const paths = new Set(roles.map(({ Path: path }) => path))
  return account === undefined || accounts.size > 1 || !paths.has('/') ? [] : [{ kind: 'roles', account }]
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
