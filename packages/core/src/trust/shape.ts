import type { Completeness, Facts, PodIdentityAssociation, Role } from '../inventory.js'
import { clusterPowers } from './cluster-powers.js'
import { nodeRoles } from './node-roles.js'
import { trustPowers } from './trust-powers.js'

/**
 * Policies of one shape differ in the names of service accounts alone. What a shape leaves out no rule looks at, so the
 * same rules speak of two roles of one shape, with the same facts. An account has few shapes and many roles: of a known
 * one only the rules that speak need to be asked, and most roles of most accounts need no analysis of their own.
 *
 * The names that are left out are plain ones, each replaced by the number of its first appearance, so that equal names
 * stay equal; a star in the place of a name stays. What a rule or an operator could read more into stays as it is.
 */

/** Longer policies may be near the quota. */
const LONGEST = 1500

const NAME = '([a-z](?:[a-z0-9-]{0,50}[a-z0-9])?)'
const NAME_OR_STAR = '([a-z](?:[a-z0-9-]{0,50}[a-z0-9])?|\\*)'
/** A whole JSON string: a subject, or the value of one of the session tags that name the service account. */
const NAMES = new RegExp(
  `(?<!\\\\)"system:serviceaccount:${NAME_OR_STAR}:${NAME_OR_STAR}"|("aws:RequestTag/kubernetes-(?:namespace|service-account)": ?)"${NAME}"`,
  'g',
)

/** Names that mean something by themselves: `default` to a rule, the others to an operator. */
const SPOKEN = new Set(['*', 'default', 'true', 'false', 'null'])

interface Named {
  /** Keys and ARNs of the roles that associations give to pods. */
  readonly given: ReadonlySet<string>
  /** ARNs of their target roles, whose sources rules look at. */
  readonly targets: ReadonlySet<string>
}

const named = new WeakMap<readonly PodIdentityAssociation[], Named>()

function namedBy(associations: Facts['associations']): Named {
  let names = named.get(associations)
  if (names === undefined) {
    const texts = (values: readonly unknown[]): ReadonlySet<string> =>
      new Set(values.filter((value) => typeof value === 'string'))
    names = {
      given: texts(associations.flatMap(({ roleArn, roleKey }) => [roleArn, roleKey])),
      targets: texts(associations.map(({ targetRoleArn }) => targetRoleArn)),
    }
    named.set(associations, names)
  }
  return names
}

function isOfAssociations({ kind }: Completeness): boolean {
  return kind === 'associations'
}

/** What lets EKS in by its service principal, by everybody, or by all but some. */
const MAY_MEAN_PODS = /pods\.eks|[*\\]|NotPrincipal/

/** The shape of a role's trust, or `undefined` where it may depend on more than the policy. */
export function shapeOf(role: Role, facts: Facts): string | undefined {
  const { key, trustPolicy, arn, account, partition, instanceProfiles } = role
  if (trustPolicy.kind !== 'text' || trustPolicy.text.length > LONGEST) return undefined
  if ((instanceProfiles?.length ?? 0) > 0) return undefined
  const { given, targets } = namedBy(facts.associations)
  // Rules look at the associations that give it to pods: their clusters, their session tags, their targets.
  if (given.has(key) || (arn !== undefined && (given.has(arn) || targets.has(arn)))) return undefined
  // Names are looked up where all of a cluster's are known.
  if (facts.complete?.some(({ kind }) => kind === 'service-accounts')) return undefined
  // Who is a node, and who may edit a cluster, is told by the ARN.
  if (
    nodeRoles(facts).has(role.key) ||
    (arn !== undefined && (nodeRoles(facts).has(arn) || clusterPowers(facts).has(arn)))
  )
    return undefined
  const { text } = trustPolicy
  // Whether a role is idle depends on when it was last used, where it is known that no association names it.
  if (role.lastUsed === 'never' && MAY_MEAN_PODS.test(text) && facts.complete?.some(isOfAssociations))
    return undefined
  // A policy may name the role itself; and bytes are compared by the length of a name.
  if ((arn !== undefined && text.includes(arn)) || text.includes('Binary')) return undefined
  const where = `${partition ?? ''} ${account ?? ''} ${role.change ?? ''} ${powersOf(role, facts)} `
  // Most roles of an account are for no pods.
  if (!text.includes('system:serviceaccount:') && !text.includes('/kubernetes-')) return where + text
  const numbers = new Map<string, number>()
  const numberOf = (name: string): string => {
    if (SPOKEN.has(name) || /\d{12}/.test(name)) return name
    let number = numbers.get(name)
    if (number === undefined) numbers.set(name, (number = numbers.size))
    return `#${number}`
  }
  const shape = text.replace(
    NAMES,
    (_whole, namespace?: string, name?: string, tagKey?: string, tag?: string) =>
      namespace !== undefined && name !== undefined
        ? `"system:serviceaccount:${numberOf(namespace)}:${numberOf(name)}"`
        : `${tagKey}"${numberOf(tag ?? '')}"`,
  )
  return where + shape
}

/** What a role may do counts where pods can have it; most roles of most accounts are for no pods. */
function powersOf(role: Role, facts: Facts): string {
  return isAboutPods(role) && trustPowers(role, facts).length > 0 ? 'trust-control' : ''
}

/** Whether the text of a trust policy may name an OIDC provider or Pod Identity; a value is not looked at. */
export function isAboutPods({ trustPolicy }: Role): boolean {
  if (trustPolicy.kind !== 'text') return trustPolicy.kind === 'value'
  const { text } = trustPolicy
  return text.includes('oidc-provider') || text.includes('pods.eks.') || text.includes('\\u')
}
