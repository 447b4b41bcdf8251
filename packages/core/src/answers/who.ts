import { type Language, StateLimitError } from '../automata/language.js'
import type { Facts, Hole, Inventory, PodIdentityAssociation } from '../inventory.js'
import { isUnknown, revealed } from '../inventory.js'
import { analyzeRole } from '../trust/analyze.js'
import type {
  AnalyzeOptions,
  AwsPrincipalTrust,
  IrsaTrust,
  PodIdentityTrust,
  RoleAnalysis,
  TrustAnalysis,
  WebIdentityTrust,
} from '../trust/analyze.js'
import { requestFor } from '../trust/requests.js'
import type { Admission } from '../trust/admit.js'
import { describeTexts } from '../trust/describe-texts.js'
import { ServiceAccountSet } from '../trust/service-account-set.js'
import type { ServiceAccountName } from '../trust/service-account-set.js'
import { admittedAssociations, callerWords, clusterOfAssociation, fromOf } from './callers.js'
import { roleConflicts } from './conflicts.js'
import type { RoleConflict } from './conflicts.js'

/** Who can assume one role by one mechanism, in words and as data. */
export interface WhoAnswer {
  readonly role: {
    readonly key: string
    readonly name: string
    readonly arn?: string
    readonly address?: string
  }
  readonly mechanism: TrustAnalysis['mechanism']
  /** The cluster or issuer, or what kind of caller: "cluster prod (oidc.eks…/id/8A5F…)". */
  readonly from: string
  /** Everybody who may get in; nobody outside of it does. */
  readonly possible: string
  /** Everybody who surely gets in; the same text where nothing is in doubt. */
  readonly certain: string
  /** The members, where there are at most 64 of them. */
  readonly serviceAccounts?: readonly ServiceAccountName[]
  readonly witness?: string
  /** For Pod Identity: associations in the input that the trust admits, or `perhaps` does; absent where none were read. */
  readonly associations?: readonly string[]
  readonly sessionTags?: { readonly on: string; readonly off: string }
  readonly undecided: readonly string[]
  readonly assumptions: readonly string[]
  /** What restricts the call and not who may call. */
  readonly residual: readonly string[]
  /** Host and path of the issuer, where the callers have tokens of one. */
  readonly issuer?: string
  readonly cluster?: { readonly name: string; readonly arn?: string }
  /** The members of the certain set, where there are at most 64 of them. */
  readonly certainServiceAccounts?: readonly ServiceAccountName[]
  /** What each Allow statement admits by itself, before any Deny. */
  readonly grants: readonly WhoGrant[]
}

/** One Allow statement that may mean the caller. */
export interface WhoGrant {
  /** JSON pointer below the policy. */
  readonly at: string
  readonly sid?: string
  /** Actions of the mechanism that the statement names. */
  readonly actions: readonly string[]
  readonly possible: string
}

export interface WhoReport {
  readonly answers: readonly WhoAnswer[]
  /** Roles of the inputs, and how many of them no pod and no token can reach. */
  readonly roles: { readonly total: number; readonly without: number }
  readonly gaps: readonly { readonly subject: string; readonly reason: string }[]
  /** Roles that two inputs hold; absent where there are none. */
  readonly conflicts?: readonly RoleConflict[]
}

/**
 * Exactly who each trust policy admits.
 *
 * @param onlyRole a role's name or ARN; all by default
 */
