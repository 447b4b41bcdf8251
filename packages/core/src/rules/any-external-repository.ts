import { externalSubjects, isOwnerOpen, unnamedRepository } from './external-subject.js'
import { openedBy } from './openness.js'
import type { RuleOn } from './rule.js'

/**
 * Every repository or project of one owner can assume the role: whoever may create a repository there, or
 * push to any. Asked of the subjects: do they hold those of a repository that nobody has thought of?
 */
export const anyExternalRepository: RuleOn<'grant'> = {
  id: 'any-external-repository',
  severity: 'medium',
  summary: 'every repository or project of an owner at a shared issuer can assume the role',
  since: '0.1.0',
  kind: 'exposure',
  on: 'grant',

  *check({ grant }) {
    const external = externalSubjects(grant)
    if (external === undefined || isOwnerOpen(external)) return
    const word = unnamedRepository(external)
    if (word === undefined) return
    const { issuer } = external
    const { at, cause } = openedBy(external.grant.admission, word, `${external.grant.issuer}:sub`)
    yield {
      at,
      message: `every ${issuer.name} ${issuer.repository.is} of the ${issuer.ownerIs} can assume the role: ${cause}`,
      witness: { admission: external.grant.admission, word },
      help: `name the ${issuer.repository.is} under the \`:sub\` key as well`,
    }
  },
}
