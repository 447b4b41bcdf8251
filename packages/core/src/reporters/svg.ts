import type { GraphEdge, GraphNode, TrustGraph } from '../report.js'
import { escaped } from '../text/quote.js'
import { edgeLabel } from './graph-words.js'

/** Sizes in pixels. Text is cut to what is known to fit: the width of a letter is an upper bound, not a guess. */
const BOX_WIDTH = 330
const LINE_HEIGHT = 15
const PADDING = 8
const ROW_GAP = 14
const COLUMN_GAP = 190
const MARGIN = 24
const HEADER = 58
const LETTER = 7.4
const MAX_LETTERS = Math.floor((BOX_WIDTH - 2 * PADDING) / LETTER)
const MAX_LINES = 3

const KINDS = ['source', 'caller', 'role'] as const
const TITLES: Readonly<Record<GraphNode['kind'], string>> = {
  source: 'clusters, issuers, accounts',
  caller: 'service accounts and other callers',
  role: 'roles',
}

const STYLE = [
  'text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#1b2733}',
  '.title{font-weight:bold;fill:#5b6b80}',
  '.detail,.label{font-size:10px;fill:#5b6b80}',
  'rect{stroke:#5b6b80;stroke-width:1}',
  '.source{fill:#e8eef7}.caller{fill:#fff}.role{fill:#fdf3dc;stroke:#8a6d1a}',
  '.pattern{stroke-dasharray:5 3}',
  'path{fill:none;stroke:#5b6b80;stroke-width:1.2}',
  '.has{stroke:#c3ccd6}.intended{stroke-width:2.6}.possible{stroke-dasharray:6 4}',
  '.none{stroke:#c62828;stroke-dasharray:2 3}.kept{fill:#c62828}',
  '.halo{paint-order:stroke;stroke:#fff;stroke-width:4px;stroke-linejoin:round}',
].join('')

interface Box {
  readonly node: GraphNode
  readonly lines: readonly string[]
  readonly detail: string | undefined
  readonly height: number
  x: number
  y: number
}

/**
 * The graph as a picture of three columns that needs nothing else: no script, no font and nothing from a network. What
 * names and values hold is text. Full names are titles, which browsers show when pointed at.
 *
 * @example
 * ```ts
 * import { toSvg } from '@podtrust/core/reporters/svg'
 *
 * writeFileSync('trust.svg', toSvg(trustGraph(inventory)))
 * ```
 */
export function toSvg(graph: TrustGraph): string {
  const boxes = layOut(graph)
  const byId = new Map(boxes.map((box) => [box.node.id, box]))
  const width = 2 * MARGIN + KINDS.length * BOX_WIDTH + (KINDS.length - 1) * COLUMN_GAP
  const bottom = Math.max(HEADER + 30, ...boxes.map(({ y, height }) => y + height))
  const height = bottom + MARGIN + LEGEND.length * 16
  const labels = new Map<string, string[]>()
  const lines = graph.edges.map((edge) => edgeMarkup(edge, byId, labels))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    '<title>who can assume which role</title>',
    `<style>${STYLE}</style>`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" ' +
      'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z" style="fill:#5b6b80;stroke:none"/></marker></defs>',
    `<rect width="${width}" height="${height}" style="fill:#fff;stroke:none"/>`,
    ...KINDS.map(
      (kind, column) =>
        `<text class="title" x="${columnX(column)}" y="${MARGIN + 12}">${TITLES[kind]}</text>`,
    ),
    ...lines,
    ...boxes.map(boxMarkup),
    ...[...labels.values()].flat(),
    ...(graph.nodes.length === 0
      ? [`<text x="${MARGIN}" y="${HEADER + 12}">no role that a pod or a token can assume</text>`]
      : []),
    ...legend(bottom + 22),
    '</svg>',
    '',
  ].join('\n')
}

function columnX(column: number): number {
  return MARGIN + column * (BOX_WIDTH + COLUMN_GAP)
}

/** Rows in the order of the graph, then callers and roles near those they are joined with, so that few lines cross. */
function layOut({ nodes, edges }: TrustGraph): readonly Box[] {
  const columns = KINDS.map((kind) => nodes.filter((node) => node.kind === kind).map(boxOf))
  const byId = new Map(columns.flat().map((box) => [box.node.id, box]))
  const neighbours = new Map<string, Box[]>()
  for (const { from, to } of edges) {
    const [a, b] = [byId.get(from), byId.get(to)]
    if (a === undefined || b === undefined) continue
    neighbours.set(from, [...(neighbours.get(from) ?? []), b])
    neighbours.set(to, [...(neighbours.get(to) ?? []), a])
  }
  for (const [index, column] of columns.entries()) place(column, index)
  // Down and up again a few times: each column is put in the order of the one before it.
  for (const index of [1, 2, 1, 0, 1, 2, 1, 0, 1, 2]) {
    const column = columns[index] ?? []
    const beside = index === 0 ? [1] : index === 2 ? [1] : [0, 2]
    const sorted = new Map(column.map((box) => [box, middle(box, neighbours, beside)]))
    column.sort((a, b) => (sorted.get(a) ?? 0) - (sorted.get(b) ?? 0))
    place(column, index)
  }
  const tallest = Math.max(0, ...columns.map(heightOf))
  for (const column of columns) {
    const shift = (tallest - heightOf(column)) / 2
    for (const box of column) box.y += shift
  }
  return columns.flat()
}

