import { describe, expect, test } from '@jest/globals'
import { Language } from '../src/automata/language.js'
import { roleConflicts } from '../src/answers/conflicts.js'
import { diffRole, diffTrust } from '../src/answers/diff.js'
import type { CallerChange, RoleChange, TrustDiff } from '../src/answers/diff.js'
import type { Facts, Inventory, PodIdentityAssociation, Role, TrustPolicyDocument } from '../src/inventory.js'
import { inventoryOf } from '../src/inventory.js'
import { parseTrustPolicyDocument } from '../src/policy/parse.js'
import { readTerraformPlan, readTerraformPlanBefore } from '../src/sources/terraform/plan.js'
import { analyzeRole } from '../src/trust/analyze.js'
import { evaluateTrust } from '../src/trust/evaluate.js'
import { generatePolicy } from './reference/generate.js'
import { ISSUER as POOL_ISSUER, PROVIDER } from './reference/pools.js'
import { randomOf } from './reference/random.js'

const requested = process.env['PODTRUST_CASES']
const cases = (sample: number): number => (requested === undefined ? sample : Number(requested))
const now = new Date('2026-11-02T12:00:00Z')

const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/8A5F3C1E90B24D67A1C2E3F405162738'
const ACCOUNT = '210987654321'
const PREFIX = 'system:serviceaccount:'

const input = { name: 'test.json', text: '' }
const location = { input, pointer: '' }
const noFacts: Facts = { providers: [], clusters: [], associations: [], holds: new Set(['roles']), gaps: [] }

function documentOf(...statements: readonly unknown[]): TrustPolicyDocument {
  return { kind: 'value', value: { Version: '2012-10-17', Statement: statements }, duplicates: [], location }
}

function irsa(tests: Readonly<Record<string, unknown>> = {}, issuer = ISSUER): unknown {
  const condition = Object.fromEntries(
    Object.entries(tests).map(([operator, subjects]) => [operator, { [`${issuer}:sub`]: subjects }]),
  )
  return {
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${issuer}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: condition,
  }
}

function pods(condition: unknown = {}): unknown {
  return {
    Effect: 'Allow',
    Principal: { Service: 'pods.eks.amazonaws.com' },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
    Condition: condition,
  }
}

function principals(aws: unknown, condition: unknown = {}): unknown {
  return { Effect: 'Allow', Principal: { AWS: aws }, Action: 'sts:AssumeRole', Condition: condition }
}

function roleOf(trustPolicy: TrustPolicyDocument, more: Partial<Role> = {}): Role {
  const arn = `arn:aws:iam::${ACCOUNT}:role/app`
  return { key: arn, name: 'app', arn, account: ACCOUNT, partition: 'aws', trustPolicy, location, ...more }
}

function inventory(roles: readonly Role[], facts: Partial<Facts> = {}): Inventory {
  return { facts: { ...noFacts, ...facts }, roles }
}

function diffOf(before: readonly unknown[], after: readonly unknown[]): TrustDiff {
  return diffTrust(inventory([roleOf(documentOf(...before))]), inventory([roleOf(documentOf(...after))]), {
    now,
  })
}

/** A change in a few words, with the witnesses judged again. */
function told(
  { changes }: TrustDiff,
  before?: readonly unknown[],
  after?: readonly unknown[],
): readonly string[] {
  return changes.flatMap((change) => [
    ...(change.change === 'changed' ? [] : [`${change.change}: ${change.role.name}`]),
    ...change.callers.flatMap((caller) => [
      ...movesOf(caller, '+', before, after),
      ...movesOf(caller, '-', after, before),
      ...caller.tests.dropped.map((what) => `no longer tested: ${what}`),
      ...caller.tests.added.map((what) => `tested: ${what}`),
    ]),
    ...(change.associations?.gained ?? []).map((one) => `+ association ${one}`),
    ...(change.associations?.lost ?? []).map((one) => `- association ${one}`),
  ])
}

