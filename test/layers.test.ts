import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'

import configuration from '../.dependency-cruiser.mjs'

const root = dirname(import.meta.dirname)

/** rule, the file that breaks it, what it imports, and how */
type Import = readonly [rule: string, from: string, specifier: string, form?: (specifier: string) => string]

const value = (specifier: string) => `import * as it from '${specifier}'\nexport const used = it\n`
const type = (specifier: string) => `export type { T } from '${specifier}'\n`
const lazy = (specifier: string) => `export const load = () => import('${specifier}')\n`

const forbidden: readonly Import[] = [
  ['errors-text-automata-look-down', 'core/src/automata/a.ts', '../policy/ast.js', type],
  ['policy-inventory-snapshot-look-down', 'core/src/policy/a.ts', '../trust/replay.js'],
  ['condition-mechanisms-sources-look-down', 'core/src/sources/a.ts', '../trust/replay.js', type],
  ['condition-mechanisms-sources-are-strangers', 'core/src/mechanisms/a.ts', '../condition/arn.js', type],
  ['trust-tokens-look-down', 'core/src/trust/a.ts', '../rules/rule.js', lazy],
  ['trust-tokens-are-strangers', 'core/src/tokens/a.ts', '../trust/replay.js', type],
  ['rules-answers-look-down', 'core/src/rules/a.ts', '../check.js'],
  ['rules-answers-are-strangers', 'core/src/answers/a.ts', '../rules/rule.js'],
  [
    'check-check-token-suppressions-finding-fingerprint-shape-report-look-down',
    'core/src/suppressions.ts',
    './reporters/text.js',
  ],
  ['reporters-look-down', 'core/src/reporters/a.ts', '../trust/replay.js', type],
  ['index-look-down', 'core/src/index.ts', './misc.js'],
  ['every-file-has-a-rung', 'core/src/check.ts', './misc.js'],
  ['no-cycles', 'core/src/text/a.ts', './b.js', type],
  ['automata-through-language', 'core/src/condition/a.ts', '../automata/dfa.js', type],
  ['sdk-in-one-folder', 'core/src/sources/b.ts', '@aws-sdk/client-iam', type],
  ['index-reaches-no-sdk', 'core/src/index.ts', './sources/b.js'],
  ['index-reaches-no-jose', 'core/src/index.ts', './tokens/verify.js'],
  ['core-runs-anywhere', 'core/src/text/c.ts', 'node:fs'],
  ['core-declares-what-it-imports', 'core/src/text/d.ts', 'esbuild'],
  ['core-ignores-the-cli', 'core/src/text/e.ts', '../../../cli/src/main.js'],
  ['cli-uses-public-exports', 'cli/src/a.ts', '../../core/src/report.js'],
  ['everything-resolves', 'cli/src/b.ts', '@podtrust/core/report'],
]

/** Where the way ends that a rule about reachability follows. */
const reached = new Map([
  ['index-reaches-no-sdk', 'packages/core/node_modules/@aws-sdk/client-iam/main.js'],
  ['index-reaches-no-jose', 'packages/core/node_modules/jose/main.js'],
])

const allowed: readonly Import[] = [
  ['', 'core/src/snapshot.ts', './inventory.js'],
  ['', 'core/src/condition/b.ts', '../automata/language.js'],
  ['', 'core/src/condition/c.ts', './arn.js'],
  ['', 'core/src/tokens/fetch-key-set.ts', 'node:https'],
  ['', 'core/src/tokens/public-address.ts', 'node:net'],
  ['', 'core/src/tokens/decode.ts', '../condition/arn.js'],
  ['', 'core/src/tokens/verify.ts', 'jose'],
  ['', 'core/src/sources/aws/iam.ts', '@aws-sdk/client-iam'],
  ['', 'core/src/check.ts', './report.js'],
  ['', 'core/src/reporters/b.ts', '../report.js', type],
  ['', 'core/src/reporters/b.ts', '../text/f.js'],
  ['', 'cli/src/main.ts', '@podtrust/core'],
  ['', 'cli/src/main.ts', 'node:fs'],
]

