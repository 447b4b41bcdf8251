/// <reference types="node" />
/**
 * The key set of an issuer, fetched as STS does it: the discovery document first, then what it names (OpenID Connect
 * Discovery 1.0, section 4). A token names its issuer itself, so whoever wrote the token chooses where this goes. Hence:
 * https alone, hosts of EKS or of an issuer that the caller has named, one address that was looked at before and is
 * public, no redirects, no proxies, little text, little time.
 */
import { lookup } from 'node:dns/promises'
import { request } from 'node:https'
import type { RequestOptions } from 'node:https'
import { isIPv4 } from 'node:net'
import { InputError, PodtrustError } from '../errors.js'
import { parseEksIssuer } from '../mechanisms/issuers.js'
import { parseJson } from '../text/json.js'
import { escaped, quoted } from '../text/quote.js'
import { type KeySet, readKeySet } from './key-set.js'
import { isPublicAddress } from './public-address.js'

export interface FetchOptions {
  /** Whether the caller has named this very issuer: then its host may be any. */
  readonly isNamed: boolean
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** What stands between this file and the network. Tests have a local server behind it; nothing else brings its own. */
export interface Network {
  /** The addresses of a host. */
  resolve(host: string): Promise<readonly string[]>
  isPublic(address: string): boolean
  readonly tls?: Pick<RequestOptions, 'ca' | 'port'>
}

const internet: Network = {
  async resolve(host) {
    return (await lookup(host, { all: true })).map(({ address }) => address)
  },
  isPublic: isPublicAddress,
}

const TIMEOUT_MS = 10_000
const MOST_BYTES = 64 * 1024

/** @throws InputError `E_FETCH_REFUSED`, `E_FETCH_FAILED`, `E_NOT_A_KEY_SET`; the reason of the signal when it aborts */
export async function fetchKeySet(
  issuer: string | undefined,
  { isNamed, timeoutMs = TIMEOUT_MS, signal }: FetchOptions,
  network: Network = internet,
): Promise<KeySet> {
  const base = addressOf(issuer, isNamed)
  const timeout = AbortSignal.timeout(timeoutMs)
  const ends = signal === undefined ? timeout : AbortSignal.any([signal, timeout])
  try {
    const discovery = new URL(`${base.href.replace(/\/$/, '')}/.well-known/openid-configuration`)
    const keys = keysAddress(await get(discovery, ends, network), issuer, base)
    return readKeySet(await get(keys, ends, network), 'key set')
  } catch (error) {
    signal?.throwIfAborted()
    if (timeout.aborted) throw failed(base, `it did not answer within ${timeoutMs / 1000} seconds`)
    const isJson = !(error instanceof PodtrustError && ['E_NOT_JSON', 'E_TOO_DEEP'].includes(error.code))
    throw isJson ? error : failed(base, 'its answer is not JSON')
  }
}

/** The address that an issuer is, where it may be asked for its keys. */
function addressOf(issuer: string | undefined, isNamed: boolean): URL {
  if (issuer === undefined) throw refused('the token names no issuer to fetch keys from')
  const address = httpsAddress(issuer)
  if (address === undefined) {
    throw refused(`the issuer ${quoted(issuer)} is no plain https address; keys are fetched over https alone`)
  }
  // Hosts are told from the text that was checked and will be asked, not from what a parser may make of another.
  if (
    !isNamed &&
    (address.href !== issuer || parseEksIssuer(issuer.slice('https://'.length)) === undefined)
  ) {
    throw refused(
      `the issuer ${quoted(issuer)} is no EKS cluster`,
      'if you trust it, name it with `--issuer`; or pass its key set with `--jwks`',
    )
  }
  return address
}

/** An https address with nothing in it that an issuer may not have: no user, port, query or fragment. */
function httpsAddress(text: string): URL | undefined {
  if (!/^https:\/\/[^/?#@\\]/.test(text) || /[?#@\\\s]/.test(text) || !URL.canParse(text)) return undefined
  const address = new URL(text)
  return address.protocol === 'https:' && address.port === '' && address.username === '' ? address : undefined
}

/** Where the discovery document says that the keys are, which has to be on the host of the issuer. */
function keysAddress(text: string, issuer: string | undefined, base: URL): URL {
  const { value } = parseJson({ name: 'discovery document', text })
  const { issuer: said, jwks_uri: place } = (typeof value === 'object' && value !== null ? value : {}) as {
    readonly issuer?: unknown
    readonly jwks_uri?: unknown
  }
  if (said !== issuer) throw failed(base, 'its discovery document is of another issuer')
  const address = typeof place === 'string' ? httpsAddress(place) : undefined
  if (address === undefined) throw failed(base, 'its discovery document names no https address for the keys')
  if (address.host !== base.host) {
    throw refused(
      `the issuer ${quoted(base.href)} keeps its keys on another host, ${quoted(address.host)}, which is not asked`,
      'fetch them yourself and pass them with `--jwks`',
    )
  }
  return address
}

/** The text at an address, or an error that says why not. */
async function get(url: URL, signal: AbortSignal, network: Network): Promise<string> {
  const address = await resolved(url, signal, network)
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: url.hostname,
        path: url.pathname,
        port: 443,
        ...network.tls,
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
        const { statusCode = 0, headers } = response
        const stop = (problem: string): void => {
          reject(failed(url, problem))
          asked.destroy()
        }
        if (statusCode >= 300 && statusCode < 400)
          return stop('it answers with a redirect, which is not followed')
        if (statusCode !== 200) return stop(`it answers with status ${statusCode}`)
        if ((headers['content-encoding'] ?? 'identity') !== 'identity')
          return stop('its answer is compressed')
        const tooLarge = `its answer is larger than ${MOST_BYTES / 1024} KiB`
        if (Number(headers['content-length'] ?? 0) > MOST_BYTES) return stop(tooLarge)
        const chunks: Buffer[] = []
        let size = 0
        response.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > MOST_BYTES) stop(tooLarge)
          else chunks.push(chunk)
        })
        response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
        response.on('error', (error) => reject(failed(url, reasonOf(error))))
        return undefined
      },
    )
    asked.on('error', (error) => reject(failed(url, reasonOf(error))))
    asked.end()
  })
}

