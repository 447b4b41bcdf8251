import type { Addon, Capability, Role, ServiceAccount } from '../inventory.js'
import { awsServiceModel } from '../mechanisms/aws-service.js'
import { parseTrustPolicyDocument } from '../policy/parse.js'
import { quoted } from '../text/quote.js'
import { admit } from '../trust/admit.js'
import { addonSubject, capabilitySubject } from './addon-subject.js'
import { AnnotatedRole } from './annotated-role.js'
import { associationOf, placeText, serviceAccountSubject } from './kubernetes-subject.js'
import { roleArnParts } from './role-annotation.js'
import type { InventoryProblem, InventorySubject, RuleOn } from './rule.js'

/**
 * A service account names a role that does not admit it. The webhook gives its pods a token and the role's ARN without
 * asking IAM, and the first call to AWS fails. Asked of the possible set of the role, for a token of the audience that the
 * service account asks for; what differs from the nearest service account that gets in is in the message. Which service
 * account an add-on has, EKS does not tell: its role has to admit some of the cluster. A capability of EKS has none.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
 */
export const annotationNotAdmitted: RuleOn<'inventory'> = {
  id: 'annotation-not-admitted',
  severity: 'high',
  summary: 'a service account, an add-on or a capability names a role that does not admit it',
  since: '0.1.0',
  kind: 'breakage',
  on: 'inventory',

  *check({ inventory }) {
    const { facts, now } = inventory
    for (const [arn, accounts] of byRole(facts.serviceAccounts ?? [])) {
      const roles = inventory.rolesOf(arn).map((role) => new AnnotatedRole(role, facts, now))
      const [first] = roles
      if (first === undefined) continue
      for (const account of accounts) {
        if (roles.some((role) => role.mayAdmit(account)) || associationOf(account, facts) !== undefined)
          continue
        yield {
          ...ofRole(first.role, arn),
          subject: serviceAccountSubject(account),
          location: account.roleArnLocation ?? account.location,
          message: `the role ${quoted(first.role.name)} does not admit ${placeText(account)}: ${first.nearestMiss(account)}`,
          help: 'name the service account in the trust policy of the role, or the right role in the annotation',
        }
      }
    }
    for (const addon of facts.addons ?? []) yield* addonProblems(addon, inventory)
    for (const capability of facts.capabilities ?? []) yield* capabilityProblems(capability, inventory)
  },
}

/** Service accounts by the role they name, so that each role is analyzed once and one at a time. */
function byRole(accounts: readonly ServiceAccount[]): ReadonlyMap<string, readonly ServiceAccount[]> {
  const groups = new Map<string, ServiceAccount[]>()
  for (const account of accounts) {
    const { roleArn } = account
    if (roleArn === undefined || roleArnParts(roleArn) === undefined) continue
    const group = groups.get(roleArn)
    if (group === undefined) groups.set(roleArn, [account])
    else group.push(account)
  }
  return groups
}

function* addonProblems(
  addon: Addon,
  { facts, now, rolesOf }: InventorySubject,
): Generator<InventoryProblem> {
  const { serviceAccountRoleArn: arn, cluster, clusterArn = cluster, name, location } = addon
  // Where it owns associations, these give it its roles.
  if (arn === undefined || addon.associationArns.length > 0) return
  const roles = rolesOf(arn).map((role) => new AnnotatedRole(role, facts, now))
  const [first] = roles
  if (first === undefined || roles.some((role) => role.mayAdmitSomebodyOf(clusterArn))) return
  yield {
    ...ofRole(first.role, arn),
    subject: addonSubject(addon),
    location,
    message: `the role ${quoted(first.role.name)} admits no service account of cluster ${quoted(cluster)}, so not that of the add-on ${quoted(name)}: ${first.clusterMiss(clusterArn)}`,
    help: 'name the service account of the add-on in the trust policy of the role, or give the add-on another role',
  }
}

const CAPABILITY_SERVICE = 'capabilities.eks.amazonaws.com'

function* capabilityProblems(
  capability: Capability,
  { now, rolesOf }: InventorySubject,
): Generator<InventoryProblem> {
  const { roleArn, name, location } = capability
  const roles = roleArn === undefined ? [] : rolesOf(roleArn)
  const [first] = roles
  if (roleArn === undefined || first === undefined || roles.some((role) => mayServe(role, now))) return
  yield {
    ...ofRole(first, roleArn),
    subject: capabilitySubject(capability),
    location,
    message: `the role ${quoted(first.name)} does not let the capability ${quoted(name)} in: nothing in it allows \`sts:AssumeRole\` to ${quoted(CAPABILITY_SERVICE)}`,
    help: 'allow `sts:AssumeRole` and `sts:TagSession` to the service, or give the capability another role',
  }
}

/** @see https://docs.aws.amazon.com/eks/latest/userguide/capability-role.html */
function mayServe({ trustPolicy, account, partition }: Role, now: Date): boolean {
  if (trustPolicy.kind === 'unknown') return true
  const model = awsServiceModel({ service: CAPABILITY_SERVICE, account, partition, now })
  return !admit(parseTrustPolicyDocument(trustPolicy), model).possible.isEmpty
}

function ofRole(role: Role, arn: string): Pick<InventoryProblem, 'role' | 'related' | 'blamed'> {
  return {
    role,
    related: [{ location: role.trustPolicy.location, note: 'the trust policy of the role' }],
    blamed: arn,
  }
}
