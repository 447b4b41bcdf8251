import { createServer } from 'node:https'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { checkToken } from '../src/check-token.js'
import { PodtrustError } from '../src/errors.js'
import { toTokenJson, toTokenText } from '../src/reporters/token.js'
import { reportSchema } from '../src/reporters/report-schema.js'
import { fetchKeySet } from '../src/tokens/fetch-key-set.js'
import type { FetchOptions, Network } from '../src/tokens/fetch-key-set.js'
import { isPublicAddress } from '../src/tokens/public-address.js'
import { decodeToken, verifyToken } from '../src/tokens/index.js'
import type { DecodedToken, SignatureVerdict, VerifyOptions } from '../src/tokens/index.js'
import {
  ISSUER,
  KEY_SET,
  NOW,
  TLS,
  claimsOf,
  leaks,
  publicKey,
  remembered,
  signed,
  unsigned,
  watched,
} from './token-maker.js'

const seconds = NOW.getTime() / 1000
const decoded = (token: string): DecodedToken => watched(decodeToken(token, { now: NOW }))

async function verdict(token: string, options: Partial<VerifyOptions> = {}): Promise<SignatureVerdict> {
  const verified = await verifyToken(token, { jwks: KEY_SET, now: NOW, ...options } as VerifyOptions)
  const report = checkToken(verified.token, { signature: verified.signature })
  watched(toTokenText(report, { verbose: true }))
  watched(toTokenJson(report, { version: '0', inputs: [{ name: 'token' }] }))
  return watched(verified).signature
}

async function refusal(work: () => unknown): Promise<PodtrustError> {
  try {
    await work()
  } catch (error) {
    watched(error)
    if (error instanceof PodtrustError) {
      watched(`${error.message} ${error.hint}`)
      return error
    }
    throw error
  }
  throw new Error('nothing was refused')
}

/** The ids of the rules that report it, with what came of its signature if that was checked. */
function found(token: DecodedToken, signature?: SignatureVerdict): readonly string[] {
  const report = checkToken(token, signature === undefined ? {} : { signature })
  watched(toTokenText(report, { verbose: true, color: true, width: 100 }))
  const json = watched(toTokenJson(report, { version: '0', inputs: [{ name: 'token' }] }))
  expect(reportSchema.safeParse(JSON.parse(json)).error).toBeUndefined()
  return watched(report).findings.map(({ rule }) => rule)
}

describe('a token as EKS makes it', () => {
  test('is told whole: whose it is, for whom, for how long, bound to what', async () => {
    expect(decoded(await signed(claimsOf()))).toMatchObject({
      algorithm: 'RS256',
      keyId: 'test-only-rsa-1',
      issuer: ISSUER,
      issuerKind: { kind: 'eks', region: 'eu-west-1', id: '8A5F3C1E90B24D67A1C2E3F405162738' },
      subject: 'system:serviceaccount:prod:app',
      serviceAccount: { namespace: 'prod', name: 'app' },
      audiences: ['sts.amazonaws.com'],
      authorizedParty: undefined,
      issuedAt: { at: new Date('2026-05-31T23:00:00Z'), words: 'issued 60 minutes ago' },
      notBefore: { words: 'became valid 60 minutes ago' },
      expires: { at: new Date('2026-06-01T23:00:00Z'), words: 'expires in 23 hours' },
      lifetime: 86_400,
      boundTo: { kind: 'pod', name: 'app-6d5f7c9b8-x2x7q' },
      node: { name: 'ip-10-0-1-17.eu-west-1.compute.internal' },
      mechanism: 'irsa',
      problems: [],
      otherClaims: [],
    })
  })

  test('has a signature that holds, and nothing is found in it', async () => {
    const token = await signed(claimsOf())
    const signature = await verdict(`\n ${token}\r\n`)
    expect(signature).toEqual({
      holds: true,
      algorithm: 'RS256',
      keyId: 'test-only-rsa-1',
      issuer: undefined,
    })
    expect(found(decoded(token), signature)).toEqual([])
    expect(found(decoded(token))).toEqual(['unverified-token'])
    expect(await verdict(token, { jwks: JSON.stringify(KEY_SET), issuer: ISSUER })).toMatchObject({
      holds: true,
      issuer: ISSUER,
    })
    expect(await verdict(await signed(claimsOf(), { key: 'ec' }))).toMatchObject({
      holds: true,
      algorithm: 'ES256',
    })
    expect(
      await verdict(await signed(claimsOf(), { header: { alg: 'RS512' } }), {
        jwks: { keys: [{ ...publicKey('rsa'), alg: 'RS512' }] },
      }),
    ).toMatchObject({ holds: true })
  })

  test('is told in words as of any time, without the signature being in doubt for it', async () => {
    const token = await signed(claimsOf())
    const asOf = (now: Date): string | undefined => decodeToken(token, { now }).expires?.words
    expect(asOf(new Date('2026-06-01T22:59:30Z'))).toBe('expires in 30 seconds')
    expect(asOf(new Date('2026-06-01T23:00:00Z'))).toBe('expired 0 seconds ago')
    expect(asOf(new Date('2026-06-03T00:00:00Z'))).toBe('expired 25 hours ago')
    expect(asOf(new Date('2027-06-03T00:00:00Z'))).toBe('expired 366 days ago')
    expect(await verdict(token, { now: new Date('2027-06-03T00:00:00Z') })).toMatchObject({ holds: true })
  })
})

