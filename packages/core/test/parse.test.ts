import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'

import type { Condition, Statement, TrustPolicy } from '../src/policy/ast.js'
import { hasHole } from '../src/policy/limits.js'
import { parseIpBlock } from '../src/policy/ip.js'
import { isArnText, parseBase64, parseDate, parseNumber } from '../src/policy/literals.js'
import { equalPolicies, normalConditions } from '../src/policy/normal-form.js'
import { parseTrustPolicy, parseTrustPolicyDocument } from '../src/policy/parse.js'
import { printTrustPolicy } from '../src/policy/print.js'
import type { Location } from '../src/text/location.js'

const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE'
const PROVIDER = `arn:aws:iam::111122223333:oidc-provider/${ISSUER}`

const healthy = {
  Effect: 'Allow',
  Principal: { Federated: PROVIDER },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: {
    StringEquals: {
      [`${ISSUER}:sub`]: 'system:serviceaccount:team:app',
      [`${ISSUER}:aud`]: 'sts.amazonaws.com',
    },
  },
}

const document = (...statements: unknown[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements })
const policyOf = (changes: object): TrustPolicy => parseTrustPolicy(document({ ...healthy, ...changes }))
/** A statement as text, so that it can repeat keys. */
const policyText = (inside: string): TrustPolicy =>
  parseTrustPolicy(`{"Version": "2012-10-17", "Statement": [{${inside}}]}`)

function only(policy: TrustPolicy): Statement {
  const [statement] = policy.statements
  if (statement === undefined || policy.statements.length !== 1) throw new Error('not one statement')
  return statement
}

const errors = ({ problems }: TrustPolicy): (string | undefined)[] => problems.map(({ iamError }) => iamError)
const messages = ({ problems }: TrustPolicy): string[] => problems.map(({ message }) => message)
const conditionsOf = (Condition: unknown): readonly Condition[] => only(policyOf({ Condition })).conditions

describe('a healthy policy', () => {
  test('becomes plain data without problems', () => {
    expect(parseTrustPolicy(document({ Sid: 'One', ...healthy }))).toEqual({
      version: '2012-10-17',
      problems: [],
      size: document({ Sid: 'One', ...healthy }).length,
      statements: [
        {
          index: 0,
          pointer: '/Statement/0',
          sid: 'One',
          effect: 'Allow',
          principal: {
            kind: 'principals',
            pointer: '/Statement/0/Principal',
            entries: [{ type: 'Federated', value: PROVIDER, pointer: '/Statement/0/Principal/Federated' }],
          },
          action: {
            kind: 'actions',
            pointer: '/Statement/0/Action',
            patterns: ['sts:AssumeRoleWithWebIdentity'],
          },
          conditions: [
            {
              operator: { base: 'StringEquals', ifExists: false, text: 'StringEquals' },
              key: `${ISSUER.toLowerCase()}:sub`,
              keyText: `${ISSUER}:sub`,
              values: ['system:serviceaccount:team:app'],
              pointer: `/Statement/0/Condition/StringEquals/${ISSUER.replaceAll('/', '~1')}:sub`,
              isList: false,
            },
            expect.objectContaining({ keyText: `${ISSUER}:aud`, values: ['sts.amazonaws.com'] }),
          ],
        },
      ],
    })
  })

  test('may have one statement without a list, a byte order mark, an id, and no version', () => {
    const policy = parseTrustPolicy(`\ufeff${JSON.stringify({ Id: 'any', Statement: healthy })}`)
    expect(only(policy).pointer).toBe('/Statement')
    expect(policy.version).toBe('2008-10-17')
    expect(messages(policy)).toEqual(['the policy holds U+FEFF, and IAM takes characters up to U+00FF only'])
  })

  test('has the size of its characters without white space', () => {
    const policy = parseTrustPolicy(JSON.stringify({ Statement: [healthy] }, null, '\t\r\n '.slice(0, 4)))
    expect(policy.size).toBe(JSON.stringify({ Statement: [healthy] }).length)
  })

  test('numbers and booleans are their text', () => {
    const [condition] = conditionsOf({ Bool: { 'aws:SecureTransport': [true, false], x: 17 } })
    expect(condition?.values).toEqual(['true', 'false'])
    expect(conditionsOf({ NumericLessThan: { k: 3600 } })[0]?.values).toEqual(['3600'])
  })

  test.each([
    ['StringEquals', { base: 'StringEquals', ifExists: false }],
    ['stringlikeifexists', { base: 'StringLike', ifExists: true }],
    ['ForAllValues:StringLike', { base: 'StringLike', set: 'ForAllValues', ifExists: false }],
    ['FORANYVALUE:arnlikeIfExists', { base: 'ArnLike', set: 'ForAnyValue', ifExists: true }],
    ['Null', { base: 'Null', ifExists: false }],
    ['StringLikeIgnoreCase', { base: undefined, ifExists: false }],
    ['ForSomeValues:StringLike', { base: undefined, ifExists: false }],
    ['IfExists', { base: undefined, ifExists: true }],
    ['ForAllValues:', { base: undefined, set: 'ForAllValues', ifExists: false }],
    ['', { base: undefined, ifExists: false }],
  ])('the operator name %j is read in any letter case', (text, expected) => {
    const [condition] = conditionsOf({ [text]: { k: text.toLowerCase().includes('arn') ? '*' : 'true' } })
    expect(condition?.operator).toEqual({ ...expected, text })
  })

  test.each([
    ['123456789012'],
    ['*'],
    ['arn:aws:iam::123456789012:root'],
    ['arn:aws-us-gov:iam::123456789012:role/path/to/name'],
    ['arn:aws:iam::123456789012:user/name'],
    ['arn:aws:sts::123456789012:assumed-role/name/session'],
    ['arn:aws:sts::123456789012:federated-user/name'],
    ['AROA1234567890EXAMPLE'],
  ])('the AWS principal %s is accepted', (AWS) => {
    expect(policyOf({ Principal: { AWS } }).problems).toEqual([])
  })

  test.each([
    ['cognito-identity.amazonaws.com'],
    ['arn:aws:iam::123456789012:saml-provider/Name'],
    [PROVIDER],
  ])('the identity provider %s is accepted', (Federated) => {
    expect(policyOf({ Principal: { Federated } }).problems).toEqual([])
  })

  test('wildcards in actions, empty statement ids and an empty condition are accepted', () => {
    const statement = { ...healthy, Sid: '', Action: ['*', 'sts:*', 'STS:assumerole*'], Condition: {} }
    expect(parseTrustPolicy(document(statement, statement)).problems).toEqual([])
  })
})

