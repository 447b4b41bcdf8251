import { escaped, quoted } from '../text/quote.js'
import { nodeRoles } from '../trust/node-roles.js'
import { principalPlace } from './principal-place.js'
import type { Problem, RoleSubject, RuleOn } from './rule.js'
import { isEc2Service, namedPrincipals, serviceAdmission } from './service-principal.js'
import { unnamedPrincipal } from './whole-account.js'

/**
 * A role for pods also trusts the nodes: the role of a node group, of Auto Mode or of an access entry for nodes, or EC2
 * itself while the role is in an instance profile or one of these. Every pod that reaches the credentials of its node then
 * has it, as with kiam and kube2iam.
 */
export const nodeRoleTrust: RuleOn<'role'> = {
  id: 'node-role-trust',
  severity: 'high',
  summary: 'a role for pods also trusts the nodes that they run on',
  since: '0.1.0',
  kind: 'exposure',
  on: 'role',

  *check({ role }) {
    if (!role.isPodRole) return
    yield* instanceProfileProblems(role)
    yield* nodeRoleProblems(role)
  },
}

const HELP =
  'let the pods have the role by IRSA or Pod Identity alone, and give the nodes a role of their own'

function* instanceProfileProblems(role: RoleSubject): Generator<Problem> {
  const holder = holderOf(role)
  if (holder === undefined) return
  for (const entry of namedPrincipals(role, 'Service')) {
    if (!isEc2Service(entry.value)) continue
    const admission = serviceAdmission(role, entry.value)
    if (admission === undefined) continue
    yield {
      at: entry.pointer,
      message: `${quoted(entry.value)} can assume the role and ${holder}: every pod that reaches the metadata of such an instance has it`,
      witness: { admission, word: entry.value },
      help: HELP,
    }
  }
}

/** What gives the role to instances, as a clause. */
export function holderOf({ role: { arn, key, instanceProfiles }, facts }: RoleSubject): string | undefined {
  const [profile] = instanceProfiles ?? []
  if (profile !== undefined) return `the instance profile ${quoted(profile)} holds it`
  const known = nodeRoles(facts)
  const says = known.get(arn ?? key) ?? known.get(key)
  return says === undefined ? undefined : escaped(says)
}

/** Names that eksctl, the EKS templates, Karpenter and kOps give the roles of nodes. */
const NODE_ROLE_NAME =
  /NodeInstanceRole|KarpenterNodeRole|-nodegroup-|-node-group-|AmazonEKSNodeRole|AmazonEKSAutoNodeRole|^(?:nodes|masters|control-plane)\./i

function* nodeRoleProblems(role: RoleSubject): Generator<Problem> {
  for (const trust of role.grants) {
    if (
      trust.mechanism !== 'aws-principal' ||
      trust.caller.kind === 'stranger' ||
      unnamedPrincipal(trust) !== undefined
    )
      continue
    const known = nodeRoles(role.facts)
    const arns = trust.principals.members(64) ?? [...known.keys()].filter((arn) => trust.principals.has(arn))
    for (const arn of arns) {
      if (!arn.includes(':role/') || arn === role.role.arn) continue
      const says = known.get(arn)
      if (says === undefined && !NODE_ROLE_NAME.test(arn.slice(arn.lastIndexOf('/') + 1))) continue
      const statement = trust.admission.statements.find(({ possible }) => possible.has(arn))?.statement
      yield {
        at: statement === undefined ? '' : principalPlace(statement, arn),
        ...(says === undefined
          ? {
              message: `${quoted(arn)}, by its name expected to be the role of nodes, can assume the role: so can every pod that reaches their metadata`,
              certainty: 'possible' as const,
            }
          : {
              message: `${quoted(arn)} is the role of nodes (${escaped(says)}) and can assume the role: so can every pod that gets at the credentials of its node`,
            }),
        witness: { admission: trust.admission, word: arn },
        help: HELP,
      }
    }
  }
}
