import { Language, StateLimitError } from '../automata/language.js'
import { globPattern } from '../condition/glob.js'
import { NAMESPACES, SERVICE_ACCOUNT_NAMES, SERVICE_ACCOUNT_WORDS } from '../mechanisms/kubernetes-names.js'

/** A glob over namespaces and one over names, as they stand in a policy. */
export interface NamePattern {
  readonly namespace: string
  readonly name: string
}

/** More pieces than this do not make a sentence. */
const MAX_PIECES = 8

interface Rectangle extends NamePattern {
  readonly language: Language
}

const ALL: NamePattern = { namespace: '*', name: '*' }

/** What is to be described. */
export interface DescribedSet {
  /** The language of `NAMESPACE:NAME` words. */
  readonly words: Language
  /** All members as words, where they are few. */
  readonly members: readonly string[] | undefined
  /** One member as a word; `undefined` for the empty set. */
  readonly witness: string | undefined
}

/**
 * The set in words. A regular language has lost the globs it was made of, so candidates come from the patterns of the
 * policy, and a sentence is used only when it is proved equal to the set.
 */
export function describeServiceAccounts(set: DescribedSet, patterns: readonly NamePattern[]): string {
  const { words, members, witness } = set
  if (witness === undefined) return 'no service account'
  if (members !== undefined) return list(members.map(asPath))
  try {
    const told = provedSentence(words, patterns)
    if (told !== undefined) return told
  } catch (error) {
    // A sentence that is too large to prove is none.
    if (!(error instanceof StateLimitError)) throw error
  }
  const shapes = words.split(':').length
  return `service accounts in ${shapes === 1 ? 'one pattern' : `${shapes} patterns`}, for example ${asPath(witness)}`
}

function provedSentence(words: Language, patterns: readonly NamePattern[]): string | undefined {
  if (SERVICE_ACCOUNT_WORDS.isSubsetOf(words)) return sentence(ALL)

  const candidates = rectanglesOf(patterns, words)
  const inside = cover(words, candidates)
  if (inside !== undefined && inside.length <= MAX_PIECES) return list(inside.map(sentence))

  const hulls: readonly (readonly Rectangle[])[] = [
    ...candidates.filter(({ language }) => words.isSubsetOf(language)).map((one) => [one]),
    candidates.filter(({ language }) => !language.isDisjointFrom(words)),
    [rectangle(ALL)],
  ]
  for (const hull of hulls) {
    const whole = hull.reduce((all, { language }) => all.union(language), Language.empty)
    if (!words.isSubsetOf(whole)) continue
    const missing = whole.difference(words)
    const left = missing.members(MAX_PIECES)
    const base = list(maximal(hull).slice(0, MAX_PIECES).map(sentence))
    if (left !== undefined) return `${base} except ${list(left.map(asPath))}`
    const holes = cover(missing, rectanglesOf(patterns, missing))
    if (holes !== undefined && holes.length <= MAX_PIECES)
      return `${base} except ${list(holes.map(sentence))}`
  }
  return undefined
}

function asPath(word: string): string {
  return word.replace(':', '/')
}

function rectangle(pattern: NamePattern): Rectangle {
  const half = (glob: string, names: Language): Language =>
    glob === '*' ? names : Language.glob(globPattern(glob)).intersection(names)
  const language = half(pattern.namespace, NAMESPACES)
    .concat(Language.literal(':'))
    .concat(half(pattern.name, SERVICE_ACCOUNT_NAMES))
  return { ...pattern, language }
}

/** Every rectangle that the patterns suggest and that meets the set, widest first. */
function rectanglesOf(patterns: readonly NamePattern[], words: Language): readonly Rectangle[] {
  const seen = new Set<string>()
  const rectangles: Rectangle[] = []
  for (const pattern of [ALL, ...patterns]) {
    for (const candidate of [pattern, { ...pattern, name: '*' }, { ...pattern, namespace: '*' }]) {
      const key = `${candidate.namespace}:${candidate.name}`
      if (seen.has(key) || seen.size > 200) continue
      seen.add(key)
      const one = rectangle(candidate)
      if (!one.language.isEmpty && !one.language.isDisjointFrom(words)) rectangles.push(one)
    }
  }
  return rectangles
}

/** Maximal rectangles inside the set that together are the set. */
function cover(words: Language, candidates: readonly Rectangle[]): readonly Rectangle[] | undefined {
  const inside = maximal(candidates.filter(({ language }) => language.isSubsetOf(words)))
  const whole = inside.reduce((all, { language }) => all.union(language), Language.empty)
  return words.isSubsetOf(whole) ? inside : undefined
}

function maximal(rectangles: readonly Rectangle[]): readonly Rectangle[] {
  return rectangles.filter((one, index) =>
    rectangles.every(
      (other, at) =>
        at === index ||
        !one.language.isSubsetOf(other.language) ||
        (other.language.isSubsetOf(one.language) && index < at),
    ),
  )
}

function isPlain(glob: string): boolean {
  return !/[*?]/.test(glob)
}

function sentence({ namespace, name }: NamePattern): string {
  if (isPlain(namespace) && isPlain(name)) return `${namespace}/${name}`
  const who =
    name === '*'
      ? 'every service account'
      : isPlain(name)
        ? `service account ${name}`
        : `service accounts matching ${name}`
  if (namespace === '*') return name === '*' ? `${who} of the cluster` : `${who} in every namespace`
  return `${who} in ${isPlain(namespace) ? namespace : `namespaces matching ${namespace}`}`
}

function list(items: readonly string[]): string {
  const shown =
    items.length > 2 * MAX_PIECES
      ? [...items.slice(0, MAX_PIECES), `${items.length - MAX_PIECES} more`]
      : items
  if (shown.length <= 1) return shown.join('')
  return `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}

/**
 * What a glob over the whole `NAMESPACE:NAME` word suggests for its two halves: one pattern for each place where the
 * colon can be. `prod*` suggests `prod*` × `*`, for its star crosses the colon.
 */
export function suggestPatterns(glob: string): readonly NamePattern[] {
  const patterns: NamePattern[] = []
  for (let index = 0; index < glob.length && patterns.length < 16; index++) {
    const unit = glob[index]
    if (unit === ':') return [...patterns, { namespace: glob.slice(0, index), name: glob.slice(index + 1) }]
    if (unit === '*') patterns.push({ namespace: glob.slice(0, index + 1), name: glob.slice(index) })
    if (unit === '?') patterns.push({ namespace: glob.slice(0, index), name: glob.slice(index + 1) })
  }
  return patterns
}
