import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { build } from 'esbuild'

const home = dirname(import.meta.dirname)
const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
}

/** What each entry offers at run time. A name that is added or lost is a decision, taken here. */
const surface: Readonly<Record<string, readonly string[]>> = {
  '.': [
    'ArgumentError',
    'InputError',
    'PodtrustError',
    'SEVERITIES',
    'ServiceAccountSet',
    'WitnessError',
    'analyzeRole',
    'analyzeTrust',
    'checkRole',
    'checkTrust',
    'diffTrust',
    'docsOf',
    'escaped',
    'evaluateTrust',
    'inventoryOf',
    'isUnknown',
    'keyPositionOf',
    'parseTrustPolicy',
    'positionOf',
    'printTrustPolicy',
    'quoted',
    'rules',
    'trustGraph',
    'whoCanAssume',
  ],
  './sources/policy': ['isPolicy', 'policyInventory', 'readTrustPolicy', 'yamlPolicyInventory'],
  './sources/iam-dump': ['dumpInventory', 'isDump', 'readIamDump'],
  './sources/terraform': [
    'isTerraform',
    'readTerraformPlan',
    'readTerraformPlanBefore',
    'terraformInventory',
  ],
  './sources/cloudformation': ['isTemplate', 'readCloudFormationTemplate', 'templateInventory'],
  './sources/kubernetes': [
    'areManifests',
    'isManifest',
    'manifestInventory',
    'readManifests',
    'yamlManifestInventory',
  ],
  './sources/yaml': ['yaml'],
  './sources/detect': ['readInventory'],
  './reporters/text': ['toText'],
  './reporters/json': ['toJson', 'toWhoJson'],
  './reporters/who': ['toWhoText'],
  './reporters/diff': ['toDiffJson', 'toDiffText'],
  './reporters/dot': ['toDot'],
  './reporters/mermaid': ['toMermaid'],
  './reporters/svg': ['toSvg'],
  './schema': ['reportJsonSchema', 'reportSchema'],
}

const entries = Object.entries(manifest.exports).flatMap(([path, target]) =>
  typeof target === 'string' ? [] : [[path, join(home, target['podtrust-source'] ?? '')] as const],
)

describe('the public surface', () => {
  test('every entry is listed here', () => {
    expect(entries.map(([path]) => path).toSorted()).toEqual(Object.keys(surface).toSorted())
  })

  test.each(entries)('%s offers exactly its names', async (path, file) => {
    const names = Object.keys((await import(file)) as object)
    expect(names.toSorted()).toEqual(surface[path])
  })

  test.each(entries)('%s loads no package but what it is for', async (path, file) => {
    const { metafile } = await build({
      entryPoints: [file],
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'neutral',
      external: ['zod', 'yaml', 'jose', '@aws-sdk/*'],
      logLevel: 'silent',
    })
    const packages = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map((one) => one.path))
    const loaded = { './schema': ['zod'], './sources/yaml': ['yaml'] }[path] ?? []
    expect([...new Set(packages)]).toEqual(loaded)
  })

  test('the JSON Schema that is shipped is the one of the sources', async () => {
    const { reportJsonSchema } = await import('../src/reporters/report-schema.js')
    const shipped: unknown = JSON.parse(readFileSync(join(home, 'schema/report.schema.json'), 'utf8'))
    // Out of date? `npm run schema` after a build writes it.
    expect(shipped).toEqual(JSON.parse(JSON.stringify(reportJsonSchema())))
  })
})
