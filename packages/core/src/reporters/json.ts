import type { Report, WhoAnswer, WhoReport } from '../report.js'
import { findingOf } from './json-finding.js'
import { changeJson, conflictsJson, envelope, gapJson, print } from './json-parts.js'
import type { JsonReport } from './report-schema.js'
import type { RunInfo } from './run.js'

export type { RunError, RunInfo, RunInput } from './run.js'

type Json = JsonReport

/**
 * The whole report as JSON, in the shape of `podtrust schema report`. Lines and columns are 1-based, the end exclusive.
 * The text is ASCII, so that no name in it can do anything to a terminal.
 *
 * @example
 * ```ts
 * import { toJson } from '@podtrust/core/reporters/json'
 *
 * const report = checkTrust(inventory, { analyses: true })
 * writeFileSync('report.json', toJson(report, { version: '1.0.0', inputs: [{ name: 'plan.json' }] }))
 * ```
 */
export function toJson(report: Report, run: RunInfo): string {
  const { complete, roles, clusters, serviceAccounts, gaps, silenced, outOfScope, conflicts } =
    report.coverage
  const { widened } = report
  const { analysesLeftOut } = run
  return print({
    ...envelope(run, {
      complete,
      roles: { ...roles },
      ...(serviceAccounts === undefined ? {} : { serviceAccounts }),
      ...(clusters === undefined ? {} : { clusters }),
      gaps: gaps.map(gapJson),
      ...(silenced === undefined ? {} : { silenced: [...silenced] }),
      ...(outOfScope === undefined ? {} : { outOfScope: [...outOfScope] }),
      otherFiles: run.otherFiles ?? 0,
      ...conflictsJson(conflicts),
    }),
    ...(widened === undefined ? {} : { changes: widened.map(changeJson) }),
    analyses: report.analyses.map(analysisOf),
    ...(analysesLeftOut === undefined ? {} : { analysesLeftOut }),
    findings: report.findings.map(findingOf),
    suppressed: [],
    errors: [...(run.errors ?? [])],
  })
}

/** The answers of `who`, in the same shape; nothing was judged, so there are no findings. */
export function toWhoJson(report: WhoReport, run: RunInfo): string {
  const { answers, roles, gaps, conflicts } = report
  const isComplete = gaps.length === 0
  const counts = { total: roles.total, unreachable: roles.without }
  return print({
    ...envelope(run, {
      complete: isComplete,
      roles: counts,
      gaps: gaps.map((gap) => ({ ...gap })),
      otherFiles: run.otherFiles ?? 0,
      ...conflictsJson(conflicts),
    }),
    analyses: answers.map(analysisOf),
    findings: [],
    suppressed: [],
    errors: [...(run.errors ?? [])],
  })
}

function analysisOf(answer: WhoAnswer): Json['analyses'][number] {
  const {
    role,
    mechanism,
    from,
    issuer,
    cluster,
    possible,
    certain,
    serviceAccounts,
    certainServiceAccounts,
  } = answer
  const { witness, associations, sessionTags, grants, undecided, assumptions, residual } = answer
  return {
    role: { ...role },
    mechanism,
    from,
    ...(issuer === undefined ? {} : { issuer }),
    ...(cluster === undefined ? {} : { cluster: { ...cluster } }),
    possible: { description: possible, ...membersOf(serviceAccounts) },
    certain: { description: certain, ...membersOf(certainServiceAccounts) },
    ...(witness === undefined ? {} : { witness }),
    ...(associations === undefined ? {} : { associations: [...associations] }),
    ...(sessionTags === undefined ? {} : { sessionTags: { ...sessionTags } }),
    grants: grants.map(({ at, actions, ...rest }) => ({ pointer: at, ...rest, actions: [...actions] })),
    undecided: [...undecided],
    assumptions: [...assumptions],
    residual: [...residual],
  }
}

function membersOf(
  members: WhoAnswer['serviceAccounts'],
): Pick<Json['analyses'][number]['possible'], 'serviceAccounts'> {
  return members === undefined
    ? {}
    : { serviceAccounts: members.map(({ namespace, name }) => ({ namespace, name })) }
}
