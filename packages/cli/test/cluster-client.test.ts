import { createHash, createHmac } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo, Server as TcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import type { KubernetesRecord } from '@podtrust/core/sources/cluster'
import { type ClusterAccess, type ClusterClient, clusterClient } from '../src/kubernetes/cluster-client.js'
import { type ExecPlugin, runExecPlugin } from '../src/kubernetes/exec-plugin.js'
import { type KubeContext, readKubeContext } from '../src/kubernetes/kubeconfig.js'
import { presignedToken } from '../src/kubernetes/presigned-token.js'
import { clusterOfContext, readClusters } from '../src/kubernetes/read-clusters.js'

/** An API server on this machine, with TLS and an authority of its own (`fixtures/tls/make.sh` makes the certificates). */
jest.setTimeout(30_000)

const tls = (name: string): string => readFileSync(join(import.meta.dirname, 'fixtures/tls', name), 'utf8')
const AUTHORITY = tls('authority.pem')
const base64 = (text: string): string => Buffer.from(text).toString('base64')

const TOKEN = 'k8s-aws-v1.aHR0cHM6Ly9zdHMuZXUtd2VzdC0xLmFtYXpvbmF3cy5jb20vP3NlY3JldA'
const ARN = 'arn:aws:eks:eu-west-1:210987654321:cluster/prod'
const CREDENTIALS = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  sessionToken: 'FwoGZXIvYXdzEBYaDOnoSessionTokenForTestsAlone/+==',
}
const SECRETS = [
  TOKEN,
  CREDENTIALS.secretAccessKey,
  CREDENTIALS.sessionToken,
  encodeURIComponent(CREDENTIALS.sessionToken),
  'hunter2',
  ...tls('client.key').trim().split('\n').slice(1, -1),
]

/** Whatever came out of the code under test. */
const said: string[] = []
const folder = mkdtempSync(join(tmpdir(), 'podtrust-kube-'))
const servers: (Server | TcpServer)[] = []
const clients: ClusterClient[] = []

let address = ''
let elsewhere = ''
let plain = ''
let handler: RequestListener
const requests: IncomingMessage[] = []

beforeAll(async () => {
  const listen: RequestListener = (request, response) => {
    requests.push(request)
    handler(request, response)
  }
  const own = {
    key: tls('server.key'),
    cert: tls('server.pem'),
    ca: AUTHORITY,
    requestCert: true,
    rejectUnauthorized: false,
  }
  const ports = await Promise.all(
    [
      createServer(own, listen),
      createServer({ key: tls('elsewhere.key'), cert: tls('elsewhere.pem') }, listen),
      createHttpServer(listen),
    ].map(opened),
  )
  address = `https://127.0.0.1:${ports[0]}`
  elsewhere = `https://127.0.0.1:${ports[1]}`
  plain = `http://127.0.0.1:${ports[2]}`
})

afterEach(() => {
  for (const one of clients.splice(0)) one.close()
  requests.length = 0
})

afterAll(() => {
  for (const server of servers) {
    if ('closeAllConnections' in server) server.closeAllConnections()
    server.close()
  }
  rmSync(folder, { recursive: true, force: true })
})

