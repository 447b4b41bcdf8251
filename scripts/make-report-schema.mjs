/**
 * Writes the JSON Schema of the JSON report, from the zod schema that the tests hold the reporter to:
 * `npm run schema`, after a build.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { reportJsonSchema } from '../packages/core/dist/reporters/report-schema.js'
import { root, run, tool } from './workspace.mjs'

const folder = join(root, 'packages/core/schema')
mkdirSync(folder, { recursive: true })
const file = join(folder, 'report.schema.json')
writeFileSync(file, JSON.stringify(reportJsonSchema()))
process.exitCode = (await run([...tool('oxfmt'), file])).code
