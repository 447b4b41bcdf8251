import type { Admission } from '../trust/admit.js'
import type { ServiceAccountSet } from '../trust/service-account-set.js'
import type { Witness } from './rule.js'

/** A member of the set, as a witness from the admission; the set lies within what the admission admits. */
export function serviceAccountWitness(admission: Admission, set: ServiceAccountSet): Witness {
  const member = set.witness()
  if (member === undefined) throw new Error('an empty set has no witness')
  return { admission, word: `${member.namespace}:${member.name}` }
}