function opened(server: Server | TcpServer): Promise<number> {
  servers.push(server)
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

function json(
  response: ServerResponse,
  body: unknown,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

function client(access: Partial<ClusterAccess> = {}, limits: object = {}): ClusterClient {
  const made = clusterClient(
    {
      server: address,
      authority: AUTHORITY,
      credentials: () => Promise.resolve({ token: TOKEN }),
      ...access,
    },
    limits,
  )
  clients.push(made)
  return made
}

/** What it rejects with, or resolves to, as a text: for an error all that a crash would show. */
async function outcome(promise: Promise<unknown>): Promise<string> {
  const text = await promise.then(
    (value) => JSON.stringify(value),
    (error: Error) => {
      said.push(String(error.stack), JSON.stringify(error), JSON.stringify(Object.entries(error)))
      return `${error.name}: ${error.message}`
    },
  )
  said.push(text)
  return text
}

const get = (
  access: Partial<ClusterAccess> = {},
  limits: object = {},
  path = '/api/v1/pods?limit=1',
): Promise<string> => outcome(client(access, limits).get(path, {}))

const nothing = { kind: 'List', apiVersion: 'v1', metadata: {}, items: [] }

describe('the token of EKS', () => {
  const now = new Date('2026-03-01T12:34:56Z')
  const made = (more: object = {}): Promise<string> =>
    presignedToken({ cluster: 'prod', region: 'eu-west-1', credentials: CREDENTIALS, now, ...more })
  const addressOf = (token: string): URL => {
    expect(token).toMatch(/^k8s-aws-v1\.[\w-]+$/)
    return new URL(Buffer.from(token.slice('k8s-aws-v1.'.length), 'base64url').toString('utf8'))
  }

  test('is the signed address of a call, with no parameter but those that EKS takes', async () => {
    const token = await made()
    const url = addressOf(token)
    expect(url.origin + url.pathname).toBe('https://sts.eu-west-1.amazonaws.com/')
    expect(Object.fromEntries(url.searchParams)).toEqual({
      Action: 'GetCallerIdentity',
      Version: '2011-06-15',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': 'AKIAIOSFODNN7EXAMPLE/20260301/eu-west-1/sts/aws4_request',
      'X-Amz-Date': '20260301T123456Z',
      'X-Amz-Expires': '60',
      'X-Amz-Security-Token': CREDENTIALS.sessionToken,
      'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/),
      'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
    })
    expect(token).not.toContain('=')
    expect(token.length).toBeLessThan(4096)
  })

  /** The algorithm as AWS documents it: "Create a signed AWS API request", written out. */
  function signatureOf(url: URL, cluster: string, secret: string): string {
    const encoded = (text: string): string =>
      encodeURIComponent(text).replaceAll(
        /[!'()*]/g,
        (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
      )
    const query = [...url.searchParams]
      .filter(([name]) => name !== 'X-Amz-Signature')
      .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
      .toSorted()
      .join('&')
    const empty = createHash('sha256').digest('hex')
    const canonical = [
      'GET',
      '/',
      query,
      `host:${url.host}`,
      `x-k8s-aws-id:${cluster}`,
      '',
      'host;x-k8s-aws-id',
      empty,
    ].join('\n')
    const [, ...scope] = url.searchParams.get('X-Amz-Credential')?.split('/') ?? []
    const date = url.searchParams.get('X-Amz-Date')
    const toSign = [
      'AWS4-HMAC-SHA256',
      date,
      scope.join('/'),
      createHash('sha256').update(canonical).digest('hex'),
    ].join('\n')
    const hmac = (key: Buffer | string, text: string): Buffer =>
      createHmac('sha256', key).update(text).digest()
    const key = scope.reduce<Buffer | string>(hmac, `AWS4${secret}`)
    return hmac(key, toSign).toString('hex')
  }

  test.each([
    ['prod', 'eu-west-1', CREDENTIALS],
    ['Prod_2-a', 'us-gov-west-1', { accessKeyId: 'AKIA', secretAccessKey: 'a/b+c=' }],
  ])('for %s in %s has the signature of the documented algorithm', async (cluster, region, credentials) => {
    const url = addressOf(await made({ cluster, region, credentials }))
    expect(url.searchParams.get('X-Amz-Signature')).toBe(
      signatureOf(url, cluster, credentials.secretAccessKey),
    )
    expect(url.searchParams.get('X-Amz-Signature')).not.toBe(
      signatureOf(url, 'other', credentials.secretAccessKey),
    )
  })

  test('names the endpoint of its Region, also in China', async () => {
    expect(addressOf(await made({ region: 'cn-north-1' })).host).toBe('sts.cn-north-1.amazonaws.com.cn')
    expect(
      addressOf(await made({ credentials: { ...CREDENTIALS, sessionToken: undefined } })).searchParams.has(
        'X-Amz-Security-Token',
      ),
    ).toBe(false)
  })

  test.each([[{ cluster: 'a\r\nb' }], [{ cluster: '' }], [{ region: 'evil.example/' }], [{ region: 'x' }]])(
    'is not made for %j',
    async (more) => {
      expect(await outcome(made(more))).toMatch(
        /^Error: no (?:cluster of EKS|Region of AWS) has such a name$/,
      )
    },
  )
})

describe('the client', () => {
  test('asks with the token, over a connection that it keeps, below the path of the server', async () => {
    handler = (_, response) => json(response, nothing)
    const one = client({ server: `${address}/k8s/clusters/c-1/` })
    expect(await one.get('/api/v1/pods?limit=1', {})).toEqual({ status: 200, body: nothing })
    await one.get('/api/v1/pods?limit=2', {})
    expect(
      requests.map(({ url, method, headers }) => [method, url, headers.authorization, headers.accept]),
    ).toEqual([
      ['GET', '/k8s/clusters/c-1/api/v1/pods?limit=1', `Bearer ${TOKEN}`, 'application/json'],
      ['GET', '/k8s/clusters/c-1/api/v1/pods?limit=2', `Bearer ${TOKEN}`, 'application/json'],
    ])
    expect(requests[0]?.socket).toBe(requests[1]?.socket)
  })

  test.each([
    [403, { kind: 'Status', message: 'no' }],
    [401, { kind: 'Status' }],
    [410, { kind: 'Status' }],
    [503, { kind: 'Status' }],
  ])('gives %i as it is', async (status, body) => {
    handler = (_, response) => json(response, body, status)
    expect(await client().get('/x', {})).toEqual({ status, body })
  })

  test('follows no redirect, and takes what is no JSON for nothing', async () => {
    handler = (_, response) => json(response, '', 302, { location: `${address}/other` })
    expect(await client().get('/x', {})).toEqual({ status: 302, body: undefined })
    handler = (_, response) => json(response, '<html>hunter2')
    expect(await client().get('/x', {})).toEqual({ status: 200, body: undefined })
    expect(requests.map(({ url }) => url)).toEqual(['/x', '/x'])
  })

  test('asks again where the server wants a little patience, and not for ever', async () => {
    handler = (_, response) =>
      json(response, nothing, requests.length < 3 ? 429 : 200, { 'retry-after': '0' })
    expect(await client().get('/x', {})).toEqual({ status: 200, body: nothing })
    expect(requests).toHaveLength(3)
    requests.length = 0
    handler = (_, response) => json(response, {}, 429, { 'retry-after': '0' })
    expect(await client().get('/x', {})).toEqual({ status: 429, body: {} })
    expect(requests).toHaveLength(4)
    requests.length = 0
    handler = (_, response) => json(response, {}, 429, { 'retry-after': '900' })
    expect(await client().get('/x', {})).toMatchObject({ status: 429 })
    expect(requests).toHaveLength(1)
  })

  test('keeps the token out of what a server repeats', async () => {
    handler = (request, response) =>
      json(response, { kind: 'Status', message: request.headers.authorization }, 400)
    expect(await get()).toBe('{"status":400,"body":{"kind":"Status","message":"Bearer …"}}')
  })

  test('shows its certificate', async () => {
    const subjects: unknown[] = []
    handler = (request, response) => {
      const socket = request.socket as TLSSocket
      subjects.push(socket.authorized && socket.getPeerCertificate().subject.CN)
      json(response, nothing)
    }
    const certificate = { cert: tls('client.pem'), key: tls('client.key') }
    await client({ credentials: () => Promise.resolve({ certificate }) }).get('/x', {})
    expect(subjects).toEqual(['eve'])
    expect(requests[0]?.headers.authorization).toBeUndefined()
  })

  test.each<[what: string, access: () => Partial<ClusterAccess>, message: string]>([
    [
      'another authority',
      () => ({ authority: tls('stranger.pem') }),
      'ClusterError: HOST shows a certificate that its authority does not vouch for',
    ],
    [
      'an authority that the system does not know',
      () => ({ authority: undefined as unknown as string }),
      'ClusterError: HOST shows a certificate that its authority does not vouch for',
    ],
    [
      'another name',
      () => ({ server: elsewhere }),
      'ClusterError: HOST shows a certificate with another name',
    ],
    [
      'another server name',
      () => ({ serverName: 'ffffffff.gr7.eu-west-1.eks.amazonaws.com' }),
      'ClusterError: HOST shows a certificate with another name',
    ],
    [
      'no TLS',
      () => ({ server: plain.replace('http:', 'https:') }),
      'ClusterError: the connection to HOST failed (EPROTO)',
    ],
  ])('does not speak to a server with %s', async (_, access, message) => {
    handler = (_request, response) => json(response, nothing)
    const { authority, ...rest } = { authority: AUTHORITY, ...access() }
    const made = clusterClient({
      server: address,
      ...rest,
      ...(authority === undefined ? {} : { authority }),
      credentials: () => Promise.resolve({ token: TOKEN }),
    })
    clients.push(made)
    const text = await outcome(made.get('/x', {}))
    expect(text.replaceAll(/127\.0\.0\.1:\d+/g, 'HOST')).toBe(message)
    expect(requests).toEqual([])
  })

  test('takes the server for another where it is told its name, or not to look', async () => {
    handler = (_, response) => json(response, nothing)
    expect(await get({ serverName: '0a1b2c3d.gr7.eu-west-1.eks.amazonaws.com' })).toContain('"status":200')
    expect(await get({ server: elsewhere, isUnverified: true })).toContain('"status":200')
  })

  test('ends where an answer is too large, never comes, or breaks off', async () => {
    handler = (_, response) => {
      response.writeHead(200)
      const more = (): void => {
        while (response.writable && response.write('x'.repeat(65_536)));
        response.once('drain', more)
      }
      more()
    }
    expect(await get({}, { mostBytes: 2 ** 20 })).toBe('ClusterError: its answer is larger than 1 MiB')
    handler = () => undefined
    expect(await get({}, { timeoutMs: 200 })).toMatch(
      /^TimeoutError: 127\.0\.0\.1:\d+ did not answer within 0\.2 seconds$/,
    )
    handler = (_, response) => {
      response.writeHead(200)
      response.write('{')
    }
    expect(await get({}, { timeoutMs: 200 })).toMatch(/^TimeoutError: /)
    handler = (_, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('{', () => response.destroy())
    }
    expect(await get()).toMatch(/^ClusterError: 127\.0\.0\.1:\d+ closed the connection$/)
    handler = (request) => request.socket.destroy()
    expect(await get()).toMatch(/^ClusterError: 127\.0\.0\.1:\d+ closed the connection$/)
  })

  test('asks once more where the server has closed the connection that was kept', async () => {
    handler = (_, response) => json(response, nothing)
    const one = client()
    await one.get('/first', {})
    let isFirst = true
    handler = (request, response) => {
      if (isFirst) request.socket.destroy()
      else json(response, nothing)
      isFirst = false
    }
    expect(await one.get('/second', {})).toEqual({ status: 200, body: nothing })
  })

  test('says where nobody answers', async () => {
    const port = await opened(createTcpServer())
    const server = servers.pop()
    await new Promise((resolve) => server?.close(resolve))
    expect(await get({ server: `https://127.0.0.1:${port}` })).toBe(
      `ClusterError: 127.0.0.1:${port} refuses the connection`,
    )
    expect(await get({ server: 'https://nobody.invalid' })).toBe(
      'ClusterError: nobody.invalid has no address here',
    )
  })

  test('ends when the run does', async () => {
    handler = () => undefined
    const ends = new AbortController()
    const waiting = client().get('/x', { signal: ends.signal })
    ends.abort(new Error('that is all'))
    expect(await outcome(waiting)).toBe('Error: that is all')
  })

  test('takes no address but one of https, and no token that is none', async () => {
    const refused = (server: string, allowsLoopback = false): Promise<string> =>
      outcome(Promise.resolve().then(() => client({ server, allowsLoopback })))
    expect(await refused('prod')).toBe('ClusterError: the address of its API server is none')
    expect(await refused('https://eve:hunter2@127.0.0.1')).toBe(
      'ClusterError: the address of its API server is none',
    )
    const http = 'ClusterError: the address of its API server begins with `http:`, not with `https:`'
    expect(await refused(plain)).toBe(http)
    expect(await refused('http://127.0.0.1.evil.example', true)).toBe(http)
    expect(await refused('file:///etc/passwd', true)).toContain('begins with `file:`')
    expect(await get({ credentials: () => Promise.resolve({ token: `${TOKEN}\r\nx: y` }) })).toBe(
      'ClusterError: the token holds characters that no token has',
    )
    handler = (_, response) => json(response, nothing)
    expect(await get({ server: plain, allowsLoopback: true })).toContain('"status":200')
    expect(requests.map(({ headers }) => headers.authorization)).toEqual([undefined])
  })
})

// --- kubeconfig -------------------------------------------------------------------------------------------------------

function write(name: string, text: string): string {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
  return path
}

interface Parts {
  readonly cluster?: object
  readonly user?: object
  readonly context?: object
  readonly current?: string
}

/** As `aws eks update-kubeconfig` writes it. */
function kubeconfig({
  cluster = {},
  user = { token: TOKEN },
  context = {},
  current = 'work',
}: Parts = {}): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    preferences: {},
    'current-context': current,
    clusters: [
      {
        name: ARN,
        cluster: { server: address, 'certificate-authority-data': base64(AUTHORITY), ...cluster },
      },
    ],
    users: [{ name: 'eve', user }],
    contexts: [{ name: 'work', context: { cluster: ARN, user: 'eve', namespace: 'prod', ...context } }],
  })
}

const context = (parts: Parts = {}, options: object = {}): Promise<KubeContext> =>
  readKubeContext({ kubeconfig: write('config', kubeconfig(parts)), env: {}, ...options })

describe('a kubeconfig', () => {
  test('in YAML, with its files beside it, gives the way to the server', async () => {
    write('pki/ca.pem', AUTHORITY)
    write('pki/token', `${TOKEN}\n`)
    write('pki/client.pem', tls('client.pem'))
    write('pki/client.key', tls('client.key'))
    const path = write(
      'yaml',
      `apiVersion: v1
kind: Config
current-context: work
clusters:
- name: prod
  cluster:
    server: ${address}
    certificate-authority: pki/ca.pem
    tls-server-name: 0a1b2c3d.gr7.eu-west-1.eks.amazonaws.com
contexts:
- {name: work, context: {cluster: prod, user: eve}}
users:
- name: eve
  user:
    client-certificate: pki/client.pem
    client-key: pki/client.key
    token: stale
    tokenFile: pki/token
`,
    )
    const { access, ...rest } = await readKubeContext({ kubeconfig: path })
    expect(rest).toEqual({ name: 'work', clusterName: 'prod', warnings: [] })
    expect(access).toMatchObject({
      server: address,
      authority: AUTHORITY,
      serverName: '0a1b2c3d.gr7.eu-west-1.eks.amazonaws.com',
    })
    const certificate = { cert: tls('client.pem'), key: tls('client.key') }
    expect(await access.credentials()).toEqual({ token: TOKEN, certificate })
    write('pki/token', 'renewed')
    expect(await access.credentials()).toEqual({ token: 'renewed', certificate })
    handler = (_, response) => json(response, nothing)
    expect(await client(access).get('/x', {})).toMatchObject({ status: 200 })
    rmSync(join(folder, 'pki/token'))
    expect(await outcome(access.credentials())).toMatch(
      /^ClusterError: the token file `.*pki\/token` cannot be read: there is no such file/,
    )
  })

  test('is found and merged as kubectl does it: what stands first counts, absent files do not', async () => {
    const first = write(
      'first',
      JSON.stringify({
        contexts: [{ name: 'other', context: { cluster: ARN, user: 'bob' } }],
        users: [{ name: 'bob', user: { token: 'bob' } }],
      }),
    )
    const second = write('second', kubeconfig())
    const third = write(
      'third',
      kubeconfig({ current: 'no', cluster: { server: 'https://third.example' }, user: { token: 'third' } }),
    )
    const KUBECONFIG = [join(folder, 'absent'), first, '', second, third].join(delimiter)
    const merged = await readKubeContext({ env: { KUBECONFIG } })
    expect(merged).toMatchObject({ name: 'work', clusterName: ARN, access: { server: address } })
    expect(await merged.access.credentials()).toEqual({ token: TOKEN })
    const other = await readKubeContext({ env: { KUBECONFIG }, context: 'other' })
    expect(await other.access.credentials()).toEqual({ token: 'bob' })
    expect(await outcome(readKubeContext({ env: { KUBECONFIG: join(folder, 'absent') } }))).toMatch(
      /^UsageError: there is no kubeconfig: no file `.*absent`$/,
    )
  })

  test('without a user asks as nobody', async () => {
    const { access } = await context({ context: { user: undefined } })
    expect(await access.credentials()).toEqual({})
  })

  test('that has the certificate unchecked gives a warning', async () => {
    const { access, warnings } = await context({
      cluster: { 'certificate-authority-data': undefined, 'insecure-skip-tls-verify': true },
    })
    expect(access.isUnverified).toBe(true)
    expect(warnings).toEqual([expect.stringContaining('whoever answers gets the credentials')])
  })

  test.each<[parts: Parts, message: string]>([
    [{ current: '' }, 'the kubeconfig has no current context; name one with --context'],
    [{ current: 'a\u001b[1m' }, 'the kubeconfig has no context `a\\u{1b}[1m`'],
    [{ context: { cluster: 'x' } }, 'the context `work` names no cluster that the kubeconfig has'],
    [{ context: { user: 'bob' } }, 'the kubeconfig has no user `bob`, whom its context `work` names'],
    [{ cluster: { server: '' } }, `the cluster \`${ARN}\` of the kubeconfig has no \`server\``],
    [
      { cluster: { 'proxy-url': 'http://127.0.0.1:3128' } },
      'has a `proxy-url`, and podtrust uses no proxies',
    ],
    [{ cluster: { 'insecure-skip-tls-verify': true } }, 'it can have one of them'],
    [
      { cluster: { 'certificate-authority-data': base64('hunter2') } },
      '`certificate-authority` of the kubeconfig is not what it should be',
    ],
    [
      { user: { username: 'eve', password: 'hunter2' } },
      'a password (`username`), which no API server takes any more',
    ],
    [
      { user: { 'auth-provider': { name: 'oidc', config: { 'id-token': 'hunter2' } } } },
      'an `auth-provider`',
    ],
    [{ user: { token: TOKEN, as: 'admin' } }, '`as`, and podtrust asks as nobody but the user'],
    [{ user: { 'client-key-data': base64(tls('client.key')) } }, 'a key without it'],
    [{ user: { 'client-certificate': 'absent.pem' } }, 'cannot be read: there is no such file'],
    [
      { user: { exec: { apiVersion: 'client.authentication.k8s.io/v1alpha1', command: 'x' } } },
      '`exec` of the user has `client.authentication.k8s.io/v1alpha1` as `apiVersion`',
    ],
    [
      { user: { exec: { apiVersion: 'client.authentication.k8s.io/v1' } } },
      '`exec` of the user names no `command`',
    ],
    [
      {
        user: {
          exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'x', interactiveMode: 'Always' },
        },
      },
      '`x` of the user wants to ask somebody',
    ],
  ])('%j is refused', async (parts, message) => {
    const text = await outcome(context(parts))
    expect(text).toMatch(/^UsageError: /)
    expect(text).toContain(message)
  })

  test.each([
    [
      `users:\n- {name: eve, user: {token: ${TOKEN}}\n  x: "`,
      /is no kubeconfig: it is not YAML, from line \d+ on$/,
    ],
    [`- ${TOKEN}`, /is no kubeconfig$/],
    ['', /is no kubeconfig$/],
    [`{"a":${'['.repeat(5000)}`, /is no kubeconfig: it is not YAML/],
  ])('that is none is refused, and nothing of it is shown: %#', async (text, message) => {
    expect(await outcome(readKubeContext({ kubeconfig: write('broken', text) }))).toMatch(message)
    expect(await outcome(readKubeContext({ kubeconfig: join(folder, 'absent') }))).toMatch(
      /cannot be read: there is no such file/,
    )
  })
})

