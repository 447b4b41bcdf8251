import { Language } from '../automata/language.js'
import {
  MAX_NAMESPACE_LENGTH,
  MAX_SERVICE_ACCOUNT_NAME_LENGTH,
  SERVICE_ACCOUNT_WORDS,
  isNamespaceName,
  isServiceAccountName,
} from '../mechanisms/kubernetes-names.js'
import { describeServiceAccounts } from './describe.js'
import type { NamePattern } from './describe.js'

export interface ServiceAccountName {
  readonly namespace: string
  readonly name: string
}

/** More members than this are not listed: `?????:app` is finite and means 65 million namespaces. */
const ENUMERABLE_LIMIT = 64

const noPatterns = (): readonly NamePattern[] => []

/** A set of names: the namespaces of a set of service accounts. */
export interface NameSet {
  readonly isEmpty: boolean
  /** Whether there are at most 64 members; only then can it be iterated. */
  readonly isEnumerable: boolean
  has(name: string): boolean
  [Symbol.iterator](): IterableIterator<string>
}

/**
 * An exact set of service accounts of one cluster, finite or not. It reads like the `Set` of ECMAScript and never changes.
 *
 * @example
 * ```ts
 * for (const trust of analyzeTrust(inventory)) {
 *   if (trust.mechanism !== 'irsa') continue
 *   trust.serviceAccounts.has({ namespace: 'kube-system', name: 'default' })
 *   if (trust.serviceAccounts.isEnumerable) console.log([...trust.serviceAccounts])
 *   console.log(`${trust.serviceAccounts}`) // "every service account in prod"
 * }
 * ```
 */
export class ServiceAccountSet {
  static readonly none: ServiceAccountSet = new ServiceAccountSet(Language.empty, noPatterns)
  /** Every service account that a cluster can have. */
  static readonly all: ServiceAccountSet = new ServiceAccountSet(SERVICE_ACCOUNT_WORDS, noPatterns)

  readonly #words: Language
  readonly #patterns: () => readonly NamePattern[]
  #members: readonly ServiceAccountName[] | undefined | null = null
  #witness: ServiceAccountName | undefined | null = null

  private constructor(words: Language, patterns: () => readonly NamePattern[]) {
    this.#words = words
    this.#patterns = patterns
  }

  /** A set of named service accounts; names that Kubernetes does not allow are in no set. */
  static of(...members: readonly ServiceAccountName[]): ServiceAccountSet {
    const words = members
      .filter(({ namespace, name }) => isNamespaceName(namespace) && isServiceAccountName(name))
      .map(wordOf)
    return new ServiceAccountSet(Language.words(words), noPatterns)
  }

  /** @internal `words` lies within `SERVICE_ACCOUNT_WORDS`; the patterns are for display alone. */
  static fromWords(words: Language, patterns: () => readonly NamePattern[] = noPatterns): ServiceAccountSet {
    return words === SERVICE_ACCOUNT_WORDS ? ServiceAccountSet.all : new ServiceAccountSet(words, patterns)
  }

