import type { Facts, Role } from '../inventory.js'
import { applyPatch } from '../policy/apply-patch.js'
import type { JsonValue, PatchOperation } from '../policy/condition-patch.js'
import { parseTrustPolicy } from '../policy/parse.js'
import { printTrustPolicy } from '../policy/print.js'
import type { TrustPolicy } from '../policy/ast.js'
import { analyzeRole } from '../trust/analyze.js'
import type { Evaluation } from '../trust/evaluate.js'
import type { ExplainMend } from './explain-answer.js'
import type { Miss, MissScene } from './explain-miss.js'
import { diagnose } from './explain-statement-miss.js'

/** A policy may miss in several places; each round mends the first of them. */
const MOST_ROUNDS = 6

export interface PolicyMender {
  readonly role: Role
  readonly now: Date
  /** The scene and the evaluation of the call under another policy. */
  try(policy: TrustPolicy): Trial
}

/** The call under one policy; who compares and what with is only worked out where it fails. */
export interface Trial {
  readonly evaluation: Evaluation
  readonly scene: () => MissScene
}

/**
 * The patch after which the evaluator lets the call through, with whom the role admits before and after; `undefined`
 * where no change that is known gets there. It is found by doing: each round the policy is patched, parsed and put to
 * the evaluator again.
 */
export function mendPolicy(policy: TrustPolicy, mender: PolicyMender): ExplainMend | undefined {
  // What the document says and the policy does not show, a patch of the policy could destroy.
  if (policy.problems.some(({ kind }) => kind !== 'refused')) return undefined
  const titles: string[] = []
  const patch: PatchOperation[] = []
  let document = JSON.parse(printTrustPolicy(policy)) as JsonValue
  let current = policy
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const { scene, evaluation } = mender.try(current)
    if (evaluation.outcome === 'allowed') break
    const change = firstChange(evaluation, scene())
    const operations = change?.patch()
    const next = operations === undefined ? undefined : applyPatch(document, operations)
    if (change === undefined || operations === undefined || next === undefined) {
      if (evaluation.outcome === 'undecided' && round > 0) break
      return undefined
    }
    if (!titles.includes(change.title)) titles.push(change.title)
    patch.push(...operations)
    document = next
    current = parseTrustPolicy(JSON.stringify(document))
  }
  if (patch.length === 0 || mender.try(current).evaluation.outcome === 'denied') return undefined
  const scene = mender.try(policy).scene()
  let admitted: ExplainMend['admitted']
  return {
    target: 'policy',
    title: titles.join('; then '),
    patch,
    get admitted() {
      return (admitted ??= {
        before: admittedBy(policy, scene, mender),
        after: admittedBy(current, scene, mender),
      })
    },
  }
}

function firstChange(evaluation: Evaluation, scene: MissScene): Miss['change'] {
  for (const action of evaluation.actions) {
    if (action.outcome !== 'denied') continue
    for (const { change } of diagnose(action, scene)) if (change !== undefined) return change
    return undefined
  }
  return undefined
}

/** Whom a role with the policy admits by the mechanism, and from the issuer, in question. */
function admittedBy(policy: TrustPolicy, scene: MissScene, { role, now }: PolicyMender): string {
  const document = { kind: 'text', text: printTrustPolicy(policy), location: role.location } as const
  const { trusts } = analyzeRole({ ...role, trustPolicy: document }, factsFor(scene, role), { now })
  for (const trust of trusts) {
    if (trust.mechanism !== scene.mechanism) continue
    if (trust.mechanism === 'pod-identity')
      return String(scene.sessionTags ? trust.tagged.expected : trust.untagged.expected)
    if (trust.mechanism === 'irsa' && trust.issuer === scene.issuer) return String(trust.serviceAccounts)
    if (trust.mechanism === 'web-identity' && trust.issuer === scene.issuer)
      return trust.subjects.isEmpty
        ? 'no subject'
        : (trust.subjects.members(8)?.join(', ') ?? `subjects such as ${trust.subjects.witness() ?? ''}`)
  }
  return scene.mechanism === 'web-identity' ? 'no subject' : 'no service account'
}

/** For a token the audience is given, so that a condition on it counts as it does for the call. */
function factsFor({ facts, providerArn, issuer, audience }: MissScene, { location }: Role): Facts {
  if (providerArn === undefined || issuer === undefined || audience === undefined) return facts
  return { ...facts, providers: [{ arn: providerArn, issuer, clientIds: [audience], location }] }
}
