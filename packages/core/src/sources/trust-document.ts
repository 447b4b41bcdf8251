import type { TrustPolicyDocument } from '../inventory.js'
import type { JsonDocument } from '../text/json.js'
import type { Location } from '../text/location.js'

/** A trust policy that its source holds as a string. */
export function textDocument(
  text: string,
  { input, pointer }: Location,
): Extract<TrustPolicyDocument, { kind: 'text' }> {
  return { kind: 'text', text, location: { input, pointer, inner: { text, pointer: '' } } }
}

/** Keys that stand more than once in a document. Its value cannot show them: it holds the last of each. */
export interface Duplicates {
  /** Those in the trust policy at a pointer, as pointers below it. */
  in(policyPointer: string): readonly string[]
  /** Those in no trust policy. */
  readonly elsewhere: readonly string[]
}

const NONE: readonly string[] = []

/** @param member the key under which the document holds its trust policies */
export function duplicatesOf(document: JsonDocument, member: string): Duplicates {
  if (!document.hasDuplicateKeys) return { in: () => NONE, elsewhere: NONE }
  const policies = new Map<string, string[]>()
  const elsewhere: string[] = []
  for (const { pointer } of document.duplicateKeys()) {
    const at = pointer.indexOf(`/${member}/`)
    if (at === -1) {
      elsewhere.push(pointer)
      continue
    }
    const end = at + 1 + member.length
    const policy = pointer.slice(0, end)
    policies.set(policy, [...(policies.get(policy) ?? NONE), pointer.slice(end)])
  }
  return { in: (policyPointer) => policies.get(policyPointer) ?? NONE, elsewhere }
}
