/** Where a report goes and how it looks there. */
import { writeFileSync } from 'node:fs'
import { suggestion } from './did-you-mean.js'
import { UsageError } from './failure.js'
import type { Arguments } from './options.js'
import { systemReason } from './system-reason.js'

/** What most commands print. */
const REPORTS = ['text', 'json'] as const

export interface Target<Format extends string = (typeof REPORTS)[number]> {
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

/**
 * Formats and where they go; the first format there is by default.
 *
 * @throws UsageError
 */
export function parseTargets(values: readonly string[]): readonly Target[]
export function parseTargets<Format extends string>(
  values: readonly string[],
  formats: readonly [Format, ...Format[]],
): readonly Target<Format>[]
export function parseTargets(
  values: readonly string[],
  formats: readonly [string, ...string[]] = REPORTS,
): readonly Target<string>[] {
  const targets = (values.length === 0 ? [formats[0]] : values).map((value) => parseTarget(value, formats))
  if (targets.filter(({ file }) => file === undefined).length > 1) {
    throw new UsageError(
      'two formats cannot share standard output; name a file for one: --format json=report.json',
    )
  }
  return targets
}

function parseTarget(value: string, formats: readonly string[]): Target<string> {
  const equals = value.indexOf('=')
  const name = equals < 0 ? value : value.slice(0, equals)
  const format = formats.find((known) => known === name)
  if (format === undefined) {
    throw new UsageError(
      `there is no format \`${name}\`${suggestion(name, formats)}; there are ${formats.slice(0, -1).join(', ')} and ${formats.at(-1) ?? ''}`,
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

export function lookOf(target: Pick<Target, 'file'>, options: Arguments): Look {
  const verbose = options.has('verbose')
  const isTerminal = target.file === undefined && process.stdout.isTTY
  const color = target.file === undefined && wantsColor(options, process.env, isTerminal)
  // Sentences are broken for people; another program gets each of them in one line.
  return isTerminal
    ? { color, verbose, width: Math.min(120, Math.max(60, process.stdout.columns)) }
    : { color, verbose }
}

/** @throws UsageError where the file cannot be written */
export function deliver(text: string, { file }: Pick<Target, 'file'>): void {
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