describe('what IAM refuses', () => {
  test.each<[string, object, string | undefined]>([
    ['a bare star', { Principal: '*' }, 'AssumeRolepolicy contained an invalid principal: "STAR":"*".'],
    ['an empty principal', { Principal: {} }, 'Missing required field Principal cannot be empty!'],
    [
      'an empty list of principals',
      { Principal: { AWS: [] } },
      'Missing required field Principal cannot be empty!',
    ],
    [
      'a wildcard in an ARN',
      { Principal: { AWS: 'arn:aws:iam::123456789012:role/app-*' } },
      'Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:role/app-*"',
    ],
    ['a name for an account', { Principal: { AWS: 'me' } }, 'Invalid principal in policy: "AWS":"me"'],
    ['a wildcard service', { Principal: { Service: '*' } }, 'Invalid principal in policy: "SERVICE":"*"'],
    [
      'a wildcard provider',
      { Principal: { Federated: `${PROVIDER}*` } },
      'Federated principals must be valid domain names or SAML metadata ARNs',
    ],
    [
      'an empty provider',
      { Principal: { Federated: '' } },
      'Federated principals must be valid domain names or SAML metadata ARNs',
    ],
    [
      'a template left in a provider',
      { Principal: { Federated: 'arn:aws:iam::${account}:oidc-provider/x.y' } },
      'Federated principals must be valid domain names or SAML metadata ARNs',
    ],
    [
      'a provider URL',
      { Principal: { Federated: `https://${ISSUER}` } },
      'Federated principals must be valid domain names or SAML metadata ARNs',
    ],
    [
      'an action of another service',
      { Action: 'ec2:*' },
      'AssumeRole policy may only specify STS AssumeRole actions.',
    ],
    [
      'an action without a service',
      { Action: 'Allow' },
      'AssumeRole policy may only specify STS AssumeRole actions.',
    ],
    ['an empty list of actions', { Action: [] }, 'Missing required field Action'],
    ['an empty list of values', { Condition: { StringEquals: { k: [] } } }, undefined],
    ['an unknown operator', { Condition: { StringLikeIgnoreCase: { k: 'v' } } }, undefined],
    ['a number that is none', { Condition: { NumericEquals: { k: ['1', 'one'] } } }, undefined],
    ['a date that is none', { Condition: { DateLessThan: { k: '2026-02-30' } } }, undefined],
    ['an address that is none', { Condition: { IpAddress: { k: '10.0.0.0/33' } } }, undefined],
    ['an ARN that is none', { Condition: { ArnLike: { k: 'system:serviceaccount:a:b' } } }, undefined],
    ['base64 that is none', { Condition: { BinaryEquals: { k: 'abc' } } }, undefined],
    ['keys that differ in case', { Condition: { StringEquals: { 'aws:K': 'a', 'aws:k': 'b' } } }, undefined],
    ['a statement id with a space', { Sid: 'a b' }, undefined],
  ])('%s is refused and yet readable', (_, changes, iamError) => {
    const policy = policyOf(changes)
    expect(policy.problems.map(({ kind }) => kind)).toEqual(['refused'])
    expect(errors(policy)).toEqual([iamError])
    expect(only(policy).unreadable).toBeUndefined()
  })

  test.each<[string, object, string | undefined]>([
    ['Resource', { Resource: '*' }, 'Has prohibited field Resource'],
    ['an unknown element', { __doc_comment: 'x' }, undefined],
    ['an effect in another case', { Effect: 'allow' }, undefined],
    ['an effect that is no text', { Effect: null }, undefined],
    ['an action that is no text', { Action: [{}] }, undefined],
    ['a condition that is no object', { Condition: null }, undefined],
    ['an operator without a block', { Condition: { StringEquals: 'x' } }, undefined],
    ['a principal that is a name', { Principal: 'arn:aws:iam::123456789012:root' }, undefined],
    ['a principal that is a list', { Principal: ['*'] }, undefined],
    ['an unknown type of principal', { Principal: { Users: '*' } }, undefined],
    ['a type of principal in another case', { Principal: { federated: PROVIDER } }, undefined],
    ['a principal that is no text', { Principal: { AWS: [null] } }, undefined],
  ])('%s is refused and makes the statement unreadable', (_, changes, iamError) => {
    const policy = policyOf(changes)
    expect(policy.problems.map(({ kind }) => kind)).toEqual(['refused'])
    expect(errors(policy)).toEqual([iamError])
    expect(only(policy).unreadable).toEqual(expect.any(String))
  })

  test.each(['Effect', 'Principal', 'Action'])(
    'a statement without %s is refused and unreadable',
    (element) => {
      const policy = policyOf({ [element]: undefined })
      expect(errors(policy)).toEqual([`Missing required field ${element}`])
      expect(only(policy).unreadable).toBe(`the statement has no \`${element}\``)
    },
  )

  test('NotPrincipal is refused and still says who is left out', () => {
    const { Principal: _, ...rest } = healthy
    const policy = parseTrustPolicy(document({ ...rest, NotPrincipal: { AWS: '111122223333' } }))
    expect(errors(policy)).toEqual(['AssumeRole policy must not contain NotPrincipal field.'])
    expect(only(policy).principal).toMatchObject({
      kind: 'not-principals',
      entries: [{ value: '111122223333' }],
    })
    expect(only(policy).unreadable).toBeUndefined()
  })

  test('an element and its negation together cannot be read', () => {
    expect(only(policyOf({ NotAction: 'sts:AssumeRole' })).action.kind).toBe('unreadable')
    expect(only(policyOf({ NotPrincipal: { AWS: '*' } })).principal.kind).toBe('unreadable')
  })

  test('statement ids are unique', () => {
    const policy = parseTrustPolicy(document({ ...healthy, Sid: 'A' }, { ...healthy, Sid: 'A' }))
    expect(errors(policy)).toEqual(['The Statement Ids in the policy are not unique'])
  })

  test('NullIfExists reads as a condition that may match', () => {
    const policy = policyOf({ Condition: { NullIfExists: { k: 'false' } } })
    expect(only(policy).conditions[0]).toMatchObject({ operator: { base: 'Null' }, unreadable: true })
    expect(policy.problems).toHaveLength(1)
  })

  test('null and objects among values make the condition unreadable and keep the other values', () => {
    const policy = policyOf({ Condition: { StringEquals: { k: ['a', null, { b: 1 }, ['c']], l: 'd' } } })
    expect(only(policy).conditions).toMatchObject([{ values: ['a'], unreadable: true }, { values: ['d'] }])
    expect(only(policy).conditions[1]).not.toHaveProperty('unreadable')
    expect(policy.problems.map(({ pointer }) => pointer)).toEqual(
      [1, 2, 3].map((index) => `/Statement/0/Condition/StringEquals/k/${index}`),
    )
  })

  test('characters that IAM does not take are refused once, unless they stand for an unknown value', () => {
    expect(messages(policyOf({ Condition: { StringEquals: { k: ['中', '文'] } } }))).toEqual([
      'the policy holds U+4E2D, and IAM takes characters up to U+00FF only',
    ])
    const hole = '\ue007'
    expect(hasHole(hole)).toBe(true)
    const Condition = { NumericEquals: { k: hole }, ArnLike: { k: hole } }
    expect(policyOf({ Principal: { Federated: hole, AWS: [hole] }, Condition }).problems).toEqual([])
  })
})