function movesOf(
  caller: CallerChange,
  sign: '+' | '-',
  out: readonly unknown[] | undefined,
  into: readonly unknown[] | undefined,
): readonly string[] {
  return (sign === '+' ? caller.gained : caller.lost).map(({ certainty, who, witness }) => {
    if (out !== undefined && into !== undefined && witness !== undefined) {
      const outcomes = [out, into].map(
        (statements) =>
          evaluateTrust(parseTrustPolicyDocument(documentOf(...statements) as never), witness.request)
            .outcome,
      )
      if (certainty === 'certain') expect(outcomes).toEqual(['denied', 'allowed'])
      else expect(outcomes[0]).not.toBe('allowed')
    }
    expect(witness).toBeDefined()
    return `${sign}${certainty === 'perhaps' ? ' perhaps' : ''} ${who} (${caller.mechanism}, ${caller.from})`
  })
}

const ISSUED = `issuer ${ISSUER}`

describe('one role', () => {
  test.each<[string, readonly unknown[], readonly unknown[], readonly string[]]>([
    [
      'a wildcard takes the place of a name',
      [irsa({ StringEquals: `${PREFIX}prod:app` })],
      [irsa({ StringLike: `${PREFIX}prod:*` })],
      [`+ every service account in prod except prod/app (irsa, ${ISSUED})`],
    ],
    [
      'one comes and another goes',
      [irsa({ StringEquals: [`${PREFIX}prod:app`, `${PREFIX}prod:old`] })],
      [irsa({ StringEquals: [`${PREFIX}prod:app`, `${PREFIX}prod:new`] })],
      [`+ prod/new (irsa, ${ISSUED})`, `- prod/old (irsa, ${ISSUED})`],
    ],
    [
      'a mend from nobody to any namespace is a widening',
      [irsa({ StringEquals: `${PREFIX}*:app` })],
      [irsa({ StringLike: `${PREFIX}*:app` })],
      [`+ service account app in every namespace (irsa, ${ISSUED})`],
    ],
    [
      'the same set in other words is no change',
      [irsa({ StringEquals: [`${PREFIX}prod:a`, `${PREFIX}prod:b`] })],
      [irsa({ StringLike: `${PREFIX}prod:b` }), irsa({ 'ForAnyValue:StringEquals': `${PREFIX}prod:a` })],
      [],
    ],
    [
      'another issuer',
      [irsa({ StringEquals: `${PREFIX}prod:app` })],
      [irsa({ StringEquals: `${PREFIX}prod:app` }, ISSUER.replace('8A5F', '9999'))],
      [`+ prod/app (irsa, issuer ${ISSUER.replace('8A5F', '9999')})`, `- prod/app (irsa, ${ISSUED})`],
    ],
    [
      'a Deny that is lost',
      [
        irsa({ StringLike: `${PREFIX}prod:*` }),
        { ...(irsa({ StringEquals: `${PREFIX}prod:default` }) as object), Effect: 'Deny' },
      ],
      [irsa({ StringLike: `${PREFIX}prod:*` })],
      [`+ prod/default (irsa, ${ISSUED})`],
    ],
    [
      'Pod Identity where IRSA was',
      [irsa({ StringEquals: `${PREFIX}prod:app` })],
      [pods()],
      [
        `- prod/app (irsa, ${ISSUED})`,
        '+ every service account of the cluster (pod-identity, any cluster of the account)',
      ],
    ],
    [
      'another cluster of Pod Identity, though the service accounts are the same',
      [
        pods({
          StringEquals: {
            'aws:RequestTag/eks-cluster-name': 'blue',
            'aws:RequestTag/kubernetes-namespace': 'prod',
          },
        }),
      ],
      [
        pods({
          StringEquals: {
            'aws:RequestTag/eks-cluster-name': 'green',
            'aws:RequestTag/kubernetes-namespace': 'prod',
          },
        }),
      ],
      [
        '- every service account in prod (pod-identity, cluster blue, with session tags)',
        '+ every service account in prod (pod-identity, cluster green, with session tags)',
      ],
    ],
    [
      'a cluster that is only expected to be told by its ARN',
      [pods({ ArnLike: { 'aws:SourceArn': `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/blue` } })],
      [pods({ ArnLike: { 'aws:SourceArn': `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/green` } })],
      [
        '- perhaps every service account of the cluster (pod-identity, cluster blue)',
        '+ perhaps every service account of the cluster (pod-identity, cluster green)',
      ],
    ],
    [
      'another account, which was a stranger before',
      [principals(`arn:aws:iam::${ACCOUNT}:role/ops`)],
      [principals([`arn:aws:iam::${ACCOUNT}:role/ops`, 'arn:aws:iam::555566667777:role/ci'])],
      ['+ arn:aws:iam::555566667777:role/ci (aws-principal, AWS account 555566667777)'],
    ],
    ['an account that got in as anybody before', [principals('*')], [principals(['*', '555566667777'])], []],
    [
      'subjects of another issuer',
      [irsa({ StringLike: 'repo:acme/app:*' }, 'token.actions.githubusercontent.com')],
      [irsa({ StringLike: ['repo:acme/app:*', 'repo:acme/infra:*'] }, 'token.actions.githubusercontent.com')],
      ['+ matching repo:acme/infra:* (web-identity, issuer token.actions.githubusercontent.com)'],
    ],
    [
      'an issuer that serves Kubernetes before and something else after',
      [irsa({ StringEquals: `${PREFIX}prod:app` }, 'id.example.com')],
      [irsa({ StringEquals: 'job/1' }, 'id.example.com')],
      [
        '+ job/1 (web-identity, issuer id.example.com)',
        `- ${PREFIX}prod:app (web-identity, issuer id.example.com)`,
      ],
    ],
    [
      'a condition on the place that is lost leaves the callers as they are, and is said',
      [principals(ACCOUNT, { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } })],
      [principals(ACCOUNT)],
      ['no longer tested: the place in the network that the call comes from'],
    ],
  ])('%s', (_title, before, after, expected) => {
    expect(told(diffOf(before, after), before, after)).toEqual(expected)
    const back = diffOf(after, before)
    expect(back.changes.every(({ widens }) => widens === expected.some((line) => line.startsWith('-')))).toBe(
      true,
    )
  })
})

