import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { explainAssume, explainError } from '../src/answers/explain.js'
import type { ExplainQuestion, Explanation } from '../src/answers/explain.js'
import { editDistance } from '../src/answers/edit-distance.js'
import { ERRORS } from '../src/answers/known-errors.js'
import { inventoryOf } from '../src/inventory.js'
import type { Facts } from '../src/inventory.js'
import { parseTrustPolicy } from '../src/policy/parse.js'
import {
  toErrorJson,
  toErrorMarkdown,
  toErrorText,
  toExplainJson,
  toExplainMarkdown,
  toExplainText,
} from '../src/reporters/explain.js'
import { explainSchema } from '../src/reporters/explain-schema.js'
import { readInventory } from '../src/sources/detect.js'
import { evaluateTrust } from '../src/trust/evaluate.js'

const now = new Date('2026-11-01T00:00:00Z')
const account = '210987654321'
const other = '109876543210'
const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/8A5F3C1E90B24D67A1C2E3F405162738'
const providerArn = `arn:aws:iam::${account}:oidc-provider/${issuer}`
const clusterArn = `arn:aws:eks:eu-west-1:${account}:cluster/main`
const roleArn = `arn:aws:iam::${account}:role/app`
const subject = 'system:serviceaccount:prod:app'
const question = { role: 'app', serviceAccount: { namespace: 'prod', name: 'app' } } as const

type Json = Readonly<Record<string, unknown>>

const statement = (
  condition: unknown,
  principal: unknown = { Federated: providerArn },
  action: unknown = 'sts:AssumeRoleWithWebIdentity',
  effect = 'Allow',
): Json => ({
  Effect: effect,
  Principal: principal,
  Action: action,
  ...(condition === undefined ? {} : { Condition: condition }),
})
const role = (statements: readonly Json[], name = 'app', owner = account): Json => ({
  Role: {
    Path: '/',
    RoleName: name,
    Arn: `arn:aws:iam::${owner}:role/${name}`,
    AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: statements },
  },
})
const cluster = {
  cluster: { name: 'main', arn: clusterArn, identity: { oidc: { issuer: `https://${issuer}` } } },
}
const listed = (...arns: readonly string[]): Json => ({
  OpenIDConnectProviderList: arns.map((Arn) => ({ Arn })),
})
const provider = (clientIds: readonly string[] = ['sts.amazonaws.com']): Json => ({
  OpenIDConnectProviderArn: providerArn,
  Url: issuer,
  ClientIDList: clientIds,
})
const association = (more: Json = {}): Json => ({
  association: {
    clusterName: 'main',
    namespace: 'prod',
    serviceAccount: 'app',
    roleArn,
    associationArn: `arn:aws:eks:eu-west-1:${account}:podidentityassociation/main/a-0123456789abcdef`,
    ...more,
  },
})
const manifests = (...items: readonly Json[]): Json => ({ apiVersion: 'v1', kind: 'List', items })
const serviceAccount = (annotations?: Json): Json => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'app', namespace: 'prod', ...(annotations === undefined ? {} : { annotations }) },
})
const deployment = (spec: Json, env: readonly Json[] = []): Json => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'prod' },
  spec: { template: { spec: { containers: [{ name: 'main', image: 'app', env }], ...spec } } },
})

const exact = statement({
  StringEquals: { [`${issuer}:aud`]: 'sts.amazonaws.com', [`${issuer}:sub`]: subject },
})
const pods = (condition?: unknown, action: unknown = ['sts:AssumeRole', 'sts:TagSession']): Json =>
  statement(condition, { Service: 'pods.eks.amazonaws.com' }, action)
const good = [cluster, listed(providerArn), provider()]

const inventoryFrom = (...inputs: readonly Json[]): ReturnType<typeof inventoryOf> =>
  inventoryOf(
    ...inputs.map((value, index) => readInventory({ name: `${index}.json`, text: JSON.stringify(value) })),
  )
const ask = (inputs: readonly Json[], asked: ExplainQuestion = question): Explanation =>
  explainAssume(inventoryFrom(...inputs), asked, { now })
const verdicts = ({ steps }: Explanation): readonly string[] =>
  steps.map(({ id, verdict }) => `${id} ${verdict}`)
const token = (more: Json = {}): ExplainQuestion => ({
  role: 'app',
  token: {
    issuer: `https://${issuer}`,
    subject,
    audiences: ['sts.amazonaws.com'],
    issuedAt: { at: new Date('2026-10-31T23:00:00Z') },
    expires: { at: new Date('2026-11-01T23:00:00Z') },
    ...more,
  },
})

