/**
 * Makes the plans, states and dumps that the tests read, with a real Terraform and the real AWS provider: offline, and
 * where something has to exist, against moto, a simulation of AWS (https://docs.getmoto.org). They are committed, so
 * nobody needs these tools to run the tests.
 *
 * Wanted: Terraform 1.11, `TF_PLUGIN_DIR` or any folder that holds `registry.terraform.io/hashicorp/aws/5.100.0`, and
 * for the state and the dumps `python3` with moto and the `aws` command. Names on the command line pick fixtures.
 */
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import {
  account,
  environment,
  inCopy,
  mock,
  motoEndpoints,
  motoTargets,
  pluginFolder,
  providerFolder,
  withMoto,
  works,
} from './terraform-and-moto.mjs'
import { root } from './workspace.mjs'

const fixtures = join(root, 'packages/core/test/fixtures/terraform')
const dumps = join(root, 'packages/core/test/fixtures/dumps')
const examples = join(root, 'examples/terraform')
const port = 5077
const endpoint = `http://127.0.0.1:${port}`

/** One by one, so that moto gives each the same random id on every run. */
const creationOrder = [
  'aws_iam_openid_connect_provider.prod',
  'aws_iam_role.cluster',
  'aws_eks_cluster.tools',
  'aws_iam_role.uploader',
  'aws_iam_role.thumbnails',
  'aws_iam_instance_profile.thumbnails',
  'aws_iam_role.retired',
]

let lastSeed = 0

const jobs = {
  async slips() {
    await planOnly('slips')
    mkdirSync(examples, { recursive: true })
    for (const file of ['main.tf', 'plan.json']) cpSync(join(fixtures, 'slips', file), join(examples, file))
  },
  snapshot: () => withMoto(port, snapshotOfSlips),
  modules: () => planOnly('modules'),
  unknown: () => planOnly('unknown'),
  state: () => withMoto(port, stateAndDumps),
  'first-apply': () => planOnly('first-apply'),
  json: () => planOnly('json'),
  heredoc: () => planOnly('heredoc'),
  'local-module': () => planOnly('local-module'),
  'for-each': () => planOnly('for-each'),
  'irsa-module': () => planOnly('irsa-module'),
  'pod-identity-module': () => planOnly('pod-identity-module'),
  merged: () => planOnly('merged'),
  associations: () => planOnly('associations'),
  nodes: () => planOnly('nodes'),
  'existing-provider': () => withMoto(port, existingProvider),
  changes: () => withMoto(port, changes),
}

process.exitCode = await main(process.argv.slice(2))

async function main(names) {
  const unknown = names.filter((name) => !Object.hasOwn(jobs, name))
  if (unknown.length > 0)
    return complain(`no fixture \`${unknown[0]}\`, there are ${Object.keys(jobs).join(', ')}`)
  if (!(await works('terraform', ['version'])))
    return complain('terraform is missing: https://developer.hashicorp.com/terraform/install')
  if (pluginFolder() === undefined) {
    return complain(
      `no ${providerFolder} in TF_PLUGIN_DIR or a usual folder: \`terraform providers mirror\` makes one`,
    )
  }
  for (const name of names.length > 0 ? names : Object.keys(jobs)) {
    await jobs[name]()
    console.log(`${name} made`)
  }
  return 0
}

function complain(sentence) {
  console.error(sentence)
  return 1
}

/** A plan of resources that do not exist yet, which needs no AWS at all. */
function planOnly(name) {
  return inCopy(join(fixtures, name), { ...mock }, async (terraform) => {
    await terraform('plan', '-input=false', '-out=plan.bin')
    write(join(fixtures, name, 'plan.json'), await terraform('show', '-json', 'plan.bin'))
  })
}

async function stateAndDumps() {
  const folder = join(fixtures, 'state')
  await inCopy(join(fixtures, 'state'), { ...mock, ...motoEndpoints(endpoint) }, async (terraform) => {
    for (const address of creationOrder) {
      await seed()
      await terraform('apply', '-input=false', '-auto-approve', `-target=${address}`)
    }
    await terraform('apply', '-input=false', '-auto-approve')
    write(join(folder, 'state.json'), await terraform('show', '-json'))
    await terraform('plan', '-input=false', '-out=unchanged.bin')
    write(join(folder, 'unchanged.json'), await terraform('show', '-json', 'unchanged.bin'))
    await terraform('plan', '-input=false', '-out=revised.bin', '-var=revised=true')
    write(join(folder, 'revised.json'), await terraform('show', '-json', 'revised.bin'))
  })

  const provider = `arn:aws:iam::${account}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/7C1E0D5A94B2F36E8A0C4D71B59E23F8`
  const commands = {
    'get-account-authorization-details': ['iam', 'get-account-authorization-details', '--filter', 'Role'],
    'list-roles': ['iam', 'list-roles'],
    'get-role': ['iam', 'get-role', '--role-name', 'uploader'],
    'list-open-id-connect-providers': ['iam', 'list-open-id-connect-providers'],
    'get-open-id-connect-provider': [
      'iam',
      'get-open-id-connect-provider',
      '--open-id-connect-provider-arn',
      provider,
    ],
    'describe-cluster': ['eks', 'describe-cluster', '--name', 'tools'],
  }
  for (const [name, args] of Object.entries(commands)) {
    write(join(dumps, `${name}.json`), await aws(...args))
  }
}

