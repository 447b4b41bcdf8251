import { awsServiceModel } from '../mechanisms/aws-service.js'
import type { PrincipalEntry, PrincipalType } from '../policy/ast.js'
import { admit } from '../trust/admit.js'
import type { Admission } from '../trust/admit.js'
import type { RoleSubject } from './rule.js'

/** Principals of a type in the statements that may allow something, each value once. */
export function namedPrincipals({ policy }: RoleSubject, type: PrincipalType): readonly PrincipalEntry[] {
  const found = new Map<string, PrincipalEntry>()
  for (const { effect, principal } of policy.statements) {
    if (effect === 'Deny' || principal.kind !== 'principals') continue
    for (const entry of principal.entries)
      if (entry.type === type && !found.has(entry.value)) found.set(entry.value, entry)
  }
  return [...found.values()]
}

/** What lets an AWS service assume the role, `undefined` where nothing does. */
export function serviceAdmission({ role, policy, now }: RoleSubject, service: string): Admission | undefined {
  const admission = admit(
    policy,
    awsServiceModel({ service, account: role.account, partition: role.partition, now }),
  )
  return admission.possible.isEmpty ? undefined : admission
}

/** The service that gives the credentials of a role to EC2 instances, in any partition. */
export function isEc2Service(service: string): boolean {
  return service === 'ec2.amazonaws.com' || service === 'ec2.amazonaws.com.cn'
}
