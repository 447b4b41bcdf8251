import type { Admission } from '../trust/admit.js'
import type { TrustAnalysis } from '../trust/analyze.js'

/** What the requests of one mechanism are admitted for; Pod Identity has two kinds, with and without session tags. */
export function admissionsOf(trust: TrustAnalysis): readonly Admission[] {
  return trust.mechanism === 'pod-identity'
    ? [trust.tagged.admission, trust.untagged.admission]
    : [trust.admission]
}
