/**
 * Bundles the command line into `packages/cli/dist`: everything it needs is inside, and what it imports
 * dynamically becomes a chunk of its own that is loaded only when asked for. Names are kept, so that a
 * stack trace stays readable; white space is not, since a short file starts faster. The pages of the rules and the
 * schemas lie beside the program, as files. A folder on the command line is used instead of `packages/cli/dist`.
 */
import { chmodSync, cpSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

import { build } from 'esbuild'

import { root } from './workspace.mjs'

const dist = process.argv[2] === undefined ? join(root, 'packages/cli/dist') : resolve(process.argv[2])
const entry = 'packages/cli/src/main.ts'
const program = join(dist, 'podtrust.js')
const shebang = '#!/usr/bin/env node\n'

rmSync(dist, { recursive: true, force: true })

// esbuild has said what is wrong by the time it rejects.
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { podtrust: entry },
  outdir: dist,
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  conditions: ['podtrust-source', 'module'],
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  // Bundled CommonJS packages require Node's own modules, which an ES module cannot do by itself.
  banner: {
    js: "import{createRequire as podtrustCreateRequire}from'node:module';const require=podtrustCreateRequire(import.meta.url);",
  },
}).catch(() => process.exit(1))

const eager = eagerPackages().filter((input) => /(?:^|\/)(?:@aws-sdk|@smithy|jose)\//.test(input))
if (eager.length > 0) {
  console.error(`loaded at every start, though only live work and tokens need it:\n${eager.join('\n')}`)
  process.exitCode = 1
}

const source = readFileSync(program, 'utf8')
if (!source.startsWith('#!')) writeFileSync(program, shebang + source)
chmodSync(program, 0o755)
for (const [from, to] of [
  ['docs/rules', 'rules'],
  ['packages/core/schema', 'schema'],
]) {
  cpSync(join(root, from), join(dist, to), { recursive: true })
}
writeFileSync(join(dist, 'third-party-licenses.txt'), licenses(Object.keys(metafile.inputs)))

/** What a start loads: the inputs of the program and of all it imports statically, chunk by chunk. */
function eagerPackages() {
  const queue = [
    Object.keys(metafile.outputs).find((output) => metafile.outputs[output].entryPoint === entry),
  ]
  for (const output of queue) {
    const statically = metafile.outputs[output].imports.filter(
      (it) => it.kind === 'import-statement' && !it.external,
    )
    queue.push(...statically.map((it) => it.path).filter((path) => !queue.includes(path)))
  }
  return queue.flatMap((output) => Object.keys(metafile.outputs[output].inputs))
}

/** The licenses of all packages in the bundle ask that their text goes where their code goes. */
function licenses(inputs) {
  const folders = new Set(inputs.filter((input) => input.includes('node_modules/')).map(packageFolder))
  const texts = [...folders].map((folder) => {
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
    const file = readdirSync(join(root, folder)).find((name) => /^licen[cs]e/i.test(name))
    const text = file ? readFileSync(join(root, folder, file), 'utf8').trim() : `License: ${manifest.license}`
    return `${manifest.name} ${manifest.version}\n\n${text}\n`
  })
  return texts.toSorted().join(`\n${'-'.repeat(80)}\n\n`)
}

/** The nearest folder above a bundled file whose package.json has a version; nested ones only say "type". */
function packageFolder(input) {
  for (let folder = dirname(input); folder.includes('node_modules'); folder = dirname(folder)) {
    const manifest = join(root, folder, 'package.json')
    if (existsSync(manifest) && 'version' in JSON.parse(readFileSync(manifest, 'utf8'))) return folder
  }
  throw new Error(`no package.json above ${input}`)
}
