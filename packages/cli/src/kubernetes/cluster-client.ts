/**
 * GET requests to the API server of one cluster, over TLS that is checked against the cluster's own authority. No redirect
 * is followed, no proxy used; answers are limited in time and size; the credentials go into a header and nowhere else.
 */
import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { escaped } from '@podtrust/core'
import type { ClusterApi, ClusterApiAnswer } from '@podtrust/core/sources/cluster'
import { systemCode } from '../system-reason.js'
import { ClusterError } from './cluster-error.js'

/** How to reach an API server, and as whom. */
export interface ClusterAccess {
  /** `https://…`; a path below it is kept. */
  readonly server: string
  /** Certificates (PEM) of those who may vouch for the server; absent: whom the system trusts. */
  readonly authority?: string
  /** The name that the server's certificate has to have, where that is not the host's. */
  readonly serverName?: string
  /** Whoever answers is believed. */
  readonly isUnverified?: boolean
  /** Whether a server of this very machine may be asked without TLS, as `kubectl proxy` has to be. */
  readonly allowsLoopback?: boolean
  /** Called for each request, so that whoever gives them may renew them. It rejects with a `ClusterError`. */
  readonly credentials: () => Promise<ClusterCredentials>
}

export interface ClusterCredentials {
  readonly token?: string
  /** PEM. */
  readonly certificate?: { readonly cert: string; readonly key: string }
}

export interface ClientLimits {
  /** For one answer, from the first byte of the question to the last of it. */
  readonly timeoutMs?: number
  readonly mostBytes?: number
}

export interface ClusterClient extends ClusterApi {
  /** Ends its idle connections. */
  close(): void
}

const TIMEOUT_MS = 30_000
const MOST_BYTES = 64 * 1024 * 1024
/** How often a server that is busy is asked again, and how long it may make us wait for it. */
const MOST_RETRIES = 3
const LONGEST_WAIT_S = 10

/** @throws ClusterError where the address is none that may be asked */
export function clusterClient(access: ClusterAccess, limits: ClientLimits = {}): ClusterClient {
  const base = addressOf(access)
  const agent =
    base.protocol === 'http:'
      ? new HttpAgent({ keepAlive: true })
      : new Agent({ keepAlive: true, minVersion: 'TLSv1.2' })
  return {
    async get(path, { signal }) {
      for (let attempt = 1; ; attempt++) {
        const answer = await ask({ access, base, agent, limits }, path, signal)
        const wait = answer.status === 429 && attempt <= MOST_RETRIES ? answer.retryAfter : undefined
        if (wait === undefined) return { status: answer.status, body: answer.body }
        await sleep(wait * 1000, undefined, signal === undefined ? {} : { signal })
      }
    },
    close: () => agent.destroy(),
  }
}

interface Connection {
  readonly access: ClusterAccess
  readonly base: URL
  readonly agent: Agent | HttpAgent
  readonly limits: ClientLimits
}

interface Answer extends ClusterApiAnswer {
  /** Seconds, where the server asks for patience that is to be had. */
  readonly retryAfter: number | undefined
}

function addressOf({ server, allowsLoopback = false }: ClusterAccess): URL {
  const url = URL.canParse(server) ? new URL(server) : undefined
  if (url === undefined || url.username !== '' || url.password !== '') {
    throw new ClusterError('the address of its API server is none')
  }
  const isLoopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname)
  if (url.protocol === 'https:' || (url.protocol === 'http:' && allowsLoopback && isLoopback)) return url
  throw new ClusterError(
    `the address of its API server begins with \`${escaped(url.protocol)}\`, not with \`https:\``,
  )
}

async function ask(connection: Connection, path: string, signal: AbortSignal | undefined): Promise<Answer> {
  const { access, base, limits } = connection
  const { timeoutMs = TIMEOUT_MS } = limits
  const credentials = await access.credentials()
  signal?.throwIfAborted()
  const timeout = AbortSignal.timeout(timeoutMs)
  const ends = signal === undefined ? timeout : AbortSignal.any([signal, timeout])
  try {
    return await answerOf(connection, path, credentials, ends)
  } catch (error) {
    signal?.throwIfAborted()
    const host = escaped(base.host)
    if (timeout.aborted)
      throw new ClusterError(`${host} did not answer within ${timeoutMs / 1000} seconds`, 'timed-out')
    throw error instanceof ClusterError ? error : reasonOf(error, host)
  }
}