/** What the plan of the slips makes, applied and read live: `npm run build` comes before. */
function snapshotOfSlips() {
  const configuration = join(fixtures, 'slips')
  return inCopy(configuration, { ...mock, ...motoEndpoints(endpoint) }, async (terraform) => {
    await seed()
    await terraform('apply', '-input=false', '-auto-approve', '-parallelism=1', ...motoTargets(configuration))
    const program = join(root, 'packages/cli/dist/podtrust.cjs')
    const args = [program, 'snapshot', '-o', '-', '--quiet', '--endpoint-url', endpoint]
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      env: { ...environment, AWS_REGION: 'eu-west-1' },
    })
    write(join(configuration, 'snapshot.json'), stdout)
  })
}

/** What another configuration made is made with the `aws` command. */
function existingProvider() {
  return inCopy(
    join(fixtures, 'existing-provider'),
    { ...mock, ...motoEndpoints(endpoint) },
    async (terraform) => {
      await seed()
      const issuer = 'https://oidc.eks.eu-west-1.amazonaws.com/id/7C1E0D5A94B2F36E8A0C4D71B59E23F8'
      await aws(
        'iam',
        'create-open-id-connect-provider',
        '--url',
        issuer,
        '--client-id-list',
        'sts.amazonaws.com',
      )
      const role = `arn:aws:iam::${account}:role/eks-cluster-legacy`
      const network = 'subnetIds=subnet-0a1b2c3d4e5f60718,subnet-0f1e2d3c4b5a69788'
      await aws(
        'eks',
        'create-cluster',
        '--name',
        'legacy',
        '--role-arn',
        role,
        '--resources-vpc-config',
        network,
      )
      await terraform('plan', '-input=false', '-out=plan.bin')
      write(join(fixtures, 'existing-provider', 'plan.json'), await terraform('show', '-json', 'plan.bin'))
    },
  )
}

/** A plan that changes what stands, and one that takes everything down. */
function changes() {
  return inCopy(join(fixtures, 'changes'), { ...mock, ...motoEndpoints(endpoint) }, async (terraform) => {
    await seed()
    await terraform('apply', '-input=false', '-auto-approve', '-parallelism=1')
    await terraform('plan', '-input=false', '-out=plan.bin', '-var=revised=true')
    write(join(fixtures, 'changes', 'plan.json'), await terraform('show', '-json', 'plan.bin'))
    await terraform('plan', '-input=false', '-out=destroy.bin', '-destroy')
    write(join(fixtures, 'changes', 'destroy.json'), await terraform('show', '-json', 'destroy.bin'))
  })
}

async function aws(...args) {
  const { stdout } = await promisify(execFile)('aws', ['--endpoint-url', endpoint, ...args], {
    env: environment,
  })
  return stdout
}

function seed() {
  return fetch(`${endpoint}/moto-api/seed?a=${++lastSeed}`, { method: 'POST' })
}

/** Writes JSON that is the same on every day and every machine, and without the kilobytes of a made-up certificate. */
function write(file, text) {
  const document = JSON.parse(text, (key, value) => {
    if (key === 'timestamp' || key === 'clientRequestToken') return undefined
    if (key === 'relevant_attributes')
      return value
        .map((entry) => JSON.stringify(entry))
        .toSorted()
        .map((entry) => JSON.parse(entry))
    if (key === 'createdAt') return 1768469400
    if (/^certificate_?authority$/i.test(key)) return shortened(value)
    if (key === 'provider_config' && value.aws) return { aws: withoutMock(value.aws) }
    return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2})$/.test(value)
      ? '2026-01-15T09:30:00Z'
      : value
  })
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`)
}

function shortened(certificate) {
  return JSON.parse(JSON.stringify(certificate), (key, value) =>
    key === 'data' && typeof value === 'string' ? 'TU9DSw==' : value,
  )
}

function withoutMock({ expressions, ...provider }) {
  const kept = Object.entries(expressions).filter(([key]) => !Object.hasOwn(mock, key) && key !== 'endpoints')
  return { ...provider, expressions: Object.fromEntries(kept) }
}
