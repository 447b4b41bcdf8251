import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { checkRole, checkTrust } from '../src/check.js'
import { checkToken } from '../src/check-token.js'
import type { CheckedRole } from '../src/check.js'
import type { Completeness, Facts, NodeGroup, Role } from '../src/inventory.js'
import { inventoryOf } from '../src/inventory.js'
import type { Finding } from '../src/report.js'
import { rules } from '../src/rules/index.js'
import { readManifests } from '../src/sources/kubernetes/manifests.js'
import { parseYaml } from '../src/text/yaml.js'
import { decodeToken } from '../src/tokens/decode.js'
import type { SignatureVerdict } from '../src/tokens/token.js'
import type { TrustAnalysis } from '../src/trust/analyze.js'
import { applyPatch } from './json-patch.js'

/** One policy and what a rule must say of it; the files are fixtures/rules/ID/{reports,silent}.json. */
interface RuleCase {
  /** The sentence that the case proves. */
  readonly title: string
  /** The policy as a value, or as text where the text matters. */
  readonly policy?: unknown
  readonly policyText?: string
  /** The role's account, 210987654321 unless said; null for a role of unknown account. */
  readonly account?: string | null
  readonly roleName?: string
  readonly instanceProfiles?: readonly string[]
  readonly providers?: readonly { issuer: string; clientIds?: readonly string[]; account?: string }[]
  readonly clusters?: readonly {
    name: string
    issuer?: string
    account?: string
    region?: string
    autoMode?: boolean
    nodeRoleArn?: string
  }[]
  readonly associations?: readonly Record<string, unknown>[]
  /** Objects of Kubernetes beside the role, as lines of YAML; the role may then be left out. */
  readonly manifests?: readonly string[]
  /** The cluster that the manifests are of. */
  readonly cluster?: string
  /** What the inputs hold all of. */
  readonly complete?: readonly Completeness[]
  readonly lastUsed?: 'never'
  readonly nodeGroups?: readonly Record<string, unknown>[]
  /** Other lists of facts, by their names in `Facts`; each item gets a location. Labels are objects. */
  readonly facts?: Readonly<Record<string, readonly Record<string, unknown>[]>>
  /** What else the role of the case has: `policies`, `permissionsBoundary`. */
  readonly role?: Readonly<Record<string, unknown>>
  /** Other roles of the inventory. */
  readonly roles?: readonly { name: string; policy: unknown; account?: string; lastUsed?: 'never' }[]
  /** A token instead of a role: its claims, what its header says besides `alg: RS256`, what came of its signature. */
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
  readonly signature?: SignatureVerdict
  /** Pointer below the policy (or into the manifests) that the finding must blame. */
  readonly at?: string
  /** Text that the message must hold. */
  readonly message?: string
  readonly certainty?: 'proved' | 'possible'
  /** `NAMESPACE/NAME`, or the subject. */
  readonly witness?: string
  /** Rules that must stay silent beside this one (in `reports`) or too (in `silent`). */
  readonly silent?: readonly string[]
}

const ACCOUNT = '210987654321'
const root = new URL('./fixtures/rules/', import.meta.url)
const docs = new URL('../../../docs/rules/', import.meta.url)
const now = new Date('2026-06-01T00:00:00Z')

