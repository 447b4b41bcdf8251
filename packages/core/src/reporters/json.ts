import type { Finding, Report, WhoAnswer, WhoReport } from '../report.js'
import type { Location } from '../text/location.js'
import { nearestPosition } from './code-frame.js'
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
  const { complete, roles, serviceAccounts, gaps } = report.coverage
  return print({
    ...envelope(run, {
      complete,
      roles: { ...roles },
      ...(serviceAccounts === undefined ? {} : { serviceAccounts }),
      gaps: gaps.map(gapOf),
      otherFiles: run.otherFiles ?? 0,
    }),
    analyses: report.analyses.map(analysisOf),
    findings: report.findings.map(findingOf),
    suppressed: [],
    errors: [...(run.errors ?? [])],
  })
}

/** The answers of `who`, in the same shape; nothing was judged, so there are no findings. */
export function toWhoJson(report: WhoReport, run: RunInfo): string {
  const { answers, roles, gaps } = report
  const isComplete = gaps.length === 0
  const counts = { total: roles.total, unreachable: roles.without }
  return print({
    ...envelope(run, {
      complete: isComplete,
      roles: counts,
      gaps: gaps.map((gap) => ({ ...gap })),
      otherFiles: run.otherFiles ?? 0,
    }),
    analyses: answers.map(analysisOf),
    findings: [],
    suppressed: [],
    errors: [...(run.errors ?? [])],
  })
}

function envelope(
  run: RunInfo,
  coverage: Json['coverage'],
): Pick<Json, 'schemaVersion' | 'tool' | 'inputs' | 'coverage'> {
  return {
    schemaVersion: 1,
    tool: { name: 'podtrust', version: run.version },
    inputs: run.inputs.map(({ name }) => ({ name })),
    coverage,
  }
}

function gapOf({
  kind,
  subject,
  reason,
  location,
}: Report['coverage']['gaps'][number]): Json['coverage']['gaps'][number] {
  return { kind, subject, reason, ...(location === undefined ? {} : { location: locationOf(location) }) }
}

function locationOf(location: Location): Json['findings'][number]['location'] {
  const { input, pointer, inner } = location
  return {
    file: input.name,
    ...nearestPosition(location),
    pointer,
    ...(inner === undefined ? {} : { innerPointer: inner.pointer }),
  }
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

function findingOf(finding: Finding): Json['findings'][number] {
  const {
    rule,
    kind,
    severity,
    certainty,
    message,
    help,
    role,
    subject,
    location,
    related,
    witness,
    fix,
    docs,
    fingerprint,
  } = finding
  return {
    rule,
    kind,
    severity,
    certainty,
    message,
    ...(help === undefined ? {} : { help }),
    ...(role === undefined ? {} : { role: { ...role } }),
    ...(subject === undefined ? {} : { subject: { ...subject } }),
    location: locationOf(location),
    related: related.map(({ location: other, note }) => ({ location: locationOf(other), note })),
    ...(witness === undefined ? {} : { witness: witnessOf(witness) }),
    ...(fix === undefined ? {} : { fix: { title: fix.title, safe: fix.safe, patch: [...fix.patch] } }),
    docs,
    fingerprint,
  }
}

function witnessOf({
  request,
  ...who
}: NonNullable<Finding['witness']>): NonNullable<Json['findings'][number]['witness']> {
  const { actions, caller, context } = request
  return {
    ...who,
    request: {
      actions: [...actions],
      caller: { ...caller },
      context: Object.fromEntries(
        [...context].map(([key, value]) => [
          key,
          value.state === 'present'
            ? { state: value.state, values: [...value.values] }
            : { state: value.state },
        ]),
      ),
    },
  }
}

function print(report: Json): string {
  return `${JSON.stringify(report, undefined, 2).replace(/[\u007f-\uffff]/g, asciiEscape)}\n`
}

function asciiEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
