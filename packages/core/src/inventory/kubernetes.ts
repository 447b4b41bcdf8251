import type { Location } from '../text/location.js'
import type { Unknown } from './unknown.js'

/** What Kubernetes lets somebody do: a Role or ClusterRole. */
export interface RbacRole {
  readonly cluster?: string
  readonly kind: 'Role' | 'ClusterRole'
  /** Absent of a ClusterRole. */
  readonly namespace?: string
  readonly name: string
  readonly rules: readonly {
    readonly apiGroups: readonly string[]
    readonly resources: readonly string[]
    readonly resourceNames: readonly string[]
    readonly verbs: readonly string[]
  }[]
  readonly location: Location
}

/** Whom Kubernetes lets do it: a RoleBinding or ClusterRoleBinding. */
export interface RbacBinding {
  readonly cluster?: string
  readonly kind: 'RoleBinding' | 'ClusterRoleBinding'
  /** Absent of a ClusterRoleBinding. */
  readonly namespace?: string
  readonly name: string
  readonly role: { readonly kind: 'Role' | 'ClusterRole'; readonly name: string }
  readonly subjects: readonly {
    readonly kind: 'User' | 'Group' | 'ServiceAccount'
    readonly namespace?: string
    readonly name: string
  }[]
  readonly location: Location
}

/** A service account of Kubernetes, with what its annotations ask of EKS. */
export interface ServiceAccount {
  /** The name or the ARN of its cluster; absent where the input does not tell. */
  readonly cluster?: string
  readonly namespace: string | Unknown
  readonly name: string
  /** `eks.amazonaws.com/role-arn` as it is written, whatever it is. */
  readonly roleArn?: string
  readonly roleArnLocation?: Location
  /** `eks.amazonaws.com/audience`; the webhook takes `sts.amazonaws.com` where there is none. */
  readonly audience?: string
  /** `eks.amazonaws.com/token-expiration` in seconds. */
  readonly tokenExpiration?: number | Unknown
  /** `eks.amazonaws.com/sts-regional-endpoints` */
  readonly stsRegionalEndpoints?: boolean | Unknown
  /** `automountServiceAccountToken`; absent is true. */
  readonly automount?: boolean
  readonly location: Location
}

/** Whatever runs pods: a Deployment, a CronJob, a Pod by itself. */
export interface Workload {
  readonly cluster?: string
  /** As Kubernetes calls it: `Deployment`. */
  readonly kind: string
  readonly namespace: string | Unknown
  readonly name: string
  /** The service account of its pods; `default` where it names none. */
  readonly serviceAccount: string
  /** Whether `automountServiceAccountToken` of its pods says something, which wins over the service account's. */
  readonly automount?: boolean
  /** Tokens that it mounts by itself; `audience` is absent for the API server's. */
  readonly tokens: readonly { readonly audience?: string; readonly location: Location }[]
  /** `AWS_ROLE_ARN` and `AWS_WEB_IDENTITY_TOKEN_FILE` where a container sets them by hand. */
  readonly roleArns: readonly (string | Unknown)[]
  readonly setsTokenFile: boolean
  readonly hostNetwork: boolean
  /** Labels of its pods; absent where there are none. */
  readonly labels?: ReadonlyMap<string, string>
  /** Where its pods run, where that is no Linux node; absent where the input does not tell. */
  readonly runsOn?: 'fargate' | 'windows'
  /** The DaemonSet of EKS that hands out the credentials of Pod Identity. */
  readonly isPodIdentityAgent?: true
  /** Whether another object made it, as a ReplicaSet makes pods. */
  readonly isOwned: boolean
  readonly location: Location
}

export interface Namespace {
  readonly cluster?: string
  readonly name: string
  readonly location: Location
}

/** An annotation `eks.amazonaws.com/…` that nobody reads: of another object, or with another name. */
export interface StrayAnnotation {
  readonly cluster?: string
  readonly kind: string
  readonly namespace: string | Unknown
  readonly name: string
  readonly annotation: string
  /** The name that was meant, where the one that stands there is misspelled. */
  readonly meant?: string
  readonly location: Location
}
