/** What the JSON reports have in common. */
import type { CallerMove, FindingWitness, Report, RoleChange, RoleConflict } from '../report.js'
import type { Location } from '../text/location.js'
import { nearestPosition } from './code-frame.js'
import type { JsonReport } from './report-schema.js'
import type { RunInfo } from './run.js'

type Json = JsonReport
type Change = NonNullable<Json['changes']>[number]

export function envelope(
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

export function gapJson({
  kind,
  subject,
  reason,
  location,
  permission,
}: Report['coverage']['gaps'][number]): Json['coverage']['gaps'][number] {
  return {
    kind,
    subject,
    reason,
    ...(permission === undefined ? {} : { permission }),
    ...(location === undefined ? {} : { location: locationJson(location) }),
  }
}

export function locationJson(location: Location): Json['findings'][number]['location'] {
  const { input, pointer, inner } = location
  return {
    file: input.name,
    ...nearestPosition(location),
    pointer,
    ...(inner === undefined ? {} : { innerPointer: inner.pointer }),
  }
}

export function witnessJson({
  request,
  ...who
}: FindingWitness): NonNullable<Json['findings'][number]['witness']> {
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

export function print(report: Json): string {
  return `${JSON.stringify(report, undefined, 2).replace(/[\u007f-\uffff]/g, asciiEscape)}\n`
}

function asciiEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

export function conflictsJson(
  conflicts: readonly RoleConflict[] | undefined,
): Pick<Json['coverage'], 'conflicts'> {
  if (conflicts === undefined) return {}
  return {
    conflicts: conflicts.map(({ role, inputs, policies, callers }) => ({
      role: { ...role },
      inputs: [...inputs],
      policies,
      callers,
    })),
  }
}

export function changeJson({ role, change, widens, callers, associations }: RoleChange): Change {
  return {
    role: { ...role },
    change,
    widens,
    callers: callers.map(({ mechanism, from, issuer, gained, lost, tests }) => ({
      mechanism,
      from,
      ...(issuer === undefined ? {} : { issuer }),
      gained: gained.map(moveJson),
      lost: lost.map(moveJson),
      tests: { added: [...tests.added], dropped: [...tests.dropped] },
    })),
    ...(associations === undefined
      ? {}
      : { associations: { gained: [...associations.gained], lost: [...associations.lost] } }),
  }
}

function moveJson({
  certainty,
  who,
  serviceAccounts,
  witness,
}: CallerMove): Change['callers'][number]['gained'][number] {
  return {
    certainty,
    description: who,
    ...(serviceAccounts === undefined
      ? {}
      : { serviceAccounts: serviceAccounts.map(({ namespace, name }) => ({ namespace, name })) }),
    ...(witness === undefined ? {} : { witness: witnessJson(witness) }),
  }
}
