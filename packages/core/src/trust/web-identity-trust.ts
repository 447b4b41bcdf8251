import { Language } from '../automata/language.js'
import type { Cluster, Facts, OidcProvider } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { irsaModel } from '../mechanisms/irsa.js'
import { parseEksIssuer, sharedIssuer } from '../mechanisms/issuers.js'
import { SUBJECT_PREFIX } from '../mechanisms/kubernetes-names.js'
import { parseProviderArn } from '../mechanisms/provider-arn.js'
import { webIdentityModel } from '../mechanisms/web-identity.js'
import type { WebIdentityFacts } from '../mechanisms/web-identity.js'
import type { TrustPolicy } from '../policy/ast.js'
import { admit } from './admit.js'
import type { IrsaTrust, WebIdentityTrust } from './analysis.js'
import { suggestPatterns } from './describe.js'
import type { NamePattern } from './describe.js'
import { baseOf, setsOf } from './role-scene.js'
import type { RoleScene } from './role-scene.js'

interface Candidate {
  readonly issuer: string
  readonly arn: string
  readonly account: string | undefined
  readonly isNamed: boolean
}

/** Stands for whichever provider the account has, where a policy names none and means all. */
const ANY_ISSUER = 'any-oidc-provider.invalid'

/** Who gets in with a token of an OIDC provider, one answer per provider. */
export function* webIdentityTrusts(scene: RoleScene): Generator<IrsaTrust | WebIdentityTrust> {
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
    if (!isEks && sharedIssuer(candidate.issuer) === undefined) issuerKind = kindFor(scene, facts)
    if (issuerKind === 'external') {
      const admission = admit(scene.policy, webIdentityModel(facts))
      yield {
        ...baseOf(scene, [admission], candidate.isNamed),
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
      ...baseOf(scene, [admission], candidate.isNamed),
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

/** The OIDC providers through which a request can come: named ones, and where a statement means everyone all there are. */
function candidatesOf({ role, naming, facts }: RoleScene): Iterable<Candidate> {
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
  const statements = naming.flatMap((policy) => policy.statements)
  let broad = false
  const named: string[] = []
  for (const { principal } of statements) {
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
  for (const { conditions } of statements) {
    for (const { keyText } of conditions) {
      const issuer = issuerInKey(keyText)
      if (issuer !== undefined) add(`arn:${partition}:iam::${account}:oidc-provider/${issuer}`, false)
    }
  }
  if (candidates.size === 0) add(`arn:${partition}:iam::${account}:oidc-provider/${ANY_ISSUER}`, false)
  return candidates.values()
}

/** The issuer that a condition key names, `https://` and all, or `undefined` for keys of AWS's own. */
function issuerInKey(keyText: string): string | undefined {
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

/** Two policies that are compared are asked about the same kind: what one of them says for sure. */
function kindFor({ naming }: RoleScene, facts: WebIdentityFacts): ReturnType<typeof kindBySubjects> {
  const kinds = naming.map((policy) => kindBySubjects(policy, facts))
  return kinds.find((kind) => kind === 'external') ?? kinds.find((kind) => kind === 'kubernetes') ?? 'unknown'
}

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