describe('doubt about the whole document', () => {
  test.each<[string, string]>([
    ['', 'the policy is not JSON: the text is empty at line 1, column 1'],
    [
      '{"Version": "2012-10-17",}',
      'the policy is not JSON: a comma stands before the closing brace at line 1, column 26',
    ],
    ['null', 'the policy is null, not an object'],
    ['7', 'the policy is a number, not an object'],
    ['[]', 'the policy is a list, not an object'],
    ['"{}"', 'the policy is a string, not an object'],
  ])('%j is a policy that says nothing and a problem', (text, message) => {
    const policy = parseTrustPolicy(text)
    expect(policy.statements).toEqual([])
    expect(policy.problems).toMatchObject([{ kind: 'unreadable', message, pointer: '' }])
  })

  test.each(['{}', '{"Statement": []}'])('%s has no statement, which IAM refuses', (text) => {
    const policy = parseTrustPolicy(text)
    expect(policy.statements).toEqual([])
    expect(errors(policy)).toEqual(['Could not parse the policy: Statement is empty!'])
  })

  test.each(['"2012-10-18"', '""', 'null', '["2012-10-17"]'])(
    'the version %s makes every statement unreadable',
    (version) => {
      const policy = parseTrustPolicy(`{"Version": ${version}, "Statement": [${JSON.stringify(healthy)}]}`)
      expect(policy.version).toBe('2012-10-17')
      expect(errors(policy)).toEqual(['The policy must contain a valid version string'])
      expect(only(policy).unreadable).toMatch(/^the policy version is /)
    },
  )

  test('elements in another letter case are read and never trusted', () => {
    const policy = parseTrustPolicy(JSON.stringify({ version: '2008-10-17', Statement: healthy }))
    expect(policy.version).toBe('2012-10-17')
    expect(only(policy).unreadable).toBe('`version` is not spelled `Version`')
    expect(only(parseTrustPolicy(JSON.stringify({ statement: healthy })))).toMatchObject({
      effect: 'Allow',
      principal: { kind: 'principals' },
      unreadable: '`statement` is not spelled `Statement`',
    })
    const both = parseTrustPolicy(JSON.stringify({ statement: [healthy], Statement: [healthy] }))
    expect(both.statements.map(({ unreadable }) => unreadable)).toEqual([
      expect.any(String),
      expect.any(String),
    ])
    const { Principal: principal, Condition: condition, ...rest } = healthy
    const statement = only(parseTrustPolicy(document({ ...rest, principal, condition })))
    expect(statement.principal).toMatchObject({ kind: 'principals', entries: [{ value: PROVIDER }] })
    expect(statement.conditions).toEqual([])
    expect(statement.unreadable).toBe('`principal` is no element of a statement')
    const twice = only(policyOf({ principal: { AWS: '*' } }))
    expect(twice.principal.kind).toBe('unreadable')
  })

  test('a statement that cannot be read does not hide the others', () => {
    const { statements, problems } = parseTrustPolicy(document(healthy, 'x', null, healthy))
    expect(statements.map(({ unreadable }) => unreadable)).toEqual([
      undefined,
      'the statement is a string, not an object',
      'the statement is null, not an object',
      undefined,
    ])
    expect(statements[1]).toMatchObject({ effect: undefined, principal: { kind: 'unreadable' } })
    expect(problems).toHaveLength(2)
  })
})

