import { execFile, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { checkTrust, isPlatformIssuer } from '@podtrust/core'
import type { IssuerProbe } from '@podtrust/core'
import { isPublicAddress } from '@podtrust/core/public-address'
import { reportSchema } from '@podtrust/core/schema'
import { toText } from '@podtrust/core/reporters/text'
import { inventoryOfSnapshot, readSnapshot, writeSnapshot } from '@podtrust/core/sources/snapshot'
import { makeAccount } from '../../../test/aws-server/account.mjs'
import { startAwsServer } from '../../../test/aws-server/server.mjs'
import type { AwsServer } from '../../../test/aws-server/server.mjs'
import { irsaTrust } from '../../../test/aws-server/trust.mjs'
import { internet, nameState } from '../src/live/ask-issuer.js'
import type { IssuerNetwork, NameState } from '../src/live/ask-issuer.js'
import { issuersToProbe, probeIssuers } from '../src/live/probe-issuers.js'
import { readLive } from '../src/live/read-live.js'
import type { LiveOptions } from '../src/live/read-live.js'

/** A server on this machine in the place of every host (`fixtures/issuer-tls/make.sh` makes its certificate). */
jest.setTimeout(60_000)

const tls = (name: string): string =>
  readFileSync(join(import.meta.dirname, 'fixtures/issuer-tls', name), 'utf8')
const TLS = { key: tls('server.key'), cert: tls('server.pem') }
const ACCOUNT = '210987654321'
const KOPS = 'kops-oidc.s3.eu-west-1.amazonaws.com'

let server: Server
let port = 0
let answer: (request: IncomingMessage, response: ServerResponse) => void = () => undefined
const requests: IncomingMessage[] = []

beforeAll(async () => {
  server = createServer(TLS, (request, response) => {
    requests.push(request)
    answer(request, response)
  })
  server.on('clientError', (_error, socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})

beforeEach(() => {
  requests.length = 0
  asked.length = 0
})

afterAll(async () => {
  await new Promise((resolve) => {
    server.close(resolve)
    server.closeAllConnections()
  })
})

/** The names that were looked up. */
const asked: string[] = []

function local(more: Partial<IssuerNetwork> = {}): IssuerNetwork {
  return {
    async resolve(host) {
      asked.push(host)
      return ['127.0.0.1']
    },
    async stateOf(name) {
      asked.push(name)
      return 'unknown'
    },
    isPublic: () => true,
    tls: { ca: TLS.cert, port },
    ...more,
  }
}

/** A world in which no host has an address, and DNS says of names what is listed. */
function nameless(states: Readonly<Record<string, NameState>>): IssuerNetwork {
  return local({
    resolve: () => Promise.reject(coded('ENOTFOUND')),
    stateOf: async (name) => states[name] ?? 'unknown',
  })
}

function coded(code: string): Error {
  const error: Error & { code?: string } = new Error('never to be shown')
  error.code = code
  return error
}

async function probe(
  issuer: string,
  network: IssuerNetwork = local(),
  timeoutMs = 5000,
): Promise<IssuerProbe | undefined> {
  const [one] = await probeIssuers([issuer], { signal: new AbortController().signal, timeoutMs }, network)
  return one
}

function serve(status: number, body: string | Buffer, headers: Readonly<Record<string, string>> = {}): void {
  answer = (_request, response) => {
    response.writeHead(status, headers)
    response.end(body)
  }
}

const document = (issuer: string): string =>
  JSON.stringify({ issuer, jwks_uri: `${issuer}/keys`, response_types_supported: ['id_token'] })

const noBucket = (bucket: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message><BucketName>${bucket}</BucketName><RequestId>4442587FB7D0A2F9</RequestId><HostId>x</HostId></Error>`

/** As Cloud Storage writes it, which does not name the bucket. */
const NO_BUCKET = `<?xml version='1.0' encoding='UTF-8'?><Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist.</Message></Error>`

describe('an issuer that answers', () => {
  test('is present where its document is its own, and is asked for nothing but that', async () => {
    serve(200, document('https://issuer.example/tenant'))
    expect(await probe('issuer.example/tenant')).toEqual({
      issuer: 'issuer.example/tenant',
      outcome: 'present',
      reason: 'its discovery document is there',
    })
    expect(requests.map(({ method, url }) => [method, url])).toEqual([
      ['GET', '/tenant/.well-known/openid-configuration'],
    ])
    expect(Object.keys(requests[0]?.headers ?? {}).toSorted()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'host',
      'user-agent',
    ])
  })

  test.each([
    ['issuer.example', 'https://issuer.example/'],
    ['issuer.example/', 'https://issuer.example/'],
    ['issuer.example/a/', 'https://issuer.example/a'],
  ])('%s is that of %s: IAM may have dropped the slash', async (issuer, said) => {
    serve(200, document(said))
    expect(await probe(issuer)).toMatchObject({ issuer, outcome: 'present' })
    expect(requests[0]?.url).not.toContain('//')
  })

  test.each<[string, number, string | Buffer, Readonly<Record<string, string>>, string]>([
    [
      'another issuer',
      200,
      document('https://other.example'),
      {},
      'its discovery document is of another issuer',
    ],
    ['a page', 200, '<html>', {}, 'its answer is not JSON'],
    ['nothing', 200, '', {}, 'its answer is not JSON'],
    ['bytes', 200, Buffer.from([0xff, 0xfe, 0x00, 0x9b]), {}, 'its answer is not JSON'],
    ['null', 200, 'null', {}, 'its answer is no discovery document'],
    ['a list', 200, '[]', {}, 'its answer is no discovery document'],
    ['an issuer that is no text', 200, '{"issuer":1}', {}, 'its answer is no discovery document'],
    ['deep', 200, '['.repeat(60_000), {}, 'its answer is not JSON'],
    ['too much', 200, ' '.repeat(64 * 1024 + 1), {}, 'its answer is larger than 64 KiB'],
    ['compressed', 200, 'x', { 'content-encoding': 'gzip' }, 'its answer is compressed'],
    [
      'a redirect',
      302,
      '',
      { location: 'https://issuer.example/b' },
      'it answers with a redirect, which is not followed',
    ],
    [
      'a permanent one',
      301,
      NO_BUCKET,
      { location: 'http://169.254.169.254/' },
      'it answers with a redirect, which is not followed',
    ],
    ['denied', 403, NO_BUCKET, {}, 'it answers with status 403'],
    ['missing', 404, 'not here', {}, 'it answers with status 404'],
    ['missing, with the words of S3', 404, noBucket('issuer'), {}, 'it answers with status 404'],
    ['broken', 500, '', {}, 'it answers with status 500'],
  ])('%s: unreachable', async (_what, status, body, headers, reason) => {
    serve(status, body, headers)
    expect(await probe('issuer.example')).toEqual({
      issuer: 'issuer.example',
      outcome: 'unreachable',
      reason,
    })
    expect(requests).toHaveLength(1)
  })

  test('more than is read, in pieces and without end, is cut off', async () => {
    let closed: Promise<unknown> = Promise.resolve()
    answer = (_request, response) => {
      closed = new Promise((resolve) => response.on('close', resolve))
      const more = (): void => {
        if (!response.destroyed) response.write(' '.repeat(8192), () => setImmediate(more))
      }
      more()
    }
    expect(await probe('issuer.example')).toMatchObject({ reason: 'its answer is larger than 64 KiB' })
    await closed
  })

  test.each<[string, typeof answer]>([
    ['says nothing', () => undefined],
    [
      'stops within its answer',
      (_request, response) => {
        response.writeHead(200)
        response.write('{')
      },
    ],
  ])('that %s: unreachable after its time', async (_what, how) => {
    answer = how
    expect(await probe('issuer.example', local(), 300)).toMatchObject({
      outcome: 'unreachable',
      reason: 'it did not answer within 0.3 seconds',
    })
  })

  test('that breaks off or is not who it says: unreachable', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('{', () => response.destroy())
    }
    expect(await probe('issuer.example')).toMatchObject({ reason: 'it closed the connection' })
    serve(200, document('https://elsewhere.example'))
    expect(await probe('elsewhere.example')).toMatchObject({
      outcome: 'unreachable',
      reason: 'its certificate is not trusted (ERR_TLS_CERT_ALTNAME_INVALID)',
    })
    expect(await probe('issuer.example', local({ tls: { port } }))).toMatchObject({
      reason: expect.stringMatching(/^its certificate is not trusted \([A-Z_]+\)$/),
    })
    expect(requests).toHaveLength(1)
    const nobody = local({ tls: { port: 9 } })
    expect(await probe('issuer.example', nobody)).toMatchObject({ reason: 'it refuses the connection' })
  })
})

describe('a bucket', () => {
  test.each([
    [KOPS, 'kops-oidc', noBucket('kops-oidc')],
    [`${KOPS}/clusters/prod`, 'kops-oidc', noBucket('kops-oidc')],
    ['kops-oidc.s3.amazonaws.com', 'kops-oidc', noBucket('kops-oidc')],
    ['kops-oidc.s3-eu-west-1.amazonaws.com', 'kops-oidc', noBucket('kops-oidc')],
    ['kops-oidc.s3.dualstack.eu-west-1.amazonaws.com', 'kops-oidc', noBucket('kops-oidc')],
    ['s3.eu-west-1.amazonaws.com/kops.oidc/prod', 'kops.oidc', noBucket('kops.oidc')],
  ])('%s that S3 does not have can be claimed', async (issuer, bucket, body) => {
    serve(404, body, { 'content-type': 'application/xml' })
    expect(await probe(issuer)).toEqual({
      issuer,
      outcome: 'claimable',
      reason: `S3 has no bucket \`${bucket}\`, and anybody may create it`,
    })
  })

  test.each(['storage.googleapis.com/oidc-prod', 'oidc-prod.storage.googleapis.com/a'])(
    '%s that Cloud Storage does not have can be claimed',
    async (issuer) => {
      serve(404, NO_BUCKET)
      expect(await probe(issuer)).toEqual({
        issuer,
        outcome: 'claimable',
        reason: 'Cloud Storage has no bucket `oidc-prod`, and anybody may create it',
      })
    },
  )

  test.each([
    ['oidc-210987654321-eu-west-1-an.s3.eu-west-1.amazonaws.com', noBucket('oidc-210987654321-eu-west-1-an')],
    ['oidc-s3alias.s3.eu-west-1.amazonaws.com', noBucket('oidc-s3alias')],
    ['sthree-oidc.s3.eu-west-1.amazonaws.com', noBucket('sthree-oidc')],
    ['s3.eu-west-1.amazonaws.com/Oidc', noBucket('Oidc')],
    ['s3.eu-west-1.amazonaws.com/a..b', noBucket('a..b')],
    ['storage.googleapis.com/oidc.example.com', NO_BUCKET],
    ['storage.googleapis.com/google-oidc', NO_BUCKET],
  ])('%s has a name that not everybody may have: unreachable', async (issuer, body) => {
    serve(404, body)
    const found = await probe(issuer)
    expect(found?.outcome).toBe('unreachable')
    expect(found?.reason).toMatch(/ has no bucket `.*`, and gives such a name not to everybody$/)
  })

  test.each([
    ['the object is missing', KOPS, 404, noBucket('kops-oidc').replace('NoSuchBucket', 'NoSuchKey')],
    ['another bucket is', KOPS, 404, noBucket('other')],
    ['the words stand in a page', KOPS, 404, '<p><Code>NoSuchBucket</Code></p>'],
    ['it is a list', KOPS, 404, '<Errors><Error><Code>NoSuchBucket</Code></Error></Errors>'],
    ['it is not for us', KOPS, 403, noBucket('kops-oidc').replace('NoSuchBucket', 'AccessDenied')],
    ['it is elsewhere', KOPS, 301, noBucket('kops-oidc').replace('NoSuchBucket', 'PermanentRedirect')],
    ['there is no name', 's3.eu-west-1.amazonaws.com', 404, noBucket('')],
  ])('where %s: unreachable', async (_what, issuer, status, body) => {
    serve(status, body)
    expect(await probe(issuer)).toMatchObject({ outcome: 'unreachable' })
    expect(requests).toHaveLength(1)
  })
})

