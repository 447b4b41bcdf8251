/**
 * A million roles that stream by: from a dump on disk, and page by page without one. Each size runs in a process of its
 * own, which tells its peak of memory; a process that does nothing is what Node itself takes.
 */
import { spawnSync } from 'node:child_process'
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { roleOf } from './dump.mjs'

const file = fileURLToPath(import.meta.url)
const now = new Date('2026-11-01T00:00:00Z')
const SIZES = [100_000, 1_000_000]
/** As many as IAM gives at once where nothing else is asked for. */
const PAGE = 100
const titles = { dump: 'streamed from a dump', pages: 'page by page' }

const facts = { providers: [], clusters: [], associations: [], holds: new Set(['roles']), gaps: [] }

/** What is asked of one process. */
const works = {
  bare: async () => ({}),
  dump: async (_size, path) => {
    const { checkTrustStream } = await import('../packages/core/dist/index.js')
    const { readIamDumpStream } = await import('../packages/core/dist/sources/dump-stream.js')
    const begin = performance.now()
    const dump = await readIamDumpStream(() => createReadStream(path), { name: 'dump.json' })
    const report = await checkTrustStream(dump.roles, dump.facts, { now })
    return { milliseconds: performance.now() - begin, roles: report.coverage.roles.analyzed }
  },
  pages: async (size) => {
    const { checkTrustStream } = await import('../packages/core/dist/index.js')
    const { readIamDump } = await import('../packages/core/dist/sources/iam-dump.js')
    // Making the roles is no part of the work, and is timed by itself to be taken off.
    let making = 0
    async function* roles() {
      for (let at = 0; at < size; at += PAGE) {
        const began = performance.now()
        const page = Array.from({ length: Math.min(PAGE, size - at) }, (_, index) => roleOf(at + index))
        making += performance.now() - began
        // As long as a page takes that is there already.
        await Promise.resolve()
        // One text for each role: a finding keeps the text of its role, and with it nothing else.
        for (const role of page) yield* readIamDump(JSON.stringify({ Role: role })).roles
      }
    }
    const begin = performance.now()
    const report = await checkTrustStream(roles(), facts, { now })
    return { milliseconds: performance.now() - begin - making, roles: report.coverage.roles.analyzed }
  },
}

/** Makes a dump on disk without ever holding it. */
async function writeDump(path, size) {
  const out = createWriteStream(path)
  const write = async (text) => {
    if (!out.write(text)) await once(out, 'drain')
  }
  await write('{"UserDetailList":[],"GroupDetailList":[],"RoleDetailList":[')
  for (let at = 0; at < size; at += PAGE) {
    const texts = []
    for (let index = at; index < Math.min(at + PAGE, size); index++) texts.push(JSON.stringify(roleOf(index)))
    await write((at === 0 ? '' : ',') + texts.join(','))
  }
  await write('],"Policies":[],"IsTruncated":false}')
  out.end()
  await once(out, 'finish')
}

function inProcess(work, size = 0, path = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, work, String(size), path], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${work} of ${size} roles ended with ${status}\n${stderr}`)
  return JSON.parse(stdout)
}

/**
 * Time for each role of many against that of few, and memory beyond bare Node.
 *
 * @param most roles of the larger run
 */
export async function stream(most = SIZES[1]) {
  const sizes = [Math.min(SIZES[0], most), most]
  const folder = mkdtempSync(join(tmpdir(), 'podtrust-bench-'))
  try {
    const bare = inProcess('bare').peak
    const results = []
    for (const [work, words] of Object.entries(titles)) {
      const runs = []
      for (const size of sizes) {
        const path = work === 'dump' ? join(folder, `${size}.json`) : ''
        if (work === 'dump') await writeDump(path, size)
        const { milliseconds, roles, peak } = inProcess(work, size, path)
        if (roles !== size) throw new Error(`${roles} of ${size} roles were analyzed`)
        const each = (1000 * milliseconds) / size
        const bytes = work === 'dump' ? `, ${(statSync(path).size / 1e6).toFixed(0)} MB` : ''
        const memory = (peak - bare) / 1e6
        const detail = `${size} roles${bytes}: ${each.toFixed(1)} µs each, ${memory.toFixed(0)} MB over bare Node`
        runs.push({ each, memory, detail })
      }
      const [few, many] = runs
      const detail = `${few.detail}; ${many.detail}`
      const name = `${most} roles ${words}`
      results.push({ name: `${name}, time a role`, ratio: many.each / few.each, goal: { most: 1.3 }, detail })
      const memory = `peak of ${many.memory.toFixed(0)} MB over the ${(bare / 1e6).toFixed(0)} MB of bare Node`
      results.push({
        name: `${name}, memory against 300 MB`,
        ratio: many.memory / 300,
        goal: { most: 1 },
        detail: memory,
      })
    }
    return results
  } finally {
    rmSync(folder, { recursive: true })
  }
}

if (process.argv[1] === file) {
  const [work, size, path] = process.argv.slice(2)
  const result = await works[work](Number(size), path)
  process.stdout.write(JSON.stringify({ ...result, peak: process.resourceUsage().maxRSS * 1024 }))
}
