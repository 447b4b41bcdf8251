import type { Facts, ServiceAccount, Workload } from '../inventory.js'
import { associationOf, nameOf, serviceAccountSubject } from './kubernetes-subject.js'
import type { RuleOn } from './rule.js'

/**
 * Pods of a service account with a role also get a token for the API server, which a program that talks to AWS alone does
 * not need. Whoever takes over such a pod has both. Silent where every workload of the service account in the inputs
 * switches the token off, and where RBAC names the service account: then somebody meant it to call the API server.
 * @see https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/
 */
export const automountedApiToken: RuleOn<'inventory'> = {
  id: 'automounted-api-token',
  severity: 'info',
  summary: 'pods of a service account with a role also mount a token for the API server',
  since: '0.1.0',
  kind: 'hygiene',
  on: 'inventory',

  *check({ inventory: { facts } }) {
    const users = workloadsByAccount(facts)
    const bound = boundAccounts(facts)
    for (const account of facts.serviceAccounts ?? []) {
      if (account.automount === false) continue
      if (account.roleArn === undefined && associationOf(account, facts) === undefined) continue
      if (bound.has(keyOf(account, account.name))) continue
      const own = users.get(keyOf(account, account.name)) ?? []
      if (own.length > 0 && own.every(({ automount }) => automount === false)) continue
      yield {
        subject: serviceAccountSubject(account),
        location: nameOf(account),
        blamed: 'automountServiceAccountToken',
        message: 'its pods also mount a token for the API server, which access to AWS does not need',
        help: 'set `automountServiceAccountToken: false` unless the program calls the API server',
      }
    }
  },
}

function workloadsByAccount({ workloads = [] }: Facts): ReadonlyMap<string, readonly Workload[]> {
  const users = new Map<string, Workload[]>()
  for (const workload of workloads) {
    const key = keyOf(workload, workload.serviceAccount)
    const known = users.get(key)
    if (known === undefined) users.set(key, [workload])
    else known.push(workload)
  }
  return users
}

/** Service accounts that bindings name by themselves; what groups of them may do is meant for none in particular. */
function boundAccounts({ rbacBindings = [] }: Facts): ReadonlySet<string> {
  return new Set(
    rbacBindings.flatMap(({ cluster, namespace: own = '', subjects }) =>
      subjects.flatMap(({ kind, namespace = own, name }) =>
        kind === 'ServiceAccount'
          ? [keyOf({ ...(cluster === undefined ? {} : { cluster }), namespace }, name)]
          : [],
      ),
    ),
  )
}

function keyOf(
  { cluster = '', namespace }: Pick<ServiceAccount, 'cluster' | 'namespace'>,
  name: string,
): string {
  return `${cluster}/${typeof namespace === 'string' ? namespace : ''}/${name}`
}