  /** @internal The same set, told with the patterns of others as well. */
  toldLike(...others: readonly ServiceAccountSet[]): ServiceAccountSet {
    return new ServiceAccountSet(this.#words, () => [this, ...others].flatMap((set) => set.#patterns()))
  }

  /** @internal The language of `NAMESPACE:NAME` words, without the limits on their lengths. */
  get words(): Language {
    return this.#words
  }

  has(serviceAccount: ServiceAccountName): boolean {
    const { namespace, name } = serviceAccount
    return isNamespaceName(namespace) && isServiceAccountName(name) && this.#words.has(wordOf(serviceAccount))
  }

  union(other: ServiceAccountSet): ServiceAccountSet {
    return this.#with(this.#words.union(other.#words), other)
  }

  intersection(other: ServiceAccountSet): ServiceAccountSet {
    return this.#with(this.#words.intersection(other.#words), other)
  }

  difference(other: ServiceAccountSet): ServiceAccountSet {
    return this.#with(this.#words.difference(other.#words), other)
  }

  isSubsetOf(other: ServiceAccountSet): boolean {
    if (this.#words === other.#words) return true
    const word = this.#words.counterexample(other.#words)
    if (word === undefined) return true
    // A shortest word that is too long may be short in its other half.
    return !fits(nameOf(word)) && this.difference(other).isEmpty
  }

  isDisjointFrom(other: ServiceAccountSet): boolean {
    return this.intersection(other).isEmpty
  }

  equals(other: ServiceAccountSet): boolean {
    return this.#words === other.#words || (this.isSubsetOf(other) && other.isSubsetOf(this))
  }

  get isEmpty(): boolean {
    return this.witness() === undefined
  }

  /** Whether there are at most 64 members; only then can the set be iterated. */
  get isEnumerable(): boolean {
    return this.#list() !== undefined
  }

  /** The namespaces that have a member. */
  namespaces(): NameSet {
    const heads = this.#rectangles().reduce((all, { head }) => all.union(head), Language.empty)
    const members = heads
      .members(ENUMERABLE_LIMIT)
      ?.filter((namespace) => namespace.length <= MAX_NAMESPACE_LENGTH)
    return {
      isEmpty: heads.isEmpty,
      isEnumerable: members !== undefined,
      has: (name) => isNamespaceName(name) && heads.has(name),
      *[Symbol.iterator]() {
        if (members === undefined) throw new RangeError('the set of namespaces is too large to be listed')
        yield* members
      },
    }
  }

  /** One member, a short one with a natural name; `undefined` when there is none. */
  witness(): ServiceAccountName | undefined {
    if (this.#witness === null) this.#witness = this.#findWitness()
    return this.#witness
  }

  #findWitness(): ServiceAccountName | undefined {
    const word = this.#words.witness()
    if (word === undefined) return undefined
    const shortest = nameOf(word)
    if (fits(shortest)) return shortest
    for (const { head, tail } of this.#rectangles()) {
      const candidate = { namespace: head.witness() ?? '', name: tail.witness() ?? '' }
      if (candidate.namespace !== '' && fits(candidate)) return candidate
    }
    return undefined
  }

  /** @throws {RangeError} where the set is not enumerable */
  *[Symbol.iterator](): IterableIterator<ServiceAccountName> {
    const members = this.#list()
    if (members === undefined) throw new RangeError('the set of service accounts is too large to be listed')
    yield* members
  }

  /** As a person would say it: `prod/app`, `every service account in prod`, `every service account of the cluster`. */
  toString(): string {
    const witness = this.witness()
    return describeServiceAccounts(
      {
        words: this.#words,
        members: this.#list()?.map(wordOf),
        witness: witness === undefined ? undefined : wordOf(witness),
      },
      this.#patterns(),
    )
  }

  #with(words: Language, other: ServiceAccountSet): ServiceAccountSet {
    if (words === this.#words) return this
    if (words === other.#words) return other
    return new ServiceAccountSet(words, () => [...this.#patterns(), ...other.#patterns()])
  }

  #rectangles(): readonly { readonly head: Language; readonly tail: Language }[] {
    return this.#words
      .split(':')
      .filter(
        ({ head, tail }) =>
          (head.shortestLength ?? Infinity) <= MAX_NAMESPACE_LENGTH &&
          (tail.shortestLength ?? Infinity) <= MAX_SERVICE_ACCOUNT_NAME_LENGTH,
      )
  }

  #list(): readonly ServiceAccountName[] | undefined {
    if (this.#members === null)
      this.#members = this.#words.members(ENUMERABLE_LIMIT)?.map(nameOf).filter(fits)
    return this.#members
  }
}

function wordOf({ namespace, name }: ServiceAccountName): string {
  return `${namespace}:${name}`
}

function nameOf(word: string): ServiceAccountName {
  const colon = word.indexOf(':')
  return { namespace: word.slice(0, colon), name: word.slice(colon + 1) }
}

function fits({ namespace, name }: ServiceAccountName): boolean {
  return namespace.length <= MAX_NAMESPACE_LENGTH && name.length <= MAX_SERVICE_ACCOUNT_NAME_LENGTH
}
