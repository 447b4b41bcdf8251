import type { Location } from './text/location.js'
import { escaped } from './text/quote.js'

/** Named in the input, its value not known; `reason` is a sentence for people. */
export interface Unknown {
  readonly unknown: true
  readonly reason: string
  /** A value the input does not show until it is applied, or one the reader of the input was not allowed to see. */
  readonly cause: 'known-after-apply' | 'not-collected' | 'unreadable'
}

export function isUnknown(value: unknown): value is Unknown {
  return typeof value === 'object' && value !== null && (value as Partial<Unknown>).unknown === true
}

/** What a placeholder may stand for. */
export type HoleKind = 'issuer' | 'provider' | 'account' | 'name' | 'subject' | 'value'

/** A value that an input does not know yet. In texts a word stands for it that nothing else can be. */
export interface Hole {
  readonly placeholder: string
  /** Where the value will come from: an attribute of a resource, `aws_eks_cluster.main.identity[0].oidc[0].issuer`. */
  readonly origin: string
  readonly kind: HoleKind
}

/** What documents may have beyond their text, where a source knows it. */
interface DocumentExtras {
  /** Placeholders that the document may hold. */
  readonly holes?: readonly Hole[]
  /** Where a part of the policy (a JSON pointer) stands in the text people wrote, if that is not the document. */
  readonly sourceMap?: (pointer: string) => Location | undefined
  /** Pointers of statements whose condition keys are not known and were told from their values. */
  readonly assumed?: readonly string[]
}

/** A trust policy as its source holds it: a text, or a JSON value. It is parsed by the analysis, not by the source. */
export type TrustPolicyDocument =
  | ({ readonly kind: 'text'; readonly text: string; readonly location: Location } & DocumentExtras)
  | ({
      readonly kind: 'value'
      readonly value: unknown
      readonly location: Location
      /** JSON pointers (below the policy) of keys that stand more than once, which a JSON value cannot show. */
      readonly duplicates: readonly string[]
    } & DocumentExtras)
  | { readonly kind: 'unknown'; readonly unknown: Unknown; readonly location: Location }

export interface Role {
  /** ARN, else account and name, else the address in the code that declares it, else the input's name. */
  readonly key: string
  /** What to call it in a sentence. */
  readonly name: string
  readonly arn?: string
  /** Twelve digits. */
  readonly account?: string
  readonly partition?: string
  readonly path?: string
  /** Terraform or CloudFormation address. */
  readonly address?: string
  readonly trustPolicy: TrustPolicyDocument
  readonly location: Location
  /** Names of instance profiles that hold the role; absent when the input does not tell. */
  readonly instanceProfiles?: readonly string[]
  /** When IAM last saw it used; absent where the input does not tell. IAM remembers 400 days. */
  readonly lastUsed?: Date | 'never'
  /** `AROA…`: what other policies turn the role's ARN into when it is deleted. */
  readonly id?: string
  /** What the role may do; absent where the input does not tell. */
  readonly policies?: readonly RolePolicy[]
  /** ARN of the policy that bounds what the role may do. */
  readonly permissionsBoundary?: string
  readonly tags?: ReadonlyMap<string, string>
  /** The change a plan makes to it; absent for what simply is. */
  readonly change?: 'create' | 'update' | 'replace' | 'none'
  /** Addresses of what the role trusts or serves and the same plan changes: the role is judged though it stays. */
  readonly changedBy?: readonly string[]
}

/** A policy that says what a role may do. */
export interface RolePolicy {
  readonly name: string
  /** Of a managed policy; absent of one that is part of the role. */
  readonly arn?: string
  /** The policy as JSON, where the input holds it. */
  readonly document?: unknown
}

/** An AWS account that was read. */
export interface Account {
  readonly account: string
  readonly partition?: string
  /** Characters that a trust policy may have, white space not counted (`AssumeRolePolicySizeQuota`). */
  readonly trustPolicyQuota?: number
  readonly location: Location
}

