import type { RoleConflict } from './answers/conflicts.js'
import type { RoleChange } from './answers/diff.js'
import type { WhoAnswer } from './answers/who.js'
import type { CoverageGap } from './inventory.js'
import type { Fix, RuleKind, Severity, SubjectReference } from './rules/rule.js'
import type { AssumeRoleRequest } from './policy/request.js'
import type { Location } from './text/location.js'
import type { DecodedToken, SignatureVerdict } from './tokens/token.js'

export type { AccountSummary, ClusterSummary, RiskyRole } from './answers/account-summary.js'
export type { RoleConflict } from './answers/conflicts.js'
export type {
  ComparedAnnotation,
  ComparedAssociation,
  ComparedCluster,
  ComparedIdentity,
  ComparedReason,
  ComparedReasonId,
  ComparedRole,
  ComparedServiceAccount,
  ComparedTrust,
  MechanismComparison,
  OpenRole,
} from './answers/compare.js'
export type { CallerChange, CallerMove, RoleChange, TrustDiff } from './answers/diff.js'
export type { GraphEdge, GraphNode, TrustGraph } from './answers/graph.js'
export type {
  ConditionStep,
  ErrorExplanation,
  ExplainCause,
  ExplainMend,
  ExplainStep,
  Explanation,
  StatementStep,
} from './answers/explain.js'
export type { WhoAnswer, WhoReport } from './answers/who.js'
export type { SubjectReference } from './rules/rule.js'
export type { DecodedToken, SignatureVerdict } from './tokens/token.js'

/** What a check found, as data. Reporters turn it into text and know nothing else. */
export interface Report {
  /** Findings in report order: severity, then rule, then role. */
  readonly findings: readonly Finding[]
  readonly coverage: Coverage
  /** What each role admits; empty unless it was asked for. */
  readonly analyses: readonly WhoAnswer[]
  /** Roles whose trust a plan widens; absent where nothing tells what was before. */
  readonly widened?: readonly RoleChange[]
}

export interface Finding {
  readonly rule: string
  readonly kind: RuleKind
  readonly severity: Severity
  /** `proved` where nothing about AWS is in doubt, else `possible`. */
  readonly certainty: 'proved' | 'possible'
  /** One sentence, lower case, without a full stop. */
  readonly message: string
  /** What to do about it. */
  readonly help?: string
  /** The role that it is about. A finding has a role, or a subject, or both. */
  readonly role?: RoleReference
  /** What else it is about: a service account that names a role, a workload. */
  readonly subject?: SubjectReference
  readonly location: Location
  readonly related: readonly { readonly location: Location; readonly note: string }[]
  readonly witness?: FindingWitness
  readonly fix?: Fix
  /** Address of the rule's page. */
  readonly docs: string
  /** 32 hexadecimal digits that stay the same while rule, role and condition do. */
  readonly fingerprint: string
}

export interface RoleReference {
  readonly key: string
  readonly name: string
  readonly arn?: string
  readonly address?: string
}

/** A full request that the evaluator lets through. */
export interface FindingWitness {
  readonly serviceAccount?: { readonly namespace: string; readonly name: string }
  /** The subject of a token of another issuer, or the ARN of a principal. */
  readonly subject?: string
  readonly request: AssumeRoleRequest
}

export interface Coverage {
  /** Whether everything that the inputs claim to hold was judged. */
  readonly complete: boolean
  readonly roles: {
    readonly total: number
    /** Roles whose trust policy was analyzed. */
    readonly analyzed: number
    /** Roles that a plan leaves as they are, which are not judged unless asked for. */
    readonly unchanged: number
    /** Roles whose trust names a Kubernetes OIDC provider or Pod Identity. */
    readonly pod: number
  }
  /** Service accounts of Kubernetes that were looked at; absent where no input holds any. */
  readonly serviceAccounts?: number
  /** Clusters that were looked at; absent where no input holds any. */
  readonly clusters?: number
  readonly gaps: readonly CoverageGap[]
  /** Rules that say nothing of what the gaps leave out; absent where there are none. */
  readonly silenced?: readonly string[]
  /** What was not looked at on purpose, a clause each; absent where there is nothing. */
  readonly outOfScope?: readonly string[]
  /** Roles that two inputs hold; absent where there are none. */
  readonly conflicts?: readonly RoleConflict[]
}

/** What was found in a token. */
export interface TokenReport {
  readonly token: DecodedToken
  /** Absent where there was no key set to check it with. */
  readonly signature?: SignatureVerdict
  /** In report order, as in `Report`. */
  readonly findings: readonly Finding[]
}
