import type { Facts, OidcProvider, PodIdentityAssociation, Role } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { parseProviderArn } from '../mechanisms/provider-arn.js'
import { quoted } from '../text/quote.js'
import { analyzeRole } from '../trust/analyze.js'
import type { IrsaTrust, PodIdentityTrust, RoleAnalysis } from '../trust/analyze.js'
import { irsaOutcome } from '../trust/irsa-hop.js'
import { firstHopOutcome, targetHopOutcome } from '../trust/pod-identity-hops.js'
import type { HopOutcome } from '../trust/pod-identity-hops.js'
import type { ServiceAccountName } from '../trust/service-account-set.js'
import type { ComparedIdentity, ComparedReason, ComparedReasonId, ComparedRole } from './compare-answer.js'
import type { Place } from './compare-places.js'
import { accountOfProvider } from './explain-scene.js'
import { accountOfArn } from '../trust/cluster-facts.js'

/** What one way to credentials comes to. */
export interface Tried extends Pick<ComparedIdentity, 'outcome' | 'roleArn' | 'role' | 'reason'> {
  /** What is taken for granted. */
  readonly assumes?: readonly string[]
  readonly notes?: readonly string[]
}

const ROLE_ARN = /^arn:aws[a-z0-9-]*:iam::\d{12}:role\/[\w\-/.@+=,]+$/

const ISSUER_ASSUMED =
  'where the issuer of a cluster was not read, it is one that the role of its service account trusts'

const PROVIDER_ASSUMED =
  'where the OIDC provider of an issuer was not read, it is there and takes the audience of the tokens'

/** The roles of an inventory, each analyzed once, and asked about one service account after the other. */
export class ComparedRoles {
  readonly #facts: Facts
  readonly #now: Date
  readonly #byArn = new Map<string, RoleAnalysis>()
  readonly #byKey = new Map<string, RoleAnalysis>()
  readonly #providers = new Map<string, OidcProvider[]>()
  readonly analyses: readonly RoleAnalysis[]

