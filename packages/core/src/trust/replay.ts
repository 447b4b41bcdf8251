import { WitnessError } from '../errors.js'
import type { AssumeRoleRequest } from '../policy/request.js'
import type { TrustPolicy } from '../policy/ast.js'
import { requestFor } from './requests.js'
import type { Admission } from './admit.js'
import { evaluateTrust } from './evaluate.js'

/** One full request that proves a point, and how sure the evaluator is of it. */
export interface ReplayedWitness {
  readonly request: AssumeRoleRequest
  /** `proved`: the evaluator allows it; `possible`: it cannot tell. */
  readonly certainty: 'proved' | 'possible'
}

/**
 * Builds a full request for a word that the engine admits and puts it through the evaluator. `undefined` where the
 * engine could only bound the set from outside and the evaluator denies the word: then nothing is proved.
 *
 * @throws {WitnessError} where the engine was exact and the evaluator denies it all the same, which is a bug
 */
export function replayWitness(
  policy: TrustPolicy,
  admission: Admission,
  word: string,
  keys: readonly string[],
): ReplayedWitness | undefined {
  const request = requestFor(admission, word, 'possible', keys)
  const isCertain = admission.certain.has(word)
  const outcome = request === undefined ? 'denied' : evaluateTrust(policy, request).outcome
  if (request !== undefined && (isCertain ? outcome === 'allowed' : outcome !== 'denied')) {
    return { request, certainty: isCertain ? 'proved' : 'possible' }
  }
  if (!isCertain && admission.undecided.some(({ isInexact }) => isInexact)) return undefined
  throw new WitnessError('E_WITNESS', `the set engine admits a witness that the evaluator calls ${outcome}`)
}
