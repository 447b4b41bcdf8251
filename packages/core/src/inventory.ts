import type { Location } from './text/location.js'

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

/** A trust policy as its source holds it: a text, or a JSON value. It is parsed by the analysis, not by the source. */
export type TrustPolicyDocument =
  | { readonly kind: 'text'; readonly text: string; readonly location: Location }
  | {
      readonly kind: 'value'
      readonly value: unknown
      readonly location: Location
      /** JSON pointers (below the policy) of keys that stand more than once, which a JSON value cannot show. */
      readonly duplicates: readonly string[]
    }
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
  /** The change a plan makes to it; absent for what simply is. */
  readonly change?: 'create' | 'update' | 'replace' | 'none'
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

/** One thing that was not collected. A gap is never read as "clean". */
export interface CoverageGap {
  readonly kind: 'role' | 'provider' | 'cluster' | 'association'
  /** What it is about: a role's key, a cluster's name, an input. */
  readonly subject: string
  readonly reason: string
  readonly location?: Location
}

export interface Facts {
  readonly providers: readonly OidcProvider[]
  readonly clusters: readonly Cluster[]
  readonly associations: readonly PodIdentityAssociation[]
  /** Which kinds the inputs claim to hold; what no input claims is out of scope and no gap. */
  readonly holds: ReadonlySet<'roles' | 'providers' | 'clusters' | 'associations'>
  readonly gaps: readonly CoverageGap[]
}

/** What one or more inputs say: facts in memory, and roles that may stream by. */
export interface Inventory {
  readonly facts: Facts
  readonly roles: Iterable<Role>
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
      holds: new Set(inventories.flatMap(({ facts }) => [...facts.holds])),
      gaps: inventories.flatMap(({ facts }) => facts.gaps),
    },
    roles: {
      *[Symbol.iterator]() {
        for (const inventory of inventories) yield* inventory.roles
      },
    },
  }
}