describe('the steps of STS', () => {
  test('all of them, in order, for a token that is let in', () => {
    const answer = ask([role([exact]), ...good], token())
    expect(verdicts(answer)).toEqual([
      'role passed',
      'claims passed',
      'issuer passed',
      'audience passed',
      'times passed',
      'signature assumed',
      'policy passed',
    ])
    expect([answer.outcome, answer.error, answer.mechanism]).toEqual(['allowed', undefined, 'irsa'])
  })

  // Each world fails at one step and at all that come later; only the first may be told.
  const worst = role([statement({ StringEquals: { [`${issuer}:sub`]: 'system:serviceaccount:dev:app' } })])
  const expired = { expires: { at: new Date('2026-10-01T00:00:00Z') } }
  const broken: readonly (readonly [string, readonly Json[], ExplainQuestion, string])[] = [
    [
      'claims',
      [worst, cluster, listed()],
      token({ subject: undefined, audiences: ['a', 'b'], ...expired }),
      'missing-claim',
    ],
    ['issuer', [worst, cluster, listed()], token({ audiences: ['a', 'b'], ...expired }), 'no-provider'],
    ['audience', [worst, ...good], token({ audiences: ['a', 'b'], ...expired }), 'several-audiences'],
    ['audience', [worst, ...good], token({ audiences: ['a'], ...expired }), 'wrong-audience'],
    ['times', [worst, ...good], token(expired), 'expired-token'],
    ['policy', [worst, ...good], token(), 'not-authorized'],
  ]
  test.each(broken)('%s: the first that fails ends the walk', (step, inputs, asked, error) => {
    const answer = ask(inputs, asked)
    const at = answer.steps.findIndex(({ verdict }) => verdict === 'failed')
    expect([answer.steps[at]?.id, answer.outcome, answer.error?.id]).toEqual([step, 'denied', error])
    expect(answer.steps.slice(at + 1).every(({ verdict }) => verdict === 'not-reached')).toBe(true)
    expect(
      answer.steps.slice(0, at).some(({ verdict }) => verdict === 'failed' || verdict === 'not-reached'),
    ).toBe(false)
  })

  test('five minutes are forgiven on both ends, and not a second more', () => {
    const at = (ms: number): { at: Date } => ({ at: new Date(now.getTime() + ms) })
    const outcome = (more: Json): string => ask([role([exact]), ...good], token(more)).outcome
    const minutes = 60_000
    expect(outcome({ expires: at(-5 * minutes + 1000) })).toBe('allowed')
    expect(outcome({ expires: at(-5 * minutes) })).toBe('denied')
    expect(outcome({ notBefore: at(5 * minutes) })).toBe('allowed')
    expect(outcome({ notBefore: at(5 * minutes + 1000) })).toBe('denied')
    expect(outcome({ issuedAt: at(6 * minutes) })).toBe('denied')
  })

  test('an `azp` claim is the audience, however many there are', () => {
    const answer = ask(
      [role([exact]), ...good],
      token({ audiences: ['a', 'b'], authorizedParty: 'sts.amazonaws.com' }),
    )
    expect(answer.outcome).toBe('allowed')
  })

  test('the issuer is compared exactly: a slash at the end is another one', () => {
    const answer = ask([role([exact]), ...good], token({ issuer: `https://${issuer}/` }))
    expect([answer.outcome, answer.causes[0]?.id]).toEqual(['denied', 'issuer-form'])
  })

  test('a provider that was not collected is not missing', () => {
    const answer = ask([role([exact]), cluster])
    expect(answer.outcome).toBe('undecided')
    expect(answer.missing).toHaveLength(1)
    expect(answer.missing[0]).toContain(`whether account ${account} has an OIDC provider`)
    // One provider of many may have been read; only a list of all of them shows that one is missing.
    const some = ask([
      role([exact]),
      cluster,
      { ...provider(), OpenIDConnectProviderArn: `${providerArn}0`, Url: `${issuer}0` },
    ])
    expect([some.outcome, some.causes[0]?.certainty]).toEqual(['undecided', 'likely'])
    const all = ask([role([exact]), cluster, listed(`${providerArn}0`)])
    expect([all.outcome, all.causes[0]?.certainty]).toEqual(['denied', 'certain'])
  })

  test('what the policy denies is denied, whatever is not known before it', () => {
    const answer = ask([
      role([statement({ StringEquals: { [`${issuer}:sub`]: 'system:serviceaccount:dev:app' } })]),
      cluster,
    ])
    expect([answer.outcome, answer.error?.id, answer.causes[0]?.id]).toEqual([
      'denied',
      'not-authorized',
      'wrong-namespace',
    ])
  })

  test('client ids that were not read leave the audience open', () => {
    const answer = ask([role([exact]), cluster, listed(providerArn)])
    expect([answer.outcome, verdicts(answer)[3]]).toEqual(['undecided', 'audience unknown'])
  })

  test('a role that is missing for certain is denied, one that was not read is not', () => {
    const roles = { Roles: [role([exact])['Role'] as Json], IsTruncated: false }
    const gone = ask([roles, ...good], { ...question, role: `arn:aws:iam::${account}:role/gone` })
    expect([gone.outcome, gone.error?.id, gone.causes[0]?.id]).toEqual([
      'denied',
      'not-authorized',
      'role-missing',
    ])
    const elsewhere = ask([roles, ...good], { ...question, role: `arn:aws:iam::${other}:role/gone` })
    expect([elsewhere.outcome, elsewhere.steps[0]?.verdict]).toEqual(['undecided', 'unknown'])
  })
})