describe('roles and inventories', () => {
  const app = documentOf(irsa({ StringEquals: `${PREFIX}prod:app` }))
  const open = documentOf(irsa())
  const other = (name: string, more: Partial<Role> = {}): Role =>
    roleOf(app, { name, key: name, arn: `arn:aws:iam::${ACCOUNT}:role/${name}`, ...more })

  test('roles come and go with all who get in, and the others are counted', () => {
    const diff = diffTrust(
      inventory([other('old'), other('stays')]),
      inventory([other('stays'), other('new')]),
      { now },
    )
    expect(told(diff)).toEqual([
      'appeared: new',
      `+ prod/app (irsa, ${ISSUED})`,
      'disappeared: old',
      `- prod/app (irsa, ${ISSUED})`,
    ])
    expect(diff.changes.map(({ widens }) => widens)).toEqual([true, false])
    expect(diff.roles).toEqual({ before: 2, after: 2, unchanged: 1, appeared: 1, disappeared: 1 })
  })

  test.each<[string, Partial<Role>, Partial<Role>]>([
    ['by ARN, whatever the addresses', { address: 'aws_iam_role.a' }, { address: 'module.b.aws_iam_role.a' }],
    ['by account and name', { arn: undefined as never }, { path: '/other/' }],
    [
      'by address',
      { arn: undefined as never, account: undefined as never, name: 'was', address: 'x.y' },
      { address: 'x.y' },
    ],
    ['by name, where one side has no account', { arn: undefined as never, account: undefined as never }, {}],
  ])('one role is told %s', (_title, before, after) => {
    const [was, is] = [before, after].map((more) => {
      const role: Record<string, unknown> = { ...roleOf(app), ...more }
      for (const [key, value] of Object.entries(role)) if (value === undefined) delete role[key]
      return role as unknown as Role
    })
    expect(diffTrust(inventory([was!]), inventory([is!]), { now }).roles).toMatchObject({
      unchanged: 1,
      appeared: 0,
    })
  })

  test('two bare policies are one role, and two accounts are two', () => {
    const bare = (name: string): Role => ({ key: name, name, trustPolicy: open, location })
    expect(diffTrust(inventory([bare('old.json')]), inventory([bare('new.json')])).roles.unchanged).toBe(1)
    const [a, b] = [ACCOUNT, '555566667777'].map((account) => {
      const { arn: _, ...role } = roleOf(open, { key: `${account}/app`, account })
      return inventory([role])
    })
    expect(diffTrust(a!, b!).roles).toMatchObject({ unchanged: 0, appeared: 1, disappeared: 1 })
  })

  test('a role that an input holds twice is no role that appears', () => {
    const twice = inventory([roleOf(app), roleOf(app)])
    expect(diffTrust(inventory([roleOf(app)]), twice).changes).toEqual([])
    expect(diffTrust(twice, inventory([roleOf(app)])).changes).toEqual([])
  })

  test('a policy that one side does not hold is a gap and not "no change"', () => {
    const unknown: TrustPolicyDocument = {
      kind: 'unknown',
      unknown: { unknown: true, reason: 'it is known only after apply', cause: 'known-after-apply' },
      location,
    }
    const known = inventory([roleOf(app)])
    const hidden = inventory([roleOf(unknown)])
    const reasons = ({ gaps, changes }: TrustDiff): readonly string[] => {
      expect(changes).toEqual([])
      return gaps.map(({ reason }) => reason)
    }
    expect(reasons(diffTrust(known, hidden))).toEqual([
      'the trust policy of app is not known, though it was known before: it is known only after apply',
    ])
    expect(reasons(diffTrust(hidden, known))).toEqual([
      'the trust policy of app was not known before: it is known only after apply',
    ])
    expect(reasons(diffTrust(hidden, hidden))).toHaveLength(1)
  })

  test('an issuer that is known only after apply is compared with the one that was trusted, and it is said', () => {
    const hole = 'issuer-abcdefg.known-after-apply.invalid/id/abcdefg'
    const holes = [
      {
        placeholder: hole,
        origin: 'aws_eks_cluster.main.identity[0].oidc[0].issuer',
        kind: 'issuer' as const,
      },
    ]
    const holed = (subject: string): Inventory =>
      inventory([
        roleOf({ ...documentOf(irsa({ StringLike: PREFIX + subject }, hole)), holes } as TrustPolicyDocument),
      ])
    const before = inventory([roleOf(app)])
    const wider = diffTrust(before, holed('prod:*'), { now })
    expect(told(wider)).toEqual([
      '+ perhaps every service account in prod except prod/app (irsa, issuer (known after apply: ' +
        'aws_eks_cluster.main.identity[0].oidc[0].issuer))',
    ])
    const same = diffTrust(before, holed('prod:app'), { now })
    expect(same.changes).toEqual([])
    expect(same.gaps.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(
        /^the issuer that app trusts is not known on both sides .*: if they are one, nobody gains/,
      ),
    ])
  })

  test('facts count as policies do: a client id lets tokens in, an association puts a role to use', () => {
    const audience = documentOf({
      ...(irsa({}) as object),
      Condition: { StringEquals: { [`${ISSUER}:aud`]: 'vault' } },
    })
    const provider = (...clientIds: readonly string[]): Facts['providers'] => [
      {
        arn: `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}`,
        account: ACCOUNT,
        issuer: ISSUER,
        clientIds,
        location,
      },
    ]
    const of = (providers: Facts['providers']): Inventory => inventory([roleOf(audience)], { providers })
    expect(
      told(diffTrust(of(provider('sts.amazonaws.com')), of(provider('sts.amazonaws.com', 'vault')), { now })),
    ).toEqual([`+ every service account of the cluster (irsa, ${ISSUED})`])

    const association = (serviceAccount: string): PodIdentityAssociation => ({
      cluster: 'blue',
      namespace: 'prod',
      serviceAccount,
      roleArn: `arn:aws:iam::${ACCOUNT}:role/app`,
      disableSessionTags: false,
      location,
    })
    const used = (...associations: readonly PodIdentityAssociation[]): Inventory =>
      inventory([roleOf(documentOf(pods()))], { associations, holds: new Set(['roles', 'associations']) })
    const diff = diffTrust(used(association('a')), used(association('a'), association('b')), { now })
    expect(told(diff)).toEqual(['+ association prod/b in blue'])
    expect(diff.changes[0]?.widens).toBe(true)
  })

  test('the before and the after of a plan', () => {
    const change = (
      name: string,
      before: string | null,
      after: string | null,
      actions: readonly string[],
    ): unknown => {
      const sideOf = (subject: string | null): unknown =>
        subject === null
          ? null
          : {
              name,
              arn: `arn:aws:iam::${ACCOUNT}:role/${name}`,
              assume_role_policy: JSON.stringify({
                Version: '2012-10-17',
                Statement: [irsa({ StringLike: PREFIX + subject })],
              }),
            }
      return {
        address: `aws_iam_role.${name}`,
        mode: 'managed',
        type: 'aws_iam_role',
        name,
        change: { actions, before: sideOf(before), after: sideOf(after), after_unknown: {} },
      }
    }
    const plan = JSON.stringify({
      format_version: '1.2',
      resource_changes: [
        change('wider', 'prod:app', 'prod:*', ['update']),
        change('same', 'prod:app', 'prod:app', ['no-op']),
        change('made', null, 'dev:app', ['create']),
        change('gone', 'dev:app', null, ['delete']),
      ],
    })
    const diff = diffTrust(readTerraformPlanBefore(plan), readTerraformPlan(plan), { now })
    expect(
      diff.changes.map(({ role, change: what, widens }) => `${what} ${role.name} ${String(widens)}`),
    ).toEqual(['changed wider true', 'appeared made true', 'disappeared gone false'])
    expect(diff.roles.unchanged).toBe(1)
  })
})