export function whoCanAssume(
  inventory: Inventory,
  options: AnalyzeOptions & { onlyRole?: string } = {},
): WhoReport {
  const answers: WhoAnswer[] = []
  const gaps = inventory.facts.gaps.map(({ subject, reason }) => ({ subject, reason }))
  // A source may have said already why a role's policy is missing.
  const reported = new Set(gaps.map(({ subject }) => subject))
  const roles = { total: 0, without: 0 }
  for (const role of inventory.roles) {
    const { onlyRole } = options
    if (onlyRole !== undefined && ![role.name, role.arn, role.key, role.address].includes(onlyRole)) continue
    roles.total++
    if (role.trustPolicy.kind === 'unknown') {
      if (!reported.has(role.key)) gaps.push({ subject: role.key, reason: role.trustPolicy.unknown.reason })
      continue
    }
    const analysis = analyzeRole(role, inventory.facts, options)
    if (!analysis.trusts.some(admitsTokens)) roles.without++
    answers.push(...whoAnswers(analysis, inventory.facts, options.now))
  }
  const conflicts = roleConflicts(inventory, options)
  return { answers, roles, gaps, ...(conflicts.length === 0 ? {} : { conflicts }) }
}

function admitsTokens(trust: TrustAnalysis): boolean {
  if (trust.mechanism === 'aws-principal') return false
  return trust.mechanism === 'web-identity' ? !trust.subjects.isEmpty : !trust.serviceAccounts.isEmpty
}

/** What is to be said of one analyzed role; nothing where no pod, no token and no stranger can reach it. */
export function whoAnswers(
  analysis: RoleAnalysis,
  facts: Facts,
  now: Date = new Date(),
): readonly WhoAnswer[] {
  const serves = analysis.trusts.some(({ mechanism }) => mechanism !== 'aws-principal')
  const strangers = analysis.trusts.some(
    (trust) => trust.mechanism === 'aws-principal' && trust.caller.kind === 'stranger',
  )
  // Callers with AWS credentials matter beside pods, or where everybody may call.
  const answers = serves || strangers ? analysis.trusts.map((trust) => answerOf(trust, facts, now)) : []
  const holes = facts.holes ?? []
  return holes.length === 0 ? answers : answers.map((answer) => withOrigins(answer, holes))
}

/** The words of an answer for people: what is not known yet is named by where it comes from. */
function withOrigins(answer: WhoAnswer, holes: readonly Hole[]): WhoAnswer {
  const worded = (text: string): string => revealed(text, holes)
  const { issuer, witness, sessionTags, associations } = answer
  return {
    ...answer,
    from: worded(answer.from),
    possible: worded(answer.possible),
    certain: worded(answer.certain),
    undecided: answer.undecided.map(worded),
    assumptions: answer.assumptions.map(worded),
    residual: answer.residual.map(worded),
    grants: answer.grants.map((grant) => ({ ...grant, possible: worded(grant.possible) })),
    ...(issuer === undefined ? {} : { issuer: worded(issuer) }),
    ...(witness === undefined ? {} : { witness: worded(witness) }),
    ...(associations === undefined ? {} : { associations: associations.map(worded) }),
    ...(sessionTags === undefined
      ? {}
      : { sessionTags: { on: worded(sessionTags.on), off: worded(sessionTags.off) } }),
  }
}

function answerOf(trust: TrustAnalysis, facts: Facts, now: Date): WhoAnswer {
  switch (trust.mechanism) {
    case 'irsa':
      return irsaAnswer(trust)
    case 'pod-identity':
      return podIdentityAnswer(trust, facts, now)
    case 'web-identity':
      return webIdentityAnswer(trust)
    case 'aws-principal':
      return awsPrincipalAnswer(trust)
  }
}

type Base = Pick<WhoAnswer, 'role' | 'mechanism' | 'undecided' | 'assumptions' | 'residual' | 'grants'>

function baseOf(trust: TrustAnalysis, admission: Admission, describe: (words: Language) => string): Base {
  const { key, name, arn, address } = trust.role
  return {
    grants: admission.statements.map(({ statement, actions, possible }) => ({
      at: statement.pointer,
      ...(statement.sid === undefined ? {} : { sid: statement.sid }),
      actions,
      possible: describe(possible),
    })),
    role: { key, name, ...(arn === undefined ? {} : { arn }), ...(address === undefined ? {} : { address }) },
    mechanism: trust.mechanism,
    undecided: [...new Set(trust.undecided.map(({ reason }) => reason))],
    assumptions: trust.assumptions,
    residual: trust.residual,
  }
}

