/** Whether the role of an association, or its target role, keeps EKS out, and what of its trust policy does. */
import type { Facts, PodIdentityAssociation, Role } from '../inventory.js'
import type { TrustPolicy } from '../policy/ast.js'
import { parseProviderArn } from '../mechanisms/provider-arn.js'
import { parseTrustPolicyDocument } from '../policy/parse.js'
import { withoutUnknown } from '../sources/placeholders.js'
import { quoted } from '../text/quote.js'
import type { ConditionTrace, Evaluation, StatementTrace } from '../trust/evaluate.js'
import { withClusterArn } from '../trust/pod-identity-hops.js'
import type { HopOutcome } from '../trust/pod-identity-hops.js'
import { holdsUnknown } from './read-completely.js'

/** One call of EKS for an association: the policy of the role that is asked, and what comes of it. */
export type Ask = (
  policy: TrustPolicy,
  role: Role,
  association: PodIdentityAssociation,
  now: Date,
) => HopOutcome | undefined

export interface Refusal {
  readonly role: Role
  /** A clause. */
  readonly why: string
  readonly certainty?: 'possible'
}

/** Why none of the roles of an ARN lets the call in; nothing where one may. */
export function refusalOf(
  ask: Ask,
  roles: readonly Role[],
  association: PodIdentityAssociation,
  {
    facts,
    now,
    nobody,
  }: { readonly facts: Facts; readonly now: Date; readonly nobody: (policy: TrustPolicy) => string },
): Refusal | undefined {
  const called = withClusterArn(association, facts)
  const refusals = roles.map((role): Refusal | undefined => {
    // Values that are not known yet may turn out to be the ones that are asked for.
    const document = withoutUnknown(role.trustPolicy) ?? role.trustPolicy
    if (document.kind === 'unknown') return undefined
    const policy = parseTrustPolicyDocument(document)
    if (mayNameAnybody(policy, facts)) return undefined
    const asked = ask(policy, role, called, now)
    if (asked?.expected !== 'denied') return undefined
    const why = whyOf(asked.evaluation, association, nobody(policy))
    return { role, why, ...(asked.outcome === 'denied' ? {} : { certainty: 'possible' }) }
  })
  const [first] = refusals
  return refusals.every((one) => one !== undefined) ? first : undefined
}

/** Whether a principal is not known yet: it may turn out to be the one that calls. */
function mayNameAnybody({ statements }: TrustPolicy, facts: Facts): boolean {
  return statements.some(
    ({ effect, principal }) =>
      effect !== 'Deny' &&
      principal.kind === 'principals' &&
      principal.entries.some(
        ({ value }) => holdsUnknown(value, facts) && parseProviderArn(value) === undefined,
      ),
  )
}

function whyOf({ actions }: Evaluation, association: PodIdentityAssociation, nobody: string): string {
  const failed = actions.find(({ outcome }) => outcome === 'denied')
  const allows = failed?.statements.filter(({ statement }) => statement.effect !== 'Deny') ?? []
  if (failed === undefined || allows.some(({ verdict }) => verdict !== 'false')) return 'a Deny takes it back'
  const meeting = allows.filter(({ principal }) => principal !== 'false')
  if (meeting.length === 0) return nobody
  const acting = meeting.filter(({ action }) => action !== 'false')
  if (acting.length === 0)
    return failed.action === 'sts:TagSession'
      ? '`sts:TagSession` is not allowed, and the association sends session tags'
      : `${quoted(failed.action)} is not allowed`
  const [miss] = acting.map(missesOf).sort((one, other) => one.length - other.length)[0] ?? []
  return miss === undefined ? 'no statement of its trust policy holds' : conditionText(miss, association)
}

function missesOf({ conditions }: StatementTrace): readonly ConditionTrace[] {
  return conditions.filter(({ verdict }) => verdict === 'false')
}

function conditionText(
  { condition, found }: ConditionTrace,
  { disableSessionTags }: PodIdentityAssociation,
): string {
  const { operator, keyText, key, values } = condition
  const wanted = values.slice(0, 3).map((value) => quoted(value))
  const rest = values.length > wanted.length ? ` and ${values.length - wanted.length} more` : ''
  const asks = `its condition ${quoted(operator.text)} on ${quoted(keyText)} with ${wanted.join(', ')}${rest} does not hold`
  if (found.state === 'present')
    return `${asks}: it is ${found.values.map((value) => quoted(value)).join(', ')}`
  return disableSessionTags && key.startsWith('aws:requesttag/')
    ? `${asks}: session tags are disabled`
    : `${asks}: there is no such key`
}
