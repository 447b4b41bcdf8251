/**
 * Bundles the command line into `packages/cli/dist`: everything it needs is inside, and what it imports dynamically is
 * run only when asked for. It is CommonJS, because Node starts that a good deal faster than ES modules, and short, because
 * reading it is most of a start: names and white space are cut, and the map beside it gives them back to a stack trace
 * (`NODE_OPTIONS=--enable-source-maps`). The pages of the rules and the schemas lie beside the program, as files. A folder
 * on the command line is used instead of `packages/cli/dist`.
 */
import { chmodSync, cpSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

import { build } from 'esbuild'

import { root } from './workspace.mjs'

const dist = process.argv[2] === undefined ? join(root, 'packages/cli/dist') : resolve(process.argv[2])
const entry = 'packages/cli/src/main.ts'
const program = join(dist, 'podtrust.cjs')
const shebang = '#!/usr/bin/env node\n'

/**
 * What a check of JSON files does without is in files of its own, since reading code is most of a start: the parser for
 * YAML, and the commands for people, which bring all that they need.
 */
const yaml = 'yaml.cjs'
const others = 'others.cjs'
const apart = {
  name: 'apart',
  setup({ onResolve }) {
    onResolve({ filter: /^yaml$/ }, () => ({ path: `./${yaml}`, external: true }))
    onResolve({ filter: /\/commands\/others\.js$/ }, () => ({ path: `./${others}`, external: true }))
  },
}

const common = {
  absWorkingDir: root,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20.19',
  conditions: ['podtrust-source', 'module'],
  define: { 'import.meta.dirname': '__dirname' },
  minifySyntax: true,
  minifyWhitespace: true,
  minifyIdentifiers: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
}

rmSync(dist, { recursive: true, force: true })

// esbuild has said what is wrong by the time it rejects.
const { metafile } = await build({
  ...common,
  entryPoints: [entry],
  outfile: program,
  sourcemap: 'linked',
  sourcesContent: false,
  plugins: [apart],
}).catch(() => process.exit(1))
const { metafile: othersFile } = await build({
  ...common,
  entryPoints: ['packages/cli/src/commands/others.ts'],
  outfile: join(dist, others),
  sourcemap: 'linked',
  sourcesContent: false,
  plugins: [apart],
}).catch(() => process.exit(1))
const { metafile: yamlFile } = await build({
  ...common,
  absWorkingDir: join(root, 'packages/core'),
  stdin: { contents: "export * from 'yaml'", resolveDir: join(root, 'packages/core') },
  outfile: join(dist, yaml),
}).catch(() => process.exit(1))

const eager = eagerInputs().filter((input) =>
  /(?:^|\/)(?:@aws-sdk|@smithy|jose|yaml|zod)\/|sources\/yaml\.ts$/.test(input),
)
if (eager.length > 0) {
  console.error(`loaded at every start, though only some work needs it:\n${eager.join('\n')}`)
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
writeFileSync(
  join(dist, 'third-party-licenses.txt'),
  licenses([
    ...Object.keys(metafile.inputs),
    ...Object.keys(othersFile.inputs),
    ...Object.keys(yamlFile.inputs).map((input) => join('packages/core', input)),
  ]),
)

/** What a start runs: the inputs that the program reaches by static imports. */
function eagerInputs() {
  const queue = [entry]
  for (const input of queue) {
    const { imports } = metafile.inputs[input] ?? { imports: [] }
    const statically = imports.filter((it) => it.kind === 'import-statement' && !it.external)
    queue.push(...new Set(statically.map((it) => it.path).filter((path) => !queue.includes(path))))
  }
  return queue
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
