import type { WhoAnswer, WhoReport } from '../report.js'
import { escaped } from '../text/quote.js'
import { conflictLines, gapLines, otherFilesText } from './coverage.js'
import { namedCallers } from './named-callers.js'
import { count, paragraph } from './paragraph.js'
import { styleOf } from './style.js'
import type { Style } from './style.js'

export interface WhoTextOptions {
  readonly color?: boolean
  /** Also what the policy tests besides who calls, and every gap. */
  readonly verbose?: boolean
  /** Columns to break sentences at; by default they are not broken. */
  readonly width?: number
  /** Files of a folder that were looked at and are something else. */
  readonly otherFiles?: number
}

interface Scene {
  readonly style: Style
  readonly options: WhoTextOptions
}

const MECHANISMS: Readonly<Record<WhoAnswer['mechanism'], string>> = {
  irsa: 'IRSA',
  'pod-identity': 'Pod Identity',
  'web-identity': 'Web identity',
  'aws-principal': 'AWS credentials',
}

const NOBODY = 'no service account'

/**
 * Who can assume each role, for people: one paragraph per role, one entry per mechanism. Where not everything can be
 * told there are two lines, `certain` and `possible`. The last lines say how many roles no pod and no token can reach,
 * what was taken for granted, and what was left out.
 *
 * @example
 * ```ts
 * import { toWhoText } from '@podtrust/core/reporters/who'
 *
 * process.stdout.write(toWhoText(whoCanAssume(inventory), { width: 100 }))
 * ```
 */
export function toWhoText(report: WhoReport, options: WhoTextOptions = {}): string {
  const scene: Scene = { style: styleOf(options.color), options }
  const out: string[] = []
  let role: string | undefined
  for (const answer of report.answers) {
    if (answer.role.key !== role) {
      if (role !== undefined) out.push('')
      role = answer.role.key
      out.push(roleLine(answer, scene))
    }
    out.push(...answerLines(answer, scene))
  }
  if (report.answers.length > 0) out.push('')
  out.push(...closingLines(report, scene))
  return `${out.join('\n')}\n`
}

function roleLine({ role: { name, arn, address } }: WhoAnswer, { style }: Scene): string {
  const others = [address, arn].filter((text) => text !== undefined && text !== name)
  return style.bold(escaped(name)) + (others.length === 0 ? '' : style.dim(`  ${escaped(others.join('  '))}`))
}

function answerLines(answer: WhoAnswer, scene: Scene): readonly string[] {
  const { style, options } = scene
  const lines = (label: string, text: string): readonly string[] =>
    paragraph(label, escaped(text), options.width)
  const out: string[] = [...lines('  ', `${MECHANISMS[answer.mechanism]}, ${answer.from}`)]
  const [head = '', ...rest] = out
  out.splice(0, out.length, style.cyan(head), ...rest.map((line) => style.cyan(line)))
  if (answer.mechanism === 'pod-identity') out.push(...podIdentityLines(answer, lines))
  else out.push(...setLines('    ', '', answer, lines))
  for (const reason of answer.undecided) out.push(...lines('      not decided: ', reason))
  if (options.verbose && answer.residual.length > 0)
    out.push(...lines('      also tested: ', answer.residual.join(', ')))
  return out
}

type Lines = (label: string, text: string) => readonly string[]

/** One line where everything is decided, else the two bounds. */
function setLines(indent: string, label: string, answer: WhoAnswer, lines: Lines): readonly string[] {
  const { possible, witness, mechanism } = answer
  const isPlain = witness === undefined || possible.includes(witness) || mechanism === 'aws-principal'
  const example = isPlain ? '' : `, for example ${witness}`
  const whole = namedCallers(possible, mechanism) + example
  if (answer.certain === possible) return lines(indent + label, whole)
  const certain = namedCallers(answer.certain, mechanism)
  const padding = ' '.repeat(label.length)
  return [...lines(`${indent}${label}certain:  `, certain), ...lines(`${indent}${padding}possible: `, whole)]
}

/** What associations make of the trust today, and what it would let them make. */
function podIdentityLines(answer: WhoAnswer, lines: Lines): readonly string[] {
  const { associations, sessionTags } = answer
  const now =
    associations === undefined
      ? 'associations not read'
      : associations.length === 0
        ? 'nobody, no association that was read leads here'
        : associations.join(', ')
  const out = [...lines('    now:   ', now)]
  if (sessionTags === undefined || sessionTags.on === sessionTags.off)
    return [...out, ...setLines('    ', 'could: ', answer, lines)]
  const { on, off } = sessionTags
  const isDecided = answer.certain === answer.possible
  const doubt = isDecided ? '' : 'perhaps '
  return [
    ...out,
    ...lines('    could: ', `${on === NOBODY ? '' : doubt}${on}, by associations with session tags`),
    ...lines('           ', `${off === NOBODY ? '' : doubt}${off}, by associations without session tags`),
  ]
}

function closingLines(
  { answers, roles, gaps, conflicts = [] }: WhoReport,
  { options, style }: Scene,
): readonly string[] {
  const { width, otherFiles = 0 } = options
  const out: string[] = []
  const assumptions = new Set(answers.flatMap((answer) => answer.assumptions))
  const shown = [...assumptions].slice(0, options.verbose ? undefined : 5)
  if (shown.length > 0) out.push('taken for granted:')
  for (const assumption of shown) out.push(...paragraph('  ', escaped(assumption), width))
  const others = assumptions.size - shown.length
  if (others > 0) out.push(`  and ${others} more of the kind, \`-v\` lists them all`)
  out.push(...[...gapLines(gaps, options), ...conflictLines(conflicts, options)].map((line) => line.slice(2)))
  if (otherFiles > 0) out.push(otherFilesText(otherFiles))
  if (roles.total === 0) return [...out, 'No role in the input']
  const { without, total } = roles
  const are = without === 1 || total === 1 ? 'is' : 'are'
  const reach = `${without} of ${count(total, 'role')} ${are} out of reach of every pod and token`
  return [...out, style.bold(`${reach}; organization policies are not applied`)]
}