describe('repeated keys', () => {
  const rest = '"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"'
  const readings = (statement: Statement) =>
    statement.readings?.map((conditions) =>
      conditions.map(({ key, values }) => `${key}=${values.join('|')}`).toSorted(),
    )

  test('two blocks of one operator may be either', () => {
    const policy = policyText(
      `${rest}, "Condition": {"StringEquals": {"a": "1"}, "Bool": {"c": true}, "StringEquals": {"b": "2"}}`,
    )
    expect(readings(only(policy))).toEqual([
      ['b=2', 'c=true'],
      ['a=1', 'c=true'],
    ])
    expect(only(policy).readings?.[0]).toBe(only(policy).conditions)
    expect(policy.problems).toEqual([
      {
        kind: 'duplicate-key',
        message: '`StringEquals` stands twice in one object; JSON keeps only the last',
        pointer: '/Statement/0/Condition/StringEquals',
      },
    ])
    expect(only(policy).unreadable).toBeUndefined()
  })

  test('two values of one key may be either, and combine with other repeated keys', () => {
    const policy = policyText(
      `${rest}, "Condition": {"StringEquals": {"a": "1", "a": "2", "b": "3", "b": "4"}}`,
    )
    expect(readings(only(policy))?.toSorted()).toEqual([
      ['a=1', 'b=3'],
      ['a=1', 'b=4'],
      ['a=2', 'b=3'],
      ['a=2', 'b=4'],
    ])
    expect(readings(only(policy))?.[0]).toEqual(['a=2', 'b=4'])
  })

  test('two conditions of one statement may be either', () => {
    const policy = policyText(`${rest}, "Condition": {"StringEquals": {"a": "1"}}, "Condition": {}`)
    expect(readings(only(policy))).toEqual([[], ['a=1']])
  })

  test('copies that say the same leave no doubt', () => {
    const policy = policyText(
      `${rest}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"a": "1", "a": "1"}}`,
    )
    expect(only(policy)).not.toHaveProperty('readings')
    expect(only(policy).unreadable).toBeUndefined()
    expect(policy.problems.map(({ kind }) => kind)).toEqual(['duplicate-key', 'duplicate-key'])
  })

  test('copies that only look the same because each dropped something leave doubt', () => {
    const policy = policyText(
      `${rest}, "Condition": {"StringEquals": {"a": "1", "a": "2"}, "StringEquals": {"a": "2"}}`,
    )
    expect(readings(only(policy))).toContainEqual(['a=1'])
  })

  test('too many readings leave what holds in all of them', () => {
    const many = Array.from({ length: 7 }, (_, index) => `"k${index}": "1", "k${index}": "2"`).join()
    const policy = policyText(
      `${rest}, "Condition": {"StringEquals": {"sure": "x", ${many}}, "Bool": {"too": "true"}}`,
    )
    expect(only(policy).readings?.map(normalConditions)).toEqual([
      normalConditions(only(policy).conditions),
      normalConditions(only(policy).conditions.filter(({ key }) => key === 'sure' || key === 'too')),
    ])
    expect(only(policy).unreadable).toEqual(expect.any(String))
  })

  test('whatever copy is kept, its conditions are one of the readings', () => {
    type Members = readonly (readonly [string, unknown])[]
    const value = fc.constantFrom('1', '2')
    const block = fc.array(fc.tuple(fc.constantFrom('a', 'b'), value), { maxLength: 3 })
    const element = fc.array(fc.tuple(fc.constantFrom('StringEquals', 'StringLike'), block), { maxLength: 3 })
    const write = (members: Members, inner: (value: never) => string): string =>
      `{${members.map(([key, item]) => `${JSON.stringify(key)}: ${inner(item as never)}`).join()}}`
    /** Every way of keeping one member of each key. */
    const kept = <T>(members: readonly (readonly [string, T])[]): (readonly (readonly [string, T])[])[] =>
      [...new Set(members.map(([key]) => key))].reduce<(readonly (readonly [string, T])[])[]>(
        (ways, key) =>
          ways.flatMap((way) => members.filter(([name]) => name === key).map((member) => [...way, member])),
        [[]],
      )
    fc.assert(
      fc.property(fc.array(element, { minLength: 1, maxLength: 2 }), (elements) => {
        const text = (condition: string) => policyText(`${rest}, ${condition}`)
        const print = (each: Members) =>
          write(each, (inner: Members) => write(inner, (item) => JSON.stringify(item)))
        const parsed = only(text(elements.map((each) => `"Condition": ${print(each)}`).join()))
        const found = new Set((parsed.readings ?? [parsed.conditions]).map(normalConditions))
        const expected = new Set(
          elements
            .flatMap((each) => kept(each))
            .flatMap((each) =>
              each.reduce<Members[]>(
                (ways, [name, inner]) =>
                  ways.flatMap((way) => kept(inner).map((one): Members => [...way, [name, one]])),
                [[]],
              ),
            )
            .map((each) => normalConditions(only(text(`"Condition": ${print(each)}`)).conditions)),
        )
        if (parsed.unreadable === undefined) expect(found).toEqual(expected)
      }),
      { numRuns: 200 },
    )
  })

  test('whatever copies are kept anywhere, no grant is missed and no deny is trusted that may be gone', () => {
    type Value = string | readonly Value[] | { readonly members: readonly (readonly [string, Value])[] }
    const membersOf = (keys: readonly string[], value: fc.Arbitrary<Value>, maxLength: number) =>
      fc.array(fc.tuple(fc.constantFrom(...keys), value), { maxLength }).map((members) => ({ members }))
    const values = fc.constantFrom<Value>('1', '2', ['1', '2'], ['3'])
    const who = membersOf(['AWS', 'Service', 'aws'], fc.constantFrom<Value>('111122223333', ['a.b', '*']), 3)
    const what = fc.constantFrom<Value>('sts:AssumeRole', ['sts:TagSession', 'sts:*'], [])
    const blocks = membersOf(['StringEquals', 'Bool'], membersOf(['a', 'b'], values, 3), 3)
    const element = fc.oneof(
      fc.tuple(fc.constantFrom('Effect', 'Effect', 'effect'), fc.constantFrom<Value>('Allow', 'Deny')),
      fc.tuple(
        fc.constantFrom('Principal', 'Principal', 'NotPrincipal', 'principal'),
        fc.oneof(who, fc.constant('*')),
      ),
      fc.tuple(fc.constantFrom('Action', 'Action', 'NotAction', 'action'), what),
      fc.tuple(fc.constantFrom('Condition', 'Condition', 'condition'), blocks),
    )
    const base: readonly (readonly [string, Value])[] = [
      ['Effect', 'Allow'],
      ['Principal', { members: [['AWS', '*']] }],
      ['Action', 'sts:AssumeRole'],
    ]
    const statement = fc
      .tuple(fc.subarray([...base], { minLength: 2 }), fc.array(element, { maxLength: 4 }))
      .map(([some, more]) => ({ members: [...some, ...more] }))
    const elements = fc.oneof(statement, fc.array(statement, { maxLength: 2 }))
    const top = fc.oneof(
      { weight: 3, arbitrary: fc.tuple(fc.constantFrom('Statement'), elements) },
      fc.tuple(fc.constantFrom('Version'), fc.constantFrom<Value>('2012-10-17', '2008-10-17')),
    )
    const whole = fc.array(top, { minLength: 1, maxLength: 4 }).map((members) => ({ members }))

    const write = (value: Value): string => {
      if (typeof value === 'string') return JSON.stringify(value)
      if (!('members' in value)) return `[${value.map(write).join()}]`
      return `{${value.members.map(([key, member]) => `${JSON.stringify(key)}:${write(member)}`).join()}}`
    }
    const resolved = (value: Value, pick: (count: number) => number): Value => {
      if (typeof value === 'string') return value
      if (!('members' in value)) return value.map((item) => resolved(item, pick))
      const keys = [...new Set(value.members.map(([key]) => key))]
      const members = keys.map((key) => {
        const copies = value.members.filter(([name]) => name === key)
        return [key, resolved(copies[pick(copies.length)]?.[1] ?? '', pick)] as const
      })
      return { members }
    }
    const names = (conditions: readonly Condition[]) =>
      new Set(conditions.map((one) => normalConditions([one])))
    const entriesOf = (principal: Statement['principal']) =>
      'entries' in principal ? principal.entries.map(({ type, value }) => `${type} ${value}`) : []
    const patternsOf = (action: Statement['action']) => ('patterns' in action ? action.patterns : [])
    /** What an element names is what it admits, or what it leaves out. */
    const isPartOf = (plain: readonly string[], read: readonly string[], kind: string) =>
      kind.startsWith('not-')
        ? read.every((one) => plain.includes(one))
        : plain.every((one) => read.includes(one))
    /** Whether the statement as read says at least what a plain one says. */
    const saysAll = (read: Statement, plain: Statement): boolean => {
      if (read.effect === 'Deny') return false
      const { principal, action } = plain
      const hasWho =
        read.principal.kind === 'unreadable' ||
        (read.principal.kind === principal.kind &&
          isPartOf(entriesOf(principal), entriesOf(read.principal), principal.kind))
      const hasWhat =
        read.action.kind === 'unreadable' ||
        (read.action.kind === action.kind &&
          isPartOf(patternsOf(action), patternsOf(read.action), action.kind))
      const held = names(plain.conditions)
      const hasWhen = (read.readings ?? [read.conditions]).some((list) =>
        [...names(list)].every((one) => held.has(one)),
      )
      return hasWho && hasWhat && hasWhen
    }
    fc.assert(
      fc.property(whole, someChoices, (value, pick) => {
        const read = parseTrustPolicy(write(value)).statements
        const plain = parseTrustPolicy(write(resolved(value, pick))).statements
        for (const one of plain) {
          if (one.effect !== 'Deny') expect(read.some((other) => saysAll(other, one))).toBe(true)
        }
        for (const deny of read) {
          if (deny.effect !== 'Deny' || deny.unreadable !== undefined) continue
          const lists = (deny.readings ?? [deny.conditions]).map(normalConditions)
          const isThere = (one: Statement) =>
            one.effect === 'Deny' && lists.includes(normalConditions(one.conditions))
          expect(plain.some(isThere)).toBe(true)
        }
      }),
      { numRuns: 250 },
    )
  })

  test('repeated elements of a statement mean all that one of them means', () => {
    const policy = policyText(
      '"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Principal": {"Service": "a.b"}, "Action": "sts:AssumeRole", "Action": ["sts:TagSession"]',
    )
    expect(only(policy)).toMatchObject({
      principal: { kind: 'principals', entries: [{ value: '111122223333' }, { value: 'a.b' }] },
      action: { patterns: ['sts:AssumeRole', 'sts:TagSession'] },
      unreadable: '`Principal` stands twice and says two things',
    })
    const types = only(policyText(rest.replace('{"AWS": "*"}', '{"AWS": "*", "AWS": "111122223333"}')))
    expect(types).toMatchObject({ principal: { entries: [{ value: '*' }, { value: '111122223333' }] } })
    expect(types.unreadable).toEqual(expect.any(String))
    expect(only(policyText(`"Effect": "Deny", ${rest}`))).toMatchObject({
      effect: undefined,
      unreadable: expect.any(String),
    })
  })

  test('the statements of every copy are kept, and only the last can be trusted', () => {
    const first = JSON.stringify(healthy)
    const deny = JSON.stringify({ ...healthy, Effect: 'Deny' })
    const policy = parseTrustPolicy(
      `{"Version": "2012-10-17", "Statement": [${first}], "Statement": [${first}, ${deny}]}`,
    )
    expect(policy.statements.map(({ index, unreadable }) => [index, unreadable === undefined])).toEqual([
      [0, false],
      [1, true],
      [2, false],
    ])
  })

  test('two versions make every statement unreadable when they differ', () => {
    const text = (version: string) =>
      `{"Version": "${version}", "Version": "2012-10-17", "Statement": ${JSON.stringify(healthy)}}`
    expect(only(parseTrustPolicy(text('2008-10-17'))).unreadable).toBe('the document has two versions')
    expect(only(parseTrustPolicy(text('2012-10-17'))).unreadable).toBeUndefined()
  })
})