describe('the trust policy', () => {
  test('the steps are the trace of the evaluator, condition by condition', () => {
    const statements = [
      exact,
      statement({ StringLike: { [`${issuer}:sub`]: 'system:serviceaccount:dev:*' } }),
    ]
    const answer = ask([role(statements), ...good])
    const context = new Map(
      [['sub', subject] as const, ['aud', 'sts.amazonaws.com'] as const].map(([claim, value]) => [
        `${issuer.toLowerCase()}:${claim}`,
        { state: 'present', values: [value], multivalued: false } as const,
      ]),
    )
    const policy = parseTrustPolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }))
    const evaluation = evaluateTrust(policy, {
      actions: ['sts:AssumeRoleWithWebIdentity'],
      caller: { type: 'web-identity', provider: providerArn },
      context,
    })
    const shown = answer.steps.at(-1)?.statements ?? []
    expect(shown.map(({ verdict }) => verdict)).toEqual(
      evaluation.actions[0]?.statements.map(({ verdict }) => verdict),
    )
    expect(
      shown.flatMap(({ conditions }) => conditions.map(({ key, verdict, found }) => [key, verdict, found])),
    ).toEqual(
      evaluation.actions[0]?.statements.flatMap(({ conditions }) =>
        conditions.map(({ condition, verdict, found }) => [condition.keyText, verdict, found]),
      ),
    )
  })

  const misses: readonly (readonly [string, Json, string])[] = [
    [
      'literal-wildcard',
      { StringEquals: { [`${issuer}:sub`]: 'system:serviceaccount:prod:*' } },
      'every service account in prod',
    ],
    ['letter-case', { StringEquals: { [`${issuer}:sub`]: 'system:serviceaccount:Prod:app' } }, 'prod/app'],
    ['swapped-names', { StringEquals: { [`${issuer}:sub`]: 'system:serviceaccount:app:prod' } }, 'prod/app'],
    ['malformed-subject', { StringEquals: { [`${issuer}:sub`]: 'prod:app' } }, 'prod/app'],
    [
      'malformed-subject',
      { StringEquals: { [`${issuer}:sub`]: 'system:serviceaccounts:prod:app' } },
      'prod/app',
    ],
    [
      'malformed-subject',
      { StringEquals: { [`${issuer}:sub`]: 'system:serviceaccount:prod/app' } },
      'prod/app',
    ],
    ['wrong-name', { StringEquals: { [`${issuer}:sub`]: 'system:serviceaccount:prod:apq' } }, 'prod/app'],
    [
      'wrong-namespace',
      { StringEquals: { [`${issuer}:sub`]: ['system:serviceaccount:production:app'] } },
      'prod/app and production/app',
    ],
    [
      'other-subject',
      { StringEquals: { [`${issuer}:sub`]: 'system:serviceaccount:ci:runner' } },
      'prod/app and ci/runner',
    ],
    ['audience-under-subject-key', { StringEquals: { [`${issuer}:sub`]: 'sts.amazonaws.com' } }, 'prod/app'],
    ['subject-under-audience-key', { StringEquals: { [`${issuer}:aud`]: subject } }, 'prod/app'],
    ['malformed-issuer-key', { StringEquals: { [`https://${issuer}:sub`]: subject } }, 'prod/app'],
    ['malformed-issuer-key', { StringEquals: { [`${providerArn}:sub`]: subject } }, 'prod/app'],
    ['missing-claim-in-key', { StringEquals: { [issuer]: subject } }, 'prod/app'],
    ['wrong-operator-type', { ArnLike: { [`${issuer}:sub`]: subject } }, 'prod/app'],
    [
      'issuer-key-of-other-cluster',
      { StringEquals: { [`${issuer.slice(0, -1)}9:sub`]: subject } },
      'prod/app',
    ],
    ['absent-key', { StringEquals: { [`${issuer}:sub`]: subject, 'sts:ExternalId': 'x' } }, 'prod/app'],
    [
      'absent-key',
      { StringEquals: { [`${issuer}:sub`]: subject, 'aws:RequestTag/kubernetes-namespace': 'prod' } },
      'prod/app',
    ],
    [
      'audience-condition',
      { StringEquals: { [`${issuer}:sub`]: subject, [`${issuer}:aud`]: 'irsa' } },
      'prod/app',
    ],
  ]
  test.each(misses)('%s: the nearest miss, and whom the mended policy admits', (cause, condition, after) => {
    const answer = ask([role([statement(condition)]), ...good])
    expect([answer.outcome, answer.nearestMiss?.cause, answer.causes[0]?.certainty]).toEqual([
      'denied',
      cause,
      'certain',
    ])
    expect(answer.mend?.admitted).toEqual({ before: expect.any(String), after })
    expect(answer.mend?.admitted?.before).not.toContain('prod/app')
  })

  test('of several statements the one nearest to the caller is explained', () => {
    const far = statement({ StringEquals: { [`${issuer}:sub`]: 'system:serviceaccount:ci:runner' } })
    const near = statement({ StringEquals: { [`${issuer}:sub`]: 'system:serviceaccount:prod:apps' } })
    const answer = ask([role([far, near, far]), ...good])
    expect([answer.nearestMiss?.at.startsWith('/Statement/1/'), answer.nearestMiss?.distance]).toEqual([
      true,
      1,
    ])
  })

  test('a condition that names nobody else is replaced, one that is right for another is added to', () => {
    const trusted = statement({ StringEquals: { [`${issuer}:sub`]: 'system:serviceaccount:prod:worker' } })
    const exists = manifests({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'worker', namespace: 'prod' },
    })
    expect(ask([role([trusted]), ...good, exists]).mend?.admitted?.after).toBe('prod/app and prod/worker')
  })

  test('a Deny that applies is named, and the mend spares the caller from it', () => {
    const open = statement({ StringLike: { [`${issuer}:sub`]: 'system:serviceaccount:prod:*' } })
    const deny = statement(
      { StringNotEquals: { [`${issuer}:sub`]: 'system:serviceaccount:prod:worker' } },
      { Federated: providerArn },
      'sts:AssumeRoleWithWebIdentity',
      'Deny',
    )
    const answer = ask([role([open, deny]), ...good])
    expect([answer.causes[0]?.id, answer.causes[0]?.at?.startsWith('/Statement/1/')]).toEqual([
      'explicit-deny',
      true,
    ])
    expect(answer.mend?.admitted).toEqual({ before: 'prod/worker', after: 'prod/app and prod/worker' })
  })

  test('what the caller chooses and nobody has said is not decided, and the answer says what', () => {
    const answer = ask([
      role([
        statement({
          StringEquals: { [`${issuer}:sub`]: subject },
          IpAddress: { 'aws:SourceIp': '10.0.0.0/8' },
        }),
      ]),
      ...good,
    ])
    expect([answer.outcome, answer.missing.join().includes('aws:SourceIp')]).toEqual(['undecided', true])
  })

  test('no mend is offered that would leave the audience as the only test', () => {
    const answer = ask([
      role([statement({ StringEquals: { [`${issuer}:aud`]: 'sts.amazonaws.com', 'sts:ExternalId': 'x' } })]),
      ...good,
    ])
    expect([answer.outcome, answer.mend]).toEqual(['denied', undefined])
  })
})

