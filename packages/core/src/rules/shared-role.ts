import { quoted } from '../text/quote.js'
import { ServiceAccountSet } from '../trust/service-account-set.js'
import type { Admission } from '../trust/admit.js'
import { judgedSet, listedMembers } from './breadth.js'
import { openedBy } from './openness.js'
import type { RoleSubject, RuleOn } from './rule.js'

/** Namespaces that a message lists. */
const MOST_SHOWN = 5

/**
 * Service accounts of several namespaces share one role. Namespaces are what teams and applications are kept apart by; a
 * shared role has what any of them needs and gives it to all of them. Asked of the sets: do they name more than one
 * namespace? A set that names none is for other rules.
 */
export const sharedRole: RuleOn<'role'> = {
  id: 'shared-role',
  severity: 'low',
  summary: 'service accounts of several namespaces can assume the role',
  since: '0.1.0',
  kind: 'exposure',
  on: 'role',

  *check({ role }) {
    const namespaces = new Map<string, Named>()
    for (const named of namedSets(role)) {
      for (const namespace of namespacesOf(named.set) ?? [])
        if (!namespaces.has(namespace)) namespaces.set(namespace, named)
    }
    if (namespaces.size < 2) return
    const [namespace, { set, admission, key }] = [...namespaces].at(-1) as [string, Named]
    const word = set.words.after(`${namespace}:`).witness()
    if (word === undefined) return
    const member = `${namespace}:${word}`
    const shown = [...namespaces.keys()].slice(0, MOST_SHOWN).map((one) => quoted(one))
    const more = namespaces.size > shown.length ? ` and ${namespaces.size - shown.length} more` : ''
    yield {
      at: openedBy(admission, member, key).at,
      message: `service accounts of ${namespaces.size} namespaces can assume the role: ${shown.join(', ')}${more}`,
      witness: { admission, word: member },
      help: 'give each workload a role of its own, with what it needs',
    }
  },
}

interface Named {
  readonly set: ServiceAccountSet
  readonly admission: Admission
  /** The key that says the namespace. */
  readonly key: string
}

function* namedSets({ grants }: RoleSubject): Generator<Named> {
  for (const grant of grants) {
    if (!grant.isNamed) continue
    if (grant.mechanism === 'irsa') {
      const set = judgedSet(grant)
      yield { set, admission: grant.admission, key: `${grant.issuer}:sub` }
    }
    if (grant.mechanism === 'pod-identity') {
      const { expected: set, admission } = grant.tagged
      yield { set, admission, key: 'aws:RequestTag/kubernetes-namespace' }
    }
  }
}

/** `undefined` where they are more than a policy would name. */
function namespacesOf(set: ServiceAccountSet): Iterable<string> | undefined {
  const members = listedMembers(set)
  if (members !== undefined) return members.map(({ namespace }) => namespace)
  if (ServiceAccountSet.all.isSubsetOf(set)) return undefined
  const namespaces = set.namespaces()
  return namespaces.isEnumerable ? namespaces : undefined
}
