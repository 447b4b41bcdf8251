import type { ConditionStep, ErrorExplanation, ExplainCause, ExplainStep, Explanation } from '../report.js'
import { quoted } from '../text/quote.js'
import {
  PLACES,
  STATES,
  asksSeveral,
  conditionText,
  distanceText,
  foundText,
  headline,
  mechanismText,
  sentence,
  statementText,
} from './explain-words.js'

const LONGEST = 600

/**
 * The same answer for an issue or a chat. Text of the inputs stands in code alone, where Markdown and HTML mean nothing.
 *
 * @example
 * ```ts
 * import { toExplainMarkdown } from '@podtrust/core/reporters/explain'
 * ```
 */
export function toExplainMarkdown(explanation: Explanation): string {
  const { outcome, expected, error, missing, causes, mend, steps, identity, assumptions, caller } =
    explanation
  const where = [
    caller.cluster === undefined ? [] : [`cluster ${code(caller.cluster.name)}`],
    caller.issuer === undefined ? [] : [`issuer ${code(`https://${caller.issuer}`)}`],
    caller.audience === undefined ? [] : [`audience ${code(caller.audience)}`],
  ].flat()
  const out: string[] = [
    `### ${code(headline(explanation))}`,
    '',
    `${mechanismText(explanation)}${where.length === 0 ? '' : `, ${where.join(', ')}`}. **${outcome}**${expected === undefined ? '' : `, expected: ${expected}`}.`,
  ]
  if (error !== undefined) out.push('', 'What the pod sees:', '', ...fence(error.text, ''))
  out.push(...list('What is missing to tell', missing))
  out.push(...causeList(outcome === 'allowed' ? 'If the pod fails all the same' : 'Why', causes))
  out.push(...missLines(explanation))
  if (mend !== undefined) {
    out.push('', '**What would mend it**', '', sentence(mend.title))
    if (mend.command !== undefined) out.push('', ...fence(mend.command, 'sh'))
    if (mend.patch !== undefined) out.push('', ...fence(JSON.stringify(mend.patch, undefined, 2), 'json'))
    if (mend.admitted !== undefined)
      out.push(
        '',
        `- admitted before: ${code(mend.admitted.before)}`,
        `- admitted after: ${code(mend.admitted.after)}`,
      )
  }
  out.push('', '**The steps**', '', ...steps.flatMap(stepLines))
  if (identity !== undefined) {
    out.push('', '**Which identity the pod gets**', '', sentence(identity.summary), '')
    out.push(
      ...identity.chain.map(({ place, state, detail }) => `- ${PLACES[place]}: ${STATES[state]}, ${detail}`),
    )
  }
  out.push(...list('Taken for granted', assumptions))
  return `${out.join('\n')}\n`
}

/** The causes of an error by its text alone. */
export function toErrorMarkdown({ error, means, causes, facts }: ErrorExplanation): string {
  const out = [
    `### ${code(error.code)}`,
    '',
    sentence(means),
    '',
    ...fence(error.text, ''),
    ...list(
      'From the text',
      facts.map(({ what, value }) => `${what} ${code(value)}`),
    ),
    ...causeList('Causes, most likely first', causes),
  ]
  return `${out.join('\n')}\n`
}

const MARKS: Readonly<Record<ExplainStep['verdict'], string>> = {
  passed: 'yes',
  failed: '**no**',
  unknown: '**cannot tell**',
  assumed: 'assumed',
  'not-reached': 'not reached',
}

function stepLines({ title, verdict, asked, found, detail, statements }: ExplainStep): readonly string[] {
  const lines = [`- ${title}: ${MARKS[verdict]}`]
  if (verdict === 'passed' && statements === undefined) return lines
  if (asked !== undefined) lines.push(`  - asked: ${code(asked)}`)
  if (found !== undefined) lines.push(`  - was: ${code(found)}`)
  if (detail !== undefined) lines.push(`  - ${detail}`)
  for (const statement of statements ?? []) {
    if (verdict === 'passed' && statement.verdict === 'false') continue
    lines.push(`  - ${code(statementText(statement, asksSeveral(statements ?? [])))}`)
    if (statement.principal !== 'false') lines.push(...statement.conditions.flatMap(conditionLines))
  }
  return lines
}

function conditionLines(condition: ConditionStep): readonly string[] {
  const { verdict, values, found } = condition
  const mark = verdict === 'true' ? 'yes' : verdict === 'false' ? '**no**' : '**cannot tell**'
  return [
    `    - ${code(conditionText(condition))}: ${mark}`,
    `      - asked: ${values.length === 0 ? 'nothing' : values.map(code).join(' or ')}`,
    `      - was: ${code(foundText(found))}`,
  ]
}

function missLines({ nearestMiss }: Explanation): readonly string[] {
  if (nearestMiss === undefined) return []
  const { at, wanted, found } = nearestMiss
  const distance = distanceText(nearestMiss)
  return list('The nearest miss', [
    `at ${code(at === '' ? 'the whole policy' : at)}`,
    `asked: ${code(wanted)}`,
    `was: ${code(found)}${distance === '' ? '' : `, ${distance}`}`,
  ])
}

function causeList(title: string, causes: readonly ExplainCause[]): readonly string[] {
  if (causes.length === 0) return []
  const items = causes.map(({ certainty, summary, look }, index) => {
    const note = certainty === 'certain' ? '' : ` _(${certainty})_`
    return `${index + 1}. ${summary}${note}${look === undefined || certainty === 'certain' ? '' : `; look at ${look}`}`
  })
  return ['', `**${title}**`, '', ...items]
}

function list(title: string, items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : ['', `**${title}**`, '', ...items.map((item) => `- ${item}`)]
}

function code(text: string): string {
  return text === '' ? '(empty)' : quoted(text, LONGEST)
}

/** A block that nothing inside of it can end. */
function fence(text: string, language: string): readonly string[] {
  const safe = text
    .split('\n')
    .map((line) => quoted(line, Infinity).slice(1, -1))
    .join('\n')
  return [`\`\`\`${language}`, safe, '```']
}