describe('a name', () => {
  const open = { com: 'exists', net: 'exists', uk: 'exists', bank: 'exists' } as const
  test.each<[string, Readonly<Record<string, NameState>>, string]>([
    ['gone.com', { 'gone.com': 'absent' }, 'no domain `gone.com` exists, and anybody may register it'],
    [
      'oidc.prod.gone.com/a',
      { 'gone.com': 'absent', 'oidc.prod.gone.com': 'absent' },
      'no domain `gone.com` exists, and anybody may register it',
    ],
  ])('%s whose domain does not exist can be claimed', async (issuer, states, reason) => {
    expect(await probe(issuer, nameless({ ...open, ...states }))).toEqual({
      issuer,
      outcome: 'claimable',
      reason,
    })
  })

  test.each<[string, string, Readonly<Record<string, NameState>>, string]>([
    [
      'below a domain that exists',
      'oidc.kept.com',
      { ...open, 'kept.com': 'exists', 'oidc.kept.com': 'absent' },
      'its name does not exist, while `kept.com` does; who may make it DNS does not tell',
    ],
    [
      'below an end with a second level',
      'gone.co.uk',
      { ...open, 'co.uk': 'exists', 'gone.co.uk': 'absent' },
      'its name does not exist, while `co.uk` does; who may make it DNS does not tell',
    ],
    [
      'of an end that is not for all',
      'gone.bank',
      { ...open, 'gone.bank': 'absent' },
      'no domain `gone.bank` exists, and whether anybody may register it is not known',
    ],
    [
      'of an end that does not exist',
      'oidc.corp.internal',
      { internal: 'absent', 'corp.internal': 'absent', 'oidc.corp.internal': 'absent' },
      'its name cannot be resolved',
    ],
    [
      'where DNS denies all',
      'gone.com',
      { com: 'absent', 'gone.com': 'absent' },
      'its name cannot be resolved',
    ],
    ['where DNS is silent', 'gone.com', { 'gone.com': 'absent' }, 'its name cannot be resolved'],
    [
      'whose domain is not told',
      'oidc.gone.com',
      { ...open, 'oidc.gone.com': 'absent' },
      'its name cannot be resolved',
    ],
    ['without an address', 'kept.com', { ...open, 'kept.com': 'exists' }, 'its name has no address'],
    [
      'of CloudFront',
      'd111111abcdef8.cloudfront.net',
      { ...open, 'cloudfront.net': 'exists', 'd111111abcdef8.cloudfront.net': 'absent' },
      'its distribution is gone, and CloudFront lets nobody choose a name',
    ],
    [
      'of an Azure storage account, which its tenant keeps for a time',
      'oidcissuer.blob.core.windows.net/prod',
      { ...open, 'windows.net': 'exists', 'oidcissuer.blob.core.windows.net': 'absent' },
      'its storage account is gone; whether Azure gives the name to others by now is not known',
    ],
  ])('%s: unreachable', async (_what, issuer, states, reason) => {
    expect(await probe(issuer, nameless(states))).toEqual({ issuer, outcome: 'unreachable', reason })
  })

  test('an empty answer is no address, and any other error of the resolver says nothing', async () => {
    const empty = local({ resolve: async () => [] })
    expect(await probe('issuer.example', empty)).toMatchObject({ reason: 'its name cannot be resolved' })
    const refused = local({ resolve: () => Promise.reject(coded('EAI_AGAIN')) })
    expect(await probe('gone.com', refused)).toMatchObject({
      outcome: 'unreachable',
      reason: 'its name cannot be resolved',
    })
    expect(requests).toEqual([])
  })

  test('is absent where every question says so', () => {
    const [absent, empty, broken] = [coded('ENOTFOUND'), coded('ENODATA'), coded('ESERVFAIL')]
    expect(nameState([absent, absent])).toBe('absent')
    for (const errors of [
      [undefined, absent],
      [absent, empty],
      [empty, broken],
      [undefined, undefined],
    ])
      expect(nameState(errors)).toBe('exists')
    for (const errors of [[absent, broken], [broken, broken], [absent, coded('ETIMEOUT')], ['x', absent], []])
      expect(nameState(errors)).toBe('unknown')
  })
})