describe('Pod Identity', () => {
  const all = [role([pods()]), ...good, association()]

  test('all steps, in order', () => {
    expect(verdicts(ask(all))).toEqual([
      'role passed',
      'association passed',
      'account passed',
      'assume-role passed',
      'tag-session passed',
      'agent assumed',
    ])
  })

  test('with a token its audience is the first question', () => {
    const answer = ask(all, token({ audiences: ['pods.eks.amazonaws.com'] }))
    expect([answer.mechanism, verdicts(answer)[1], answer.outcome]).toEqual([
      'pod-identity',
      'audience passed',
      'allowed',
    ])
  })

  const worlds: readonly (readonly [string, readonly Json[], string, string])[] = [
    [
      'association',
      [role([pods()]), ...good, association({ roleArn: `${roleArn}-2` })],
      'association-of-other-role',
      'denied',
    ],
    [
      'association',
      [role([pods()]), ...good, association({ namespace: 'dev' })],
      'wrong-namespace',
      'undecided',
    ],
    ['association', [role([pods()]), ...good], 'pod-not-restarted', 'undecided'],
    [
      'account',
      [role([pods()], 'app', other), ...good, association({ roleArn: `arn:aws:iam::${other}:role/app` })],
      'association-in-other-account',
      'denied',
    ],
    ['assume-role', [role([exact]), ...good, association()], 'missing-pod-identity-statement', 'denied'],
    [
      'assume-role',
      [
        role([statement(undefined, { Service: 'eks.amazonaws.com' }, ['sts:AssumeRole', 'sts:TagSession'])]),
        ...good,
        association(),
      ],
      'wrong-service-principal',
      'denied',
    ],
    [
      'assume-role',
      [
        role([pods({ StringEquals: { 'aws:RequestTag/kubernetes-namespace': 'production' } })]),
        ...good,
        association(),
      ],
      'wrong-namespace',
      'denied',
    ],
    [
      'assume-role',
      [
        role([pods({ StringEquals: { 'aws:RequestTag/eks-cluster-name': 'other' } })]),
        ...good,
        association(),
      ],
      'request-tag-value',
      'denied',
    ],
    [
      'assume-role',
      [
        role([pods({ StringEquals: { 'aws:RequestTag/kubernetes-namespace': 'prod' } })]),
        ...good,
        association({ disableSessionTags: true }),
      ],
      'session-tags-disabled',
      'denied',
    ],
    [
      'assume-role',
      [role([pods({ StringEquals: { 'aws:TagKeys': 'kubernetes-namespace' } })]), ...good, association()],
      'unqualified-multivalued-key',
      'denied',
    ],
    [
      'assume-role',
      [role([pods({ StringEquals: { [`${issuer}:sub`]: subject } })]), ...good, association()],
      'oidc-key-in-pod-identity',
      'denied',
    ],
    [
      'tag-session',
      [role([pods(undefined, 'sts:AssumeRole')]), ...good, association()],
      'missing-tag-session',
      'denied',
    ],
    [
      'target-role',
      [
        role([pods()]),
        role([statement(undefined, { AWS: `${roleArn}-2` }, 'sts:AssumeRole')], 'target', other),
        ...good,
        association({ targetRoleArn: `arn:aws:iam::${other}:role/target` }),
      ],
      'target-role-trust',
      'denied',
    ],
  ]
  test.each(worlds)('%s: %#', (step, inputs, cause, outcome) => {
    const answer = ask(inputs)
    const found = answer.steps.find(({ verdict }) => verdict === 'failed' || verdict === 'unknown')
    expect([answer.outcome, answer.mechanism, found?.id]).toEqual([outcome, 'pod-identity', step])
    if (cause !== 'pod-not-restarted') expect(answer.causes[0]?.id).toBe(cause)
  })

  test('the target role may be the one in question', () => {
    const target = role(
      [statement(undefined, { AWS: roleArn }, ['sts:AssumeRole', 'sts:TagSession'])],
      'target',
      other,
    )
    const inputs = [
      role([pods()]),
      target,
      ...good,
      association({ targetRoleArn: `arn:aws:iam::${other}:role/target` }),
    ]
    const answer = ask(inputs, { ...question, role: 'target' })
    expect([
      answer.outcome,
      answer.steps.map(({ id }) => id).includes('target-role'),
      answer.identity?.isRole,
    ]).toEqual(['allowed', true, true])
  })

  // Each world fails at one step and at all that come later; only the first may be told.
  const target = `arn:aws:iam::${other}:role/target`
  const noTarget = role([statement(undefined, { AWS: `${roleArn}-2` }, 'sts:AssumeRole')], 'target', other)
  const onFargate = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'batch', namespace: 'prod', labels: { 'eks.amazonaws.com/fargate-profile': 'jobs' } },
    spec: { serviceAccountName: 'app', containers: [] },
  }
  const inOrder = ['role', 'association', 'account', 'assume-role', 'tag-session', 'target-role', 'agent']
  const nothing = role([exact])
  const worst: readonly (readonly [string, Json, Json])[] = [
    ['association', nothing, { roleArn: `arn:aws:iam::${other}:role/app-2`, targetRoleArn: target }],
    ['assume-role', nothing, { targetRoleArn: target }],
    ['tag-session', role([pods(undefined, 'sts:AssumeRole')]), { targetRoleArn: target }],
    ['target-role', role([pods()]), { targetRoleArn: target }],
    ['agent', role([pods()]), {}],
  ]
  test.each(worst)('%s: the first that fails ends the walk', (step, source, more) => {
    const inputs = [source, noTarget, ...good, association(more), manifests(onFargate)]
    const answer = ask(inputs, { ...question, mechanism: 'pod-identity' })
    const ids = answer.steps.map(({ id }) => id)
    expect(ids).toEqual(inOrder.filter((id) => id !== 'target-role' || 'targetRoleArn' in more))
    const at = ids.findIndex((id) => id === step)
    expect(answer.steps.map(({ verdict }) => verdict)).toEqual(
      ids.map((_, index) => (index < at ? 'passed' : index === at ? 'failed' : 'not-reached')),
    )
    expect(answer.outcome).toBe('denied')
  })

  test('without session tags the second action is not asked for', () => {
    const answer = ask([role([pods()]), ...good, association({ disableSessionTags: true })])
    expect([answer.outcome, answer.steps.some(({ id }) => id === 'tag-session')]).toEqual(['allowed', false])
  })
})