function boxOf(node: GraphNode): Box {
  const lines = wrapped(escaped(node.label), MAX_LETTERS, MAX_LINES)
  const detail =
    node.detail === undefined ? undefined : cut(escaped(node.detail), Math.floor(MAX_LETTERS * 1.18))
  const height = 2 * PADDING + lines.length * LINE_HEIGHT + (detail === undefined ? 0 : 13)
  return { node, lines, detail, height, x: 0, y: 0 }
}

function place(column: readonly Box[], index: number): void {
  let y = HEADER
  for (const box of column) {
    box.x = columnX(index)
    box.y = y
    y += box.height + ROW_GAP
  }
}

function heightOf(column: readonly Box[]): number {
  return column.reduce((total, { height }) => total + height + ROW_GAP, 0)
}

function middle(
  box: Box,
  neighbours: ReadonlyMap<string, readonly Box[]>,
  columns: readonly number[],
): number {
  const xs = new Set(columns.map(columnX))
  const found = (neighbours.get(box.node.id) ?? []).filter(({ x }) => xs.has(x))
  if (found.length === 0) return box.y
  return found.reduce((total, { y, height }) => total + y + height / 2, 0) / found.length
}

function boxMarkup({ node, lines, detail, height, x, y }: Box): string {
  const look = `${node.kind}${node.isPattern ? ' pattern' : ''}`
  const full = node.detail === undefined ? node.label : `${node.label}\n${node.detail}`
  const texts = lines.map(
    (line, index) =>
      `<text x="${x + PADDING}" y="${y + PADDING + 11 + index * LINE_HEIGHT}">${markup(line)}</text>`,
  )
  if (detail !== undefined)
    texts.push(
      `<text class="detail" x="${x + PADDING}" y="${y + height - PADDING - 1}">${markup(detail)}</text>`,
    )
  return (
    `<g><title>${full.split('\n').map(escaped).map(markup).join('\n')}</title>` +
    `<rect class="${look}" x="${x}" y="${y}" width="${BOX_WIDTH}" height="${height}" rx="${node.kind === 'source' ? 10 : 3}"/>` +
    `${texts.join('')}</g>`
  )
}

function edgeMarkup(edge: GraphEdge, boxes: ReadonlyMap<string, Box>, labels: Map<string, string[]>): string {
  const [from, to] = [boxes.get(edge.from), boxes.get(edge.to)]
  if (from === undefined || to === undefined) return ''
  const [x1, y1, x2, y2] = [from.x + BOX_WIDTH, from.y + from.height / 2, to.x, to.y + to.height / 2]
  const bend = (x2 - x1) / 2
  const { mechanism, admitted, intended } = edge
  const look = [
    mechanism === 'has' ? 'has' : '',
    intended === undefined ? '' : 'intended',
    admitted === 'certain' ? '' : admitted,
  ]
  const arrow = mechanism === 'has' ? '' : ' marker-end="url(#arrow)"'
  if (mechanism !== 'has') addLabel(edge, x1, y1, labels)
  const path = `M${x1} ${round(y1)}C${x1 + bend} ${round(y1)} ${x2 - bend} ${round(y2)} ${x2} ${round(y2)}`
  return `<path class="${look.filter((word) => word !== '').join(' ')}" d="${path}"${arrow}/>`
}

/** Above the beginning of a line and below it, each word once: several lines may begin at one box. */
function addLabel(edge: GraphEdge, x: number, y: number, labels: Map<string, string[]>): void {
  const own = labels.get(edge.from) ?? []
  const text = markup(edgeLabel(edge))
  if (own.some((label) => label.endsWith(`>${text}</text>`))) return
  const offset = own.length === 0 ? -4 : 1 + own.length * 11
  const kept = edge.admitted === 'none' ? ' kept' : ''
  labels.set(edge.from, [
    ...own,
    `<text class="label halo${kept}" x="${x + 6}" y="${round(y + offset)}">${text}</text>`,
  ])
}

const LEGEND: readonly string[] = [
  'thick: meant by an annotation or an association; thin: the trust lets it in',
  'dashed: possible, not certain; red: meant to have the role and kept out; dashed box: many callers, told by a pattern',
]

function legend(y: number): readonly string[] {
  return LEGEND.map(
    (line, index) => `<text class="detail" x="${MARGIN}" y="${y + index * 16}">${line}</text>`,
  )
}

/** At most so many lines, broken at spaces, slashes and colons where there are any. */
function wrapped(text: string, letters: number, lines: number): readonly string[] {
  const out: string[] = []
  let rest = text
  while (rest.length > letters && out.length < lines - 1) {
    const breaks = [' ', '/', ':', ','].map((sign) => rest.lastIndexOf(sign, letters - 1))
    const at = Math.max(...breaks)
    const end = at < letters / 2 ? letters : at + 1
    out.push(rest.slice(0, end).trimEnd())
    rest = rest.slice(end).trimStart()
  }
  return [...out, cut(rest, letters)]
}

function cut(text: string, letters: number): string {
  return text.length <= letters ? text : `${text.slice(0, letters - 1)}…`
}

function round(number: number): number {
  return Math.round(number * 10) / 10
}

const SIGNS: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function markup(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => SIGNS[sign] ?? '')
}