describe('what is never asked', () => {
  test('an address that is not public, whichever of several it is', async () => {
    for (const address of ['127.0.0.1', '10.1.2.3', '169.254.169.254', '::1', '::ffff:10.0.0.1', 'fd00::1']) {
      const network = local({ isPublic: isPublicAddress, resolve: async () => ['52.95.110.1', address] })
      expect(await probe('issuer.example', network)).toEqual({
        issuer: 'issuer.example',
        outcome: 'unreachable',
        reason: `its name has the address \`${address}\`, which is not public; it is not asked`,
      })
    }
    expect(internet.isPublic).toBe(isPublicAddress)
    expect(requests).toEqual([])
  })

  test.each([
    'issuer.example:8443',
    'user@issuer.example',
    'issuer.example/a?b',
    'issuer.example/a#b',
    'issuer.example\\a',
    'issuer example',
    '10.0.0.1',
    '0x7f.1',
    '[::1]',
    'localhost',
    'issuer.example.',
    'issuer.example:443',
    'Issuer.example',
    'issuer.example/a/../b',
    'issuer.example/\u202e',
    '',
    '\u001b[2J',
  ])('%j', async (issuer) => {
    expect(await probe(issuer)).toEqual({
      issuer,
      outcome: 'unreachable',
      reason: 'it is no plain https address with a domain name',
    })
    expect(asked).toEqual([])
  })

  test('EKS and services that many share; others once', () => {
    const platforms = [
      'oidc.eks.eu-west-1.amazonaws.com/id/8A5F3C1E90B24D67A1C2E3F405162738',
      'oidc.eks.cn-north-1.amazonaws.com.cn/id/8A5F3C1E90B24D67A1C2E3F405162738',
      'oidc-eks.eu-west-1.api.aws/id/8A5F3C1E90B24D67A1C2E3F405162738',
      'oidc.eks.eu-west-1.amazonaws.com/odd',
      'token.actions.githubusercontent.com',
      'token.actions.githubusercontent.com/my-org',
      'gitlab.com',
    ]
    expect(platforms.filter((issuer) => !isPlatformIssuer(issuer))).toEqual([])
    const others = [
      KOPS,
      'oidc.eks.example.com/id/1',
      'gitlab.com.example',
      'oidc.eks.eu-west-1.amazonaws.com.example',
    ]
    expect(issuersToProbe([...platforms, ...others, KOPS])).toEqual(others)
  })
})

