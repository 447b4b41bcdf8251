/** Where an expression stands, and what can be asked there. */
import type { InputText } from '../../text/location.js'
import { originOf, reachOf } from './values.js'
import type { Reach, Value } from './values.js'

export type Step = string | number

/** Where an expression stands: what its names mean. */
export interface Scope {
  /** The file that the expression is read from. */
  readonly input: InputText
  /** Names bound by `for`, `dynamic`, `each` and `count`. */
  readonly bound: ReadonlyMap<string, Value>
  /** What a name and the steps behind it come to, and how many steps are used up. */
  resolve(name: string, steps: readonly Step[]): { readonly value: Value; readonly used: number }
  /** Looks at a place in an instance. */
  settle(place: Reach): Value
  /** The word that stands for a missing value in a text. */
  wordFor(origin: string): string
  /** Text of a file that the configuration reads. */
  fileText(path: string): string | undefined
  /** Remembers which expression made a text. */
  made(text: string, from: MadeFrom): string
  /** Counts; false when a configuration asks for more than any real one. */
  spend(): boolean
}

export type MadeFrom =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'text'; readonly input: InputText; readonly pieces: readonly Piece[] }

/** A run of a text, and where it was written; `isExact` where both have the same units. */
export interface Piece {
  readonly length: number
  readonly start: number
  readonly end: number
  readonly isExact: boolean
}

/** The value with nothing left to look at; what is missing inside of it stays so. */
export function known(value: Value, scope: Scope): Value {
  const place = reachOf(value)
  return place === undefined ? value : scope.settle(value as Reach)
}

/** A text; a missing value is the word that stands for it. */
export function textOf(value: Value, scope: Scope): string | undefined {
  const found = known(value, scope)
  const origin = originOf(found)
  if (origin !== undefined) return scope.wordFor(origin)
  return typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean'
    ? String(found)
    : undefined
}