describe('a program that gives credentials', () => {
  const V1 = 'client.authentication.k8s.io/v1'
  let serial = 0

  function plugin(script: string, more: Partial<ExecPlugin> = {}): ExecPlugin {
    const path = write(`plugin-${serial++}.cjs`, script)
    return {
      apiVersion: V1,
      command: process.execPath,
      args: [path, 'get-token', '--cluster $(id); `id`'],
      env: { ROLE: 'x' },
      ...more,
    }
  }

  const answer = (status: object, apiVersion = V1): string =>
    `process.stdout.write(${JSON.stringify(JSON.stringify({ apiVersion, kind: 'ExecCredential', status }))})`

  test('is run with its arguments and variables, without a shell and with nobody to ask', async () => {
    const out = join(folder, 'seen.json')
    const script = `require('node:fs').writeFileSync(${JSON.stringify(out)}, JSON.stringify({
      argv: process.argv.slice(2), role: process.env.ROLE, path: process.env.PATH,
      info: JSON.parse(process.env.KUBERNETES_EXEC_INFO), input: require('node:fs').readFileSync(0, 'utf8') }));
      ${answer({ token: TOKEN, expirationTimestamp: '2026-03-01T12:00:00Z' })}`
    expect(await runExecPlugin(plugin(script, { cluster: { server: address } }))).toEqual({
      token: TOKEN,
      expires: new Date('2026-03-01T12:00:00Z'),
    })
    expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual({
      argv: ['get-token', '--cluster $(id); `id`'],
      role: 'x',
      path: process.env['PATH'],
      info: {
        apiVersion: V1,
        kind: 'ExecCredential',
        spec: { interactive: false, cluster: { server: address } },
      },
      input: '',
    })
  })

  test('may give a certificate, and speak the beta version', async () => {
    const apiVersion = 'client.authentication.k8s.io/v1beta1'
    const status = { clientCertificateData: tls('client.pem'), clientKeyData: tls('client.key') }
    expect(await runExecPlugin(plugin(answer(status, apiVersion), { apiVersion }))).toEqual({
      certificate: { cert: tls('client.pem'), key: tls('client.key') },
    })
  })

  test.each<[what: string, script: string, message: RegExp]>([
    [
      'fails',
      `process.stderr.write('\\u001b[31mno session;\\n run aws sso login ${TOKEN}'); process.exit(3)`,
      /^ClusterError: `.*` gave no credentials: `\\u\{1b\}\[31mno session; run aws sso login …`$/,
    ],
    ['fails silently', 'process.exit(1)', /^ClusterError: `.*` gave no credentials$/],
    [
      'says too much',
      "process.stderr.write('x y '.repeat(100000)); process.exit(1)",
      /^ClusterError: .{1,700}$/,
    ],
    [
      'writes no JSON',
      `process.stdout.write('${TOKEN}')`,
      /what `.*` wrote are no credentials of `client\.authentication\.k8s\.io\/v1`$/,
    ],
    [
      'writes another version',
      answer({ token: TOKEN }, 'client.authentication.k8s.io/v1beta1'),
      /are no credentials/,
    ],
    ['writes no credentials', answer({ token: '' }), /are no credentials/],
    ['writes nothing', "process.stdout.write('null')", /are no credentials/],
    [
      'writes without end',
      "setInterval(() => process.stdout.write('x'.repeat(65536)))",
      /wrote more than credentials are$/,
    ],
    ['hangs', 'setInterval(() => undefined, 1000)', /gave no credentials within 5 seconds$/],
  ])('that %s is an error', async (_, script, message) => {
    expect(await outcome(runExecPlugin(plugin(script), 5000))).toMatch(message)
  })

  test('that hangs ends, with all that it has started', async () => {
    const pids = join(folder, 'pids')
    const script = `const { pid } = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: 'inherit' })
      require('node:fs').writeFileSync(${JSON.stringify(pids)}, process.pid + ' ' + pid)
      setInterval(() => undefined, 1000)`
    expect(await outcome(runExecPlugin(plugin(script), 2000))).toContain('within 2 seconds')
    for (const pid of readFileSync(pids, 'utf8').split(' ').map(Number)) {
      await ended(pid)
      expect(() => process.kill(pid, 0)).toThrow(/ESRCH/)
    }
  })

  test('that is not there is an error', async () => {
    expect(await outcome(runExecPlugin(plugin('', { command: 'no-such-program' })))).toBe(
      'ClusterError: `no-such-program`, which the kubeconfig names, cannot be run here',
    )
  })

  test('is run once for all who wait, beside the kubeconfig, and again when its credentials run out', async () => {
    const count = join(folder, 'count')
    write(
      'bin/give',
      `#!${process.execPath}
require('node:fs').appendFileSync(${JSON.stringify(count)}, process.argv[2])
const seconds = Number(process.argv[3])
process.stdout.write(JSON.stringify({ apiVersion: '${V1}', kind: 'ExecCredential',
  status: { token: process.env.GIVEN, expirationTimestamp: new Date(Date.now() + seconds * 1000).toISOString() } }))
`,
    )
    chmodSync(join(folder, 'bin/give'), 0o755)
    const exec = {
      apiVersion: V1,
      command: './bin/give',
      env: [{ name: 'GIVEN', value: TOKEN }, null],
      interactiveMode: 'IfAvailable',
    }
    const { access } = await context({ user: { exec: { ...exec, args: ['a', '3600'] } } })
    expect(
      await Promise.all([access.credentials(), access.credentials(), access.credentials()]),
    ).toMatchObject([{ token: TOKEN }, { token: TOKEN }, { token: TOKEN }])
    expect(readFileSync(count, 'utf8')).toBe('a')
    const short = await context({ user: { exec: { ...exec, args: ['b', '1'] } } })
    await short.access.credentials()
    expect(readFileSync(count, 'utf8')).toBe('abb')
  })
})

