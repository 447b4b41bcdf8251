import { SEVERITIES } from '@podtrust/core'
import type { Finding, RuleKind, Severity } from '@podtrust/core'
import { suggestion } from './did-you-mean.js'
import { UsageError } from './failure.js'

/** The least severity that fails a run, for each kind of rule. */
export type FailOn = Readonly<Record<RuleKind, Severity | 'none'>>

const KINDS: readonly RuleKind[] = ['exposure', 'breakage', 'hygiene']
const THRESHOLDS: readonly string[] = ['low', 'medium', 'high', 'critical', 'none']

export const DEFAULT_FAIL_ON: FailOn = { exposure: 'medium', breakage: 'medium', hygiene: 'medium' }

/** What an exit code depends on. */
export interface Outcome {
  /** Inputs that could not be read. */
  readonly errors: number
  readonly findings: readonly Pick<Finding, 'kind' | 'severity' | 'certainty'>[]
  readonly isComplete: boolean
  /** AWS could not be asked at all. */
  readonly isOutOfReach?: boolean
}

export interface ExitRules {
  readonly failOn: FailOn
  /** Findings that are only possible do not count. */
  readonly provedOnly: boolean
  readonly requireComplete: boolean
}

/**
 * The exit code of a run, the same for every format:
 *
 * | code | meaning |
 * | --- | --- |
 * | 0 | clean, or nothing to check |
 * | 1 | a finding at or above the severity of `--fail-on`; `info` never fails a run |
 * | 2 | wrong usage, or an input that could not be read, after the rest was reported |
 * | 3 | not everything could be checked, with `--require-complete`; AWS is out of reach |
 * | 130, 143 | ended by a signal |
 *
 * Where several hold it is the first of: a signal, 2, 1, 3, 0.
 */
export function getExitCode(
  { errors, findings, isComplete, isOutOfReach = false }: Outcome,
  rules: ExitRules,
): 0 | 1 | 2 | 3 {
  if (errors > 0) return 2
  if (findings.some((finding) => fails(finding, rules))) return 1
  return isOutOfReach || (rules.requireComplete && !isComplete) ? 3 : 0
}

/** What shells expect of a program that a signal has ended. */
export function signalCode(signal: 'SIGINT' | 'SIGTERM'): 130 | 143 {
  return signal === 'SIGINT' ? 130 : 143
}

function fails(
  { kind, severity, certainty }: Outcome['findings'][number],
  { failOn, provedOnly }: ExitRules,
): boolean {
  const least = failOn[kind]
  if (least === 'none' || severity === 'info' || (provedOnly && certainty === 'possible')) return false
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least)
}

/**
 * Reads `--fail-on`: one severity for all kinds, or `KIND=SEVERITY` for some, which leaves the others as they are.
 *
 * @example parseFailOn('exposure=low,breakage=none') // { exposure: 'low', breakage: 'none', hygiene: 'medium' }
 * @throws UsageError
 */
export function parseFailOn(text: string): FailOn {
  let failOn: FailOn = DEFAULT_FAIL_ON
  for (const part of text.split(',')) {
    const [left = '', right] = part.split('=')
    if (right === undefined) {
      const all = threshold(left.trim())
      failOn = { exposure: all, breakage: all, hygiene: all }
    } else {
      failOn = { ...failOn, [kindOf(left.trim())]: threshold(right.trim()) }
    }
  }
  return failOn
}

function kindOf(text: string): RuleKind {
  const kind = KINDS.find((known) => known === text)
  if (kind !== undefined) return kind
  throw new UsageError(
    `--fail-on: no kind of rule is called \`${text}\`${suggestion(text, KINDS)}; there are ${KINDS.join(', ')}`,
  )
}

function threshold(text: string): Severity | 'none' {
  if (THRESHOLDS.includes(text)) return text as Severity | 'none'
  const why =
    text === 'info' ? 'findings of severity `info` never fail a run' : `no severity is called \`${text}\``
  throw new UsageError(`--fail-on: ${why}${suggestion(text, THRESHOLDS)}; there are ${THRESHOLDS.join(', ')}`)
}
