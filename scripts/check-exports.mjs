/**
 * Proves that what `@podtrust/core` offers is there: each export is listed by name, is published as it is
 * developed, and loads by itself from the build; and each `@podtrust/core/...` that the documentation, the
 * examples or a doc comment speaks of is such an export. Run after a build.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'

import { root } from './workspace.mjs'

const name = '@podtrust/core'
const home = join(root, 'packages/core')
const { exports, publishConfig } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))

const problems = [...listing(), ...(await loading()), ...mentions()]
for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0

/** The list itself: names, conditions, and the published copy without the private condition. */
function* listing() {
  for (const [path, target] of Object.entries(exports)) {
    if (path.includes('*')) yield `${path}: exports are listed one by one`
    if (typeof target === 'string') continue
    const conditions = Object.keys(target).join(' ')
    // Node takes the first condition that holds, so the order is part of the meaning.
    if (conditions !== 'podtrust-source types default') yield `${path}: conditions are ${conditions}`
  }
  const published = Object.entries(exports).map(([path, target]) => [path, withoutSource(target)])
  if (JSON.stringify(Object.fromEntries(published)) !== JSON.stringify(publishConfig.exports)) {
    yield 'publishConfig.exports is not exports without podtrust-source, in the same order'
  }
}

function withoutSource(target) {
  if (typeof target === 'string') return target
  const { 'podtrust-source': _, ...rest } = target
  return rest
}

/** The files behind the list, asked for as a user asks: from another package, by specifier. */
async function loading() {
  const found = []
  const { resolve } = createRequire(join(root, 'packages/cli/package.json'))
  for (const [path, target] of Object.entries(exports)) {
    const files = typeof target === 'string' ? [target] : Object.values(target)
    const missing = files.filter((file) => !existsSync(join(home, file)))
    found.push(...missing.map((file) => `${path}: ${file} does not exist`))
    if (missing.length > 0 || typeof target === 'string') continue
    try {
      await import(pathToFileURL(resolve(name + path.slice(1))).href)
    } catch (error) {
      found.push(`${path}: does not load: ${error.message}`)
    }
  }
  return found
}

function* mentions() {
  for (const file of textFiles()) {
    const text = readFileSync(file, 'utf8')
    for (const [specifier] of text.matchAll(/@podtrust\/core(?:\/[\w-]+(?:\.[\w-]+)*)*/g)) {
      const path = `.${specifier.slice(name.length)}`
      if (!(path in exports)) yield `${relative(root, file)}: ${specifier} is not an export`
    }
  }
}

function textFiles() {
  const folders = ['docs', 'examples', 'packages/core/src', 'packages/cli/src'].map((folder) =>
    join(root, folder),
  )
  const readmes = [root, home, join(root, 'packages/cli')].flatMap((folder) =>
    readdirSync(folder).map((file) => join(folder, file)),
  )
  return folders
    .filter(existsSync)
    .flatMap((folder) => readdirSync(folder, { recursive: true }).map((file) => join(folder, file)))
    .filter((file) => !/[\\/](?:node_modules|dist)[\\/]/.test(file))
    .concat(readmes)
    .filter((file) => /\.(?:md|ts|mjs|js)$/.test(file))
}
