import type { Report, RoleConflict } from '../report.js'
import { escaped } from '../text/quote.js'
import { placeOf } from './code-frame.js'
import { count, listed, paragraph } from './paragraph.js'

type Coverage = Report['coverage']

export interface CoverageOptions {
  readonly verbose?: boolean
  readonly width?: number
  /** Files of a folder that were looked at and are something else. */
  readonly otherFiles?: number
}

/** More gaps than this are counted, not listed. */
const MAX_GAPS = 12

/** What was judged and what was not: the line that is never missing, and below it one line for each gap. */
export function coverageLines(coverage: Coverage, options: CoverageOptions): readonly string[] {
  return [
    coverageLine(coverage, options),
    ...gapLines(coverage.gaps, options),
    ...silencedLines(coverage, options),
    ...scopeLines(coverage.outOfScope ?? [], options),
    ...conflictLines(coverage.conflicts ?? [], options),
  ]
}

/** What was judged, in one line. */
export function coverageLine(
  { roles, clusters = 0, serviceAccounts = 0 }: Coverage,
  { otherFiles = 0 }: CoverageOptions,
): string {
  const { total, analyzed, unchanged, pod } = roles
  const judged = total - unchanged
  const parts: string[] = []
  if (total === 0) parts.push('no role to check in the input')
  else if (judged === 0) parts.push(`checked none of ${count(total, 'role')}`)
  else parts.push(`checked ${analyzed} of ${count(judged, 'role')} (${pod} with trust for pods)`)
  if (clusters > 0) parts.push(count(clusters, 'cluster'))
  if (serviceAccounts > 0) parts.push(count(serviceAccounts, 'service account'))
  if (unchanged > 0) parts.push(`${unchanged} left unchanged by the plan, \`--all\` checks them too`)
  if (otherFiles > 0) parts.push(otherFilesText(otherFiles))
  return parts.join('; ')
}

export function otherFilesText(number: number): string {
  return `${count(number, 'other file')} in folders ${number === 1 ? 'holds' : 'hold'} something else`
}

/** One line for each gap; many are told apart by the first of them, unless everything is asked for. */
export function gapLines(
  gaps: readonly { readonly reason: string; readonly location?: Coverage['gaps'][number]['location'] }[],
  { verbose, width }: CoverageOptions,
): readonly string[] {
  const lines = new Set<string>()
  for (const { reason, location } of gaps) {
    const where = location === undefined ? '' : ` (${placeOf(location)})`
    for (const line of paragraph('  not checked: ', escaped(reason) + where, width)) lines.add(line)
    if (!verbose && lines.size >= MAX_GAPS && gaps.length > MAX_GAPS) {
      lines.add(`  and ${gaps.length - MAX_GAPS} more gaps, \`-v\` lists them all`)
      break
    }
  }
  return [...lines]
}

/** Which questions the gaps leave open. */
function silencedLines({ silenced = [] }: Coverage, { width }: CoverageOptions): readonly string[] {
  if (silenced.length === 0) return []
  return paragraph('  silent about what was not read: ', listed(silenced), width)
}

/** What nobody asked to look at: it makes no answer incomplete, and a reader should know. */
function scopeLines(clauses: readonly string[], { width }: CoverageOptions): readonly string[] {
  return clauses.flatMap((clause) => paragraph('  not looked at: ', escaped(clause), width))
}

/** Roles that two inputs hold: those that differ one by one, the others by their number. */
export function conflictLines(
  conflicts: readonly RoleConflict[],
  { verbose, width }: CoverageOptions,
): readonly string[] {
  const differing = conflicts.filter(({ policies }) => policies !== 'same')
  const shown = verbose ? differing : differing.slice(0, MAX_GAPS)
  const lines = shown.flatMap((conflict) =>
    paragraph('  in two inputs: ', escaped(conflictText(conflict)), width),
  )
  if (differing.length > shown.length)
    lines.push(`  and ${differing.length - shown.length} more, \`-v\` lists them all`)
  const same = conflicts.length - differing.length
  if (same > 0) lines.push(`  in two inputs: ${count(same, 'role')} with the same policy`)
  return lines
}

/** One role that two inputs hold, as a clause that is not escaped. */
export function conflictText({ role, inputs: [one, other], policies, callers }: RoleConflict): string {
  const how =
    policies === 'same'
      ? 'with the same policy'
      : policies === 'unknown'
        ? 'one of the two policies is not known'
        : callers === 'same'
          ? 'with other words, and the same callers let in'
          : callers === 'different'
            ? 'and the two policies let different callers in'
            : 'with different policies, and whether they let the same callers in cannot be told'
  return one === other ? `${role.name}, ${how}` : `${role.name} is in ${one} and ${other}, ${how}`
}