describe('a policy that comes as a value', () => {
  const location = (text: string, pointer = '/policy'): Location => ({
    input: { name: 'plan.json', text },
    pointer,
  })

  test('reads as its text does', () => {
    const value: unknown = JSON.parse(document(healthy))
    const policy = parseTrustPolicyDocument({ kind: 'value', value, location: location(''), duplicates: [] })
    expect(policy).toEqual(parseTrustPolicy(document(healthy)))
    const text = document(healthy)
    expect(parseTrustPolicyDocument({ kind: 'text', text, location: location(text, '') })).toEqual(policy)
  })

  const twice = `{"Statement": ${JSON.stringify(healthy).replace('"Condition":', '"Condition":{"Bool":{"a":"true"}},"Condition":')}}`
  const duplicates = ['/Statement/Condition']

  test('has its dropped copies read from the input', () => {
    const value: unknown = JSON.parse(twice)
    const known = { kind: 'value', value, location: location(`{"policy": ${twice}}`), duplicates } as const
    expect(parseTrustPolicyDocument(known)).toEqual(parseTrustPolicy(twice))
    expect(only(parseTrustPolicyDocument(known)).readings).toHaveLength(2)
  })

  test('may mean anything under a key whose dropped copies are gone', () => {
    const value: unknown = JSON.parse(twice)
    const policy = parseTrustPolicyDocument({
      kind: 'value',
      value,
      location: location('policy: {}'),
      duplicates,
    })
    expect(only(policy).readings).toEqual([only(policy).conditions, []])
    expect(only(policy).unreadable).toEqual(expect.any(String))
    for (const pointer of [
      '/Statement/Principal',
      '/Statement/Action',
      '/Statement/Effect',
      '/Statement',
      '/Version',
    ]) {
      const lost = {
        kind: 'value',
        value: { Version: '2012-10-17', Statement: healthy },
        location: location(''),
        duplicates: [pointer],
      } as const
      expect(
        parseTrustPolicyDocument(lost).statements.some(({ unreadable }) => unreadable !== undefined),
      ).toBe(true)
    }
    const nowhere = { kind: 'value', value, location: location(''), duplicates: ['/x/y/z', ''] } as const
    expect(only(parseTrustPolicyDocument(nowhere)).unreadable).toBeUndefined()
  })

  test('is a problem when it is no JSON value', () => {
    const cycle: unknown[] = []
    cycle.push(cycle)
    let wide: unknown = 'x'
    for (let level = 0; level < 50; level++) wide = [wide, wide]
    for (const value of [cycle, wide, undefined, { a: 1n }, () => 1]) {
      const policy = parseTrustPolicyDocument({
        kind: 'value',
        value,
        location: location(''),
        duplicates: [],
      })
      expect(policy).toMatchObject({ statements: [], problems: [{ kind: 'unreadable' }] })
    }
  })
})