describe('one role in two inputs', () => {
  const named = (name: string, trustPolicy: TrustPolicyDocument): Inventory => {
    const place = { input: { name, text: '' }, pointer: '' }
    return inventory([roleOf(trustPolicy, { location: place })])
  }
  const app = documentOf(irsa({ StringEquals: `${PREFIX}prod:app` }))
  const unknown: TrustPolicyDocument = {
    kind: 'unknown',
    unknown: { unknown: true, reason: 'it was not collected', cause: 'not-collected' },
    location,
  }

  test.each<[string, TrustPolicyDocument, string, string]>([
    ['the same policy', documentOf(irsa({ StringEquals: `${PREFIX}prod:app` })), 'same', 'same'],
    ['other words', documentOf(irsa({ StringLike: `${PREFIX}prod:app` })), 'different', 'same'],
    ['other callers', documentOf(irsa({ StringLike: `${PREFIX}prod:*` })), 'different', 'different'],
    ['no policy', unknown, 'unknown', 'unknown'],
  ])('%s', (_title, other, policies, callers) => {
    expect(roleConflicts(inventoryOf(named('a', app), named('b', other)), { now })).toMatchObject([
      { role: { name: 'app' }, inputs: ['a', 'b'], policies, callers },
    ])
  })

  test('one input has no conflict with itself, and an input without roles is none', () => {
    const twice = inventory([roleOf(app), roleOf(documentOf(irsa()))])
    expect(roleConflicts(twice)).toEqual([])
    expect(roleConflicts(inventoryOf(twice, inventory([])))).toEqual([])
  })
})

