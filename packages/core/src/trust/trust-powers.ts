import { globMatches, globPattern } from '../condition/glob.js'
import type { Facts, Role } from '../inventory.js'
import { allowedAction, statementsOf } from './identity-policy.js'
import type { AllowedAction, PolicyStatement } from './identity-policy.js'

/** A way to rewrite who becomes which role. */
export interface TrustPower {
  /** The actions that it takes. */
  readonly actions: readonly AllowedAction[]
  /** What they let the holder do, as the end of "whoever has the role can …". */
  readonly can: string
}

/** Services to which a role is passed for an association or for an add-on. */
const POD_SERVICES = ['pods.eks.amazonaws.com', 'eks.amazonaws.com']

/** The ways to rewrite trust that a role's own policies open. */
export function trustPowers(role: Role, facts: Facts): readonly TrustPower[] {
  if (role.policies === undefined || role.policies.length === 0) return []
  const statements = statementsOf(role).filter(mayBeOurs)
  if (!statements.some(({ isAllow }) => isAllow)) return []
  const account = role.account ?? '*'
  const iam = (kind: string): string => `arn:*:iam::${account}:${kind}/*`
  const eks = `arn:*:eks:*:${account}:*`
  const allowed = (action: string, resource: string): AllowedAction | undefined =>
    allowedAction(role, statements, action, resource)
  const powers: TrustPower[] = []
  const add = (can: string, ...actions: readonly (AllowedAction | undefined)[]): void => {
    const all = actions.filter((action) => action !== undefined)
    if (all.length === actions.length && all.length > 0) powers.push({ actions: all, can })
  }
  add('rewrite trust policies', allowed('iam:UpdateAssumeRolePolicy', iam('role')))
  const provider = PROVIDER_WRITES.map((action) => allowed(action, iam('oidc-provider')))
  add('change OIDC providers', certainFirst(provider))
  const association = certainFirst(ASSOCIATION_WRITES.map((action) => allowed(action, eks)))
  const pass = association && allowedAction(role, statements, 'iam:PassRole', iam('role'), passesToPods)
  add('give roles to pods by associations', association, pass)
  const raise = allowed('eks:AssociateAccessPolicy', eks)
  // An entry of its own can be raised; else one has to be made first.
  const needsEntry =
    raise !== undefined && facts.accessEntries?.some(({ principalArn }) => principalArn === role.arn) !== true
  add(
    'make itself an administrator of clusters',
    raise,
    ...(needsEntry ? [allowed('eks:CreateAccessEntry', eks)] : []),
  )
  return powers
}

/** Most statements are about other services, and thousands of roles have them. */
function mayBeOurs({ actions, isActionInverted }: PolicyStatement): boolean {
  return isActionInverted || actions.some((pattern) => /^(?:iam:|eks:|[a-z]*[*?])/i.test(pattern))
}

const PROVIDER_WRITES = [
  'iam:CreateOpenIDConnectProvider',
  'iam:AddClientIDToOpenIDConnectProvider',
  'iam:UpdateOpenIDConnectProviderThumbprint',
]

const ASSOCIATION_WRITES = [
  'eks:CreatePodIdentityAssociation',
  'eks:UpdatePodIdentityAssociation',
  'eks:CreateAddon',
  'eks:UpdateAddon',
]

function certainFirst(actions: readonly (AllowedAction | undefined)[]): AllowedAction | undefined {
  return actions.find((action) => action?.isCertain) ?? actions.find((action) => action !== undefined)
}

/** Whether roles may be passed for pods: a condition on the service may name another one. */
function passesToPods({ condition = {} }: PolicyStatement): boolean {
  return ['StringEquals', 'StringLike'].every((operator) => {
    const tests = condition[operator]
    if (typeof tests !== 'object' || tests === null) return true
    return Object.entries(tests).every(([key, values]: readonly [string, unknown]) => {
      if (key.toLowerCase() !== 'iam:passedtoservice') return true
      const texts = (Array.isArray(values) ? values : [values]).map(String)
      return texts.some((text) =>
        POD_SERVICES.some((service) => globMatches(globPattern(text.replace(/\$\{[^}]*\}/g, '*')), service)),
      )
    })
  })
}
