/**
 * The ground every script stands on: where the workspace is, how a program is started, and how its
 * dependencies are installed. Nothing here needs a shell, git, or a package manager besides npm.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
export const cache = join(root, 'node_modules', '.cache', 'podtrust')

const pnpm = 'pnpm@12.21.0'
const oldestNode = [20, 19]

/**
 * Starts a program and waits for its end. With `quiet` the output is collected and returned, else it
 * goes straight to the terminal. Standard input is closed, so nothing can stop to ask.
 *
 * @param {readonly string[]} command the program and its arguments
 * @param {{ quiet?: boolean, env?: Record<string, string>, cwd?: string }} [options]
 * @returns {Promise<{ code: number, output: string }>} the code is 1 where a signal ended the program
 */
export function run([program, ...args], { quiet = false, env = {}, cwd = root } = {}) {
  return new Promise((resolve) => {
    const stdio = quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit']
    const child = spawn(program, args, { cwd, stdio, env: { ...process.env, ...env } })
    const chunks = []
    child.stdout?.on('data', (chunk) => chunks.push(chunk))
    child.stderr?.on('data', (chunk) => chunks.push(chunk))
    child.on('error', (error) => resolve({ code: 1, output: `${error.message}\n` }))
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString('utf8') }))
  })
}

/** A program of an installed package, as a command for `run`: its own script under this very Node. */
export function tool(packageName, program = packageName) {
  const folder = join(root, 'node_modules', packageName)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return [process.execPath, join(folder, typeof bin === 'string' ? bin : bin[program])]
}

/** jest, with what ES modules need: https://jestjs.io/docs/ecmascript-modules */
export function jest(...args) {
  const [node, script] = tool('jest')
  return [node, '--experimental-vm-modules', '--disable-warning=ExperimentalWarning', script, ...args]
}

/** Ends the script at once where this Node is too old to run what follows. */
export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  const [oldestMajor, oldestMinor] = oldestNode
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return
  console.error(`Node ${oldestNode.join('.')} or later is needed, this is ${process.versions.node}`)
  process.exit(1)
}

/**
 * Installs exactly what the lockfile says, unless that is what `node_modules` already holds.
 *
 * @returns {Promise<{ code: number, output: string, skipped: boolean }>}
 */
export async function install() {
  if (readStamp() === digest()) return { code: 0, output: '', skipped: true }
  const command = [...npx(), '-y', pnpm, 'install', '--frozen-lockfile']
  // With CI set pnpm never asks, not even before it replaces a node_modules that something else made.
  const result = await run(command, { quiet: true, env: { CI: 'true' } })
  if (result.code === 0) {
    mkdirSync(cache, { recursive: true })
    writeFileSync(stamp, digest())
  }
  return { ...result, skipped: false }
}

const stamp = join(cache, 'installed')

function readStamp() {
  const folders = packageFolders().map((folder) => join(folder, 'node_modules'))
  return folders.every(existsSync) && existsSync(stamp) ? readFileSync(stamp, 'utf8') : undefined
}

/** What an install depends on, and what it left behind: pnpm keeps a copy of the lockfile it installed. */
function digest() {
  const files = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'node_modules/.pnpm/lock.yaml']
    .map((file) => join(root, file))
    .concat(packageFolders().map((folder) => join(folder, 'package.json')))
  const hash = createHash('sha256').update(`${pnpm} ${process.platform} ${process.arch}`)
  for (const file of files) hash.update('\0').update(existsSync(file) ? readFileSync(file) : '')
  return hash.digest('hex')
}

function packageFolders() {
  const packages = join(root, 'packages')
  return [root, ...readdirSync(packages).map((name) => join(packages, name))].filter((folder) =>
    existsSync(join(folder, 'package.json')),
  )
}

/** npx as a Node script: as a command it is a batch file on Windows, which only a shell can start. */
function npx() {
  const npm = process.env.npm_execpath
  const besideNode = dirname(process.execPath)
  const candidates = [
    npm && basename(npm) === 'npm-cli.js' && join(dirname(npm), 'npx-cli.js'),
    join(besideNode, '..', 'lib', 'node_modules', 'npm', 'bin', 'npx-cli.js'),
    join(besideNode, 'node_modules', 'npm', 'bin', 'npx-cli.js'),
  ]
  const script = candidates.find((candidate) => candidate && existsSync(candidate))
  return script ? [process.execPath, script] : ['npx']
}
