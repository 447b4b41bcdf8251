import { hash128 } from './fingerprint.js'
import { revealed } from './inventory.js'
import type { Facts, Hole, Role, TrustPolicyDocument } from './inventory.js'
import type { TrustPolicy } from './policy/ast.js'
import { normalCondition, normalStatement } from './policy/normal-form.js'
import type { Finding, FindingWitness, RoleReference } from './report.js'
import type { Problem, RoleSubject, Rule, Witness } from './rules/rule.js'
import { below } from './text/location.js'
import type { Location } from './text/location.js'
import { replayWitness } from './trust/replay.js'
import { keysToShow, whoIs } from './trust/shown-request.js'

/** Where a rule's page is. */
export function docsOf(ruleId: string): string {
  return `https://github.com/podtrust/podtrust/blob/main/docs/rules/${ruleId}.md`
}

/** A finding from a problem: everything about it that a rule could get wrong. */
export function stamp(rule: Rule, problem: Problem, { role, policy, facts }: RoleSubject): Finding {
  const holes = holesOf(role, facts)
  const replayed = problem.witness === undefined ? undefined : replay(policy, problem.witness)
  return {
    rule: rule.id,
    kind: rule.kind,
    severity: rule.severity,
    certainty:
      namesUnknown(problem, holes) || isAssumed(problem, role)
        ? 'possible'
        : (problem.certainty ??
          replayed?.certainty ??
          (problem.witness === undefined ? 'proved' : 'possible')),
    message: revealed(problem.message, holes),
    ...(problem.help === undefined ? {} : { help: revealed(problem.help, holes) }),
    role: referenceOf(role),
    location: placeOf(role.trustPolicy, problem.at),
    related: (problem.related ?? []).map(({ at, note }) => ({
      location: placeOf(role.trustPolicy, at),
      note: revealed(note, holes),
    })),
    ...(replayed === undefined ? {} : { witness: replayed.witness }),
    ...(problem.fix === undefined || hasHole(problem.fix, holes) ? {} : { fix: problem.fix }),
    docs: docsOf(rule.id),
    fingerprint: hash128([rule.id, role.key, revealed(blamed(problem.at, policy), holes)].join('\n')),
  }
}

/** Where a part of a policy stands, in the text that people wrote if the source knows it. */
function placeOf(policy: TrustPolicyDocument, at: string): Location {
  return (policy.kind === 'unknown' ? undefined : policy.sourceMap?.(at)) ?? below(policy.location, at)
}

function holesOf({ trustPolicy }: Role, facts: Facts): readonly Hole[] {
  return trustPolicy.kind === 'unknown' ? [] : (facts.holes ?? trustPolicy.holes ?? [])
}

/** Whether a problem lies in a statement whose condition keys were told from their values. */
function isAssumed({ at }: Problem, { trustPolicy }: Role): boolean {
  return (
    trustPolicy.kind !== 'unknown' &&
    (trustPolicy.assumed ?? []).some((pointer) => at.startsWith(`${pointer}/`))
  )
}

/** Two values that are not known yet may turn out the same, and one may turn out as another that is known. */
function namesUnknown({ message }: Problem, holes: readonly Hole[]): boolean {
  return holes.some(
    ({ placeholder, kind }) => kind !== 'issuer' && kind !== 'provider' && message.includes(placeholder),
  )
}

/** A patch that would write a placeholder mends nothing. */
function hasHole(fix: NonNullable<Problem['fix']>, holes: readonly Hole[]): boolean {
  if (holes.length === 0) return false
  const text = JSON.stringify(fix)
  return holes.some(({ placeholder }) => text.includes(placeholder))
}

export function referenceOf({ key, name, arn, address }: Role): RoleReference {
  return { key, name, ...(arn === undefined ? {} : { arn }), ...(address === undefined ? {} : { address }) }
}

function replay(
  policy: TrustPolicy,
  { admission, word }: Witness,
): { certainty: 'proved' | 'possible'; witness: FindingWitness } | undefined {
  const replayed = replayWitness(policy, admission, word, keysToShow(admission.model))
  if (replayed === undefined) return undefined
  const { request, certainty } = replayed
  return { certainty, witness: { ...whoIs(admission.model, word), request } }
}

/** What is blamed, without what an edit elsewhere changes: positions, Sids, the order of statements and values. */
function blamed(at: string, policy: TrustPolicy): string {
  const isWithin = ({ pointer }: { readonly pointer: string }): boolean =>
    at === pointer || at.startsWith(`${pointer}/`)
  const statement = policy.statements.find(isWithin)
  if (statement === undefined) return at
  const condition = statement.conditions.find(isWithin)
  return condition === undefined ? normalStatement(statement) : normalCondition(condition)
}
