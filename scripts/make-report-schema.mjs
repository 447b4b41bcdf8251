/**
 * Writes the JSON Schemas of the JSON reports and of snapshots, from the zod schemas that the code is held to:
 * `npm run schema`, after a build.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { compareJsonSchema } from '../packages/core/dist/reporters/compare-schema.js'
import { explainJsonSchema } from '../packages/core/dist/reporters/explain-schema.js'
import { reportJsonSchema } from '../packages/core/dist/reporters/report-schema.js'
import { snapshotJsonSchema } from '../packages/core/dist/sources/snapshot/schema.js'
import { root, run, tool } from './workspace.mjs'

const folder = join(root, 'packages/core/schema')
mkdirSync(folder, { recursive: true })
const schemas = {
  report: reportJsonSchema(),
  explain: explainJsonSchema(),
  compare: compareJsonSchema(),
  snapshot: snapshotJsonSchema(),
}
const files = Object.entries(schemas).map(([name, schema]) => {
  const file = join(folder, `${name}.schema.json`)
  writeFileSync(file, JSON.stringify(schema))
  return file
})
process.exitCode = (await run([...tool('oxfmt'), ...files])).code
