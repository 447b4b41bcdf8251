import { quoted } from '../text/quote.js'
import { ServiceAccountSet } from '../trust/service-account-set.js'
import { judgedSet, listedMembers, namesAreListed, namespaceGroups } from './breadth.js'
import { openedBy } from './openness.js'
import type { RuleOn } from './rule.js'

/** Namespaces that a message lists. */
const MOST_SHOWN = 5

/**
 * A namespace's `default` service account can assume the role. Every pod that names no service account runs as `default`,
 * so the role goes to all of these. Asked of the set: is there a namespace in which `default` is one of the listed
 * names? Where a pattern takes every name of the namespace, other rules say so.
 */
export const defaultServiceAccount: RuleOn<'grant'> = {
  id: 'default-service-account',
  severity: 'medium',
  summary: "a namespace's default service account can assume the role",
  since: '0.1.0',
  kind: 'exposure',
  on: 'grant',

  *check({ grant }) {
    if ((grant.mechanism !== 'irsa' && grant.mechanism !== 'pod-identity') || !grant.isNamed) return
    const [set, admission, key] =
      grant.mechanism === 'irsa'
        ? ([judgedSet(grant), grant.admission, `${grant.issuer}:sub`] as const)
        : ([
            grant.tagged.expected,
            grant.tagged.admission,
            'aws:RequestTag/kubernetes-service-account',
          ] as const)
    const members = listedMembers(set)
    if (
      members === undefined
        ? ServiceAccountSet.all.isSubsetOf(set)
        : !members.some(({ name }) => name === 'default')
    )
      return
    const named = namespaceGroups(set).filter((group) => group.names.has('default') && namesAreListed(group))
    const namespace = named[0]?.namespaces.witness()
    if (namespace === undefined) return
    const word = `${namespace}:default`
    const namespaces = named.flatMap((group) => group.namespaces.members(MOST_SHOWN) ?? ['*']).sort()
    const where = namespaces.includes('*')
      ? 'many namespaces'
      : namespaces.map((one) => quoted(one)).join(', ')
    yield {
      at: openedBy(admission, word, key).at,
      message: `the service account \`default\` in ${where} can assume the role${grant.mechanism === 'irsa' ? '' : ' by an association'}: every pod that names no service account runs as it`,
      witness: { admission, word },
      help: 'give the workload a service account of its own, and name that one',
    }
  },
}
