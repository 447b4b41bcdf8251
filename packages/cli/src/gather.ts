/** The inventory of a command: files, a live account, or both together. */
import { inventoryOf } from '@podtrust/core'
import type { Inventory } from '@podtrust/core'
import type { Live, LiveOptions } from './live/read-live.js'
import { UsageError } from './failure.js'
import type { Arguments } from './options.js'
import { readInputs } from './read-inputs.js'
import type { Inputs } from './read-inputs.js'

export interface Gathered extends Inputs {
  /** Present where an account was read. */
  readonly live?: Live
}

/**
 * Reads what the command line names; with `--live`, or where `isLive` says so, the account too.
 *
 * @throws UsageError, UnreachableError
 */
export async function gather(options: Arguments, isLive = options.has('live')): Promise<Gathered> {
  if (!isLive) {
    const stray = LIVE_ONLY.find((name) => options.has(name))
    if (stray !== undefined) throw new UsageError(`--${stray} goes with --live, which reads AWS`)
  }
  const own = {
    roleArn: options.get('role-arn'),
    roleName: options.get('role-name'),
    stdinFilename: options.get('stdin-filename'),
    terraformDir: options.get('terraform-dir'),
  }
  if (!isLive) return readInputs(options.positionals, own)
  const snapshot = options.get('snapshot')
  if (snapshot !== undefined) {
    const stray = LIVE_ONLY.find((name) => options.has(name))
    if (stray !== undefined) throw new UsageError(`--${stray} reads AWS, and --snapshot is read in its place`)
    return asAccount(await readInputs([snapshot, ...options.positionals], own), snapshot)
  }
  const files = options.positionals.length === 0 ? NOTHING : await readInputs(options.positionals, own)
  // Only work that asks AWS loads its SDK.
  const { readLive } = await import('./live/read-live.js')
  const live = await readLive(liveOptionsOf(options))
  const accounts = accountNames(live.inventory)
  return {
    ...files,
    inventory: files === NOTHING ? live.inventory : inventoryOf(live.inventory, files.inventory),
    names: [...(accounts.length === 0 ? ['AWS'] : accounts), ...files.names],
    warnings: [...live.warnings, ...files.warnings],
    live,
  }
}

/** Reports name a snapshot by its accounts, as they do what was read live. */
function asAccount(inputs: Inputs, snapshot: string): Gathered {
  const accounts = accountNames(inputs.inventory)
  if (accounts.length === 0) return inputs
  return { ...inputs, names: inputs.names.flatMap((name) => (name === snapshot ? accounts : [name])) }
}

function accountNames({ facts }: Inventory): readonly string[] {
  return (facts.accounts ?? []).map(({ account }) => `AWS account ${account}`)
}

const NOTHING: Inputs = {
  inventory: {
    facts: { providers: [], clusters: [], associations: [], holds: new Set(), gaps: [] },
    roles: [],
  },
  names: [],
  errors: [],
  otherFiles: 0,
  warnings: [],
  before: () => undefined,
  streams: [],
}

const LIVE_ONLY = [
  'profile',
  'region',
  'all-regions',
  'endpoint-url',
  'accounts',
  'assume-role-name',
  'external-id',
  'kubernetes',
  'kubeconfig',
  'context',
  'probe-issuers',
  'timeout',
] as const

function liveOptionsOf(options: Arguments): LiveOptions {
  const regions = valuesOf(options, 'region')
  const accounts = valuesOf(options, 'accounts')
  const wrong = accounts.find((account) => !/^\d{12}$/.test(account))
  if (wrong !== undefined)
    throw new UsageError(`--accounts: \`${wrong}\` is no account, which has twelve digits`)
  if (accounts.length > 0 && !options.has('assume-role-name'))
    throw new UsageError('--accounts wants --assume-role-name: the role to read each account with')
  for (const name of ['assume-role-name', 'external-id'] as const)
    if (accounts.length === 0 && options.has(name)) throw new UsageError(`--${name} goes with --accounts`)
  const ofOne = (['kubeconfig', 'context'] as const).find((name) => options.has(name))
  if (accounts.length > 0 && ofOne !== undefined)
    throw new UsageError(
      `--${ofOne} reads one cluster, and --accounts are several; --kubernetes reads the clusters of all`,
    )
  const badRegion = regions.find((region) => !/^[a-z]{2,5}(?:-[a-z0-9]+)+$/.test(region))
  if (badRegion !== undefined)
    throw new UsageError(`--region: \`${badRegion}\` is no Region, such as eu-west-1`)
  return {
    profile: options.get('profile'),
    regions,
    allRegions: options.has('all-regions'),
    endpointUrl: endpointOf(options.get('endpoint-url')),
    accounts,
    assumeRoleName: options.get('assume-role-name'),
    externalId: options.get('external-id'),
    kubernetes:
      options.has('kubernetes') || options.has('kubeconfig') || options.has('context')
        ? {
            byAws: options.has('kubernetes'),
            kubeconfig: options.get('kubeconfig'),
            context: options.get('context'),
          }
        : undefined,
    probeIssuers: options.has('probe-issuers'),
    timeoutMs: timeoutOf(options.get('timeout')),
    isQuiet: options.has('quiet'),
  }
}

function valuesOf(options: Arguments, name: 'region' | 'accounts'): readonly string[] {
  const values = options.all(name).flatMap((value) => value.split(','))
  return [...new Set(values.map((value) => value.trim()).filter((value) => value !== ''))]
}

function endpointOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text
  throw new UsageError(`--endpoint-url: \`${text}\` is no address, such as http://127.0.0.1:5000`)
}

function timeoutOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const seconds = Number(text)
  if (Number.isFinite(seconds) && seconds > 0) return seconds * 1000
  throw new UsageError(`--timeout: \`${text}\` is no number of seconds`)
}
