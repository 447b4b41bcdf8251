import { describe, expect, test } from '@jest/globals'
import type { Language } from '../src/automata/language.js'
import { checkRole } from '../src/check.js'
import { compileCondition } from '../src/condition/compile.js'
import { evaluateCondition } from '../src/condition/evaluate.js'
import { OPERATORS } from '../src/condition/operators.js'
import type { Facts, Role } from '../src/inventory.js'
import { awsPrincipalModel } from '../src/mechanisms/aws-principal.js'
import { irsaModel } from '../src/mechanisms/irsa.js'
import { isNamespaceName, isServiceAccountName } from '../src/mechanisms/kubernetes-names.js'
import { podIdentityModel } from '../src/mechanisms/pod-identity.js'
import type { RequestModel } from '../src/mechanisms/request-model.js'
import { webIdentityModel } from '../src/mechanisms/web-identity.js'
import type { Statement, TrustPolicy } from '../src/policy/ast.js'
import { parseTrustPolicy } from '../src/policy/parse.js'
import { ABSENT } from '../src/policy/request.js'
import type { Caller, ContextValue } from '../src/policy/request.js'
import { anyNamespace } from '../src/rules/any-namespace.js'
import { anyServiceAccount } from '../src/rules/any-service-account.js'
import { anyServiceAccountInNamespace } from '../src/rules/any-service-account-in-namespace.js'
import { SEVERITIES } from '../src/rules/rule.js'
import { admit } from '../src/trust/admit.js'
import { requestFor, requestsFor } from '../src/trust/requests.js'
import type { Admission } from '../src/trust/admit.js'
import { evaluateTrust } from '../src/trust/evaluate.js'
import type { ServiceAccountSet } from '../src/trust/service-account-set.js'
import { generatePolicy, generateRequest } from './reference/generate.js'
import { keysOf } from './reference/keys.js'
import { parseDate, parseIpv4, parseIpv6 } from './reference/literals.js'
import { referenceMembership } from './reference/membership.js'
import type { OpenKey, ReferenceModel } from './reference/membership.js'
import { ISSUER, POOLS, PROVIDER } from './reference/pools.js'
import { randomOf } from './reference/random.js'
import type { Random } from './reference/random.js'

const requested = process.env['PODTRUST_CASES']
/** Cases of one law: a sample by default, and as many as asked for, where they are dear up to a limit. */
const cases = (sample: number, most = Infinity): number =>
  requested === undefined ? sample : Math.min(most, Number(requested))
const seed = Number(process.env['PODTRUST_SEED'] ?? 20261120)
const now = new Date('2026-11-02T12:00:00Z')
const ACCOUNT = '111122223333'

const irsa: RequestModel = irsaModel({
  issuer: ISSUER,
  providerArn: PROVIDER,
  account: ACCOUNT,
  clientIds: ['sts.amazonaws.com', 'vault'],
  now,
})
const tagged: RequestModel = podIdentityModel({ account: ACCOUNT, partition: 'aws', sessionTags: true, now })
const untagged: RequestModel = podIdentityModel({
  account: ACCOUNT,
  partition: 'aws',
  sessionTags: false,
  now,
})
const models = [irsa, tagged, untagged]
const web: RequestModel = webIdentityModel({
  issuer: ISSUER,
  providerArn: PROVIDER,
  account: ACCOUNT,
  clientIds: undefined,
  now,
})
/** Callers with AWS credentials: of the role's own account, of another one that is named, and strangers. */
const aws: readonly RequestModel[] = (
  [
    { kind: 'account', account: ACCOUNT },
    { kind: 'account', account: '444455556666' },
    { kind: 'stranger' },
  ] as const
).map((caller) =>
  awsPrincipalModel({
    caller,
    account: ACCOUNT,
    partition: 'aws',
    namedAccounts: new Set([ACCOUNT, '444455556666']),
    namedOrganizations: new Set(['o-abc']),
    now,
  }),
)
const PROVIDER_CALLER = { type: 'web-identity', provider: PROVIDER } as const