const leaves = [
  'automata/dfa',
  'automata/language',
  'condition/arn',
  'policy/ast',
  'trust/replay',
  'rules/rule',
]
  .concat(['inventory', 'misc', 'report', 'reporters/text', 'text/f'])
  .map((name) => `core/src/${name}.ts`)

const folder = mkdtempSync(join(tmpdir(), 'podtrust-layers-'))
let violations: string[] = []

beforeAll(() => {
  const files = new Map(leaves.map((path) => [path, 'export type T = string\n']))
  for (const [, path, specifier, form = value] of [...forbidden, ...allowed]) {
    // Several imports of one file would name their bindings twice, so each has a block of its own.
    const count = [...(files.get(path) ?? '').matchAll(/from|import\(/g)].length
    const line = form(specifier).replaceAll(/\b(it|used|load)\b/g, `$1${count}`)
    files.set(path, (files.get(path) ?? '') + line)
  }
  files.set('core/src/text/b.ts', type('./a.js'))
  files.set('core/package.json', manifest('@podtrust/core', { jose: '1', '@aws-sdk/client-iam': '1' }))
  files.set('cli/package.json', manifest('podtrust', { '@podtrust/core': '1' }))
  for (const name of ['jose', 'esbuild', '@aws-sdk/client-iam']) {
    files.set(
      `core/node_modules/${name}/package.json`,
      JSON.stringify({ name, version: '1.0.0', main: 'main.js' }),
    )
    files.set(`core/node_modules/${name}/main.js`, '')
  }
  for (const [path, text] of files) {
    const file = join(folder, 'packages', path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  mkdirSync(join(folder, 'packages/cli/node_modules/@podtrust'), { recursive: true })
  symlinkSync('../../../core', join(folder, 'packages/cli/node_modules/@podtrust/core'), 'dir')
  violations = cruise()
})

afterAll(() => rmSync(folder, { recursive: true }))

describe('the layers', () => {
  test.each(forbidden)('%s: %s must not import %s', (rule, from, specifier) => {
    const to = reached.get(rule) ?? target(from, specifier)
    expect(violations).toContain(`${rule}: packages/${from} -> ${to}`)
  })

  test.each(allowed)('%s%s may import %s', (_, from, specifier) => {
    const end = ` packages/${from} -> ${target(from, specifier)}`
    expect(violations.filter((violation) => violation.endsWith(end))).toEqual([])
  })

  test('every rule has a violation above, and a sentence that says why', () => {
    const { forbidden: rules = [] } = configuration
    expect(rules.map((rule) => rule.name)).toEqual(forbidden.map(([rule]) => rule))
    for (const rule of rules) expect(rule.comment).toMatch(/\w+ \w+ \w+/)
  })
})

function manifest(name: string, dependencies: Record<string, string>) {
  const exports = { '.': { 'podtrust-source': './src/index.ts' } }
  return JSON.stringify({ name, version: '1.0.0', type: 'module', exports, dependencies })
}

function target(from: string, specifier: string) {
  if (specifier.startsWith('.')) return join('packages', dirname(from), specifier).replace(/\.js$/, '.ts')
  if (specifier.startsWith('node:')) return specifier.slice('node:'.length)
  if (specifier === '@podtrust/core') return 'packages/core/src/index.ts'
  if (specifier.startsWith('@podtrust/')) return specifier
  return `packages/core/node_modules/${specifier}/main.js`
}

function cruise(): string[] {
  const script = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
  const config = join(root, '.dependency-cruiser.mjs')
  const args = [script, '--config', config, '--output-type', 'json', 'packages/core/src', 'packages/cli/src']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
  if (!stdout) throw new Error(`dependency-cruiser ended with ${status}: ${stderr}`)
  const { summary } = JSON.parse(stdout) as { summary: { violations: Violation[] } }
  return summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)
}

interface Violation {
  readonly rule: { readonly name: string }
  readonly from: string
  readonly to: string
}