describe('many issuers', () => {
  const many = Array.from({ length: 11 }, (_, index) => `issuer.example/${index}`)

  test('are asked four at once, and told in their order', async () => {
    let open = 0
    let most = 0
    const waiting: (() => void)[] = []
    answer = (request, response) => {
      most = Math.max(most, ++open)
      const path = request.url?.replace('/.well-known/openid-configuration', '') ?? ''
      waiting.push(() => {
        open--
        response.end(document(`https://issuer.example${path}`))
      })
      // The last of those that are open is answered first.
      if (open === 4 || requests.length > 8) while (waiting.length > 0) waiting.pop()?.()
    }
    const seen: number[] = []
    const options = { signal: new AbortController().signal, onProgress: (done: number) => seen.push(done) }
    const found = await probeIssuers(many, options, local())
    expect(most).toBe(4)
    expect(found.map(({ issuer, outcome }) => [issuer, outcome])).toEqual(many.map((one) => [one, 'present']))
    expect(seen).toEqual(many.map((_, index) => index + 1))
  })

  test('end with the signal: what was known stays, the rest is left out', async () => {
    const stop = new AbortController()
    answer = (request, response) => {
      if (request.url?.startsWith('/0/')) response.end(document('https://issuer.example/0'))
      else if (requests.length >= 5) stop.abort()
    }
    const found = await probeIssuers(many, { signal: stop.signal }, local())
    expect(found.map(({ issuer }) => issuer)).toEqual(['issuer.example/0'])
    expect(requests).toHaveLength(5)
    const none = await probeIssuers(many, { signal: AbortSignal.abort() }, local())
    expect(none).toEqual([])
    expect(requests).toHaveLength(5)
  })

  test('end with the signal while a name is looked up', async () => {
    const stop = new AbortController()
    const network = local({
      resolve: () => {
        stop.abort()
        return new Promise(() => undefined)
      },
    })
    expect(await probeIssuers(['issuer.example'], { signal: stop.signal }, network)).toEqual([])
  })
})

