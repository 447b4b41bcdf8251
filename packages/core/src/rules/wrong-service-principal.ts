import { evaluateCondition } from '../condition/evaluate.js'
import { POD_IDENTITY_SERVICE, SESSION_TAGS } from '../mechanisms/pod-identity.js'
import type { Condition, PrincipalEntry, Statement } from '../policy/ast.js'
import { ABSENT } from '../policy/request.js'
import { actionMatches } from '../trust/match.js'
import { quoted } from '../text/quote.js'
import { openingFix } from './condition-patch.js'
import type { PatchOperation, RoleSubject, RuleOn } from './rule.js'

/**
 * The role trusts another service where `pods.eks.amazonaws.com` is meant, so EKS cannot assume it for a pod. Said of
 * `eks.amazonaws.com`, `ec2.amazonaws.com` and the like where an association names the role and nothing in it trusts Pod
 * Identity, and of any service whose statement demands the session tags that Pod Identity alone sends.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html
 */
export const wrongServicePrincipal: RuleOn<'policy'> = {
  id: 'wrong-service-principal',
  severity: 'medium',
  summary: 'the role trusts another service where Pod Identity is meant',
  since: '0.1.0',
  kind: 'breakage',
  on: 'policy',

  *check({ policy, role }) {
    for (const statement of policy.statements) {
      const { effect, principal, conditions } = statement
      if (effect === 'Deny' || principal.kind !== 'principals') continue
      const services = principal.entries.filter(({ type }) => type === 'Service')
      const [service] = services
      if (service === undefined || services.some(({ value }) => value === POD_IDENTITY_SERVICE)) continue
      const tag = conditions.find(demandsSessionTag)
      if (tag !== undefined) {
        yield {
          at: service.pointer,
          related: [{ at: tag.pointer, note: 'the session tag' }],
          message: `${quoted(service.value)} does not send ${quoted(tag.keyText)}, a session tag of \`${POD_IDENTITY_SERVICE}\``,
          help: `trust \`${POD_IDENTITY_SERVICE}\``,
          ...openingFix(
            'trust Pod Identity',
            services.length === 1 ? patchOf(statement, service) : undefined,
          ),
        }
        continue
      }
      const lookAlike = services.find(({ value }) => LOOK_ALIKES.has(value))
      if (lookAlike === undefined || !isMeantForPods(role)) continue
      yield {
        at: lookAlike.pointer,
        message: `an association names the role, which trusts ${quoted(lookAlike.value)} and not \`${POD_IDENTITY_SERVICE}\``,
        help: `allow \`${POD_IDENTITY_SERVICE}\` the actions \`sts:AssumeRole\` and \`sts:TagSession\``,
      }
    }
  },
}

const LOOK_ALIKES = new Set([
  'eks.amazonaws.com',
  'ec2.amazonaws.com',
  'eks-fargate-pods.amazonaws.com',
  'eks-auth.amazonaws.com',
  'pod.eks.amazonaws.com',
  'eks-pods.amazonaws.com',
  'pods.eks.amazonaws.com.cn',
])

/** A positive test on a session tag: no call without the tag passes it. */
function demandsSessionTag(condition: Condition): boolean {
  const tag = /^aws:requesttag\/(.+)$/.exec(condition.key)?.[1]
  if (tag === undefined || !SESSION_TAGS.some((one) => one === tag)) return false
  return (
    evaluateCondition(condition, ABSENT, { effect: 'Allow', version: '2012-10-17', lookUp: () => ABSENT }) ===
    'false'
  )
}

function isMeantForPods({ role, podStatements, facts }: RoleSubject): boolean {
  if (podStatements.some(({ mechanism }) => mechanism === 'pod-identity')) return false
  return facts.associations.some(
    ({ roleArn, roleKey }) => roleKey === role.key || (role.arn !== undefined && roleArn === role.arn),
  )
}

function patchOf({ action }: Statement, { pointer }: PrincipalEntry): readonly PatchOperation[] {
  const patch: PatchOperation[] = [{ op: 'replace', path: pointer, value: POD_IDENTITY_SERVICE }]
  if (action.kind !== 'actions') return patch
  const missing = ['sts:AssumeRole', 'sts:TagSession'].filter(
    (one) => actionMatches(action, one, 'Allow') === 'false',
  )
  if (missing.length > 0)
    patch.push({ op: 'replace', path: action.pointer, value: [...action.patterns, ...missing] })
  return patch
}
