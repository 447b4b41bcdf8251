import type { Facts, Role } from '../inventory.js'
import type { TrustPolicy } from '../policy/ast.js'
import type { Admission } from './admission.js'
import type { TrustBase } from './analysis.js'
import type { NamePattern } from './describe.js'
import { ServiceAccountSet } from './service-account-set.js'

/** One role, and what its analyses need. */
export interface RoleScene {
  readonly role: Role
  readonly facts: Facts
  readonly policy: TrustPolicy
  /** The policies that say whom to ask about: this one, and another where two are compared. */
  readonly naming: readonly TrustPolicy[]
  readonly now: Date
}

/** What the admissions of one analysis say together. */
export function baseOf(scene: RoleScene, admissions: readonly Admission[], isNamed: boolean): TrustBase {
  const { role, policy } = scene
  const [first, ...others] = admissions
  const merged = <T>(pick: (admission: Admission) => readonly T[]): readonly T[] =>
    first === undefined ? [] : others.length === 0 ? pick(first) : [...new Set(admissions.flatMap(pick))]
  return {
    role,
    policy,
    undecided: merged(({ undecided }) => undecided),
    assumptions: merged(({ model }) => model.assumptions),
    residual: merged(({ residual }) => residual),
    isNamed,
  }
}

/** Both bounds of an admission as sets of service accounts. */
export function setsOf(
  admission: Admission,
  patterns: () => readonly NamePattern[],
): { certain: ServiceAccountSet; possible: ServiceAccountSet } {
  const possible = ServiceAccountSet.fromWords(admission.possible, patterns)
  return {
    possible,
    certain:
      admission.certain === admission.possible
        ? possible
        : ServiceAccountSet.fromWords(admission.certain, patterns),
  }
}