  constructor(roles: Iterable<Role>, facts: Facts, now: Date) {
    this.#facts = facts
    this.#now = now
    for (const one of facts.providers)
      this.#providers.set(one.issuer, [...(this.#providers.get(one.issuer) ?? []), one])
    const analyses: RoleAnalysis[] = []
    for (const role of roles) {
      const analysis = analyzeRole(role, facts, { now })
      analyses.push(analysis)
      // Of two inputs with one role the first counts, unless only the other holds its policy.
      if (role.arn !== undefined && this.#byArn.get(role.arn)?.policy === undefined)
        this.#byArn.set(role.arn, analysis)
      if (this.#byKey.get(role.key)?.policy === undefined) this.#byKey.set(role.key, analysis)
    }
    this.analyses = analyses
  }

  /** The role of an association, by reference or by ARN. */
  ofAssociation({ roleArn, roleKey }: PodIdentityAssociation): RoleAnalysis | undefined {
    const linked = roleKey === undefined ? undefined : this.#byKey.get(roleKey)
    return linked ?? (isUnknown(roleArn) ? undefined : this.#byArn.get(roleArn))
  }

  ofArn(arn: string): RoleAnalysis | undefined {
    return this.#byArn.get(arn)
  }

  /** IRSA with a role that an annotation or the pod itself names. */
  byToken(arn: string, serviceAccount: ServiceAccountName, place: Place, audience: string): Tried {
    const found = this.#byArn.get(arn)
    if (found === undefined) {
      if (!ROLE_ARN.test(arn))
        return nothing('annotation-malformed', `${quoted(arn, 200)} is not the ARN of a role`, {
          roleArn: arn,
        })
      return this.#notHeld(arn)
    }
    const base = { roleArn: arn, role: referenceOf(found.role) }
    const { policy, role } = found
    const name = quoted(role.name)
    if (policy === undefined) return policyUnknown(found, base)
    const trusts = found.trusts.filter((one): one is IrsaTrust => one.mechanism === 'irsa')
    const issuers =
      place.issuer === undefined ? [...new Set(trusts.map(({ issuer }) => issuer))] : [place.issuer]
    const [issuer] = issuers
    if (issuer === undefined)
      return nothing('annotation-not-admitted', `${name} trusts no OIDC provider of a cluster`, base)
    const outcomes = issuers.map((one) => this.#tokenOutcome(found, one, serviceAccount, audience))
    const best =
      outcomes.find(({ outcome }) => outcome === 'works') ??
      outcomes.find(({ outcome }) => outcome === 'unknown') ??
      outcomes[0]
    if (best === undefined) return { outcome: 'unknown', ...base }
    const isGuess = place.issuer === undefined && best.outcome === 'works'
    return {
      ...best,
      ...base,
      ...(isGuess ? { assumes: [...(best.assumes ?? []), ISSUER_ASSUMED] } : {}),
    }
  }

  #tokenOutcome(
    { role, policy, trusts }: RoleAnalysis,
    issuer: string,
    serviceAccount: ServiceAccountName,
    audience: string,
  ): Tried {
    if (policy === undefined) return { outcome: 'unknown' }
    const name = quoted(role.name)
    const trust = trusts.find((one): one is IrsaTrust => one.mechanism === 'irsa' && one.issuer === issuer)
    const account =
      role.account ?? accountOfArn(role.arn) ?? (trust && parseProviderArn(trust.providerArn)?.account)
    const providers = (this.#providers.get(issuer) ?? []).filter(
      (one) => account === undefined || (accountOfProvider(one) ?? account) === account,
    )
    const [provider] = providers
    if (provider === undefined && this.#hasAll('providers', account))
      return nothing(
        'no-provider',
        `account ${account ?? ''} of ${name} has no OIDC provider for the issuer ${quoted(issuer, 200)}`,
      )
    const clientIds = providers.flatMap((one) => (isUnknown(one.clientIds) ? [] : [one.clientIds]))[0]
    if (clientIds !== undefined && !clientIds.includes(audience))
      return nothing('audience-not-taken', `the OIDC provider does not take the audience ${quoted(audience)}`)
    const providerArn =
      provider?.arn ??
      trust?.providerArn ??
      `arn:${role.partition ?? 'aws'}:iam::${account ?? '000000000000'}:oidc-provider/${issuer}`
    const call = { serviceAccount, issuer, providerArn, account, audience, now: this.#now }
    const outcome = irsaOutcome(policy, call)
    if (outcome === 'allowed')
      return { outcome: 'works', ...(clientIds === undefined ? { assumes: [PROVIDER_ASSUMED] } : {}) }
    if (outcome === 'undecided') return undecided(name, trust)
    const admits =
      trust === undefined
        ? `trusts no token of the issuer ${quoted(issuer, 200)}`
        : trust.serviceAccounts.has(serviceAccount)
          ? `does not take the audience ${quoted(audience)}`
          : `admits ${String(trust.serviceAccounts)}`
    return nothing('annotation-not-admitted', `the role ${name} does not admit it: it ${admits}`)
  }

  /** Pod Identity with the role of an association, and its target role. */
  byAssociation(association: PodIdentityAssociation, place: Place): Tried {
    const { roleArn, targetRoleArn } = association
    if (targetRoleArn === undefined) return this.#firstHop(association, place)
    const first = this.#firstHop(association, place)
    const base = isUnknown(targetRoleArn) ? {} : { roleArn: targetRoleArn }
    if (first.outcome !== 'works') {
      const { role: _first, ...rest } = first
      return { ...rest, ...base }
    }
    if (isUnknown(targetRoleArn))
      return unknown('value-not-known', `the target role is not known: ${targetRoleArn.reason}`, base)
    const target = this.#byArn.get(targetRoleArn)
    if (target === undefined) return this.#notHeld(targetRoleArn)
    const held = { ...base, role: referenceOf(target.role) }
    if (target.policy === undefined) return policyUnknown(target, held)
    const hop = targetHopOutcome(target.policy, target.role, association, this.#now)
    const name = quoted(target.role.name)
    const by = isUnknown(roleArn) ? 'the role of the association' : quoted(roleArn, 200)
    return this.#hopTried(hop, held, name, {
      id: 'target-not-admitted',
      summary: `the target role ${name} does not admit ${by}`,
    })
  }

  #firstHop(association: PodIdentityAssociation, place: Place): Tried {
    const { roleArn } = association
    const found = this.ofAssociation(association)
    if (found === undefined) {
      if (isUnknown(roleArn))
        return unknown('value-not-known', `the role of the association is not known: ${roleArn.reason}`)
      return this.#notHeld(roleArn)
    }
    const { role, policy } = found
    const arn = role.arn ?? (isUnknown(roleArn) ? undefined : roleArn)
    const base = { ...(arn === undefined ? {} : { roleArn: arn }), role: referenceOf(role) }
    const own = association.account ?? accountOfArn(association.clusterArn) ?? place.account
    const other = role.account ?? accountOfArn(arn)
    if (own !== undefined && other !== undefined && own !== other)
      return nothing(
        'other-account',
        `the cluster is in account ${own}, and ${quoted(role.name)} in ${other}`,
        base,
      )
    if (policy === undefined) return policyUnknown(found, base)
    const name = quoted(role.name)
    return this.#hopTried(this.associationOutcome(found, association, place), base, name, {
      id: 'association-not-admitted',
      summary: `the role ${name} of its association does not admit it: ${missOf(found, association)}`,
    })
  }

  /** Whether the trust lets the pods of an association in; `undefined` where that cannot be asked. */
  associationOutcome(
    { role, policy }: RoleAnalysis,
    association: PodIdentityAssociation,
    { arn }: Place,
  ): HopOutcome | undefined {
    const placed =
      association.clusterArn === undefined && arn !== undefined
        ? { ...association, clusterArn: arn }
        : association
    return policy && firstHopOutcome(policy, role, placed, this.#now)
  }

  #hopTried(
    hop: HopOutcome | undefined,
    base: Pick<Tried, 'roleArn' | 'role'>,
    name: string,
    refusal: ComparedReason,
  ): Tried {
    if (hop === undefined)
      return unknown('value-not-known', 'values of the association are not known yet', base)
    const { outcome, expected } = hop
    if (outcome === 'allowed') return { outcome: 'works', ...base }
    if (outcome === 'denied') return { outcome: 'nothing', ...base, reason: refusal }
    if (expected === 'allowed')
      return {
        outcome: 'works',
        ...base,
        notes: [
          `the trust policy of ${name} tests what AWS does not document; as expected it admits the pods`,
        ],
      }
    const doubt = `whether ${name} admits its pods cannot be told from its trust policy`
    return unknown('undecided', expected === 'denied' ? `${doubt}; it is expected not to` : doubt, base)
  }

  #notHeld(arn: string): Tried {
    const account = accountOfArn(arn)
    const base = { roleArn: arn }
    return this.#hasAll('roles', account)
      ? nothing('role-missing', `account ${account} has no role ${quoted(arn, 200)}`, base)
      : unknown('role-not-read', `the role ${quoted(arn, 200)} is not among those read`, base)
  }

