import type { ConditionStep, ExplainStep, StatementStep } from '../report.js'
import { escaped } from '../text/quote.js'
import { asksSeveral, conditionText, foundText, statementText } from './explain-words.js'
import { paragraph } from './paragraph.js'
import type { Paint, Style } from './style.js'

/** How an explanation is to be printed. */
export interface ExplainScene {
  readonly style: Style
  readonly width: number
  readonly verbose: boolean
}

const VERDICTS: Readonly<Record<ExplainStep['verdict'], string>> = {
  passed: 'yes',
  failed: 'NO',
  unknown: '?',
  assumed: '(yes)',
  'not-reached': '-',
}

/** A step as text: what was asked and found, and the statements that were looked at. */
export function stepLines(step: ExplainStep, scene: ExplainScene): readonly string[] {
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
    lines.push(...statements.flatMap((one) => statementLines(one, verdict, asksSeveral(statements), scene)))
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
  isOfSeveral: boolean,
  scene: ExplainScene,
): readonly string[] {
  const { width, style, verbose } = scene
  // A step that passed needs no proof but the statement that let it pass.
  if (verdict === 'passed' && statement.verdict === 'false' && !verbose) return []
  const lines = [...paragraph('          ', escaped(statementText(statement, isOfSeveral)), width)]
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
