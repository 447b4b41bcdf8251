import { Language, StateLimitError } from '../automata/language.js'
import { sharedIssuer } from '../mechanisms/issuers.js'
import type { SharedIssuer } from '../mechanisms/issuers.js'
import type { TrustAnalysis, WebIdentityTrust } from '../trust/analyze.js'

/** What a grant admits from an issuer that many customers share, cut after the owner's name. */
export interface ExternalSubjects {
  readonly grant: WebIdentityTrust
  readonly issuer: SharedIssuer
  /** Whether the URL of the issuer already says whose it is. */
  readonly isOwned: boolean
  readonly subjects: Language
  /** Subjects by owner; no two have an owner in common. */
  readonly owners: readonly OwnedSubjects[]
}

interface OwnedSubjects {
  /** What stands before the owner's name, such as `repo:`. */
  readonly prefix: string
  /** The owner's name and, at GitHub, what stands between `@` and `/`. */
  readonly head: Language
  readonly names: Language
  /** What follows the end of the owner's part. */
  readonly tail: Language
}

const known = new WeakMap<WebIdentityTrust, ExternalSubjects | undefined>()

/** `undefined` for grants of anybody else. */
export function externalSubjects(grant: TrustAnalysis): ExternalSubjects | undefined {
  if (grant.mechanism !== 'web-identity' || !grant.isNamed) return undefined
  if (!known.has(grant)) known.set(grant, cut(grant))
  return known.get(grant)
}

function cut(grant: WebIdentityTrust): ExternalSubjects | undefined {
  const issuer = sharedIssuer(grant.issuer)
  if (issuer === undefined) return undefined
  // Another claim may name the owner: then only what is admitted whatever that claim says counts.
  const isBound = grant.undecided.some(({ cause }) => cause === 'missing-input')
  const subjects = isBound ? grant.certainSubjects : grant.subjects
  if (subjects.isEmpty) return undefined
  const isOwned = issuer.pathIsOwner === true && grant.issuer.includes('/')
  try {
    return { grant, issuer, isOwned, subjects, owners: ownersOf(issuer, subjects) }
  } catch (error) {
    // Subjects that are too large to be cut count as everybody's.
    if (!(error instanceof StateLimitError)) throw error
    return { grant, issuer, isOwned, subjects, owners: [ANYBODY] }
  }
}

const ANYBODY: OwnedSubjects = { prefix: '', head: Language.all, names: Language.all, tail: Language.all }

function ownersOf({ ownerPrefixes, ownerEnds }: SharedIssuer, subjects: Language): readonly OwnedSubjects[] {
  const [end, ...innerEnds] = ownerEnds
  if (end === undefined)
    return [{ prefix: '', head: Language.literal(''), names: Language.literal(''), tail: subjects }]
  return ownerPrefixes.flatMap((prefix) =>
    subjects
      .after(prefix)
      .split(end)
      .map(({ head, tail }) => ({ prefix, head, names: innerEnds.reduce(upTo, head), tail })),
  )
}

/** Words up to the first mark in them, or whole. */
function upTo(words: Language, mark: string): Language {
  const any = { wildcard: 'any-run' } as const
  const whole = words.difference(Language.glob([any, mark, any]))
  return words.split(mark).reduce((all, { head }) => all.union(head), whole)
}

const MOST_NAMES = 1000

const upperCase = Language.charset([
  [0x41, 0x5a],
  [0x212a, 0x212a],
])
const withUpperCase = Language.lazy(() => Language.all.concat(upperCase).concat(Language.all))

/** Whether the names are so many literal ones, in one letter case or in all. */
export function areLiteral(names: Language): boolean {
  if (names.members(MOST_NAMES) !== undefined) return true
  const lower = names.difference(withUpperCase).members(MOST_NAMES)
  if (lower === undefined) return false
  return names.isSubsetOf(lower.reduce((all, name) => all.union(Language.ignoreCase(name)), Language.empty))
}

/** Whether the owners of the grant are open: any name, or any that begins like one. */
export function isOwnerOpen({ isOwned, owners }: ExternalSubjects): boolean {
  return !isOwned && owners.some(({ names }) => !areLiteral(names))
}

/** A repository or project that no policy names. */
const UNNAMED = 'podtrust-unnamed'

/** What a provider calls the owner, with an id or without. */
const OWNER_FORM = Language.lazy(() =>
  Language.charset([
    [0x2d, 0x2e],
    [0x30, 0x39],
    [0x41, 0x5a],
    [0x5f, 0x5f],
    [0x61, 0x7a],
  ]).repeat(1),
)
const WITH_ID = Language.lazy(() =>
  Language.literal('@').concat(Language.range(0x30, 0x39).repeat(1)).union(Language.literal('')),
)

/**
 * A subject of such a one, where the grant admits it; only subjects of the form that the issuer gives out
 * count.
 */
export function unnamedRepository({ issuer, owners }: ExternalSubjects): string | undefined {
  const [ownerEnd = ''] = issuer.ownerEnds
  const { prefix: before, rest: form } = issuer.repository
  const natural = issuer.exampleRest.split('app').slice(1).join('app')
  for (const { prefix, head, tail } of owners) {
    const owner = ownerEnd === '' ? '' : head.intersection(OWNER_FORM.concat(WITH_ID)).witness()
    const rest = tail.after(`${before}${UNNAMED}`).intersection(form)
    if (owner === undefined || rest.isEmpty) continue
    return `${prefix}${owner}${ownerEnd}${before}${UNNAMED}${rest.has(natural) ? natural : (rest.witness() ?? '')}`
  }
  return undefined
}

/** The rest of a subject in the form that the issuer gives out, where the set has one. */
export function naturalTail({ repository }: SharedIssuer, tail: Language): string | undefined {
  return (
    tail
      .intersection(
        Language.literal(repository.prefix).concat(OWNER_FORM).concat(WITH_ID).concat(repository.rest),
      )
      .witness() ?? tail.witness()
  )
}