/** A policy in one of its many spellings: what it says is drawn first, how it is written second. */
const word = fc.constantFrom('a', 'b', 'c:d', '__proto__', 'é', 'x/y', 'm~n', '1', '${aws:x}')
const someWords = fc.uniqueArray(word, { minLength: 1, maxLength: 3 })
const accounts = fc.uniqueArray(fc.constantFrom('111122223333', '444455556666', '*'), {
  minLength: 1,
  maxLength: 3,
})
const operators = fc.constantFrom(
  'StringEquals',
  'StringLikeIfExists',
  'ForAllValues:StringLike',
  'StringNotEquals',
)
const meaning = fc.record({
  version: fc.constantFrom('2012-10-17', '2008-10-17'),
  statements: fc.array(
    fc.record({
      effect: fc.constantFrom('Allow', 'Deny'),
      principal: fc.dictionary(fc.constantFrom('AWS'), accounts, { minKeys: 1, maxKeys: 1 }),
      service: fc.option(fc.uniqueArray(fc.constantFrom('a.b', 'c.d'), { minLength: 1 }), { nil: undefined }),
      actionName: fc.constantFrom('Action', 'NotAction'),
      actions: fc.uniqueArray(fc.constantFrom('sts:AssumeRole', 'sts:TagSession', 'sts:*'), { minLength: 1 }),
      conditions: fc.uniqueArray(
        fc.tuple(operators, fc.uniqueArray(fc.tuple(word, someWords), { selector: ([key]) => key })),
        {
          selector: ([operator]) => operator,
          maxLength: 3,
        },
      ),
    }),
    { minLength: 1, maxLength: 3 },
  ),
})
type Meaning = typeof meaning extends fc.Arbitrary<infer T> ? T : never

