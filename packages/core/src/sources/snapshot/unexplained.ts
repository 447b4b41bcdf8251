/** Lists of a snapshot that are not whole where no call says why, as in a file that somebody has edited. */
import type { CoverageGap } from '../../inventory.js'
import { quoted } from '../../text/quote.js'
import { isRoleRecordNamed } from './account-facts.js'
import type { AccountRecord, ClusterRecord, KubernetesKind, MissRecord, Snapshot } from './record.js'

/** Parts of a cluster, the calls that list them, and what they are. */
const PARTS = [
  ['associations', 'eks:ListPodIdentityAssociations', 'association', 'Pod Identity associations'],
  ['addons', 'eks:ListAddons', 'addon', 'add-ons'],
  ['nodegroups', 'eks:ListNodegroups', 'node-group', 'node groups'],
  ['fargateProfiles', 'eks:ListFargateProfiles', 'fargate-profile', 'Fargate profiles'],
  ['accessEntries', 'eks:ListAccessEntries', 'access-entry', 'access entries'],
  ['capabilities', 'eks:ListCapabilities', 'capability', 'capabilities'],
] as const

const ROLE_CALLS: readonly string[] = ['iam:GetAccountAuthorizationDetails', 'iam:ListRoles']

/** One gap for each such list. A list that somebody says is not whole is never taken for all there is. */
export function* unexplainedGaps({ accounts, kubernetes = [] }: Snapshot): Generator<CoverageGap> {
  for (const account of accounts) yield* ofAccount(account)
  for (const { cluster, complete, misses } of kubernetes) {
    const missing = KINDS.filter(({ kind }) => !complete.includes(kind))
    const [first] = missing
    if (first === undefined || misses.length > 0) continue
    const what = missing.map(({ name }) => name).join(', ')
    yield gapOf(first.gap, cluster, `${what} of the cluster ${quoted(cluster, 200)}`)
  }
}

const KINDS: readonly {
  readonly kind: KubernetesKind
  readonly gap: CoverageGap['kind']
  readonly name: string
}[] = [
  { kind: 'service-accounts', gap: 'service-account', name: 'service accounts' },
  { kind: 'workloads', gap: 'workload', name: 'workloads' },
  { kind: 'namespaces', gap: 'namespace', name: 'namespaces' },
  { kind: 'rbac', gap: 'rbac', name: 'roles and bindings' },
]

function* ofAccount({ account, roles, providers, regions, misses }: AccountRecord): Generator<CoverageGap> {
  const named = account === undefined ? 'the account' : `account ${quoted(account)}`
  const isTold = (...calls: readonly string[]): boolean => misses.some(({ call }) => calls.includes(call))
  if (roles?.isWhole === false && !isTold(...ROLE_CALLS))
    yield gapOf('role', account ?? 'roles', `roles of ${named}`)
  if (roles?.isWhole === true) {
    const nameless = roles.items.filter((record) => !isRoleRecordNamed(record)).length
    if (nameless > 0) {
      const reason = `${nameless} of the roles of ${named} have no ARN of a role: which roles there are is not known`
      yield { kind: 'role', subject: account ?? 'roles', reason }
    }
  }
  if (providers?.isWhole === false && !isTold('iam:ListOpenIDConnectProviders'))
    yield gapOf('provider', account ?? 'providers', `OIDC providers of ${named}`)
  for (const { region, clusters } of regions) {
    const isListed = clusters?.isWhole ?? false
    if (!isListed && !misses.some((miss) => miss.call === 'eks:ListClusters' && miss.region === region))
      yield gapOf('cluster', region, `clusters of ${named} in ${quoted(region)}`)
    for (const cluster of clusters?.items ?? []) yield* ofCluster(cluster, region, misses)
  }
}

function* ofCluster(
  record: ClusterRecord,
  region: string,
  misses: readonly MissRecord[],
): Generator<CoverageGap> {
  const { name, cluster } = record
  const isIts = (miss: MissRecord): boolean =>
    (miss.region ?? region) === region && (miss.cluster === name || miss.cluster === cluster?.arn)
  for (const [part, call, kind, what] of PARTS) {
    if (record[part]?.isWhole !== false) continue
    if (misses.some((miss) => miss.call === call && isIts(miss))) continue
    yield gapOf(kind, cluster?.arn ?? name, `${what} of the cluster ${quoted(name)} in ${quoted(region)}`)
  }
}

function gapOf(kind: CoverageGap['kind'], subject: string, what: string): CoverageGap {
  return { kind, subject, reason: `the snapshot does not hold all ${what}, and does not say why` }
}
