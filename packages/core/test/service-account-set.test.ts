import { describe, expect, test } from '@jest/globals'
import type { Facts, Role } from '../src/inventory.js'
import { analyzeRole } from '../src/trust/analyze.js'
import { ServiceAccountSet } from '../src/trust/service-account-set.js'

const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/8A5F3C1E90B24D67A1C2E3F405162738'
const ACCOUNT = '210987654321'
const facts: Facts = { providers: [], clusters: [], associations: [], holds: new Set(['roles']), gaps: [] }

/** The service accounts that the conditions let in, each list of conditions being a statement of its own. */
function admitted(...conditions: readonly Readonly<Record<string, unknown>>[]): ServiceAccountSet {
  return analyzed(
    conditions.map((condition) => ({
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}` },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: condition,
    })),
  )
}

function analyzed(statements: readonly unknown[]): ServiceAccountSet {
  const text = JSON.stringify({ Version: '2012-10-17', Statement: statements })
  const location = { input: { name: 'policy.json', text }, pointer: '' }
  const role: Role = {
    key: 'role',
    name: 'role',
    account: ACCOUNT,
    partition: 'aws',
    location,
    trustPolicy: { kind: 'text', text, location },
  }
  const [trust] = analyzeRole(role, facts, { now: new Date(0) }).trusts
  if (trust?.mechanism !== 'irsa' && trust?.mechanism !== 'pod-identity')
    throw new Error('no service accounts')
  return trust.serviceAccounts
}

const sub = (operator: string, ...names: readonly string[]): Readonly<Record<string, unknown>> => ({
  [operator]: {
    [`${ISSUER}:sub`]: names.map((name) =>
      name.startsWith('=') ? name.slice(1) : `system:serviceaccount:${name}`,
    ),
  },
})

describe('a set of service accounts prints as a person would say it', () => {
  test.each<[string, ServiceAccountSet]>([
    ['no service account', admitted(sub('StringEquals', 'prod:*'))],
    ['prod/app', admitted(sub('StringEquals', 'prod:app'))],
    ['prod/app and prod/worker', admitted(sub('StringEquals', 'prod:app', 'prod:worker'))],
    [
      'dev/app, prod/app and prod/worker',
      admitted(sub('StringEquals', 'prod:app', 'prod:worker'), sub('StringEquals', 'dev:app')),
    ],
    ['every service account of the cluster', admitted({})],
    ['every service account of the cluster', admitted(sub('StringLike', '=*'))],
    ['every service account of the cluster', admitted(sub('StringLike', '*:*'))],
    ['every service account in prod', admitted(sub('StringLike', 'prod:*'))],
    [
      'every service account in dev and every service account in prod',
      admitted(sub('StringLike', 'dev:*', 'prod:*')),
    ],
    ['every service account in namespaces matching team-*', admitted(sub('StringLike', 'team-*:*'))],
    ['every service account in namespaces matching prod*', admitted(sub('StringLike', 'prod*'))],
    ['service account app in every namespace', admitted(sub('StringLike', '*:app'))],
    ['service account app in namespaces matching team-*', admitted(sub('StringLike', 'team-*:app'))],
    ['service accounts matching *-reader in prod', admitted(sub('StringLike', 'prod:*-reader'))],
    [
      'every service account of the cluster except kube-system/default',
      admitted(sub('StringNotEquals', 'kube-system:default')),
    ],
    [
      'every service account of the cluster except every service account in kube-system',
      admitted(sub('StringNotLike', 'kube-system:*')),
    ],
    [
      'every service account in namespaces matching team-* except every service account in team-x',
      admitted({ ...sub('StringLike', 'team-*:*'), ...sub('StringNotLike', 'team-x:*') }),
    ],
    ['prod/app', admitted({ ...sub('StringLike', 'prod:*'), ...sub('StringEqualsIgnoreCase', 'PROD:app') })],
    [
      'every service account in namespaces matching team-*',
      analyzed([
        {
          Effect: 'Allow',
          Principal: { Service: 'pods.eks.amazonaws.com' },
          Action: ['sts:AssumeRole', 'sts:TagSession'],
          Condition: { StringLike: { 'aws:RequestTag/kubernetes-namespace': 'team-*' } },
        },
      ]),
    ],
  ])('%s', (sentence, set) => {
    expect(String(set)).toBe(sentence)
  })

  test('a set without a sentence falls back to an example, never to states', () => {
    const set = admitted({
      ...sub('StringLike', '*a*:*b*', 'x*:*y'),
      ...sub('StringNotLike', '?a*:*', '*:?b*'),
    })
    expect(String(set)).toMatch(/except|for example|matching/)
    expect(String(set)).not.toMatch(/state/)
  })
})

describe('a set of service accounts reads like a Set', () => {
  const team = admitted(sub('StringLike', 'team-*:*'))
  const prod = ServiceAccountSet.of({ namespace: 'prod', name: 'app' }, { namespace: 'prod', name: 'worker' })

  test('membership, also of names that Kubernetes does not allow', () => {
    expect(team.has({ namespace: 'team-a', name: 'app' })).toBe(true)
    expect(team.has({ namespace: 'prod', name: 'app' })).toBe(false)
    expect(team.has({ namespace: 'team-A', name: 'app' })).toBe(false)
    expect(team.has({ namespace: `team-${'a'.repeat(60)}`, name: 'app' })).toBe(false)
    expect(ServiceAccountSet.all.has({ namespace: 'prod', name: 'a_b' })).toBe(false)
  })

  test('the verbs of sets', () => {
    const both = team.union(prod)
    expect(both.has({ namespace: 'prod', name: 'app' })).toBe(true)
    expect(both.intersection(prod).equals(prod)).toBe(true)
    expect(both.difference(team).equals(prod)).toBe(true)
    expect(prod.isSubsetOf(both)).toBe(true)
    expect(both.isSubsetOf(prod)).toBe(false)
    expect(prod.isDisjointFrom(team)).toBe(true)
    expect(ServiceAccountSet.none.isEmpty).toBe(true)
    expect(ServiceAccountSet.all.isSubsetOf(both)).toBe(false)
    expect([...prod]).toEqual([
      { namespace: 'prod', name: 'app' },
      { namespace: 'prod', name: 'worker' },
    ])
  })

  test('what is too large to be listed says so', () => {
    const five = admitted(sub('StringLike', '?????:app'))
    expect([team.isEnumerable, five.isEnumerable, prod.isEnumerable]).toEqual([false, false, true])
    expect(() => [...five]).toThrow(RangeError)
    expect(five.namespaces().isEnumerable).toBe(false)
    expect([...prod.namespaces()]).toEqual(['prod'])
  })

  test('names longer than Kubernetes allows are in no set', () => {
    const long = admitted(sub('StringLike', `${'n'.repeat(63)}?*:app`))
    expect(long.isEmpty).toBe(true)
    expect(long.witness()).toBeUndefined()
    expect(admitted(sub('StringLike', `${'n'.repeat(62)}?:app`)).isEmpty).toBe(false)
    expect(long.isSubsetOf(prod)).toBe(true)
    expect(long.union(prod).equals(prod)).toBe(true)
  })
})
