import { createReadStream } from 'node:fs'
import { escaped, explainAssume, explainError, roleNamesOf } from '@podtrust/core'
import type { ExplainQuestion, Explanation, Inventory } from '@podtrust/core'
import {
  toErrorJson,
  toErrorMarkdown,
  toErrorText,
  toExplainJson,
  toExplainMarkdown,
  toExplainText,
} from '@podtrust/core/reporters/explain'
import { suggestion } from '../did-you-mean.js'
import { UsageError } from '../failure.js'
import { gather } from '../gather.js'
import type { Arguments } from '../options.js'
import { deliver, lookOf, parseTargets } from '../output.js'
import type { Target } from '../output.js'
import { describeError } from '../read-inputs.js'
import { complain, warn } from '../stderr.js'
import { systemReason } from '../system-reason.js'
import { version } from '../version.js'

const FORMATS = ['text', 'json', 'markdown'] as const
type Format = (typeof FORMATS)[number]

const MECHANISMS = ['irsa', 'pod-identity'] as const
const MOST_BYTES = 64 * 1024

/**
 * `podtrust explain`: why one caller can or cannot assume one role. The exit code is 0 where it can, and 1 where it cannot
 * or the inputs do not tell: whoever asks in a script wants to know that it works.
 */
export async function explain(options: Arguments): Promise<number> {
  const targets = parseTargets(options.all('format'), FORMATS)
  const error = options.get('error')
  if (error !== undefined) return explainText(error, options, targets)
  const ask = questionOf(options)
  const question = await ask.question()
  if (ask.usesStdin && options.positionals.includes('-'))
    throw new UsageError('standard input is the token or an input, not both')
  const inputs = await gather(options)
  for (const warning of inputs.warnings) warn(warning, options.has('quiet'))
  for (const one of inputs.errors) complain(escaped(describeError(one)))
  if (inputs.names.length === 0) return 2
  const answer = explainAssume(inputs.inventory, question)
  // A role of an account that was read wholly is an answer; any other name that nobody knows is a slip.
  if (answer.role.key === undefined && answer.outcome === 'undecided' && inputs.errors.length === 0)
    throw new UsageError(noRole(question.role, inputs.inventory))
  for (const target of targets) {
    const run = { version, inputs: inputs.names.map((name) => ({ name })), errors: inputs.errors }
    deliver(render(answer, target, options, run), target)
  }
  if (inputs.errors.length > 0) return 2
  return answer.outcome === 'allowed' ? 0 : 1
}

function render(
  answer: Explanation,
  target: Target<Format>,
  options: Arguments,
  run: Parameters<typeof toExplainJson>[1],
): string {
  switch (target.format) {
    case 'text':
      return toExplainText(answer, lookOf(target, options))
    case 'json':
      return toExplainJson(answer, run)
    case 'markdown':
      return toExplainMarkdown(answer)
  }
}

async function explainText(
  given: string,
  options: Arguments,
  targets: readonly Target<Format>[],
): Promise<number> {
  const others = (['role', 'subject', 'token', 'cluster', 'audience', 'mechanism'] as const).filter((name) =>
    options.has(name),
  )
  if (others.length > 0 || options.positionals.length > 0)
    throw new UsageError(
      '--error is explained by its text alone; leave it out to ask about a role and a caller',
    )
  const answer = explainError(given === '-' ? await textOf(process.stdin, 2 ** 20) : given)
  if (answer === undefined) {
    throw new UsageError(
      '--error: the text holds no error of STS, EKS Pod Identity or an SDK that podtrust knows; give the line with the code, such as `AccessDenied` or `InvalidIdentityToken`',
    )
  }
  for (const target of targets) {
    if (target.format === 'json') deliver(toErrorJson(answer, { version, inputs: [] }), target)
    else if (target.format === 'markdown') deliver(toErrorMarkdown(answer), target)
    else deliver(toErrorText(answer, lookOf(target, options)), target)
  }
  return 0
}

interface Asked {
  readonly usesStdin: boolean
  readonly question: () => Promise<ExplainQuestion>
}

function questionOf(options: Arguments): Asked {
  const role = options.get('role')
  const subject = options.get('subject')
  const file = options.get('token')
  const cluster = options.get('cluster')
  if (role === undefined) throw new UsageError('explain wants a role: --role NAME, or its ARN')
  if ((subject === undefined) === (file === undefined))
    throw new UsageError(
      'explain wants to know who asks: --subject NAMESPACE/NAME, or --token FILE, one of them',
    )
  const place = cluster === undefined ? {} : { cluster }
  if (file !== undefined) {
    for (const name of ['audience', 'mechanism'] as const)
      if (options.has(name)) throw new UsageError(`--${name} goes with --subject; a token says it itself`)
    return {
      usesStdin: file === '-',
      question: async () => ({ role, ...place, token: await readToken(file) }),
    }
  }
  const audience = options.get('audience')
  const question = {
    role,
    ...place,
    serviceAccount: parseSubject(subject ?? ''),
    ...(audience === undefined ? {} : { audience }),
    ...mechanismOf(options.get('mechanism')),
  }
  return { usesStdin: false, question: () => Promise.resolve(question) }
}

function mechanismOf(text: string | undefined): { readonly mechanism?: (typeof MECHANISMS)[number] } {
  if (text === undefined) return {}
  const mechanism = MECHANISMS.find((known) => known === text)
  if (mechanism !== undefined) return { mechanism }
  throw new UsageError(
    `--mechanism: there is no \`${text}\`${suggestion(text, MECHANISMS)}; there are ${MECHANISMS.join(' and ')}`,
  )
}

/** `NAMESPACE/NAME`, or a whole subject. */
function parseSubject(text: string): { readonly namespace: string; readonly name: string } {
  const [, namespace, name] = /^(?:system:serviceaccount:)?([^/:]+)[/:]([^/:]+)$/.exec(text) ?? []
  if (namespace !== undefined && name !== undefined) return { namespace, name }
  throw new UsageError(`--subject: \`${text}\` is not NAMESPACE/NAME`)
}

/** What reads tokens also checks signatures, and is loaded for this alone. */
async function readToken(file: string): Promise<Extract<ExplainQuestion, { token: unknown }>['token']> {
  if (/^\s*eyJ/.test(file))
    throw new UsageError(
      '--token names a file; a token on a command line is seen by others: pass it with `--token -` on standard input',
    )
  const { decodeToken } = await import('@podtrust/core/tokens')
  let text: string
  try {
    text = await textOf(file === '-' ? process.stdin : createReadStream(file), MOST_BYTES)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    throw new UsageError(`--token: \`${file}\` cannot be read: ${systemReason(error)}`)
  }
  return decodeToken(text)
}

async function textOf(stream: AsyncIterable<unknown>, most: number): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) continue
    size += chunk.length
    if (size > most) throw new UsageError(`what is to be read is larger than ${most / 1024} KiB`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function noRole(role: string, inventory: Inventory): string {
  const names = roleNamesOf(inventory).slice(0, 10_000)
  return `--role: no role of the input has the name, ARN or address \`${role}\`${suggestion(role, names)}`
}
