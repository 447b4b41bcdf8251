/** HTML that is safe by how it is made: whatever is put into a template is text, unless a template made it. */
import { escaped } from '../text/quote.js'

export interface Markup {
  readonly source: string
}

type Part = string | number | Markup | readonly Markup[] | undefined

/**
 * A piece of a page. Strings lose what is unsafe to show and become text, also within an attribute in quotes.
 *
 * @example markup`<td>${name}</td>`
 */
export function markup(parts: TemplateStringsArray, ...values: readonly Part[]): Markup {
  return trusted(
    parts.map((part, index) => part + (index < values.length ? sourceOf(values[index]) : '')).join(''),
  )
}

/** Source of our own, taken as it is. */
export function trusted(source: string): Markup {
  return { source }
}

/** A sentence; what stands in backticks is shown as code. */
export function prose(text: string): Markup {
  const pieces = text.split('`')
  // Without its other half a backtick is one.
  if (pieces.length % 2 === 0) return markup`${text}`
  return markup`${pieces.map((piece, index) => (index % 2 === 0 ? markup`${piece}` : markup`<code>${piece}</code>`))}`
}

function sourceOf(value: Part): string {
  if (value === undefined) return ''
  if (typeof value === 'string') return escaped(value).replace(/[&<>"'`=]/g, entity)
  if (typeof value === 'number') return String(value)
  return 'source' in value ? value.source : value.map(({ source }) => source).join('')
}

function entity(sign: string): string {
  return `&#${sign.charCodeAt(0)};`
}

/** Our own pages, and nothing else: an address of a report may be anybody's. */
const DOCS = 'https://github.com/podtrust/podtrust/'

/** A link to our documentation; any other address stays text. */
export function docsLink(address: string, text: string): Markup {
  return address.startsWith(DOCS) && /^[\w:/.#-]+$/.test(address)
    ? markup`<a href="${address}" rel="noreferrer">${text}</a>`
    : markup`${address}`
}

export interface Column {
  readonly title: string
  /** Whether its cells are names and not sentences. */
  readonly isCode?: boolean
}

export interface TableRow {
  readonly cells: readonly (string | Markup)[]
  readonly look?: 'good' | 'bad' | 'doubt'
  /** What is said below the row, across all columns. */
  readonly remarks?: readonly string[]
}

/** A table whose first cell names its row. On a narrow screen each cell has the title of its column beside it. */
export function table(caption: string, columns: readonly Column[], rows: readonly TableRow[]): Markup {
  const heads = columns.map(({ title }) => markup`<th scope="col">${title}</th>`)
  return markup`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${heads}</tr></thead>
<tbody>
${rows.map((row) => rowOf(row, columns))}</tbody>
</table></div>
`
}

function rowOf({ cells, look, remarks = [] }: TableRow, columns: readonly Column[]): Markup {
  const shown = columns.map(({ title, isCode }, index) => {
    const cell = cells[index] ?? ''
    const inner = isCode && typeof cell === 'string' ? markup`<code>${cell}</code>` : markup`${cell}`
    return index === 0
      ? markup`<th scope="row">${inner}</th>`
      : markup`<td data-title="${title}">${inner}</td>`
  })
  const main = look === undefined ? markup`<tr>${shown}</tr>\n` : markup`<tr class="${look}">${shown}</tr>\n`
  if (remarks.length === 0) return main
  const items = remarks.map((remark) => markup`<li>${prose(remark)}</li>`)
  return markup`${main}<tr class="remarks"><td colspan="${columns.length}"><ul>${items}</ul></td></tr>\n`
}