/** Writes it; `pick` decides every free choice. */
function spell({ version, statements }: Meaning, pick: (choices: number) => number): string {
  const shuffled = <T>(items: readonly T[]): T[] => {
    const left = [...items]
    const out: T[] = []
    while (left.length > 0) out.push(...left.splice(pick(left.length), 1))
    return out
  }
  const list = (items: readonly string[]): unknown => {
    if (items.length === 1 && pick(2) === 0) return items[0]
    return pick(3) === 0 ? [...shuffled(items), items[0]] : shuffled(items)
  }
  const object = (members: readonly (readonly [string, unknown])[]): unknown => {
    const made = Object.create(null) as Record<string, unknown>
    for (const [key, value] of shuffled(members)) made[key] = value
    return made
  }
  const letterCase = (text: string): string => (pick(3) === 0 ? text.toUpperCase() : text)
  const written = statements.map(({ effect, principal, service, actionName, actions, conditions }) => {
    const who =
      service === undefined
        ? Object.entries(principal)
        : [...Object.entries(principal), ['Service', service] as const]
    const blocks = conditions.map(
      ([operator, keys]) =>
        [
          letterCase(operator),
          object(
            keys.map(([key, values]) => [
              key === '__proto__' || key === 'é' ? key : letterCase(key),
              list(values),
            ]),
          ),
        ] as const,
    )
    return object([
      ['Effect', effect],
      ['Principal', object(who.map(([type, values]) => [type, list(values)]))],
      [actionName, list(actions.map(letterCase))],
      ...(blocks.length > 0 || pick(2) === 0 ? [['Condition', object(blocks)] as const] : []),
    ])
  })
  const Statement = written.length === 1 && pick(2) === 0 ? written[0] : shuffled(written)
  return JSON.stringify(
    object([
      ['Version', version],
      ['Statement', Statement],
    ]),
    null,
    pick(3),
  )
}

const choices = (numbers: readonly number[]) => {
  let next = 0
  return (count: number) => (numbers[next++ % numbers.length] ?? 0) % count
}
const someChoices = fc.array(fc.nat(100), { minLength: 1, maxLength: 60 }).map(choices)

describe('laws', () => {
  test('printing and parsing again is the identity', () => {
    fc.assert(
      fc.property(meaning, someChoices, (policy, pick) => {
        const { size: _, ...parsed } = parseTrustPolicy(spell(policy, pick))
        expect(parsed.problems).toEqual([])
        const text = printTrustPolicy({ ...parsed, size: 0 })
        const { size, ...again } = parseTrustPolicy(text)
        expect(again).toEqual(parsed)
        expect(size).toBe(text.replace(/\s/g, '').length)
        expect(printTrustPolicy({ ...again, size })).toBe(text)
      }),
      { numRuns: 120 },
    )
  })

  test('order, repetition, letter case of names and scalar or list forms do not change what a policy says', () => {
    fc.assert(
      fc.property(meaning, someChoices, someChoices, (policy, one, other) => {
        expect(
          equalPolicies(parseTrustPolicy(spell(policy, one)), parseTrustPolicy(spell(policy, other))),
        ).toBe(true)
      }),
      { numRuns: 120 },
    )
    expect(equalPolicies(policyOf({}), policyOf({ Effect: 'Deny' }))).toBe(false)
    expect(equalPolicies(policyOf({}), policyOf({ Condition: {} }))).toBe(false)
    expect(equalPolicies(policyOf({}), policyOf({ Action: 'sts:*' }))).toBe(false)
    expect(equalPolicies(policyOf({}), policyOf({ Principal: { Federated: `${PROVIDER}x` } }))).toBe(false)
  })

  test('no JSON value makes the parser throw or print what cannot be parsed', () => {
    const name = fc.constantFrom(
      'Version',
      'Statement',
      'Effect',
      'Principal',
      'AWS',
      'Action',
      'Condition',
      'StringEquals',
      'k',
      '__proto__',
    )
    const anything = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'medium' },
        fc.constantFrom<unknown>('Allow', '*', '2012-10-17', null, true, 1.5, '', '\ud800'),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.array(fc.tuple(name, tie('value')), { maxLength: 6 }).map((members) => ({ members })),
      ),
    })).value
    const write = (value: unknown): string => {
      if (Array.isArray(value)) return `[${value.map(write).join()}]`
      if (typeof value !== 'object' || value === null) return JSON.stringify(value)
      const { members } = value as { members: readonly (readonly [string, unknown])[] }
      return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${write(member)}`).join()}}`
    }
    fc.assert(
      fc.property(anything, (value) => {
        const policy = parseTrustPolicy(`{"Statement": ${write(value)}}`)
        expect(() => parseTrustPolicy(printTrustPolicy(policy))).not.toThrow()
        for (const { message } of policy.problems) expect(message).toMatch(/^[^\n]+$/)
      }),
      { numRuns: 300 },
    )
  })
})

