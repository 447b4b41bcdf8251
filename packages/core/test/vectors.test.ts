import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import type { Facts, Role } from '../src/inventory.js'
import { parseTrustPolicy } from '../src/policy/parse.js'
import type { Outcome } from '../src/policy/request.js'
import { analyzeRole } from '../src/trust/analyze.js'
import { evaluateTrust } from '../src/trust/evaluate.js'
import type { ServiceAccountSet } from '../src/trust/service-account-set.js'
import { keysOf } from './reference/keys.js'
import { requestOf } from './reference/requests.js'
import type { Vector, VectorCase, VectorFile } from './reference/requests.js'

const { vectors } = JSON.parse(
  readFileSync(new URL('../../../vectors/trust.json', import.meta.url), 'utf8'),
) as VectorFile

function textOf(vector: Vector): string {
  return vector.policyText ?? JSON.stringify(vector.policy)
}

/** What the engine says of one service account: in both bounds, in none, or between them. */
function outcomeOf(vector: Vector, one: VectorCase): Outcome {
  const text = textOf(vector)
  const location = { input: { name: 'policy.json', text }, pointer: '' }
  const role: Role = {
    key: vector.facts.role,
    name: 'app',
    account: vector.facts.account,
    partition: 'aws',
    location,
    trustPolicy: { kind: 'text', text, location },
  }
  const facts: Facts = {
    providers:
      vector.mechanism === 'irsa'
        ? [
            {
              arn: vector.facts.provider,
              account: vector.facts.account,
              issuer: vector.facts.issuer,
              clientIds: vector.facts.clientIds,
              location,
            },
          ]
        : [],
    clusters: [],
    associations: [],
    holds: new Set(['roles', 'providers']),
    gaps: [],
  }
  const { trusts } = analyzeRole(role, facts, { now: new Date('2026-11-02T12:00:00Z') })
  const serviceAccount = { namespace: one.namespace, name: one.serviceAccount }
  let bounds: { readonly certain: ServiceAccountSet; readonly serviceAccounts: ServiceAccountSet } | undefined
  for (const trust of trusts) {
    if (
      trust.mechanism === 'irsa' &&
      vector.mechanism === 'irsa' &&
      trust.providerArn === vector.facts.provider
    )
      bounds = trust
    if (trust.mechanism === 'pod-identity' && vector.mechanism === 'pod-identity')
      bounds = one.sessionTags === false ? trust.untagged : trust.tagged
  }
  if (bounds === undefined) return 'denied'
  if (bounds.certain.has(serviceAccount)) return 'allowed'
  return bounds.serviceAccounts.has(serviceAccount) ? 'undecided' : 'denied'
}

test('the forty-five first vectors are there, each with a source', () => {
  const ids = vectors.map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  for (let id = 1; id <= 45; id++) expect(ids).toContain(id)
  for (const { sources } of vectors) expect(sources.length).toBeGreaterThan(0)
})

describe.each(vectors.map((vector) => [vector.id, vector.title, vector] as const))(
  'vector %i: %s',
  (_id, _title, vector) => {
    test.each(vector.cases.map((one) => [one.name, one.expected, one] as const))(
      '%s: %s',
      (_name, expected, one) => {
        const policy = parseTrustPolicy(textOf(vector))
        const request = requestOf(vector, one, keysOf(policy))
        if (typeof request === 'string') {
          // STS answers before it looks at the policy.
          expect(request).toBe(one.reason)
          expect(expected).toBe('denied')
          return
        }
        expect(evaluateTrust(policy, request).outcome).toBe(expected)
        // The engine asks for any session name and any audience that the provider takes, a vector for one of each.
        if (one.sessionName === undefined && one.audience === undefined)
          expect(outcomeOf(vector, one)).toBe(expected)
      },
    )
  },
)
