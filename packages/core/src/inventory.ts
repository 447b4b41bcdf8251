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
  /** The change a plan makes to it; absent for what simply is. */
  readonly change?: 'create' | 'update' | 'replace' | 'none'
  /** Addresses of what the role trusts or serves and the same plan changes: the role is judged though it stays. */
  readonly changedBy?: readonly string[]
}

export interface OidcProvider {
  readonly arn?: string
  readonly account?: string
  readonly partition?: string
  /** Host and path, without `https://`. */
  readonly issuer: string
  readonly clientIds: readonly string[] | Unknown
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
  readonly address?: string
  readonly location: Location
}

export interface PodIdentityAssociation {
  readonly cluster: string | Unknown
  readonly namespace: string | Unknown
  readonly serviceAccount: string | Unknown
  readonly roleArn: string | Unknown
  /** The `key` of the role where the input links the two by reference. */
  readonly roleKey?: string
  readonly targetRoleArn?: string | Unknown
  readonly disableSessionTags: boolean
  readonly account?: string
  readonly address?: string
  readonly location: Location
}

/** A managed group of nodes of an EKS cluster, as far as pods can reach the credentials of its nodes. */
export interface NodeGroup {
  readonly name: string
  readonly cluster: string | Unknown
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

/** A service account of Kubernetes, with what its annotations ask of EKS. */
export interface ServiceAccount {
  /** The name of its cluster; absent where the input does not tell. */
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

/** A kind of which the inputs hold all there is: in one account, or in one cluster. */
export type Completeness =
  | { readonly kind: 'roles'; readonly account: string }
  /** Absent where the list is empty, which then tells of no account. */
  | { readonly kind: 'providers'; readonly account?: string }
  | {
      readonly kind: 'service-accounts' | 'workloads' | 'namespaces'
      /** Absent where the input does not tell which. */
      readonly cluster?: string
    }

/** One thing that was not collected. A gap is never read as "clean". */
export interface CoverageGap {
  readonly kind: 'role' | 'provider' | 'cluster' | 'association' | 'service-account' | 'workload'
  /** What it is about: a role's key, a cluster's name, an input. */
  readonly subject: string
  readonly reason: string
  readonly location?: Location
}

/** A kind of things that an input claims to tell about. */
export type HeldKind =
  | 'roles'
  | 'providers'
  | 'clusters'
  | 'associations'
  | 'service-accounts'
  | 'workloads'
  | 'namespaces'

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
function joined(inventories: readonly Inventory[]): Pick<Facts, 'nodeGroups' | 'holes' | KubernetesList> {
  const nodeGroups = inventories.flatMap(({ facts }) => facts.nodeGroups ?? [])
  const holes = inventories.flatMap(({ facts }) => facts.holes ?? [])
  const serviceAccounts = inventories.flatMap(({ facts }) => facts.serviceAccounts ?? [])
  const workloads = inventories.flatMap(({ facts }) => facts.workloads ?? [])
  const namespaces = inventories.flatMap(({ facts }) => facts.namespaces ?? [])
  const strayAnnotations = inventories.flatMap(({ facts }) => facts.strayAnnotations ?? [])
  const complete = inventories.flatMap(({ facts }) => facts.complete ?? [])
  return {
    ...(nodeGroups.length === 0 ? {} : { nodeGroups }),
    ...(holes.length === 0 ? {} : { holes }),
    ...(serviceAccounts.length === 0 ? {} : { serviceAccounts }),
    ...(workloads.length === 0 ? {} : { workloads }),
    ...(namespaces.length === 0 ? {} : { namespaces }),
    ...(strayAnnotations.length === 0 ? {} : { strayAnnotations }),
    ...(complete.length === 0 ? {} : { complete }),
  }
}

type KubernetesList = 'serviceAccounts' | 'workloads' | 'namespaces' | 'strayAnnotations' | 'complete'

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
