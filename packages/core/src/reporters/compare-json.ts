import type { ComparedServiceAccount, MechanismComparison } from '../report.js'
import type { JsonCompare } from './compare-schema.js'
import type { RunInfo } from './run.js'

/** The comparison as JSON, in the shape of `podtrust schema compare`. The text is ASCII, as of all JSON reports. */
export function toCompareJson(comparison: MechanismComparison, run: RunInfo): string {
  const { rows, openRoles, counts, assumptions, gaps } = comparison
  const answer: JsonCompare = {
    schemaVersion: 1,
    tool: { name: 'podtrust', version: run.version },
    inputs: run.inputs.map(({ name }) => ({ name })),
    coverage: {
      complete: gaps.length === 0,
      gaps: gaps.map(({ subject, reason }) => ({ subject, reason })),
      otherFiles: run.otherFiles ?? 0,
    },
    counts: { ...counts },
    serviceAccounts: rows.map(rowJson),
    openRoles: openRoles.map((one) => ({ ...one })),
    assumptions: [...assumptions],
    errors: [...(run.errors ?? [])],
  }
  return `${JSON.stringify(answer, undefined, 2).replace(/[\u007f-\uffff]/g, asciiEscape)}\n`
}

function rowJson(row: ComparedServiceAccount): JsonCompare['serviceAccounts'][number] {
  const { gets, admittedBy, notes } = row
  return {
    ...row,
    admittedBy: [...admittedBy],
    gets: gets.map(({ workloads, ...rest }) => ({
      ...rest,
      ...(workloads === undefined ? {} : { workloads: [...workloads] }),
    })),
    notes: [...notes],
  }
}

function asciiEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
