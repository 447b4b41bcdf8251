import type { GraphEdge } from '../report.js'

const MECHANISMS: Readonly<Record<GraphEdge['mechanism'], string>> = {
  has: '',
  irsa: 'IRSA',
  'pod-identity': 'Pod Identity',
  'web-identity': 'web identity',
  'aws-principal': 'AWS credentials',
}

/** What an edge to a role says: `IRSA, by annotation`, `Pod Identity, perhaps`. */
export function edgeLabel({ mechanism, admitted, intended, through }: GraphEdge): string {
  const words = [MECHANISMS[mechanism]]
  if (intended !== undefined) words.push(`by ${intended}`)
  if (through !== undefined) words.push(`through ${through}`)
  if (admitted === 'possible') words.push('perhaps')
  if (admitted === 'none') words.push('kept out')
  return words.join(', ')
}
