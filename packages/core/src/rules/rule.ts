import type { Facts, HeldKind, Role } from '../inventory.js'
import type { TrustPolicy } from '../policy/ast.js'
import type { PatchOperation } from '../policy/condition-patch.js'
import type { Location } from '../text/location.js'
import type { Admission } from '../trust/admit.js'
import type { DecodedToken, SignatureVerdict } from '../tokens/token.js'
import type { RoleAnalysis, TrustAnalysis } from '../trust/analyze.js'
import type { PodStatement } from './pod-statement.js'

export type Severity = 'info' | 'low' | 'medium' | 'high' | 'critical'

export const SEVERITIES: readonly Severity[] = ['info', 'low', 'medium', 'high', 'critical']

/** `exposure`: somebody gets in who should not; `breakage`: somebody does not who should; `hygiene`: neither, yet. */
export type RuleKind = 'exposure' | 'breakage' | 'hygiene'

/** What a rule is asked about, and what it gets to see. */
export interface RuleSubjects {
  /** One role and one mechanism: what the trust policy admits. Only grants that admit somebody. */
  readonly grant: { readonly grant: TrustAnalysis; readonly role: RoleSubject }
  /** An Allow statement that names a Kubernetes OIDC provider or Pod Identity, whether it admits anybody or not. */
  readonly statement: { readonly statement: PodStatement; readonly role: RoleSubject }
  /** One role with all that its trust policy admits. */
  readonly role: { readonly role: RoleSubject }
  /** The document itself. */
  readonly policy: { readonly policy: TrustPolicy; readonly role: RoleSubject }
  /** All that the inputs hold, once, after the roles: for what is wrong with something that is no role. */
  readonly inventory: { readonly inventory: InventorySubject }
  /** A token that somebody shows, by itself. */
  readonly token: { readonly token: TokenSubject }
}

export interface TokenSubject {
  readonly token: DecodedToken
  /** Absent where there was no key set to check it with. */
  readonly signature: SignatureVerdict | undefined
}

export interface InventorySubject {
  readonly facts: Facts
  /** The time from which requests are sent. */
  readonly now: Date
  /**
   * Roles of an ARN that some service account, workload, association, add-on, capability, node group or access entry
   * names; more than one where several inputs hold it. Where none has the ARN, those of that name that have none yet.
   */
  rolesOf(arn: string): readonly Role[]
  /** False of a role that a plan leaves as it is, with all around it, where only changes are to be judged. */
  isJudged(role: Role): boolean
  /** The role of a key that some association names by reference: its ARN need not be known yet. */
  roleOfKey(key: string): Role | undefined
  /** ARNs of all roles; none are kept where nothing names one. */
  readonly roleArns: ReadonlySet<string>
  /** Roles whose trust may be about pods; none are kept where the inputs hold no RBAC. */
  readonly podRoles: readonly Role[]
}

export interface RoleSubject {
  readonly role: Role
  readonly policy: TrustPolicy
  readonly analysis: RoleAnalysis
  /** Grants that admit somebody. */
  readonly grants: readonly TrustAnalysis[]
  readonly podStatements: readonly PodStatement[]
  /** Whether the trust policy names a Kubernetes OIDC provider or Pod Identity for an action of theirs. */
  readonly isPodRole: boolean
  readonly facts: Facts
  /** The time from which requests are sent. */
  readonly now: Date
}

interface RuleText {
  /** A noun phrase for the flaw; also the name of its file, page, test and fixtures. */
  readonly id: string
  readonly severity: Severity
  /** One clause, lower case, without a full stop. */
  readonly summary: string
  /** The version that first had it. */
  readonly since: string
  /**
   * Kinds of facts besides roles that it cannot do without: it says nothing of what was not read, and where a kind has
   * gaps the coverage says that it does not.
   */
  readonly needs?: readonly HeldKind[]
  readonly kind: RuleKind
}

export type RuleOn<On extends keyof RuleSubjects> = RuleText & {
  readonly on: On
  /** Yields facts. It never logs, never reads the environment and never throws for bad input. */
  check(subject: RuleSubjects[On]): Iterable<ProblemOf<On>>
}

type ProblemOf<On extends keyof RuleSubjects> = On extends 'inventory'
  ? InventoryProblem
  : On extends 'token'
    ? TokenProblem
    : Problem

/**
 * One question asked of what a role admits. A rule asks sets, never the text of patterns; text only tells where to point.
 *
 * The runner stamps id, severity, kind, documentation address, certainty and fingerprint, so that no rule can get them
 * wrong, and it puts every witness through the evaluator.
 */
export type Rule = { [On in keyof RuleSubjects]: RuleOn<On> }[keyof RuleSubjects]

/** One flaw in one role, as a rule says it. */
export interface Problem {
  /** JSON pointer below the policy: the condition, value or element to blame; else the statement. */
  readonly at: string
  /** Other places that belong to it. */
  readonly related?: readonly { readonly at: string; readonly note: string }[]
  /** One sentence without a full stop; text of the policy in `quoted()` form. */
  readonly message: string
  /** Who proves it. */
  readonly witness?: Witness
  /** Set where the finding rests on a fact about AWS that is not documented; the message then says "expected". */
  readonly certainty?: 'possible'
  /** What to do about it, one sentence. */
  readonly help?: string
  readonly fix?: Fix
}

/** One flaw in something that is no role, as a rule says it. */
export interface InventoryProblem {
  readonly subject: SubjectReference
  /** The role that it is about, where there is one. */
  readonly role?: Role
  readonly location: Location
  readonly related?: readonly { readonly location: Location; readonly note: string }[]
  /** What is blamed, apart from where it stands; the finding stays the same while this does. */
  readonly blamed: string
  readonly message: string
  readonly certainty?: 'possible'
  readonly help?: string
}

/** One flaw of a token, as a rule says it. */
export interface TokenProblem {
  /** One sentence without a full stop; text of claims in `quoted()` form. */
  readonly message: string
  readonly certainty?: 'possible'
  readonly help?: string
}

/** What a finding is about that is no role. */
export interface SubjectReference {
  readonly kind:
    | 'service-account'
    | 'workload'
    | 'node-group'
    | 'association'
    | 'addon'
    | 'capability'
    | 'provider'
    | 'cluster'
    | 'access-entry'
    | 'rbac-subject'
    | 'token'
  /**
   * `CLUSTER/NAMESPACE/NAME` of a service account or an association, with the kind before it for workloads; `CLUSTER/KIND NAME`
   * of users and groups; the ARN of what has one, else its address; `CLUSTER/NAME` of what a cluster holds; of a token its issuer and subject.
   */
  readonly key: string
  /** What to call it in a sentence. */
  readonly name: string
}

/** A word that an admission holds: the runner makes it a full request and replays it. */
export interface Witness {
  readonly admission: Admission
  readonly word: string
}

/** A change of the trust policy. */
export interface Fix {
  readonly title: string
  /** RFC 6902, on the policy document. */
  readonly patch: readonly PatchOperation[]
  /** True only where a test proves what the admitted set becomes. */
  readonly safe: boolean
}

export type { JsonValue, PatchOperation } from '../policy/condition-patch.js'
