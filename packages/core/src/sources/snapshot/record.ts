/**
 * What was read of accounts and clusters, as plain JSON: the format of `podtrust snapshot`, and the only thing a live read
 * makes. One reader (`inventory-of-snapshot.ts`) turns it into an inventory, whether it was collected a moment ago or
 * comes from a file, so that both give the same report.
 *
 * Members that AWS and Kubernetes name keep their names and shapes, with times as ISO 8601 texts; what nothing is told
 * from is left out. No record holds a credential, a token or a certificate.
 */

/** The version of the format; it is raised when a reader of the older one would misread the newer. */
export const SNAPSHOT_VERSION = 1

export interface Snapshot {
  readonly podtrustSnapshot: typeof SNAPSHOT_VERSION
  /** The version of podtrust that wrote it. */
  readonly tool: string
  /** When the reading began. */
  readonly takenAt: string
  readonly accounts: readonly AccountRecord[]
  /** Clusters that were read from their own API. */
  readonly kubernetes?: readonly KubernetesRecord[]
  readonly issuerProbes?: readonly IssuerProbeRecord[]
}

export interface AccountRecord {
  /** Twelve digits; absent where nothing that could be read tells. */
  readonly account?: string
  readonly partition?: string
  /** Absent where neither call for roles was allowed. `isWhole` is false where a page was missed. */
  readonly roles?: Listed<RoleRecord>
  /** `AssumeRolePolicySizeQuota` of `GetAccountSummary` */
  readonly trustPolicyQuota?: number
  readonly providers?: Listed<ProviderRecord>
  readonly regions: readonly RegionRecord[]
  /** Whether the Regions are all that the account has, rather than chosen ones. */
  readonly hasAllRegions?: boolean
  /** Calls that did not give what they were asked for. */
  readonly misses: readonly MissRecord[]
}

/** A list of AWS, and whether all of it is there. */
export interface Listed<Item> {
  readonly items: readonly Item[]
  readonly isWhole: boolean
}

/** `RoleDetail`, or `Role` of `ListRoles`, which has less of it. */
export interface RoleRecord {
  readonly Path?: string
  readonly RoleName?: string
  readonly RoleId?: string
  readonly Arn?: string
  /** URL-encoded, as IAM gives it. */
  readonly AssumeRolePolicyDocument?: string
  readonly InstanceProfileList?: readonly { readonly InstanceProfileName?: string }[]
  /** Documents are URL-encoded. */
  readonly RolePolicyList?: readonly { readonly PolicyName?: string; readonly PolicyDocument?: string }[]
  readonly AttachedManagedPolicies?: readonly { readonly PolicyName?: string; readonly PolicyArn?: string }[]
  readonly PermissionsBoundary?: { readonly PermissionsBoundaryArn?: string }
  readonly Tags?: readonly { readonly Key?: string; readonly Value?: string }[]
  readonly RoleLastUsed?: { readonly LastUsedDate?: string; readonly Region?: string }
}

export interface ProviderRecord {
  readonly Arn: string
  /** Absent, with all that follows, where the provider is listed and could not be read. */
  readonly Url?: string
  readonly ClientIDList?: readonly string[]
  readonly ThumbprintList?: readonly string[]
}

export interface RegionRecord {
  readonly region: string
  /** Absent where the clusters could not be listed. */
  readonly clusters?: Listed<ClusterRecord>
}

/** A cluster, and what EKS knows of it. A list is absent where it was not read or does not apply. */
export interface ClusterRecord {
  readonly name: string
  /** Absent where the cluster is listed and could not be described. */
  readonly cluster?: EksCluster
  readonly associations?: Listed<EksAssociation>
  readonly addons?: Listed<EksAddon>
  readonly nodegroups?: Listed<EksNodegroup>
  readonly fargateProfiles?: Listed<EksFargateProfile>
  readonly accessEntries?: Listed<EksAccessEntry>
  readonly capabilities?: Listed<EksCapability>
}