describe('what the claims mean', () => {
  const cases: readonly (readonly [
    title: string,
    claims: Readonly<Record<string, unknown>>,
    mechanism: string,
    found: readonly string[],
  ])[] = [
    ['for EKS Pod Identity', { aud: ['pods.eks.amazonaws.com'] }, 'pod-identity', []],
    ['of kOps', { aud: ['amazonaws.com'], iss: 'https://api.internal.kops.example' }, 'irsa', []],
    ['with its audience as a text', { aud: 'sts.amazonaws.com' }, 'irsa', []],
    [
      'for the API server',
      { aud: ['https://kubernetes.default.svc'] },
      'api-server',
      ['wrong-token-audience'],
    ],
    [
      'for an API server that is called as its issuer is',
      { aud: [ISSUER] },
      'api-server',
      ['wrong-token-audience'],
    ],
    ['for two audiences', { aud: ['sts.amazonaws.com', 'vault'] }, 'other', ['wrong-token-audience']],
    [
      'for two audiences with an authorized party',
      { aud: ['sts.amazonaws.com', 'vault'], azp: 'sts.amazonaws.com' },
      'irsa',
      [],
    ],
    ['for nobody', { aud: undefined }, 'other', ['wrong-token-audience']],
    ['for somebody else', { aud: ['vault'] }, 'other', ['wrong-token-audience']],
    [
      'that was extended',
      {
        aud: ['https://kubernetes.default.svc'],
        exp: seconds + 364 * 86_400,
        'kubernetes.io': { ...(claimsOf()['kubernetes.io'] as object), warnafter: seconds + 7 },
      },
      'api-server',
      ['long-lived-token', 'wrong-token-audience'],
    ],
    ['that expired', { exp: seconds - 1 }, 'irsa', ['expired-token']],
    [
      'that is not valid yet',
      { nbf: seconds + 600, iat: seconds + 600, exp: seconds + 4200 },
      'irsa',
      ['not-yet-valid-token'],
    ],
    ['that never ends', { exp: undefined }, 'irsa', ['long-lived-token']],
    [
      'bound to nothing',
      { 'kubernetes.io': { namespace: 'prod', serviceaccount: { name: 'app' } } },
      'irsa',
      ['unbound-token'],
    ],
    [
      'of GitHub Actions',
      {
        iss: 'https://token.actions.githubusercontent.com',
        sub: 'repo:acme/app:ref:refs/heads/main',
        aud: 'sts.amazonaws.com',
        'kubernetes.io': undefined,
        repository: 'acme/app',
      },
      'web-identity',
      [],
    ],
    [
      'of some other issuer',
      { iss: 'https://login.example', sub: 'anna', aud: 'client', 'kubernetes.io': undefined },
      'web-identity',
      [],
    ],
  ]

  test.each(cases)('a token %s', async (_title, more, mechanism, rules) => {
    const token = await signed(claimsOf(more))
    const signature = await verdict(token)
    const result = decoded(token)
    expect({ mechanism: result.mechanism, rules: found(result, signature) }).toEqual({ mechanism, rules })
    expect(result.problems).toEqual(
      'exp' in more && more['exp'] === undefined ? ['the claim `exp` is missing, and STS requires it'] : [],
    )
  })

  test('a legacy token is told from its Secret, and by that rule alone', async () => {
    const flat = (name: string): string => `kubernetes.io/serviceaccount/${name}`
    const token = decoded(
      await signed({
        iss: 'kubernetes/serviceaccount',
        [flat('namespace')]: 'prod',
        [flat('secret.name')]: 'app-token-x7k2p',
        [flat('service-account.name')]: 'app',
        [flat('service-account.uid')]: '9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d',
        sub: 'system:serviceaccount:prod:app',
      }),
    )
    expect(token).toMatchObject({
      mechanism: 'legacy',
      boundTo: { kind: 'secret', name: 'app-token-x7k2p' },
      problems: [],
      otherClaims: [],
      expires: undefined,
    })
    expect(found(token)).toEqual(['legacy-token', 'unverified-token'])
  })

  test('a shared issuer is called by its name, and claims that are not read by theirs', async () => {
    const token = decoded(
      await signed(
        claimsOf({
          iss: 'https://token.actions.githubusercontent.com',
          sub: 'repo:a/b:pull_request',
          'kubernetes.io': undefined,
          actor: 'anna',
        }),
      ),
    )
    expect(token).toMatchObject({
      issuerKind: { kind: 'shared', name: 'GitHub Actions' },
      otherClaims: ['actor'],
      serviceAccount: undefined,
    })
  })

  test('an expired token says that STS is five minutes patient, and only as long as it is', async () => {
    const messageAt = async (exp: number): Promise<string | undefined> =>
      checkToken(decoded(await signed(claimsOf({ exp })))).findings.find(
        ({ rule }) => rule === 'expired-token',
      )?.message
    expect(await messageAt(seconds - 299)).toContain('may still take it')
    expect(await messageAt(seconds - 301)).toBe('the token expired 5 minutes ago')
    expect(await messageAt(seconds + 1)).toBeUndefined()
  })

  test('claims that contradict each other are told', async () => {
    const kubernetes = {
      namespace: 'dev',
      serviceaccount: { name: 'job' },
      pod: { name: 'a' },
      secret: { name: 'b' },
    }
    const { problems } = decoded(
      await signed(claimsOf({ 'kubernetes.io': kubernetes }), {
        header: { jku: 'https://evil.example/keys' },
      }),
    )
    expect(problems.join('\n')).toMatch(
      /different namespaces: `prod` and `dev`\n.*different service accounts: `app` and `job`\n.*at once.*\n.*`jku`/,
    )
    expect(decoded(await signed(claimsOf({ sub: 'system:serviceaccount:Prod:app' }))).problems[0]).toContain(
      'no service account that Kubernetes would allow',
    )
    expect(
      decoded(unsigned({ alg: 'RS256' }, '{"iss":"https://a","sub":"b","sub":"c"}')).problems[0],
    ).toContain('twice')
  })
})

