import type { MechanismComparison } from '../report.js'
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
import { markup, table } from './html-markup.js'
import type { Markup, TableRow } from './html-markup.js'
import { capital, grantedList, list, section } from './html-sections.js'
import { count, listed } from './paragraph.js'

const LOOKS = { works: 'good', nothing: 'bad', either: 'doubt', unknown: 'doubt' } as const

/** The comparison of mechanisms, one table per cluster. */
export function comparisonSection(comparison: MechanismComparison): Markup {
  const { rows, counts, assumptions } = comparison
  const nameRole = roleNames(comparison)
  const nameCluster = clusterNames(comparison)
  const clusters = new Map<string, TableRow[]>()
  for (const row of rows) {
    const cluster = nameCluster(row.cluster)
    const known = clusters.get(cluster) ?? []
    known.push({ cells: cellsOf(row, nameRole), look: LOOKS[row.verdict], remarks: remarksOf(row, nameRole) })
    clusters.set(cluster, known)
  }
  const parts = VERDICTS.filter((one) => counts[one] > 0).map((one) => `${counts[one]} ${VERDICT_WORDS[one]}`)
  const summary =
    rows.length === 0
      ? 'No service account has a role by name, annotation or association.'
      : `${count(rows.length, 'service account')}: ${parts.join(', ')}.`
  const columns = COLUMNS.map((title, index) => ({ title, isCode: index === 0 }))
  const open = openLines(comparison, nameCluster).map(
    ({ admits, roles }) => markup`${listed(roles)} ${roles.length === 1 ? 'admits' : 'admit'} ${admits}`,
  )
  return section(
    'comparison',
    'IRSA against Pod Identity',
    markup`<p class="verdict">${summary}</p>\n`,
    ...[...clusters].map(([cluster, its]) => table(capital(cluster), columns, its)),
    open.length === 0 ? undefined : markup`<h3>Roles that admit more than can be listed</h3>\n`,
    list(open),
    grantedList(assumptions),
  )
}
