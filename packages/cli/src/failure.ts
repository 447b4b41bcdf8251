import { escaped } from '@podtrust/core'
import type { PodtrustError } from '@podtrust/core'

/** The command line is wrong. The run ends before anything is read, with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** AWS cannot be asked at all. The run ends with exit code 3. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
  readonly hint: string

  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }
}

const BUGS = 'https://github.com/podtrust/podtrust/issues'

/** One line: what, where, and what to do about it. A stack only where the program is to blame and somebody wants it. */
export function describeFailure(error: unknown, isVerbose: boolean): string {
  if (error instanceof Error && error.name === 'UsageError') return escaped(error.message)
  // By name and not by class: each file of the program has classes of its own.
  if (error instanceof Error && error.name === 'UnreachableError' && 'hint' in error)
    return escaped(withHint(error.message.replace(/\.$/, ''), String(error.hint)))
  if (isPodtrustError(error) && error.code !== 'E_WITNESS')
    return escaped(withHint(error.message, error.hint))
  const message = error instanceof Error ? error.message : String(error)
  const what = `this is a bug of podtrust: ${escaped(message)}; please report it at ${BUGS}`
  if (!isVerbose) return `${what} (\`-v\` shows where it happened)`
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  return `${what}\n${stack.split('\n').map(escaped).join('\n')}`
}

/** By what it holds and not by its class: each file of the program has classes of its own. */
function isPodtrustError(error: unknown): error is PodtrustError {
  return (
    error instanceof Error && 'hint' in error && 'code' in error && /^E_[A-Z_]+$/.test(String(error.code))
  )
}

export function withHint(message: string, hint: string | undefined): string {
  return hint === undefined ? message : `${message}; ${hint}`
}