async function ended(pid: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      process.kill(pid, 0)
    } catch {
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

// --- clusters ---------------------------------------------------------------------------------------------------------

describe('clusters', () => {
  const named = (
    name: string,
    more: object = {},
  ): Parameters<typeof readClusters>[0]['clusters'][number] => ({
    arn: `arn:aws:eks:eu-west-1:210987654321:cluster/${name}`,
    name,
    region: 'eu-west-1',
    endpoint: address,
    certificateAuthorityData: base64(AUTHORITY),
    ...more,
  })
  const credentials = (): Promise<typeof CREDENTIALS> => Promise.resolve(CREDENTIALS)

  async function read(options: Parameters<typeof readClusters>[0]): Promise<readonly KubernetesRecord[]> {
    const records = await readClusters({ limits: { timeoutMs: 300 }, ...options })
    said.push(JSON.stringify(records))
    return records
  }

  const serve: RequestListener = (request, response) => {
    const url = new URL(request.url ?? '', address)
    if (!url.pathname.endsWith('/serviceaccounts')) return json(response, nothing)
    const from = Number(url.searchParams.get('continue') ?? 0)
    const items = [{ metadata: { namespace: 'prod', name: `app-${from}`, uid: `${from}` } }]
    json(response, { ...nothing, metadata: from < 2 ? { continue: `${from + 1}` } : {}, items })
  }

  test('are read with a token for each, page by page', async () => {
    handler = serve
    const records = await read({ clusters: [named('prod'), named('stage')], credentials })
    expect(
      records.map(({ cluster, complete, misses }) => ({ cluster, complete: complete.length, misses })),
    ).toEqual([
      { cluster: ARN, complete: 4, misses: [] },
      { cluster: ARN.replace('prod', 'stage'), complete: 4, misses: [] },
    ])
    expect(records[0]?.objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual(
      [0, 1, 2].map((index) => `ServiceAccount app-${index}`),
    )
    const tokens = new Set(requests.map(({ headers }) => headers.authorization))
    expect(tokens.size).toBe(2)
    for (const token of tokens) expect(token).toMatch(/^Bearer k8s-aws-v1\./)
    said.push(...[...tokens].map((token) => `not to be found: ${token?.slice(0, 7)}`))
  })

  test('that do not take the caller, or not for all, say what is missing', async () => {
    handler = (_, response) => json(response, { kind: 'Status', message: 'Unauthorized' }, 401)
    const [unknown] = await read({ clusters: [named('prod')], credentials })
    expect(unknown?.misses).toMatchObject([
      {
        call: expect.stringMatching(/^list namespaces, serviceaccounts, /),
        outcome: 'denied',
        message:
          'the API server does not take the credentials (401: no access entry of the cluster is for the caller, nor does `aws-auth` map it); the rest was not asked for',
      },
    ])
    expect(requests).toHaveLength(1)
    handler = (request, response) =>
      request.url?.includes('/pods') === true
        ? json(response, { kind: 'Status', message: 'pods is forbidden' }, 403)
        : json(response, nothing)
    const [partial] = await read({ clusters: [named('prod')], credentials })
    expect(partial?.misses).toEqual([
      { call: 'list pods', outcome: 'denied', cluster: ARN, message: 'not allowed (403: pods is forbidden)' },
    ])
  })

  test('out of reach are misses beside those that answer', async () => {
    handler = serve
    const silent = await opened(createTcpServer(() => undefined))
    const endpoint = `https://127.0.0.1:${silent}`
    const records = await read({
      clusters: [
        named('silent', { endpoint, isPublic: false }),
        named('gone', { endpoint: 'https://0a1b.gr7.eu-west-1.eks.invalid' }),
        named('prod'),
        named('strange', { certificateAuthorityData: base64(tls('stranger.pem')) }),
        named('bare', { certificateAuthorityData: undefined }),
        named('new', { endpoint: undefined }),
      ],
      credentials,
    })
    const messages = records.map(({ misses }) =>
      misses.map(({ outcome: what, message }) => `${what}: ${message.replaceAll(/:\d{4,5}/g, '')}`),
    )
    expect(messages).toEqual([
      [
        'timed-out: 127.0.0.1 did not answer within 0.3 seconds; its endpoint is private: run podtrust inside of its VPC, or give a kubeconfig that reaches it (--kubeconfig)',
      ],
      [
        'failed: 0a1b.gr7.eu-west-1.eks.invalid has no address here; its endpoint may be private, or closed to this address: run podtrust inside of its VPC, or give a kubeconfig that reaches it (--kubeconfig)',
      ],
      [],
      ['failed: 127.0.0.1 shows a certificate that its authority does not vouch for'],
      ['failed: EKS tells no certificate authority of it'],
      ['failed: EKS tells no endpoint of it'],
    ])
    expect(records.map(({ complete }) => complete.length)).toEqual([0, 0, 4, 0, 0, 0])
  })

  test('without credentials are misses, and what the provider says is not shown', async () => {
    const refuse = (): Promise<never> => Promise.reject(new Error('bad key hunter2'))
    const [record] = await read({ clusters: [named('prod')], credentials: refuse })
    expect(record?.misses).toMatchObject([
      { outcome: 'failed', message: 'no token could be made for it: the AWS credentials could not be had' },
    ])
  })

  test('that a context is are read by it, the others with the AWS credentials', async () => {
    handler = serve
    const own = await context()
    const records = await read({
      clusters: [named('stage', { endpoint: elsewhere }), named('prod')],
      credentials,
      context: own,
    })
    expect(records.map(({ cluster }) => cluster)).toEqual([ARN.replace('prod', 'stage'), ARN])
    expect(new Set(requests.map(({ headers }) => headers.authorization))).toEqual(
      new Set([`Bearer ${TOKEN}`]),
    )
    const alone = await read({ clusters: [named('stage', { endpoint: elsewhere })], context: own })
    expect(alone).toMatchObject([{ cluster: ARN, misses: [] }])
  })

  test.each<
    [
      what: string,
      server: string,
      serverName: string | undefined,
      names: readonly [string, string],
      expected: string,
    ]
  >([
    ['endpoint', 'https://0A1B.gr7.eu-west-1.eks.amazonaws.com:443/', undefined, ['minikube', 'work'], ARN],
    [
      'name behind a tunnel',
      'https://127.0.0.1:8443',
      '0a1b.gr7.eu-west-1.eks.amazonaws.com',
      ['x', 'work'],
      ARN,
    ],
    [
      'ARN',
      'https://127.0.0.1:8443',
      undefined,
      ['arn:aws-cn:eks:cn-north-1:210987654321:cluster/a', 'work'],
      'arn:aws-cn:eks:cn-north-1:210987654321:cluster/a',
    ],
    ['own name where that is an ARN', 'https://127.0.0.1:8443', undefined, ['kubernetes', ARN], ARN],
    ['own name', 'https://127.0.0.1:8443', undefined, ['kubernetes', 'work'], 'work'],
  ])('are told from a context by its %s', (_, server, serverName, [clusterName, name], expected) => {
    const access = {
      server,
      ...(serverName === undefined ? {} : { serverName }),
      credentials: () => Promise.resolve({}),
    }
    const endpoint = 'https://0A1B.gr7.eu-west-1.eks.amazonaws.com'
    expect(clusterOfContext({ name, clusterName, access }, [{ arn: 'other' }, { arn: ARN, endpoint }])).toBe(
      expected,
    )
  })
})

test('no token, no key and no password is in anything that came out', () => {
  expect(said.length).toBeGreaterThan(60)
  for (const text of said) for (const secret of SECRETS) expect(text.includes(secret)).toBe(false)
})