function answerOf(
  connection: Connection,
  path: string,
  credentials: ClusterCredentials,
  signal: AbortSignal,
  isSecond = false,
): Promise<Answer> {
  const { access, base, agent, limits } = connection
  const { token, certificate } = credentials
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw new ClusterError('the token holds characters that no token has')
  }
  const isPlain = base.protocol === 'http:'
  const headers = {
    accept: 'application/json',
    'user-agent': 'podtrust',
    // What is sent without TLS others may read.
    ...(token === undefined || isPlain ? {} : { authorization: `Bearer ${token}` }),
  }
  const common = {
    agent,
    headers,
    signal,
    host: base.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: base.port,
    path: base.pathname.replace(/\/$/, '') + path,
  }
  return new Promise((resolve, reject) => {
    const listen = (response: IncomingMessage): void => {
      read(response, limits.mostBytes ?? MOST_BYTES, token).then(resolve, reject)
    }
    const outgoing = isPlain
      ? httpRequest(common, listen)
      : request(
          {
            ...common,
            rejectUnauthorized: access.isUnverified !== true,
            ...(access.authority === undefined ? {} : { ca: access.authority }),
            ...(access.serverName === undefined ? {} : { servername: access.serverName }),
            ...certificate,
          },
          listen,
        )
    outgoing.on('error', (error) => {
      // The server has closed an idle connection while the question was on its way.
      const isStale = outgoing.reusedSocket && !isSecond && !signal.aborted
      if (isStale) answerOf(connection, path, credentials, signal, true).then(resolve, reject)
      else reject(error)
    })
    outgoing.end()
  })
}

async function read(response: IncomingMessage, most: number, token: string | undefined): Promise<Answer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > most) {
      response.destroy()
      throw new ClusterError(`its answer is larger than ${Math.floor(most / 2 ** 20)} MiB`)
    }
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString('utf8')
  const { statusCode = 0, headers } = response
  const seconds = /^\d{1,3}$/.test(headers['retry-after'] ?? '') ? Number(headers['retry-after']) : undefined
  return {
    status: statusCode,
    // A server that repeats the token must not bring it into a record.
    body: jsonOf(token === undefined ? text : text.replaceAll(token, '…')),
    retryAfter: seconds === undefined || seconds > LONGEST_WAIT_S ? undefined : seconds,
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

const NETWORK: Readonly<Record<string, string>> = {
  ENOTFOUND: 'has no address here',
  EAI_AGAIN: 'has no address here',
  ECONNREFUSED: 'refuses the connection',
  EHOSTUNREACH: 'cannot be reached from here',
  ENETUNREACH: 'cannot be reached from here',
  ETIMEDOUT: 'cannot be reached from here',
}

const TLS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'shows a certificate that has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'shows a certificate with another name',
}

/** Nothing of the error but its code: messages of Node and OpenSSL hold addresses, and may hold more. */
function reasonOf(error: unknown, host: string): ClusterError {
  const code = systemCode(error) ?? ''
  const network = NETWORK[code]
  if (network !== undefined) return new ClusterError(`${host} ${network}`, 'out-of-reach')
  if (code === 'ECONNRESET' || code === 'EPIPE') return new ClusterError(`${host} closed the connection`)
  const tls =
    TLS[code] ??
    (/CERT|SIGNATURE|ISSUER/.test(code)
      ? 'shows a certificate that its authority does not vouch for'
      : undefined)
  if (tls !== undefined) return new ClusterError(`${host} ${tls}`)
  return new ClusterError(`the connection to ${host} failed${/^[A-Z0-9_]+$/.test(code) ? ` (${code})` : ''}`)
}
