import { ownerOf } from '../aws-names.js'
import type { AccountRecord } from '../snapshot/record.js'
import { collectProviders } from './collect-providers.js'
import { type EksClients, type RegionChoice, collectRegions } from './collect-regions.js'
import { type IamClient, collectAccountNumbers, collectRoles, plausibleRoles } from './collect-roles.js'
import { type RunOptions, collectRun } from './collect-run.js'
import { eksRegions, partitionOfRegion } from './eks-regions.js'
import { missLog } from './misses.js'
import { known } from './raw-member.js'

export interface AwsClients {
  readonly iam: IamClient
  readonly eks: EksClients
}

export interface CollectOptions extends RunOptions, RegionChoice {
  /** False leaves the roles out: `awsRolePages` reads them without keeping them. */
  readonly roles?: boolean
}

/**
 * Reads what an account says about who can become its roles from Kubernetes: roles, OIDC providers, and of each EKS
 * cluster its Pod Identity associations, add-ons, node groups, Fargate profiles, access entries and capabilities.
 *
 * It asks for nothing twice, and IAM and EKS at the same time. It makes no clients and never sees credentials; how often
 * a call is tried again is up to the clients (`maxAttempts: 8` suits large accounts).
 *
 * Nothing is thrown for what AWS or the network does: a call that is denied, fails or is not made is one of the record's
 * `misses`, and all else is there. An abort ends the reading at once with what is known by then.
 *
 * @example
 *   const record = await collectAwsAccount(
 *     { iam: new IAMClient({ region: 'us-east-1' }), eks: (region) => new EKSClient({ region }) },
 *     { defaultRegion: 'eu-west-1', signal: AbortSignal.timeout(600_000) },
 *   )
 *   for (const { call, message } of record.misses) console.warn(`${call}: ${message}`)
 */
export async function collectAwsAccount(
  { iam, eks }: AwsClients,
  { regions, defaultRegion, allRegions, roles: wantsRoles = true, ...options }: CollectOptions = {},
): Promise<AccountRecord> {
  const run = collectRun(options)
  const misses = missLog()
  try {
    // Pages of roles come one after the other and take the longest, so they are asked for first.
    const rolesRead = wantsRoles ? collectRoles(run, iam, misses) : Promise.resolve(undefined)
    let tellArns: (arns: readonly string[]) => void = () => undefined
    const providerArns = new Promise<readonly string[]>((resolve) => {
      tellArns = resolve
    })
    const providersRead = collectProviders(run, iam, misses, tellArns)
    const roleArn = rolesRead.then((read) => read?.items[0]?.Arn)
    const choice = known({ regions, defaultRegion, allRegions })
    const [rolesGiven, providers, numbers, regionRecords] = await Promise.all([
      rolesRead,
      providersRead,
      collectAccountNumbers(run, iam, misses),
      collectRegions(run, eks, misses, choice, { providerArns, roleArn }),
    ])

    const roles = plausibleRoles(rolesGiven, numbers, misses)
    const { trustPolicyQuota } = numbers
    const clusters = regionRecords.flatMap((region) => region.clusters?.items ?? [])
    const arns = [
      ...(providers?.items ?? []).map(({ Arn }) => Arn),
      ...(roles?.items ?? []).map(({ Arn }) => Arn),
      ...clusters.map(({ cluster }) => cluster?.arn),
    ]
    const owner = ownerOf(arns.find((arn) => ownerOf(arn).account !== undefined))
    // Of a partition that is not known here nobody knows which Regions there are.
    const all = eksRegions(owner.partition ?? partitionOfRegion(defaultRegion ?? '') ?? 'aws')
    const read = new Set(regionRecords.map(({ region }) => region))
    const hasAllRegions = allRegions === true && all.length > 0 && all.every((one) => read.has(one))
    return {
      ...owner,
      ...known({ roles, trustPolicyQuota, providers }),
      regions: regionRecords,
      ...(hasAllRegions ? { hasAllRegions } : {}),
      misses: misses.records(),
    }
  } finally {
    run.close()
  }
}
