import { Language } from '../automata/language.js'
import type { Cluster, Facts, Inventory, OidcProvider, Role } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { awsPrincipalModel } from '../mechanisms/aws-principal.js'
import type { CallerClass } from '../mechanisms/aws-principal.js'
import { irsaModel } from '../mechanisms/irsa.js'
import { parseEksIssuer, sharedIssuer } from '../mechanisms/issuers.js'
import { SUBJECT_PREFIX } from '../mechanisms/kubernetes-names.js'
import { POD_IDENTITY_SERVICE, podIdentityModel } from '../mechanisms/pod-identity.js'
import { webIdentityModel } from '../mechanisms/web-identity.js'
import type { WebIdentityFacts } from '../mechanisms/web-identity.js'
import type { Condition, Statement, TrustPolicy } from '../policy/ast.js'
import { parseTrustPolicyDocument } from '../policy/parse.js'
import { admit } from './admit.js'
import type { Admission, Undecided } from './admit.js'
import { suggestPatterns } from './describe.js'
import type { NamePattern } from './describe.js'
import { accountOf, principalMatches } from './match.js'
import { ServiceAccountSet } from './service-account-set.js'

interface TrustBase {
  readonly role: Role
  readonly policy: TrustPolicy
  /** Why the two bounds differ; empty where they do not. */
  readonly undecided: readonly Undecided[]
  /** What is taken for granted without the input saying so. */
  readonly assumptions: readonly string[]
  /** What the policy tests besides who calls: place, time, values that the caller chooses. */
  readonly residual: readonly string[]
  /** Whether the policy names the principal, rather than everyone. */
  readonly isNamed: boolean
}

/** Service accounts of one issuer, by IRSA. */
export interface IrsaTrust extends TrustBase {
  readonly mechanism: 'irsa'
  /** Host and path, without `https://`. */
  readonly issuer: string
  /** `eks`: a known cluster's or of EKS form; `kubernetes`: told by its subjects; `unknown`: nothing tells. */
  readonly issuerKind: 'eks' | 'kubernetes' | 'unknown'
  readonly providerArn: string
  readonly provider?: OidcProvider
  readonly cluster?: Cluster
  /** The possible set: nobody outside of it gets in. */
  readonly serviceAccounts: ServiceAccountSet
  readonly certain: ServiceAccountSet
  readonly admission: Admission
}

/** Pods of associations, by EKS Pod Identity: what the trust alone admits. */
export interface PodIdentityTrust extends TrustBase {
  readonly mechanism: 'pod-identity'
  /** Possible with session tags on or off. */
  readonly serviceAccounts: ServiceAccountSet
  readonly certain: ServiceAccountSet
  readonly tagged: TagModeTrust
  readonly untagged: TagModeTrust
}

export interface TagModeTrust {
  readonly serviceAccounts: ServiceAccountSet
  readonly certain: ServiceAccountSet
  /** The set under the readings that are expected where AWS documents nothing. */
  readonly expected: ServiceAccountSet
  /** The expected set for a cluster that no condition names. */
  readonly unnamedCluster: ServiceAccountSet
  readonly admission: Admission
  readonly expectedAdmission: Admission
}

/** Subjects of an issuer that is no Kubernetes cluster. */
export interface WebIdentityTrust extends TrustBase {
  readonly mechanism: 'web-identity'
  readonly issuer: string
  readonly providerArn: string
  readonly provider?: OidcProvider
  readonly subjects: Language
  readonly certainSubjects: Language
  readonly admission: Admission
}

/** Callers that hold AWS credentials. */
export interface AwsPrincipalTrust extends TrustBase {
  readonly mechanism: 'aws-principal'
  readonly caller: CallerClass
  readonly principals: Language
  readonly certainPrincipals: Language
  readonly admission: Admission
}

export type TrustAnalysis = IrsaTrust | PodIdentityTrust | WebIdentityTrust | AwsPrincipalTrust

/** All that one role's trust policy admits. */
export interface RoleAnalysis {
  readonly role: Role
  /** Absent where the input does not hold the policy. */
  readonly policy?: TrustPolicy
  readonly trusts: readonly TrustAnalysis[]
}

