import type { CallerChange, CallerMove, RoleChange, TrustDiff } from '../report.js'
import { escaped } from '../text/quote.js'
import { gapLines, otherFilesText } from './coverage.js'
import { changeJson, envelope, gapJson, print } from './json-parts.js'
import { namedCallers } from './named-callers.js'
import { count, listed, paragraph } from './paragraph.js'
import type { RunInfo } from './run.js'
import { styleOf } from './style.js'
import type { Style } from './style.js'
import { requestLines, witnessText } from './witness.js'

export interface DiffTextOptions {
  readonly color?: boolean
  /** Also the whole request of each witness, and every gap. */
  readonly verbose?: boolean
  /** Columns to break sentences at; by default they are not broken. */
  readonly width?: number
  /** Files of a folder that were looked at and are something else. */
  readonly otherFiles?: number
}

type Lines = (label: string, text: string) => readonly string[]

const MECHANISMS: Readonly<Record<CallerChange['mechanism'], string>> = {
  irsa: 'IRSA',
  'pod-identity': 'Pod Identity',
  'web-identity': 'Web identity',
  'aws-principal': 'AWS credentials',
}

/**
 * Who gains and who loses, for people: one paragraph per role, in it one entry per mechanism, each gain and loss with a
 * witness. The last lines say how many roles changed and what could not be compared.
 *
 * @example
 * ```ts
 * import { toDiffText } from '@podtrust/core/reporters/diff'
 *
 * process.stdout.write(toDiffText(diffTrust(before, after), { width: 100 }))
 * ```
 */
export function toDiffText(diff: TrustDiff, options: DiffTextOptions = {}): string {
  const style = styleOf(options.color)
  const lines: Lines = (label, text) => paragraph(label, escaped(text), options.width)
  const out = diff.changes.flatMap((change) => [...changeLines(change, options, style, lines), ''])
  out.push(style.bold(summary(diff)), ...gapLines(diff.gaps, options))
  const { otherFiles = 0 } = options
  if (otherFiles > 0) out.push(otherFilesText(otherFiles))
  return `${out.join('\n')}\n`
}

function changeLines(
  { role, change, callers, associations }: RoleChange,
  { verbose = false }: DiffTextOptions,
  style: Style,
  lines: Lines,
): readonly string[] {
  const { name, arn, address } = role
  const others = [address, arn].filter((text) => text !== undefined && text !== name)
  const what = change === 'appeared' ? 'new role ' : change === 'disappeared' ? 'role gone ' : ''
  const out = [
    what +
      style.bold(escaped(name)) +
      (others.length === 0 ? '' : style.dim(`  ${escaped(others.join('  '))}`)),
  ]
  for (const caller of callers) {
    out.push(
      ...lines('  ', `${MECHANISMS[caller.mechanism]}, ${caller.from}`).map((line) => style.cyan(line)),
    )
    for (const move of caller.gained) out.push(...moveLines('gains', caller, move, verbose, style.red, lines))
    for (const move of caller.lost) out.push(...moveLines('loses', caller, move, verbose, style.dim, lines))
    const { added, dropped } = caller.tests
    if (dropped.length > 0) out.push(...lines('    no longer tested: ', listed(dropped)))
    if (added.length > 0) out.push(...lines('    tested as well: ', listed(added)))
  }
  for (const one of associations?.gained ?? []) out.push(...lines('  association comes: ', one))
  for (const one of associations?.lost ?? []) out.push(...lines('  association goes: ', one))
  if (out.length === 1) out.push('  no pod, no token and no caller with AWS credentials that it lets in')
  return out
}

function moveLines(
  verb: 'gains' | 'loses',
  { mechanism }: CallerChange,
  { certainty, who, witness }: CallerMove,
  verbose: boolean,
  paint: (text: string) => string,
  lines: Lines,
): readonly string[] {
  const [first = '', ...rest] = lines(
    `    ${certainty === 'perhaps' ? 'perhaps ' : ''}${verb}: `,
    namedCallers(who, mechanism),
  )
  const out = [paint(first), ...rest.map(paint)]
  if (witness === undefined) return out
  out.push(...lines('      witness: ', witnessText(witness)))
  if (verbose) out.push(...requestLines(witness).map((line) => `        ${line}`))
  return out
}

function summary({ changes, roles, gaps }: TrustDiff): string {
  const changed = changes.filter(({ change }) => change === 'changed')
  const wider = changed.filter(({ widens }) => widens).length
  const parts: string[] = []
  if (wider > 0) parts.push(`${count(wider, 'role')} ${wider === 1 ? 'lets' : 'let'} more callers in`)
  if (changed.length > wider)
    parts.push(`${count(changed.length - wider, 'role')} changed without letting more in`)
  if (roles.appeared > 0) parts.push(count(roles.appeared, 'new role'))
  if (roles.disappeared > 0) parts.push(`${count(roles.disappeared, 'role')} gone`)
  if (parts.length === 0) parts.push(gaps.length > 0 ? 'No change in what could be compared' : 'No change')
  const total =
    roles.before === 0 && roles.after === 0 ? 'no role in the inputs' : `${roles.unchanged} unchanged`
  return `${parts.join(', ')}; ${total}`
}

/**
 * The same as JSON, in the shape of `podtrust schema report`: `changes` holds every role with a change, `compared` what
 * became of all roles.
 */
export function toDiffJson(diff: TrustDiff, run: RunInfo): string {
  const { changes, roles, gaps } = diff
  return print({
    ...envelope(run, {
      complete: gaps.length === 0,
      roles: { total: roles.after },
      gaps: gaps.map(gapJson),
      otherFiles: run.otherFiles ?? 0,
    }),
    analyses: [],
    findings: [],
    changes: changes.map(changeJson),
    compared: { ...roles },
    suppressed: [],
    errors: [...(run.errors ?? [])],
  })
}
