import type { EKSClient } from '@aws-sdk/client-eks'
import { issuerOfProviderArn, ownerOf } from '../aws-names.js'
import type { RegionRecord } from '../snapshot/record.js'
import type { EksClient } from './cluster-parts.js'
import { collectRegion } from './collect-clusters.js'
import type { CollectRun } from './collect-run.js'
import { eksRegions, partitionOfRegion, regionOfIssuer } from './eks-regions.js'
import type { Failure } from './failure.js'
import type { MissLog } from './misses.js'

/** An EKS client that says which Region it looks at. */
export interface RegionalEksClient extends EksClient {
  readonly config: Pick<EKSClient['config'], 'region'>
}

/** One client, which looks at its own Region alone, or a function that has one for each Region. */
export type EksClients = RegionalEksClient | ((region: string) => EksClient)

export interface RegionChoice {
  /** The Regions to look for clusters in. Unless told, those that the EKS issuers among the OIDC providers name. */
  readonly regions?: readonly string[]
  /** One more Region where `regions` is not told, such as the one of the caller's configuration. */
  readonly defaultRegion?: string
  /** Whether to look in every Region of the partition that has EKS, besides. */
  readonly allRegions?: boolean
}

/** What tells where clusters are, once IAM has answered. */
interface Signs {
  readonly providerArns: Promise<readonly string[]>
  readonly roleArn: Promise<string | undefined>
}

/** All Regions that are to be looked at, in alphabetical order. Each is read as soon as it is known. */
export async function collectRegions(
  run: CollectRun,
  clients: EksClients,
  misses: MissLog,
  { regions, defaultRegion, allRegions = false }: RegionChoice,
  { providerArns, roleArn }: Signs,
): Promise<readonly RegionRecord[]> {
  const readings = new Map<string, Promise<RegionRecord>>()
  const own = typeof clients === 'function' ? undefined : await ownRegion(clients)
  const begin = (wanted: readonly (string | undefined)[]): void => {
    for (const region of wanted) {
      if (region !== undefined && !readings.has(region)) readings.set(region, read(region))
    }
  }
  const read = async (region: string): Promise<RegionRecord> => {
    const eks = clientFor(region, clients, own)
    if (eks !== undefined) return collectRegion({ run, eks, region, misses })
    misses.add({ call: 'eks:ListClusters', region }, NO_CLIENT)
    return { region }
  }

  begin(regions ?? [defaultRegion, own])
  if (regions === undefined) begin((await providerArns).map(regionOfProvider))
  if (allRegions) {
    const near = own ?? defaultRegion
    const arns = [...(await providerArns), await roleArn]
    const partition =
      (near && partitionOfRegion(near)) ?? arns.map((arn) => ownerOf(arn).partition).find(Boolean)
    begin(eksRegions(partition ?? 'aws'))
  }
  const records = await Promise.all(readings.values())
  return records.sort((a, b) => (a.region < b.region ? -1 : 1))
}

const NO_CLIENT: Failure = {
  outcome: 'skipped',
  message: 'not asked: there is no client for this Region',
  kind: 'no client',
}

function clientFor(region: string, clients: EksClients, own: string | undefined): EksClient | undefined {
  if (typeof clients !== 'function') return region === own ? clients : undefined
  try {
    return clients(region)
  } catch {
    return undefined
  }
}

async function ownRegion({ config }: RegionalEksClient): Promise<string | undefined> {
  try {
    return await config.region()
  } catch {
    return undefined
  }
}

function regionOfProvider(arn: string): string | undefined {
  const issuer = issuerOfProviderArn(arn)
  return issuer === undefined ? undefined : regionOfIssuer(issuer)
}