/** Words near what the policies talk about, real service accounts all of them. */
const WORDS = [
  'prod:app',
  'prod:other',
  'dev:app',
  'prod-x:app',
  'a:a',
  'app:prod',
  'kube-system:default',
  'prod:app.v2',
  '123:7',
  'prod:10.0.0.1',
]

const SUBJECTS = ['repo:acme/app:ref:refs/heads/main', 'system:serviceaccount:prod:app', 'prod', '7', 'x']
const arnsOf = (account: string): readonly string[] =>
  ['role/app', 'role/team/app', 'user/eve', 'root'].map((rest) => `arn:aws:iam::${account}:${rest}`)

interface Case {
  readonly policy: TrustPolicy
  readonly model: RequestModel
  readonly random: Random
  readonly text: string
}

function caseOf(law: number, index: number, from: readonly RequestModel[] = models): Case {
  const random = randomOf(seed + law, index)
  const model = random.pick(from)
  const caller: Caller =
    model.caller.type === 'aws'
      ? {
          ...model.caller,
          arn: `arn:aws:iam::${model.caller.account}:${random.pick(['role/app', 'user/eve', 'role/team/app'])}`,
        }
      : model.caller
  const shape = random.pick(['one-allow', 'one-deny', 'mixed', 'mixed'] as const)
  const { text } = generatePolicy(random, caller, shape, { storable: random.chance(0.7) })
  return { policy: parseTrustPolicy(text), model, random, text }
}

function fail(what: string, index: number, text: string, more = ''): never {
  throw new Error(`case ${index}: ${what}\n${text}\n${more}`)
}

