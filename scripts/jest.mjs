/**
 * Runs jest alone, against the sources: `npm run jest -- packages/core/test/glob`. Everything goes to
 * jest, save `--cases=N`, which says how many cases a property test tries, however long it takes.
 */
import { install, jest, requireNode, run } from './workspace.mjs'

requireNode()
const { code, output } = await install()
if (code !== 0) {
  process.stderr.write(output)
  process.exit(1)
}

const cases = process.argv.find((argument) => argument.startsWith('--cases='))
const args = process.argv.slice(2).filter((argument) => argument !== cases)
if (cases) args.push('--testTimeout=86400000')
const env = cases ? { PODTRUST_CASES: cases.slice('--cases='.length) } : {}
const result = await run(jest(...args), { env })
process.exitCode = result.code
