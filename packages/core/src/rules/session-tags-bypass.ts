import type { Statement } from '../policy/ast.js'
import { quoted } from '../text/quote.js'
import type { PodIdentityTrust } from '../trust/analyze.js'
import { openedBy } from './openness.js'
import type { RuleOn } from './rule.js'

/**
 * An association without session tags gets around the conditions. Such an association sends no `aws:RequestTag/…` and asks
 * for `sts:AssumeRole` alone, so a condition that holds where the tag is missing, or that stands on `sts:TagSession` only,
 * keeps nobody out. Asked of the sets: does the role admit more without session tags than with them?
 */
export const sessionTagsBypass: RuleOn<'grant'> = {
  id: 'session-tags-bypass',
  severity: 'medium',
  summary: 'an association with session tags disabled gets around the conditions on session tags',
  since: '0.1.0',
  kind: 'exposure',
  on: 'grant',

  *check({ grant }) {
    if (grant.mechanism !== 'pod-identity' || !grant.isNamed) return
    const { tagged, untagged } = grant
    if (tagged.expected.isEmpty || untagged.expected.isEmpty || !admitsMore(grant)) return
    const more = untagged.expected.difference(tagged.expected)
    const member = (more.isEmpty ? untagged.expected : more).witness()
    if (member === undefined) return
    const word = `${member.namespace}:${member.name}`
    const { statement } = openedBy(untagged.admission, word)
    yield {
      ...blame(statement),
      witness: { admission: untagged.admission, word },
      help: 'test the session tags with `StringEquals` or `StringLike` in the statement that allows `sts:AssumeRole`',
    }
  },
}

/** Also where the service accounts are the same and only the cluster is set free. */
function admitsMore({ tagged, untagged }: PodIdentityTrust): boolean {
  return (
    !untagged.expected.isSubsetOf(tagged.expected) ||
    !untagged.unnamedCluster.isSubsetOf(tagged.unnamedCluster)
  )
}

function blame(statement: Statement): { at: string; message: string } {
  const who = 'an association with session tags disabled gets around the conditions'
  const condition = statement.conditions.find(
    ({ key }) =>
      key.startsWith('aws:requesttag/') || key === 'aws:tagkeys' || key === 'sts:transitivetagkeys',
  )
  return condition === undefined
    ? {
        at: statement.pointer,
        message: `${who}: this statement allows \`sts:AssumeRole\` without a condition on session tags`,
      }
    : {
        at: condition.pointer,
        message: `${who}: ${quoted(condition.operator.text)} on ${quoted(condition.keyText)} holds where there are no session tags`,
      }
}
