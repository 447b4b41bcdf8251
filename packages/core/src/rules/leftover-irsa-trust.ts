import type { Facts, Role } from '../inventory.js'
import { firstHopOutcome } from '../trust/pod-identity-hops.js'
import { judgedSet } from './breadth.js'
import { isComplete, mayBeOf } from './kubernetes-subject.js'
import type { RoleSubject, RuleOn } from './rule.js'
import { serviceAccountWitness } from './witness.js'

/**
 * An association serves the role, and the statement for IRSA that came before it is still open. Nobody needs it: all
 * service accounts of the cluster were read and none names the role, nor does an add-on. Each way in that nobody uses is one
 * that nobody watches.
 */
export const leftoverIrsaTrust: RuleOn<'role'> = {
  id: 'leftover-irsa-trust',
  severity: 'low',
  summary: 'an association serves the role, and its trust for IRSA is still open',
  since: '0.1.0',
  kind: 'exposure',
  needs: ['associations', 'service-accounts'],
  on: 'role',

  *check({ role: subject }) {
    const { role, facts, podStatements } = subject
    if (!hasBoth(subject) || !isServed(subject) || isAnnotated(role, facts)) return
    for (const one of podStatements) {
      if (one.mechanism !== 'irsa' || one.trust?.cluster === undefined) continue
      const { trust } = one
      if (!isComplete('service-accounts', one.trust.cluster, facts)) continue
      const set = judgedSet(trust)
      if (set.isEmpty) continue
      yield {
        at: one.statement.pointer,
        message: `an association gives the role to pods, no service account names it any more, and IRSA still lets in ${String(set)}`,
        witness: serviceAccountWitness(trust.admission, set),
        help: 'remove the statement once no pod is left that was started before the association',
      }
      return
    }
  },
}

function hasBoth({ podStatements }: RoleSubject): boolean {
  return new Set(podStatements.map(({ mechanism }) => mechanism)).size === 2
}

/** Whether some association names the role and its trust lets that in. */
function isServed({ role, policy, facts, now }: RoleSubject): boolean {
  return facts.associations.some(
    (association) =>
      ((role.arn !== undefined && association.roleArn === role.arn) || association.roleKey === role.key) &&
      firstHopOutcome(policy, role, association, now)?.expected === 'allowed',
  )
}

function isAnnotated(
  { arn, name }: Role,
  { serviceAccounts = [], workloads = [], addons = [], clusters }: Facts,
): boolean {
  const isIt = (value: unknown): boolean =>
    arn === undefined ? typeof value === 'string' && value.endsWith(`/${name}`) : value === arn
  return (
    serviceAccounts.some((one) => isIt(one.roleArn) && clusters.some((cluster) => mayBeOf(one, cluster))) ||
    addons.some(({ serviceAccountRoleArn }) => isIt(serviceAccountRoleArn)) ||
    // A value that comes from elsewhere may be the role's ARN.
    workloads.some(({ roleArns }) => roleArns.some((value) => typeof value !== 'string' || isIt(value)))
  )
}
