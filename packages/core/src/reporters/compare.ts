import type { ComparedServiceAccount, MechanismComparison } from '../report.js'
import { escaped } from '../text/quote.js'
import { widthOf, wrapped } from '../text/width.js'
import {
  COLUMNS,
  VERDICTS,
  VERDICT_WORDS,
  cellsOf,
  clusterNames,
  openLines,
  remarksOf,
  roleNames,
} from './compare-words.js'
import type { NameCluster } from './compare-words.js'
import { gapLines, otherFilesText } from './coverage.js'
import { count, listed, paragraph } from './paragraph.js'
import { styleOf } from './style.js'
import type { Paint, Style } from './style.js'

export { toCompareJson } from './compare-json.js'

export interface CompareTextOptions {
  readonly color?: boolean
  /** Also every gap, and all names of a long list. */
  readonly verbose?: boolean
  /** Columns of the table; by default it is as wide as its longest names. */
  readonly width?: number
  /** Files of a folder that were looked at and are something else. */
  readonly otherFiles?: number
}

const GAP = '  '
const LEAST = 12

/** More names than this are counted, not listed. */
const MAX_NAMES = 8

/**
 * The comparison as a table for people, one block per cluster, with what is wrong below the row. In a narrow terminal long
 * names go on in the next line, in their column; nothing is cut.
 *
 * @example
 * ```ts
 * import { toCompareText } from '@podtrust/core/reporters/compare'
 *
 * process.stdout.write(toCompareText(compareMechanisms(inventory), { width: process.stdout.columns }))
 * ```
 */
export function toCompareText(comparison: MechanismComparison, options: CompareTextOptions = {}): string {
  const style = styleOf(options.color)
  const { rows } = comparison
  const nameRole = roleNames(comparison)
  const nameCluster = clusterNames(comparison)
  const cells = rows.map((row) => cellsOf(row, nameRole).map(escaped))
  const widths = widthsOf([COLUMNS, ...cells], options.width)
  const out: string[] = []
  let heading: string | undefined
  for (const [index, row] of rows.entries()) {
    const text = nameCluster(row.cluster)
    if (text !== heading) {
      if (heading !== undefined) out.push('')
      heading = text
      out.push(style.cyan(escaped(text)))
      out.push(
        ...lines(
          COLUMNS.map((one) => one.toUpperCase()),
          widths,
          () => style.dim,
        ),
      )
    }
    out.push(...lines(cells[index] ?? [], widths, (column) => paintOf(column, row, style)))
    for (const remark of remarksOf(row, nameRole))
      out.push(...paragraph('    ', escaped(remark), options.width))
  }
  if (rows.length > 0) out.push('')
  out.push(...openRoleLines(comparison, nameCluster, options))
  out.push(...closingLines(comparison, options, style))
  return `${out.join('\n')}\n`
}

/** As wide as their longest text; where that is more than there is, the widest give way first. */
function widthsOf(table: readonly (readonly string[])[], width: number | undefined): readonly number[] {
  const widths = COLUMNS.map((_, column) =>
    table.reduce((most, cells) => Math.max(most, widthOf(cells[column] ?? '')), 0),
  )
  if (width === undefined) return widths
  const room = width - GAP.length * COLUMNS.length
  for (;;) {
    const widest = Math.max(...widths)
    const total = widths.reduce((sum, one) => sum + one, 0)
    if (total <= room || widest <= LEAST) return widths
    const at = widths.indexOf(widest)
    // Down to the next widest, or as far as is needed.
    const next = Math.max(LEAST, ...widths.filter((one) => one < widest))
    widths[at] = Math.max(LEAST, Math.min(widest - 1, Math.max(next, widest - (total - room))))
  }
}

function lines(
  cells: readonly string[],
  widths: readonly number[],
  paint: (column: number) => Paint,
): readonly string[] {
  const pieces = cells.map((cell, column) => wrapped(cell, widths[column] ?? LEAST))
  const height = Math.max(...pieces.map(({ length }) => length))
  return Array.from({ length: height }, (_, index) => {
    const line = pieces.map((column, at) => {
      const text = column[index] ?? ''
      const isLast = at === pieces.length - 1
      return paint(at)(text) + (isLast ? '' : ' '.repeat(Math.max(0, (widths[at] ?? 0) - widthOf(text))))
    })
    return `${GAP}${line.join(GAP)}`.trimEnd()
  })
}

const plain: Paint = (text) => text

function paintOf(column: number, { verdict }: ComparedServiceAccount, style: Style): Paint {
  if (column === 0) return style.bold
  if (column < COLUMNS.length - 1) return plain
  if (verdict === 'nothing') return style.red
  return verdict === 'works' ? plain : style.yellow
}

function openRoleLines(
  comparison: MechanismComparison,
  nameCluster: NameCluster,
  { verbose, width }: CompareTextOptions,
): readonly string[] {
  const out = openLines(comparison, nameCluster).flatMap(({ admits, roles }) => {
    const shown = roles.slice(0, verbose ? undefined : MAX_NAMES)
    const more = roles.length - shown.length
    const names = more > 0 ? `${shown.join(', ')} and ${more} more` : listed(shown)
    const verb = roles.length === 1 ? 'admits' : 'admit'
    return paragraph('  ', escaped(`${names} ${verb} ${admits}`), width)
  })
  return out.length === 0 ? [] : ['roles that admit more than can be listed:', ...out, '']
}

function closingLines(
  { rows, counts, assumptions, gaps }: MechanismComparison,
  options: CompareTextOptions,
  style: Style,
): readonly string[] {
  const { width, otherFiles = 0 } = options
  const out: string[] = assumptions.length === 0 ? [] : ['taken for granted:']
  for (const assumption of assumptions) out.push(...paragraph('  ', escaped(assumption), width))
  out.push(...gapLines(gaps, options).map((line) => line.slice(2)))
  if (otherFiles > 0) out.push(otherFilesText(otherFiles))
  if (rows.length === 0)
    return [...out, style.bold('No service account with a role by name, annotation or association')]
  const parts = VERDICTS.filter((one) => counts[one] > 0).map((one) => `${counts[one]} ${VERDICT_WORDS[one]}`)
  return [...out, style.bold(`${count(rows.length, 'service account')}: ${parts.join(', ')}`)]
}