function run(one: RuleCase): CheckedRole {
  const text = one.policyText ?? JSON.stringify(one.policy ?? {}, undefined, 2)
  const input = { name: 'policy.json', text }
  const location = { input, pointer: '' }
  const account = one.account === null ? undefined : (one.account ?? ACCOUNT)
  const name = one.roleName ?? 'example'
  const role: Role = {
    key: account === undefined ? name : `arn:aws:iam::${account}:role/${name}`,
    name,
    ...(account === undefined
      ? {}
      : { account, partition: 'aws', arn: `arn:aws:iam::${account}:role/${name}` }),
    ...(one.instanceProfiles === undefined ? {} : { instanceProfiles: one.instanceProfiles }),
    ...(one.lastUsed === undefined ? {} : { lastUsed: one.lastUsed }),
    location,
    trustPolicy: { kind: 'text', text, location },
    ...one.role,
  }
  const facts: Facts = {
    ...Object.fromEntries(
      Object.entries(one.facts ?? {}).map(([list, items]) => [
        list,
        items.map((item) => ({ location, ...item, ...mapsOf(item) })),
      ]),
    ),
    providers: (one.providers ?? []).map(({ issuer, clientIds, account: owner = ACCOUNT }) => ({
      issuer,
      account: owner,
      partition: 'aws',
      arn: `arn:aws:iam::${owner}:oidc-provider/${issuer}`,
      clientIds: clientIds ?? { unknown: true, reason: 'not read', cause: 'not-collected' },
      location,
    })),
    clusters: (one.clusters ?? []).map(
      ({ name: cluster, issuer, account: owner = ACCOUNT, region = 'eu-west-1', ...more }) => ({
        ...more,
        name: cluster,
        account: owner,
        partition: 'aws',
        region,
        arn: `arn:aws:eks:${region}:${owner}:cluster/${cluster}`,
        ...(issuer === undefined ? {} : { issuer }),
        location,
      }),
    ),
    associations: (one.associations ?? []).map((association) => ({
      disableSessionTags: false,
      location,
      ...association,
    })) as unknown as Facts['associations'],
    holds: new Set([
      'roles',
      ...(one.providers ? ['providers' as const] : []),
      ...(one.clusters ? ['clusters' as const] : []),
      ...(one.associations ? ['associations' as const] : []),
    ]),
    ...(one.complete === undefined ? {} : { complete: one.complete }),
    ...(one.nodeGroups === undefined
      ? {}
      : { nodeGroups: one.nodeGroups.map((group) => ({ location, ...group })) as unknown as NodeGroup[] }),
    gaps: [],
  }
  if (one.claims !== undefined) return { ...checkRole(role, facts, { now }), findings: findingsInToken(one) }
  const isAboutRole =
    one.manifests === undefined &&
    one.nodeGroups === undefined &&
    one.facts === undefined &&
    one.roles === undefined
  return isAboutRole ? checkRole(role, facts, { now }) : runWithManifests(one, role, facts)
}

/** What facts hold as maps. */
function mapsOf({ labels, selectors }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const mapOf = (value: unknown): ReadonlyMap<string, string> =>
    new Map(Object.entries(value as Readonly<Record<string, string>>))
  return {
    ...(labels === undefined ? {} : { labels: mapOf(labels) }),
    ...(Array.isArray(selectors)
      ? {
          selectors: selectors.map((selector: Readonly<Record<string, unknown>>) => ({
            ...selector,
            labels: mapOf(selector['labels']),
          })),
        }
      : {}),
  }
}

function otherRole({
  name,
  policy,
  account = ACCOUNT,
  lastUsed,
}: NonNullable<RuleCase['roles']>[number]): Role {
  const text = JSON.stringify(policy, undefined, 2)
  const location = { input: { name: `${name}.json`, text }, pointer: '' }
  const arn = `arn:aws:iam::${account}:role/${name}`
  return {
    key: arn,
    name,
    account,
    partition: 'aws',
    arn,
    ...(lastUsed === undefined ? {} : { lastUsed }),
    location,
    trustPolicy: { kind: 'text', text, location },
  }
}

function findingsInToken({ claims, header, signature }: RuleCase): readonly Finding[] {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const token = `${part({ alg: 'RS256', kid: 'one', ...header })}.${part(claims)}.c2lnbmF0dXJl`
  return checkToken(decodeToken(token, { now }), signature === undefined ? {} : { signature }).findings
}

/** The same with objects of Kubernetes: what is wrong with these is found once for all roles. */
function runWithManifests(one: RuleCase, role: Role, facts: Facts): CheckedRole {
  const manifests = one.manifests?.length
    ? [
        readManifests(one.manifests.join('\n'), {
          name: 'app.yaml',
          yaml: parseYaml,
          ...(one.cluster === undefined ? {} : { cluster: one.cluster }),
        }),
      ]
    : []
  const hasRole = one.policy !== undefined || one.policyText !== undefined
  const inventory = inventoryOf(
    { facts, roles: [...(hasRole ? [role] : []), ...(one.roles ?? []).map(otherRole)] },
    ...manifests,
  )
  return { ...checkRole(role, inventory.facts, { now }), findings: checkTrust(inventory, { now }).findings }
}

function cases(id: string, kind: 'reports' | 'silent'): readonly RuleCase[] {
  return JSON.parse(readFileSync(new URL(`${id}/${kind}.json`, root), 'utf8')) as RuleCase[]
}

function witnessOf(finding: Finding): string | undefined {
  const { serviceAccount, subject } = finding.witness ?? {}
  return serviceAccount === undefined ? subject : `${serviceAccount.namespace}/${serviceAccount.name}`
}