export interface AnalyzeOptions {
  /** The time from which requests are sent; the current time by default. */
  readonly now?: Date
}

/**
 * Who can assume each role: one answer per role and mechanism, lazily, in the order of the roles.
 *
 * @example
 * ```ts
 * for (const trust of analyzeTrust(inventory)) {
 *   if (trust.mechanism === 'irsa') console.log(`${trust.role.name}: ${trust.serviceAccounts} of ${trust.issuer}`)
 * }
 * ```
 */
export function* analyzeTrust(inventory: Inventory, options: AnalyzeOptions = {}): Generator<TrustAnalysis> {
  for (const role of inventory.roles) yield* analyzeRole(role, inventory.facts, options).trusts
}

/** The unit of work: one role against the facts. */
export function analyzeRole(role: Role, facts: Facts, options: AnalyzeOptions = {}): RoleAnalysis {
  if (role.trustPolicy.kind === 'unknown') return { role, trusts: [] }
  const policy = parseTrustPolicyDocument(role.trustPolicy)
  const scene: RoleScene = { role, facts, policy, now: options.now ?? new Date() }
  return {
    role,
    policy,
    trusts: [...webIdentityTrusts(scene), ...podIdentityTrusts(scene), ...awsPrincipalTrusts(scene)],
  }
}

interface RoleScene {
  readonly role: Role
  readonly facts: Facts
  readonly policy: TrustPolicy
  readonly now: Date
}

function base(scene: RoleScene, admissions: readonly Admission[], isNamed: boolean): TrustBase {
  const { role, policy } = scene
  const [first, ...others] = admissions
  const merged = <T>(pick: (admission: Admission) => readonly T[]): readonly T[] =>
    first === undefined ? [] : others.length === 0 ? pick(first) : [...new Set(admissions.flatMap(pick))]
  return {
    role,
    policy,
    undecided: merged(({ undecided }) => undecided),
    assumptions: merged(({ model }) => model.assumptions),
    residual: merged(({ residual }) => residual),
    isNamed,
  }
}

// --- web identity ---------------------------------------------------------------------------------------------------

export interface ProviderArn {
  readonly partition: string
  readonly account: string
  readonly issuer: string
}

/** The parts of the ARN of an IAM OIDC provider. */
export function parseProviderArn(arn: string): ProviderArn | undefined {
  const match = /^arn:([a-z0-9-]+):iam::(\d{12}):oidc-provider\/(.+)$/s.exec(arn)
  const [, partition, account, issuer] = match ?? []
  return partition === undefined || account === undefined || issuer === undefined
    ? undefined
    : { partition, account, issuer }
}

interface Candidate {
  readonly issuer: string
  readonly arn: string
  readonly account: string | undefined
  readonly isNamed: boolean
}

/** Stands for whichever provider the account has, where a policy names none and means all. */
const ANY_ISSUER = 'any-oidc-provider.invalid'

function* webIdentityTrusts(scene: RoleScene): Generator<IrsaTrust | WebIdentityTrust> {
  for (const candidate of candidatesOf(scene)) {
    const provider = providerOf(candidate, scene.facts)
    const clientIds = provider === undefined || isUnknown(provider.clientIds) ? undefined : provider.clientIds
    const facts: WebIdentityFacts = {
      issuer: candidate.issuer,
      providerArn: candidate.arn,
      account: candidate.account,
      clientIds,
      now: scene.now,
    }
    const cluster = clusterOf(candidate.issuer, scene.facts)
    const isEks = cluster !== undefined || parseEksIssuer(candidate.issuer) !== undefined
    let issuerKind: IrsaTrust['issuerKind'] | 'external' = isEks ? 'eks' : 'external'
    if (!isEks && sharedIssuer(candidate.issuer) === undefined)
      issuerKind = kindBySubjects(scene.policy, facts)
    if (issuerKind === 'external') {
      const admission = admit(scene.policy, webIdentityModel(facts))
      yield {
        ...base(scene, [admission], candidate.isNamed),
        mechanism: 'web-identity',
        issuer: candidate.issuer,
        providerArn: candidate.arn,
        ...(provider === undefined ? {} : { provider }),
        subjects: admission.possible,
        certainSubjects: admission.certain,
        admission,
      }
      continue
    }
    const admission = admit(scene.policy, irsaModel(facts))
    const { certain, possible } = setsOf(admission, patternsOfSubjects(scene.policy))
    yield {
      ...base(scene, [admission], candidate.isNamed),
      mechanism: 'irsa',
      issuer: candidate.issuer,
      issuerKind,
      providerArn: candidate.arn,
      ...(provider === undefined ? {} : { provider }),
      ...(cluster === undefined ? {} : { cluster }),
      serviceAccounts: possible,
      certain,
      admission,
    }
  }
}

