import type { CoverageGap, Role, TrustPolicyDocument } from '../inventory.js'
import { below, type Location } from '../text/location.js'
import { quoted } from '../text/quote.js'
import { ownerOf, roleNameOfArn } from './aws-names.js'
import { decodedPolicy, type ManagedDocuments, policiesOf } from './iam-policies.js'
import { isList, isObject, type JsonObject, textOf } from './json-input.js'
import { type Duplicates, textDocument } from './trust-document.js'

/** The member of an entry that holds its trust policy. */
export const POLICY = 'AssumeRolePolicyDocument'

/** The role of an entry of IAM's, or `undefined` where it has no name; `roleGaps` says so then. */
export function roleOf(
  entry: unknown,
  location: Location,
  duplicates: Duplicates,
  managed?: ManagedDocuments,
): Role | undefined {
  const name = nameOf(entry)
  if (!isObject(entry) || name === undefined) return undefined
  const arn = arnOf(entry)
  const role: { -readonly [Member in keyof Role]: Role[Member] } = {
    key: arn ?? name,
    name,
    ...(arn === undefined ? {} : { arn, ...ownerOf(arn) }),
    trustPolicy: trustPolicyOf(entry, below(location, `/${POLICY}`), duplicates),
    location,
  }
  // Assigned one by one: an object of conditional parts takes a good deal longer to make, and dumps have many.
  const path = textOf(entry['Path'])
  if (path !== undefined) role.path = path
  const instanceProfiles = instanceProfilesOf(entry)
  if (instanceProfiles !== undefined) role.instanceProfiles = instanceProfiles
  const lastUsed = lastUseOf(entry)
  if (lastUsed !== undefined) role.lastUsed = lastUsed
  const id = textOf(entry['RoleId'])
  if (id !== undefined) role.id = id
  const policies = policiesOf(entry, managed)
  if (policies !== undefined) role.policies = policies
  const boundary = boundaryOf(entry)
  if (boundary !== undefined) role.permissionsBoundary = boundary
  const tags = tagsOf(entry)
  if (tags !== undefined) role.tags = tags
  return role
}

function boundaryOf({ PermissionsBoundary: boundary }: JsonObject): string | undefined {
  return isObject(boundary) ? textOf(boundary['PermissionsBoundaryArn']) : undefined
}

function tagsOf({ Tags: list }: JsonObject): Role['tags'] {
  if (!isList(list)) return undefined
  const tags = new Map<string, string>()
  for (const tag of list) {
    const key = isObject(tag) ? tag['Key'] : undefined
    const value = isObject(tag) ? tag['Value'] : undefined
    if (typeof key === 'string') tags.set(key, typeof value === 'string' ? value : '')
  }
  return tags
}

/** An empty record means that there was no use; `list-roles` has no record. */
function lastUseOf({ RoleLastUsed: record }: JsonObject): Role['lastUsed'] {
  if (!isObject(record)) return undefined
  const text = textOf(record['LastUsedDate'])
  if (text === undefined) return 'never'
  const date = new Date(text)
  return Number.isNaN(date.getTime()) ? undefined : date
}

const NO_GAPS: readonly CoverageGap[] = []

/** What is missing of an entry. */
export function roleGaps(entry: unknown, location: Location): readonly CoverageGap[] {
  const { input, pointer } = location
  const name = nameOf(entry)
  if (!isObject(entry) || name === undefined) {
    const reason = `the entry ${quoted(pointer)} has no \`RoleName\` and was not read as a role`
    return [{ kind: 'role', subject: input.name, reason, location }]
  }
  const arn = arnOf(entry)
  const isForeign = entry['Arn'] !== undefined && arn === undefined
  if (!isForeign && !isMissing(entry)) return NO_GAPS
  const subject = arn ?? name
  const gaps: CoverageGap[] = []
  if (isForeign) {
    gaps.push({
      kind: 'role',
      subject,
      reason: `the \`Arn\` of ${quoted(name)} is not the ARN of a role`,
      location,
    })
  }
  if (isMissing(entry)) gaps.push({ kind: 'role', subject, reason: missingPolicy(name), location })
  return gaps
}

function nameOf(entry: unknown): string | undefined {
  if (!isObject(entry)) return undefined
  const arn = arnOf(entry)
  return textOf(entry['RoleName']) ?? (arn === undefined ? undefined : roleNameOfArn(arn))
}

function arnOf(entry: JsonObject): string | undefined {
  const arn = textOf(entry['Arn'])
  return arn !== undefined && roleNameOfArn(arn) !== undefined ? arn : undefined
}

function isMissing(entry: JsonObject): boolean {
  return entry[POLICY] === undefined || entry[POLICY] === null
}

function missingPolicy(name: string): string {
  return `the input does not hold the trust policy of ${quoted(name)}`
}

function trustPolicyOf(entry: JsonObject, location: Location, duplicates: Duplicates): TrustPolicyDocument {
  const value = entry[POLICY]
  if (typeof value === 'string') return textDocument(decodedPolicy(value), location)
  if (isMissing(entry)) {
    const reason = missingPolicy(nameOf(entry) ?? '')
    return { kind: 'unknown', unknown: { unknown: true, reason, cause: 'not-collected' }, location }
  }
  return { kind: 'value', value, location, duplicates: duplicates.in(location.pointer) }
}

function instanceProfilesOf(entry: JsonObject): readonly string[] | undefined {
  const profiles = entry['InstanceProfileList']
  if (!isList(profiles)) return undefined
  return profiles.flatMap((profile) =>
    isObject(profile) ? (textOf(profile['InstanceProfileName']) ?? []) : [],
  )
}
