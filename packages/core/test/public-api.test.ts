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
    'accountSummary',
    'analyzeRole',
    'analyzeTrust',
    'checkRole',
    'checkToken',
    'checkTrust',
    'checkTrustStream',
    'compareMechanisms',
    'diffTrust',
    'docsOf',
    'escaped',
    'evaluateTrust',
    'explainAssume',
    'explainError',
    'inventoryOf',
    'isPlatformIssuer',
    'isUnknown',
    'keyPositionOf',
    'parseTrustPolicy',
    'positionOf',
    'printTrustPolicy',
    'quoted',
    'roleNamesOf',
    'rules',
    'trustGraph',
    'whoCanAssume',
  ],
  './sources/policy': ['isPolicy', 'policyInventory', 'readTrustPolicy', 'yamlPolicyInventory'],
  './sources/iam-dump': ['dumpInventory', 'isDump', 'readIamDump'],
  './sources/dump-stream': ['isDumpBeginning', 'readIamDumpStream'],
  './sources/terraform': [
    'isTerraform',
    'readTerraformPlan',
    'readTerraformPlanBefore',
    'terraformInventory',
  ],
  './sources/cloudformation': ['isTemplate', 'readCloudFormationTemplate', 'templateInventory'],
  './sources/kubernetes': [
    'areManifests',
    'inventoryOfObjects',
    'isManifest',
    'manifestInventory',
    'readManifests',
    'yamlManifestInventory',
  ],
  './sources/aws': ['awsRolePages', 'collectAwsAccount', 'readAwsAccount', 'safeLine'],
  './sources/permissions': ['awsPermissions'],
  './sources/cluster': ['clusterRole', 'clusterRoleManifest', 'collectCluster'],
  './sources/snapshot': [
    'SNAPSHOT_VERSION',
    'inventoryOfSnapshot',
    'readSnapshot',
    'snapshot',
    'writeSnapshot',
  ],
  './sources/yaml': ['yaml'],
  './sources/detect': ['readInventory'],
  './tokens': ['decodeToken', 'verifyToken'],
  './public-address': ['isPublicAddress'],
  './reporters/text': ['toText'],
  './reporters/audit': ['toAuditText'],
  './reporters/json': ['toJson', 'toWhoJson'],
  './reporters/who': ['toWhoText'],
  './reporters/diff': ['toDiffJson', 'toDiffText'],
  './reporters/compare': ['toCompareJson', 'toCompareText'],
  './reporters/html': ['toCompareHtml', 'toHtml'],
  './reporters/dot': ['toDot'],
  './reporters/mermaid': ['toMermaid'],
  './reporters/svg': ['toSvg'],
  './reporters/token': ['toTokenJson', 'toTokenText'],
  './reporters/explain': [
    'toErrorJson',
    'toErrorMarkdown',
    'toErrorText',
    'toExplainJson',
    'toExplainMarkdown',
    'toExplainText',
  ],
  './schema': ['reportJsonSchema', 'reportSchema'],
  './schema/compare': ['compareJsonSchema', 'compareSchema'],
  './schema/explain': ['explainJsonSchema', 'explainSchema'],
  './schema/snapshot': ['conform', 'snapshotJsonSchema'],
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
      external: ['zod', 'yaml', 'jose', '@aws-sdk/*', 'node:*'],
      logLevel: 'silent',
    })
    const packages = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map((one) => one.path))
    const tokens = ['jose', 'node:dns/promises', 'node:https', 'node:net', 'zod/mini']
    const loaded =
      {
        './public-address': ['node:net'],
        './schema': ['zod'],
        './schema/explain': ['zod'],
        './schema/compare': ['zod'],
        './sources/aws': ['@aws-sdk/client-eks', '@aws-sdk/client-iam', 'zod'],
        './schema/snapshot': ['zod'],
        './sources/snapshot': ['zod'],
        './sources/yaml': ['yaml'],
        './tokens': tokens,
      }[path] ?? []
    expect([...new Set(packages)].toSorted()).toEqual(loaded)
  })

  test('the JSON Schema that is shipped is the one of the sources', async () => {
    const { reportJsonSchema } = await import('../src/reporters/report-schema.js')
    const shipped: unknown = JSON.parse(readFileSync(join(home, 'schema/report.schema.json'), 'utf8'))
    // Out of date? `npm run schema` after a build writes it.
    expect(shipped).toEqual(JSON.parse(JSON.stringify(reportJsonSchema())))
  })

  test('so is that of explanations', async () => {
    const { explainJsonSchema } = await import('../src/reporters/explain-schema.js')
    const shipped: unknown = JSON.parse(readFileSync(join(home, 'schema/explain.schema.json'), 'utf8'))
    expect(shipped).toEqual(JSON.parse(JSON.stringify(explainJsonSchema())))
  })

  test('and that of snapshots', async () => {
    const { snapshotJsonSchema } = await import('../src/sources/snapshot/schema.js')
    const shipped: unknown = JSON.parse(readFileSync(join(home, 'schema/snapshot.schema.json'), 'utf8'))
    expect(shipped).toEqual(JSON.parse(JSON.stringify(snapshotJsonSchema())))
  })
})
