// @ts-check
/**
 * A server on loopback that answers IAM, STS and EKS as the SDK's clients expect it, for accounts that a test makes
 * up. It checks no signatures: which account is asked follows from the access key id, which Region and service from
 * the signature's scope. Whatever a test wants to go wrong goes wrong: see `faults.mjs`.
 */
import { createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

import { credentialsOf } from './account.mjs'
import { ApiError } from './call.mjs'
import { answerEks, eksAction, eksError, eksResource } from './eks.mjs'
import { bentBody, denialOf, errorOf, faultOf } from './faults.mjs'
import { answerQuery, queryError, queryResource, queryText, requestId } from './iam.mjs'

/** @typedef {import('./account.mjs').Account} Account */
/** @typedef {import('./call.mjs').Answer} Answer */
/** @typedef {import('./call.mjs').Call} Call */
/** @typedef {import('./faults.mjs').Fault} Fault */
/** @typedef {import('./faults.mjs').FaultKind} FaultKind */
/** @typedef {import('./faults.mjs').FaultOptions} FaultOptions */

/**
 * @typedef {object} LoggedRequest
 * @property {'iam' | 'sts' | 'eks'} service
 * @property {string} action `iam:ListRoles`; a request that is no known reading one by method and path
 * @property {string} region the one it is signed for
 * @property {string} account
 * @property {string} resource
 * @property {Readonly<Record<string, string>>} parameters
 * @property {number} at in ms since the server started
 * @property {number | undefined} ms until the answer was sent, undefined while there is none
 * @property {number | undefined} status undefined while there is none, and for a socket that ended without
 * @property {FaultKind | undefined} fault
 */

/** @typedef {Partial<Pick<LoggedRequest, 'service' | 'action' | 'region' | 'account' | 'resource'>>} RequestFilter */

/**
 * @typedef {object} AwsServer
 * @property {string} endpoint `http://127.0.0.1:PORT`
 * @property {readonly LoggedRequest[]} requests in the order in which they came
 * @property {number} latency in ms, before each answer; may be set
 * @property {(action?: string) => number} count how many requests of an action there were, or in all
 * @property {(filter?: RequestFilter) => number} peak how many such requests were open at one moment, at most; without latency each is answered as it comes, so that it is 1
 * @property {(action: string, options?: FaultOptions) => void} deny
 * @property {(action: string, kind: FaultKind, options?: FaultOptions) => void} fault for an action, `eks:*` or `*`
 * @property {(account?: string) => { accessKeyId: string, secretAccessKey: string }} credentials the first account's unless told
 * @property {() => void} reset no faults, an empty log
 * @property {() => Promise<void>} close ends requests that hang, too
 */

/**
 * @example
 *   const server = await startAwsServer({ accounts: [makeAccount({ clusters })] })
 *   const iam = new IAMClient({ endpoint: server.endpoint, region: 'us-east-1', credentials: server.credentials() })
 *   server.fault('iam:ListRoles', 'throttle', { times: 2 })
 *
 * @param {object} options
 * @param {readonly [Account, ...Account[]]} options.accounts
 * @param {number} [options.latency]
 * @param {number} [options.port] a free one unless told
 * @returns {Promise<AwsServer>}
 */
export async function startAwsServer({ accounts, latency = 0, port = 0 }) {
  const started = performance.now()
  const elapsed = () => performance.now() - started
  /** @type {LoggedRequest[]} */
  let log = []
  /** @type {Fault[]} */
  let faults = []
  const directory = directoryOf(accounts)

  const http = createServer((request, response) => {
    void serve(request, response)
  })

  /** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
  async function serve(request, response) {
    const text = await bodyOf(request)
    if (text === undefined) return
    const scope = scopeOf(request.headers.authorization)
    const found = scope && directory.of(scope.accessKeyId)
    const account = found?.account ?? accounts[0]
    const call = callOf(request, text, scope, account, found?.caller ?? '')
    const { service, action, region, resource, parameters } = call
    const fault = faultOf(faults, call, account.account)
    /** @type {LoggedRequest} */
    const entry = {
      service,
      action,
      region,
      account: account.account,
      resource,
      parameters,
      at: elapsed(),
      ms: undefined,
      status: undefined,
      fault: fault?.kind,
    }
    log.push(entry)
    const done = () => {
      entry.ms ??= elapsed() - entry.at
    }
    request.socket.once('close', done)
    response.once('close', () => request.socket.off('close', done))
    /** @param {number} status @param {string} body @param {Record<string, string>} headers */
    const send = (status, body, headers) => {
      entry.status = status
      done()
      response.writeHead(status, { 'x-amzn-requestid': requestId(), ...headers })
      response.end(body)
    }
    const refuse = (/** @type {ApiError} */ error) =>
      service === 'eks' ? sendJsonError(send, error) : send(error.status, queryError(service, error), XML)

    const wait = server.latency + (fault?.kind === 'slow' ? (fault.options.ms ?? 1000) : 0)
    if (wait > 0) await pause(wait, undefined, { ref: false })
    if (request.socket.destroyed) return
    if (fault?.kind === 'hang') return
    if (fault?.kind === 'reset') return void request.socket.resetAndDestroy()
    if (fault?.kind === 'html') {
      return send(fault.options.status ?? 500, '<html><body>Bad gateway</body></html>', {
        'content-type': 'text/html',
      })
    }
    const failure = fault && errorOf(fault, call)
    if (failure && fault.kind === 'wrong-protocol') {
      return service === 'eks'
        ? send(failure.status, queryError('iam', failure), XML)
        : sendJsonError(send, failure)
    }
    if (failure) return refuse(failure)

    try {
      if (scope === undefined)
        throw new ApiError(403, 'MissingAuthenticationToken', 'Missing Authentication Token')
      if (found === undefined || account.disabledRegions.includes(region)) {
        const code = service === 'eks' ? 'UnrecognizedClientException' : 'InvalidClientTokenId'
        throw new ApiError(403, code, 'The security token included in the request is invalid.')
      }
      const answer = answerOf(call, account)
      const body = fault ? bentBody(fault, call, answer) : answer.body
      const [whole, type] =
        service === 'eks' ? [JSON.stringify(body), JSON_TYPE] : [queryText(call, body), XML]
      if (fault?.kind === 'empty-body') return send(200, '', type)
      if (fault?.kind === 'truncated') return send(200, whole.slice(0, whole.length / 2), type)
      if (fault?.kind !== 'cut') return send(200, whole, type)
      entry.status = 200
      response.writeHead(200, { ...type, 'content-length': Buffer.byteLength(whole) })
      response.write(whole.slice(0, whole.length / 2), () => request.socket.destroy())
    } catch (error) {
      if (error instanceof ApiError) return refuse(error)
      // A fault of this server: the client sees a 500 with the reason, the test what to mend.
      refuse(
        new ApiError(500, 'InternalFailure', error instanceof Error ? String(error.stack) : String(error)),
      )
    }
  }

  /** @param {Call} call @param {Account} account @returns {Answer} */
  function answerOf(call, account) {
    if (call.service === 'eks') return answerEks(call, account)
    return call.action === 'sts:AssumeRole' ? directory.assume(call) : answerQuery(call, account)
  }

  await /** @type {Promise<void>} */ (
    new Promise((resolve, reject) => {
      http.once('error', reject)
      http.listen(port, '127.0.0.1', resolve)
    })
  )
  const address = http.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')

  /** @type {AwsServer} */
  const server = {
    endpoint: `http://127.0.0.1:${address.port}`,
    latency,
    get requests() {
      return log
    },
    count: (action) => log.filter((request) => action === undefined || request.action === action).length,
    peak: (filter = {}) => peakOf(log.filter((request) => isMatch(request, filter))),
    deny: (action, options = {}) => void faults.push({ action, kind: 'deny', options, seen: 0 }),
    fault: (action, kind, options = {}) => void faults.push({ action, kind, options, seen: 0 }),
    credentials: (account = accounts[0].account) => credentialsOf(account),
    reset: () => {
      log = []
      faults = []
    },
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve())
        http.closeAllConnections()
      }),
  }
  return server
}

