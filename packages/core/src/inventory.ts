import type {
  AccessEntry,
  Addon,
  Capability,
  Cluster,
  FargateProfile,
  NodeGroup,
  PodIdentityAssociation,
} from './inventory/clusters.js'
import type {
  Namespace,
  RbacBinding,
  RbacRole,
  ServiceAccount,
  StrayAnnotation,
  Workload,
} from './inventory/kubernetes.js'
import type { Hole, Unknown } from './inventory/unknown.js'
import type { Location } from './text/location.js'

export type * from './inventory/clusters.js'
export type * from './inventory/kubernetes.js'
export { isUnknown, revealed } from './inventory/unknown.js'
export type { Hole, HoleKind, Unknown } from './inventory/unknown.js'

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

/** What stands at the address of an issuer, where somebody asked to look. */
export interface IssuerProbe {
  /** Host and path, without `https://`. */
  readonly issuer: string
  /** `claimable` where anybody may put something there: a domain that nobody has, a bucket that is gone. */
  readonly outcome: 'present' | 'claimable' | 'unreachable'
  /** A clause for people. */
  readonly reason: string
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