describe('a signature does not hold', () => {
  const strange: readonly (readonly [
    title: string,
    token: () => string | Promise<string>,
    reason: string,
    says: RegExp,
  ])[] = [
    [
      'of another key under the same id',
      () => signed(claimsOf(), { key: 'stranger' }),
      'signature',
      /another key signed them/,
    ],
    [
      'under an id that the key set lacks',
      () => signed(claimsOf(), { key: 'stranger', header: { kid: 'other' } }),
      'unknown-key',
      /lacks the key `other`/,
    ],
    [
      'where there is none (`alg: none`)',
      () => unsigned({ alg: 'none' }, claimsOf(), ''),
      'algorithm',
      /anybody can write one/,
    ],
    [
      'where there is none (`alg: NONE`)',
      () => unsigned({ alg: 'NONE' }, claimsOf(), ''),
      'algorithm',
      /anybody can write one/,
    ],
    [
      'where it was cut off',
      async () => remembered(`${(await signed(claimsOf({ jti: 'cut' }))).replace(/[^.]*$/, '')}`),
      'signature',
      /third part is empty/,
    ],
    [
      'where no algorithm is named',
      () => unsigned({ typ: 'JWT' }, claimsOf()),
      'algorithm',
      /names no algorithm/,
    ],
    [
      'made with the public key as the secret (HS256)',
      () =>
        signed(claimsOf(), {
          key: Buffer.from(JSON.stringify(publicKey('rsa'))),
          header: { alg: 'HS256', kid: 'test-only-rsa-1' },
        }),
      'algorithm',
      /public key/,
    ],
    [
      'of an algorithm that STS does not take',
      () => signed(claimsOf(), { header: { alg: 'PS256' } }),
      'algorithm',
      /STS takes RS256/,
    ],
    [
      'of an algorithm that its key is not for',
      () => signed(claimsOf(), { header: { alg: 'RS384' } }),
      'unknown-key',
      /lacks the key/,
    ],
    [
      'with extensions of the header',
      () => unsigned({ alg: 'RS256', kid: 'test-only-rsa-1', crit: ['b64'], b64: false }, claimsOf()),
      'header',
      /`crit`/,
    ],
  ]

  test.each(strange)('%s', async (_title, make, reason, says) => {
    const token = await make()
    const signature = await verdict(token)
    expect(signature).toMatchObject({ holds: false, reason, message: expect.stringMatching(says) })
    expect(found(decoded(token), signature)).toContain('bad-token-signature')
  })

  test('HS256 with the public key in the forms in which people keep it', async () => {
    const { createPublicKey } = await import('node:crypto')
    const key = createPublicKey({ key: publicKey('rsa') as never, format: 'jwk' })
    const forms = [
      key.export({ type: 'spki', format: 'der' }),
      Buffer.from(key.export({ type: 'spki', format: 'pem' })),
      Buffer.from(String(publicKey('rsa')['n']), 'base64url'),
    ]
    for (const secret of forms) {
      const token = await signed(claimsOf(), {
        key: new Uint8Array(secret),
        header: { alg: 'HS256', kid: 'test-only-rsa-1' },
      })
      // Also where somebody has put a symmetric key into the key set.
      const keys = [
        ...KEY_SET.keys,
        { kty: 'oct', kid: 'test-only-rsa-1', k: Buffer.from(secret).toString('base64url') },
      ]
      expect(await verdict(token, { jwks: { keys } })).toMatchObject({ holds: false, reason: 'algorithm' })
      // No key is needed to tell.
      expect(found(decoded(token))).toEqual(['bad-token-signature'])
    }
  })

  test('with changed claims, and with claims of another token', async () => {
    const [header, , signature] = (await signed(claimsOf())).split('.')
    for (const more of [
      { sub: 'system:serviceaccount:prod:admin' },
      { exp: seconds + 10 * 365 * 86_400 },
      { aud: ['vault'] },
    ]) {
      const [, claims] = (await signed(claimsOf(more))).split('.')
      const changed = remembered(`${header}.${claims}.${signature}`)
      expect(await verdict(changed)).toMatchObject({ holds: false, reason: 'signature' })
    }
    // The header is signed too.
    const other = Buffer.from('{"kid":"test-only-rsa-1","alg":"RS256"}').toString('base64url')
    const [, claims] = (await signed(claimsOf())).split('.')
    expect(await verdict(remembered(`${other}.${claims}.${signature}`))).toMatchObject({
      reason: 'signature',
    })
  })

  test('of another issuer than the one that was named', async () => {
    const other = await signed(claimsOf({ iss: ISSUER.replace('8A5F', '9A5F') }))
    expect(await verdict(other, { issuer: ISSUER })).toMatchObject({ holds: false, reason: 'issuer' })
    // The keys hold it all the same: nothing but the name tells.
    expect(await verdict(other)).toMatchObject({ holds: true, issuer: undefined })
    expect(await verdict(await signed(claimsOf({ iss: undefined })), { issuer: ISSUER })).toMatchObject({
      reason: 'issuer',
      message: expect.stringContaining('names no issuer'),
    })
  })

  test('where the key is for encryption, of another kind, too short or none', async () => {
    const token = await signed(claimsOf())
    const rsa = publicKey('rsa')
    const short = { ...rsa, n: String(rsa['n']).slice(0, 171) }
    for (const key of [
      { ...rsa, use: 'enc' },
      { ...rsa, key_ops: ['encrypt'] },
      { ...publicKey('ec'), kid: rsa['kid'] },
      { ...rsa, n: '*' },
      short,
      { ...rsa, n: 5 },
    ]) {
      expect(await verdict(token, { jwks: { keys: [key] } })).toMatchObject({
        holds: false,
        reason: 'unknown-key',
      })
    }
    expect(await verdict(token, { jwks: { keys: [] } })).toMatchObject({
      reason: 'unknown-key',
      message: 'the key set is empty',
    })
    // A key that fits stands beside one that does not.
    expect(await verdict(token, { jwks: { keys: [short, publicKey('stranger'), rsa] } })).toMatchObject({
      holds: true,
    })
  })

  test.each([
    ['E_NOT_JSON', 'keys'],
    ['E_NOT_A_KEY_SET', '{}'],
    ['E_NOT_A_KEY_SET', '[]'],
    ['E_NOT_A_KEY_SET', '{"keys": [1]}'],
    ['E_TOO_DEEP', '['.repeat(1000)],
    ['E_TOO_LARGE', ' '.repeat(2 ** 20 + 1)],
  ])('and what is no key set is refused: %s', async (code, jwks) => {
    const token = await signed(claimsOf())
    expect((await refusal(() => verifyToken(token, { jwks }))).code).toBe(code)
  })
})

