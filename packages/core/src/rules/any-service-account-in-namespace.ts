import { quoted } from '../text/quote.js'
import { breadthOf, judgedSet } from './breadth.js'
import { openedBy } from './openness.js'
import type { RuleOn } from './rule.js'

/** Namespaces that a message lists. */
const MOST_SHOWN = 5

/**
 * Service accounts of any name in a namespace can assume the role. Whoever can create a service account in the namespace,
 * or a pod with any that is there, has the role's permissions. Asked of the set: is there a named namespace with more
 * service accounts in the set than a policy could name?
 */
export const anyServiceAccountInNamespace: RuleOn<'grant'> = {
  id: 'any-service-account-in-namespace',
  severity: 'medium',
  summary: 'service accounts of any name in a namespace can assume the role',
  since: '0.1.0',
  kind: 'exposure',
  on: 'grant',

  *check({ grant }) {
    if (grant.mechanism !== 'irsa' || !grant.isNamed) return
    const breadth = breadthOf(judgedSet(grant))
    if (breadth.kind !== 'any-service-account-in-namespace') return
    const { at, cause } = openedBy(grant.admission, breadth.word, `${grant.issuer}:sub`)
    yield {
      at,
      message: `${breadth.isEvery ? 'every service account' : 'any number of service accounts'} in ${listed(breadth.namespaces)} can assume the role: ${cause}`,
      witness: { admission: grant.admission, word: breadth.word },
      help: 'name the service accounts that need the role with `StringEquals` on the `:sub` key',
    }
  },
}

function listed(namespaces: readonly string[]): string {
  const shown = namespaces.slice(0, MOST_SHOWN).map((namespace) => quoted(namespace))
  const more = namespaces.length - shown.length
  return shown.join(', ') + (more > 0 ? ` and ${more} more namespaces` : '')
}
