/** Installs, compiles core with declarations, and bundles the command line. */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { install, requireNode, root, run, tool } from './workspace.mjs'

/** The steps that lead from a fresh clone to something that runs, in order: name and work. */
export const buildSteps = [
  ['install', install],
  ['core', () => compileCore()],
  ['cli', () => run([process.execPath, 'scripts/bundle-cli.mjs'], { quiet: true })],
]

async function compileCore() {
  const result = await run([...tool('typescript', 'tsc'), '-b', 'packages/core'], { quiet: true })
  removeOrphans()
  return result
}

/** A deleted source leaves its output behind, which would be published with the rest. */
function removeOrphans() {
  const dist = join(root, 'packages/core/dist')
  if (!existsSync(dist)) return
  for (const file of readdirSync(dist, { recursive: true })) {
    const [, module] = /^(.+?)(?:\.d\.ts|\.js|\.js\.map)$/.exec(file) ?? []
    if (module && !existsSync(join(root, 'packages/core/src', `${module}.ts`))) rmSync(join(dist, file))
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  requireNode()
  for (const [name, work] of buildSteps) {
    const { code, output } = await work()
    if (code === 0) continue
    process.stderr.write(`${name} failed\n${output}`)
    process.exitCode = 1
    break
  }
}