export interface OidcProvider {
  readonly arn?: string
  readonly account?: string
  readonly partition?: string
  /** Host and path, without `https://`. */
  readonly issuer: string
  readonly clientIds: readonly string[] | Unknown
  readonly thumbprints?: readonly string[]
  readonly address?: string
  readonly location: Location
}

export interface Cluster {
  readonly name: string
  readonly arn?: string
  readonly account?: string
  readonly partition?: string
  readonly region?: string
  /** Host and path, without `https://`. */
  readonly issuer?: string | Unknown
  /** As EKS says it: `ACTIVE`. */
  readonly status?: string
  /** Whether EKS Auto Mode runs its nodes, which then hold the agent of Pod Identity; absent where the input does not tell. */
  readonly autoMode?: boolean
  /** The role of Auto Mode's nodes. */
  readonly nodeRoleArn?: string
  /** `CONFIG_MAP` has no access entries. */
  readonly authenticationMode?: string
  readonly endpoint?: ClusterEndpoint
  readonly address?: string
  readonly location: Location
}

/** Where a cluster's API is and who reaches it. */
export interface ClusterEndpoint {
  /** `https://…` */
  readonly url?: string
  readonly isPublic?: boolean
  readonly isPrivate?: boolean
}

export interface PodIdentityAssociation {
  /** The cluster's name. */
  readonly cluster: string | Unknown
  /** Names of clusters repeat in other Regions and accounts. */
  readonly clusterArn?: string
  readonly namespace: string | Unknown
  readonly serviceAccount: string | Unknown
  readonly roleArn: string | Unknown
  /** The `key` of the role where the input links the two by reference. */
  readonly roleKey?: string
  readonly targetRoleArn?: string | Unknown
  readonly disableSessionTags: boolean
  readonly arn?: string
  readonly id?: string
  /** What EKS sends as `sts:ExternalId` to the target role. */
  readonly externalId?: string
  /** A session policy, as text. It narrows what the pods may do and not who they are. */
  readonly policy?: string
  /** ARN of the add-on that owns it. */
  readonly ownerArn?: string
  readonly account?: string
  readonly address?: string
  readonly location: Location
}

/** A managed group of nodes of an EKS cluster, as far as pods can reach the credentials of its nodes. */
export interface NodeGroup {
  readonly name: string
  readonly cluster: string | Unknown
  readonly clusterArn?: string
  readonly roleArn: string | Unknown
  /** The `key` of the role where the input links the two by reference. */
  readonly roleKey?: string
  /** What the metadata service of the nodes asks for; absent where the group says nothing of its own. */
  readonly imds?: ImdsOptions | Unknown
  readonly account?: string
  readonly address?: string
  readonly location: Location
}

export interface ImdsOptions {
  /** `optional` lets version 1 in, which any forwarded request can use. Absent: the default of the machine image. */
  readonly tokens?: 'optional' | 'required'
  /** How many hops an answer may travel: pods are one hop further than the node. */
  readonly hopLimit?: number
  readonly disabled?: boolean
  /** Where the options stand. */
  readonly location?: Location
}

/** Something of one cluster that AWS knows. */
interface OfCluster {
  /** The cluster's name. */
  readonly cluster: string
  readonly clusterArn?: string
  readonly location: Location
}

/** An EKS add-on. */
export interface Addon extends OfCluster {
  readonly name: string
  readonly arn?: string
  readonly status?: string
  readonly version?: string
  /** The role of its service account by IRSA. Which service account that is, EKS does not tell. */
  readonly serviceAccountRoleArn?: string
  /** ARNs of the associations that it owns. */
  readonly associationArns: readonly string[]
}

/** Pods that EKS runs on Fargate: those of the namespace that have all the labels. */
export interface FargateProfile extends OfCluster {
  readonly name: string
  readonly podExecutionRoleArn?: string
  /** Namespaces and labels may hold `*` and `?`. */
  readonly selectors: readonly {
    readonly namespace: string
    readonly labels: ReadonlyMap<string, string>
  }[]
}