describe('which identity the pod gets', () => {
  const arn = { 'eks.amazonaws.com/role-arn': roleArn }
  const hand = [
    { name: 'AWS_ROLE_ARN', value: `${roleArn}-hand` },
    { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: '/token' },
  ]
  const nodes = { associations: [] }

  const identity = (...inputs: readonly Json[]): Explanation['identity'] =>
    ask([role([exact, pods()]), ...good, ...inputs]).identity

  test('variables that the pod sets, then the association, then the annotation, then the node', () => {
    const run = deployment({ serviceAccountName: 'app' }, hand)
    expect(identity(manifests(serviceAccount(arn), run), association())).toMatchObject({
      source: 'environment',
      roleArn: `${roleArn}-hand`,
      isRole: false,
    })
    expect(identity(manifests(serviceAccount(arn)), association({ roleArn: `${roleArn}-2` }))).toMatchObject({
      source: 'association',
      roleArn: `${roleArn}-2`,
      isRole: false,
    })
    expect(identity(manifests(serviceAccount(arn)), nodes)).toMatchObject({
      source: 'annotation',
      roleArn,
      isRole: true,
    })
    expect(identity(manifests(serviceAccount()), nodes)).toMatchObject({ source: 'node-role', isRole: false })
    expect(identity()).toMatchObject({ source: 'unknown' })
  })

  test('an association switches the annotation off, and that is the first cause', () => {
    const inputs = [
      role([exact]),
      ...good,
      manifests(serviceAccount(arn)),
      association({ roleArn: `${roleArn}-2` }),
    ]
    const answer = ask(inputs)
    expect([answer.outcome, answer.causes[0]?.id]).toEqual(['allowed', 'association-wins'])
    expect(answer.identity?.chain.find(({ place }) => place === 'web-identity')?.state).toBe('shadowed')
  })

  test('an annotation of another role is the first cause, and the mend is a patch of the annotation', () => {
    const answer = ask([
      role([exact]),
      ...good,
      manifests(serviceAccount({ 'eks.amazonaws.com/role-arn': `${roleArn}-2` })),
      nodes,
    ])
    expect(answer.causes[0]?.id).toBe('annotation-of-other-role')
    expect(answer.mend).toMatchObject({
      target: 'annotation',
      patch: [{ op: 'replace', path: '/metadata/annotations/eks.amazonaws.com~1role-arn', value: roleArn }],
    })
  })

  test('pods that run as `default` are pointed at', () => {
    const answer = ask([role([exact]), ...good, manifests(serviceAccount(arn), deployment({})), nodes])
    expect(answer.causes[0]?.id).toBe('pod-of-other-service-account')
  })
})

