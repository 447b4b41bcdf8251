import { compareMechanisms } from '@podtrust/core'
import type { Inventory, Report } from '@podtrust/core'
import { toHtml } from '@podtrust/core/reporters/html'
import type { HtmlOptions } from '@podtrust/core/reporters/html'

/** The page of a check, with the comparison of mechanisms where there is anything to compare. */
export function htmlReport(report: Report, inventory: Inventory, run: HtmlOptions): string {
  const comparison = compareMechanisms(inventory)
  const { rows, openRoles } = comparison
  return toHtml(report, rows.length + openRoles.length === 0 ? run : { ...run, comparison })
}