describe('laws', () => {
  test('the language of a condition holds exactly the values the evaluator matches', () => {
    let compared = 0
    for (let index = 0; index < cases(3000); index++) {
      const { policy, random, text } = caseOf(1, index)
      const request = generateRequest(random, PROVIDER_CALLER, keysOf(policy), index % 3 === 0)
      const lookUp = (key: string): ContextValue => request.context.get(key) ?? ABSENT
      for (const { conditions, effect = 'Allow' } of policy.statements) {
        for (const condition of conditions) {
          const scope = { effect, version: policy.version, lookUp }
          const { must, may } = compileCondition(condition, scope)
          const { base } = condition.operator
          const isExact = base === undefined || base === 'Null' || OPERATORS[base].textsOfType === undefined
          const values = [
            ...condition.values.slice(0, 3),
            ...POOLS.text.requested.slice(0, 4),
            random.pick(POOLS.text.values),
            random.pick(POOLS.arn.requested),
            random.pick(POOLS.number.requested),
            'true',
            '',
            'x',
          ]
          for (const value of values) {
            const truth = evaluateCondition(
              condition,
              { state: 'present', values: [value], multivalued: false },
              scope,
            )
            compared++
            const inMust = must.has(value)
            const inMay = may.has(value)
            const holds = isExact
              ? inMust === (truth === 'true') && inMay === (truth !== 'false')
              : (!inMust || truth === 'true') && (inMay || truth === 'false')
            if (!holds)
              fail(
                `${JSON.stringify(value)} under ${condition.operator.text}: ${truth}, must ${inMust}, may ${inMay}`,
                index,
                text,
              )
          }
        }
      }
    }
    expect(compared).toBeGreaterThan(cases(3000))
  })

  test('witnesses of certain replay to allowed, of possible to allowed or undecided, and what is outside of possible to denied', () => {
    const seen = { certain: 0, possible: 0, outside: 0 }
    for (let index = 0; index < cases(1200); index++) {
      const { policy, model, text } = caseOf(2, index, [...models, web, ...aws])
      const admission = admit(policy, model)
      const certain = admission.certain.witness()
      if (certain !== undefined) {
        seen.certain++
        const request = requestFor(admission, certain, 'certain')
        const outcome = request === undefined ? 'none' : evaluateTrust(policy, request).outcome
        if (outcome !== 'allowed') fail(`certain ${certain} replays to ${outcome}`, index, text)
      }
      const between = admission.possible.difference(admission.certain).witness()
      if (between !== undefined) {
        seen.possible++
        const request = requestFor(admission, between, 'possible')
        const outcome = request === undefined ? 'none' : evaluateTrust(policy, request).outcome
        if (outcome !== 'allowed' && outcome !== 'undecided' && !isFolded(admission))
          fail(`possible ${between} replays to ${outcome}`, index, text)
      }
      const near =
        model.caller.type === 'aws' ? arnsOf(model.caller.account) : model === web ? SUBJECTS : WORDS
      const outside = [...near, model.domain.difference(admission.possible).witness() ?? 'prod:app'].filter(
        (word) => model.domain.has(word) && !admission.possible.has(word),
      )
      for (const word of outside.slice(0, 4)) {
        for (const request of requestsFor(admission, word)) {
          seen.outside++
          const { outcome } = evaluateTrust(policy, request)
          if (outcome !== 'denied' && !isFolded(admission))
            fail(`${word} is outside of possible and replays to ${outcome}`, index, text)
        }
      }
    }
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(100)
  })

  test('both bounds hold exactly the service accounts that brute force over the reference evaluator finds', () => {
    const seen = { compared: 0, certain: 0, between: 0, denied: 0, inexact: 0, tooLarge: 0 }
    for (let index = 0; index < cases(120, 4000); index++) {
      const { policy, model, random, text } = caseOf(3, index)
      const reference = referenceModelOf(policy, model)
      if (reference === undefined) continue
      const admission = admit(policy, model)
      for (const word of [random.pick(WORDS), random.pick(WORDS)]) {
        let expected: { readonly certain: boolean; readonly possible: boolean }
        try {
          expected = referenceMembership(policy, reference, word)
        } catch (error) {
          if (!(error instanceof RangeError)) throw error
          seen.tooLarge++
          continue
        }
        const found = { certain: admission.certain.has(word), possible: admission.possible.has(word) }
        const isExact = !admission.undecided.some(({ isInexact }) => isInexact)
        const holds = isExact
          ? found.certain === expected.certain && found.possible === expected.possible
          : (!found.certain || expected.certain) && (found.possible || !expected.possible)
        if (!holds)
          fail(
            `${word}: reference ${JSON.stringify(expected)}, engine ${JSON.stringify(found)}`,
            index,
            text,
            model.mechanism + model.actions.join(),
          )
        seen.compared++
        if (!isExact) seen.inexact++
        seen[expected.certain ? 'certain' : expected.possible ? 'between' : 'denied']++
      }
    }
    if (requested !== undefined) process.stdout.write(`membership: ${JSON.stringify(seen)}\n`)
    expect(seen.compared).toBeGreaterThan(cases(120, 4000))
    for (const share of [seen.certain, seen.between, seen.denied])
      expect(share / seen.compared).toBeGreaterThan(0.05)
    expect(seen.inexact / seen.compared).toBeLessThan(0.3)
  })

  test('the order and repetition of statements, list items and scalar-or-list forms do not change the answer', () => {
    let admitted = 0
    for (let index = 0; index < cases(500, 20_000); index++) {
      const { policy, model, random, text } = caseOf(5, index)
      const before = admit(policy, model)
      const after = admit(
        {
          ...policy,
          statements: shuffled(
            [...policy.statements, random.pick(policy.statements)].map((one) =>
              shuffledStatement(one, random),
            ),
            random,
          ),
        },
        model,
      )
      if (!same(before, after)) fail('another order gives another answer', index, text)
      if (!before.possible.isEmpty) admitted++
    }
    expect(admitted).toBeGreaterThan(cases(500, 20_000) / 10)
  })

  test('adding an Allow never shrinks the set; adding a Deny never grows it', () => {
    const seen = { Allow: 0, Deny: 0 }
    for (let index = 0; index < cases(500, 20_000); index++) {
      const { policy, model, text } = caseOf(6, index)
      const more = caseOf(7, index)
      const before = admit(policy, model)
      for (const added of more.policy.statements) {
        // A Deny in another version of the language may mean another thing.
        const after = admit({ ...policy, statements: [...policy.statements, added] }, model)
        const grew = before.possible.isSubsetOf(after.possible) && before.certain.isSubsetOf(after.certain)
        const shrank = after.possible.isSubsetOf(before.possible) && after.certain.isSubsetOf(before.certain)
        if (isFolded(after) || isFolded(before)) continue
        seen[added.effect ?? 'Allow']++
        if (added.effect === 'Deny' ? !shrank : !grew) fail(`added ${JSON.stringify(added)}`, index, text)
      }
    }
    expect(Math.min(seen.Allow, seen.Deny)).toBeGreaterThan(cases(500, 20_000) / 10)
  })
})

