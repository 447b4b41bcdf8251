import { escaped } from '../../text/quote.js'
import { arnParts } from '../aws-names.js'
import type { Snapshot } from './record.js'

/** What was not looked at on purpose, a clause each. */
export function* outOfScopeOf({ accounts, kubernetes = [] }: Snapshot): Generator<string> {
  for (const { regions, hasAllRegions, misses } of accounts) {
    // Of an account that nobody was let into nothing was looked at, which is a gap.
    if (hasAllRegions === true || misses.some(({ call }) => call === 'sts:AssumeRole')) continue
    if (regions.length === 0) {
      yield 'clusters were looked for in no Region: none is told, and no OIDC provider names one; `--all-regions` looks everywhere'
      continue
    }
    const names = regions.map(({ region }) => escaped(region))
    const where = names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
    yield `clusters were looked for in ${where} alone, \`--all-regions\` looks everywhere`
  }
  const clusters = accounts.flatMap(({ regions }) =>
    regions.flatMap(({ region, clusters: list }) =>
      (list?.items ?? []).map(({ name, cluster }) => ({ name, region, arn: cluster?.arn })),
    ),
  )
  const isAlone = (name: string): boolean => clusters.filter((one) => one.name === name).length === 1
  const isRead = ({ name, region, arn }: (typeof clusters)[number]): boolean =>
    kubernetes.some(
      ({ cluster }) =>
        cluster === arn || (cluster === name && isAlone(name)) || isArnOf(cluster, region, name),
    )
  const unread = clusters.filter((cluster) => !isRead(cluster))
  if (kubernetes.length === 0) {
    yield 'Kubernetes was not read: it knows the service accounts, their annotations and who uses them'
  } else if (unread.length > 0) {
    yield `Kubernetes of ${unread.length} of ${clusters.length} clusters was not read`
  }
  if (accounts.length === 0) return
  if (clusters.length > 0) yield "node metadata options (IMDS) are not read live: they need EC2's API"
  if (accounts.some(({ roles }) => (roles?.items.length ?? 0) > 0))
    yield 'documents of managed policies are not read live, so what roles may do is known in part'
  yield 'policies of the organization (SCPs and RCPs), which can only deny more, are not read'
}

function isArnOf(arn: string, region: string, name: string): boolean {
  const parts = arnParts(arn)
  return parts?.region === region && parts.resource === `cluster/${name}`
}
