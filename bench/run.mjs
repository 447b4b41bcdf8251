/**
 * Speed as ratios against a floor measured in the same run, so that a slow machine is slow on both sides.
 *
 *   pnpm bench            everything but what takes minutes
 *   pnpm bench dump 20000 one part, here with another number of roles
 *   pnpm bench stream     a million roles, which takes minutes and runs only when it is named
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { audit as auditAccount } from './audit.mjs'
import { dumpOf } from './dump.mjs'
import { explain as explainPairs } from './explain.mjs'
import { manifests as joinManifests } from './manifests.mjs'
import { sourceOf } from './source-of.mjs'
import { stream as streamRoles } from './stream.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const now = new Date('2026-11-01T00:00:00Z')

function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}

function line(name, ratio, goal, detail) {
  const met = goal.most === undefined ? ratio >= goal.least : ratio <= goal.most
  const wanted = goal.most === undefined ? `at least ${goal.least}` : `at most ${goal.most}`
  console.log(`${name}: ${ratio.toFixed(2)} times (goal: ${wanted}) ${met ? 'met' : 'NOT MET'}\n  ${detail}`)
}

/** Dump to text report against parsing the dump, decoding and parsing each policy. */
async function dump(size = 100_000) {
  const { checkTrust } = await import('../packages/core/dist/index.js')
  const { readInventory } = await import('../packages/core/dist/sources/detect.js')
  const { toText } = await import('../packages/core/dist/reporters/text.js')
  const text = dumpOf(size)
  const floor = () => {
    let statements = 0
    for (const role of JSON.parse(text).RoleDetailList) {
      statements += JSON.parse(decodeURIComponent(role.AssumeRolePolicyDocument)).Statement.length
    }
    return statements
  }
  let findings = 0
  const whole = () => {
    const report = checkTrust(readInventory({ name: 'dump.json', text }), { now })
    findings = report.findings.length
    return toText(report).length
  }
  const times = { floor: [], whole: [] }
  // Two rounds to warm up, which are not counted.
  for (let round = -2; round < 5; round++) {
    for (const [name, work] of [
      ['floor', floor],
      ['whole', whole],
    ]) {
      globalThis.gc?.()
      const begin = performance.now()
      work()
      if (round >= 0) times[name].push(performance.now() - begin)
    }
  }
  const [f, w] = [median(times.floor), median(times.whole)]
  line(
    `check of ${size} roles, text to report, against parsing them`,
    w / f,
    { most: 2 },
    `${w.toFixed(0)} ms against ${f.toFixed(0)} ms, ${((1000 * w) / size).toFixed(1)} µs a role, ${findings} findings, ${(text.length / 1e6).toFixed(0)} MB; medians of 5 after 2 to warm up`,
  )
}

