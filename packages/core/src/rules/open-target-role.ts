import { NEVER } from '../mechanisms/request-model.js'
import type { RequestModel } from '../mechanisms/request-model.js'
import { isUnknown } from '../inventory.js'
import type { StsAction } from '../policy/request.js'
import { quoted } from '../text/quote.js'
import { admit } from '../trust/admit.js'
import type { Admission } from '../trust/admit.js'
import { principalPlace } from './principal-place.js'
import type { RoleSubject, RuleOn } from './rule.js'

/**
 * The target role of a Pod Identity association can be assumed by whoever holds the association's role,
 * without EKS: the external id, the request tags, the session name and the source identity are then the
 * caller's to choose, so conditions on them bind no association. Asked of requests that the source role sends
 * by itself.
 */
export const openTargetRole: RuleOn<'role'> = {
  id: 'open-target-role',
  severity: 'medium',
  summary: 'a Pod Identity target role that every holder of the source role can assume directly',
  since: '0.1.0',
  kind: 'exposure',
  on: 'role',

  *check({ role }) {
    const { arn } = role.role
    if (arn === undefined) return
    for (const source of sourcesOf(arn, role)) {
      const admission = directAdmission(source, role)
      if (admission === undefined) continue
      const own = admission.statements.find(({ possible }) => possible.has(source)) ?? admission.statements[0]
      const chosen = CHOSEN.filter(([key]) =>
        [...admission.keys.keys()].some((tested) => tested.startsWith(key)),
      ).map(([, name]) => name)
      const why =
        chosen.length === 0
          ? 'no condition binds it to an association'
          : `the caller then chooses ${chosen.join(' and ')}`
      yield {
        at: own === undefined ? '' : principalPlace(own.statement, source),
        message: `every holder of ${quoted(source)} can assume the target role directly, without an association: ${why}`,
        witness: { admission, word: source },
        help: 'use the source role for target associations of these pods alone, or test the transitive tags as `aws:PrincipalTag/kubernetes-namespace` and `-service-account`',
      }
    }
  },
}

const CHOSEN = [
  ['sts:externalid', 'the external id'],
  ['aws:requesttag/', 'the request tags'],
  ['sts:rolesessionname', 'the session name'],
  ['sts:sourceidentity', 'the source identity'],
] as const

/** The roles of associations that have this one as their target. */
function sourcesOf(target: string, { facts }: RoleSubject): ReadonlySet<string> {
  const sources = new Set<string>()
  for (const { targetRoleArn, roleArn } of facts.associations) {
    if (targetRoleArn === target && !isUnknown(roleArn)) sources.add(roleArn)
  }
  return sources
}

/**
 * Session tags and a source identity each ask for an action of their own; the tags of the session itself are
 * EKS's.
 */
function directAdmission(source: string, { grants, policy }: RoleSubject): Admission | undefined {
  for (const grant of grants) {
    if (grant.mechanism !== 'aws-principal' || !grant.principals.has(source)) continue
    for (const tags of [false, true]) {
      for (const identity of [false, true]) {
        const admission = admit(policy, directModel(grant.admission.model, tags, identity))
        if (admission.possible.has(source)) return admission
      }
    }
  }
  return undefined
}

function directModel(model: RequestModel, tags: boolean, identity: boolean): RequestModel {
  const actions: StsAction[] = ['sts:AssumeRole']
  if (tags) actions.push('sts:TagSession')
  if (identity) actions.push('sts:SetSourceIdentity')
  return {
    ...model,
    actions,
    keyModel(key) {
      if (key.startsWith('aws:principaltag/')) return NEVER
      if (
        !tags &&
        (key.startsWith('aws:requesttag/') || key === 'aws:tagkeys' || key === 'sts:transitivetagkeys')
      )
        return NEVER
      if (!identity && key === 'sts:sourceidentity') return NEVER
      return model.keyModel(key)
    },
  }
}
