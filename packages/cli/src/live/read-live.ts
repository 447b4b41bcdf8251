/** From credentials to one snapshot of accounts and clusters, and the inventory that it makes. */
import { quoted } from '@podtrust/core'
import type { Inventory, IssuerProbe } from '@podtrust/core'
import { collectAwsAccount, safeLine } from '@podtrust/core/sources/aws'
import { SNAPSHOT_VERSION, inventoryOfSnapshot } from '@podtrust/core/sources/snapshot'
import type { AccountRecord, KubernetesRecord, MissRecord, Snapshot } from '@podtrust/core/sources/snapshot'
import { UsageError } from '../failure.js'
import { version } from '../version.js'
import type { IssuerNetwork } from './ask-issuer.js'
import { openSession } from './aws-session.js'
import type { AwsSession } from './aws-session.js'
import { readKubernetes } from './read-kubernetes.js'
import { issuersToProbe, probeIssuers } from './probe-issuers.js'
import { openProgress, progressText } from './progress.js'
import { readKubeContext } from '../kubernetes/kubeconfig.js'
import type { KubeContext } from '../kubernetes/kubeconfig.js'

export interface LiveOptions {
  readonly profile: string | undefined
  /** The first is the session's; none is what the SDK finds. */
  readonly regions: readonly string[]
  readonly allRegions: boolean
  readonly endpointUrl: string | undefined
  readonly accounts: readonly string[]
  readonly assumeRoleName: string | undefined
  readonly externalId: string | undefined
  /** Whether to read clusters by their API: all of them as the AWS caller, one by a kubeconfig, or both. */
  readonly kubernetes:
    | {
        readonly byAws: boolean
        readonly kubeconfig: string | undefined
        readonly context: string | undefined
      }
    | undefined
  /** Whether to ask the addresses of issuers for their discovery documents. */
  readonly probeIssuers: boolean
  readonly timeoutMs: number | undefined
  readonly isQuiet: boolean
}

export interface Live {
  readonly snapshot: Snapshot
  readonly inventory: Inventory
  /** The signal that ended the reading early. */
  readonly signal: 'SIGINT' | 'SIGTERM' | undefined
  /** Nothing at all could be read. */
  readonly isOutOfReach: boolean
  readonly warnings: readonly string[]
}

/**
 * Reads what the options say. What cannot be read is a gap of the inventory; a signal ends the reading at once with what is
 * known, and a second one ends the program.
 *
 * @param network where issuers are asked, which tests alone bring
 * @throws UnreachableError where there are no credentials
 * @throws UsageError
 */
export async function readLive(options: LiveOptions, network?: IssuerNetwork): Promise<Live> {
  const progress = openProgress(options.isQuiet)
  const stop = new AbortController()
  let signal: Live['signal']
  const onSignal = (name: 'SIGINT' | 'SIGTERM'): void => {
    signal = name
    stop.abort()
  }
  const takenAt = new Date()
  const context = await contextOf(options)
  // Until there are credentials nothing is known that a signal should keep.
  const session = await openSession({
    profile: options.profile,
    region: options.regions[0],
    endpointUrl: options.endpointUrl,
  })
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  try {
    const reading: Reading = {
      options,
      session,
      context,
      progress: (text: string) => progress.say(text),
      signal: stop.signal,
      takenAt,
    }
    const { accounts, kubernetes } = await readAccounts(reading)
    const read: Snapshot = {
      podtrustSnapshot: SNAPSHOT_VERSION,
      tool: version,
      takenAt: takenAt.toISOString(),
      accounts,
      ...(kubernetes === undefined ? {} : { kubernetes }),
    }
    const { snapshot, warnings } = options.probeIssuers
      ? await probed(read, reading, network)
      : { snapshot: read, warnings: [] }
    return {
      snapshot,
      inventory: inventoryOfSnapshot(snapshot),
      signal,
      isOutOfReach: accounts.every(isEmpty),
      warnings: [
        ...(session.region === undefined && options.regions.length === 0 && !options.allRegions
          ? [
              'no Region is configured: clusters are looked for where OIDC providers name one; `--region` adds others',
            ]
          : []),
        ...(context?.warnings ?? []),
        ...warnings,
      ],
    }
  } finally {
    progress.end()
    session.close()
    process.removeListener('SIGINT', onSignal)
    process.removeListener('SIGTERM', onSignal)
  }
}

interface Reading {
  readonly options: LiveOptions
  readonly context: KubeContext | undefined
  readonly session: AwsSession
  readonly progress: (text: string) => void
  readonly signal: AbortSignal
  readonly takenAt: Date
}

/** The snapshot with what stands at the addresses of issuers. What could not be seen is no finding, so a warning says it. */
async function probed(
  snapshot: Snapshot,
  { options, progress, signal, takenAt }: Reading,
  network: IssuerNetwork | undefined,
): Promise<{ readonly snapshot: Snapshot; readonly warnings: readonly string[] }> {
  const issuers = issuersToProbe(inventoryOfSnapshot(snapshot).facts.providers.map(({ issuer }) => issuer))
  const issuerProbes = await probeIssuers(
    issuers,
    {
      signal: untilDeadline(signal, takenAt, options.timeoutMs),
      onProgress: (done, of) => progress(`addresses of issuers, ${done} of ${of}`),
    },
    network,
  )
  return { snapshot: { ...snapshot, issuerProbes }, warnings: [...probeWarnings(issuers, issuerProbes)] }
}

