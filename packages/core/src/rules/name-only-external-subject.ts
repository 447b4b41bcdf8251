import { Language } from '../automata/language.js'
import { quoted } from '../text/quote.js'
import { externalSubjects, isOwnerOpen, naturalTail } from './external-subject.js'
import type { ExternalSubjects } from './external-subject.js'
import { openedBy } from './openness.js'
import type { RuleOn } from './rule.js'

/**
 * The subject names a GitHub owner without its id. Subjects of repositories created or renamed since July
 * 2026 carry ids, `repo:acme@1/app@2:…`, so the role does not know them; and a name alone goes to whoever
 * takes it next. Asked of the subjects: is there one of this owner with an id?
 */
export const nameOnlyExternalSubject: RuleOn<'grant'> = {
  id: 'name-only-external-subject',
  severity: 'info',
  summary: 'the subject names a GitHub owner without its id, which newer subjects carry',
  since: '0.1.0',
  kind: 'exposure',
  on: 'grant',

  *check({ grant }) {
    const external = externalSubjects(grant)
    if (external === undefined || external.isOwned || isOwnerOpen(external)) return
    const found = nameOnlyOwner(external)
    if (found === undefined) return
    const { owner, word } = found
    yield {
      at: openedBy(external.grant.admission, word, `${external.grant.issuer}:sub`).at,
      message: `GitHub subjects are expected to carry ids since July 2026, \`repo:OWNER@ID/REPOSITORY@ID\`, and none of ${quoted(owner)} with an id can assume the role`,
      certainty: 'possible',
      witness: { admission: external.grant.admission, word },
      help: 'add the subject with the ids of owner and repository beside the one without, and drop that once no repository uses it',
    }
  },
}

const MOST_OWNERS = 64
const AT = Language.glob([{ wildcard: 'any-run' }, '@', { wildcard: 'any-run' }])

function nameOnlyOwner({
  issuer,
  owners,
  subjects,
}: ExternalSubjects): { owner: string; word: string } | undefined {
  if (!issuer.ownerEnds.includes('@')) return undefined
  for (const { prefix, head, tail } of owners) {
    const nameOnly = head.difference(AT)
    const rest = naturalTail(issuer, tail)
    if (rest === undefined) continue
    // Names in any letter case are too many to list; one of them speaks for all.
    const owner = (nameOnly.members(MOST_OWNERS) ?? [nameOnly.witness() ?? '']).find(
      (name) => name !== '' && subjects.after(`${prefix}${name}@`).isEmpty,
    )
    if (owner !== undefined) return { owner, word: `${prefix}${owner}/${rest}` }
  }
  return undefined
}
