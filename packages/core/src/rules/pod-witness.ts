import { judgedSet } from './breadth.js'
import type { RoleSubject, Witness } from './rule.js'
import { serviceAccountWitness } from './witness.js'

/** Where pods are let into a role, and one that is; `undefined` where none is. */
export function podEntry({
  podStatements,
}: RoleSubject): { readonly at: string; readonly who: string; readonly witness: Witness } | undefined {
  for (const one of podStatements) {
    const { trust } = one
    if (trust === undefined) continue
    const at = one.statement.pointer
    if (trust.mechanism === 'irsa') {
      const set = judgedSet(trust)
      if (set.isEmpty) continue
      return { at, who: String(set), witness: serviceAccountWitness(trust.admission, set) }
    }
    const { expected, expectedAdmission } = trust.tagged.expected.isEmpty ? trust.untagged : trust.tagged
    if (expected.isEmpty) continue
    const who = 'pods of associations'
    return { at, who, witness: serviceAccountWitness(expectedAdmission, expected) }
  }
  return undefined
}
