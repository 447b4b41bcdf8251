/**
 * A real Terraform with the real AWS provider, offline, and moto, a simulation of AWS (https://docs.getmoto.org), where
 * the machine has them: what makes fixtures, and a test of the whole way.
 */
import { execFile, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

/** The account that moto plays. */
export const account = '210987654321'
export const providerFolder = 'registry.terraform.io/hashicorp/aws/5.100.0'

const region = 'eu-west-1'

/** Settings of the provider that let it work without AWS. They are taken out of what is written. */
export const mock = {
  access_key: '"mock"',
  secret_key: '"mock"',
  skip_credentials_validation: 'true',
  skip_requesting_account_id: 'true',
  skip_metadata_api_check: 'true',
  skip_region_validation: 'true',
}

export const environment = {
  ...process.env,
  TF_CLI_CONFIG_FILE: '/dev/null',
  TF_IN_AUTOMATION: '1',
  CHECKPOINT_DISABLE: '1',
  AWS_ACCESS_KEY_ID: 'mock',
  AWS_SECRET_ACCESS_KEY: 'mock',
  AWS_DEFAULT_REGION: region,
  AWS_PAGER: '',
}

export async function works(program, args) {
  try {
    await promisify(execFile)(program, args, { env: environment })
    return true
  } catch {
    return false
  }
}

export function pluginFolder() {
  const given = process.env.TF_PLUGIN_DIR
  const optional = existsSync('/opt') ? readdirSync('/opt').map((name) => join('/opt', name)) : []
  const usual = [
    join(homedir(), '.terraform.d/plugins'),
    join(homedir(), '.terraform.d/plugin-cache'),
    '/usr/local/share/terraform/plugins',
    ...optional,
  ]
  return (given === undefined ? usual : [given]).find((folder) => existsSync(join(folder, providerFolder)))
}

/** Runs `work` in an initialized copy of a configuration, whose provider is overridden and which is removed after. */
export async function inCopy(configuration, settings, work) {
  const folder = mkdtempSync(join(tmpdir(), 'podtrust-fixture-'))
  try {
    cpSync(configuration, folder, { recursive: true, filter: (path) => !path.endsWith('.json') })
    const lines = Object.entries(settings).map(
      ([key, value]) => `  ${key}${value.startsWith('{') ? '' : '= '}${value}\n`,
    )
    writeFileSync(join(folder, 'mock_override.tf'), `provider "aws" {\n${lines.join('')}}\n`)
    const terraform = async (...args) => {
      const options = { cwd: folder, env: environment, maxBuffer: 2 ** 28 }
      return (await promisify(execFile)('terraform', args, options)).stdout
    }
    await terraform('init', '-input=false', '-no-color', `-plugin-dir=${pluginFolder()}`)
    await work(terraform)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Settings of the provider that send it to moto. */
export function motoEndpoints(endpoint) {
  return { 'endpoints ': `{\n    iam = "${endpoint}"\n    sts = "${endpoint}"\n    eks = "${endpoint}"\n  }` }
}

/** What of a configuration with a `plan.json` beside it moto can make: it knows no Pod Identity associations. */
export function motoTargets(configuration) {
  const { resource_changes: changes } = JSON.parse(readFileSync(join(configuration, 'plan.json'), 'utf8'))
  return changes
    .filter(({ mode, type }) => mode === 'managed' && type !== 'aws_eks_pod_identity_association')
    .map(({ address }) => `-target=${address}`)
}

/** Runs `work` while moto answers on a port of the loopback. */
export async function withMoto(port, work) {
  const endpoint = `http://127.0.0.1:${port}`
  const args = ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)]
  const moto = spawn('python3', args, { stdio: 'ignore', env: { ...environment, MOTO_ACCOUNT_ID: account } })
  try {
    await answers(`${endpoint}/moto-api/data.json`)
    return await work(endpoint)
  } finally {
    moto.kill()
  }
}

async function answers(url) {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      return await fetch(url)
    } catch {
      await sleep(100)
    }
  }
  throw new Error('moto does not answer: python3 -m pip install "moto[server]"')
}
