/** The reference evaluator against the vectors, and the generator against its promises. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { parseTrustPolicy } from '../../src/policy/parse.js'
import type { Outcome } from '../../src/policy/request.js'
import { OPERATOR_CELLS, TABLE_24, cellsOfTable24, operatorCells } from './cells.js'
import { referenceEvaluate } from './evaluator.js'
import { generateCase } from './generate.js'
import { keysOf } from './keys.js'
import { glob, globMatches, lowerCase, parseAddress, parseDate, parseNumber } from './literals.js'
import { referenceMembership } from './membership.js'
import type { ReferenceModel } from './membership.js'
import { requestOf } from './requests.js'
import type { Vector, VectorCase, VectorFile } from './requests.js'

const file = JSON.parse(
  readFileSync(new URL('../../../../vectors/trust.json', import.meta.url), 'utf8'),
) as VectorFile

const policyOf = (vector: Vector) => parseTrustPolicy(vector.policyText ?? JSON.stringify(vector.policy))

describe('the vectors', () => {
  const rows = file.vectors.flatMap((vector) => vector.cases.map((which) => ({ vector, which })))

  test.each(rows.map((row) => [`${row.vector.id}. ${row.vector.title}: ${row.which.name}`, row] as const))(
    '%s',
    (_, { vector, which }) => {
      const policy = policyOf(vector)
      const request = requestOf(vector, which, keysOf(policy))
      if (typeof request === 'string') expect([request, which.expected]).toEqual([which.reason, 'denied'])
      else expect([referenceEvaluate(policy, request), which.reason]).toEqual([which.expected, undefined])
    },
  )

  test('every vector is whole', () => {
    expect(file.vectors.map(({ id }) => id)).toEqual(file.vectors.map((_, index) => index + 1))
    for (const vector of file.vectors) {
      expect(vector.sources.length).toBeGreaterThan(0)
      expect([vector.policy, vector.policyText].filter((one) => one !== undefined)).toHaveLength(1)
      const names = vector.cases.map(({ name }) => name)
      expect(new Set(names).size).toBe(names.length)
      for (const which of vector.cases) {
        expect(which.expectedReading !== undefined).toBe(which.expected === 'undecided')
      }
    }
  })
})

describe('values', () => {
  test.each([
    ['2026', '2026-01-01T00:00:00Z'],
    ['2026-06', '2026-06-01T00:00:00Z'],
    ['2026-06-01T01:00+01:00', '2026-06-01T00:00:00.000Z'],
    ['2026-06-01T00:00:00.2509-00:30', '2026-06-01T00:30:00.250Z'],
    ['1767225600.1239', '2026-01-01T00:00:00.123Z'],
  ])('the date %s is %s', (text, same) => expect(parseDate(text)).toBe(Date.parse(same)))

  test.each([
    '2026-13',
    '2026-02-30',
    '2026-06-01T12:00',
    '2026-06-01T24:00Z',
    '2026-06-01 12:00Z',
    '',
    '1e3',
  ])('%j is no date', (text) => expect(parseDate(text)).toBeUndefined())

  test('numbers', () => {
    expect(['+5', '007', '-3.50', '5.', '.5', '1e3', ' 5', ''].map(parseNumber)).toEqual([
      5,
      7,
      -3.5,
      ...Array<undefined>(5).fill(undefined),
    ])
  })

  test('addresses', () => {
    const same = [
      ['2001:db8::7', '2001:0DB8:0:0:0:0:0:7'],
      ['::ffff:10.0.0.1', '10.0.0.1'],
      ['::', '0:0:0:0:0:0:0:0'],
      ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
    ]
    for (const [one, other] of same) expect([one, parseAddress(one!)]).toEqual([one, parseAddress(other!)])
    const wrong = [
      '10.0.0',
      '10.0.0.256',
      '010.0.0.1',
      '1::2::3',
      ':1::',
      '1:2:3:4:5:6:7:8::',
      '12345::',
      '1.2.3.4::',
    ]
    for (const text of [...wrong, '', ':::', 'fe80::1%eth0'])
      expect([text, parseAddress(text)]).toEqual([text, undefined])
  })

  test('text', () => {
    expect(['\u0130', '\u212a', '\u00c9', '\u017f'].map(lowerCase)).toEqual([
      '\u0130',
      'k',
      '\u00e9',
      '\u017f',
    ])
    expect(['', 'p', 'pd', 'p:/\nd', 'pdx'].map((text) => globMatches(glob('p**d'), text))).toEqual([
      false,
      false,
      true,
      true,
      false,
    ])
    expect(['\u{1f600}', 'x', 'xy'].map((text) => globMatches(glob('??'), text))).toEqual([true, false, true])
  })
})

describe('the generator', () => {
  const count = Math.min(Number(process.env['PODTRUST_CASES'] ?? 12000), 100_000)

  test('the same seed and number give the same case', () => {
    expect(generateCase(7, 11)).toEqual(generateCase(7, 11))
    expect(generateCase(7, 11).text).not.toBe(generateCase(8, 11).text)
  })

  test('every outcome has its share, and every cell of the truth table is visited', () => {
    const shares = new Map<Outcome, number>()
    const cells = new Map<string, number>()
    for (let index = 0; index < count; index++) {
      const { text, request } = generateCase(1, index)
      const policy = parseTrustPolicy(text)
      const outcome = referenceEvaluate(policy, request)
      shares.set(outcome, (shares.get(outcome) ?? 0) + 1)
      for (const cell of [...cellsOfTable24(policy, request), ...operatorCells(policy, request)]) {
        cells.set(cell, (cells.get(cell) ?? 0) + 1)
      }
    }
    for (const outcome of ['allowed', 'denied', 'undecided'] as const) {
      expect((shares.get(outcome) ?? 0) / count).toBeGreaterThan(0.1)
    }
    expect(TABLE_24.filter((cell) => !cells.has(cell))).toEqual([])
    // NullIfExists does not exist, and the full product is for long runs
    const missed = OPERATOR_CELLS.filter((cell) => !cells.has(cell))
    expect(missed.length / OPERATOR_CELLS.length).toBeLessThan(count >= 50_000 ? 0.01 : 0.2)
  })
})

describe('membership by brute force', () => {
  const irsa = file.vectors.find(({ mechanism }) => mechanism === 'irsa')!
  if (irsa.mechanism !== 'irsa') throw new Error('no vector for IRSA')
  const { facts } = irsa
  const model: ReferenceModel = {
    caller: { type: 'web-identity', provider: facts.provider },
    actions: ['sts:AssumeRoleWithWebIdentity'],
    subject: [{ key: `${facts.issuer}:sub`, prefix: 'system:serviceaccount:', part: 'word' }],
    fixed: {},
    chosen: [
      { key: `${facts.issuer}:aud`, mayBeAbsent: false, values: ['sts.amazonaws.com', 'vault'] },
      { key: 'sts:RoleSessionName', mayBeAbsent: false, allows: (text) => /^[\w=,.@+-]{2,64}$/.test(text) },
      { key: 'aws:SourceIp', mayBeAbsent: true, allows: (text) => /^[0-9a-f]*[.:]/.test(text) },
      { key: 'aws:CurrentTime', mayBeAbsent: false, allows: (text) => /^20\d\d-/.test(text) },
    ],
    unknown: [
      { key: `${facts.issuer}:oaud`, mayBeAbsent: true },
      { key: 'aws:FederatedProvider', mayBeAbsent: true },
      { key: 'aws:ResourceTag/*', mayBeAbsent: true, mayBeEmpty: true },
    ],
  }
  const admits = (conditions: string, word = 'prod:app') => {
    const principal = JSON.stringify({ Federated: facts.provider })
    const text = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":${principal},"Action":"sts:*","Condition":${conditions}}}`
    return referenceMembership(parseTrustPolicy(text), model, word)
  }

  test('what the caller chooses is no barrier', () => {
    const sub = `${facts.issuer}:sub`
    expect(admits(`{"StringLike":{"${sub}":"*:app"},"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`)).toEqual({
      certain: true,
      possible: true,
    })
    expect(
      admits('{"IpAddress":{"aws:SourceIp":"10.1.0.0/16"},"StringEquals":{"sts:RoleSessionName":"x"}}'),
    ).toEqual({
      certain: false,
      possible: false,
    })
    expect(admits(`{"StringLike":{"${sub}":"system:serviceaccount:\${sts:RoleSessionName}:app"}}`)).toEqual({
      certain: true,
      possible: true,
    })
    expect(
      admits(
        `{"StringLike":{"sts:RoleSessionName":["a*b","c?"]},"StringNotLike":{"sts:RoleSessionName":"?b"}}`,
      ),
    ).toEqual({
      certain: true,
      possible: true,
    })
  })

  test('what nobody knows is no proof', () => {
    expect(admits('{"StringEquals":{"aws:FederatedProvider":"x"}}')).toEqual({
      certain: false,
      possible: true,
    })
    expect(admits('{"StringEquals":{"aws:PrincipalArn":"x"}}')).toEqual({ certain: false, possible: false })
    expect(admits('{"Null":{"aws:ResourceTag/x":["true","false"]}}')).toEqual({
      certain: true,
      possible: true,
    })
    expect(
      admits('{"StringLikeIfExists":{"aws:ResourceTag/x":"a*"},"StringNotLike":{"aws:ResourceTag/x":"a*"}}'),
    ).toEqual({ certain: false, possible: true })
  })

  const only = (which: VectorCase): boolean =>
    !which.audience && !which.sessionName && which.expected !== 'undecided'
  test('the vectors, with time, place and session name open', () => {
    for (const vector of file.vectors) {
      if (vector.mechanism !== 'irsa' || vector.policyText) continue
      for (const which of vector.cases.filter(only)) {
        const found = referenceMembership(
          policyOf(vector),
          model,
          `${which.namespace}:${which.serviceAccount}`,
        )
        const allowed = which.expected === 'allowed'
        expect([vector.id, which.name, found]).toEqual([
          vector.id,
          which.name,
          { certain: allowed, possible: allowed },
        ])
      }
    }
  })
})
