import { SUBJECT_PREFIX } from '../mechanisms/kubernetes-names.js'
import type { Condition } from '../policy/ast.js'
import { quoted } from '../text/quote.js'
import type { ServiceAccountSet } from '../trust/service-account-set.js'
import { breadthOf, judgedSet } from './breadth.js'
import { openedBy } from './openness.js'
import type { RuleOn } from './rule.js'

/**
 * A service account in any namespace can assume the role. Whoever may create a namespace, or already has one that fits the
 * pattern, creates the service account in it and has the role's permissions. Asked of the set: are its namespaces more
 * than a policy could name, though not all service accounts are in it?
 */
export const anyNamespace: RuleOn<'grant'> = {
  id: 'any-namespace',
  severity: 'high',
  summary: 'a service account in any namespace can assume the role',
  since: '0.1.0',
  kind: 'exposure',
  on: 'grant',

  *check({ grant }) {
    if (grant.mechanism !== 'irsa' || !grant.isNamed) return
    const set = judgedSet(grant)
    const breadth = breadthOf(set)
    if (breadth.kind !== 'any-namespace') return
    const { at, cause, statement } = openedBy(grant.admission, breadth.word, `${grant.issuer}:sub`)
    const spill = spillOf(statement.conditions, at, set)
    yield {
      at,
      message: `service accounts in ${breadth.isEvery ? 'every namespace' : 'any number of namespaces'} can assume the role: ${cause}${spill?.clause ?? ''}`,
      witness: { admission: grant.admission, word: spill?.word ?? breadth.word },
      help: 'name the namespaces that need the role, each with its service account, on the `:sub` key',
    }
  },
}

/** A star where the colon between namespace and name should be takes the rest of the namespace too. */
function spillOf(
  conditions: readonly Condition[],
  at: string,
  set: ServiceAccountSet,
): { word: string; clause: string } | undefined {
  const condition = conditions.find(({ pointer }) => at === pointer || at.startsWith(`${pointer}/`))
  if (condition === undefined) return undefined
  const value =
    condition.values[at === condition.pointer ? 0 : Number(at.slice(condition.pointer.length + 1))]
  const stem = value?.startsWith(SUBJECT_PREFIX)
    ? /^([a-z0-9-]+)\*[^:]*$/.exec(value.slice(SUBJECT_PREFIX.length))?.[1]
    : undefined
  if (stem === undefined) return undefined
  const namespace = `${stem.replace(/-+$/, '')}-evil`
  if (!set.has({ namespace, name: 'app' })) return undefined
  return {
    word: `${namespace}:app`,
    clause: `, and \`*\` runs over the colon, so that namespace ${quoted(namespace)} is meant too`,
  }
}
