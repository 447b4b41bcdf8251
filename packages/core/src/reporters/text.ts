import type { Finding, Report } from '../report.js'
import { escaped } from '../text/quote.js'
import { codeFrame, placeOf } from './code-frame.js'
import { coverageLines } from './coverage.js'
import { subjectText, summary, widenedText } from './finding-words.js'
import { paragraph } from './paragraph.js'
import { styleOf } from './style.js'
import type { Paint, Style } from './style.js'
import { requestLines, witnessText } from './witness.js'

export interface TextOptions {
  readonly color?: boolean
  /** Also the whole request of each witness, and every gap. */
  readonly verbose?: boolean
  /** Columns to break sentences at; by default they are not broken, and code is cut at 110. */
  readonly width?: number
  /** Files of a folder that were looked at and are something else. */
  readonly otherFiles?: number
}

type Severity = Finding['severity']

/**
 * A report for people: each finding with the lines to blame, its witness and what to do, then a summary and always what
 * was covered. "No findings" is said only where everything could be checked. Whatever names and values hold, the only
 * control characters are line breaks and, with `color`, our own colours.
 *
 * @example
 * ```ts
 * import { toText } from '@podtrust/core/reporters/text'
 *
 * process.stdout.write(toText(checkTrust(inventory), { color: process.stdout.isTTY }))
 * ```
 */
export function toText(report: Report, options: TextOptions = {}): string {
  const style = styleOf(options.color)
  const out: string[] = []
  for (const finding of report.findings) out.push(...findingLines(finding, options, style), '')
  const { coverage, findings, widened = [] } = report
  for (const change of widened)
    out.push(...paragraph('widened by the plan: ', escaped(widenedText(change)), options.width))
  if (findings.length > 0) out.push(style.bold(summary(findings)))
  else if (!coverage.complete) out.push(style.bold('Nothing found in what could be checked'))
  else if (coverage.roles.total > 0 || (coverage.serviceAccounts ?? 0) > 0)
    out.push(style.bold('No findings'))
  out.push(...coverageLines(coverage, options))
  return `${out.join('\n')}\n`
}

function findingLines(finding: Finding, options: TextOptions, style: Style): readonly string[] {
  const { rule, severity, certainty, message, help, location, related, witness, fix, docs } = finding
  const { verbose, width } = options
  const out: string[] = []
  const head = `${paintOf(severity, style)(severity)} ${style.bold(rule)}`
  out.push(`${head}${certainty === 'possible' ? ' (possible)' : ''}: ${escaped(subjectText(finding))}`)
  out.push(...paragraph('  ', escaped(message), width), '', `  ${style.cyan(placeOf(location))}`)
  out.push(...codeFrame(location, style, width), '')
  for (const { location: other, note } of related) {
    out.push(...paragraph('  see: ', `${placeOf(other)}: ${escaped(note)}`, width))
  }
  if (witness !== undefined) {
    out.push(...paragraph('  witness: ', witnessText(witness), width))
    if (verbose) out.push(...requestLines(witness).map((line) => `    ${line}`))
  }
  const advice = help ?? fix?.title
  if (advice !== undefined) out.push(...paragraph('  help: ', escaped(advice), width))
  out.push(style.dim(`  ${docs}`))
  return out
}

function paintOf(severity: Severity, style: Style): Paint {
  if (severity === 'critical' || severity === 'high') return style.red
  return severity === 'medium' ? style.yellow : style.dim
}
