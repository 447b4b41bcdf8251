import type { Completeness, Facts, PodIdentityAssociation, Role } from './inventory.js'

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

const named = new WeakMap<readonly PodIdentityAssociation[], ReadonlySet<string>>()

/** Keys and ARNs of the roles that associations name, which rules may look at. */
function namedBy(associations: Facts['associations']): ReadonlySet<string> {
  let names = named.get(associations)
  if (names === undefined) {
    const values = associations.flatMap(({ roleArn, roleKey, targetRoleArn }) => [
      roleArn,
      roleKey,
      targetRoleArn,
    ])
    names = new Set(values.filter((value) => typeof value === 'string'))
    named.set(associations, names)
  }
  return names
}

function isOfAssociations({ kind }: Completeness): boolean {
  return kind === 'associations'
}

/** The shape of a role's trust, or `undefined` where it may depend on more than the policy. */
export function shapeOf(role: Role, facts: Facts): string | undefined {
  const { key, trustPolicy, arn, account, partition, instanceProfiles } = role
  if (trustPolicy.kind !== 'text' || trustPolicy.text.length > LONGEST) return undefined
  if ((instanceProfiles?.length ?? 0) > 0) return undefined
  const isNamed = namedBy(facts.associations)
  if (isNamed.has(key) || (arn !== undefined && isNamed.has(arn))) return undefined
  // Names are looked up where all of a cluster's are known.
  if (facts.complete?.some(({ kind }) => kind === 'service-accounts')) return undefined
  const { text } = trustPolicy
  // Whether a role is idle depends on when it was last used, where it is known that no association names it.
  if (role.lastUsed === 'never' && text.includes('pods.eks') && facts.complete?.some(isOfAssociations))
    return undefined
  // A policy may name the role itself; and bytes are compared by the length of a name.
  if ((arn !== undefined && text.includes(arn)) || text.includes('Binary')) return undefined
  const where = `${partition ?? ''} ${account ?? ''} ${role.change ?? ''} `
  // Most roles of an account are for no pods.
  if (!text.includes('system:serviceaccount:') && !text.includes('/kubernetes-')) return where + text
  const numbers = new Map<string, number>()
  const numberOf = (name: string): string => {
    if (SPOKEN.has(name) || /\d{12}/.test(name)) return name
    let number = numbers.get(name)
    if (number === undefined) numbers.set(name, (number = numbers.size))
    return `#${number}`
  }
  const shape = text.replace(NAMES, (_whole, namespace?: string, name?: string, key?: string, tag?: string) =>
    namespace !== undefined && name !== undefined
      ? `"system:serviceaccount:${numberOf(namespace)}:${numberOf(name)}"`
      : `${key}"${numberOf(tag ?? '')}"`,
  )
  return where + shape
}