function setsOf(
  admission: Admission,
  patterns: () => readonly NamePattern[],
): { certain: ServiceAccountSet; possible: ServiceAccountSet } {
  const possible = ServiceAccountSet.fromWords(admission.possible, patterns)
  return {
    possible,
    certain:
      admission.certain === admission.possible
        ? possible
        : ServiceAccountSet.fromWords(admission.certain, patterns),
  }
}

/** The OIDC providers through which a request can come: named ones, and where a statement means everyone all there are. */
function candidatesOf({ role, policy, facts }: RoleScene): Iterable<Candidate> {
  const candidates = new Map<string, Candidate>()
  const add = (arn: string, isNamed: boolean): void => {
    const parts = parseProviderArn(arn)
    if (parts === undefined || candidates.has(arn)) return
    // The ARN of a provider holds no scheme; one that does names no provider there can be.
    if (parts.issuer.includes('://')) return
    // STS looks only into the role's own account, and trust does not cross partitions.
    if (role.account !== undefined && parts.account !== role.account) return
    if (role.partition !== undefined && parts.partition !== role.partition) return
    // The ARN of a provider is made of its URL without the scheme; no provider has one with it.
    if (/^https?:\/\//i.test(parts.issuer)) return
    candidates.set(arn, { issuer: parts.issuer, arn, account: role.account ?? parts.account, isNamed })
  }
  let broad = false
  const named: string[] = []
  for (const { principal } of policy.statements) {
    if (principal.kind !== 'principals') {
      broad = true
      continue
    }
    for (const { type, value } of principal.entries) {
      if (type !== 'Federated') continue
      if (value === '*') broad = true
      else {
        named.push(value)
        add(value, true)
      }
    }
  }
  if (named.length > 0 && facts.providers.length > 0) {
    // An ARN that differs by letter case alone may still be meant.
    const lower = new Set(named.map((arn) => arn.toLowerCase()))
    for (const { arn } of facts.providers)
      if (arn !== undefined && lower.has(arn.toLowerCase())) add(arn, true)
  }
  if (!broad) return candidates.values()
  for (const provider of facts.providers) {
    if (provider.arn !== undefined) add(provider.arn, false)
  }
  const partition = role.partition ?? 'aws'
  const account = role.account ?? '000000000000'
  for (const { conditions } of policy.statements) {
    for (const { keyText } of conditions) {
      const issuer = issuerInKey(keyText)
      if (issuer !== undefined) add(`arn:${partition}:iam::${account}:oidc-provider/${issuer}`, false)
    }
  }
  if (candidates.size === 0) add(`arn:${partition}:iam::${account}:oidc-provider/${ANY_ISSUER}`, false)
  return candidates.values()
}

/** The issuer that a condition key names, `https://` and all, or `undefined` for keys of AWS's own. */
export function issuerInKey(keyText: string): string | undefined {
  const colon = keyText.lastIndexOf(':')
  if (colon <= 0) return undefined
  const issuer = keyText.slice(0, colon)
  return issuer.includes('.') && !/^(?:aws|sts|iam|saml)$/i.test(issuer) ? issuer : undefined
}

function providerOf({ issuer, arn, account }: Candidate, facts: Facts): OidcProvider | undefined {
  return facts.providers.find(
    (provider) =>
      provider.arn === arn ||
      (provider.arn === undefined && provider.issuer === issuer && (provider.account ?? account) === account),
  )
}

function clusterOf(issuer: string, facts: Facts): Cluster | undefined {
  return facts.clusters.find((cluster) => cluster.issuer === issuer)
}

const KUBERNETES_SUBJECTS = Language.glob([SUBJECT_PREFIX, { wildcard: 'any-run' }])

/** What an issuer of no known form is, told by the subjects that the policy admits from it. */
function kindBySubjects(policy: TrustPolicy, facts: WebIdentityFacts): 'kubernetes' | 'unknown' | 'external' {
  const { possible } = admit(policy, webIdentityModel(facts))
  if (possible.isEmpty) {
    const subjects = `${facts.issuer.toLowerCase()}:sub`
    const values = policy.statements.flatMap(({ conditions }) =>
      conditions.filter(({ key }) => key === subjects).flatMap((one) => one.values),
    )
    return values.some((value) => value.startsWith('system:'))
      ? 'kubernetes'
      : values.length > 0
        ? 'external'
        : 'unknown'
  }
  if (possible.isSubsetOf(KUBERNETES_SUBJECTS)) return 'kubernetes'
  return possible.isDisjointFrom(KUBERNETES_SUBJECTS) ? 'external' : 'unknown'
}

/** Globs of the policy, for words about the set. */
function patternsOfSubjects(policy: TrustPolicy): () => readonly NamePattern[] {
  return () =>
    policy.statements.flatMap(({ conditions }) =>
      conditions
        .filter(({ key }) => key.endsWith(':sub'))
        .flatMap(({ values }) =>
          values.flatMap((value) => {
            if (value.startsWith(SUBJECT_PREFIX)) return suggestPatterns(value.slice(SUBJECT_PREFIX.length))
            // A star before the namespace swallows the prefix, or part of it.
            const star = value.indexOf('*')
            return star < 0 ? [] : suggestPatterns(value.slice(star))
          }),
        ),
    )
}

// --- Pod Identity ---------------------------------------------------------------------------------------------------

function* podIdentityTrusts(scene: RoleScene): Generator<PodIdentityTrust> {
  const { policy } = scene
  const caller = { type: 'service', service: POD_IDENTITY_SERVICE } as const
  const meeting = policy.statements.filter(
    ({ effect, principal }) => effect !== 'Deny' && principalMatches(principal, caller, 'Allow') !== 'false',
  )
  if (meeting.length === 0) return
  const isNamed = meeting.some(({ principal }) => principal.kind === 'principals')
  const tagged = tagMode(scene, true)
  const untagged = tagMode(scene, false)
  yield {
    ...base(scene, [tagged.admission, untagged.admission], isNamed),
    mechanism: 'pod-identity',
    serviceAccounts: tagged.serviceAccounts.union(untagged.serviceAccounts),
    certain: tagged.certain.union(untagged.certain),
    tagged,
    untagged,
  }
}

function tagMode({ role, policy, now }: RoleScene, sessionTags: boolean): TagModeTrust {
  const facts = { account: role.account, partition: role.partition, sessionTags, now }
  const patterns = patternsOfTags(policy)
  const admission = admit(policy, podIdentityModel(facts))
  const { certain, possible } = setsOf(admission, patterns)
  const expectedAdmission = once(() =>
    hasUnknownKeys(admission) ? admit(policy, podIdentityModel({ ...facts, expected: true })) : admission,
  )
  const expected = once(() =>
    expectedAdmission() === admission
      ? possible
      : ServiceAccountSet.fromWords(expectedAdmission().possible, patterns),
  )
  const unnamedCluster = once(() => {
    if (!clusterIsTested(admission)) return expected()
    const unnamed = podIdentityModel({ ...facts, expected: true, clusterArn: unnamedClusterArn(role) })
    return ServiceAccountSet.fromWords(admit(policy, unnamed).possible, patterns)
  })
  return {
    serviceAccounts: possible,
    certain,
    admission,
    get expected() {
      return expected()
    },
    get unnamedCluster() {
      return unnamedCluster()
    },
    get expectedAdmission() {
      return expectedAdmission()
    },
  }
}

/** Few readers ask, and asking is dear. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

function hasUnknownKeys({ keys }: Admission): boolean {
  for (const model of keys.values())
    if (model.kind === 'varies' && model.variation.kind === 'unknown') return true
  return false
}

const CLUSTER_KEYS = ['aws:requesttag/eks-cluster-arn', 'aws:requesttag/eks-cluster-name', 'aws:sourcearn']

function clusterIsTested({ keys }: Admission): boolean {
  return CLUSTER_KEYS.some((key) => keys.has(key))
}

/** A cluster of the role's account that nobody has thought of. */
function unnamedClusterArn({ partition = 'aws', account = '000000000000' }: Role): string {
  return `arn:${partition}:eks:xx-elsewhere-9:${account}:cluster/podtrust-unnamed-cluster`
}

function patternsOfTags(policy: TrustPolicy): () => readonly NamePattern[] {
  return () =>
    policy.statements.flatMap(({ conditions }) => {
      const valuesOf = (tag: string): readonly string[] => {
        const values = conditions
          .filter(({ key }) => key === `aws:requesttag/${tag}`)
          .flatMap((condition: Condition) => condition.values)
        return values.length === 0 ? ['*'] : values.slice(0, 16)
      }
      const names = valuesOf('kubernetes-service-account')
      return valuesOf('kubernetes-namespace').flatMap((namespace) =>
        names.map((name) => ({ namespace, name })),
      )
    })
}

// --- callers with AWS credentials -----------------------------------------------------------------------------------

const ORGANIZATION_KEYS = new Set(['aws:principalorgid', 'aws:principalorgpaths'])

function* awsPrincipalTrusts(scene: RoleScene): Generator<AwsPrincipalTrust> {
  const { role, policy, now } = scene
  const meeting = policy.statements.filter(meansAwsPrincipals)
  if (meeting.length === 0) return
  const isNamed = meeting.some(({ principal }) => principal.kind === 'principals')
  const namedAccounts = new Set<string>(role.account === undefined ? [] : [role.account])
  const namedOrganizations = new Set<string>()
  for (const { principal, conditions } of policy.statements) {
    if (principal.kind === 'principals' || principal.kind === 'not-principals') {
      for (const { type, value } of principal.entries) if (type === 'AWS') addAccounts(value, namedAccounts)
    }
    for (const { key, values } of conditions) {
      if (key.startsWith('aws:principal')) for (const value of values) addAccounts(value, namedAccounts)
      if (key === 'aws:principalorgid')
        for (const value of values) if (/^o-[a-z0-9]+$/.test(value)) namedOrganizations.add(value)
      if (key === 'aws:principalorgpaths')
        for (const value of values) addOrganization(value, namedOrganizations)
    }
  }
  const testsOrganization = policy.statements.some(({ conditions }) =>
    conditions.some(({ key }) => ORGANIZATION_KEYS.has(key)),
  )
  const classes: CallerClass[] = [...namedAccounts]
    .slice(0, 100)
    .map((account) => ({ kind: 'account', account }))
  if (testsOrganization) classes.push({ kind: 'organization' })
  classes.push({ kind: 'stranger' })
  const partition = role.partition ?? partitionIn(policy)
  for (const caller of classes) {
    const admission = admit(
      policy,
      awsPrincipalModel({ caller, account: role.account, partition, namedAccounts, namedOrganizations, now }),
    )
    if (admission.possible.isEmpty) continue
    yield {
      ...base(scene, [admission], isNamed),
      mechanism: 'aws-principal',
      caller,
      principals: admission.possible,
      certainPrincipals: admission.certain,
      admission,
    }
  }
}

function meansAwsPrincipals({ effect, principal }: Statement): boolean {
  if (effect === 'Deny') return false
  return principal.kind === 'principals' ? principal.entries.some(({ type }) => type === 'AWS') : true
}

function addOrganization(path: string, organizations: Set<string>): void {
  const organization = /^(o-[a-z0-9]+)\//.exec(path)?.[1]
  if (organization !== undefined) organizations.add(organization)
}

function addAccounts(value: string, accounts: Set<string>): void {
  const account = accountOf(value) ?? /^arn:[^:]*:(?:iam|sts)::(\d{12}):/.exec(value)?.[1]
  if (account !== undefined) accounts.add(account)
}

function partitionIn(policy: TrustPolicy): string | undefined {
  for (const { principal } of policy.statements) {
    if (principal.kind !== 'principals') continue
    for (const { value } of principal.entries) {
      const partition = /^arn:([a-z0-9-]+):/.exec(value)?.[1]
      if (partition !== undefined) return partition
    }
  }
  return undefined
}
