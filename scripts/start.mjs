/** Installs, builds, and shows what podtrust says about the example account. */
import { buildSteps } from './build.mjs'
import { requireNode, root, run } from './workspace.mjs'

const inputs = ['examples/account.json']
const demo = [
  ['check', ...inputs],
  ['who', ...inputs],
]

/** 0 is clean and 1 is findings, which the example is there to have; anything above is a failure. */
const lastGoodCode = 1

requireNode()
process.exitCode = await main()

async function main() {
  for (const [name, work] of buildSteps) {
    const { code, output, skipped } = await work()
    if (code !== 0) {
      process.stderr.write(`${name} failed\n${output}`)
      return 1
    }
    if (name === 'install' && !skipped) console.log('installed')
  }
  for (const args of demo) {
    console.log(`\n$ podtrust ${args.join(' ')}\n`)
    const { code } = await run([process.execPath, 'packages/cli/dist/podtrust.cjs', ...args], { cwd: root })
    if (code > lastGoodCode) return code
  }
  console.log('\nYour own account, plan or policy: node packages/cli/dist/podtrust.cjs who FILE')
  return 0
}
