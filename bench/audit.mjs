/**
 * An account of 5,000 roles and 40 clusters with 2,000 associations, read live from a server that takes 20 ms for each
 * request. Server, reader, floor and command are processes of their own, so that none waits for the event loop of
 * another; the floor asks as often, as many at once, of the same server, and does nothing with the answers.
 */
import { fork, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

import { build } from 'esbuild'

import { credentialsOf } from '../test/aws-server/account.mjs'
import { largeAccount } from '../test/aws-server/large-account.mjs'
import { startAwsServer } from '../test/aws-server/server.mjs'
import { sourceOf } from './source-of.mjs'

const file = fileURLToPath(import.meta.url)
const root = fileURLToPath(new URL('..', import.meta.url))
const program = join(root, 'packages/cli/dist/podtrust.cjs')
const peakFile = join(root, 'bench/peak.cjs')
const LATENCY = 20
const ROUNDS = 3
const REGION = 'eu-west-1'
/** The limits of the collector unless told. */
const AT_ONCE = { iam: 4, eks: 5 }
const ROLES_PER_PAGE = 1000

/**
 * The least that an account takes with these limits, in ms: every request within the limit of its service, the pages of
 * roles one after the other, and for EKS no shorter than from the providers, which name Regions, to the last item.
 */
function idealOf({ iam, eks, rolePages }) {
  const rounds = Math.max(
    rolePages,
    Math.ceil(iam / AT_ONCE.iam),
    Math.ceil(eks / AT_ONCE.eks),
    // Providers, clusters, one cluster, a list of it, one item.
    eks === 0 ? 1 : 5,
  )
  return rounds * LATENCY
}

/** What is asked of one process. */
const works = {
  bare: async () => ({}),
  async server() {
    const server = await startAwsServer({ accounts: [largeAccount(sizeOf())], latency: LATENCY })
    process.on('message', () => {
      const iam = server.count() - server.requests.filter(({ service }) => service === 'eks').length
      const peaks = { iam: server.peak({ service: 'iam' }), eks: server.peak({ service: 'eks' }) }
      process.send({ requests: { iam, eks: server.count() - iam }, peaks })
      server.reset()
    })
    process.once('disconnect', () => void server.close())
    process.send({ endpoint: server.endpoint })
  },
  async floor(endpoint, counts) {
    const { iam, eks, rolePages } = JSON.parse(counts)
    const agent = new Agent({ keepAlive: true, maxSockets: 50 })
    const ask = (service, path, body) =>
      new Promise((resolve, reject) => {
        const scope = `Credential=${process.env['AWS_ACCESS_KEY_ID']}/20261101/${REGION}/${service}/aws4_request`
        const headers = { authorization: scope }
        const sent = request(endpoint + path, { agent, headers, method: body === undefined ? 'GET' : 'POST' })
        sent.once('error', reject)
        sent.once('response', (response) => response.resume().once('end', resolve).once('error', reject))
        sent.end(body)
      })
    const times = async (count, work) => {
      for (let at = 0; at < count; at++) await work()
    }
    const inLanes = (count, lanes, work) =>
      Promise.all(
        Array.from({ length: lanes }, (_, lane) =>
          times(Math.floor(count / lanes) + (lane < count % lanes ? 1 : 0), work),
        ),
      )
    const page = `Action=GetAccountAuthorizationDetails&Version=2010-05-08&Filter.member.1=Role&MaxItems=${ROLES_PER_PAGE}`
    const begin = performance.now()
    await Promise.all([
      times(rolePages, () => ask('iam', '/', page)),
      inLanes(iam - rolePages, AT_ONCE.iam - 1, () =>
        ask('iam', '/', 'Action=GetAccountSummary&Version=2010-05-08'),
      ),
      inLanes(eks, AT_ONCE.eks, () => ask('eks', '/clusters/cluster-0')),
    ])
    const milliseconds = performance.now() - begin
    agent.destroy()
    return { milliseconds }
  },
  async collect(endpoint, bundle) {
    const { accountSummary, checkTrust, collectAwsAccount, inventoryOfSnapshot, openSession, toAuditText } =
      createRequire(file)(bundle)
    const session = await openSession({ profile: undefined, region: REGION, endpointUrl: endpoint })
    const used = process.cpuUsage()
    const begin = performance.now()
    const account = await collectAwsAccount({ iam: session.iam, eks: session.eks }, { defaultRegion: REGION })
    const milliseconds = performance.now() - begin
    const { user, system } = process.cpuUsage(used)
    const cpu = (user + system) / 1000
    session.close()
    const peakOfReading = process.resourceUsage().maxRSS * 1024
    const timed = {}
    const time = (name, work) => {
      const began = performance.now()
      const result = work()
      timed[name] = performance.now() - began
      return result
    }
    const takenAt = new Date()
    const snapshot = {
      podtrustSnapshot: 1,
      tool: 'bench',
      takenAt: takenAt.toISOString(),
      accounts: [account],
    }
    const inventory = time('inventoryOfSnapshot', () => inventoryOfSnapshot(snapshot))
    const report = time('checkTrust', () =>
      checkTrust(inventory, { now: takenAt, all: true, analyses: false }),
    )
    const summary = time('accountSummary', () => accountSummary(inventory, report.findings, { now: takenAt }))
    time('toAuditText', () => toAuditText(report, summary, {}))
    const { misses, regions, roles } = account
    const associations = regions.flatMap(({ clusters }) =>
      clusters.items.flatMap((cluster) => cluster.associations.items),
    )
    const seen = { roles: roles.items.length, associations: associations.length, misses: misses.length }
    return { milliseconds, cpu, peakOfReading, timed, seen, findings: report.findings.length }
  },
}

/** The command's own code, as it is bundled for `live.cjs`. */
async function bundleTo(path) {
  await build({
    stdin: {
      contents: `
        export { accountSummary, checkTrust } from '@podtrust/core'
        export { toAuditText } from '@podtrust/core/reporters/audit'
        export { collectAwsAccount } from '@podtrust/core/sources/aws'
        export { inventoryOfSnapshot } from '@podtrust/core/sources/snapshot'
        export { openSession } from './src/live/aws-session.js'`,
      resolveDir: join(root, 'packages/cli'),
      loader: 'ts',
    },
    outfile: path,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    conditions: ['podtrust-source', 'module'],
    define: { 'import.meta.dirname': '__dirname' },
    logLevel: 'error',
  })
}

function sizeOf() {
  return JSON.parse(process.env['PODTRUST_BENCH_SIZE'] ?? '{}')
}

/** Nothing of this machine's configuration. */
function environmentOf(size) {
  const { accessKeyId, secretAccessKey } = credentialsOf('111122223333')
  return {
    PATH: process.env['PATH'],
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    PODTRUST_BENCH_SIZE: JSON.stringify(size),
  }
}

function inProcess(env, ...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], { encoding: 'utf8', env })
  if (status !== 0) throw new Error(`${args[0]} ended with ${status}\n${stderr}`)
  return JSON.parse(stdout)
}