/** The command on one policy file as a process against Node doing nothing. */
function start() {
  const folder = mkdtempSync(join(tmpdir(), 'podtrust-bench-'))
  const policy = join(folder, 'policy.json')
  const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/8A5F3C1E90B24D67A1C2E3F405162738'
  writeFileSync(
    policy,
    JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { Federated: `arn:aws:iam::210987654321:oidc-provider/${issuer}` },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: {
            [`${issuer}:aud`]: 'sts.amazonaws.com',
            [`${issuer}:sub`]: 'system:serviceaccount:prod:app',
          },
        },
      },
    }),
  )
  const time = (args) => {
    const begin = performance.now()
    const { status, error } = spawnSync(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    if (error !== undefined || status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`)
    return performance.now() - begin
  }
  const bare = []
  const check = []
  for (let round = 0; round < 31; round++) {
    bare.push(time(['-e', '0']))
    check.push(time([join(root, 'packages/cli/dist/podtrust.cjs'), 'check', policy]))
  }
  rmSync(folder, { recursive: true })
  line(
    'podtrust check policy.json as a process against node -e 0',
    median(check.slice(1)) / median(bare.slice(1)),
    { most: 1.5 },
    `${median(check).toFixed(0)} ms against ${median(bare).toFixed(0)} ms; medians of 30, in turn`,
  )
}

/** Whether one glob lies within another, against z3 with the encoding that suits it. */
async function subset() {
  const { Language } = await import('../packages/core/dist/automata/language.js')
  const { init, killThreads } = createRequire(import.meta.url)('z3-solver')
  const { Z3, em } = await init()
  const { globPairs } = await sourceOf('packages/core/test/glob-pairs.ts')
  const pairs = globPairs(200)
  const tokens = (glob) =>
    (glob.match(/[*]|[?]|[^*?]+/g) ?? []).map((part) =>
      part === '*' ? { wildcard: 'any-run' } : part === '?' ? { wildcard: 'any-one' } : part,
    )
  const regex = (glob) =>
    `(re.++ (str.to_re "") ${tokens(glob)
      .map((token) =>
        typeof token === 'string'
          ? `(str.to_re "${token}")`
          : token.wildcard === 'any-run'
            ? 're.all'
            : 're.allchar',
      )
      .join(' ')})`
  const solve = async (a, b) => {
    const config = Z3.mk_config()
    const context = Z3.mk_context(config)
    Z3.del_config(config)
    const script = `(declare-const s String)(assert (str.in_re s (re.diff ${regex(a)} ${regex(b)})))`
    const assertions = Z3.parse_smtlib2_string(context, script, [], [], [], [])
    Z3.ast_vector_inc_ref(context, assertions)
    const solver = Z3.mk_solver(context)
    Z3.solver_inc_ref(context, solver)
    Z3.solver_assert(context, solver, Z3.ast_vector_get(context, assertions, 0))
    const answer = await Z3.solver_check(context, solver)
    Z3.del_context(context)
    return answer < 0
  }
  const ours = (a, b) => Language.glob(tokens(a)).isSubsetOf(Language.glob(tokens(b)))
  for (const { a, b } of pairs.slice(0, 20)) await solve(a, b)
  for (let round = 0; round < 20; round++) for (const { a, b } of pairs) ours(a, b)
  const times = { ours: [], z3: [] }
  for (const { a, b } of pairs) {
    const begin = performance.now()
    const expected = await solve(a, b)
    const between = performance.now()
    const found = ours(a, b)
    times.z3.push(between - begin)
    times.ours.push(performance.now() - between)
    if (expected !== found) throw new Error(`z3 and we disagree on ${a} within ${b}`)
  }
  killThreads(em)
  const [z, o] = [median(times.z3), median(times.ours)]
  line(
    'wildcard subset questions, z3 against us',
    z / o,
    { least: 200 },
    `${(1000 * z).toFixed(0)} µs against ${(1000 * o).toFixed(1)} µs; medians of 200 pairs, answers agree`,
  )
}

/** Service accounts and roles joined, against reading the two files alone. */
async function manifests() {
  const { name, ratio, goal, detail } = await joinManifests()
  line(name, ratio, goal, detail)
}

/** One answer after the other, against the evaluator. */
async function explain() {
  const { name, ratio, goal, detail } = await explainPairs()
  line(name, ratio, goal, detail)
}

/** An account read live, request by request. */
async function audit(roles) {
  for (const { name, ratio, goal, detail } of await auditAccount(roles)) line(name, ratio, goal, detail)
}

/** A million roles that are never in memory together. It takes minutes, so it runs when it is named. */
async function stream(size) {
  for (const { name, ratio, goal, detail } of await streamRoles(size)) line(name, ratio, goal, detail)
}

const parts = { dump, start, subset, manifests, explain, audit, stream }
const named = new Set(['stream'])
const [only, argument] = process.argv.slice(2)
if (only !== undefined && !(only in parts)) {
  console.error(`no such part: ${only}; there are ${Object.keys(parts).join(', ')}`)
  process.exitCode = 2
} else {
  for (const [name, part] of Object.entries(parts)) {
    if (only === name || (only === undefined && !named.has(name)))
      await part(argument === undefined ? undefined : Number(argument))
  }
}
