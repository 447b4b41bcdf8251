import type { Language } from '../automata/language.js'
import type { Cluster, OidcProvider, Role } from '../inventory.js'
import type { CallerClass } from '../mechanisms/aws-principal.js'
import type { TrustPolicy } from '../policy/ast.js'
import type { Admission, Undecided } from './admission.js'
import type { ServiceAccountSet } from './service-account-set.js'

/** What every analysis of a role says. */
export interface TrustBase {
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
