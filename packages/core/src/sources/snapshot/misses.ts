/** Calls that failed, as gaps for people: what failed where, and what it leaves unknown. */
import type { CoverageGap } from '../../inventory.js'
import { escaped } from '../../text/quote.js'
import { arnParts } from '../aws-names.js'
import type { MissOutcome, MissRecord, Snapshot } from './record.js'

/** What a call is about, and what is not known without it. */
interface Loss {
  readonly kind: CoverageGap['kind']
  readonly lost: string
}

const losses: ReadonlyMap<string, Loss> = new Map<string, Loss>([
  ['sts:AssumeRole', { kind: 'account', lost: 'nothing of the account was read' }],
  ['sts:GetCallerIdentity', { kind: 'account', lost: 'whose account was read is not known' }],
  [
    'iam:GetAccountAuthorizationDetails',
    { kind: 'role', lost: 'roles, and what they may do, were not read with it' },
  ],
  ['iam:ListRoles', { kind: 'role', lost: 'not all roles are known' }],
  [
    'iam:GetAccountSummary',
    { kind: 'account', lost: 'how long a trust policy may be in the account is not known' },
  ],
  [
    'iam:ListOpenIDConnectProviders',
    { kind: 'provider', lost: 'which OIDC providers there are is not known' },
  ],
  [
    'iam:GetOpenIDConnectProvider',
    { kind: 'provider', lost: 'which audiences the OIDC providers take is not known' },
  ],
  ['ec2:DescribeRegions', { kind: 'account', lost: 'which Regions the account has is not known' }],
  ['account:ListRegions', { kind: 'account', lost: 'which Regions the account has is not known' }],
  ['eks:ListClusters', { kind: 'cluster', lost: 'which clusters there are is not known' }],
  ['eks:DescribeCluster', { kind: 'cluster', lost: 'its issuer and status are not known' }],
  [
    'eks:ListPodIdentityAssociations',
    { kind: 'association', lost: 'which Pod Identity associations there are is not known' },
  ],
  [
    'eks:DescribePodIdentityAssociation',
    { kind: 'association', lost: 'which roles Pod Identity associations give is not known' },
  ],
  ['eks:ListAddons', { kind: 'addon', lost: 'which add-ons there are is not known' }],
  ['eks:DescribeAddon', { kind: 'addon', lost: 'which roles add-ons have is not known' }],
  ['eks:ListNodegroups', { kind: 'node-group', lost: 'which node groups there are is not known' }],
  ['eks:DescribeNodegroup', { kind: 'node-group', lost: 'which roles nodes have is not known' }],
  [
    'eks:ListFargateProfiles',
    {
      kind: 'fargate-profile',
      lost: 'which pods run on Fargate, where Pod Identity gives nothing, is not known',
    },
  ],
  [
    'eks:DescribeFargateProfile',
    {
      kind: 'fargate-profile',
      lost: 'which pods run on Fargate, where Pod Identity gives nothing, is not known',
    },
  ],
  ['eks:ListAccessEntries', { kind: 'access-entry', lost: 'whom IAM lets into the cluster is not known' }],
  [
    'eks:DescribeAccessEntry',
    { kind: 'access-entry', lost: 'which groups access entries give is not known' },
  ],
  [
    'eks:ListAssociatedAccessPolicies',
    { kind: 'access-entry', lost: 'what access entries allow is not known' },
  ],
  ['eks:ListCapabilities', { kind: 'capability', lost: 'which capabilities there are is not known' }],
  ['eks:DescribeCapability', { kind: 'capability', lost: 'which roles capabilities have is not known' }],
])

const NAMESPACES: Loss = { kind: 'namespace', lost: 'which namespaces there are is not known' }
const SERVICE_ACCOUNTS: Loss = {
  kind: 'service-account',
  lost: 'which service accounts there are, and which roles they ask for, is not known',
}
const WORKLOADS: Loss = { kind: 'workload', lost: 'which workloads use which service accounts is not known' }
const RBAC: Loss = { kind: 'rbac', lost: 'who may make and use service accounts is not known' }

function lossOf(call: string): Loss {
  const known = losses.get(call)
  if (known !== undefined) return known
  if (call.startsWith('list ')) return lossOfLists(call.slice('list '.length).split(', '))
  const lost = 'what it tells is not known'
  if (call.startsWith('eks:')) return { kind: 'cluster', lost }
  return { kind: call.startsWith('iam:') ? 'role' : 'account', lost }
}

/** Lists of Kubernetes may be refused together, as by a cluster that does not answer. */
function lossOfLists(resources: readonly string[]): Loss {
  const lists = [...new Set(resources.map(lossOfList))]
  const { kind } = lists.find((one) => one === SERVICE_ACCOUNTS) ?? lists[0] ?? WORKLOADS
  return { kind, lost: lists.map(({ lost }) => lost).join('; ') }
}

function lossOfList(resource: string): Loss {
  if (resource === 'namespaces') return NAMESPACES
  if (resource === 'serviceaccounts') return SERVICE_ACCOUNTS
  return /^(?:cluster)?role(?:binding)?s/.test(resource) ? RBAC : WORKLOADS
}

const outcomes: Readonly<Record<MissOutcome, string>> = {
  denied: 'denied',
  throttled: 'throttled',
  failed: 'failed',
  'timed-out': 'not answered in time',
  skipped: 'not asked',
}

/** A miss, with the account in which it was where there are several. */
interface Miss extends MissRecord {
  readonly account?: string
  /** Whether another call gave what this one would have, or most of it. */
  readonly isMadeUpFor: boolean
}

