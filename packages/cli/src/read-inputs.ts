/** From arguments to one inventory: files, folders and standard input, each recognized by what it holds. */
import { constants } from 'node:buffer'
import { createReadStream, readFileSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ArgumentError, PodtrustError, inventoryOf, quoted } from '@podtrust/core'
import type { Inventory, Role } from '@podtrust/core'
import type { RunError } from '@podtrust/core/reporters/json'
import { readInventory } from '@podtrust/core/sources/detect'
import type { InputOptions as ReadOptions } from '@podtrust/core/sources/detect'
import { UsageError, withHint } from './failure.js'
import { expand, isPattern } from './globs.js'
import { readLargeDump } from './large-dump.js'
import type { LargeDump } from './large-dump.js'
import { systemReason } from './system-reason.js'
import { configurationOf } from './terraform-files.js'

export interface InputOptions {
  readonly roleArn?: string | undefined
  readonly roleName?: string | undefined
  readonly stdinFilename?: string | undefined
  readonly terraformDir?: string | undefined
  /** Whether large dumps are taken as streams; otherwise they are read at once, if they can be. */
  readonly streams?: boolean
}

export interface Inputs {
  /** All that was read at once. */
  readonly inventory: Inventory
  /** Dumps that are read while they are checked. */
  readonly streams: readonly LargeDump[]
  /** What was read. */
  readonly names: readonly string[]
  /** What could not be read. */
  readonly errors: readonly RunError[]
  /** Files of folders that hold something else. */
  readonly otherFiles: number
  readonly warnings: readonly string[]
  /** What stands before the plans among the inputs are applied; `undefined` where none is a plan. */
  before(): Inventory | undefined
}

interface Reading {
  readonly options: InputOptions
  readonly inventories: Inventory[]
  readonly streams: LargeDump[]
  readonly names: string[]
  readonly errors: RunError[]
  readonly seen: Set<string>
  /** How to read the inputs again, as they were before: plans by their other side, what is no plan as it is. */
  readonly before: (() => Inventory)[]
  plans: number
  otherFiles: number
  barePolicies: number
}

/** A longer text does not fit into a string of this Node. */
const MAX_BYTES = constants.MAX_STRING_LENGTH

/** What a file that is about roles holds even where it is broken. */
const TELLTALE =
  /podtrustSnapshot|assume_?role|oidc-provider|pods\.eks|format_version|eks\.amazonaws\.com\/role-arn/i

/**
 * Reads all inputs as one inventory. What cannot be read is an error and a gap, and the others are read all the same.
 *
 * @throws UsageError where an argument means no input at all
 */
export async function readInputs(args: readonly string[], options: InputOptions): Promise<Inputs> {
  if (args.length === 0) throw new UsageError('no input; name files or folders, or `-` for standard input')
  const reading: Reading = {
    options,
    inventories: [],
    streams: [],
    names: [],
    errors: [],
    seen: new Set(),
    before: [],
    plans: 0,
    otherFiles: 0,
    barePolicies: 0,
  }
  for (const argument of args) await readArgument(argument, reading)

  const { inventories, streams, names, errors, otherFiles, barePolicies } = reading
  const { roleArn, roleName } = options
  const owner = roleArn === undefined ? 'role-name' : 'role-arn'
  const isOwned = roleArn !== undefined || roleName !== undefined
  if (isOwned && barePolicies > 1) {
    throw new UsageError(
      `--${owner} names one role, and ${barePolicies} of the inputs are bare trust policies; check them one by one`,
    )
  }
  const warnings =
    isOwned && barePolicies === 0 && names.length > 0
      ? [`--${owner} changes nothing: no input is a bare trust policy`]
      : []
  const before = (): Inventory | undefined =>
    reading.plans === 0 ? undefined : inventoryOf(...reading.before.map((read) => read()))
  return {
    inventory: inventoryOf(...inventories, missing(errors)),
    streams,
    names,
    // The facts of a stream have a gap where it breaks off, so it is an error and no gap besides.
    errors: [...errors, ...streams.flatMap(({ name, fault }) => (fault ? errorOf(name, fault) : []))],
    otherFiles,
    warnings,
    before,
  }
}

/** An inventory with nothing but the gaps that unreadable inputs leave. */
function missing(errors: readonly RunError[]): Inventory {
  const gaps = errors.map(({ input = 'input', message }) => ({
    kind: 'role' as const,
    subject: input,
    reason: `${quoted(input)}: ${message}`,
  }))
  return { facts: { providers: [], clusters: [], associations: [], holds: new Set(), gaps }, roles: [] }
}

