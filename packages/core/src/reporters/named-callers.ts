import type { WhoAnswer } from '../report.js'

/** A pattern alone does not say of what. */
export function namedCallers(who: string, mechanism: WhoAnswer['mechanism']): string {
  if (!who.startsWith('matching ')) return who
  return mechanism === 'aws-principal' ? `principals ${who}` : `subjects ${who}`
}
