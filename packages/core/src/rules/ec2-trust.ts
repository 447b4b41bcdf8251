import { quoted } from '../text/quote.js'
import { holderOf } from './node-role-trust.js'
import type { RuleOn } from './rule.js'
import { isEc2Service, namedPrincipals, serviceAdmission } from './service-principal.js'

/**
 * A role for pods also trusts EC2, though no instance profile is known to hold it: whoever may put it into
 * one, and pass it, has it on an instance.
 */
export const ec2Trust: RuleOn<'role'> = {
  id: 'ec2-trust',
  severity: 'low',
  summary: 'a role for pods also trusts EC2 instances',
  since: '0.1.0',
  kind: 'exposure',
  on: 'role',

  *check({ role }) {
    if (!role.isPodRole || holderOf(role) !== undefined) return
    for (const entry of namedPrincipals(role, 'Service')) {
      if (!isEc2Service(entry.value)) continue
      const admission = serviceAdmission(role, entry.value)
      if (admission === undefined) continue
      yield {
        at: entry.pointer,
        message: `${quoted(entry.value)} can assume the role, though it is for pods: in an instance profile it serves whole instances`,
        witness: { admission, word: entry.value },
        help: 'remove the service; pods need it neither for IRSA nor for Pod Identity',
      }
    }
  },
}