describe('what a live read adds', () => {
  const west = clusterArn
  const east = `arn:aws:eks:us-east-1:${account}:cluster/main`
  const eastIssuer = 'oidc.eks.us-east-1.amazonaws.com/id/1B2C3D4E5F60718293A4B5C6D7E8F901'
  const eastCluster = {
    cluster: { name: 'main', arn: east, identity: { oidc: { issuer: `https://${eastIssuer}` } } },
  }
  /** Facts that only a live read, or a snapshot of one, has. */
  const live = (
    inputs: readonly Json[],
    more: Partial<Facts>,
    asked: ExplainQuestion = question,
  ): Explanation => {
    const { facts, roles } = inventoryFrom(...inputs)
    const complete = [...(facts.complete ?? []), ...(more.complete ?? [])]
    return explainAssume({ facts: { ...facts, ...more, complete }, roles }, asked, { now })
  }
  const location = { input: { name: 'x', text: '' }, pointer: '' }
  const associationsRead = { complete: [{ kind: 'associations', cluster: west }] } as const
  const addonsRead = (...names: readonly string[]): Partial<Facts> => ({
    addons: names.map((name) => ({
      name,
      cluster: 'main',
      clusterArn: west,
      associationArns: [],
      location,
    })),
    complete: [{ kind: 'addons', cluster: west }],
  })
  const stepOf = (answer: Explanation, id: string): string | undefined =>
    answer.steps.find((step) => step.id === id)?.verdict

  test('no association among all of them is certain, and EKS then sets nothing', () => {
    const answer = live([role([pods()]), ...good], associationsRead)
    expect([answer.outcome, stepOf(answer, 'association'), answer.error?.id]).toEqual([
      'denied',
      'failed',
      'no-credentials',
    ])
    expect(answer.causes[0]).toMatchObject({ id: 'no-association', certainty: 'certain' })
    expect(answer.mend?.command).toContain('--region eu-west-1 --cluster-name main')
    // A token for Pod Identity got to the agent all the same, which EKS Auth answers.
    const withToken = live(
      [role([pods()]), ...good],
      associationsRead,
      token({ audiences: ['pods.eks.amazonaws.com'] }),
    )
    expect(withToken.error?.id).toBe('association-not-found')
    // Of another cluster of the name nothing is said.
    const elsewhere = live([role([pods()]), ...good, eastCluster], associationsRead, {
      ...question,
      cluster: east,
    })
    expect([elsewhere.outcome, stepOf(elsewhere, 'association')]).toEqual(['undecided', 'unknown'])
  })

  test('an association of a like name is pointed at, in the same cluster alone', () => {
    const near = association({ namespace: 'production' })
    const answer = live([role([pods()]), ...good, near], associationsRead)
    expect(answer.causes[0]).toMatchObject({ id: 'wrong-namespace', certainty: 'certain' })
    expect(answer.causes[0]?.summary).toContain('`production/app`')
    const foreign = live(
      [role([pods()]), ...good, near, eastCluster],
      {
        complete: [{ kind: 'associations', cluster: east }],
      },
      { ...question, cluster: east },
    )
    expect(foreign.causes[0]?.id).toBe('no-association')
  })

  test('one whose names are not known yet keeps the answer open', () => {
    const { facts, roles } = inventoryFrom(role([pods()]), ...good, association())
    const unknown = { unknown: true, reason: 'known after apply', cause: 'known-after-apply' } as const
    const associations = facts.associations.map((one) => ({ ...one, serviceAccount: unknown }))
    const complete = [...(facts.complete ?? []), ...associationsRead.complete]
    const answer = explainAssume({ facts: { ...facts, associations, complete }, roles }, question, { now })
    expect([answer.outcome, stepOf(answer, 'association')]).toEqual(['undecided', 'unknown'])
  })

  test('clusters of one name are told apart by their ARNs', () => {
    const inputs = [role([pods()]), ...good, eastCluster, association()]
    expect(ask(inputs, { ...question, cluster: west }).outcome).toBe('allowed')
    expect(stepOf(ask(inputs, { ...question, cluster: east }), 'association')).toBe('unknown')
    const byName = ask(inputs, { ...question, cluster: 'main' })
    expect([byName.outcome, byName.caller.cluster?.arn]).toEqual(['allowed', west])
    expect(byName.assumptions.join()).toContain('of the 2 clusters named `main`')
    // By IRSA it is the one whose issuer the role trusts, in whatever order they come.
    const web = ask([role([exact]), eastCluster, ...good], { ...question, cluster: 'main' })
    expect([web.outcome, web.caller.cluster?.arn]).toEqual(['allowed', west])
    expect(ask([role([exact]), eastCluster, ...good], { ...question, cluster: east }).outcome).toBe('denied')
  })

  test('where the question names no cluster of several, an association or the issuer tells', () => {
    const second = {
      cluster: { ...eastCluster.cluster, name: 'second', arn: east.replace('main', 'second') },
    }
    const associated = ask([role([pods()]), ...good, second, association()])
    expect([associated.outcome, associated.caller.cluster?.name]).toEqual(['allowed', 'main'])
    expect(associated.assumptions.join()).toContain('where it has an association')
    const trusted = ask([role([exact]), second, ...good])
    expect([trusted.outcome, trusted.caller.cluster?.name]).toEqual(['allowed', 'main'])
    expect(trusted.assumptions.join()).toContain('whose issuer the role trusts')
    const nowhere = ask([role([exact]), second, ...good], { ...question, cluster: 'third' })
    expect(nowhere.assumptions.join()).toContain('none of those of the inputs')
  })

  test('the agent: the add-on, Auto Mode, none of them', () => {
    const inputs = [role([pods()]), ...good, association()]
    const there = live(inputs, addonsRead('vpc-cni', 'eks-pod-identity-agent'))
    expect([there.outcome, stepOf(there, 'agent')]).toEqual(['allowed', 'passed'])
    expect(there.causes.map(({ id }) => id)).not.toContain('agent-missing')
    const missing = live(inputs, addonsRead('vpc-cni'))
    expect([missing.outcome, missing.expected, stepOf(missing, 'agent')]).toEqual([
      'undecided',
      undefined,
      'unknown',
    ])
    expect(missing.causes[0]).toMatchObject({ id: 'agent-missing', certainty: 'likely' })
    const { facts } = inventoryFrom(...inputs)
    const auto = live(inputs, {
      ...addonsRead('vpc-cni'),
      clusters: facts.clusters.map((one) => ({ ...one, autoMode: true })),
    })
    expect([auto.outcome, auto.steps.at(-1)?.found]).toEqual([
      'allowed',
      'EKS Auto Mode, which has it built in',
    ])
    // Where it runs a pod on the network of its node still fails to reach it at times.
    const onHost = manifests(deployment({ serviceAccountName: 'app', hostNetwork: true }))
    const host = live([...inputs, onHost], addonsRead('eks-pod-identity-agent'))
    expect([host.outcome, host.causes[0]?.id]).toEqual(['allowed', 'host-network'])
    // That of another cluster is of no use.
    const foreign = live(inputs, {
      ...addonsRead('vpc-cni'),
      addons: [
        { name: 'eks-pod-identity-agent', cluster: 'main', clusterArn: east, associationArns: [], location },
      ],
    })
    expect(stepOf(foreign, 'agent')).toBe('unknown')
  })

  describe('Fargate', () => {
    const profile = (labels: Readonly<Record<string, string>> = {}): Partial<Facts> => ({
      fargateProfiles: [
        {
          name: 'jobs',
          cluster: 'main',
          clusterArn: west,
          selectors: [{ namespace: 'prod', labels: new Map(Object.entries(labels)) }],
          location,
        },
      ],
    })
    const inputs = [role([pods()]), ...good, association()]
    const running = manifests(serviceAccount(), deployment({ serviceAccountName: 'app' }))

    test('a pod that a profile takes gets nothing from its association', () => {
      const answer = live([...inputs, running], profile())
      expect([answer.outcome, stepOf(answer, 'agent'), answer.error?.id]).toEqual([
        'denied',
        'failed',
        'agent-unreachable',
      ])
      expect(answer.causes[0]).toMatchObject({ id: 'no-pod-identity-here', certainty: 'certain' })
      expect(answer.identity).toMatchObject({ source: 'none', isRole: false })
      expect(answer.identity?.chain.find(({ place }) => place === 'container')?.state).toBe('absent')
    })

    test('without the pods a profile of the namespace is a strong hint, one with labels is none', () => {
      const hinted = live(inputs, profile())
      expect([hinted.outcome, hinted.expected]).toEqual(['undecided', 'denied'])
      expect(live(inputs, profile({ on: 'fargate' })).outcome).toBe('allowed')
    })

    test('IRSA works there, and an association stands in its way', () => {
      const annotated = manifests(
        serviceAccount({ 'eks.amazonaws.com/role-arn': roleArn }),
        deployment({ serviceAccountName: 'app' }),
      )
      const web = [role([exact]), ...good, annotated]
      expect(live(web, profile()).identity).toMatchObject({ source: 'annotation', isRole: true })
      const blocked = live([...web, association({ roleArn: `${roleArn}-2` })], profile())
      expect(blocked.causes[0]?.id).toBe('no-pod-identity-here')
      expect(blocked.mend?.title).toContain('delete the association')
    })
  })

  test('an annotation is gone by where there is no association for certain', () => {
    const annotated = manifests(serviceAccount({ 'eks.amazonaws.com/role-arn': roleArn }))
    const answer = live([role([pods()]), ...good, annotated], associationsRead)
    expect([answer.mechanism, answer.outcome, answer.causes[0]?.id]).toEqual([
      'irsa',
      'denied',
      'missing-statement',
    ])
  })

  test('a role that is named by its association alone is known to be gone', () => {
    const roles = { Roles: [role([exact])['Role'] as Json], IsTruncated: false }
    const answer = ask([roles, ...good, association({ roleArn: `${roleArn}-2024` })], {
      ...question,
      role: 'app-2024',
    })
    expect([answer.outcome, answer.mechanism, answer.error?.id, answer.causes[0]?.id]).toEqual([
      'denied',
      'pod-identity',
      'eks-not-permitted',
      'role-missing',
    ])
    expect(answer.identity?.summary).toContain('there is no such role')
  })

  test('half of the variables set by hand: the role of the pod, the token of the annotation', () => {
    const half = deployment({ serviceAccountName: 'app' }, [
      { name: 'AWS_ROLE_ARN', value: `${roleArn}-hand` },
    ])
    const annotated = manifests(serviceAccount({ 'eks.amazonaws.com/role-arn': roleArn }), half)
    const answer = ask([role([exact]), ...good, annotated, { associations: [] }])
    expect(answer.identity).toMatchObject({
      source: 'environment',
      roleArn: `${roleArn}-hand`,
      isRole: false,
    })
    expect(answer.causes[0]?.id).toBe('environment-of-other-role')
  })

  test('associations that could not be read leave open what the pod gets', () => {
    const { facts, roles } = inventoryFrom(role([exact]), ...good, manifests(serviceAccount()), {
      associations: [],
    })
    const gap = { kind: 'association', subject: 'main', reason: 'denied' } as const
    const answer = explainAssume({ facts: { ...facts, gaps: [gap] }, roles }, question, { now })
    expect(answer.identity?.source).toBe('unknown')
    expect(answer.identity?.summary).toContain('its associations were not read')
  })
})

