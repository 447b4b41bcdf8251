import { createReadStream } from 'node:fs'
import { InputError, PodtrustError, checkToken, escaped } from '@podtrust/core'
import type { TokenReport } from '@podtrust/core'
import type { RunError } from '@podtrust/core/reporters/json'
import { toTokenJson, toTokenText } from '@podtrust/core/reporters/token'
import { decodeToken, verifyToken } from '@podtrust/core/tokens'
import { DEFAULT_FAIL_ON, getExitCode, parseFailOn } from '../exit-code.js'
import { UsageError } from '../failure.js'
import type { Arguments } from '../options.js'
import { deliver, lookOf, parseTargets } from '../output.js'
import { describeError } from '../read-inputs.js'
import { complain } from '../stderr.js'
import { systemReason } from '../system-reason.js'
import { version } from '../version.js'

/** Where the webhook of EKS says that the token of a pod is. */
const TOKEN_FILE = 'AWS_WEB_IDENTITY_TOKEN_FILE'
const MOST_BYTES = 64 * 1024
const MOST_BYTES_OF_KEYS = 2 ** 20

/**
 * `podtrust token`: the claims of a projected token, what they mean for AWS, and whether its signature holds. Neither the
 * signature nor any part of the token's text is ever printed. It is loaded for this command alone: what checks
 * signatures is nothing that a check of policies should wait for.
 */
export async function token(options: Arguments): Promise<number> {
  const targets = parseTargets(options.all('format'))
  const failOn = options.get('fail-on')
  const rules = {
    failOn: failOn === undefined ? DEFAULT_FAIL_ON : parseFailOn(failOn),
    provedOnly: options.has('proved-only'),
    // Keys that are out of reach leave the question open that was asked.
    requireComplete: true,
  }
  const source = sourceOf(options)
  const keys = keysOf(options)
  const now = new Date()
  const errors: RunError[] = []
  let report: TokenReport | undefined
  // Whose fault it is when something cannot be read.
  let blamed = source.name
  try {
    const text = await source.read()
    // What the token says is told also where its signature cannot be checked.
    report = checkToken(decodeToken(text, { now }), { name: source.name })
    if (keys !== undefined) {
      blamed = keys.file ?? source.name
      const from =
        keys.file === undefined ? fetching : { jwks: await textOfFile(keys.file, MOST_BYTES_OF_KEYS) }
      const { token: verified, signature } = await verifyToken(text, { ...from, ...issuerOf(options), now })
      report = checkToken(verified, { name: source.name, signature })
    }
  } catch (error) {
    errors.push(runError(error, blamed))
  }
  const inputs = report === undefined ? [] : [{ name: source.name }]
  for (const target of targets) {
    if (target.format === 'json') deliver(toTokenJson(report, { version, inputs, errors }), target)
    else if (report !== undefined) deliver(toTokenText(report, lookOf(target, options)), target)
  }
  for (const error of errors) complain(escaped(describeError(error)))
  const unreachable = errors.filter(({ code }) => code === 'E_FETCH_FAILED').length
  return getExitCode(
    { errors: errors.length - unreachable, findings: report?.findings ?? [], isComplete: unreachable === 0 },
    rules,
  )
}

interface Source {
  /** What reports call it. */
  readonly name: string
  readonly read: () => Promise<string>
}

function sourceOf(options: Arguments): Source {
  const [argument, ...more] = options.positionals
  if (more.length > 0) throw new UsageError('token takes one file at most: podtrust token [FILE|-]')
  if (argument === '-') {
    return {
      name: options.get('stdin-filename') ?? '<stdin>',
      read: () => textOf(process.stdin, MOST_BYTES),
    }
  }
  const file = argument ?? process.env[TOKEN_FILE]
  if (file === undefined || file === '') {
    throw new UsageError(
      `no token; name its file, or \`-\` for standard input, or set \`${TOKEN_FILE}\` as the webhook of EKS does`,
    )
  }
  // Its own text must not end in an error, and so in a log, as the name of a file that is not there.
  if (isToken(file)) {
    throw new UsageError(
      'that is a token and no file; on a command line it is seen by others and kept by the shell: pass it with `-` on standard input',
    )
  }
  return { name: file, read: () => textOfFile(file, MOST_BYTES) }
}

/** Three parts, or what a header begins with: `{"` in base64. */
function isToken(text: string): boolean {
  return /^\s*eyJ/.test(text) || /^[\w-]{16,}\.[\w-]{16,}\.[\w-]*$/.test(text)
}

const fetching = { fetchJwks: true } as const

/** Where the keys are from: a file, else the issuer. */
function keysOf(options: Arguments): { readonly file?: string } | undefined {
  const file = options.get('jwks')
  const isFetched = options.has('fetch-jwks')
  if (file !== undefined && isFetched) {
    throw new UsageError('--jwks and --fetch-jwks both say where the keys are; give one of them')
  }
  if (file !== undefined) return { file }
  if (isFetched) return {}
  if (!options.has('issuer')) return undefined
  throw new UsageError('--issuer says whose keys are meant; give them with --jwks FILE, or --fetch-jwks')
}

function issuerOf(options: Arguments): { readonly issuer?: string } {
  const issuer = options.get('issuer')
  if (issuer === undefined) return {}
  return { issuer: issuer.includes('://') ? issuer : `https://${issuer}` }
}

function textOfFile(path: string, most: number): Promise<string> {
  return textOf(createReadStream(path), most)
}

/** Reads no more than a little past what may be there at most. */
async function textOf(stream: AsyncIterable<unknown>, most: number): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) continue
    size += chunk.length
    if (size > most) throw new InputError('E_TOO_LARGE', `larger than the ${most / 1024} KiB that it may be`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function runError(error: unknown, input: string): RunError {
  if (error instanceof PodtrustError) {
    const { code, message, hint } = error
    return { code, message, ...(hint === undefined ? {} : { hint }), input }
  }
  if (!(error instanceof Error && 'code' in error)) throw error
  return { code: 'E_UNREADABLE', message: `cannot be read: ${systemReason(error)}`, input }
}
