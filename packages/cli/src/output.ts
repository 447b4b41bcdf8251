/** Where a report goes and how it looks there. */
import { writeFileSync } from 'node:fs'
import { suggestion } from './did-you-mean.js'
import { UsageError } from './failure.js'
import type { Arguments } from './options.js'
import { systemReason } from './system-reason.js'

const FORMATS = ['text', 'json'] as const

export type Format = (typeof FORMATS)[number]

export interface Target {
  readonly format: Format
  /** Standard output where it is absent. */
  readonly file?: string
}

/** How text looks on one target. */
export interface Look {
  readonly color: boolean
  readonly verbose: boolean
  readonly width?: number
}

/** @throws UsageError */
export function parseTargets(values: readonly string[]): readonly Target[] {
  const targets = (values.length === 0 ? ['text'] : values).map(parseTarget)
  if (targets.filter(({ file }) => file === undefined).length > 1) {
    throw new UsageError(
      'two formats cannot share standard output; name a file for one: --format json=report.json',
    )
  }
  return targets
}

function parseTarget(value: string): Target {
  const equals = value.indexOf('=')
  const name = equals < 0 ? value : value.slice(0, equals)
  const format = FORMATS.find((known) => known === name)
  if (format === undefined) {
    throw new UsageError(
      `there is no format \`${name}\`${suggestion(name, FORMATS)}; there are ${FORMATS.join(' and ')}`,
    )
  }
  const file = equals < 0 ? undefined : value.slice(equals + 1)
  if (file === '') throw new UsageError(`--format ${value}: the name of the file is missing`)
  return file === undefined || file === '-' ? { format } : { format, file }
}

/**
 * Whether to colour, told by the first that says anything: `--color`, `NO_COLOR`, `FORCE_COLOR`, the terminal. Of the
 * two variables the one that asks for less wins.
 */
export function wantsColor(options: Arguments, environment: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  if (options.has('no-color')) return false
  const asked = options.has('color') ? (options.get('color') ?? 'always') : 'auto'
  if (asked !== 'auto') return asked === 'always'
  const { NO_COLOR: no, FORCE_COLOR: force, TERM: terminal } = environment
  if (no !== undefined && no !== '') return false
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false'
  return isTerminal && terminal !== 'dumb'
}

export function lookOf(target: Target, options: Arguments): Look {
  const verbose = options.has('verbose')
  const isTerminal = target.file === undefined && process.stdout.isTTY
  const color = target.file === undefined && wantsColor(options, process.env, isTerminal)
  // Sentences are broken for people; another program gets each of them in one line.
  return isTerminal
    ? { color, verbose, width: Math.min(120, Math.max(60, process.stdout.columns)) }
    : { color, verbose }
}

/** @throws UsageError where the file cannot be written */
export function deliver(text: string, { file }: Target): void {
  if (file === undefined) {
    process.stdout.write(text)
    return
  }
  try {
    writeFileSync(file, text)
  } catch (error) {
    throw new UsageError(`cannot write \`${file}\`: ${systemReason(error)}`)
  }
}
