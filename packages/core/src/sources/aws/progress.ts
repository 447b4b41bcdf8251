/** What is being read, as it happens. Counts only grow. */
export type CollectProgress =
  /** So many roles are there; more may follow unless `isLast`. */
  | { readonly kind: 'roles'; readonly count: number; readonly isLast: boolean }
  | { readonly kind: 'providers'; readonly count: number }
  /** The clusters of a Region are listed. */
  | { readonly kind: 'region'; readonly region: string; readonly clusters: number }
  /** Of the parts of a cluster that are listed by now, so many are read. */
  | {
      readonly kind: 'cluster'
      readonly region: string
      readonly cluster: string
      readonly part: ClusterPart
      readonly done: number
      readonly of: number
    }
  /** AWS refuses an attempt because there are too many; the client waits and asks again, unless that was its last. */
  | { readonly kind: 'throttled'; readonly call: string; readonly region?: string }

export type ClusterPart =
  | 'associations'
  | 'addons'
  | 'nodegroups'
  | 'fargateProfiles'
  | 'accessEntries'
  | 'capabilities'
