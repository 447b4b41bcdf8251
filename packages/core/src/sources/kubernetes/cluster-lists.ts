/** What is asked of the API server of a cluster, and the least that has to be allowed for it. */
import type { KubernetesKind } from '../snapshot/record.js'
import {
  ofBinding,
  ofController,
  ofCronJob,
  ofNamespace,
  ofPod,
  ofRole,
  ofServiceAccount,
  type Trim,
} from './trim.js'

export interface ClusterList {
  /** The group of the API; empty for the core group. */
  readonly group: string
  /** As addresses and permissions name it: `serviceaccounts`. */
  readonly resource: string
  readonly apiVersion: string
  readonly kind: string
  readonly of: KubernetesKind
  readonly trim: Trim
}

/**
 * One request each, and one more for each further page. Pods tell what runs and where; what makes pods is listed besides,
 * because it is what people know by name, stays when its pods are replaced, and is there while it has none.
 */
export const CLUSTER_LISTS: readonly ClusterList[] = [
  list('', 'namespaces', 'Namespace', 'namespaces', ofNamespace),
  list('', 'serviceaccounts', 'ServiceAccount', 'service-accounts', ofServiceAccount),
  list('', 'pods', 'Pod', 'workloads', ofPod),
  list('apps', 'daemonsets', 'DaemonSet', 'workloads', ofController),
  list('apps', 'deployments', 'Deployment', 'workloads', ofController),
  list('apps', 'statefulsets', 'StatefulSet', 'workloads', ofController),
  list('batch', 'cronjobs', 'CronJob', 'workloads', ofCronJob),
  list('batch', 'jobs', 'Job', 'workloads', ofController),
  list('rbac.authorization.k8s.io', 'roles', 'Role', 'rbac', ofRole),
  list('rbac.authorization.k8s.io', 'clusterroles', 'ClusterRole', 'rbac', ofRole),
  list('rbac.authorization.k8s.io', 'rolebindings', 'RoleBinding', 'rbac', ofBinding),
  list('rbac.authorization.k8s.io', 'clusterrolebindings', 'ClusterRoleBinding', 'rbac', ofBinding),
]

function list(group: string, resource: string, kind: string, of: KubernetesKind, trim: Trim): ClusterList {
  return { group, resource, apiVersion: group === '' ? 'v1' : `${group}/v1`, kind, of, trim }
}

/** Where the list is: `/apis/apps/v1/daemonsets`. */
export function listPath({ group, resource, apiVersion }: ClusterList): string {
  return `/${group === '' ? 'api' : 'apis'}/${apiVersion}/${resource}`
}

/**
 * The ClusterRole that allows what is asked for, and nothing else: `list` alone, no secrets, no tokens. Whoever reads with
 * it gets it by a ClusterRoleBinding, or by an access entry of EKS with a group that one names.
 *
 * @example
 * ```ts
 * JSON.stringify(clusterRole()) // `kubectl apply -f -` takes it
 * ```
 */
export function clusterRole(name = 'podtrust'): {
  readonly apiVersion: 'rbac.authorization.k8s.io/v1'
  readonly kind: 'ClusterRole'
  readonly metadata: { readonly name: string }
  readonly rules: readonly {
    readonly apiGroups: readonly string[]
    readonly resources: readonly string[]
    readonly verbs: readonly string[]
  }[]
} {
  const groups = [...new Set(CLUSTER_LISTS.map(({ group }) => group))]
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name },
    rules: groups.map((group) => ({
      apiGroups: [group],
      resources: CLUSTER_LISTS.filter((one) => one.group === group).map(({ resource }) => resource),
      verbs: ['list'],
    })),
  }
}

/** The same as a manifest, for people to read and to apply. */
export function clusterRoleManifest(name?: string): string {
  const { apiVersion, kind, metadata, rules } = clusterRole(name)
  const lines = rules.flatMap(({ apiGroups, resources, verbs }) => [
    `  - apiGroups: [${apiGroups.map((group) => (group === '' ? "''" : group)).join(', ')}]`,
    `    resources: [${resources.join(', ')}]`,
    `    verbs: [${verbs.join(', ')}]`,
  ])
  return `${[`apiVersion: ${apiVersion}`, `kind: ${kind}`, 'metadata:', `  name: ${metadata.name}`, 'rules:', ...lines].join('\n')}\n`
}
