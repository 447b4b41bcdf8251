import type { Facts, Inventory, Role } from '../inventory.js'
import type { TrustPolicy } from '../policy/ast.js'
import { parseTrustPolicyDocument } from '../policy/parse.js'
import type { RoleAnalysis, TrustAnalysis } from './analysis.js'
import { awsPrincipalTrusts } from './aws-principal-trust.js'
import { podIdentityTrusts } from './pod-identity-trust.js'
import type { RoleScene } from './role-scene.js'
import { webIdentityTrusts } from './web-identity-trust.js'

export type * from './analysis.js'

export interface AnalyzeOptions {
  /** The time from which requests are sent; the current time by default. */
  readonly now?: Date
  /** Another policy: the callers that it names are asked about too, so that two answers are about the same callers. */
  readonly beside?: TrustPolicy
}

/**
 * Who can assume each role: one answer per role and mechanism, lazily, in the order of the roles.
 *
 * @example
 * ```ts
 * for (const trust of analyzeTrust(inventory)) {
 *   if (trust.mechanism === 'irsa') console.log(`${trust.role.name}: ${trust.serviceAccounts} of ${trust.issuer}`)
 * }
 * ```
 */
export function* analyzeTrust(inventory: Inventory, options: AnalyzeOptions = {}): Generator<TrustAnalysis> {
  for (const role of inventory.roles) yield* analyzeRole(role, inventory.facts, options).trusts
}

/** The unit of work: one role against the facts. */
export function analyzeRole(role: Role, facts: Facts, options: AnalyzeOptions = {}): RoleAnalysis {
  if (role.trustPolicy.kind === 'unknown') return { role, trusts: [] }
  const policy = parseTrustPolicyDocument(role.trustPolicy)
  const { now = new Date(), beside } = options
  const naming = beside === undefined ? [policy] : [policy, beside]
  const scene: RoleScene = { role, facts, policy, naming, now }
  return {
    role,
    policy,
    trusts: [...webIdentityTrusts(scene), ...podIdentityTrusts(scene), ...awsPrincipalTrusts(scene)],
  }
}
