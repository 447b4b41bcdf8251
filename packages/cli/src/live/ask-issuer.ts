/**
 * One question to the address of an issuer. Whoever made the OIDC provider chose where it goes, so it goes to public
 * addresses alone, over https, follows no redirect, carries nothing of ours and reads little.
 */
import { Resolver, lookup } from 'node:dns/promises'
import { request } from 'node:https'
import type { RequestOptions } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { isIPv4 } from 'node:net'
import { escaped, quoted } from '@podtrust/core'
import { isPublicAddress } from '@podtrust/core/public-address'

/** What DNS says of a name by itself, whether or not it has an address. */
export type NameState = 'exists' | 'absent' | 'unknown'

/** What stands between this file and the network, so that tests can have a local server behind it. */
export interface IssuerNetwork {
  /** The addresses of a host. */
  resolve(host: string): Promise<readonly string[]>
  stateOf(name: string): Promise<NameState>
  isPublic(address: string): boolean
  readonly tls?: Pick<RequestOptions, 'ca' | 'port'>
}

/** The body is read of what can tell something, which is a found document and one that is missing. */
export type IssuerAnswer =
  | { readonly kind: 'answer'; readonly status: number; readonly body: string }
  /** The name has no address. */
  | { readonly kind: 'no-address' }
  | { readonly kind: 'failure'; readonly reason: string }

const MOST_BYTES = 64 * 1024
const DNS_TIMEOUT_MS = 1500

export const internet: IssuerNetwork = {
  // The final dot keeps the search list of this machine out of it: the name means what it means to AWS.
  async resolve(host) {
    return (await lookup(`${host}.`, { all: true })).map(({ address }) => address)
  },
  async stateOf(name) {
    const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: 1 })
    const answers = await Promise.allSettled([
      resolver.resolveNs(`${name}.`),
      resolver.resolveSoa(`${name}.`),
    ])
    return nameState(answers.map((answer) => (answer.status === 'fulfilled' ? undefined : answer.reason)))
  },
  isPublic: isPublicAddress,
}

/**
 * What the errors of several questions about one name say together, `undefined` for an answer. A name is absent where all
 * of them say so: resolvers that know less than DNS does contradict themselves.
 */
export function nameState(errors: readonly unknown[]): NameState {
  const codes = errors.map((error) => (error === undefined ? 'ENODATA' : codeOf(error)))
  if (codes.includes('ENODATA')) return 'exists'
  return codes.length > 0 && codes.every((code) => code === 'ENOTFOUND') ? 'absent' : 'unknown'
}

/** @throws the reason of the signal when it aborts, and nothing else */
export async function askIssuer(
  url: URL,
  signal: AbortSignal,
  network: IssuerNetwork,
): Promise<IssuerAnswer> {
  let addresses: readonly string[]
  try {
    addresses = await untilAborted(network.resolve(url.hostname), signal)
  } catch (error) {
    signal.throwIfAborted()
    if (codeOf(error) === 'ENOTFOUND') return { kind: 'no-address' }
    return failure('its name cannot be resolved')
  }
  const [address] = addresses
  if (address === undefined) return { kind: 'no-address' }
  const hidden = addresses.find((one) => !network.isPublic(one))
  if (hidden !== undefined)
    return failure(`its name has the address ${quoted(hidden)}, which is not public; it is not asked`)
  try {
    return await get(url, address, signal, network)
  } catch (error) {
    signal.throwIfAborted()
    return failure(reasonOf(error))
  }
}

function get(url: URL, address: string, signal: AbortSignal, { tls }: IssuerNetwork): Promise<IssuerAnswer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: url.hostname,
        path: url.pathname,
        port: 443,
        ...tls,
        // The address that was looked at is the one that is asked, whatever the name means by now.
        lookup: (_host, options, answer) => {
          const family = isIPv4(address) ? 4 : 6
          if (options.all) answer(null, [{ address, family }])
          else answer(null, address, family)
        },
        agent: false,
        rejectUnauthorized: true,
        headers: { accept: 'application/json', 'accept-encoding': 'identity', 'user-agent': 'podtrust' },
        signal,
      },
      (response) => {
        const settle = (answer: IssuerAnswer): void => {
          resolve(answer)
          asked.destroy()
        }
        read(response, settle, reject)
      },
    )
    asked.on('error', reject)
    asked.end()
  })
}

function read(
  response: IncomingMessage,
  settle: (answer: IssuerAnswer) => void,
  reject: (error: unknown) => void,
): void {
  const { statusCode: status = 0, headers } = response
  response.on('error', reject)
  if (status >= 300 && status < 400)
    return settle(failure('it answers with a redirect, which is not followed'))
  if (status !== 200 && status !== 404) return settle({ kind: 'answer', status, body: '' })
  if ((headers['content-encoding'] ?? 'identity') !== 'identity')
    return settle(failure('its answer is compressed'))
  const tooLarge = failure(`its answer is larger than ${MOST_BYTES / 1024} KiB`)
  if (Number(headers['content-length'] ?? 0) > MOST_BYTES) return settle(tooLarge)
  const chunks: Buffer[] = []
  let size = 0
  response.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > MOST_BYTES) settle(tooLarge)
    else chunks.push(chunk)
  })
  response.on('end', () => settle({ kind: 'answer', status, body: Buffer.concat(chunks).toString('utf8') }))
}

/** Name resolution cannot be stopped, only no longer waited for. */
export async function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted()
  let stop = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason)
  })
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function failure(reason: string): IssuerAnswer {
  return { kind: 'failure', reason }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}

/** What went wrong, told by its code: messages of the network stack may hold what a server said. */
function reasonOf(error: unknown): string {
  const code = codeOf(error)
  if (code === 'ECONNREFUSED') return 'it refuses the connection'
  if (code === 'ECONNRESET') return 'it closed the connection'
  if (/CERT|SIGNED|SIGNATURE|ALTNAME|ISSUER|SSL|TLS/.test(code))
    return `its certificate is not trusted (${escaped(code)})`
  return `it cannot be reached${code === '' ? '' : ` (${escaped(code)})`}`
}
