import type { Facts, ServiceAccount, Workload } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { associationOf, nameOf, workloadSubject } from './kubernetes-subject.js'
import type { RuleOn } from './rule.js'

/**
 * A workload with access to AWS runs as the service account `default`. Whatever else runs in the namespace and names no
 * service account has the same access, and so has whoever may start a pod there.
 */
export const defaultServiceAccountWorkload: RuleOn<'inventory'> = {
  id: 'default-service-account-workload',
  severity: 'low',
  summary: 'a workload with access to AWS runs as the default service account',
  since: '0.1.0',
  kind: 'exposure',
  on: 'inventory',

  *check({ inventory: { facts } }) {
    const annotated = (facts.serviceAccounts ?? []).filter(
      ({ name, roleArn }) => name === 'default' && roleArn !== undefined,
    )
    for (const workload of facts.workloads ?? []) {
      if (workload.serviceAccount !== 'default' || workload.isOwned) continue
      const access = accessOf(workload, annotated, facts)
      if (access === undefined) continue
      yield {
        subject: workloadSubject(workload),
        location: nameOf(workload),
        blamed: 'default',
        message: `it runs as the service account \`default\` and has access to AWS: ${access}`,
        help: 'give the workload a service account of its own, and the role to that one',
      }
    }
  },
}

/** By what the workload gets credentials, as a clause. */
function accessOf(
  workload: Workload,
  annotated: readonly ServiceAccount[],
  facts: Facts,
): string | undefined {
  const { namespace, cluster, roleArns, tokens } = workload
  if (roleArns.length > 0) return 'it sets `AWS_ROLE_ARN` by hand'
  if (tokens.some(({ audience }) => audience === 'sts.amazonaws.com'))
    return 'it mounts a token for `sts.amazonaws.com`'
  if (isUnknown(namespace)) return undefined
  const account = annotated.find((one) => one.namespace === namespace && one.cluster === cluster)
  if (account !== undefined) return 'the service account names a role'
  const association = associationOf(
    { ...(cluster === undefined ? {} : { cluster }), namespace, name: 'default' },
    facts,
  )
  return association === undefined ? undefined : 'the service account has a Pod Identity association'
}
