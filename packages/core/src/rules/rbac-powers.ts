import type { RbacBinding, RbacRole } from '../inventory.js'

/** A way of RBAC to become a service account. */
export interface RbacPower {
  /** `create serviceaccounts/token` */
  readonly text: string
  /** `account`: any service account of the namespace; `pod`: those that a pod there runs as. */
  readonly reaches: 'account' | 'pod'
  /** The service accounts that it is limited to; absent where it is not. */
  readonly names?: readonly string[]
}

type RbacRule = RbacRole['rules'][number]

interface Way {
  readonly group: string
  readonly resource: string
  readonly verbs: readonly string[]
  readonly reaches: RbacPower['reaches']
}

const way = (
  group: string,
  resource: string,
  verbs: readonly string[],
  reaches: RbacPower['reaches'],
): Way => ({ group, resource, verbs, reaches })

const WRITES = ['create', 'update', 'patch'] as const

/**
 * What makes its holder a service account: a token of it, a pod that runs as it, a controller of such pods, or a foot in a
 * pod that is there.
 * @see https://kubernetes.io/docs/concepts/security/rbac-good-practices/
 */
const WAYS: readonly Way[] = [
  way('', 'serviceaccounts/token', ['create'], 'account'),
  way('', 'pods', ['create'], 'account'),
  way('apps', 'deployments', WRITES, 'account'),
  way('apps', 'daemonsets', WRITES, 'account'),
  way('apps', 'statefulsets', WRITES, 'account'),
  way('apps', 'replicasets', WRITES, 'account'),
  way('', 'replicationcontrollers', WRITES, 'account'),
  way('batch', 'jobs', ['create'], 'account'),
  way('batch', 'cronjobs', WRITES, 'account'),
  way('', 'pods/exec', ['create'], 'pod'),
  way('', 'pods/attach', ['create'], 'pod'),
  way('', 'pods/ephemeralcontainers', ['update', 'patch'], 'pod'),
]

/** The ways that the rules of a role open. */
export function rbacPowers(rules: readonly RbacRule[]): readonly RbacPower[] {
  return WAYS.flatMap(({ group, resource, verbs, reaches }) => {
    const own = rules.flatMap((rule) => {
      const verb = verbs.find((one) => rule.verbs.includes(one) || rule.verbs.includes('*'))
      return verb === undefined || !isAbout(rule, group, resource) ? [] : [{ rule, verb }]
    })
    const free = own.find(({ rule }) => rule.resourceNames.length === 0)
    if (free !== undefined) return [{ text: `${free.verb} ${resource}`, reaches }]
    // The name of a token is that of its service account; of other things the API asks for none when they are created.
    const [named] = own
    if (named === undefined || resource !== 'serviceaccounts/token') return []
    const names = own.flatMap(({ rule }) => rule.resourceNames)
    return [{ text: `${named.verb} ${resource}`, reaches, names }]
  })
}

/** A star is every resource; before a slash it is that subresource of every one. */
function isAbout({ apiGroups, resources }: RbacRule, group: string, resource: string): boolean {
  const [, subresource] = resource.split('/')
  return (
    apiGroups.some((one) => one === '*' || one === group) &&
    resources.some(
      (one) => one === '*' || one === resource || (subresource !== undefined && one === `*/${subresource}`),
    )
  )
}

const EVERYTHING: RbacRule = { apiGroups: ['*'], resources: ['*'], resourceNames: [], verbs: ['*'] }
const EDIT: readonly RbacRule[] = [
  {
    apiGroups: ['', 'apps', 'batch'],
    resources: [
      'serviceaccounts/token',
      'pods',
      'pods/exec',
      'pods/attach',
      'deployments',
      'daemonsets',
      'statefulsets',
      'replicasets',
      'replicationcontrollers',
      'jobs',
      'cronjobs',
    ],
    resourceNames: [],
    verbs: ['create', 'update', 'patch'],
  },
]

/**
 * The roles for people that every cluster has.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles
 */
const USER_FACING: ReadonlyMap<string, readonly RbacRule[]> = new Map([
  ['cluster-admin', [EVERYTHING]],
  ['admin', EDIT],
  ['edit', EDIT],
])

/** What a role means where no input shows it. */
export function builtInRules({ kind, name }: RbacBinding['role']): readonly RbacRule[] {
  return kind === 'ClusterRole' ? (USER_FACING.get(name) ?? []) : []
}

/** Groups that are everyone, or every service account. */
const CATCH_ALL = /^system:(?:authenticated|unauthenticated|anonymous|serviceaccounts(?::.*)?)$/

/**
 * Whether a binding is as it should be: one that Kubernetes or EKS makes for itself, the administrators of the cluster,
 * people that work in a namespace. Service accounts and groups that are everyone are never expected to hold as much.
 */
export function isOrdinary(binding: RbacBinding, subject: RbacBinding['subjects'][number]): boolean {
  const { kind, name } = subject
  const isOwn = (text: string): boolean => /^(?:system|eks):/.test(text)
  if (isOwn(binding.name) && isOwn(binding.role.name)) return true
  if (kind === 'ServiceAccount' || CATCH_ALL.test(name)) return false
  if (isOwn(name) && !name.startsWith('system:serviceaccount:')) return true
  if (name.startsWith('system:serviceaccount:') || binding.role.kind !== 'ClusterRole') return false
  return binding.kind === 'ClusterRoleBinding'
    ? binding.role.name === 'cluster-admin'
    : USER_FACING.has(binding.role.name)
}
