import type { Resource } from './template-parts.js'
import type { PolicyDraft } from './trust-policy.js'

/** What readers found in one resource or one outcome. Texts hold marks; `undefined` is what the template does not set. */
export interface Drafts {
  readonly roles: RoleDraft[]
  readonly profiles: { readonly name: string; readonly role: string }[]
  readonly providers: ProviderDraft[]
  readonly clusters: ClusterDraft[]
  readonly associations: AssociationDraft[]
  readonly nodeGroups: NodeGroupDraft[]
}

export interface RoleDraft {
  readonly resource: Resource
  readonly id: string
  readonly name: string | undefined
  readonly path: string | undefined
  readonly arn: string
  readonly policy: PolicyDraft
  /** The outcome in words, where others differ. */
  readonly branch?: string
}

export interface ProviderDraft {
  readonly resource: Resource
  readonly issuer: string | undefined
  readonly clientIds: readonly string[]
}

export interface ClusterDraft {
  readonly resource: Resource
  readonly name: string
  readonly issuer: string
}

export interface AssociationDraft {
  readonly resource: Resource
  readonly pointer: string
  readonly cluster: string | undefined
  readonly namespace: string | undefined
  readonly serviceAccount: string | undefined
  readonly roleArn: string | undefined
  readonly targetRoleArn: string | undefined
  readonly disableSessionTags: boolean
}

export interface NodeGroupDraft {
  readonly resource: Resource
  readonly name: string
  readonly cluster: string | undefined
  readonly roleArn: string | undefined
  readonly hasLaunchTemplate: boolean
  /** Pointer to the launch template where it is in this template. */
  readonly launchTemplate?: string
  readonly metadata?: unknown
}

export function noDrafts(): Drafts {
  return { roles: [], profiles: [], providers: [], clusters: [], associations: [], nodeGroups: [] }
}

/** What makes two drafts of a resource the same fact. */
export function identityOf(draft: object): string {
  return (
    JSON.stringify(draft, (key, value: unknown) =>
      key === 'resource' || key === 'trace' || key === 'said' || key === 'value' ? undefined : value,
    ) ?? ''
  )
}
