import {
  GetAccountAuthorizationDetailsCommand,
  GetAccountSummaryCommand,
  type IAMClient,
  ListRolesCommand,
} from '@aws-sdk/client-iam'
import type { Listed, MissRecord, RoleRecord } from '../snapshot/record.js'
import { type CollectRun, type RunOptions, collectRun } from './collect-run.js'
import { oddAnswer } from './failure.js'
import { type MissLog, missLog } from './misses.js'
import { type Page, pagesOf } from './pages.js'
import { type Raw, isObject, known, listOf, nameIn, part, text, time } from './raw-member.js'

export type IamClient = Pick<IAMClient, 'send'>

const DETAILS = 'iam:GetAccountAuthorizationDetails'
const LIST = 'iam:ListRoles'
const ROLES_PER_PAGE = 1000

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html for what it does not return */
const LACKS =
  'the roles come from iam:ListRoles, without their policies, instance profiles, permissions boundaries, tags and last use'

/**
 * Roles page by page, for accounts whose roles nobody wants to keep: `collectAwsAccount` with `roles: false` reads the
 * rest. The pages are those of `GetAccountAuthorizationDetails`; where it is refused or ends early, what it did not give
 * comes from `ListRoles`, which tells less of a role.
 *
 * Nothing is thrown for what AWS or the network does: `onMiss` is told of each call that failed, before the last page
 * ends, and a list without a miss is whole.
 *
 * @example
 *   for await (const roles of awsRolePages(new IAMClient(), { onMiss: (miss) => misses.push(miss) })) {
 *     for (const { RoleName } of roles) console.log(RoleName)
 *   }
 */
export async function* awsRolePages(
  iam: IamClient,
  { onMiss, ...options }: RunOptions & { readonly onMiss: (miss: MissRecord) => void },
): AsyncGenerator<readonly RoleRecord[], void, undefined> {
  const run = collectRun(options)
  const misses = missLog()
  try {
    yield* rolePages(run, iam, misses)
    misses.records().forEach(onMiss)
  } finally {
    run.close()
  }
}

/** All roles, or nothing where neither call gave any page. */
export async function collectRoles(
  run: CollectRun,
  iam: IamClient,
  misses: MissLog,
): Promise<Listed<RoleRecord> | undefined> {
  const items: RoleRecord[] = []
  const pages = rolePages(run, iam, misses)
  for (;;) {
    const { done, value } = await pages.next()
    if (done === true) return value === 'nothing' ? undefined : { items, isWhole: value === 'whole' }
    for (const role of value) items.push(role)
  }
}

type Extent = 'whole' | 'partial' | 'nothing'

async function* rolePages(
  run: CollectRun,
  iam: IamClient,
  misses: MissLog,
): AsyncGenerator<readonly RoleRecord[], Extent, undefined> {
  const detailed = pagesOf(run, { call: DETAILS }, async (Marker, { options, watched }) => {
    const command = new GetAccountAuthorizationDetailsCommand({
      Filter: ['Role'],
      MaxItems: ROLES_PER_PAGE,
      Marker,
    })
    const answer = await iam.send(watched(command), options)
    return { items: answer.RoleDetailList, next: answer.Marker, isTruncated: answer.IsTruncated }
  })
  const listed = pagesOf(run, { call: LIST }, async (Marker, { options, watched }) => {
    const answer = await iam.send(
      watched(new ListRolesCommand({ MaxItems: ROLES_PER_PAGE, Marker })),
      options,
    )
    return { items: answer.Roles, next: answer.Marker, isTruncated: answer.IsTruncated }
  })

  /** What the first list gave is left out of the second, which knows less. */
  const seen = new Set<string>()
  let pages = 0
  let isWhole = true
  const accept = (page: Exclude<Page, { failure: unknown }>, call: string): readonly RoleRecord[] => {
    const roles = page.items.map(roleOf).filter((role) => role !== undefined)
    if (roles.length < page.items.length) {
      isWhole = false
      misses.add({ call }, oddAnswer('has a role without an ARN and a name'))
    }
    const unseen = roles.filter((role) => !seen.has(keyOf(role)))
    for (const role of unseen) seen.add(keyOf(role))
    pages++
    run.progress({ kind: 'roles', count: seen.size, isLast: false })
    return unseen
  }

  let refusal
  for await (const page of detailed) {
    if ('failure' in page) refusal = page.failure
    else yield accept(page, DETAILS)
  }
  if (refusal !== undefined) {
    const before = pages
    if (run.isOver()) isWhole = false
    else {
      for await (const page of listed) {
        if ('failure' in page) {
          isWhole = false
          misses.add({ call: LIST }, page.failure)
        } else yield accept(page, LIST)
      }
    }
    misses.add(
      { call: DETAILS },
      pages > before ? { ...refusal, message: `${refusal.message}; ${LACKS}` } : refusal,
    )
  }
  run.progress({ kind: 'roles', count: seen.size, isLast: true })
  return pages === 0 ? 'nothing' : isWhole ? 'whole' : 'partial'
}