describe('errors by their text', () => {
  test.each(Object.keys(ERRORS) as (keyof typeof ERRORS)[])(
    '%s: the text that the SDK shows is known again',
    (id) => {
      const { code, message, causes } = ERRORS[id]
      const text =
        {
          'eks-auth-throttled': `EKS Auth: AssumeRoleForPodIdentity, ${code}: ${message}`,
          'eks-auth-failing': `EKS Auth: AssumeRoleForPodIdentity, ${code}: ${message}`,
          'eks-auth-refused': `EKS Auth: AssumeRoleForPodIdentity, ${code}: ${message}`,
          'pod-token-expired': `eks auth: ${code}: ${message}`,
          'pod-token-invalid': `container-role: (${code}): ${message}`,
          'agent-unreachable': `Get "http://169.254.170.23/v1/credentials": connection refused`,
          'agent-call-failed': `${message}: AssumeRoleForPodIdentity: context canceled`,
          'node-role-used': `User: arn:aws:sts::${account}:assumed-role/nodes/i-0123456789abcdef0 is not authorized to perform: sts:AssumeRole`,
        }[id as string] ?? `An error occurred (${code}): ${message}`
      const answer = explainError(text)
      expect(answer?.error.id).toBe(id)
      expect(answer?.causes.map((one) => one.id)).toEqual([...causes])
    },
  )

  // The errors that EKS Auth documents, which the agent passes on.
  test.each([
    [
      'AccessDeniedException: Unauthorized Exception! EKS does not have permissions to assume the associated role',
      'eks-not-permitted',
    ],
    ['ExpiredTokenException', 'pod-token-expired'],
    ['InternalServerException', 'eks-auth-failing'],
    ['InvalidParameterException: clusterName', 'eks-auth-refused'],
    ['InvalidRequestException', 'eks-auth-refused'],
    ['InvalidTokenException', 'pod-token-invalid'],
    ['ResourceNotFoundException', 'association-not-found'],
    ['ServiceUnavailableException', 'eks-auth-failing'],
    ['ThrottlingException: Rate exceeded', 'eks-auth-throttled'],
  ])('of EKS Auth: %s', (text, id) => {
    const answer = explainError(
      `operation error EKS Auth: AssumeRoleForPodIdentity, StatusCode: 400, ${text}`,
    )
    expect(answer?.error.id).toBe(id)
  })

  test('what the text itself tells is shown, and nothing else of it', () => {
    const answer = explainError(
      `eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl InvalidIdentityToken: No OpenIDConnect provider found in your account for https://${issuer}.`,
    )
    expect(answer?.facts).toEqual([{ what: 'issuer', value: `https://${issuer}` }])
    expect(JSON.stringify(answer)).not.toMatch(/eyJ|c2lnbmF0dXJl/)
  })

  test('a text that is none of them has no answer, however long it is', () => {
    expect(explainError('x'.repeat(5_000_000))).toBeUndefined()
    expect(explainError('')).toBeUndefined()
  })
})