const XML = { 'content-type': 'text/xml' }
const JSON_TYPE = { 'content-type': 'application/json' }

/** @param {(status: number, body: string, headers: Record<string, string>) => void} send @param {ApiError} error */
function sendJsonError(send, error) {
  send(error.status, eksError(error), { ...JSON_TYPE, 'x-amzn-errortype': error.code })
}

/** Undefined for a client that went away. @param {import('node:http').IncomingMessage} request @returns {Promise<string | undefined>} */
async function bodyOf(request) {
  if (request.method === 'GET') return ''
  try {
    let text = ''
    for await (const chunk of request.setEncoding('utf8')) text += chunk
    return text
  } catch {
    return undefined
  }
}

/** @typedef {{ readonly accessKeyId: string, readonly region: string, readonly service: string }} Scope */

/** Who signed, and for what. @param {string | undefined} header @returns {Scope | undefined} */
function scopeOf(header) {
  const [, accessKeyId, region, service] =
    /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\//.exec(header ?? '') ?? []
  if (accessKeyId === undefined || region === undefined || service === undefined) return undefined
  return { accessKeyId, region, service }
}

/** @param {import('node:http').IncomingMessage} request @param {string} text @param {Scope | undefined} scope @param {Account} account @param {string} caller @returns {Call} */
function callOf(request, text, scope, account, caller) {
  const { method = 'GET', url = '/' } = request
  const region = scope?.region ?? 'us-east-1'
  const [path = '/', query = ''] = url.split('?')
  if (method === 'POST' && path === '/') {
    const parameters = Object.fromEntries(new URLSearchParams(text))
    const service = parameters['Version'] === '2011-06-15' ? 'sts' : 'iam'
    const action = `${service}:${parameters['Action']}`
    const resource = queryResource(action, parameters, account)
    return { service, action, region, resource, caller, parameters, segments: [] }
  }
  const parameters = Object.fromEntries(new URLSearchParams(query))
  const segments = path.split('/').filter(Boolean).map(decodeURIComponent)
  const resource = eksResource(region, segments, account)
  return {
    service: 'eks',
    action: eksAction(method, segments),
    region,
    resource,
    caller,
    parameters,
    segments,
  }
}