describe('hostile documents', () => {
  const condition = (inside: string) =>
    `{"Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole", "Condition": ${inside}}}`
  const many = (count: number, text: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => text(index)).join()

  const hostile = (scale: number): readonly (readonly [string, string, number])[] => [
    [
      'values',
      condition(`{"StringEquals": {"k": [${many(250_000 / scale, (i) => `"value-number-${i}"`)}]}}`),
      1,
    ],
    ['statements', document(...Array.from({ length: 10_000 / scale }, () => healthy)), 10_000 / scale],
    [
      'long keys',
      condition(
        `{"${'o'.repeat(1e6 / scale)}": {"${'k'.repeat(1e6 / scale)}": {}}}, "${'/'.repeat(1e6 / scale)}": 1`,
      ),
      1,
    ],
    ['copies of a key', condition(`{"Bool": {${many(100_000 / scale, () => '"k":"v"')}, "k":"w"}}`), 1],
    ['repeated keys', condition(`{"Bool": {${many(20_000 / scale, (i) => `"k${i}":1,"k${i}":2`)}}}`), 1],
    [
      'copies of a condition',
      condition(`{}, ${many(50_000 / scale, () => '"Condition": {"Bool": {"k":1,"k":2}}')}`),
      1,
    ],
    ['nulls', condition(`{"Bool": {"k": [${many(500_000 / scale, () => 'null')}]}}`), 1],
  ]

  test.each(hostile(500))('many %s are read', (_, text, statements) => {
    const policy = parseTrustPolicy(text)
    expect(policy.statements).toHaveLength(statements)
    expect(policy.problems.length).toBeLessThanOrEqual(101)
  })

  test.each(hostile(1))('megabytes of %s are refused unread', (_, text) => {
    const policy = parseTrustPolicy(text)
    expect(policy.statements).toEqual([])
    expect(policy.problems.map(({ kind, message }) => [kind, message.endsWith('not read')])).toEqual([
      ['unreadable', true],
    ])
  })

  test('a hundred thousand levels are refused', () => {
    const policy = parseTrustPolicy('{"Statement":['.repeat(100_000))
    expect(policy.statements).toEqual([])
    expect(policy.problems).toHaveLength(1)
  })

  test('problems past the hundredth are counted', () => {
    const policy = parseTrustPolicy(document(...Array.from({ length: 150 }, () => null)))
    expect(policy.problems).toHaveLength(101)
    expect(policy.problems.at(-1)?.message).toBe('and 50 more problems')
  })

  test('__proto__ is a name like any other', () => {
    const policy = parseTrustPolicy(
      '{"__proto__": {"Statement": []}, "Version": "2012-10-17", "Statement": {"__proto__": {"Effect": "Deny"}, "Principal": {"__proto__": "*"}, "Condition": {"__proto__": {"__proto__": "x"}, "StringEquals": {"__proto__": "x", "__proto__": "y", "constructor": "z"}}}}',
    )
    const statement = only(policy)
    expect(statement.effect).toBeUndefined()
    expect(statement.principal.kind).toBe('unreadable')
    expect(statement.conditions.map(({ key, values }) => [key, values])).toEqual([
      ['__proto__', ['x']],
      ['__proto__', ['y']],
      ['constructor', ['z']],
    ])
    expect(statement.readings).toHaveLength(2)
  })
})

describe('typed values', () => {
  test.each<[string, number | undefined]>([
    ['17', 17],
    ['+017.50', 17.5],
    ['-3', -3],
    ['1e3', undefined],
    ['.5', undefined],
    ['5.', undefined],
    ['', undefined],
    [' 1', undefined],
    ['0x10', undefined],
  ])('the number %j is %p', (text, expected) => {
    expect(parseNumber(text)).toBe(expected)
  })

  test.each<[string, string | undefined]>([
    ['2026', '2026-01-01T00:00:00.000Z'],
    ['2026-03', '2026-03-01T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2026-03-04T05:06Z', '2026-03-04T05:06:00.000Z'],
    ['2026-03-04T05:06:07.89+02:00', '2026-03-04T03:06:07.890Z'],
    ['2026-03-04T05:06:07.1239Z', '2026-03-04T05:06:07.123Z'],
    ['0099-01-01', '0099-01-01T00:00:00.000Z'],
    ['1700000000', '2023-11-14T22:13:20.000Z'],
    ['1700000000.25', '2023-11-14T22:13:20.250Z'],
    ['-1', '1969-12-31T23:59:59.000Z'],
    ['2026-02-29', undefined],
    ['2026-13-01', undefined],
    ['2026-03-04T05:06:07', undefined],
    ['2026-03-04T24:00Z', undefined],
    ['2026-03-04 05:06Z', undefined],
    ['tomorrow', undefined],
    ['', undefined],
    ['99999999999999999999', undefined],
  ])('the date %j is %p', (text, expected) => {
    const date = parseDate(text)
    expect(date === undefined ? undefined : new Date(date).toISOString()).toBe(expected)
  })

  test('base64 reads as its bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(parseBase64(Buffer.from(bytes).toString('base64'))).toBe(Buffer.from(bytes).toString('latin1'))
      }),
      { numRuns: 200 },
    )
    for (const text of ['a', 'ab', 'abc', 'ab=c', '====', 'a b=', 'ab==\n', '-_=='])
      expect(parseBase64(text)).toBeUndefined()
  })

  test.each([
    '10.0.0.1',
    '10.0.0.0/8',
    '0.0.0.0/0',
    '::',
    '::1/128',
    'fe80::/10',
    '1:2:3:4:5:6:7:8',
    '::ffff:10.0.0.1',
    '1::8/0',
  ])('%s is an address or a block', (text) => expect(parseIpBlock(text)).toBeDefined())

  test.each([
    '',
    '10.0.0',
    '10.0.0.256',
    '10.0.0.0/33',
    '10.0.0.0/',
    '::/129',
    '1:2:3:4:5:6:7',
    ':::',
    '1::2::3',
    'g::',
    '1:2:3:4:5:6:7:8:9',
    '::1.2.3',
  ])('%j is no address', (text) => expect(parseIpBlock(text)).toBeUndefined())

  test('an ARN has six parts', () => {
    for (const text of [
      '*',
      'arn:aws:eks:*:111122223333:cluster/*',
      'arn:*:*:*:*:*',
      '*:a:b:c:d:e',
      '${aws:x}',
    ]) {
      expect(isArnText(text)).toBe(true)
    }
    for (const text of ['', 'arn:aws:iam::1', 'arn:*', 'urn:a:b:c:d:e', 'system:serviceaccount:a:b']) {
      expect(isArnText(text)).toBe(false)
    }
  })
})