function isFolded({ undecided }: Admission): boolean {
  return undecided.some(({ isInexact }) => isInexact)
}

function same(a: Admission, b: Admission): boolean {
  const equal = (left: Language, right: Language): boolean => left.equals(right)
  return equal(a.possible, b.possible) && equal(a.certain, b.certain)
}

function shuffled<T>(items: readonly T[], random: Random): readonly T[] {
  const left = [...items]
  const out: T[] = []
  while (left.length > 0) out.push(...left.splice(random.below(left.length), 1))
  return out
}

function shuffledStatement(statement: Statement, random: Random): Statement {
  const again = <T>(items: readonly T[]): readonly T[] =>
    shuffled(items.length === 0 ? items : [...items, random.pick(items)], random)
  const { action, principal } = statement
  return {
    ...statement,
    conditions: again(
      statement.conditions.map((condition) => ({ ...condition, values: again(condition.values) })),
    ),
    ...(statement.readings === undefined ? {} : { readings: again(statement.readings) }),
    action: 'patterns' in action ? { ...action, patterns: again(action.patterns) } : action,
    principal: 'entries' in principal ? { ...principal, entries: again(principal.entries) } : principal,
  }
}

/** Now, later, and around every date of the policy that is still to come. */
function instantsOf(policy: TrustPolicy): readonly string[] {
  const dates = policy.statements.flatMap(({ conditions, readings }) =>
    [...conditions, ...(readings ?? []).flat()].flatMap(({ values }) =>
      values.flatMap((value) => parseDate(value) ?? []),
    ),
  )
  const instants = [now.getTime(), Date.UTC(2050, 0), ...dates.flatMap((ms) => [ms - 1, ms, ms + 1])]
  return [...new Set(instants.filter((ms) => ms >= now.getTime()))].map((ms) => new Date(ms).toISOString())
}

