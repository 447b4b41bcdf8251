/**
 * Who may do what in a cluster: Role, ClusterRole, RoleBinding and ClusterRoleBinding of `rbac.authorization.k8s.io`.
 *
 * A ClusterRole that is made of others (`aggregationRule`) has its rules as an API server gives it out; a manifest of it
 * has those that are written there.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/
 */
import type { RbacBinding, RbacRole } from '../../inventory.js'
import { isUnknown } from '../../inventory.js'
import { isList, isObject, type JsonObject, textOf } from '../json-input.js'
import type { KubernetesObject } from './objects.js'

export const RBAC_GROUP = 'rbac.authorization.k8s.io'

export interface RbacFound {
  readonly rbacRoles: RbacRole[]
  readonly rbacBindings: RbacBinding[]
  /** How many name no namespace and so grant something nobody knows where. */
  unplaced: number
}

/** Reads the object where it is one of these. */
export function readRbac(
  object: KubernetesObject,
  where: { readonly cluster?: string },
  found: RbacFound,
): void {
  const { group, kind, name, namespace, value, location } = object
  if (group !== RBAC_GROUP) return
  if (kind === 'ClusterRole') {
    found.rbacRoles.push({ ...where, kind, name, rules: rulesOf(value), location })
    return
  }
  const role = roleOf(value)
  const subjects = subjectsOf(value)
  if (kind === 'ClusterRoleBinding') {
    // Nothing else is accepted here by an API server.
    if (role?.kind === 'ClusterRole')
      found.rbacBindings.push({ ...where, kind, name, role, subjects, location })
  } else if (kind === 'Role' || kind === 'RoleBinding') {
    if (isUnknown(namespace)) found.unplaced++
    else if (kind === 'Role')
      found.rbacRoles.push({ ...where, kind, namespace, name, rules: rulesOf(value), location })
    else if (role !== undefined)
      found.rbacBindings.push({ ...where, kind, namespace, name, role, subjects, location })
  }
}

/** Rules about resources; what is said of addresses that are none (`/healthz`) is about no pod and no token. */
function rulesOf({ rules }: JsonObject): RbacRole['rules'] {
  return objectsOf(rules)
    .map((rule) => ({
      apiGroups: textsIn(rule['apiGroups']),
      resources: textsIn(rule['resources']),
      resourceNames: textsIn(rule['resourceNames']),
      verbs: textsIn(rule['verbs']),
    }))
    .filter(({ resources }) => resources.length > 0)
}

function roleOf({ roleRef }: JsonObject): RbacBinding['role'] | undefined {
  if (!isObject(roleRef)) return undefined
  const { kind } = roleRef
  const name = textOf(roleRef['name'])
  return (kind === 'Role' || kind === 'ClusterRole') && name !== undefined ? { kind, name } : undefined
}

function subjectsOf({ subjects }: JsonObject): RbacBinding['subjects'] {
  return objectsOf(subjects).flatMap((subject) => {
    const { kind } = subject
    const name = textOf(subject['name'])
    const namespace = textOf(subject['namespace'])
    if (name === undefined || (kind !== 'User' && kind !== 'Group' && kind !== 'ServiceAccount')) return []
    return [{ kind, ...(kind === 'ServiceAccount' && namespace !== undefined ? { namespace } : {}), name }]
  })
}

function objectsOf(value: unknown): readonly JsonObject[] {
  return isList(value) ? value.filter(isObject) : []
}

/** The empty text counts: it is the core group. */
function textsIn(value: unknown): readonly string[] {
  return isList(value) ? value.filter((item) => typeof item === 'string') : []
}
