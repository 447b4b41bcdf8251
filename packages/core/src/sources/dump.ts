import type {
  Cluster,
  Completeness,
  CoverageGap,
  OidcProvider,
  PodIdentityAssociation,
} from '../inventory.js'
import type { Location } from '../text/location.js'

/** What has been found so far in outputs of the AWS CLI. */
export interface Dump {
  /** Entries that are roles; each is read when somebody walks over the roles. */
  readonly roles: { readonly entry: unknown; readonly pointer: string }[]
  readonly providers: OidcProvider[]
  readonly clusters: Cluster[]
  readonly associations: PodIdentityAssociation[]
  /** Lists of managed policies with their versions; a document is looked up when somebody asks for it. */
  readonly managedPolicies: (readonly unknown[])[]
  readonly holds: Set<'roles' | 'providers' | 'clusters' | 'associations'>
  /** Accounts of which all roles are there. */
  readonly complete: Completeness[]
  readonly gaps: CoverageGap[]
}

/** Reads the value of the member that an output is known by. */
export type OutputReader = (value: unknown, location: Location, dump: Dump) => void

/** A gap that is about the input, where what is missing has no name of its own. */
export function gap(kind: CoverageGap['kind'], location: Location, reason: string): CoverageGap {
  return { kind, subject: location.input.name, reason, location }
}
