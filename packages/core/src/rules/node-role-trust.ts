import { quoted } from '../text/quote.js'
import { principalPlace } from './principal-place.js'
import type { Problem, RoleSubject, RuleOn } from './rule.js'
import { isEc2Service, namedPrincipals, serviceAdmission } from './service-principal.js'
import { unnamedPrincipal } from './whole-account.js'

/**
 * A role for pods also trusts the nodes: the role of a node group, or EC2 itself while the role is in an
 * instance profile. Every pod that reaches the instance metadata service then has it, as with kiam and
 * kube2iam.
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
  const [profile] = role.role.instanceProfiles ?? []
  if (profile === undefined) return
  for (const entry of namedPrincipals(role, 'Service')) {
    if (!isEc2Service(entry.value)) continue
    const admission = serviceAdmission(role, entry.value)
    if (admission === undefined) continue
    yield {
      at: entry.pointer,
      message: `${quoted(entry.value)} can assume the role and the instance profile ${quoted(profile)} holds it: every pod that reaches the metadata of such an instance has it`,
      witness: { admission, word: entry.value },
      help: HELP,
    }
  }
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
    for (const arn of trust.principals.members(64) ?? []) {
      const name = arn.slice(arn.lastIndexOf('/') + 1)
      if (!arn.includes(':role/') || arn === role.role.arn || !NODE_ROLE_NAME.test(name)) continue
      const statement = trust.admission.statements.find(({ possible }) => possible.has(arn))?.statement
      yield {
        at: statement === undefined ? '' : principalPlace(statement, arn),
        message: `${quoted(arn)}, by its name expected to be the role of nodes, can assume the role: so can every pod that reaches their metadata`,
        certainty: 'possible',
        witness: { admission: trust.admission, word: arn },
        help: HELP,
      }
    }
  }
}