/**
 * Which account an access key id belongs to: the one whose number it holds; a key without a number is the first
 * account's. Keys that `sts:AssumeRole` made are remembered with their session.
 *
 * @param {readonly [Account, ...Account[]]} accounts
 */
function directoryOf(accounts) {
  const byNumber = new Map(accounts.map((account) => [account.account, account]))
  /** @type {Map<string, string>} */
  const sessions = new Map()

  /** @param {string} accessKeyId */
  const of = (accessKeyId) => {
    const [number] = /\d{12}/.exec(accessKeyId) ?? []
    const account = number === undefined ? accounts[0] : byNumber.get(number)
    if (account === undefined) return undefined
    const usual = `arn:${account.partition}:sts::${account.account}:assumed-role/podtrust-audit/session`
    return { account, caller: sessions.get(accessKeyId) ?? usual }
  }

  /** Any role that exists may be assumed: what its policy says is not looked at. @param {Call} call @returns {Answer} */
  const assume = (call) => {
    const { RoleArn = '', RoleSessionName = '' } = call.parameters
    const [, partition, number, name] =
      /^arn:([^:]+):iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(RoleArn) ?? []
    const role = byNumber.get(number ?? '')?.roles.named(name ?? '')
    if (role === undefined || role.Arn !== RoleArn) throw new ApiError(403, 'AccessDenied', denialOf(call))
    const Arn = `arn:${partition}:sts::${number}:assumed-role/${name}/${RoleSessionName}`
    const AccessKeyId = `ASIA${number}${String(sessions.size).padStart(4, 'S')}`
    sessions.set(AccessKeyId, Arn)
    const Expiration = new Date(Date.now() + 3_600_000).toISOString()
    return {
      body: {
        Credentials: {
          AccessKeyId,
          SecretAccessKey: 'not-a-secret',
          SessionToken: 'not-a-token',
          Expiration,
        },
        AssumedRoleUser: { AssumedRoleId: `${role.RoleId}:${RoleSessionName}`, Arn },
      },
      member: 'Credentials',
    }
  }
  return { of, assume }
}

/** @param {LoggedRequest} request @param {RequestFilter} filter */
function isMatch(request, { service, action, region, account, resource }) {
  return (
    (service === undefined || service === request.service) &&
    (action === undefined || action === request.action) &&
    (region === undefined || region === request.region) &&
    (account === undefined || account === request.account) &&
    (resource === undefined || resource === request.resource)
  )
}

/** @param {readonly LoggedRequest[]} requests */
function peakOf(requests) {
  const moments = requests.flatMap(({ at, ms = Infinity }) => [
    { time: at, change: 1 },
    { time: at + ms, change: -1 },
  ])
  // Where one ends as another begins, the end comes first.
  moments.sort((a, b) => a.time - b.time || a.change - b.change)
  let open = 0
  let most = 0
  for (const { change } of moments) {
    open += change
    most = Math.max(most, open)
  }
  return most
}
