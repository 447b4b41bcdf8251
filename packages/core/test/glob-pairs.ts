import type { GlobToken } from '../src/automata/language.js'

/** A pair of globs as IAM writes them, with `*` and `?`. */
export interface GlobPair {
  readonly a: string
  readonly b: string
}

const prefix = 'system:serviceaccount:'
const namespaces = (
  'default kube-system payments team-a team-b team-* * *-prod team-*-prod pay* team-? kube-* *system t*-* ' +
  '??-prod observability dev-* *-*'
).split(' ')
const names = (
  'default app api app-* * *-controller aws-load-balancer-controller external-dns api-? worker-?? *-api-* ' +
  'ebs-csi-controller-sa app* *a*p* reader'
).split(' ')
const whole = (
  '* system:* system:serviceaccount:* system:serviceaccount:*:* system:serviceaccount:team* *:default ' +
  '*:serviceaccount:* system:serviceaccount:*app system:serviceaccount:?*:?*'
).split(' ')

/**
 * The same pairs for the same seed: mostly `system:serviceaccount:NAMESPACE:NAME` with wildcards in either
 * half, a fifth of them looser, and a third of the time the second glob is the first one widened.
 */
export function globPairs(count: number, seed = 1): readonly GlobPair[] {
  let state = seed >>> 0
  // Mulberry32.
  const random = (below: number): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
  const pick = (list: readonly string[]): string => list[random(list.length)]!
  const glob = (): string => (random(5) === 0 ? pick(whole) : `${prefix}${pick(namespaces)}:${pick(names)}`)
  const widen = (text: string): string => {
    const from = prefix.length + random(Math.max(1, text.length - prefix.length))
    const to = from + random(6)
    return `${text.slice(0, from)}${random(4) === 0 ? '?' : '*'}${text.slice(to)}`
  }
  return Array.from({ length: count }, () => {
    const a = glob()
    return { a, b: random(3) === 0 ? widen(a) : glob() }
  })
}

export function tokensOf(glob: string): readonly GlobToken[] {
  return (glob.match(/[*]|[?]|[^*?]+/g) ?? []).map((part): GlobToken => {
    if (part === '*') return { wildcard: 'any-run' }
    return part === '?' ? { wildcard: 'any-one' } : part
  })
}
