/** The roles, OIDC providers and quotas of the accounts of a snapshot. */
import type {
  Account,
  Completeness,
  CoverageGap,
  OidcProvider,
  Role,
  TrustPolicyDocument,
  Unknown,
} from '../../inventory.js'
import type { Location } from '../../text/location.js'
import { issuerOfProviderArn, issuerOfUrl, ownerOf, roleNameOfArn } from '../aws-names.js'
import { decodedPolicy } from '../iam-policies.js'
import { roleGaps, roleOf } from '../iam-role.js'
import type { Duplicates } from '../trust-document.js'
import { documentNamed, recordNamed, writtenOut } from './located.js'
import type { AccountRecord, ProviderRecord, RoleRecord } from './record.js'

/** Each role is read when somebody comes to it, and again when somebody walks over the roles again. */
export function* rolesOf(accounts: readonly AccountRecord[]): Generator<Role> {
  for (const { roles } of accounts) {
    for (const record of roles?.items ?? []) {
      const location = locationOfRole(record)
      const role = roleOf(record, location, NO_DUPLICATES)
      if (role !== undefined) yield { ...role, trustPolicy: policyBy(role.trustPolicy, location) }
    }
  }
}

/** Repeated keys are seen in the text of a policy, which a record keeps. */
const NO_DUPLICATES: Duplicates = { in: () => [], elsewhere: [] }

/** The document of a role is its trust policy, which is the text that people look for. */
function locationOfRole(record: RoleRecord): Location {
  const { Arn: arn, RoleName: name = 'role', AssumeRolePolicyDocument: policy } = record
  if (policy === undefined) return recordNamed(arn ?? name, record)
  return documentNamed(arn ?? name, () => writtenOut(decodedPolicy(policy)))
}

/** What is judged is the policy as IAM gave it; its parts have the same pointers in the text that is shown. */
function policyBy(policy: TrustPolicyDocument, location: Location): TrustPolicyDocument {
  return policy.kind === 'text' ? { kind: 'text', text: policy.text, location } : { ...policy, location }
}

/** Role records that hold no role, or no trust policy. */
export function roleRecordGaps({ roles }: AccountRecord): readonly CoverageGap[] {
  return (roles?.items ?? []).flatMap((record) => roleGaps(record, locationOfRole(record)))
}

export function* accountsOf(accounts: readonly AccountRecord[]): Generator<Account> {
  for (const { account, partition, trustPolicyQuota } of accounts) {
    if (account === undefined) continue
    const known = {
      account,
      ...(partition === undefined ? {} : { partition }),
      ...(trustPolicyQuota === undefined ? {} : { trustPolicyQuota }),
    }
    yield { ...known, location: recordNamed(`arn:${partition ?? 'aws'}:iam::${account}:root`, known) }
  }
}

export function* providersOf({ providers }: AccountRecord): Generator<OidcProvider> {
  for (const record of providers?.items ?? []) {
    const issuer = issuerOf(record)
    if (issuer === undefined) continue
    const { Arn: arn, Url: url, ClientIDList: clientIds = [], ThumbprintList: thumbprints } = record
    yield {
      arn,
      ...ownerOf(arn),
      issuer,
      clientIds: url === undefined ? UNREAD_CLIENT_IDS : clientIds,
      ...(thumbprints === undefined ? {} : { thumbprints }),
      location: recordNamed(arn, record),
    }
  }
}

function issuerOf({ Arn: arn, Url: url }: ProviderRecord): string | undefined {
  return url === undefined || url === '' ? issuerOfProviderArn(arn) : issuerOfUrl(url)
}

const UNREAD_CLIENT_IDS: Unknown = {
  unknown: true,
  reason: 'the client ids of the OIDC provider were not read',
  cause: 'not-collected',
}

/** A provider without an issuer is an ARN that is none of a provider. */
export function providerRecordGaps({ providers }: AccountRecord): readonly CoverageGap[] {
  return (providers?.items ?? [])
    .filter((record) => issuerOf(record) === undefined)
    .map((record) => {
      const reason = 'the ARN of an OIDC provider does not tell its issuer'
      return { kind: 'provider', subject: record.Arn, reason, location: recordNamed(record.Arn, record) }
    })
}

/** Whether a record tells which role it is: one that does not may be any. */
export function isRoleRecordNamed({ Arn: arn }: RoleRecord): boolean {
  return arn !== undefined && roleNameOfArn(arn) !== undefined
}

/** Of what an account's lists hold everything. A list with an item that may be anything does not tell what is absent. */
export function* completeOfAccount({ account, roles, providers }: AccountRecord): Generator<Completeness> {
  const owner = account === undefined ? {} : { account }
  if (account !== undefined && roles?.isWhole === true && roles.items.every(isRoleRecordNamed))
    yield { kind: 'roles', account }
  if (providers?.isWhole === true && providers.items.every((record) => issuerOf(record) !== undefined))
    yield { kind: 'providers', ...owner }
}
