import type { GraphEdge, GraphNode, TrustGraph } from '../report.js'
import { escaped } from '../text/quote.js'
import { edgeLabel } from './graph-words.js'

/** Without the closing quote, for more may follow. */
const SHAPES: Readonly<Record<GraphNode['kind'], string>> = {
  source: 'fillcolor="#e8eef7", style="rounded,filled',
  caller: 'fillcolor="#ffffff", style="filled',
  role: 'fillcolor="#fdf3dc", style="filled',
}

/**
 * The graph in the language of Graphviz, from left to right. A pattern has a dashed border; an edge is thick where an
 * annotation or an association means it, dashed where it is possible and not certain, red where the trust keeps out
 * whom somebody means to have the role.
 *
 * @example
 * ```ts
 * import { toDot } from '@podtrust/core/reporters/dot'
 *
 * writeFileSync('trust.dot', toDot(trustGraph(inventory)))
 * ```
 */
export function toDot({ nodes, edges }: TrustGraph): string {
  return [
    'digraph podtrust {',
    '  rankdir=LR',
    '  node [shape=box, fontname="Helvetica", fontsize=11]',
    '  edge [fontname="Helvetica", fontsize=9]',
    ...nodes.map(nodeLine),
    ...(['source', 'caller', 'role'] as const).flatMap((kind) => {
      const ids = nodes.filter((node) => node.kind === kind).map(({ id }) => id)
      return ids.length === 0 ? [] : [`  { rank=same; ${ids.join('; ')} }`]
    }),
    ...edges.map(edgeLine),
    '}',
    '',
  ].join('\n')
}

function nodeLine({ id, kind, label, detail, isPattern }: GraphNode): string {
  const text = detail === undefined ? quoted(label) : `${quoted(label)}\\n${quoted(detail)}`
  return `  ${id} [label="${text}", ${SHAPES[kind]}${isPattern ? ',dashed' : ''}"]`
}

function edgeLine(edge: GraphEdge): string {
  const { from, to, mechanism, admitted, intended } = edge
  if (mechanism === 'has') return `  ${from} -> ${to} [color="#9aa5b1", arrowhead=none]`
  const looks = [`label="${quoted(edgeLabel(edge))}"`]
  if (admitted === 'none') looks.push('color="#c62828"', 'fontcolor="#c62828"', 'style=dotted')
  else if (admitted === 'possible') looks.push('style=dashed')
  if (intended !== undefined) looks.push('penwidth=2')
  return `  ${from} -> ${to} [${looks.join(', ')}]`
}

/** Inside of a quoted string a backslash begins an escape of Graphviz's own, and `&` an entity of HTML. */
function quoted(text: string): string {
  return escaped(text).replaceAll('&', '&amp;').replaceAll('\\', '\\\\').replaceAll('"', '\\"')
}
