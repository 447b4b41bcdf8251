/**
 * Everything that has to hold, in one run: `npm test`. A step prints one line when it is good and its whole
 * output when it is not, and the later ones run all the same, save after a failed install. The last line
 * counts the tests, each failed step as one failed test. `npm test -- lint layers` runs those steps alone.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { buildSteps } from './build.mjs'
import { cache, jest, requireNode, run, tool } from './workspace.mjs'

const sources = ['packages/core/src', 'packages/cli/src']

const steps = [
  ...buildSteps,
  ['types', () => everyOne(tool('typescript', 'tsc'), ['-p', 'packages/cli'], ['-p', '.'])],
  ['lint', () => quiet([...tool('oxlint'), '--deny-warnings'])],
  ['format', () => quiet([...tool('oxfmt'), '--check'])],
  ['layers', () => quiet([...tool('dependency-cruiser', 'depcruise'), ...sources, '-T', 'err-long'])],
  ['dead', () => quiet([...tool('knip'), '--no-progress'])],
  ['exports', () => quiet([process.execPath, 'scripts/check-exports.mjs'])],
  ['tests', runTests],
]

requireNode()
process.exitCode = await main(process.argv.slice(2))

async function main(wanted) {
  const unknown = wanted.filter((name) => !steps.some(([step]) => step === name))
  if (unknown.length > 0) {
    console.error(`no such step: ${unknown.join(' ')}\nsteps: ${steps.map(([step]) => step).join(' ')}`)
    return 2
  }

  let counts = { passed: 0, failed: 0, skipped: 0 }
  for (const [name, work] of steps) {
    const asked = wanted.length === 0 || wanted.includes(name)
    if (!asked && name !== 'install') continue
    const start = performance.now()
    const result = await attempt(work)
    const took = `${((performance.now() - start) / 1000).toFixed(1)} s`
    if (result.counts) counts = { ...result.counts, failed: counts.failed + result.counts.failed }
    if (result.code === 0) {
      console.log(`ok      ${name.padEnd(8)} ${result.skipped ? 'up to date' : took}`)
      continue
    }
    if (!result.counts?.failed) counts.failed += 1
    console.log(`FAILED  ${name.padEnd(8)} ${took}\n\n${result.output}`)
    if (name === 'install') break
  }

  if (wanted.length > 0 && !wanted.includes('tests')) return counts.failed > 0 ? 1 : 0
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''
  console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`)
  return counts.failed > 0 ? 1 : 0
}

/** A step that breaks has failed like any other, and the last line still comes last. */
async function attempt(work) {
  try {
    return await work()
  } catch (error) {
    return { code: 1, output: `${error.stack}\n` }
  }
}

function quiet(command) {
  return run(command, { quiet: true })
}

/** Runs a program once per list of arguments; the first failure is the answer. */
async function everyOne(program, ...variants) {
  for (const args of variants) {
    const result = await quiet([...program, ...args])
    if (result.code !== 0) return result
  }
  return { code: 0, output: '' }
}

/** The counts come from jest's own result; a test file that could not run counts as one failed test. */
async function runTests() {
  // A name of its own, so that two runs at a time do not count each other's tests.
  const results = join(cache, `jest-${process.pid}.json`)
  mkdirSync(cache, { recursive: true })
  const { code, output } = await quiet(jest('--ci', '--json', `--outputFile=${results}`))
  if (!existsSync(results)) return { code: code || 1, output }
  const result = JSON.parse(readFileSync(results, 'utf8'))
  rmSync(results)
  const counts = {
    passed: result.numPassedTests,
    failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
    skipped: result.numPendingTests + result.numTodoTests,
  }
  return { code, output, counts }
}