/** The same model for brute force; `undefined` where two keys of the policy vary together. */
function referenceModelOf(policy: TrustPolicy, model: RequestModel): ReferenceModel | undefined {
  const fixed: Record<string, ContextValue> = {}
  const subject: ReferenceModel['subject'][number][] = []
  const chosen: OpenKey[] = []
  const unknown: OpenKey[] = []
  const variations = new Set<unknown>()
  for (const key of keysOf(policy)) {
    // The pools of brute force hold no epoch seconds.
    if (key === 'aws:epochtime') return undefined
    const keyModel = model.keyModel(key)
    if (keyModel.kind === 'fixed') fixed[key] = keyModel.value
    if (keyModel.kind === 'symbolic') {
      if (key.endsWith(':sub')) subject.push({ key, prefix: 'system:serviceaccount:', part: 'word' })
      else subject.push({ key, prefix: '', part: key.endsWith('namespace') ? 'namespace' : 'name' })
    }
    if (keyModel.kind !== 'varies') continue
    const { variation } = keyModel
    if (variations.has(variation)) return undefined
    variations.add(variation)
    const variable = variation.alternatives.flat().find(({ views }) => views.has(key))
    if (variable === undefined) throw new Error(`no variable for ${key}`)
    const { language, values, type } = variable
    const view = variable.views.get(key)
    const open: OpenKey = {
      key,
      mayBeAbsent: variation.alternatives.length > 1,
      ...(values === undefined ? {} : { values }),
      ...(type === 'ip'
        ? { allows: (value: string) => (parseIpv4(value) ?? parseIpv6(value)) !== undefined }
        : {}),
      ...(type === 'instant' ? { values: instantsOf(policy) } : {}),
      ...(language === undefined
        ? {}
        : {
            allows: (value: string) => (view?.preimage === undefined ? false : language.has(value) || false),
          }),
    }
    ;(variation.kind === 'chosen' ? chosen : unknown).push(open)
  }
  const { caller } = model
  if (caller.type === 'aws') return undefined
  return {
    caller,
    actions: model.actions,
    ...(model.doubtfulActions.length === 0 ? {} : { doubtfulActions: model.doubtfulActions }),
    subject,
    fixed,
    chosen,
    unknown,
  }
}

test('a narrower admitted set never gets a higher severity from the same family of rules', () => {
  const family = [anyServiceAccount, anyNamespace, anyServiceAccountInNamespace] as const
  const location = { input: { name: 'policy.json', text: '' }, pointer: '' }
  const facts: Facts = { providers: [], clusters: [], associations: [], holds: new Set(['roles']), gaps: [] }
  const severityOf = (
    text: string,
  ): { readonly set: ServiceAccountSet; readonly severity: number } | undefined => {
    const role: Role = {
      key: 'role',
      name: 'role',
      account: ACCOUNT,
      partition: 'aws',
      location,
      trustPolicy: { kind: 'text', text, location },
    }
    const { analysis, findings } = checkRole(role, facts, { now, rules: family })
    const trust = analysis.trusts.find((one) => one.mechanism === 'irsa')
    if (trust?.mechanism !== 'irsa' || trust.undecided.length > 0) return undefined
    return {
      set: trust.serviceAccounts,
      severity: Math.max(0, ...findings.map(({ severity }) => SEVERITIES.indexOf(severity))),
    }
  }
  const random = randomOf(seed + 11, 0)
  const halves = ['*', 'prod', 'prod*', 'team-*', '*-x', 'dev', '?', 'app']
  const subject = (): string =>
    random.chance(0.15)
      ? random.pick(['*', 'system:serviceaccount:*', 'system:serviceaccount:prod*', '*:app'])
      : `system:serviceaccount:${random.pick(halves)}:${random.pick(halves)}`
  const policies = Array.from({ length: 120 }, () => {
    const values = Array.from({ length: 1 + random.below(3) }, subject)
    const condition = {
      [random.pick(['StringLike', 'StringLike', 'StringNotLike', 'StringEquals'])]: {
        [`${ISSUER}:sub`]: values,
      },
    }
    return JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { Federated: PROVIDER },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: condition,
      },
    })
  }).flatMap((text) => {
    const judged = severityOf(text)
    return judged === undefined ? [] : [{ text, ...judged }]
  })
  let pairs = 0
  for (const wide of policies) {
    for (const narrow of policies) {
      if (narrow.severity <= wide.severity || !narrow.set.isSubsetOf(wide.set)) {
        if (narrow !== wide) pairs++
        continue
      }
      throw new Error(`the narrower one is the graver one\n${narrow.text}\n${wide.text}`)
    }
  }
  expect(pairs).toBeGreaterThan(5000)
})

test('the words of the laws are service accounts', () => {
  for (const word of WORDS) {
    const [namespace = '', name = ''] = word.split(':')
    expect([word, isNamespaceName(namespace), isServiceAccountName(name)]).toEqual([word, true, true])
  }
})
