/** What `compareMechanisms` answers, as data. */

export interface ComparedRole {
  readonly key: string
  readonly name: string
  readonly arn?: string
  readonly address?: string
}

/** A cluster, or what stands for one: the issuer that trust policies name. Nothing is known of an unnamed one. */
export interface ComparedCluster {
  readonly name?: string
  readonly arn?: string
  readonly issuer?: string
}

/** `absent`: all service accounts of the cluster were read, and it is not among them. */
export interface ComparedAnnotation {
  readonly state: 'role' | 'none' | 'absent' | 'not-read'
  /** As it is written, whatever it is. */
  readonly roleArn?: string
  /** The role, where the inputs hold it. */
  readonly role?: ComparedRole
}

export interface ComparedAssociation {
  readonly state: 'role' | 'none' | 'not-read'
  /** Absent where it is not known yet. */
  readonly roleArn?: string
  readonly role?: ComparedRole
  readonly targetRoleArn?: string
  readonly sessionTags?: boolean
}

/** A role whose trust lets the service account in by its name. */
export interface ComparedTrust {
  readonly role: ComparedRole
  readonly mechanism: 'irsa' | 'pod-identity'
  readonly certainty: 'certain' | 'possible'
}

/** Why pods get nothing, or why that cannot be told. */
export type ComparedReasonId =
  // nothing
  | 'not-configured'
  | 'no-service-account'
  | 'annotation-not-admitted'
  | 'annotation-malformed'
  | 'association-not-admitted'
  | 'target-not-admitted'
  | 'role-missing'
  | 'no-provider'
  | 'audience-not-taken'
  | 'other-account'
  | 'fargate'
  | 'windows'
  | 'no-agent'
  // unknown
  | 'annotation-not-read'
  | 'associations-not-read'
  | 'role-not-read'
  | 'policy-not-read'
  | 'value-not-known'
  | 'undecided'

export interface ComparedReason {
  readonly id: ComparedReasonId
  /** A clause for people. */
  readonly summary: string
}

/** What pods of the service account get in one way. */
export interface ComparedIdentity {
  /** Variables that the pod sets itself, the association, the annotation, or none of them. */
  readonly source: 'environment' | 'association' | 'annotation' | 'none' | 'unknown'
  readonly outcome: 'works' | 'nothing' | 'unknown'
  /** The role whose credentials it would be; of an association with a target role that one. */
  readonly roleArn?: string
  readonly role?: ComparedRole
  /** For `nothing` and `unknown`. */
  readonly reason?: ComparedReason
  /** Which of several workloads: `Deployment api`. Absent where it is all of them. */
  readonly workloads?: readonly string[]
}

export interface ComparedServiceAccount {
  readonly cluster: ComparedCluster
  readonly namespace: string
  readonly name: string
  readonly annotation: ComparedAnnotation
  readonly association: ComparedAssociation
  /** Roles that admit it by name, and of those it is meant for also the ones that admit it by a pattern. */
  readonly admittedBy: readonly ComparedTrust[]
  /**
   * What a new pod gets: `works` and `nothing` where that is one thing, `either` where it differs between workloads or
   * between the order of EKS and that of the SDK, `unknown` where facts are missing.
   */
  readonly verdict: 'works' | 'nothing' | 'either' | 'unknown'
  /** One, or several for `either`. */
  readonly gets: readonly ComparedIdentity[]
  /** What else is to be known of it, a clause each. */
  readonly notes: readonly string[]
}

/** A role whose trust admits more service accounts than can be listed, by one mechanism and from one cluster. */
export interface OpenRole {
  readonly role: ComparedRole
  readonly mechanism: 'irsa' | 'pod-identity'
  /** Absent for Pod Identity, whose trust admits associations of any cluster that it lets through. */
  readonly cluster?: ComparedCluster
  /** "every service account in prod", or a name for a role that needs an association. */
  readonly admits: string
}

export interface MechanismComparison {
  /** By cluster, namespace and name. */
  readonly rows: readonly ComparedServiceAccount[]
  readonly openRoles: readonly OpenRole[]
  readonly counts: Readonly<Record<ComparedServiceAccount['verdict'], number>>
  /** What is taken for granted, a clause each. */
  readonly assumptions: readonly string[]
  readonly gaps: readonly { readonly subject: string; readonly reason: string }[]
}
