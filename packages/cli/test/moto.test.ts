import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { reportSchema } from '@podtrust/core/schema'
import {
  environment,
  inCopy,
  mock,
  motoEndpoints,
  motoTargets,
  pluginFolder,
  withMoto,
  works,
} from '../../../scripts/terraform-and-moto.mjs'

/** What a plan says is wrong is what a live read of the applied plan says is wrong. */

const root = dirname(dirname(dirname(import.meta.dirname)))
const slips = join(root, 'packages/core/test/fixtures/terraform/slips')
jest.setTimeout(240_000)

const folder = mkdtempSync(join(tmpdir(), 'podtrust-moto-'))
const program = join(folder, 'dist/podtrust.cjs')

beforeAll(() => {
  const built = spawnSync(process.execPath, [join(root, 'scripts/bundle-cli.mjs'), dirname(program)], {
    encoding: 'utf8',
  })
  if (built.status !== 0) throw new Error(`the bundle could not be made: ${built.stderr}`)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Told {
  readonly findings: readonly string[]
  readonly roles: number
}

/** Each finding as its rule and role. */
async function told(...args: readonly string[]): Promise<Told> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [program, ...args, '--fail-on', 'none', '-f', 'json'],
    { env: { ...environment, AWS_REGION: 'eu-west-1' }, maxBuffer: 2 ** 28 },
  )
  const { findings, coverage } = reportSchema.parse(JSON.parse(stdout))
  return {
    findings: findings
      .map(({ rule, role, subject }) => `${rule}: ${role?.name ?? subject?.name ?? ''}`)
      .sort(),
    roles: coverage.roles.total,
  }
}

/** Only who sees the whole account can say the first, and moto knows no associations. */
const OF_ONE_SIDE = ['dangling-provider', 'association-not-admitted']

function expectSame(live: Told, plan: Told): void {
  expect(plan.findings.length).toBeGreaterThan(3)
  const isOfBoth = (finding: string): boolean => !OF_ONE_SIDE.includes(finding.split(':')[0] ?? '')
  expect(live.findings.filter(isOfBoth)).toEqual(plan.findings.filter(isOfBoth))
  expect(live.roles).toBe(plan.roles)
}

test('the snapshot of an applied plan has the findings of the plan', async () => {
  const [plan, live] = await Promise.all([
    told('check', join(slips, 'plan.json')),
    told('audit', '--snapshot', join(slips, 'snapshot.json')),
  ])
  expectSame(live, plan)
})

const isHere =
  pluginFolder() !== undefined &&
  (await works('terraform', ['version'])) &&
  (await works('python3', ['-c', 'import moto.server']))
if (isHere) {
  test('a plan applied by Terraform to moto and read live has the findings of the plan', () =>
    withMoto(5078, (endpoint) =>
      inCopy(slips, { ...mock, ...motoEndpoints(endpoint) }, async (terraform) => {
        await terraform('apply', '-input=false', '-auto-approve', ...motoTargets(slips))
        const [plan, live] = await Promise.all([
          told('check', join(slips, 'plan.json')),
          told('audit', '--endpoint-url', endpoint),
        ])
        expectSame(live, plan)
      }),
    ))
} else {
  console.warn(
    'not run: Terraform, its AWS provider or moto is missing here; the committed snapshot stands in (`npm run fixtures -- snapshot` makes it)',
  )
  test('the committed snapshot was read from moto, which does not speak all of EKS', () => {
    const { accounts } = JSON.parse(readFileSync(join(slips, 'snapshot.json'), 'utf8')) as {
      readonly accounts: readonly {
        readonly account?: string
        readonly misses: readonly { readonly call: string }[]
      }[]
    }
    expect(accounts[0]?.account).toBe('210987654321')
    expect(accounts[0]?.misses.map(({ call }) => call)).toContain('eks:ListPodIdentityAssociations')
  })
}
