import type { Location } from '../text/location.js'
import { quoted } from '../text/quote.js'
import { addonSubject, capabilitySubject } from './addon-subject.js'
import { associationOf, serviceAccountSubject } from './kubernetes-subject.js'
import { hasAllRoles } from './read-completely.js'
import { nearestRole, roleArnParts } from './role-annotation.js'
import type { InventorySubject, RuleOn, SubjectReference } from './rule.js'

/**
 * A service account, an add-on or a capability names a role that does not exist. Pods get a token and an ARN, and every
 * call to AWS fails. Said only where all roles of the account were read: a role that is not in a part of them may be in the rest.
 */
export const annotationRoleMissing: RuleOn<'inventory'> = {
  id: 'annotation-role-missing',
  severity: 'medium',
  summary: 'a service account, an add-on or a capability names a role that does not exist',
  since: '0.1.0',
  kind: 'breakage',
  on: 'inventory',

  *check({ inventory }) {
    if (inventory.facts.complete === undefined) return
    for (const { subject, location, roleArn } of named(inventory)) {
      const account = roleArnParts(roleArn)?.account
      if (account === undefined || !hasAllRoles(account, inventory.facts)) continue
      if (inventory.roleArns.has(roleArn) || inventory.rolesOf(roleArn).length > 0) continue
      yield {
        subject,
        location,
        blamed: roleArn,
        message: `there is no role ${quoted(roleArn)}${nearestRole(roleArn, inventory.roleArns)}`,
        help: 'create the role, or name one that exists',
      }
    }
  },
}

interface Named {
  readonly subject: SubjectReference
  readonly location: Location
  readonly roleArn: string
}

/** What names a role for its pods, where no association takes its place. */
function* named({ facts }: InventorySubject): Generator<Named> {
  for (const account of facts.serviceAccounts ?? []) {
    const { roleArn, roleArnLocation: location = account.location } = account
    if (roleArn !== undefined && associationOf(account, facts) === undefined)
      yield { subject: serviceAccountSubject(account), location, roleArn }
  }
  for (const addon of facts.addons ?? []) {
    const { serviceAccountRoleArn: roleArn, location, associationArns } = addon
    if (roleArn !== undefined && associationArns.length === 0)
      yield { subject: addonSubject(addon), location, roleArn }
  }
  for (const capability of facts.capabilities ?? []) {
    const { roleArn, location } = capability
    if (roleArn !== undefined) yield { subject: capabilitySubject(capability), location, roleArn }
  }
}
