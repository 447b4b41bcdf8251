/** The stable codes of errors that podtrust throws. Switch on these, never on a message. */
export type PodtrustErrorCode =
  | 'E_NOT_JSON'
  | 'E_NOT_YAML'
  | 'E_TOO_DEEP'
  | 'E_TOO_LARGE'
  | 'E_UNRECOGNIZED_INPUT'
  | 'E_UNSUPPORTED_INPUT'
  | 'E_NOT_A_POLICY'
  | 'E_NOT_A_TOKEN'
  | 'E_NOT_A_KEY_SET'
  | 'E_FETCH_REFUSED'
  | 'E_FETCH_FAILED'
  | 'E_INVALID_ARGUMENT'
  | 'E_WITNESS'

/**
 * The base of every error podtrust throws on purpose: the caller or the input is wrong. A weak policy is never an
 * error, it is a finding; what could not be told is data too.
 *
 * Messages are lower case, without a full stop, and quote user input in backticks with control characters escaped.
 *
 * @example
 * ```ts
 * try {
 *   readTerraformPlan(text)
 * } catch (error) {
 *   if (error instanceof PodtrustError && error.code === 'E_NOT_JSON') console.error(error.message, error.hint)
 *   else throw error
 * }
 * ```
 */
export class PodtrustError extends Error {
  override readonly name: string = 'PodtrustError'
  readonly code: PodtrustErrorCode
  /** What to do about it, apart from the message. */
  readonly hint: string | undefined
  /** Where in the input, 1-based, when it is known. */
  readonly position: { readonly line: number; readonly column: number } | undefined

  constructor(
    code: PodtrustErrorCode,
    message: string,
    options: { hint?: string; position?: { line: number; column: number }; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.hint = options.hint
    this.position = options.position
  }
}

/** The input cannot be read as what it should be. */
export class InputError extends PodtrustError {
  override readonly name = 'InputError'
}

/** An argument of a library call is wrong. */
export class ArgumentError extends PodtrustError {
  override readonly name = 'ArgumentError'
}

/**
 * A witness did not replay through the evaluator: the set engine and the evaluator disagree. This is a bug of
 * podtrust, never of the input, and it ends the run.
 */
export class WitnessError extends PodtrustError {
  override readonly name = 'WitnessError'
}