describe('what is no token', () => {
  const header = Buffer.from('{"alg":"RS256"}').toString('base64url')
  const part = (text: string | Buffer): string => Buffer.from(text).toString('base64url')
  const cases: readonly (readonly [title: string, text: string, code: string, says: RegExp])[] = [
    ['nothing', ' \n', 'E_NOT_A_TOKEN', /it is empty/],
    ['5 MB', `${header}.${'QUFB'.repeat(1_250_000)}.c2ln`, 'E_TOO_LARGE', /20000 characters/],
    ['5 MB of white space', ' '.repeat(5_000_000), 'E_TOO_LARGE', /20000 characters/],
    ['a little too long', `${header}.${'QUFB'.repeat(5000)}.c2ln`, 'E_TOO_LARGE', /20000 characters/],
    ['broken base64', `${header}.eyJpc3M*Ijoi.c2ln`, 'E_NOT_A_TOKEN', /the claims are not base64url/],
    [
      'base64 with a padding',
      `${part('{"alg":"RS256"}')}.${part('{"a":"bb"}')}==.c2ln`,
      'E_NOT_A_TOKEN',
      /the claims are not base64url/,
    ],
    ['base64 that lacks a digit', `${header}.eyJpc.c2ln`, 'E_NOT_A_TOKEN', /the claims are not base64url/],
    [
      'a broken signature',
      `${header}.${part('{}')}.c2l\u001bn`,
      'E_NOT_A_TOKEN',
      /the signature is not base64url/,
    ],
    [
      'claims that are no JSON',
      `${header}.${part('password = hunter2-of-the-claims')}.c2ln`,
      'E_NOT_A_TOKEN',
      /the claims are not JSON$/,
    ],
    [
      'a header that is no JSON',
      `${part('password = hunter2-of-the-header')}.${part('{}')}.c2ln`,
      'E_NOT_A_TOKEN',
      /the header is not JSON$/,
    ],
    [
      'claims that are no UTF-8',
      `${header}.${part(Buffer.from([0x7b, 0xff, 0x7d]))}.c2ln`,
      'E_NOT_A_TOKEN',
      /not UTF-8/,
    ],
    ['claims that are a list', `${header}.${part('["sub"]')}.c2ln`, 'E_NOT_A_TOKEN', /no object/],
    [
      'claims that nest without end',
      `${header}.${part(`{"a":${'['.repeat(5000)}`)}.c2ln`,
      'E_NOT_A_TOKEN',
      /nested too deep/,
    ],
    ['two parts', `${header}.${part('{}')}`, 'E_NOT_A_TOKEN', /2 parts where/],
    ['an encrypted token', `${header}.a.b.c.d`, 'E_NOT_A_TOKEN', /encrypted/],
    [
      'a token for `kubectl`',
      'k8s-aws-v1.aHR0cHM6Ly9zdHMuYW1hem9uYXdzLmNvbS8',
      'E_NOT_A_TOKEN',
      /aws eks get-token/,
    ],
    [
      'a value of a Secret',
      Buffer.from(`${header}.e30.c2ln`).toString('base64'),
      'E_NOT_A_TOKEN',
      /encoded once more/,
    ],
    ['JSON around it', `{"status":{"token":"${header}.e30.c2ln"}}`, 'E_NOT_A_TOKEN', /it is JSON/],
    ['a header of HTTP', `Bearer ${header}.e30.c2ln`, 'E_NOT_A_TOKEN', /not base64url|Bearer/],
  ]

  test.each(cases)('%s', async (_title, text, code, says) => {
    remembered(text.length > 100_000 ? text.slice(0, 1000) : text.trim())
    const start = performance.now()
    for (const work of [() => decodeToken(text), () => verifyToken(text, { jwks: KEY_SET })]) {
      const error = await refusal(work)
      expect({ code: error.code, message: error.message }).toEqual({
        code,
        message: expect.stringMatching(says),
      })
      expect(`${error.stack}`).not.toContain('hunter2')
    }
    expect(performance.now() - start).toBeLessThan(500)
  })

  test('claims of a wrong type are a sentence each, and the others are read', async () => {
    const wrong = {
      aud: 5,
      exp: 'tomorrow',
      iat: -1,
      nbf: 1.5,
      iss: null,
      sub: ['a'],
      jti: { a: 1 },
      azp: true,
      'kubernetes.io': {
        namespace: 7,
        pod: 'app',
        serviceaccount: { name: 'app', uid: [] },
        warnafter: 1e300,
      },
    }
    const token = decoded(
      await signed(wrong, { header: { kid: 7 as never } }).catch(() =>
        unsigned({ alg: 'RS256', kid: 7 }, wrong),
      ),
    )
    expect(token.problems).toEqual([
      'the header parameter `kid` should be a text and is a number',
      'the claim `iss` should be a text and is null',
      'the claim `sub` should be a text and is a list',
      'the claim `aud` should be a text or a list of texts and is a number',
      'the claim `azp` should be a text and is true',
      'the claim `jti` should be a text and is an object',
      'the claim `iat` should be a time in whole seconds and is a number',
      'the claim `nbf` should be a time in whole seconds and is a fraction',
      'the claim `exp` should be a time in whole seconds and is a text',
      'the claim `kubernetes.io.namespace` should be a text and is a number',
      'the claim `kubernetes.io.serviceaccount.uid` should be a text and is a list',
      'the claim `kubernetes.io.pod` should be an object and is a text',
      'the claim `kubernetes.io.warnafter` should be a time in whole seconds and is too large a number',
    ])
    expect(token).toMatchObject({ audiences: [], expires: undefined, issuer: undefined, boundTo: undefined })
    for (const claims of [
      { 'kubernetes.io': 'x' },
      { aud: ['a', 5] },
      { aud: [['a']] },
      { __proto__: null, constructor: 5 },
    ])
      decoded(unsigned({ alg: 'RS256' }, JSON.stringify(claims)))
    expect(decoded(unsigned({ alg: 'RS256' }, '{"__proto__":{"iss":"x"},"exp":"1780000000"}'))).toMatchObject(
      { issuer: undefined, expires: { at: new Date(1_780_000_000_000) } },
    )
  })

  test('names of strangers are escaped wherever they are shown', async () => {
    const hostile = '\u001b[2J\u202eevil\u200b'
    const token = decoded(
      await signed(
        claimsOf({
          sub: hostile,
          aud: [hostile],
          iss: hostile,
          [hostile]: 1,
          'kubernetes.io': { pod: { name: hostile, uid: hostile } },
          jti: hostile,
        }),
        { header: { kid: hostile } },
      ),
    )
    const text = toTokenText(checkToken(token, { name: hostile }), { verbose: true })
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e]/)
    expect(text).toContain('\\u{1b}')
  })
})

