/** Formats every file of the project in place. */
import { install, requireNode, run, tool } from './workspace.mjs'

requireNode()
const { code, output } = await install()
if (code !== 0) process.stderr.write(output)
process.exitCode = code || (await run(tool('oxfmt'))).code