function keyOf({ Arn = '', RoleName = '' }: RoleRecord): string {
  return Arn === '' ? RoleName : Arn
}

/** Undefined for what has no name. */
function roleOf(raw: unknown): RoleRecord | undefined {
  if (!isObject(raw)) return undefined
  const role: RoleRecord = known({
    Path: text(raw['Path']),
    RoleName: nameIn(raw['RoleName']),
    RoleId: text(raw['RoleId']),
    Arn: nameIn(raw['Arn']),
    AssumeRolePolicyDocument: text(raw['AssumeRolePolicyDocument']),
    InstanceProfileList: listOf(raw['InstanceProfileList'], (profile) =>
      known({ InstanceProfileName: text(profile['InstanceProfileName']) }),
    ),
    RolePolicyList: listOf(raw['RolePolicyList'], (policy) =>
      known({ PolicyName: text(policy['PolicyName']), PolicyDocument: text(policy['PolicyDocument']) }),
    ),
    AttachedManagedPolicies: listOf(raw['AttachedManagedPolicies'], (policy) =>
      known({ PolicyName: text(policy['PolicyName']), PolicyArn: text(policy['PolicyArn']) }),
    ),
    PermissionsBoundary: part(raw['PermissionsBoundary'], (boundary) =>
      known({ PermissionsBoundaryArn: text(boundary['PermissionsBoundaryArn']) }),
    ),
    Tags: listOf(raw['Tags'], (tag) => known({ Key: text(tag['Key']), Value: text(tag['Value']) })),
    RoleLastUsed: part(raw['RoleLastUsed'], lastUseOf),
  })
  return role.Arn === undefined && role.RoleName === undefined ? undefined : role
}

function lastUseOf(raw: Raw): NonNullable<RoleRecord['RoleLastUsed']> {
  return known({ LastUsedDate: time(raw['LastUsedDate']), Region: text(raw['Region']) })
}

const SUMMARY = 'iam:GetAccountSummary'

/** What the account says of itself in numbers. */
export interface AccountNumbers {
  /** How long a trust policy may be. */
  readonly trustPolicyQuota?: number
  readonly roles?: number
}

export async function collectAccountNumbers(
  run: CollectRun,
  iam: IamClient,
  misses: MissLog,
): Promise<AccountNumbers> {
  const answer = await run.ask({
    call: SUMMARY,
    turn: 'then',
    send: ({ options, watched }) => iam.send(watched(new GetAccountSummaryCommand({})), options),
  })
  if (!answer.ok) {
    misses.add({ call: SUMMARY }, answer.failure)
    return {}
  }
  const { AssumeRolePolicySizeQuota: quota, Roles: roles }: Readonly<Record<string, unknown>> =
    answer.output.SummaryMap ?? {}
  const trustPolicyQuota = typeof quota === 'number' && quota > 0 ? quota : undefined
  if (trustPolicyQuota === undefined)
    misses.add({ call: SUMMARY }, oddAnswer('does not tell AssumeRolePolicySizeQuota'))
  return known({ trustPolicyQuota, roles: typeof roles === 'number' ? roles : undefined })
}

/**
 * The roles, unless there are none where the account counts some: the SDK makes an empty list of whatever XML it is given,
 * and a list that is whole and empty would say that every role which anything names is gone.
 */
export function plausibleRoles(
  roles: Listed<RoleRecord> | undefined,
  { roles: count = 0 }: AccountNumbers,
  misses: MissLog,
): Listed<RoleRecord> | undefined {
  if (roles === undefined || roles.items.length > 0 || !roles.isWhole || count === 0) return roles
  misses.add({ call: DETAILS }, oddAnswer(`has no role in it, and ${SUMMARY} counts ${count}`))
  return undefined
}
