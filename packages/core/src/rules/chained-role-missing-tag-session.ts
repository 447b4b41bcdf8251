import type { Facts, PodIdentityAssociation } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { quoted } from '../text/quote.js'
import { admit } from '../trust/admit.js'
import { roleGivenBy } from './pod-identity-reach.js'
import { principalPlace } from './principal-place.js'
import type { RuleOn } from './rule.js'
import { unnamedPrincipal } from './whole-account.js'

/**
 * A role trusts the role of pods, so that they get on from there, and does not let them tag the session. The session tags
 * of Pod Identity are transitive: each further AssumeRole carries them and asks for `sts:TagSession` too. What worked under
 * IRSA fails once the pods have an association. Asked of the evaluator with both actions; that STS asks for the second one
 * is observed and not documented, so it is expected.
 * @see https://github.com/aws/eks-pod-identity-agent/issues/80
 */
export const chainedRoleMissingTagSession: RuleOn<'role'> = {
  id: 'chained-role-missing-tag-session',
  severity: 'high',
  summary: 'a role that pods go on to does not let the session tags of Pod Identity in',
  since: '0.1.0',
  kind: 'breakage',
  needs: ['associations'],
  on: 'role',

  *check({ role }) {
    const { facts, grants, policy } = role
    if (facts.associations.length === 0) return
    const { given, passed } = sourcesOf(facts)
    for (const trust of grants) {
      // Who trusts a whole account means nobody in particular.
      if (trust.mechanism !== 'aws-principal' || unnamedPrincipal(trust) !== undefined) continue
      for (const source of trust.principals.members(MOST_NAMED) ?? given.keys()) {
        const association = given.get(source)
        // EKS goes on to target roles itself.
        if (association === undefined || source === role.role.arn || passed.has(`${source} ${role.role.arn}`))
          continue
        const { model, statements } = trust.admission
        if (!trust.principals.has(source)) continue
        if (admit(policy, { ...model, actions: ['sts:AssumeRole', 'sts:TagSession'] }).possible.has(source))
          continue
        const own = statements.find(({ possible }) => possible.has(source))
        yield {
          at: own === undefined ? '' : principalPlace(own.statement, source),
          message: `pods of ${quoted(placeOf(association))} have ${quoted(source)} by Pod Identity, with session tags that travel on, and \`sts:TagSession\` is not allowed here: they are expected not to get in`,
          certainty: 'possible',
          help: 'allow `sts:TagSession` beside `sts:AssumeRole`, or disable the session tags of the association',
        }
      }
    }
  },
}

/** More principals than a policy can name come from a pattern. */
const MOST_NAMED = 256

interface Sources {
  /** Roles that tagged sessions of pods have, each with an association. */
  readonly given: ReadonlyMap<string, PodIdentityAssociation>
  /** `SOURCE TARGET` of associations with a target role. */
  readonly passed: ReadonlySet<string>
}

const cache = new WeakMap<Facts, Sources>()

/** Every role of the account asks. */
function sourcesOf(facts: Facts): Sources {
  const known = cache.get(facts)
  if (known !== undefined) return known
  const given = new Map<string, PodIdentityAssociation>()
  const passed = new Set<string>()
  for (const association of facts.associations) {
    const { roleArn, targetRoleArn, disableSessionTags } = association
    const source = disableSessionTags ? undefined : roleGivenBy(association)
    if (source !== undefined && !given.has(source)) given.set(source, association)
    if (!isUnknown(roleArn) && typeof targetRoleArn === 'string') passed.add(`${roleArn} ${targetRoleArn}`)
  }
  const sources = { given, passed }
  cache.set(facts, sources)
  return sources
}

function placeOf({ namespace, serviceAccount }: PodIdentityAssociation): string {
  return `${isUnknown(namespace) ? '…' : namespace}/${isUnknown(serviceAccount) ? '…' : serviceAccount}`
}