describe('the key set of an issuer', () => {
  let server: Server
  let port = 0
  const requests: string[] = []
  let answer: (request: IncomingMessage, response: ServerResponse) => void = () => undefined

  beforeAll(async () => {
    server = createServer(TLS, (request, response) => {
      requests.push(`${request.headers.host} ${request.url}`)
      answer(request, response)
    })
    server.on('error', () => undefined)
    server.on('clientError', (_error, socket) => socket.destroy())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  })

  afterAll(async () => {
    await new Promise((resolve) => {
      server.close(resolve)
      ;(server as Server & { closeAllConnections(): void }).closeAllConnections()
    })
  })

  /** The local server in the place of every host. Only what is not exported can do that. */
  const local = (more: Partial<Network> = {}): Network => ({
    resolve: async () => ['127.0.0.1'],
    isPublic: () => true,
    tls: { ca: TLS.cert, port },
    ...more,
  })
  const fetched = (
    issuer: string | undefined = ISSUER,
    options: Partial<FetchOptions> = {},
    network: Network = local(),
  ): ReturnType<typeof fetchKeySet> =>
    fetchKeySet(issuer, { isNamed: false, timeoutMs: 2000, ...options }, network)

  const discovery = (more: object = {}): string =>
    JSON.stringify({ issuer: ISSUER, jwks_uri: `${ISSUER}/keys`, ...more })
  const serve = (document: string, keys: string = JSON.stringify(KEY_SET)) => {
    requests.length = 0
    answer = (request, response) =>
      response.end(request.url?.endsWith('/openid-configuration') ? document : keys)
  }

  test('is fetched from the place that its discovery document names', async () => {
    serve(discovery())
    expect(await fetched()).toEqual(KEY_SET)
    const path = '/id/8A5F3C1E90B24D67A1C2E3F405162738'
    const host = `oidc.eks.eu-west-1.amazonaws.com:${port}`
    expect(requests).toEqual([`${host} ${path}/.well-known/openid-configuration`, `${host} ${path}/keys`])
    serve(discovery({ issuer: 'https://issuer.example/', jwks_uri: 'https://issuer.example/jwks' }))
    expect(await fetched('https://issuer.example/', { isNamed: true })).toEqual(KEY_SET)
    expect(requests[0]).toMatch(/ \/\.well-known\/openid-configuration$/)
  })

  const answers: readonly (readonly [
    title: string,
    answer: (request: IncomingMessage, response: ServerResponse) => void,
    says: RegExp,
  ])[] = [
    [
      'a redirect',
      (_, response) => response.writeHead(302, { location: `https://127.0.0.1:${port}/elsewhere` }).end(),
      /redirect/,
    ],
    [
      '40 MB',
      (_, response) => {
        response.writeHead(200)
        const chunk = Buffer.alloc(2 ** 20, 0x20)
        let left = 40
        const more = (): void => {
          while (left-- > 0) {
            if (!response.write(chunk)) {
              response.once('drain', more)
              return
            }
          }
          response.end()
        }
        more()
      },
      /larger than 64 KiB/,
    ],
    [
      '40 MB, announced',
      (_, response) => response.writeHead(200, { 'content-length': 40 * 2 ** 20 }).write('{'),
      /larger than 64 KiB/,
    ],
    [
      'something compressed',
      (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
      /compressed/,
    ],
    ['an error', (_, response) => response.writeHead(404).end('secret page'), /status 404/],
    ['no JSON', (_, response) => response.end('<html>secret page'), /not JSON/],
    ['an abyss', (_, response) => response.end('['.repeat(60_000)), /not JSON/],
    ['a list', (_, response) => response.end('[]'), /another issuer/],
    [
      'half an answer',
      (_, response) => {
        response.writeHead(200, { 'content-length': 100 }).write('{')
        setTimeout(() => response.destroy(), 10)
      },
      /closed the connection|cannot be reached/,
    ],
    [
      'a document of another issuer',
      (_, response) => response.end(discovery({ issuer: 'https://evil.example' })),
      /another issuer/,
    ],
    [
      'keys by plain http',
      (_, response) => response.end(discovery({ jwks_uri: ISSUER.replace('https', 'http') })),
      /no https address/,
    ],
    [
      'keys in a file',
      (_, response) => response.end(discovery({ jwks_uri: 'file:///etc/passwd' })),
      /no https address/,
    ],
    [
      'keys with a user',
      (_, response) =>
        response.end(discovery({ jwks_uri: 'https://oidc.eks.eu-west-1.amazonaws.com@evil.example/keys' })),
      /no https address/,
    ],
  ]

  test.each(answers)('is not had from %s', async (_title, how, says) => {
    requests.length = 0
    answer = how
    const error = await refusal(() => fetched())
    expect({ code: error.code, message: error.message }).toEqual({
      code: 'E_FETCH_FAILED',
      message: expect.stringMatching(says),
    })
    expect(error.message).not.toContain('secret page')
    expect(requests).toHaveLength(1)
  })

  test('is not had from another host than that of the issuer', async () => {
    serve(discovery({ jwks_uri: 'https://issuer.example/keys' }))
    expect(await refusal(() => fetched())).toMatchObject({
      code: 'E_FETCH_REFUSED',
      message: expect.stringContaining('`issuer.example`'),
    })
    serve(discovery({ jwks_uri: `${ISSUER.replace('.com/', '.com:8443/')}/keys` }))
    expect((await refusal(() => fetched())).message).toContain('no https address')
    expect(requests).toHaveLength(1)
  })

  test.each([
    ['before the answer', () => undefined],
    [
      'within it',
      (response: ServerResponse) => {
        response.write('{')
        const drip = setInterval(() => response.write(' '), 20)
        response.on('close', () => clearInterval(drip))
      },
    ],
  ])('is given up when the server is slow %s', async (_title, how) => {
    answer = (_, response) => how(response)
    const start = performance.now()
    const error = await refusal(() => fetched(ISSUER, { timeoutMs: 200 }))
    expect(error).toMatchObject({
      code: 'E_FETCH_FAILED',
      message: expect.stringContaining('within 0.2 seconds'),
    })
    expect(performance.now() - start).toBeLessThan(1500)
  })

  test('is given up when a name is slow to resolve, and when the caller says so', async () => {
    const never = local({ resolve: () => new Promise(() => undefined) })
    expect((await refusal(() => fetched(ISSUER, { timeoutMs: 100 }, never))).message).toContain(
      'within 0.1 seconds',
    )
    answer = () => undefined
    const stop = new AbortController()
    const reason = new Error('enough')
    setTimeout(() => stop.abort(reason), 50)
    await expect(fetched(ISSUER, { signal: stop.signal })).rejects.toBe(reason)
  })

  test('is not asked for at addresses that are not public, however the name is written', async () => {
    serve(discovery())
    const strict = local({ isPublic: isPublicAddress })
    expect(await refusal(() => fetched(ISSUER, {}, strict))).toMatchObject({
      code: 'E_FETCH_REFUSED',
      message: expect.stringContaining('`127.0.0.1`, which is not public'),
    })
    // One public address among others does not make the name a public one.
    const mixed = local({ isPublic: isPublicAddress, resolve: async () => ['52.1.2.3', '10.0.0.1'] })
    expect((await refusal(() => fetched(ISSUER, {}, mixed))).code).toBe('E_FETCH_REFUSED')
    // As the library and the command line do it, with the network that there is.
    for (const issuer of [
      'https://127.0.0.1/',
      'https://0x7f.1/',
      'https://2130706433/',
      'https://localhost/',
      'https://[::1]/',
      'https://[::ffff:127.0.0.1]/',
      'https://169.254.169.254/latest',
      'https://[fd00:ec2::254]/',
      'https://10.0.0.1/',
    ]) {
      const token = await signed(claimsOf({ iss: issuer }))
      const error = await refusal(() => verifyToken(token, { fetchJwks: { timeoutMs: 2000 }, issuer }))
      expect([issuer, error.code]).toEqual([issuer, 'E_FETCH_REFUSED'])
    }
    expect(requests).toEqual([])
  })

  test.each([
    ['plain http', ISSUER.replace('https', 'http'), true],
    ['a file', 'file:///etc/passwd', true],
    ['a user', 'https://oidc.eks.eu-west-1.amazonaws.com@issuer.example/id/8A5F', true],
    ['a port', 'https://oidc.eks.eu-west-1.amazonaws.com:8443/id/8A5F', true],
    ['a query', `${ISSUER}?x=1`, true],
    ['a backslash', 'https://oidc.eks.eu-west-1.amazonaws.com\\@issuer.example/id/8A5F', true],
    ['no issuer', '', true],
    ['a host that nobody named', 'https://issuer.example/id/8A5F', false],
    [
      'a host that looks like one of EKS',
      'https://oidc.eks.eu-west-1.amazonaws.com.issuer.example/id/8A5F',
      false,
    ],
    ['a path that no cluster has', 'https://oidc.eks.eu-west-1.amazonaws.com/id/../8A5F', false],
    ['another service of EKS', 'https://oidc-eks.eu-west-1.api.example/id/8A5F', false],
    ['the legacy issuer', 'kubernetes/serviceaccount', true],
  ])('is not asked for of %s', async (_title, issuer, isNamed) => {
    requests.length = 0
    expect((await refusal(() => fetched(issuer, { isNamed }))).code).toBe('E_FETCH_REFUSED')
    expect(requests).toEqual([])
  })

  test('is not asked for where the header says that it is, nor for another issuer than the one named', async () => {
    serve(discovery())
    const header = {
      jku: `https://127.0.0.1:${port}/keys`,
      x5u: `https://127.0.0.1:${port}/chain`,
      jwk: publicKey('stranger'),
    }
    const token = await signed(claimsOf(), { key: 'stranger', header })
    expect(await verdict(token)).toMatchObject({ holds: false, reason: 'signature' })
    expect(
      await verdict(token, {
        jwks: undefined,
        fetchJwks: true,
        issuer: 'https://issuer.example',
      } as Partial<VerifyOptions>),
    ).toMatchObject({ reason: 'issuer' })
    // An algorithm that is none needs no keys either.
    expect(
      await verdict(unsigned({ alg: 'none' }, claimsOf(), ''), {
        jwks: undefined,
        fetchJwks: true,
      } as Partial<VerifyOptions>),
    ).toMatchObject({ reason: 'algorithm' })
    expect(requests).toEqual([])
  })

  test('is had from no server whose certificate nobody trusts', async () => {
    serve(discovery())
    expect(await refusal(() => fetched(ISSUER, {}, local({ tls: { port } })))).toMatchObject({
      code: 'E_FETCH_FAILED',
      message: expect.stringContaining('certificate'),
    })
    const other = 'https://oidc.eks.us-east-1.amazonaws.com/id/8A5F'
    expect(await refusal(() => fetched(other))).toMatchObject({
      message: expect.stringContaining('certificate'),
    })
    expect(requests).toEqual([])
  })

  test('public addresses are told from all others', () => {
    const hidden = [
      '0.0.0.0',
      '10.1.2.3',
      '100.64.0.1',
      '127.255.255.254',
      '169.254.170.23',
      '172.31.255.255',
      '192.0.0.8',
      '192.168.1.1',
      '198.19.0.1',
      '224.0.0.1',
      '255.255.255.255',
      '::',
      '::1',
      '::ffff:8.8.8.8',
      '64:ff9b::7f00:1',
      'fe80::1',
      'fe80::1%eth0',
      'fc00::1',
      'fd00:ec2::23',
      'ff02::1',
      '2001::1',
      '2001:db8::1',
      '2002:7f00:1::',
      '',
      'localhost',
      '1.2.3',
      '0x7f.1',
    ]
    const open = [
      '8.8.8.8',
      '52.94.1.1',
      '172.32.0.1',
      '172.15.0.1',
      '100.63.0.1',
      '100.128.0.1',
      '192.169.0.1',
      '2600:1f18::1',
      '2a05:d018::1',
    ]
    expect(hidden.filter(isPublicAddress)).toEqual([])
    expect(open.filter((address) => !isPublicAddress(address))).toEqual([])
  })
})

test('no result, report or error of all the above holds a token, a signature or a part of one', async () => {
  const { found: leaked, tokens, shown } = leaks()
  expect(leaked).toEqual([])
  expect(tokens).toBeGreaterThan(60)
  expect(shown).toBeGreaterThan(400)
  // The watch sees what it is there for.
  const token = await signed(claimsOf())
  const [, claims = '', signature = ''] = token.split('.')
  for (const leak of [`at ${token}`, `"${claims}"`, `(${signature})`])
    expect(leaks([leak]).found.length).toBeGreaterThan(0)
})
