/** The most states any automaton may have, built or explored. */
export const STATE_LIMIT = 10_000

/** The most words `Language` lists when it is iterated. */
export const MEMBER_LIMIT = 100_000

/** The most table entries, and the most members of all state sets together, one construction may touch. */
const TRANSITION_LIMIT = 2_000_000

/** An automaton would need more states than allowed. The answer is unknown, not negative. */
export class StateLimitError extends Error {
  override readonly name = 'StateLimitError'
  readonly code = 'state-limit'
  readonly limit: number

  constructor(limit: number) {
    super(`the automaton needs more than ${limit} states`)
    this.limit = limit
  }
}

/** The words of an infinite language, or of one with more than `limit` words, were asked for one by one. */
export class EnumerationLimitError extends Error {
  override readonly name = 'EnumerationLimitError'
  readonly code = 'enumeration-limit'
  readonly limit: number

  constructor(limit: number) {
    super(`the language has more than ${limit} words`)
    this.limit = limit
  }
}

/** How many states an automaton over `classes` unit classes may have: a large alphabet allows fewer. */
export function stateLimit(classes: number): number {
  return Math.min(STATE_LIMIT, Math.floor(TRANSITION_LIMIT / classes))
}

/** Counts what one construction touches, and throws a `StateLimitError` past the limit. */
export class WorkMeter {
  #touched = 0

  add(entries: number): void {
    this.#touched += entries
    if (this.#touched > TRANSITION_LIMIT) throw new StateLimitError(STATE_LIMIT)
  }
}