function untilDeadline(signal: AbortSignal, takenAt: Date, timeoutMs: number | undefined): AbortSignal {
  if (timeoutMs === undefined) return signal
  const left = Math.max(0, Math.ceil(takenAt.getTime() + timeoutMs - Date.now()))
  return AbortSignal.any([signal, left === 0 ? AbortSignal.abort() : AbortSignal.timeout(left)])
}

function* probeWarnings(
  issuers: readonly string[],
  probes: readonly IssuerProbe[],
): Generator<string, void, undefined> {
  for (const { issuer, outcome, reason } of probes) {
    if (outcome !== 'unreachable') continue
    yield `whether anybody may claim the issuer ${quoted(issuer, 200)} is not known: ${reason}`
  }
  const left = issuers.length - probes.length
  if (left > 0) yield `the time was over before ${left} of ${issuers.length} issuers were asked`
}

/** One account after the other: they share what AWS lets one caller ask. */
async function readAccounts(reading: Reading): Promise<{
  readonly accounts: readonly AccountRecord[]
  readonly kubernetes: readonly KubernetesRecord[] | undefined
}> {
  const { options, session } = reading
  if (options.accounts.length === 0) return readAccount(reading, session, '')
  const { assumeRoleName, externalId } = options
  if (assumeRoleName === undefined)
    throw new UsageError('--accounts wants --assume-role-name: the role to read each account with')
  const accounts: AccountRecord[] = []
  const kubernetes: KubernetesRecord[] = []
  const ends = untilDeadline(reading.signal, reading.takenAt, options.timeoutMs)
  for (const account of options.accounts) {
    const arn = `arn:${partitionOf(session.region)}:iam::${account}:role/${assumeRoleName}`
    if (ends.aborted) {
      accounts.push(closedAccount(account, arn, 'skipped', 'the run ended before'))
      continue
    }
    const other = session.assuming({ arn, externalId })
    const refusal = await refusalOf(other, ends)
    if (refusal !== undefined) {
      accounts.push(closedAccount(account, arn, ...refusal))
      other.close()
      continue
    }
    const read = await readAccount(reading, other, `account ${account}, `)
    other.close()
    accounts.push(...read.accounts.map((record) => ({ ...record, account: record.account ?? account })))
    kubernetes.push(...(read.kubernetes ?? []))
  }
  return { accounts, kubernetes: options.kubernetes === undefined ? undefined : kubernetes }
}

async function readAccount(
  { options, context, progress, signal, takenAt }: Reading,
  session: AwsSession,
  where: string,
): Promise<{
  readonly accounts: readonly AccountRecord[]
  readonly kubernetes: readonly KubernetesRecord[] | undefined
}> {
  const record = await collectAwsAccount(
    { iam: session.iam, eks: session.eks },
    {
      ...(options.regions.length === 0 ? {} : { regions: options.regions }),
      ...(session.region === undefined ? {} : { defaultRegion: session.region }),
      allRegions: options.allRegions,
      signal,
      ...(options.timeoutMs === undefined ? {} : { deadline: takenAt.getTime() + options.timeoutMs }),
      onProgress: (event) => progress(where + progressText(event)),
    },
  )
  if (options.kubernetes === undefined) return { accounts: [record], kubernetes: undefined }
  const kubernetes = await readKubernetes(record, {
    session,
    byAws: options.kubernetes.byAws,
    context,
    signal: untilDeadline(signal, takenAt, options.timeoutMs),
    progress: (text) => progress(where + text),
  })
  return { accounts: [record], kubernetes }
}

async function contextOf({ kubernetes }: LiveOptions): Promise<KubeContext | undefined> {
  if (kubernetes?.kubeconfig === undefined && kubernetes?.context === undefined) return undefined
  return readKubeContext(kubernetes)
}

/** Why the credentials of a session cannot be had; they are not waited for longer than the run may take. */
async function refusalOf(
  { credentials }: AwsSession,
  ends: AbortSignal,
): Promise<readonly [MissRecord['outcome'], string] | undefined> {
  let stop: () => void = () => undefined
  const ended = new Promise<'ended'>((resolve) => {
    stop = () => resolve('ended')
    ends.addEventListener('abort', stop, { once: true })
  })
  try {
    const first = await Promise.race([credentials(), ended])
    return first === 'ended' ? ['timed-out', 'no answer before the run ended'] : undefined
  } catch (error) {
    const isDenied = error instanceof Error && /AccessDenied/.test(error.name)
    const said = safeLine(error instanceof Error ? error.message : String(error))
    return [isDenied ? 'denied' : 'failed', said ?? 'the role was not given']
  } finally {
    ends.removeEventListener('abort', stop)
  }
}

function closedAccount(
  account: string,
  subject: string,
  outcome: MissRecord['outcome'],
  message: string,
): AccountRecord {
  return { account, regions: [], misses: [{ call: 'sts:AssumeRole', outcome, subject, message }] }
}

function isEmpty({ roles, providers, regions }: AccountRecord): boolean {
  return (
    roles === undefined && providers === undefined && !regions.some(({ clusters }) => clusters !== undefined)
  )
}

/** @see https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html */
function partitionOf(region = ''): string {
  if (region.startsWith('cn-')) return 'aws-cn'
  if (region.startsWith('us-gov-')) return 'aws-us-gov'
  if (region.startsWith('eusc-')) return 'aws-eusc'
  if (region.startsWith('us-iso-')) return 'aws-iso'
  if (region.startsWith('us-isob-')) return 'aws-iso-b'
  if (region.startsWith('eu-isoe-')) return 'aws-iso-e'
  if (region.startsWith('us-isof-')) return 'aws-iso-f'
  return 'aws'
}