/** The whole command, and its peak of memory. */
async function command(env, endpoint) {
  const begin = performance.now()
  const args = ['-r', peakFile, program, 'audit', '--endpoint-url', endpoint, '--fail-on', 'none']
  const child = spawn(process.execPath, args, {
    env: { ...env, AWS_REGION: REGION },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const [[status], out, err, peak] = await Promise.all([
    once(child, 'close'),
    ...[1, 2, 3].map((at) => text(child.stdio[at])),
  ])
  if (status !== 0 || out === '') throw new Error(`podtrust audit ended with ${status}\n${err}`)
  return { milliseconds: performance.now() - begin, peak: Number(peak) }
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}

function told(values) {
  return `${median(values).toFixed(0)} ms (at least ${Math.min(...values).toFixed(0)})`
}

/** @param roles of the account, which has two associations for five roles, and 40 clusters */
export async function audit(roles = 5000) {
  const size = { roles, clusters: 40, regions: 4, associations: Math.floor((roles * 2) / 5) }
  const env = environmentOf(size)
  const account = largeAccount(size)
  const { fewestCalls } = await sourceOf('packages/core/test/aws-account-record.ts')
  const fewest = fewestCalls(account)
  const rolePages = Math.max(1, Math.ceil(roles / ROLES_PER_PAGE))
  // Pages of roles, the providers and each of them, the quota.
  const iam = rolePages + 1 + account.providers.length + 1
  const counts = { iam, eks: fewest - iam, rolePages }
  const ideal = idealOf(counts)
  const folder = mkdtempSync(join(tmpdir(), 'podtrust-bench-'))
  const server = fork(file, ['server'], { env })
  try {
    const [{ endpoint }] = await once(server, 'message')
    const log = async () => {
      const answer = once(server, 'message')
      server.send('log')
      return (await answer)[0]
    }
    const bundle = join(folder, 'audit.cjs')
    await bundleTo(bundle)
    const bare = inProcess(env, 'bare').peak
    const runs = { floor: [], collect: [], command: [] }
    const logs = []
    for (let round = 0; round < ROUNDS; round++) {
      runs.floor.push(inProcess(env, 'floor', endpoint, JSON.stringify(counts)))
      await log()
      runs.collect.push(inProcess(env, 'collect', endpoint, bundle))
      logs.push(await log())
      runs.command.push(await command(env, endpoint))
      logs.push(await log())
    }
    const times = (name) => runs[name].map(({ milliseconds }) => milliseconds)
    const requests = Math.max(...logs.map(({ requests: of }) => of.iam + of.eks))
    const peaks = (of) => Math.max(...logs.map((one) => one.peaks[of]))
    const most = (name, member) => Math.max(...runs[name].map((run) => run[member])) / 1e6 - bare / 1e6
    const mb = (megabytes) => `${megabytes.toFixed(0)} MB`
    const { seen, findings } = runs.collect[0]
    if (seen.roles !== roles || seen.associations !== size.associations || seen.misses > 0)
      throw new Error(`not all was read: ${JSON.stringify(seen)}`)
    const stages = Object.keys(runs.collect[0].timed).map(
      (stage) => `${stage} ${median(runs.collect.map(({ timed }) => timed[stage])).toFixed(0)} ms`,
    )
    const reading = median(times('collect'))
    const memory = most('collect', 'peakOfReading')
    const after = runs.collect.map(({ timed }) => Object.values(timed).reduce((all, one) => all + one, 0))
    return [
      {
        name: `requests for ${roles} roles, ${size.clusters} clusters, ${size.associations} associations, against the fewest`,
        ratio: requests / fewest,
        goal: { most: 1 },
        detail: `${requests} against ${fewest}: ${counts.iam} of IAM, ${counts.eks} of EKS; ${peaks('iam')} and ${peaks('eks')} under way at once at most`,
      },
      {
        name: `reading them with ${LATENCY} ms a request, against the ideal schedule`,
        ratio: reading / ideal,
        goal: { most: 1.3 },
        detail: `${told(times('collect'))} against ${ideal} ms; bare requests of the same number ${told(times('floor'))}, ${(median(times('floor')) / ideal).toFixed(2)} times the ideal; medians of ${ROUNDS}`,
      },
      {
        name: 'reading them against bare requests',
        ratio: reading / median(times('floor')),
        goal: { most: 1.3 },
        detail: `${((1000 * (reading - median(times('floor')))) / requests).toFixed(0)} µs a request; ${median(runs.collect.map(({ cpu }) => cpu)).toFixed(0)} ms of CPU`,
      },
      {
        name: 'what comes after the reading, against the reading',
        ratio: median(after) / reading,
        goal: { most: 0.3 },
        detail: `${stages.join(', ')}; ${findings} findings`,
      },
      {
        name: 'podtrust audit as a process, against the ideal schedule',
        ratio: median(times('command')) / ideal,
        goal: { most: 1.5 },
        detail: told(times('command')),
      },
      {
        name: 'memory of podtrust audit over bare Node, against 300 MB',
        ratio: most('command', 'peak') / 300,
        goal: { most: 1 },
        detail: `${mb(most('command', 'peak'))} over the ${mb(bare / 1e6)} of bare Node; ${mb(memory)} until all is read; ${mb(most('collect', 'peak'))} to its end`,
      },
    ]
  } finally {
    server.disconnect()
    rmSync(folder, { recursive: true })
  }
}

if (process.argv[1] === file) {
  const [work, ...args] = process.argv.slice(2)
  const result = await works[work](...args)
  if (result !== undefined)
    process.stdout.write(JSON.stringify({ ...result, peak: process.resourceUsage().maxRSS * 1024 }))
}
