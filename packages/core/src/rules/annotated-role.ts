import type { Facts, OidcProvider, Role, ServiceAccount } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { serviceAccountWords } from '../mechanisms/kubernetes-names.js'
import { Language } from '../automata/language.js'
import { NAMESPACES } from '../mechanisms/kubernetes-names.js'
import { quoted } from '../text/quote.js'
import { analyzeRole } from '../trust/analyze.js'
import type { IrsaTrust, RoleAnalysis } from '../trust/analyze.js'
import { ServiceAccountSet } from '../trust/service-account-set.js'
import { namedCluster } from './kubernetes-subject.js'
import { holdsUnknown } from './read-completely.js'
import { isNear } from './role-annotation.js'

/** The audience that the webhook asks for where no annotation says another. */
export const DEFAULT_AUDIENCE = 'sts.amazonaws.com'

/** A role that service accounts name, asked about one after the other. */
export class AnnotatedRole {
  readonly role: Role
  readonly #facts: Facts
  readonly #now: Date
  readonly #analysis: RoleAnalysis
  /** For tokens of one audience. */
  readonly #byAudience = new Map<string, RoleAnalysis>()

  constructor(role: Role, facts: Facts, now: Date) {
    this.role = role
    this.#facts = facts
    this.#now = now
    this.#analysis = analyzeRole(role, facts, { now })
  }

  /** Whether the token of the service account may get in; also where the policy is not known. */
  mayAdmit(account: ServiceAccount): boolean {
    if (this.#analysis.policy === undefined) return true
    if (!this.#trusts(this.#analysis, account).some((trust) => holds(trust.serviceAccounts, account)))
      return false
    // Only a policy that tests the audience can tell audiences apart.
    if (!this.#testsAudience) return true
    return this.#trusts(this.#forAudience(audienceOf(account)), account).some((trust) =>
      holds(trust.serviceAccounts, account),
    )
  }

  /** Whether the token of some service account of the cluster may get in; also where the policy is not known. */
  mayAdmitSomebodyOf(cluster: string): boolean {
    if (this.#analysis.policy === undefined) return true
    // An issuer that is not known yet may be the cluster's.
    if (
      this.#analysis.trusts.some((one) => one.mechanism === 'irsa' && holdsUnknown(one.issuer, this.#facts))
    )
      return true
    const analysis = this.#testsAudience ? this.#forAudience(DEFAULT_AUDIENCE) : this.#analysis
    return this.#trusts(analysis, { cluster }).some(({ serviceAccounts }) => !serviceAccounts.isEmpty)
  }

  /** Why it admits nobody of the cluster, as a clause. */
  clusterMiss(cluster: string): string {
    const all = this.#analysis.trusts.filter((trust) => trust.mechanism === 'irsa')
    const [first] = all
    if (first === undefined) return this.#withoutIssuer
    return this.#trusts(this.#analysis, { cluster }).length === 0
      ? `it trusts the issuer ${quoted(first.issuer)}, which is not the cluster's`
      : 'its trust policy admits no service account'
  }

  /** What the policy lets in that is nearest to the service account, as a clause. */
  nearestMiss(account: ServiceAccount): string {
    const all = this.#analysis.trusts.filter((trust) => trust.mechanism === 'irsa')
    if (all.length === 0) return this.#withoutIssuer
    const own = this.#trusts(this.#analysis, account)
    if (own.some((trust) => holds(trust.serviceAccounts, account))) {
      return `its condition on the audience does not take ${quoted(audienceOf(account))}, which the pods send`
    }
    const elsewhere = all.find((trust) => !own.includes(trust) && holds(trust.serviceAccounts, account))
    if (elsewhere !== undefined)
      return `it admits that service account of another issuer, ${quoted(elsewhere.issuer)}`
    const [trust] = own
    if (trust === undefined)
      return `it trusts the issuer ${quoted(all[0]?.issuer ?? '')}, which is not the cluster's`
    const sets = own
      .map(({ serviceAccounts }) => serviceAccounts)
      .reduce((one, other) => one.union(other), ServiceAccountSet.none)
    return sets.isEmpty ? 'its trust policy admits no service account' : difference(account, sets)
  }

  #trusts({ trusts }: RoleAnalysis, account: Pick<ServiceAccount, 'cluster'>): readonly IrsaTrust[] {
    const issuer = namedCluster(account, this.#facts)?.issuer
    const irsa = trusts.filter((trust) => trust.mechanism === 'irsa')
    return typeof issuer === 'string' ? irsa.filter((trust) => trust.issuer === issuer) : irsa
  }

  get #withoutIssuer(): string {
    return this.#analysis.trusts.some(({ mechanism }) => mechanism === 'pod-identity')
      ? 'it trusts Pod Identity, which needs an association, and no OIDC provider of a cluster'
      : 'it trusts no OIDC provider of a cluster'
  }

  get #testsAudience(): boolean {
    return (
      this.#analysis.policy?.statements.some(({ conditions }) =>
        conditions.some(({ key }) => key.endsWith(':aud')),
      ) ?? false
    )
  }

  /** The role as tokens of one audience see it: with providers that take nothing else. */
  #forAudience(audience: string): RoleAnalysis {
    const known = this.#byAudience.get(audience)
    if (known !== undefined) return known
    const providers: OidcProvider[] = this.#analysis.trusts.flatMap((trust) =>
      trust.mechanism === 'irsa'
        ? [
            {
              arn: trust.providerArn,
              issuer: trust.issuer,
              clientIds: [audience],
              location: this.role.location,
            },
          ]
        : [],
    )
    const analysis = analyzeRole(this.role, { ...this.#facts, providers }, { now: this.#now })
    this.#byAudience.set(audience, analysis)
    return analysis
  }
}

/** The audience of the tokens that its pods get. */
export function audienceOf({ audience }: ServiceAccount): string {
  return audience ?? DEFAULT_AUDIENCE
}

/** In an unknown namespace whoever has the name may be meant. */
function holds(set: ServiceAccountSet, { namespace, name }: ServiceAccount): boolean {
  if (!isUnknown(namespace)) return set.has({ namespace, name })
  return !set.words.intersection(serviceAccountWords(NAMESPACES, Language.literal(name))).isEmpty
}

function difference({ namespace, name }: ServiceAccount, set: ServiceAccountSet): string {
  const admitted = `it admits ${String(set)}`
  if (!set.isEnumerable) return admitted
  const members = [...set]
  const sameName = members.find((member) => member.name === name)
  if (sameName !== undefined)
    return `it admits ${quoted(`${sameName.namespace}/${name}`)}: the namespace differs`
  const neighbours = members.filter((member) => member.namespace === namespace)
  const near =
    neighbours.find((member) => isNear(member.name, name)) ??
    (members.length === 1 ? neighbours[0] : undefined)
  return near === undefined
    ? admitted
    : `it admits ${quoted(`${near.namespace}/${near.name}`)}: the name differs`
}
