import type { Facts, ServiceAccount, Workload } from '../inventory.js'
import { associationOf, nameOf, serviceAccountSubject } from './kubernetes-subject.js'
import type { RuleOn } from './rule.js'

/**
 * Pods of a service account with a role also get a token for the API server, which a program that talks to AWS alone does
 * not need. Whoever takes over such a pod has both. Silent where every workload of the service account in the inputs
 * switches the token off.
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
    for (const account of facts.serviceAccounts ?? []) {
      if (account.automount === false) continue
      if (account.roleArn === undefined && associationOf(account, facts) === undefined) continue
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

function keyOf(
  { cluster = '', namespace }: Pick<ServiceAccount, 'cluster' | 'namespace'>,
  name: string,
): string {
  return `${cluster}/${typeof namespace === 'string' ? namespace : ''}/${name}`
}
