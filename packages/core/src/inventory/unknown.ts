import { escaped } from '../text/quote.js'

/** Named in the input, its value not known; `reason` is a sentence for people. */
export interface Unknown {
  readonly unknown: true
  readonly reason: string
  /** A value the input does not show until it is applied, or one the reader of the input was not allowed to see. */
  readonly cause: 'known-after-apply' | 'not-collected' | 'unreadable'
}

export function isUnknown(value: unknown): value is Unknown {
  return typeof value === 'object' && value !== null && (value as Partial<Unknown>).unknown === true
}

/** What a placeholder may stand for. */
export type HoleKind = 'issuer' | 'provider' | 'account' | 'name' | 'subject' | 'value'

/** A value that an input does not know yet. In texts a word stands for it that nothing else can be. */
export interface Hole {
  readonly placeholder: string
  /** Where the value will come from: an attribute of a resource, `aws_eks_cluster.main.identity[0].oidc[0].issuer`. */
  readonly origin: string
  readonly kind: HoleKind
}

/**
 * A text for people: each placeholder is replaced by what it stands for. A subject is shown once where both of its
 * halves are the same unknown.
 */
export function revealed(text: string, holes: readonly Hole[]): string {
  let shown = text
  for (const { placeholder, origin, kind } of [...holes].sort(longerFirst)) {
    if (!shown.includes(placeholder)) continue
    const origins = `(known after apply: ${escaped(origin)})`
    if (kind === 'subject') {
      for (const whole of [
        `system:serviceaccount:${placeholder}:${placeholder}`,
        `${placeholder}/${placeholder}`,
        `${placeholder}:${placeholder}`,
      ])
        shown = shown.replaceAll(whole, origins)
    }
    shown = shown.replaceAll(placeholder, origins)
  }
  return shown
}

/** The ARN of a provider holds its issuer; the longer word says more. */
function longerFirst(a: Hole, b: Hole): number {
  return (
    b.placeholder.length - a.placeholder.length || (a.kind === 'subject' ? -1 : b.kind === 'subject' ? 1 : 0)
  )
}