/** Nothing of `after` is new: for each grant the set is within that of the same grant before. */
function grows(before: readonly TrustAnalysis[], after: readonly TrustAnalysis[]): boolean {
  return after.some((grant) => {
    const old = before.filter((one) => one.mechanism === grant.mechanism)
    if (grant.mechanism === 'irsa') {
      return (
        !old.some(
          (one) =>
            one.mechanism === 'irsa' &&
            one.providerArn === grant.providerArn &&
            grant.serviceAccounts.isSubsetOf(one.serviceAccounts),
        ) && !grant.serviceAccounts.isEmpty
      )
    }
    if (grant.mechanism === 'pod-identity') {
      return (
        !grant.serviceAccounts.isEmpty &&
        !old.some(
          (one) => one.mechanism === 'pod-identity' && grant.serviceAccounts.isSubsetOf(one.serviceAccounts),
        )
      )
    }
    if (grant.mechanism === 'web-identity') {
      return (
        !grant.subjects.isEmpty &&
        !old.some(
          (one) =>
            one.mechanism === 'web-identity' &&
            one.providerArn === grant.providerArn &&
            grant.subjects.isSubsetOf(one.subjects),
        )
      )
    }
    return !old.some(
      (one) =>
        one.mechanism === 'aws-principal' &&
        JSON.stringify(one.caller) === JSON.stringify(grant.caller) &&
        grant.principals.isSubsetOf(one.principals),
    )
  })
}

test('every rule has a page, fixtures and a file of its own name, and nothing else has', () => {
  const ids = rules.map(({ id }) => id).sort()
  expect(new Set(ids).size).toBe(ids.length)
  expect(readdirSync(root).sort()).toEqual(ids)
  expect(
    readdirSync(docs)
      .filter((name) => name !== 'README.md')
      .sort(),
  ).toEqual(ids.map((id) => `${id}.md`).sort())
  for (const id of ids) expect(existsSync(new URL(`../src/rules/${id}.ts`, import.meta.url))).toBe(true)
})

describe.each(rules.map((rule) => [rule.id, rule] as const))('%s', (id, rule) => {
  test.each(cases(id, 'reports').map((one) => [one.title, one] as const))('reports: %s', (_title, one) => {
    const checked = run(one)
    const own = checked.findings.filter((finding) => finding.rule === id)
    expect(own.length).toBeGreaterThan(0)
    const places = own.map(({ location }) => location.pointer)
    if (one.at !== undefined) expect(places).toContain(one.at)
    const finding = own.find(({ location }) => location.pointer === one.at) ?? own[0]
    if (one.message !== undefined) expect(finding?.message).toContain(one.message)
    if (one.certainty !== undefined) expect(finding?.certainty).toBe(one.certainty)
    if (one.witness !== undefined)
      expect(finding === undefined ? undefined : witnessOf(finding)).toBe(one.witness)
    for (const other of one.silent ?? [])
      expect(checked.findings.map((each) => each.rule)).not.toContain(other)
  })

  test.each(cases(id, 'silent').map((one) => [one.title, one] as const))(
    'stays silent: %s',
    (_title, one) => {
      const found = run(one).findings.map((finding) => finding.rule)
      for (const other of [id, ...(one.silent ?? [])]) expect(found).not.toContain(other)
    },
  )

  test('a fix removes its own finding and never grows the set', () => {
    for (const one of cases(id, 'reports')) {
      const before = run(one)
      for (const finding of before.findings.filter((each) => each.rule === id)) {
        if (finding.fix === undefined || one.policy === undefined) continue
        const after = run({ ...one, policy: applyPatch(one.policy, finding.fix.patch) })
        expect({
          case: one.title,
          left: after.findings.filter((each) => each.rule === id && each.fingerprint === finding.fingerprint),
        }).toEqual({ case: one.title, left: [] })
        // A fix of an exposure narrows; mending what admits nobody must let somebody in, and says it is not safe.
        if (rule.kind === 'exposure' || finding.fix.safe) {
          expect({ case: one.title, grows: grows(before.analysis.trusts, after.analysis.trusts) }).toEqual({
            case: one.title,
            grows: false,
          })
        }
      }
    }
  })

  test('its messages are one clause and its page says what it is', () => {
    const page = readFileSync(new URL(`${id}.md`, docs), 'utf8')
    expect(page).toMatch(new RegExp(`^# ${id}\n`))
    expect(page).toContain(rule.summary)
    for (const heading of ['## Why it matters', '## Example', '## What to do', '## When it is meant'])
      expect(page).toContain(heading)
    for (const one of cases(id, 'reports')) {
      for (const { message } of run(one).findings.filter((finding) => finding.rule === id)) {
        expect(message).not.toMatch(/\.$|\n/)
        expect(message).toMatch(/^[^A-Z]|^(?:IAM|AWS|EKS|JSON|STS|GitHub|GitLab)/)
      }
    }
  })
})
