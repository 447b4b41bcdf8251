/** Words of a report, for text and for HTML. They are not escaped. */
import type { Finding, RoleChange, RoleReference } from '../report.js'
import { namedCallers } from './named-callers.js'
import { count, listed } from './paragraph.js'
import { witnessWords } from './witness.js'

type Severity = Finding['severity']

/** Worst first. */
export const WORST_FIRST: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info']

/** `3 findings: 1 high, 2 low; 1 possible, not proved` */
export function summary(findings: readonly Finding[]): string {
  const counts = new Map<Severity, number>()
  let possible = 0
  for (const { severity, certainty } of findings) {
    counts.set(severity, (counts.get(severity) ?? 0) + 1)
    if (certainty === 'possible') possible++
  }
  const parts = WORST_FIRST.filter((severity) => counts.has(severity)).map(
    (severity) => `${counts.get(severity)} ${severity}`,
  )
  const note = possible === 0 ? '' : `; ${possible} possible, not proved`
  return `${count(findings.length, 'finding')}: ${parts.join(', ')}${note}`
}

/** A role that a plan lets more callers into, and whom. */
export function widenedText({ role, callers, associations }: RoleChange): string {
  const gains = callers.flatMap(({ mechanism, gained }) =>
    gained.map(({ certainty, who, witness }) => {
      const example = witness === undefined ? '' : `, for example ${witnessWords(witness)}`
      return `${certainty === 'perhaps' ? 'perhaps ' : ''}${namedCallers(who, mechanism)}${example}`
    }),
  )
  for (const one of associations?.gained ?? []) gains.push(`the association of ${one}`)
  return `${roleText(role)} also lets in ${gains.join('; ')}`
}

/** The role, or what else the finding is about. */
export function subjectText({ role, subject }: Pick<Finding, 'role' | 'subject'>): string {
  return subject === undefined ? (role === undefined ? '' : roleText(role)) : subject.name
}

function roleText({ name, arn, address }: RoleReference): string {
  const others = [address, arn].filter((text) => text !== undefined && text !== name)
  return name + (others.length === 0 ? '' : ` (${listed(others.map((text) => text ?? ''))})`)
}
