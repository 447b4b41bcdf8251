import type { Finding } from '../report.js'
import { frameOf, placeOf } from './code-frame.js'
import type { FrameLine } from './code-frame.js'
import { subjectText } from './finding-words.js'
import { docsLink, markup, prose, trusted } from './html-markup.js'
import type { Markup } from './html-markup.js'
import { requestLines, witnessWords } from './witness.js'

/** One finding: what and whom, the lines to blame, the proof, what to do. It can be folded; `isOpen` at first. */
export function findingMarkup(finding: Finding, isOpen: boolean): Markup {
  const { rule, severity, certainty, message, help, fix, location, related, witness, docs } = finding
  const facts: Markup[] = related.map(
    ({ location: other, note }) =>
      markup`<dt>see</dt><dd><code>${placeOf(other)}</code>: ${prose(note)}</dd>\n`,
  )
  if (witness !== undefined) {
    const lines = requestLines(witness).map((line) => markup`<li><code>${line}</code></li>`)
    facts.push(markup`<dt>witness</dt><dd>${witnessWords(witness)}
<details><summary>the whole request</summary><ul>${lines}</ul></details></dd>
`)
  }
  const advice = help ?? fix?.title
  if (advice !== undefined) facts.push(markup`<dt>help</dt><dd>${prose(advice)}</dd>\n`)
  facts.push(markup`<dt>docs</dt><dd>${docsLink(docs, `the page of ${rule}`)}</dd>\n`)
  const doubt =
    certainty === 'possible' ? markup` <span class="muted">(possible, not proved)</span>` : undefined
  const head = markup`<span class="badge ${severity}">${severity}</span> <h4>${rule}</h4>${doubt}: ${subjectText(finding)}`
  return markup`<details${isOpen ? trusted(' open') : undefined}>
<summary>${head}</summary>
<p>${prose(message)}</p>
<p class="place"><code>${placeOf(location)}</code></p>
${frameMarkup(location)}<dl>
${facts}</dl>
</details>
`
}

/** The lines of the input, with what is to blame marked. */
function frameMarkup(location: Finding['location']): Markup | undefined {
  const { lines, left } = frameOf(location)
  if (lines.length === 0) return undefined
  const width = Math.max(...lines.map(({ number }) => String(number ?? '').length))
  const rest =
    left > 0 ? markup`<span class="number">${' '.repeat(width)} … ${left} more lines</span>\n` : undefined
  return markup`<pre tabindex="0">${lines.map((line) => lineMarkup(line, width))}${rest}</pre>\n`
}

function lineMarkup({ number, text, marked }: FrameLine, width: number): Markup {
  const label =
    width === 0 ? undefined : markup`<span class="number">${String(number ?? '').padStart(width)}  </span>`
  if (marked === undefined) return markup`${label}${text}\n`
  // White space before the first sign is no part of what is to blame.
  const start = Math.max(marked.start, text.length - text.trimStart().length)
  if (start >= marked.end) return markup`${label}${text}\n`
  const blamed = markup`<mark>${text.slice(start, marked.end)}</mark>`
  return markup`${label}${text.slice(0, start)}${blamed}${text.slice(marked.end)}\n`
}