export interface EksCluster {
  readonly arn?: string
  readonly status?: string
  readonly version?: string
  readonly endpoint?: string
  readonly identity?: { readonly oidc?: { readonly issuer?: string } }
  readonly accessConfig?: { readonly authenticationMode?: string }
  readonly computeConfig?: { readonly enabled?: boolean; readonly nodeRoleArn?: string }
  readonly resourcesVpcConfig?: {
    readonly endpointPublicAccess?: boolean
    readonly endpointPrivateAccess?: boolean
  }
}

/** Of a listed association that could not be described only what the list tells is there, and no `roleArn`. */
export interface EksAssociation {
  readonly associationArn?: string
  readonly associationId?: string
  readonly namespace?: string
  readonly serviceAccount?: string
  readonly roleArn?: string
  readonly targetRoleArn?: string
  readonly disableSessionTags?: boolean
  readonly externalId?: string
  readonly policy?: string
  readonly ownerArn?: string
}

export interface EksAddon {
  readonly addonName: string
  readonly addonArn?: string
  readonly addonVersion?: string
  readonly status?: string
  readonly serviceAccountRoleArn?: string
  readonly podIdentityAssociations?: readonly string[]
}

export interface EksNodegroup {
  readonly nodegroupName: string
  readonly nodeRole?: string
  readonly amiType?: string
}

export interface EksFargateProfile {
  readonly fargateProfileName: string
  readonly podExecutionRoleArn?: string
  readonly selectors?: readonly {
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
  }[]
}

export interface EksAccessEntry {
  readonly principalArn: string
  readonly type?: string
  readonly kubernetesGroups?: readonly string[]
  readonly username?: string
  /** Absent where they were not read, or where the type of the entry has none. */
  readonly accessPolicies?: readonly {
    readonly policyArn?: string
    readonly accessScope?: { readonly type?: string; readonly namespaces?: readonly string[] }
  }[]
}

export interface EksCapability {
  readonly capabilityName: string
  readonly type?: string
  readonly roleArn?: string
}

/** A call that failed, of which the cause is told by the answer and never guessed. */
export interface MissRecord {
  /** The call, which is also the permission that it needs: `eks:DescribeCluster`. Of Kubernetes: `list serviceaccounts`. */
  readonly call: string
  readonly outcome: MissOutcome
  readonly region?: string
  /** The ARN of the cluster, or its name, where the call is about one. */
  readonly cluster?: string
  /** What it was asked about: an ARN or a name. */
  readonly subject?: string
  /** What AWS or the network said, one line without credentials. */
  readonly message: string
}

/**
 * `denied`: not allowed. `throttled`: still refused after all attempts. `failed`: an error, or an answer that is not what the
 * protocol says. `timed-out`: no answer in time. `skipped`: not asked, because the run ended before.
 */
export type MissOutcome = 'denied' | 'throttled' | 'failed' | 'timed-out' | 'skipped'

/** What the API of a cluster gave. */
export interface KubernetesRecord {
  /** The cluster's ARN; its name, or that of the context, where no ARN is known. */
  readonly cluster: string
  /** Kinds of which all objects are there. */
  readonly complete: readonly KubernetesKind[]
  /** Objects as the API gives them, with `apiVersion` and `kind`, less what nothing is told from. */
  readonly objects: readonly KubernetesRecordObject[]
  readonly misses: readonly MissRecord[]
}

export type KubernetesKind = 'namespaces' | 'service-accounts' | 'workloads' | 'rbac'

export interface KubernetesRecordObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly uid?: string
    readonly annotations?: Readonly<Record<string, string>>
    readonly labels?: Readonly<Record<string, string>>
    readonly ownerReferences?: readonly { readonly kind?: string; readonly name?: string }[]
  }
  readonly [member: string]: unknown
}

export interface IssuerProbeRecord {
  /** Host and path, without `https://`. */
  readonly issuer: string
  readonly outcome: 'present' | 'claimable' | 'unreachable'
  readonly reason: string
}
