import type { ClusterKind } from '../../inventory.js'
import type { KubernetesObject, ObjectGroup } from './objects.js'
import { valueAt } from './objects.js'
import { RBAC_GROUP } from './rbac.js'
import { templatePath } from './workloads.js'

/** Namespaces that every cluster has. */
const BUILT_IN = ['default', 'kube-system', 'kube-public']

/**
 * Of what a list holds everything its cluster has. No output of kubectl says what it was asked for, but each namespace
 * has the service account `default`, and every cluster the same few namespaces. So a list with a selector, of one
 * namespace, or of chosen objects is told from one of all; where it cannot be told it counts as a part.
 */
export function completeKinds({ objects, isWhole }: ObjectGroup): readonly ClusterKind[] {
  if (!isWhole || objects.length === 0 || !objects.every(({ isFromServer }) => isFromServer)) return []
  const complete: ClusterKind[] = []
  const named = new Set(objects.filter(({ kind }) => kind === 'Namespace').map(({ name }) => name))
  const hasNamespaces = BUILT_IN.every((name) => named.has(name))
  if (hasNamespaces) complete.push('namespaces')
  if (hasAllRbac(objects)) complete.push('rbac')
  const accounts = objects.filter(({ kind }) => kind === 'ServiceAccount')
  const seen = new Set(accounts.map(({ namespace }) => namespace))
  const withDefault = new Set(
    accounts.filter(({ name }) => name === 'default').map(({ namespace }) => namespace),
  )
  const expected = hasNamespaces ? [...named] : ['default', 'kube-system']
  const hasAccounts =
    expected.every((name) => seen.has(name)) && [...seen].every((namespace) => withDefault.has(namespace))
  if (!hasAccounts) return complete
  complete.push('service-accounts')
  // The same command gave them: what it gave of one namespace it gave of all.
  if (objects.some((object) => templatePath(object) !== undefined)) complete.push('workloads')
  return complete
}

/** What every API server makes by itself: of each kind some, in two namespaces. */
const BOOTSTRAP = [
  'ClusterRole/cluster-admin',
  'ClusterRoleBinding/cluster-admin',
  ...['kube-public', 'kube-system'].flatMap((namespace) => [
    `Role/${namespace}/system:controller:bootstrap-signer`,
    `RoleBinding/${namespace}/system:controller:bootstrap-signer`,
  ]),
]

/**
 * Whether a list holds all of RBAC. What the server makes by itself has a label by which it can be asked for, so there has
 * to be something else as well, as there is in every cluster of EKS.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
 */
function hasAllRbac(objects: readonly KubernetesObject[]): boolean {
  const rbac = objects.filter(({ group }) => group === RBAC_GROUP)
  const named = new Set(
    rbac.map(({ kind, namespace, name }) =>
      typeof namespace === 'string' ? `${kind}/${namespace}/${name}` : `${kind}/${name}`,
    ),
  )
  return (
    BOOTSTRAP.every((one) => named.has(one)) &&
    rbac.some(({ metadata }) => valueAt(metadata, 'labels', 'kubernetes.io/bootstrapping') === undefined)
  )
}
