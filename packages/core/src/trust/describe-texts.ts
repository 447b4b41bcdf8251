import { Language, StateLimitError } from '../automata/language.js'
import { globPattern } from '../condition/glob.js'

const MAX_LISTED = 8

/**
 * A language of subjects or ARNs in words: its members where they are few, else globs of the policy, used only when
 * together they are proved equal to it within the domain.
 *
 * @param every what to call the whole domain
 */
export function describeTexts(
  language: Language,
  domain: Language,
  globs: readonly string[],
  every: string,
): string {
  if (language.isEmpty) return 'nobody'
  if (domain.isSubsetOf(language)) return every
  const members = language.members(MAX_LISTED)
  if (members !== undefined) return joined(members)
  try {
    const told = provedTexts(language, domain, globs, every)
    if (told !== undefined) return told
  } catch (error) {
    // A sentence that is too large to prove is none.
    if (!(error instanceof StateLimitError)) throw error
  }
  return `a part of ${every}, for example ${language.witness() ?? ''}`
}

function provedTexts(
  language: Language,
  domain: Language,
  globs: readonly string[],
  every: string,
): string | undefined {
  const whole = describeByGlobs(language, domain, globs)
  if (whole !== undefined) return whole
  const missing = domain.difference(language)
  const holes = missing.members(MAX_LISTED)
  if (holes !== undefined) return `${every} except ${joined(holes)}`
  const except = describeByGlobs(missing, domain, globs)
  if (except !== undefined) return `${every} except those ${except}`
  return undefined
}

function describeByGlobs(language: Language, domain: Language, globs: readonly string[]): string | undefined {
  const inside: string[] = []
  let covered = Language.empty
  for (const glob of [...new Set(globs)].slice(0, 50)) {
    const one = Language.glob(globPattern(glob)).intersection(domain)
    if (one.isEmpty || !one.isSubsetOf(language) || one.isSubsetOf(covered)) continue
    inside.push(glob)
    covered = covered.union(one)
  }
  if (inside.length === 0 || inside.length > MAX_LISTED || !language.isSubsetOf(covered)) return undefined
  return `matching ${joined(inside, 'or')}`
}

function joined(items: readonly string[], word = 'and'): string {
  return items.length <= 1 ? items.join('') : `${items.slice(0, -1).join(', ')} ${word} ${items.at(-1)}`
}