type Members = Pick<WhoAnswer, 'serviceAccounts' | 'certainServiceAccounts' | 'witness'>

function membersOf(set: ServiceAccountSet, certain: ServiceAccountSet): Members {
  const witness = set.witness()
  return {
    ...(set.isEnumerable ? { serviceAccounts: [...set] } : {}),
    ...(certain.isEnumerable ? { certainServiceAccounts: [...certain] } : {}),
    ...(witness === undefined ? {} : { witness: `${witness.namespace}/${witness.name}` }),
  }
}

function irsaAnswer(trust: IrsaTrust): WhoAnswer {
  const { cluster, issuer } = trust
  return {
    ...baseOf(trust, trust.admission, describedWith(trust.serviceAccounts)),
    issuer,
    ...(cluster === undefined ? {} : { cluster: clusterName(cluster) }),
    from: fromOf(trust),
    possible: String(trust.serviceAccounts),
    certain: String(trust.certain),
    ...membersOf(trust.serviceAccounts, trust.certain),
  }
}

function clusterName({ name, arn }: NonNullable<IrsaTrust['cluster']>): NonNullable<WhoAnswer['cluster']> {
  return { name, ...(arn === undefined ? {} : { arn }) }
}

/** Service accounts in words of people, with the patterns that the role's whole set is described with. */
function describedWith(known: ServiceAccountSet): (words: Language) => string {
  return (words) => {
    const own = ServiceAccountSet.fromWords(words)
    try {
      return String(known.equals(own) ? known : known.intersection(own).union(own))
    } catch (error) {
      // Known patterns only serve to tell it well.
      if (!(error instanceof StateLimitError)) throw error
      return String(own)
    }
  }
}

function podIdentityAnswer(trust: PodIdentityTrust, facts: Facts, now: Date): WhoAnswer {
  const { tagged, untagged } = trust
  return {
    ...baseOf(trust, tagged.admission, describedWith(trust.serviceAccounts)),
    from: fromOf(trust),
    possible: String(trust.serviceAccounts),
    certain: String(trust.certain),
    ...membersOf(trust.serviceAccounts, trust.certain),
    ...(facts.holds.has('associations')
      ? {
          associations: admittedAssociations(trust, facts, now).map(
            ({ association, admitted }) =>
              `${admitted === 'possible' ? 'perhaps ' : ''}${shown(association.namespace)}/${shown(association.serviceAccount)} in ${clusterOfAssociation(association, facts)}`,
          ),
        }
      : {}),
    sessionTags: { on: String(tagged.serviceAccounts), off: String(untagged.serviceAccounts) },
  }
}

function shown(value: PodIdentityAssociation['cluster']): string {
  return isUnknown(value) ? '(not known yet)' : value
}

function webIdentityAnswer(trust: WebIdentityTrust): WhoAnswer {
  const { globs, every } = callerWords(trust)
  const { domain } = trust.admission.model
  const witness = trust.subjects.witness()
  const describe = (subjects: Language): string => describeTexts(subjects, domain, globs, every)
  return {
    ...baseOf(trust, trust.admission, describe),
    issuer: trust.issuer,
    from: fromOf(trust),
    possible: describe(trust.subjects),
    certain: describe(trust.certainSubjects),
    ...(witness === undefined ? {} : { witness }),
  }
}

function awsPrincipalAnswer(trust: AwsPrincipalTrust): WhoAnswer {
  const { admission } = trust
  const { globs, every } = callerWords(trust)
  const { domain } = admission.model
  const witness = trust.principals.witness()
  const describe = (principals: Language): string => describeTexts(principals, domain, globs, every)
  return {
    ...baseOf(trust, admission, describe),
    from: fromOf(trust),
    possible: describe(trust.principals),
    certain: describe(trust.certainPrincipals),
    ...(witness === undefined || requestFor(admission, witness, 'possible') === undefined ? {} : { witness }),
  }
}
