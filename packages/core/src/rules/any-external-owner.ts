import { Language } from '../automata/language.js'
import { quoted } from '../text/quote.js'
import { areLiteral, externalSubjects, isOwnerOpen, naturalTail } from './external-subject.js'
import type { ExternalSubjects } from './external-subject.js'
import { openedBy } from './openness.js'
import type { RuleOn } from './rule.js'

/**
 * Strangers can assume the role through an issuer that everybody can have tokens of, because the owner's name
 * is left open. Asked of the subjects: is the part up to the end of the owner's name a handful of literal
 * names?
 */
export const anyExternalOwner: RuleOn<'grant'> = {
  id: 'any-external-owner',
  severity: 'high',
  summary: 'any customer of a shared issuer such as GitHub Actions can assume the role',
  since: '0.1.0',
  kind: 'exposure',
  on: 'grant',

  *check({ grant }) {
    const external = externalSubjects(grant)
    if (external === undefined || !isOwnerOpen(external)) return
    const { issuer } = external
    const { word, owner } = strangerIn(external)
    const { at, cause } = openedBy(external.grant.admission, word, `${external.grant.issuer}:sub`)
    const [prefix = ''] = issuer.ownerPrefixes
    const [end = ''] = issuer.ownerEnds
    yield {
      at,
      message: `a ${issuer.name} ${issuer.ownerIs} that the policy does not name, such as ${quoted(owner)}, can assume the role: ${cause}`,
      witness: { admission: external.grant.admission, word },
      help: `write the ${issuer.ownerIs} in full up to \`${end}\`, as in \`${prefix}acme${end}\`, under the \`:sub\` key`,
    }
  },
}

/** A subject of somebody else, as natural as the set allows. */
function strangerIn({ issuer, subjects, owners }: ExternalSubjects): { word: string; owner: string } {
  const [end = ''] = issuer.ownerEnds
  const naturalRest = issuer.exampleRest.slice(end.length)
  for (const { prefix, head, names, tail } of owners) {
    if (areLiteral(names)) continue
    const owner = head.has('evil-corp')
      ? 'evil-corp'
      : (head.intersection(EVIL).witness() ?? head.witness() ?? '')
    const word = `${prefix}${owner}${end}${tail.has(naturalRest) ? naturalRest : (naturalTail(issuer, tail) ?? '')}`
    if (subjects.has(word)) return { word, owner }
  }
  const word = subjects.witness() ?? ''
  return { word, owner: word }
}

const EVIL = Language.glob([{ wildcard: 'any-run' }, '-evil'])