describe('laws', () => {
  /** All callers of the pools at once, so that a case asks about every mechanism. */
  function randomRole(index: number): Role {
    const random = randomOf(20261121, index)
    const caller = random.pick([
      { type: 'web-identity', provider: PROVIDER },
      { type: 'service', service: 'pods.eks.amazonaws.com' },
      { type: 'aws', account: '111122223333', arn: 'arn:aws:iam::111122223333:role/app' },
    ] as const)
    const { text } = generatePolicy(random, caller, random.pick(['one-allow', 'one-deny', 'mixed']), {
      storable: random.chance(0.7),
    })
    return {
      key: 'r',
      name: 'r',
      account: '111122223333',
      partition: 'aws',
      trustPolicy: { kind: 'text', text, location },
      location,
    }
  }

  const issued: Facts = {
    ...noFacts,
    providers: [
      {
        arn: PROVIDER,
        account: '111122223333',
        issuer: POOL_ISSUER,
        clientIds: ['sts.amazonaws.com', 'vault'],
        location,
      },
    ],
  }

  function compare(before: Role, after: Role): RoleChange | undefined {
    return diffRole({ before, after }, issued, issued, now).change
  }

  test('an inventory does not differ from itself', () => {
    for (let index = 0; index < cases(60); index++) {
      const role = randomRole(index)
      const change = compare(role, { ...role })
      if (change !== undefined) throw new Error(`case ${index}: ${JSON.stringify(change.callers)}`)
    }
    const all = inventoryOf(
      inventory(
        Array.from({ length: 20 }, (_, index) => ({
          ...randomRole(index),
          key: `${index}`,
          name: `${index}`,
        })),
      ),
    )
    expect(diffTrust(all, all, { now })).toMatchObject({ changes: [], roles: { unchanged: 20 } })
  })

  test('gains and losses are disjoint, and before with the gains and without the losses is after', () => {
    let moved = 0
    for (let index = 0; index < cases(100); index++) {
      const [before, after] = [randomRole(2 * index), randomRole(2 * index + 1)]
      const change = compare(before, after)
      for (const caller of change?.callers ?? []) {
        const { certain, possible } = caller.exact
        for (const { gained, lost } of [certain, possible]) {
          expect([index, gained.isDisjointFrom(lost)]).toEqual([index, true])
        }
        moved += caller.gained.length + caller.lost.length
        if (caller.mechanism === 'pod-identity') continue
        const [was, is] = [
          [before, after],
          [after, before],
        ].map(([one, beside]) => boundsOf(one!, beside!, caller))
        for (const bound of ['certain', 'possible'] as const) {
          const made = was![bound].union(caller.exact[bound].gained).difference(caller.exact[bound].lost)
          expect([index, bound, made.equals(is![bound])]).toEqual([index, bound, true])
        }
        const moves = [...caller.gained, ...caller.lost]
        expect([index, moves.every(({ who }) => who !== '' && who !== 'nobody')]).toEqual([index, true])
      }
    }
    expect(moved).toBeGreaterThan(10)
  })

  function boundsOf(
    role: Role,
    beside: Role,
    caller: CallerChange,
  ): { certain: Language; possible: Language } {
    const { policy } = analyzeRole(beside, issued, { now })
    const { trusts } = analyzeRole(role, issued, { now, ...(policy === undefined ? {} : { beside: policy }) })
    for (const trust of trusts) {
      if (trust.mechanism !== caller.mechanism || trust.mechanism === 'pod-identity') continue
      const isSame =
        trust.mechanism === 'aws-principal'
          ? caller.from.endsWith(trust.caller.kind === 'account' ? trust.caller.account : '') &&
            (trust.caller.kind === 'account') === caller.from.startsWith('AWS account ') &&
            (trust.caller.kind === 'stranger') === (caller.from === 'any AWS account')
          : trust.issuer === caller.issuer
      if (isSame) return trust.admission
    }
    return { certain: Language.empty, possible: Language.empty }
  }
})
