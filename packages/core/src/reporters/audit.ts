import type { AccountSummary, ClusterSummary, Report, RiskyRole } from '../report.js'
import { escaped } from '../text/quote.js'
import { coverageLines } from './coverage.js'
import { count, listed } from './paragraph.js'
import { styleOf } from './style.js'
import type { Style } from './style.js'

export interface AuditTextOptions {
  readonly color?: boolean
  readonly verbose?: boolean
  /** Columns to break sentences and cut tables at. */
  readonly width?: number
  /** How to see each finding, as a clause; nothing is said without it. */
  readonly detailsHint?: string
}

/** One screen. */
const MOST_LINES = 40
const MOST_GAP_LINES = 9
const MOST_CLUSTERS = 7
const MOST_CAUSES = 8

/**
 * The first screen of an audit, at most 40 lines: what was covered, who serves pods, a row per cluster, the roles to look
 * at first, and the findings grouped by cause.
 *
 * @example
 * ```ts
 * const report = checkTrust(inventory)
 * process.stdout.write(toAuditText(report, accountSummary(inventory, report.findings)))
 * ```
 */
export function toAuditText(report: Report, summary: AccountSummary, options: AuditTextOptions = {}): string {
  const style = styleOf(options.color)
  const head = [
    ...coverage(report, options),
    '',
    rolesLine(summary),
    ...clusterTable(summary, options, style),
  ]
  const worst = worstLines(summary, options, style)
  const room = MOST_LINES - head.length - worst.length - 4
  const lines = [...head, ...worst, '', ...causeLines(report, summary, options, style, room)]
  return `${lines.join('\n')}\n`
}

function coverage({ coverage: seen }: Report, options: AuditTextOptions): readonly string[] {
  const lines = coverageLines(seen, options)
  if (options.verbose || lines.length <= MOST_GAP_LINES) return lines
  return [
    ...lines.slice(0, MOST_GAP_LINES - 1),
    `  and ${lines.length - MOST_GAP_LINES + 1} more lines, \`-v\` shows them`,
  ]
}

function rolesLine({ roles: { total, pods, irsa, podIdentity } }: AccountSummary): string {
  return `${pods} of ${count(total, 'role')} let pods in: ${irsa} by IRSA, ${podIdentity} by Pod Identity`
}

function clusterTable(
  { clusters }: AccountSummary,
  options: AuditTextOptions,
  style: Style,
): readonly string[] {
  if (clusters.length === 0) return []
  const shown = clusters.toSorted(byTrouble).slice(0, options.verbose ? clusters.length : MOST_CLUSTERS)
  const rows = shown.map(({ name, region, account, roles, open, broken, associations, agent }) => [
    escaped(name),
    escaped(region ?? ''),
    escaped(account ?? ''),
    String(roles),
    String(open),
    String(broken),
    associations === undefined ? 'not read' : String(associations),
    agent,
  ])
  const heads = ['cluster', 'Region', 'account', 'roles', 'open to all', 'broken', 'associations', 'agent']
  const more = clusters.length - shown.length
  return [
    '',
    ...table([heads, ...rows], [3, 4, 5, 6], options.width).map((line, index) =>
      index === 0 ? style.dim(line) : line,
    ),
    ...(more > 0 ? [`and ${count(more, 'more cluster', 'more clusters')}, \`-v\` lists them all`] : []),
  ]
}

function byTrouble(a: ClusterSummary, b: ClusterSummary): number {
  return b.open - a.open || b.broken - a.broken || b.roles - a.roles || (a.name < b.name ? -1 : 1)
}

function worstLines({ worst }: AccountSummary, options: AuditTextOptions, style: Style): readonly string[] {
  if (worst.length === 0) return []
  const rows = worst.map((risky) => [
    `  ${escaped(risky.role.name)}`,
    risky.reach,
    powerText(risky),
    usageText(risky),
  ])
  return [
    '',
    style.bold('Look at first: how many can become the role, and what it may do'),
    ...table(rows, [], options.width),
  ]
}

function powerText({ power: { rights, hasBoundary, unread = 0 } }: RiskyRole): string {
  const shown = rights.slice(0, 2).map((right) => escaped(right))
  if (rights.length > 2) shown.push(`${rights.length - 2} more`)
  const power =
    shown.length === 0 ? (unread > 0 ? `${count(unread, 'policy', 'policies')} not read` : '') : listed(shown)
  return hasBoundary ? `${power}${power === '' ? '' : ', '}bounded` : power
}

function usageText({ lastUsed, owner }: RiskyRole): string {
  const used =
    lastUsed === undefined
      ? ''
      : lastUsed === 'never'
        ? 'never used'
        : `used ${lastUsed.toISOString().slice(0, 10)}`
  return [used, owner === undefined ? '' : `owner ${escaped(owner)}`].filter((text) => text !== '').join(', ')
}

function causeLines(
  { findings, coverage: { complete } }: Report,
  { causes }: AccountSummary,
  options: AuditTextOptions,
  style: Style,
  room: number,
): readonly string[] {
  if (causes.length === 0)
    return [style.bold(complete ? 'No findings' : 'Nothing found in what could be checked')]
  const most = options.verbose ? causes.length : Math.max(3, Math.min(MOST_CAUSES, room))
  const rows = causes
    .slice(0, most)
    .map(({ rule, severity, what, findings: number, example, shared }) => [
      `  ${severity}`,
      rule,
      number === 1
        ? escaped(example)
        : `${number} findings${shared === undefined ? '' : ` (${escaped(shared)})`}`,
      shortened(escaped(what)),
    ])
  const more = causes.length - most
  return [
    style.bold(`${count(findings.length, 'finding')} of ${count(causes.length, 'cause')}`),
    ...table(rows, [], options.width),
    ...(more > 0 ? [`  and ${count(more, 'more cause', 'more causes')}`] : []),
    ...(options.detailsHint === undefined ? [] : [style.dim(options.detailsHint)]),
  ]
}

/** The gist of a message; `--details` has all of it. */
const LONGEST = 110

function shortened(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text
}

/** Cells in columns, two blanks between; a line that is too long is cut, since a table is to be looked at. */
function table(
  rows: readonly (readonly string[])[],
  numeric: readonly number[],
  width: number | undefined,
): readonly string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length))) ?? []
  return rows.map((row) => {
    const cells = row.map((cell, column) =>
      numeric.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
    )
    const line = cells.join('  ').trimEnd()
    return width !== undefined && line.length > width ? `${line.slice(0, width - 1)}…` : line
  })
}
