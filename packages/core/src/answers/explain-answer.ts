import type { Effect } from '../policy/ast.js'
import type { PatchOperation } from '../policy/condition-patch.js'
import type { ContextValue, Outcome, StsAction, Truth } from '../policy/request.js'
import type { ServiceAccountName } from '../trust/service-account-set.js'
import type { CauseId, ExplainCause, SdkError } from './error-causes.js'

export type { CauseId, ExplainCause, KnownErrorId, SdkError } from './error-causes.js'

/** Why one caller can or cannot assume one role: the steps, the first that fails, and what would mend it. */
export interface Explanation {
  readonly role: {
    /** As it was asked for, where the inputs do not hold it. */
    readonly name: string
    readonly key?: string | undefined
    readonly arn?: string | undefined
    readonly address?: string | undefined
    readonly account?: string | undefined
  }
  readonly caller: ExplainedCaller
  readonly mechanism: 'irsa' | 'web-identity' | 'pod-identity'
  /** `undecided` where an answer hangs on what the inputs do not hold, or on what AWS has not documented. */
  readonly outcome: Outcome
  /** For `undecided`: the outcome that is expected, where only documentation is missing. */
  readonly expected: 'allowed' | 'denied' | undefined
  /** In the order in which STS, or EKS, takes them; those behind the first that fails are `not-reached`. */
  readonly steps: readonly ExplainStep[]
  /** What would have to be known, for `undecided`. */
  readonly missing: readonly string[]
  /** What the pod sees, for `denied`, and for what is expected to be. */
  readonly error: SdkError | undefined
  /** Most likely first. For `allowed`: why the pod may fail all the same. */
  readonly causes: readonly ExplainCause[]
  readonly nearestMiss: NearestMiss | undefined
  /** The one change that mends it, computed when it is read. */
  readonly mend: ExplainMend | undefined
  /** Which identity the pod gets; `undefined` for tokens that are no pod's. */
  readonly identity: ExplainedIdentity | undefined
  /** What was taken for granted. */
  readonly assumptions: readonly string[]
}

export interface ExplainedCaller {
  readonly serviceAccount: ServiceAccountName | undefined
  /** The `sub` of the token. */
  readonly subject: string | undefined
  /** Host and path, without `https://`. */
  readonly issuer: string | undefined
  readonly audience: string | undefined
  readonly cluster: { readonly name: string; readonly arn?: string | undefined } | undefined
}

export type StepId =
  | 'role'
  | 'issuer'
  | 'claims'
  | 'audience'
  | 'times'
  | 'signature'
  | 'policy'
  | 'association'
  | 'account'
  | 'assume-role'
  | 'tag-session'
  | 'target-role'
  | 'agent'

/**
 * `assumed`: nothing in the inputs can tell, and nothing speaks against it; `unknown`: it decides, and cannot be told;
 * `not-reached`: an earlier step failed.
 */
export type StepVerdict = 'passed' | 'failed' | 'unknown' | 'assumed' | 'not-reached'

export interface ExplainStep {
  readonly id: StepId
  /** What is asked, one sentence. */
  readonly title: string
  readonly verdict: StepVerdict
  /** What would have passed. */
  readonly asked?: string | undefined
  /** What was there. */
  readonly found?: string | undefined
  readonly detail?: string | undefined
  /** The evaluator's trace, for steps that put a request to a trust policy. */
  readonly statements?: readonly StatementStep[] | undefined
}

/** One statement of a trust policy against one action. */
export interface StatementStep {
  /** JSON pointer below the policy. */
  readonly pointer: string
  readonly sid?: string | undefined
  readonly effect: Effect | undefined
  readonly action: StsAction
  readonly principal: Truth
  readonly actionMatches: Truth
  readonly conditions: readonly ConditionStep[]
  readonly verdict: Truth
}

export interface ConditionStep {
  readonly pointer: string
  readonly operator: string
  readonly key: string
  readonly values: readonly string[]
  readonly found: ContextValue
  readonly verdict: Truth
}

/** The place in the policy that is nearest to letting the caller in. */
export interface NearestMiss {
  readonly at: string
  readonly cause: CauseId
  readonly wanted: string
  readonly found: string
  /** Characters that differ, where two texts are compared. */
  readonly distance?: number | undefined
  readonly summary: string
}

export interface ExplainMend {
  readonly target: 'policy' | 'provider' | 'annotation' | 'association' | 'pod' | 'token' | 'role'
  /** An imperative sentence, without a full stop. */
  readonly title: string
  /** RFC 6902, on the trust policy (`policy`) or on the manifest of the service account (`annotation`). */
  readonly patch?: readonly PatchOperation[]
  /** A command that makes the change, or shows how it is made. */
  readonly command?: string
  /** Whom the role admits before and after, by the mechanism in question; for changes of the policy. */
  readonly admitted?: { readonly before: string; readonly after: string }
}

export interface ExplainedIdentity {
  readonly source:
    | 'environment'
    | 'association'
    | 'annotation'
    | 'node-role'
    | 'none'
    /** The inputs do not hold enough. */
    | 'unknown'
  readonly roleArn?: string
  /** Whether it is the role in question; absent where that is not known. */
  readonly isRole?: boolean
  /** One sentence. */
  readonly summary: string
  /** The places where the SDK looks, in its order, with what is there. */
  readonly chain: readonly IdentityLink[]
  /** Pods that run as the service account. */
  readonly workloads: readonly string[]
}

export interface IdentityLink {
  readonly place: 'keys' | 'web-identity' | 'container' | 'node-role'
  readonly state: 'used' | 'shadowed' | 'absent' | 'not-read'
  readonly detail: string
}
