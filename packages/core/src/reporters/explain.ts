import type {
  ConditionStep,
  ErrorExplanation,
  ExplainCause,
  ExplainStep,
  Explanation,
  StatementStep,
} from '../report.js'
import { escaped } from '../text/quote.js'
import {
  callerText,
  changeLines,
  conditionText,
  foundText,
  headline,
  mechanismText,
  sentence,
  statementText,
} from './explain-words.js'
import { paragraph } from './paragraph.js'
import { styleOf } from './style.js'
import type { Paint, Style } from './style.js'

export { toErrorJson, toExplainJson } from './explain-json.js'
export { toErrorMarkdown, toExplainMarkdown } from './explain-markdown.js'

export interface ExplainTextOptions {
  readonly color?: boolean
  /** Also statements that have nothing to do with the caller, and every cause. */
  readonly verbose?: boolean
  /** Columns to break sentences at; 100 by default. */
  readonly width?: number
}

interface Scene {
  readonly style: Style
  readonly width: number
  readonly verbose: boolean
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
  const scene: Scene = {
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
      lines.push(...paragraph(`    ${PLACES[place].padEnd(13)}${state.padEnd(10)}`, escaped(detail), width))
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

const PLACES: Readonly<Record<NonNullable<Explanation['identity']>['chain'][number]['place'], string>> = {
  keys: 'access keys',
  'web-identity': 'IRSA',
  container: 'Pod Identity',
  'node-role': 'node role',
}

/** What the text of an error tells by itself. */
export function toErrorText(
  { error, means, causes, facts }: ErrorExplanation,
  options: ExplainTextOptions = {},
): string {
  const scene: Scene = { style: styleOf(options.color), width: options.width ?? WIDTH, verbose: true }
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

function causeLines(causes: readonly ExplainCause[], { width, verbose }: Scene): readonly string[] {
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

function mendLines({ mend }: Explanation, { width }: Scene): readonly string[] {
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

const VERDICTS: Readonly<Record<ExplainStep['verdict'], string>> = {
  passed: 'yes',
  failed: 'NO',
  unknown: '?',
  assumed: '(yes)',
  'not-reached': '-',
}

function stepLines(step: ExplainStep, scene: Scene): readonly string[] {
  const { style, width } = scene
  const { verdict, title, asked, found, detail, statements } = step
  const label = `  ${VERDICTS[verdict].padEnd(6)}`
  const [first = '', ...rest] = paragraph(label, escaped(title), width)
  const lines = [painted(verdict, style)(first), ...rest]
  if (verdict === 'passed' && statements === undefined) {
    if (found !== undefined && scene.verbose)
      lines.push(...paragraph('          was:   ', escaped(found), width))
    return lines
  }
  if (asked !== undefined) lines.push(...paragraph('          asked: ', escaped(asked), width))
  if (found !== undefined) lines.push(...paragraph('          was:   ', escaped(found), width))
  if (detail !== undefined) lines.push(...paragraph('          ', escaped(detail), width))
  if (statements !== undefined)
    lines.push(...statements.flatMap((one) => statementLines(one, verdict, scene)))
  return lines
}

function painted(verdict: ExplainStep['verdict'], style: Style): Paint {
  if (verdict === 'failed') return style.red
  if (verdict === 'unknown') return style.yellow
  return verdict === 'passed' ? style.cyan : style.dim
}

function statementLines(
  statement: StatementStep,
  verdict: ExplainStep['verdict'],
  scene: Scene,
): readonly string[] {
  const { width, style, verbose } = scene
  // A step that passed needs no proof but the statement that let it pass.
  if (verdict === 'passed' && statement.verdict === 'false' && !verbose) return []
  const lines = [...paragraph('          ', escaped(statementText(statement)), width)]
  if (statement.principal === 'false' && !verbose) return lines
  for (const condition of statement.conditions) lines.push(...conditionLines(condition, width, style))
  return lines
}

function conditionLines(condition: ConditionStep, width: number, style: Style): readonly string[] {
  const { verdict, values } = condition
  const mark = verdict === 'true' ? 'yes' : verdict === 'false' ? 'NO' : '?'
  const [first = '', ...rest] = paragraph(
    `            ${mark.padEnd(5)}`,
    escaped(conditionText(condition)),
    width,
  )
  return [
    verdict === 'false' ? style.red(first) : first,
    ...rest,
    ...paragraph(
      '                   asked: ',
      escaped(values.length === 0 ? 'nothing' : values.join(' or ')),
      width,
    ),
    ...paragraph('                   was:   ', escaped(foundText(condition.found)), width),
  ]
}
