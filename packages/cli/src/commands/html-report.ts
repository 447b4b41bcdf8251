import { compareMechanisms } from '@podtrust/core'
import { toHtml } from '@podtrust/core/reporters/html'
import type { Arguments } from '../options.js'
import { check } from './check.js'
import type { MakePage } from './check.js'

/** The page of a check, with the comparison of mechanisms where there is anything to compare. */
export const htmlReport: MakePage = (report, inventory, run) => {
  const comparison = compareMechanisms(inventory)
  const { rows, openRoles } = comparison
  return toHtml(report, rows.length + openRoles.length === 0 ? run : { ...run, comparison })
}

/**
 * `podtrust check` where a page is asked for. All of it runs in this file of the bundle: where things stand in an input is
 * known to the code that read it, and this file has its own.
 */
export function checkWithPage(options: Arguments): Promise<number> {
  return check(options, htmlReport)
}