/** One address of a host all of whose addresses are public. */
async function resolved({ hostname, href }: URL, signal: AbortSignal, network: Network): Promise<string> {
  const host = hostname.replace(/^\[|\]$/g, '')
  let addresses: readonly string[]
  try {
    addresses = await untilAborted(network.resolve(host), signal)
  } catch (error) {
    throw failed(new URL(href), reasonOf(error))
  }
  const [first] = addresses
  if (first === undefined) throw failed(new URL(href), 'its name has no address')
  const hidden = addresses.find((address) => !network.isPublic(address))
  if (hidden !== undefined) {
    throw refused(`${quoted(host)} has the address ${quoted(hidden)}, which is not public; it is not asked`)
  }
  return first
}

/** Name resolution cannot be stopped, only no longer waited for. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const { promise, reject } = withReject()
  const abort = (): void => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

function withReject(): { readonly promise: Promise<never>; readonly reject: (reason: unknown) => void } {
  let reject: (reason: unknown) => void = () => undefined
  const promise = new Promise<never>((_resolve, no) => {
    reject = no
  })
  return { promise, reject }
}

/** What went wrong, told by its code: messages of the network stack may hold what a server said. */
function reasonOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'its name cannot be resolved'
    case 'ECONNREFUSED':
      return 'it refuses the connection'
    case 'ECONNRESET':
      return 'it closed the connection'
    default:
      if (/CERT|SIGNED|SIGNATURE|ALTNAME|ISSUER|SSL|TLS/.test(code))
        return `its certificate is not trusted (${escaped(code)})`
      return `it cannot be reached${code === '' ? '' : ` (${escaped(code)})`}`
  }
}

function refused(message: string, hint?: string): InputError {
  return new InputError('E_FETCH_REFUSED', message, hint === undefined ? {} : { hint })
}

function failed({ host }: URL, problem: string): InputError {
  return new InputError('E_FETCH_FAILED', `the key set of ${quoted(host)} could not be fetched: ${problem}`, {
    hint: '`kubectl get --raw /openid/v1/jwks` prints the one of a cluster: pass it with `--jwks`',
  })
}