async function readArgument(argument: string, reading: Reading): Promise<void> {
  if (argument === '-') {
    if (reading.seen.has('-')) return
    reading.seen.add('-')
    await readText(reading.options.stdinFilename ?? '<stdin>', () => textOf(process.stdin), reading)
    return
  }
  let found
  try {
    found = statSync(argument)
  } catch (error) {
    const isGlob = isPattern(argument) && error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const paths = isGlob ? expand(argument) : []
    if (paths.length > 0) return readSeveral(argument, paths, reading)
    const message = isGlob ? 'no file matches the pattern' : `cannot be read: ${systemReason(error)}`
    fail(argument, 'E_UNREADABLE', message, undefined, reading)
    return
  }
  if (found.isDirectory()) return readFolder(argument, reading)
  await readFile(argument, reading)
}

async function readFile(path: string, reading: Reading): Promise<void> {
  if (reading.seen.has(resolve(path))) return
  reading.seen.add(resolve(path))
  await attempt(
    path,
    async () => {
      if (!(await takeStream(path, reading))) await accept(path, await textOfFile(path), reading, true)
    },
    reading,
  )
}

/** Takes a file as a stream, if it is a dump that is large enough for that. */
async function takeStream(path: string, { options, streams, names }: Reading): Promise<boolean> {
  const dump = options.streams ? await readLargeDump(path) : undefined
  if (dump === undefined) return false
  streams.push(dump)
  names.push(path)
  return true
}

async function readText(name: string, text: () => string | Promise<string>, reading: Reading): Promise<void> {
  await attempt(name, async () => accept(name, await text(), reading, true), reading)
}

/** Does what may find that an input cannot be read, which is then said of it. */
async function attempt(name: string, work: () => Promise<void>, reading: Reading): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (
      error instanceof UsageError ||
      error instanceof ArgumentError ||
      (error instanceof PodtrustError && error.code === 'E_WITNESS')
    )
      throw error
    failWith(name, error, reading)
  }
}

/** Reads a text; with `isAsked` it was named as an input, else it is a file that a folder happens to hold. */
async function accept(name: string, text: string, reading: Reading, isAsked: boolean): Promise<void> {
  const { roleArn, roleName } = reading.options
  const owner = {
    ...(roleArn === undefined ? {} : { roleArn }),
    ...(roleName === undefined ? {} : { roleName }),
  }
  const isPlan = ['"planned_values"', '"resource_changes"'].some((member) => text.includes(member))
  const options = { ...owner, ...(await readersFor(text)) }
  const configuration = isPlan
    ? configurationOf(isAsked && name === '<stdin>' ? undefined : name, reading.options.terraformDir)
    : undefined
  const inventory = readInventory(
    { name, text },
    configuration === undefined ? options : { ...options, configuration },
  )
  const policy = barePolicyOf(inventory)
  if (!isAsked && policy !== undefined && isPermissionsPolicy(policy)) {
    reading.otherFiles++
    return
  }
  reading.inventories.push(inventory)
  reading.names.push(name)
  if (isPlan) reading.plans++
  reading.before.push(() =>
    isPlan ? readInventory({ name, text }, { ...options, side: 'before' }) : inventory,
  )
  if (policy !== undefined) reading.barePolicies++
}

