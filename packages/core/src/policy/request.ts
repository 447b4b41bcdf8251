/** One concrete call to STS, and what a context key may be for a whole kind of calls. */

export type StsAction =
  | 'sts:AssumeRole'
  | 'sts:AssumeRoleWithWebIdentity'
  | 'sts:AssumeRoleWithSAML'
  | 'sts:TagSession'
  | 'sts:SetSourceIdentity'

/** Who calls, as the `Principal` element sees it. */
export type Caller =
  /** The holder of a token: the ARN of the OIDC provider in the role's own account. */
  | { readonly type: 'web-identity'; readonly provider: string }
  /** An AWS service, such as `pods.eks.amazonaws.com`. */
  | { readonly type: 'service'; readonly service: string }
  /** The holder of AWS credentials. `arn` is what `aws:PrincipalArn` says: for a role session the ARN of the role. */
  | { readonly type: 'aws'; readonly arn: string; readonly account: string }

/** What the request context holds for one key. */
export type ContextValue =
  | { readonly state: 'present'; readonly values: readonly string[]; readonly multivalued: boolean }
  | { readonly state: 'absent' }
  /** Present or not, with whatever value: nobody can say. */
  | { readonly state: 'unknown' }

export const ABSENT: ContextValue = { state: 'absent' }
export const UNKNOWN: ContextValue = { state: 'unknown' }

/** Key names in lower case; a key that is not in the map is absent. */
export type RequestContext = ReadonlyMap<string, ContextValue>

export interface AssumeRoleRequest {
  /** Every action is checked against the whole policy with the same context; all must be allowed. */
  readonly actions: readonly StsAction[]
  /**
   * Actions of which it is not known whether STS or EKS asks for them. The request is undecided where it hangs on one
   * that no Allow statement so much as names for this caller.
   */
  readonly doubtfulActions?: readonly StsAction[]
  readonly caller: Caller
  readonly context: RequestContext
}

export type Outcome = 'allowed' | 'denied' | 'undecided'

/** True, false, or cannot tell. */
export type Truth = 'true' | 'false' | 'unknown'
