import type { GraphEdge, GraphNode, TrustGraph } from '../report.js'
import { escaped } from '../text/quote.js'
import { edgeLabel } from './graph-words.js'

/**
 * The graph as a Mermaid flowchart, as GitHub shows it in Markdown. A pattern has a dashed border; an edge is thick where
 * an annotation or an association means it, dotted where it is possible and not certain, and ends in a cross where the
 * trust keeps out whom somebody means to have the role.
 *
 * @see https://mermaid.js.org/syntax/flowchart.html
 * @example
 * ```ts
 * import { toMermaid } from '@podtrust/core/reporters/mermaid'
 *
 * writeFileSync('trust.mmd', toMermaid(trustGraph(inventory)))
 * ```
 */
export function toMermaid({ nodes, edges }: TrustGraph): string {
  const patterns = nodes.filter(({ isPattern }) => isPattern).map(({ id }) => id)
  return [
    'flowchart LR',
    ...nodes.map(nodeLine),
    ...edges.map(edgeLine),
    ...(['source', 'caller', 'role'] as const).flatMap((kind) => {
      const ids = nodes.filter((node) => node.kind === kind).map(({ id }) => id)
      return ids.length === 0 ? [] : [`  class ${ids.join(',')} ${kind}`]
    }),
    ...(patterns.length === 0 ? [] : [`  class ${patterns.join(',')} pattern`]),
    '  classDef source fill:#e8eef7,stroke:#5b6b80,color:#1b2733',
    '  classDef caller fill:#ffffff,stroke:#5b6b80,color:#1b2733',
    '  classDef role fill:#fdf3dc,stroke:#8a6d1a,color:#1b2733',
    '  classDef pattern stroke-dasharray:4 3',
    '',
  ].join('\n')
}

function nodeLine({ id, kind, label, detail }: GraphNode): string {
  const text = detail === undefined ? quoted(label) : `${quoted(label)}<br/>${quoted(detail)}`
  return kind === 'source' ? `  ${id}(["${text}"])` : `  ${id}["${text}"]`
}

function edgeLine(edge: GraphEdge): string {
  const { from, to, mechanism, admitted, intended } = edge
  if (mechanism === 'has') return `  ${from} --- ${to}`
  const arrow =
    admitted === 'none' ? '--x' : admitted === 'possible' ? '-.->' : intended === undefined ? '-->' : '==>'
  return `  ${from} ${arrow}|"${quoted(edgeLabel(edge))}"| ${to}`
}

/** Mermaid takes quoted text for Markdown and HTML, and `#` for the beginning of an entity: only plain signs stay. */
function quoted(text: string): string {
  return escaped(text).replace(/[^\w .,:/()-]/gu, (sign) => `#${sign.codePointAt(0) ?? 0};`)
}