/** What only some inputs need, loaded for the first of them: the parser for YAML, and the reader of snapshots. */
async function readersFor(text: string): Promise<Pick<ReadOptions, 'yaml' | 'snapshot'>> {
  if (!/^\ufeff?\s*[{[]/.test(text)) return { yaml: (await import('@podtrust/core/sources/yaml')).yaml }
  if (!text.includes('"podtrustSnapshot"')) return {}
  return { snapshot: (await import('@podtrust/core/sources/snapshot')).snapshot }
}

/** The policy of an input that is nothing else. */
function barePolicyOf({ roles }: Inventory): Role['trustPolicy'] | undefined {
  if (!Array.isArray(roles) || roles.length !== 1) return undefined
  const [only] = roles as readonly Role[]
  // The only document of a text in YAML is the first one.
  return only !== undefined && ['', '/0'].includes(only.location.pointer) ? only.trustPolicy : undefined
}

/** Whether a policy says what a role may do and not who may assume it: folders of policies hold both. */
function isPermissionsPolicy(policy: Role['trustPolicy']): boolean {
  if (policy.kind !== 'value') return false
  const statements = [(policy.value as { readonly Statement?: unknown }).Statement].flat()
  return (
    statements.length > 0 &&
    statements.every((statement) => has(statement, 'Resource') && !has(statement, 'Principal'))
  )
}

function has(statement: unknown, element: 'Resource' | 'Principal'): boolean {
  if (typeof statement !== 'object' || statement === null) return false
  return Object.hasOwn(statement, element) || Object.hasOwn(statement, `Not${element}`)
}

/** The `.json`, `.yaml` and `.yml` files of a folder and of those below, but for hidden folders and `node_modules`. */
async function readFolder(folder: string, reading: Reading): Promise<void> {
  let files: readonly string[]
  try {
    files = [...inputFiles(folder)]
  } catch (error) {
    fail(folder, 'E_UNREADABLE', `cannot be read: ${systemReason(error)}`, undefined, reading)
    return
  }
  if (files.length === 0) {
    const hint = '`podtrust --help` lists what is read'
    fail(folder, 'E_UNRECOGNIZED_INPUT', 'it holds no `.json`, `.yaml` or `.yml` file', hint, reading)
    return
  }
  await readSeveral(folder, files, reading)
}

/** Files that somebody named together: those that hold something else are counted. */
async function readSeveral(argument: string, paths: readonly string[], reading: Reading): Promise<void> {
  const before = reading.names.length + reading.errors.length
  let wasSeen = false
  for (const path of paths) {
    if (reading.seen.has(resolve(path))) {
      wasSeen = true
      continue
    }
    reading.seen.add(resolve(path))
    let text: string | undefined
    try {
      if (statSync(path).isDirectory()) {
        await readFolder(path, reading)
        continue
      }
      if (await takeStream(path, reading)) continue
      text = await textOfFile(path)
      await accept(path, text, reading, false)
    } catch (error) {
      if (error instanceof ArgumentError || error instanceof UsageError) throw error
      if (isSomethingElse(error, text)) reading.otherFiles++
      else failWith(path, error, reading)
    }
  }
  if (wasSeen || reading.names.length + reading.errors.length > before) return
  const what = isPattern(argument) ? 'files' : '`.json` and YAML files'
  const looked = `none of its ${paths.length} ${what} is an input that podtrust knows`
  fail(argument, 'E_UNRECOGNIZED_INPUT', looked, '`podtrust --help` lists what is read', reading)
}

function* inputFiles(folder: string): Generator<string> {
  const entries = readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (!entry.name.startsWith('.') && entry.name !== 'node_modules') yield* inputFiles(path)
    } else if (/\.(?:json|ya?ml)$/.test(entry.name)) {
      yield path
    }
  }
}

/** Whether a file of a folder has nothing to do with roles; what is about them and cannot be read is an error. */
function isSomethingElse(error: unknown, text: string | undefined): boolean {
  if (!(error instanceof PodtrustError) || text === undefined) return false
  return error.code === 'E_UNRECOGNIZED_INPUT' || !TELLTALE.test(text)
}

function failWith(name: string, error: unknown, reading: Reading): void {
  if (error instanceof PodtrustError) fail(name, error.code, error.message, error, reading)
  else if (error instanceof Error && 'code' in error) {
    fail(name, 'E_UNREADABLE', `cannot be read: ${systemReason(error)}`, undefined, reading)
  } else throw error
}

function fail(
  name: string,
  code: string,
  message: string,
  about: PodtrustError | string | undefined,
  reading: Reading,
): void {
  const hint = typeof about === 'string' ? about : about?.hint
  const position = typeof about === 'object' ? about.position : undefined
  reading.errors.push({ code, message, ...(hint === undefined ? {} : { hint }), input: name, ...position })
}

function errorOf(name: string, { code, message, position }: PodtrustError): RunError {
  return { code, message: `${message}; what stands before was checked`, input: name, ...position }
}

/** One line for an input that could not be read. */
export function describeError({ input = '', message, hint }: RunError): string {
  return `${input}: ${withHint(message, hint)}`
}

function textOfFile(path: string): string | Promise<string> {
  const found = statSync(path)
  if (!found.isFile()) return textOf(createReadStream(path))
  if (found.size > MAX_BYTES) throw tooLarge(found.size)
  return readFileSync(path, 'utf8')
}

/** A stream has no size to look at: what it has too much of is not read. */
async function textOf(stream: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) continue
    size += chunk.length
    if (size > MAX_BYTES) throw tooLarge(size)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function tooLarge(size: number): PodtrustError {
  const megabytes = Math.ceil(size / 2 ** 20)
  return new PodtrustError(
    'E_TOO_LARGE',
    `larger than the ${Math.floor(MAX_BYTES / 2 ** 20) + 1} MiB that can be read at once (${megabytes} MiB)`,
    {
      hint: 'part it, for example with `jq`, and give the parts as several inputs',
    },
  )
}