/** An EKS capability: a controller that EKS runs outside of the cluster, with a role of its own. */
export interface Capability extends OfCluster {
  readonly name: string
  /** `ACK`, `ARGOCD` or `KRO` */
  readonly type?: string
  readonly roleArn?: string
}

/** Who may use the API of a cluster by IAM. */
export interface AccessEntry extends OfCluster {
  readonly principalArn: string
  /** `STANDARD`, or what kind of nodes the principal is the role of: `EC2_LINUX`, `EC2`, `HYBRID_LINUX`. */
  readonly type?: string
  readonly groups: readonly string[]
  readonly username?: string
  /** Access policies of EKS; absent where they were not read. */
  readonly policies?: readonly {
    readonly arn: string
    /** Absent: the whole cluster. */
    readonly namespaces?: readonly string[]
  }[]
}

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

/** What stands at the address of an issuer, where somebody asked to look. */
export interface IssuerProbe {
  /** Host and path, without `https://`. */
  readonly issuer: string
  /** `claimable` where anybody may put something there: a domain that nobody has, a bucket that is gone. */
  readonly outcome: 'present' | 'claimable' | 'unreachable'
  /** A clause for people. */
  readonly reason: string
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

/** A kind of which the inputs hold all there is: in one account, in a Region of it, or in one cluster. */
export type Completeness =
  | { readonly kind: 'roles'; readonly account: string }
  /** Absent where the list is empty, which then tells of no account. */
  | { readonly kind: 'providers'; readonly account?: string }
  | { readonly kind: 'clusters'; readonly account?: string; readonly region: string }
  | {
      readonly kind: ClusterKind
      /** Its name or its ARN; absent where the input does not tell which. */
      readonly cluster?: string
    }

/** What there is of kinds in one cluster: those that AWS knows, and those that Kubernetes does. */
export type ClusterKind =
  | 'associations'
  | 'addons'
  | 'node-groups'
  | 'fargate-profiles'
  | 'access-entries'
  | 'capabilities'
  | 'service-accounts'
  | 'workloads'
  | 'namespaces'
  | 'rbac'

/** One thing that was not collected. A gap is never read as "clean". */
export interface CoverageGap {
  readonly kind:
    | 'account'
    | 'role'
    | 'provider'
    | 'cluster'
    | 'association'
    | 'addon'
    | 'node-group'
    | 'fargate-profile'
    | 'access-entry'
    | 'capability'
    | 'service-account'
    | 'workload'
    | 'namespace'
    | 'rbac'
  /** What it is about: a role's key, a cluster's name, an input. */
  readonly subject: string
  readonly reason: string
  readonly location?: Location
  /** What has to be granted to close it: `eks:DescribeCluster`, or `list serviceaccounts` of Kubernetes. */
  readonly permission?: string
}

/** A kind of things that an input claims to tell about. */
export type HeldKind = 'roles' | 'providers' | 'clusters' | ClusterKind

export interface Facts {
  readonly providers: readonly OidcProvider[]
  readonly clusters: readonly Cluster[]
  readonly associations: readonly PodIdentityAssociation[]
  readonly nodeGroups?: readonly NodeGroup[]
  /** Placeholders that facts and documents may hold. */
  readonly holes?: readonly Hole[]
  /** Which kinds the inputs claim to hold; what no input claims is out of scope and no gap. */
  readonly holds: ReadonlySet<HeldKind>
  readonly serviceAccounts?: readonly ServiceAccount[]
  readonly workloads?: readonly Workload[]
  readonly namespaces?: readonly Namespace[]
  readonly strayAnnotations?: readonly StrayAnnotation[]
  readonly accounts?: readonly Account[]
  readonly addons?: readonly Addon[]
  readonly fargateProfiles?: readonly FargateProfile[]
  readonly capabilities?: readonly Capability[]
  readonly accessEntries?: readonly AccessEntry[]
  readonly rbacRoles?: readonly RbacRole[]
  readonly rbacBindings?: readonly RbacBinding[]
  readonly issuerProbes?: readonly IssuerProbe[]
  /** What was not looked at on purpose, a clause each; it makes no answer incomplete. */
  readonly outOfScope?: readonly string[]
  /** Of what the inputs hold everything; what is absent from it does not exist. */
  readonly complete?: readonly Completeness[]
  readonly gaps: readonly CoverageGap[]
}

/** What one or more inputs say: facts in memory, and roles that may stream by. */
export interface Inventory {
  readonly facts: Facts
  readonly roles: Iterable<Role>
  /** How many inventories with roles were joined; absent for one by itself. */
  readonly inputs?: number
}

/**
 * Several inventories as one. Facts are joined, roles follow each other in order; a role that two inputs name stays
 * two roles, each with its own location.
 */
export function inventoryOf(...inventories: readonly Inventory[]): Inventory {
  const [only] = inventories
  if (inventories.length === 1 && only !== undefined) return only
  return {
    facts: {
      providers: inventories.flatMap(({ facts }) => facts.providers),
      clusters: inventories.flatMap(({ facts }) => facts.clusters),
      associations: inventories.flatMap(({ facts }) => facts.associations),
      ...joined(inventories),
      holds: new Set(inventories.flatMap(({ facts }) => [...facts.holds])),
      gaps: inventories.flatMap(({ facts }) => facts.gaps),
    },
    roles: {
      *[Symbol.iterator]() {
        for (const inventory of inventories) yield* inventory.roles
      },
    },
    inputs: inventories.reduce((total, one) => total + (one.inputs ?? (hasRoles(one) ? 1 : 0)), 0),
  }
}

function hasRoles({ roles }: Inventory): boolean {
  return !Array.isArray(roles) || roles.length > 0
}

/** Lists that only some sources fill. */
const SOME_LISTS = [
  'nodeGroups',
  'holes',
  'serviceAccounts',
  'workloads',
  'namespaces',
  'strayAnnotations',
  'accounts',
  'addons',
  'fargateProfiles',
  'capabilities',
  'accessEntries',
  'rbacRoles',
  'rbacBindings',
  'issuerProbes',
  'outOfScope',
  'complete',
] as const

type SomeLists = Pick<Facts, (typeof SOME_LISTS)[number]>

function joined(inventories: readonly Inventory[]): SomeLists {
  const entries = SOME_LISTS.map(
    (list) => [list, inventories.flatMap(({ facts }): readonly unknown[] => facts[list] ?? [])] as const,
  )
  return Object.fromEntries(entries.filter(([, items]) => items.length > 0)) as SomeLists
}

/**
 * A text for people: each placeholder is replaced by what it stands for. A subject is shown once where both of its
 * halves are the same unknown.
 */
export function revealed(text: string, holes: readonly Hole[]): string {
  let shown = text
  for (const { placeholder, origin, kind } of [...holes].sort(longerFirst)) {
    if (!shown.includes(placeholder)) continue
    const origins = `(known after apply: ${escaped(origin)})`
    if (kind === 'subject') {
      for (const whole of [
        `system:serviceaccount:${placeholder}:${placeholder}`,
        `${placeholder}/${placeholder}`,
        `${placeholder}:${placeholder}`,
      ])
        shown = shown.replaceAll(whole, origins)
    }
    shown = shown.replaceAll(placeholder, origins)
  }
  return shown
}

/** The ARN of a provider holds its issuer; the longer word says more. */
function longerFirst(a: Hole, b: Hole): number {
  return (
    b.placeholder.length - a.placeholder.length || (a.kind === 'subject' ? -1 : b.kind === 'subject' ? 1 : 0)
  )
}
