import type { ErrorExplanation, ExplainCause, Explanation } from '../report.js'
import { escaped } from '../text/quote.js'
import { stepLines } from './explain-steps.js'
import type { ExplainScene } from './explain-steps.js'
import {
  PLACES,
  STATES,
  callerText,
  changeLines,
  distanceText,
  headline,
  mechanismText,
  sentence,
} from './explain-words.js'
import { paragraph } from './paragraph.js'
import { styleOf } from './style.js'
import type { Style } from './style.js'

export { toErrorJson, toExplainJson } from './explain-json.js'
export { toErrorMarkdown, toExplainMarkdown } from './explain-markdown.js'

export interface ExplainTextOptions {
  readonly color?: boolean
  /** Also statements that have nothing to do with the caller, and every cause. */
  readonly verbose?: boolean
  /** Columns to break sentences at; 100 by default. */
  readonly width?: number
}

const WIDTH = 100
const MOST_CAUSES = 5

/**
 * One answer as a colleague would give it: the outcome, what the pod sees, why, how to mend it, then the steps that were
 * taken and which identity the pod gets. Whatever names and values hold, the only control characters are line breaks and,
 * with `color`, our own colours.
 *
 * @example
 * ```ts
 * import { toExplainText } from '@podtrust/core/reporters/explain'
 *
 * process.stdout.write(toExplainText(explainAssume(inventory, question)))
 * ```
 */
export function toExplainText(explanation: Explanation, options: ExplainTextOptions = {}): string {
  const scene: ExplainScene = {
    style: styleOf(options.color),
    width: options.width ?? WIDTH,
    verbose: options.verbose ?? false,
  }
  const { style, width } = scene
  const { outcome, expected, error, missing, identity, assumptions } = explanation
  const paint = outcome === 'allowed' ? style.cyan : outcome === 'denied' ? style.red : style.yellow
  const out: string[] = [
    ...paragraph('', headline(explanation), width).map((line) => paint(style.bold(line))),
    ...paragraph('', `${mechanismText(explanation)}, ${callerText(explanation)}`, width),
  ]
  if (expected !== undefined)
    out.push(...paragraph('', `AWS has not documented all of it; it is expected to be ${expected}.`, width))
  out.push(
    ...section(
      'What the pod sees',
      error === undefined ? [] : paragraph('  ', escaped(error.text), width),
      style,
    ),
  )
  out.push(
    ...section(
      'What is missing to tell',
      missing.flatMap((one) => paragraph('  - ', escaped(one), width)),
      style,
    ),
  )
  out.push(
    ...section(
      outcome === 'allowed' ? 'If the pod fails all the same' : 'Why',
      causeLines(explanation.causes, scene),
      style,
    ),
  )
  out.push(...section('The nearest miss', missLines(explanation, width), style))
  out.push(...section('What would mend it', mendLines(explanation, scene), style))
  out.push(
    ...section(
      'The steps',
      explanation.steps.flatMap((step) => stepLines(step, scene)),
      style,
    ),
  )
  if (identity !== undefined) {
    const lines = [...paragraph('  ', escaped(sentence(identity.summary)), width)]
    // Where nothing was read the places have nothing to show.
    const chain =
      identity.source === 'unknown' && !scene.verbose
        ? identity.chain.filter(({ state }) => state !== 'not-read')
        : identity.chain
    for (const { place, state, detail } of chain)
      lines.push(
        ...paragraph(`    ${PLACES[place].padEnd(13)}${STATES[state].padEnd(10)}`, escaped(detail), width),
      )
    if (identity.workloads.length > 0)
      lines.push(...paragraph('  pods: ', escaped(identity.workloads.join(', ')), width))
    out.push(...section('Which identity the pod gets', lines, style))
  }
  out.push(
    ...section(
      'Taken for granted',
      assumptions.flatMap((one) => paragraph('  - ', escaped(one), width)),
      style,
    ),
  )
  return `${out.join('\n')}\n`
}

/** What the text of an error tells by itself. */
export function toErrorText(
  { error, means, causes, facts }: ErrorExplanation,
  options: ExplainTextOptions = {},
): string {
  const scene: ExplainScene = { style: styleOf(options.color), width: options.width ?? WIDTH, verbose: true }
  const { style, width } = scene
  const status = error.status === 0 ? '' : `, HTTP ${error.status}`
  const out = [
    style.bold(style.red(escaped(`${error.code}${status}`))),
    ...paragraph('', escaped(sentence(means)), width),
    ...section(
      'From the text',
      facts.flatMap(({ what, value }) => paragraph(`  ${what}: `, escaped(value), width)),
      style,
    ),
    ...section('Causes, most likely first', causeLines(causes, scene), style),
    '',
    ...paragraph(
      '',
      'With the role and the caller podtrust can tell which: podtrust explain --role ROLE --subject NAMESPACE/NAME INPUT...',
      width,
    ),
  ]
  return `${out.join('\n')}\n`
}

function section(title: string, lines: readonly string[], style: Style): readonly string[] {
  return lines.length === 0 ? [] : ['', style.bold(title), ...lines]
}

function causeLines(causes: readonly ExplainCause[], { width, verbose }: ExplainScene): readonly string[] {
  const shown = verbose ? causes : causes.slice(0, MOST_CAUSES)
  return shown.flatMap(({ certainty, summary, look }, index) => {
    const note =
      certainty === 'certain'
        ? ''
        : certainty === 'likely'
          ? 'probably '
          : causes.some((one) => one.certainty !== 'possible')
            ? 'perhaps '
            : ''
    const lines = [...paragraph(`  ${index + 1}. `, `${note}${escaped(summary)}`, width)]
    if (look !== undefined && certainty !== 'certain')
      lines.push(...paragraph('     look at ', escaped(look), width))
    return lines
  })
}

function missLines({ nearestMiss }: Explanation, width: number): readonly string[] {
  if (nearestMiss === undefined) return []
  const { at, wanted, found } = nearestMiss
  const distance = distanceText(nearestMiss)
  return [
    `  ${escaped(at === '' ? 'the whole policy' : at)}`,
    ...paragraph('    asked: ', escaped(wanted), width),
    ...paragraph('    was:   ', escaped(found), width),
    ...(distance === '' ? [] : [`    ${distance}`]),
  ]
}

function mendLines({ mend }: Explanation, { width }: ExplainScene): readonly string[] {
  if (mend === undefined) return []
  const { title, patch, command, admitted } = mend
  const lines = [...paragraph('  ', escaped(sentence(title)), width)]
  if (command !== undefined) lines.push(`    ${escaped(command)}`)
  if (patch !== undefined) lines.push(...changeLines(patch).map((line) => `    ${escaped(line)}`))
  if (admitted !== undefined) {
    lines.push(...paragraph('  admitted before: ', escaped(admitted.before), width))
    lines.push(...paragraph('  admitted after:  ', escaped(admitted.after), width))
  }
  return lines
}
