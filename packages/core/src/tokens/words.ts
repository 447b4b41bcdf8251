import type { TokenTime } from './token.js'

const UNITS: readonly (readonly [name: string, seconds: number, upTo: number])[] = [
  ['second', 1, 90],
  ['minute', 60, 90 * 60],
  ['hour', 3600, 48 * 3600],
  ['day', 86_400, 2 * 365 * 86_400],
  ['year', 365 * 86_400, Infinity],
]

/** A length of time in the largest unit that says enough, rounded down. */
export function durationWords(seconds: number): string {
  const length = Math.floor(Math.abs(seconds))
  const [name, unit] = UNITS.find(([, , upTo]) => length < upTo) ?? ['second', 1]
  const number = Math.floor(length / unit)
  return `${number} ${name}${number === 1 ? '' : 's'}`
}

/** The verbs of an instant, before it and after it. */
export interface Verbs {
  readonly ahead: string
  readonly past: string
}

/** `expires in 23 hours` or `expired 3 hours ago`. */
export function timeOf(seconds: number, now: Date, { ahead, past }: Verbs): TokenTime {
  const distance = seconds - now.getTime() / 1000
  const words =
    distance > 0 ? `${ahead} in ${durationWords(distance)}` : `${past} ${durationWords(distance)} ago`
  return { at: new Date(seconds * 1000), words }
}