/** One gap for each call and outcome: what has to be granted is granted once, wherever it is missing. */
export function gapsOfMisses(snapshot: Snapshot): readonly CoverageGap[] {
  const groups = new Map<string, Miss[]>()
  for (const miss of missesOf(snapshot)) {
    const key = `${miss.outcome} ${miss.isMadeUpFor ? 'less ' : ''}${miss.call}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [miss])
    else group.push(miss)
  }
  return [...groups.values()].flatMap(gapOf)
}

const DETAILS = 'iam:GetAccountAuthorizationDetails'

function* missesOf({ accounts, kubernetes = [] }: Snapshot): Generator<Miss> {
  for (const { account, roles, misses } of accounts) {
    const owner = account === undefined || accounts.length < 2 ? {} : { account }
    for (const miss of misses)
      yield { ...miss, ...owner, isMadeUpFor: miss.call === DETAILS && roles !== undefined }
  }
  for (const { cluster, misses } of kubernetes)
    for (const miss of misses) yield { cluster, ...miss, isMadeUpFor: false }
}

const LESS_OF_ROLES =
  'roles were read with `iam:ListRoles`, which does not tell last use, permissions boundary, instance profiles, tags and policies'

function gapOf(misses: readonly Miss[]): readonly CoverageGap[] {
  const [first] = misses
  if (first === undefined) return []
  const { call, outcome, isMadeUpFor } = first
  const { kind, lost } = lossOf(call)
  const places = placesOf(misses)
  const lostHere =
    places.length > 1 ? lost.replace(/^its issuer and status/, 'their issuers and status') : lost
  const meaning = isMadeUpFor ? LESS_OF_ROLES : lostHere
  return [
    {
      kind,
      subject: places.length === 1 ? (subjectOf(first) ?? call) : call,
      reason: `\`${escaped(call)}\` ${outcomes[outcome]}${listed(places)}: ${meaning}${saidBy(misses)}`,
      ...(outcome === 'denied' ? { permission: call } : {}),
    },
  ]
}

function subjectOf({ subject, cluster, region, account }: Miss): string | undefined {
  return subject ?? cluster ?? region ?? account
}

/** Where a call failed: `on prod in eu-west-1`. */
interface Place {
  readonly preposition: 'on' | 'for' | 'in' | 'in account'
  readonly name: string
  /** What it is; empty where the name says so. */
  readonly noun: 'cluster' | 'Region' | 'account' | ''
  readonly region?: string
}

/** Each place once. */
function placesOf(misses: readonly Miss[]): readonly Place[] {
  const places = new Map<string, Place>()
  for (const miss of misses) {
    const place = placeOf(miss)
    if (place !== undefined) places.set(JSON.stringify(place), place)
  }
  return [...places.values()]
}

function placeOf({ region, cluster, subject, account }: Miss): Place | undefined {
  const at = region ?? (cluster === undefined ? undefined : arnParts(cluster)?.region)
  const where = at === undefined ? {} : { region: at }
  if (cluster !== undefined)
    return { preposition: 'on', name: clusterName(cluster), noun: 'cluster', ...where }
  if (subject !== undefined) return { preposition: 'for', name: subject, noun: '', ...where }
  if (at !== undefined) {
    const name = account === undefined ? at : `${at} of ${account}`
    return { preposition: 'in', name, noun: 'Region' }
  }
  return account === undefined ? undefined : { preposition: 'in account', name: account, noun: 'account' }
}

function clusterName(cluster: string): string {
  const resource = arnParts(cluster)?.resource
  return resource === undefined ? cluster : resource.slice(resource.indexOf('/') + 1)
}

const MOST_PLACES = 3

/** Few places by name, more by their number; a Region in which they all are is said once. */
function listed(places: readonly Place[]): string {
  const [first] = places
  if (first === undefined) return ''
  const { preposition, noun, region } = first
  const inOne = places.every((place) => place.region === region)
  const here = ({ region: at }: Place): string => (at === undefined ? '' : ` in ${at}`)
  const names = places.slice(0, MOST_PLACES).map((place) => place.name + (inOne ? '' : here(place)))
  const others = places.length - names.length
  if (others > 0) names.push(`${others} more${noun === '' ? '' : ` ${noun}${others === 1 ? '' : 's'}`}`)
  const list = names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
  return escaped(` ${preposition} ${list}${inOne ? here(first) : ''}`)
}

/** What somebody above the account forbids cannot be granted in it; AWS says so at the end of its message. */
const FORBIDDEN =
  /with an explicit deny in (?:an? )?[a-z -]+|because no (?:service control|resource control|session|VPC endpoint) policy allows|because no permissions boundary allows/i

const MOST_REASONS = 2

/** The part of the answers that tells more than the outcome. One reason must not stand for another one elsewhere. */
function saidBy(misses: readonly Miss[]): string {
  const said = new Set(
    misses.flatMap(({ outcome, message }) => {
      if (outcome === 'denied') return FORBIDDEN.exec(message)?.[0] ?? []
      return outcome === 'failed' && message !== '' ? message.replace(MORE, '') : []
    }),
  )
  if (said.size === 0) return ''
  const shown = [...said].slice(0, MOST_REASONS)
  const others = said.size - shown.length
  if (others > 0) shown.push(`${others} more reason${others === 1 ? '' : 's'}`)
  return ` (${escaped(shown.join('; '))})`
}

/** How the collector counts calls that failed alike. */
const MORE = / \(and \d+ more like it\)$/