describe('the rule that asks for it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'podtrust-probe-'))
  const program = join(folder, 'dist/podtrust.cjs')
  const lookups = join(folder, 'lookups')
  const GONE = 'oidc.gone-issuer.com'
  const EKS = 'oidc.eks.eu-west-1.amazonaws.com/id/8A5F3C1E90B24D67A1C2E3F405162738'
  const HOSTILE = 'kept.com/\u001b[2J\u202eevil'
  let aws: AwsServer
  let environment: Readonly<Record<string, string>>

  beforeAll(async () => {
    const root = dirname(dirname(dirname(import.meta.dirname)))
    const built = spawnSync(process.execPath, [join(root, 'scripts/bundle-cli.mjs'), dirname(program)], {
      encoding: 'utf8',
    })
    if (built.status !== 0) throw new Error(`the bundle could not be made: ${built.stderr}`)
    const sub = 'system:serviceaccount:prod:app'
    aws = await startAwsServer({
      accounts: [
        makeAccount({
          account: ACCOUNT,
          roles: [KOPS, GONE].map((issuer, index) => ({
            RoleName: `app-${index}`,
            AssumeRolePolicyDocument: irsaTrust({ account: ACCOUNT, issuer, sub }),
          })),
          providers: [KOPS, GONE, EKS, 'gitlab.com', HOSTILE].map((Url) => ({
            Url,
            ClientIDList: ['sts.amazonaws.com'],
          })),
        }),
      ],
    })
    environment = {
      PATH: process.env['PATH'] ?? '',
      AWS_ACCESS_KEY_ID: aws.credentials(ACCOUNT).accessKeyId,
      AWS_SECRET_ACCESS_KEY: 'never-to-be-seen-secret',
      AWS_REGION: 'eu-west-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_MAX_ATTEMPTS: '1',
    }
    // Stands between the program and DNS: nothing has an address, and of all names only those of one domain do not exist.
    writeFileSync(
      join(folder, 'dns.cjs'),
      `const { appendFileSync } = require('node:fs')
const dns = require('node:dns')
const no = (code) => Promise.reject(Object.assign(new Error('no'), { code }))
const seen = (name) => appendFileSync(process.env.LOOKUPS, name + '\\n')
dns.promises.lookup = (name) => (seen(name), no('ENOTFOUND'))
for (const call of ['resolveNs', 'resolveSoa'])
  dns.promises.Resolver.prototype[call] = (name) => no(/gone-issuer/.test(name) ? 'ENOTFOUND' : (seen(name), 'ENODATA'))
`,
    )
  })

  beforeEach(() => rmSync(lookups, { force: true }))

  afterAll(async () => {
    await aws.close()
    rmSync(folder, { recursive: true, force: true })
  })

  function podtrust(
    ...args: readonly string[]
  ): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
    return new Promise((resolve) => {
      const env = { ...environment, LOOKUPS: lookups, NODE_OPTIONS: `--require ${join(folder, 'dns.cjs')}` }
      const all = [program, ...args, '--endpoint-url', aws.endpoint]
      const child = execFile(process.execPath, all, { cwd: folder, env }, (_, stdout, stderr) =>
        resolve({ code: child.exitCode, stdout, stderr }),
      )
      child.stdin?.end()
    })
  }

  const claimed = (stdout: string): readonly string[] =>
    reportSchema
      .parse(JSON.parse(stdout))
      .findings.filter(({ rule }) => rule === 'claimable-issuer')
      .map(({ message }) => message)

  test('the program finds the issuer whose domain is gone, and asks of the others what it may', async () => {
    const { code, stdout, stderr } = await podtrust('audit', '--probe-issuers', '-f', 'json')
    expect(code).toBe(1)
    expect(claimed(stdout)).toEqual([
      `\`${GONE}\` can be claimed (no domain \`gone-issuer.com\` exists, and anybody may register it): whoever does is every subject that roles trust`,
    ])
    expect(new Set(stderr.trimEnd().split('\n'))).toEqual(
      new Set([
        `podtrust: warning: whether anybody may claim the issuer \`${KOPS}\` is not known: its name has no address`,
        'podtrust: warning: whether anybody may claim the issuer `kept.com/\\u{1b}[2J\\u{202e}evil` is not known: it is no plain https address with a domain name',
      ]),
    )
    const names = new Set(readFileSync(lookups, 'utf8').trim().split('\n'))
    expect([...names].toSorted()).toEqual([`${KOPS}.`, 'amazonaws.com.', 'com.', `${GONE}.`].toSorted())
    expect((await podtrust('audit', '--probe-issuers', '--quiet', '--fail-on', 'none')).stderr).toBe('')
  })

  test('a snapshot keeps what was seen', async () => {
    expect(await podtrust('snapshot', '--probe-issuers', '-q', '-o', 'account.json')).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    })
    const text = readFileSync(join(folder, 'account.json'), 'utf8')
    expect(JSON.parse(text)).toMatchObject({
      issuerProbes: [{ outcome: 'unreachable' }, { issuer: GONE, outcome: 'claimable' }, { issuer: HOSTILE }],
    })
    const { findings } = checkTrust(readSnapshot(text, { name: 'account.json' }))
    expect(findings.filter(({ rule }) => rule === 'claimable-issuer')).toHaveLength(1)
  })

  test('without the option no name is looked up', async () => {
    const { stdout, stderr } = await podtrust('audit', '-f', 'json')
    expect(claimed(stdout)).toEqual([])
    expect(stderr).toBe('')
    await podtrust('snapshot', '-o', 'without.json')
    expect(JSON.parse(readFileSync(join(folder, 'without.json'), 'utf8'))).not.toHaveProperty('issuerProbes')
    expect(existsSync(lookups)).toBe(false)
  })

  test('where nothing reads the account, the option has no place', async () => {
    const text = writeSnapshot({
      podtrustSnapshot: 1,
      tool: '0',
      takenAt: '2026-06-01T00:00:00Z',
      accounts: [],
    })
    writeFileSync(join(folder, 'empty.json'), text)
    const run = (...args: readonly string[]): ReturnType<typeof spawnSync> =>
      spawnSync(process.execPath, [program, ...args], { cwd: folder, encoding: 'utf8', env: environment })
    expect(run('audit', '--snapshot', 'empty.json', '--probe-issuers')).toMatchObject({
      status: 2,
      stderr: 'podtrust: --probe-issuers reads AWS, and --snapshot is read in its place\n',
    })
    expect(run('check', 'empty.json', '--probe-issuers')).toMatchObject({ status: 2 })
    for (const command of ['audit', 'snapshot'])
      expect(run(command, '--help').stdout).toContain('  --probe-issuers ')
  })

  describe('in the same process', () => {
    const before = { ...process.env }
    const options: LiveOptions = {
      profile: undefined,
      regions: ['eu-west-1'],
      allRegions: false,
      endpointUrl: undefined,
      accounts: [],
      assumeRoleName: undefined,
      externalId: undefined,
      kubernetes: undefined,
      probeIssuers: true,
      timeoutMs: undefined,
      isQuiet: true,
    }

    beforeAll(() => {
      process.env = { ...before, ...environment }
    })
    afterAll(() => {
      process.env = before
    })

    test('a bucket that is gone is a finding of the account, whose reason no report shows raw', async () => {
      serve(404, noBucket('kops-oidc'))
      const read = { ...options, endpointUrl: aws.endpoint }
      const { snapshot, inventory, warnings } = await readLive(read, local())
      expect(snapshot.issuerProbes?.map(({ outcome }) => outcome)).toEqual([
        'claimable',
        'unreachable',
        'unreachable',
      ])
      expect(asked.toSorted()).toEqual([KOPS, GONE].toSorted())
      expect(warnings).toHaveLength(2)
      const finding = checkTrust(inventory).findings.find(({ rule }) => rule === 'claimable-issuer')
      expect(finding).toMatchObject({ severity: 'high', subject: { kind: 'provider' } })
      expect(finding?.message).toContain('S3 has no bucket `kops-oidc`')
      const hostile =
        snapshot.issuerProbes?.map((one) => ({ ...one, reason: '\u001b]0;x\u0007\u202e' })) ?? []
      const text = toText(checkTrust(inventoryOfSnapshot({ ...snapshot, issuerProbes: hostile })))
      expect(text).toContain('\\u{1b}]0;x\\u{7}\\u{202e}')
      expect(text).not.toMatch(/[\u001b\u0007\u202e]/)
    })

    test('is looked for only when asked for, and ends with the time for all', async () => {
      const read = { ...options, endpointUrl: aws.endpoint }
      const without = await readLive({ ...read, probeIssuers: false }, local())
      expect(without.snapshot.issuerProbes).toBeUndefined()
      const late = await readLive({ ...read, timeoutMs: 1 }, local())
      expect(late.snapshot.issuerProbes).toEqual([])
      const never = local({ resolve: () => new Promise(() => undefined) })
      const stopped = await readLive({ ...read, timeoutMs: 1500 }, never)
      expect(stopped.warnings.at(-1)).toMatch(/^the time was over before [23] of 3 issuers were asked$/)
      expect([asked, requests]).toEqual([[], []])
    })
  })
})
