import type { PodIdentityAssociation } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { quoted } from '../text/quote.js'
import { associationSubject } from './association-subject.js'
import { hasAllRoles, holdsUnknown } from './read-completely.js'
import { nearestRole, roleArnParts } from './role-annotation.js'
import type { RuleOn } from './rule.js'

/**
 * An association names a role that does not exist, as its own or as its target: its pods get no credentials. EKS asks when
 * the association is made and not again, so a role that is deleted leaves it behind, and whoever makes a role of that name
 * serves it. Said only where all roles of the account were read.
 * @see https://docs.aws.amazon.com/eks/latest/APIReference/API_CreatePodIdentityAssociation.html
 */
export const associationRoleMissing: RuleOn<'inventory'> = {
  id: 'association-role-missing',
  severity: 'high',
  summary: 'a Pod Identity association names a role that does not exist',
  since: '0.1.0',
  kind: 'breakage',
  needs: ['associations'],
  on: 'inventory',

  *check({ inventory }) {
    const { facts, roleArns } = inventory
    if (facts.complete === undefined) return
    for (const association of facts.associations) {
      for (const [roleArn, what] of rolesOf(association)) {
        const account = roleArnParts(roleArn)?.account
        if (account === undefined || !hasAllRoles(account, facts) || holdsUnknown(roleArn, facts)) continue
        if (roleArns.has(roleArn) || inventory.rolesOf(roleArn).length > 0) continue
        yield {
          subject: associationSubject(association),
          location: association.location,
          blamed: roleArn,
          message: `there is no ${what} ${quoted(roleArn)}${nearestRole(roleArn, roleArns)}`,
          help: 'give the association a role that exists, or delete it',
        }
      }
    }
  },
}

function* rolesOf({ roleArn, targetRoleArn }: PodIdentityAssociation): Generator<readonly [string, string]> {
  if (!isUnknown(roleArn)) yield [roleArn, 'role']
  if (targetRoleArn !== undefined && !isUnknown(targetRoleArn)) yield [targetRoleArn, 'target role']
}