  /** An empty list does not say whose it is; it counts where there is one account. */
  #hasAll(kind: 'roles' | 'providers', account: string | undefined): boolean {
    const { accounts = [], providers, clusters, complete = [] } = this.#facts
    const isOnly = (): boolean =>
      [...accounts, ...providers, ...clusters].every((one) => (one.account ?? account) === account)
    return complete.some(
      (one) =>
        one.kind === kind &&
        account !== undefined &&
        (one.account === account || (one.kind === 'providers' && one.account === undefined && isOnly())),
    )
  }
}

export function referenceOf({ key, name, arn, address }: Role): ComparedRole {
  return { key, name, ...(arn === undefined ? {} : { arn }), ...(address === undefined ? {} : { address }) }
}

function missOf({ trusts }: RoleAnalysis, { disableSessionTags }: PodIdentityAssociation): string {
  const trust = trusts.find((one): one is PodIdentityTrust => one.mechanism === 'pod-identity')
  if (trust === undefined) return 'it does not trust `pods.eks.amazonaws.com`'
  const { tagged, untagged } = trust
  if (!disableSessionTags && tagged.serviceAccounts.isEmpty && !untagged.serviceAccounts.isEmpty)
    return 'it does not allow `sts:TagSession`'
  const { serviceAccounts } = disableSessionTags ? untagged : tagged
  return `it admits ${String(serviceAccounts)}${disableSessionTags ? ' without session tags' : ''}`
}

function undecided(name: string, trust: IrsaTrust | undefined): Tried {
  const reasons = [...new Set(trust?.undecided.map(({ reason }) => reason))]
  const tests = trust?.residual.join(', ') ?? ''
  const why = reasons[0] ?? (tests === '' ? 'its trust policy does not tell' : `it also tests ${tests}`)
  return unknown('undecided', `whether ${name} admits it cannot be told: ${why}`)
}

function policyUnknown({ role }: RoleAnalysis, base: Pick<Tried, 'roleArn' | 'role'>): Tried {
  const { name, trustPolicy } = role
  const why = trustPolicy.kind === 'unknown' ? `: ${trustPolicy.unknown.reason}` : ''
  return unknown('policy-not-read', `the trust policy of ${quoted(name)} was not read${why}`, base)
}

function nothing(id: ComparedReasonId, summary: string, base: Pick<Tried, 'roleArn' | 'role'> = {}): Tried {
  return { outcome: 'nothing', ...base, reason: { id, summary } }
}

function unknown(id: ComparedReasonId, summary: string, base: Pick<Tried, 'roleArn' | 'role'> = {}): Tried {
  return { outcome: 'unknown', ...base, reason: { id, summary } }
}