describe('what is printed', () => {
  const HOSTILE = '\u001b[2J\u202eevil`</code><script>\u200b```\n| x'
  const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/
  const hostile = ask(
    [
      role([statement({ [`StringEquals`]: { [`${issuer}:sub`]: HOSTILE, [HOSTILE]: HOSTILE } })], HOSTILE),
      cluster,
      listed(providerArn),
      provider([HOSTILE]),
    ],
    { role: HOSTILE, serviceAccount: { namespace: HOSTILE, name: HOSTILE }, audience: HOSTILE },
  )
  const answers: readonly (readonly [string, Explanation])[] = [
    ['allowed', ask([role([exact]), ...good])],
    [
      'denied',
      ask([
        role([statement({ StringEquals: { [`${issuer}:sub`]: 'system:serviceaccount:prod:*' } })]),
        ...good,
      ]),
    ],
    ['undecided', ask([role([exact])])],
    [
      'Pod Identity',
      ask([
        role([pods({ StringEquals: { 'aws:PrincipalTag/kubernetes-namespace': 'prod' } })]),
        ...good,
        association(),
      ]),
    ],
    ['hostile', hostile],
  ]
  test.each(answers)(
    '%s: text within 100 columns where it can be broken, JSON by its schema, Markdown',
    (_name, answer) => {
      const text = toExplainText(answer, { verbose: true })
      expect(text).not.toMatch(UNSAFE)
      for (const line of text.split('\n'))
        if (!/\S{50}/.test(line) && !line.startsWith('    ')) expect(line.length).toBeLessThanOrEqual(100)
      const json = toExplainJson(answer, { version: '1.0.0', inputs: [{ name: 'x' }] })
      expect(json).toMatch(/^[\u0020-\u007e\n]*$/)
      expect(explainSchema.parse(JSON.parse(json)).explanation?.steps).toHaveLength(answer.steps.length)
      const markdown = toExplainMarkdown(answer)
      expect(markdown).not.toMatch(UNSAFE)
      // Outside of code nothing of an input may stand.
      expect(markdown.replace(/```[^]*?```/g, '').replace(/`[^`\n]*`/g, '')).not.toMatch(/<script>|evil/)
    },
  )

  test('the same answer is printed the same, and colour is nothing but colour', () => {
    const [, [, answer] = []] = answers
    if (answer === undefined) throw new Error('no answer')
    expect(toExplainText(answer)).toBe(toExplainText(answer))
    expect(toExplainText(answer, { color: true }).replace(/\u001b\[\d+m/g, '')).toBe(toExplainText(answer))
  })

  test('errors too', () => {
    const answer = explainError('InvalidIdentityToken: Incorrect token audience')
    if (answer === undefined) throw new Error('no answer')
    expect(toErrorText(answer)).toContain('client ids')
    expect(toErrorMarkdown(answer)).toContain('### `InvalidIdentityToken`')
    expect(
      explainSchema.parse(JSON.parse(toErrorJson(answer, { version: '1', inputs: [] }))).error?.causes[0]?.id,
    ).toBe('audience-not-registered')
  })

  test('what is known only after apply is shown by where it comes from', () => {
    const hole = {
      placeholder: '\ue000',
      origin: 'aws_eks_cluster.main.identity[0].oidc[0].issuer',
      kind: 'issuer',
    } as const
    const arn = `arn:aws:iam::${account}:oidc-provider/${hole.placeholder}`
    const condition = { StringEquals: { [`${hole.placeholder}:sub`]: 'system:serviceaccount:prod:*' } }
    const inputs = inventoryFrom(role([statement(condition, { Federated: arn })]), {
      cluster: { name: 'main', identity: { oidc: { issuer: `https://${hole.placeholder}` } } },
    })
    const inventory = { ...inputs, facts: { ...inputs.facts, holes: [hole] } }
    const answer = explainAssume(inventory, question, { now })
    expect([answer.outcome, answer.causes[0]?.id]).toEqual(['denied', 'literal-wildcard'])
    for (const text of [
      toExplainText(answer),
      toExplainMarkdown(answer),
      toExplainJson(answer, { version: '1', inputs: [] }),
    ]) {
      expect(text).toContain('known after apply')
      expect(text).not.toMatch(/\ue000|\\ue000/)
    }
  })
})

test('where no input tells the issuer of the cluster, it is that of the role, and the answer says so', () => {
  const answer = ask([role([exact]), listed(providerArn), provider()], { ...question, cluster: 'elsewhere' })
  expect(answer.outcome).toBe('allowed')
  expect(answer.assumptions.join()).toContain('which the role trusts; no input tells it')
})

test('the distance of two texts is a metric, and a swap of neighbours is one step', () => {
  const word = fc.string({ maxLength: 12, unit: fc.constantFrom('a', 'b', 'c') })
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = editDistance(a, b)
      expect(distance).toBe(editDistance(b, a))
      expect(distance === 0).toBe(a === b)
      expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length))
      expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length))
    }),
  )
  expect([editDistance('abcd', 'abdc'), editDistance('kitten', 'sitting')]).toEqual([1, 3])
})
