import { quoted } from '../text/quote.js'
import { serviceAccountSubject } from './kubernetes-subject.js'
import { doublyServed } from './pod-identity-reach.js'
import type { RuleOn } from './rule.js'

/**
 * The annotation of a service account and its association name different roles. The association wins for pods that start
 * now; pods that started before it keep the role of the annotation until they are replaced, so the same program may have
 * either.
 * @see amazon-eks-pod-identity-webhook, `buildPodPatchConfig`
 */
export const conflictingMechanisms: RuleOn<'inventory'> = {
  id: 'conflicting-mechanisms',
  severity: 'medium',
  summary: 'the annotation of a service account and its association name different roles',
  since: '0.1.0',
  kind: 'breakage',
  needs: ['associations', 'service-accounts'],
  on: 'inventory',

  *check({ inventory }) {
    const { facts } = inventory
    for (const { account, association, given, stranded } of doublyServed(facts)) {
      if (stranded !== undefined || given === undefined || given === account.roleArn) continue
      const [role] = inventory.rolesOf(account.roleArn)
      yield {
        subject: serviceAccountSubject(account),
        ...(role === undefined ? {} : { role }),
        location: account.roleArnLocation ?? account.location,
        related: [{ location: association.location, note: 'the association' }],
        blamed: `${account.roleArn} ${given}`,
        message: `the annotation names ${quoted(account.roleArn)} and the association gives ${quoted(given)}: new pods get the role of the association`,
        help: 'remove the annotation, or the association, so that one of them says which role is meant',
      }
    }
  },
}
