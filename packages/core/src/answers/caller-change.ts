import { Language } from '../automata/language.js'
import { WitnessError } from '../errors.js'
import type { RequestModel } from '../mechanisms/request-model.js'
import type { TrustPolicy } from '../policy/ast.js'
import type { AssumeRoleRequest } from '../policy/request.js'
import type { Admission } from '../trust/admission.js'
import { evaluateTrust } from '../trust/evaluate.js'
import { requestFor, requestsFor } from '../trust/requests.js'
import type { ServiceAccountName } from '../trust/service-account-set.js'
import { keysToShow, whoIs } from '../trust/shown-request.js'

/** Those who gain or lose access together. */
export interface CallerMove {
  /** `certain`: admitted on one side and not on the other, both for certain. `perhaps`: one of the two is not decided. */
  readonly certainty: 'certain' | 'perhaps'
  /** In words: `every service account in prod except prod/app`. */
  readonly who: string
  /** The members, where there are at most 64 of them. */
  readonly serviceAccounts?: readonly ServiceAccountName[]
  /** One of them, with a request that the one policy lets through while the other lets none of theirs through. */
  readonly witness?: MoveWitness
}

export interface MoveWitness {
  readonly serviceAccount?: ServiceAccountName
  readonly subject?: string
  readonly request: AssumeRoleRequest
}

/** What one bound has more, and what it has less. */
export interface BoundChange {
  readonly gained: Language
  readonly lost: Language
}

/** The exact difference of two sets of callers, as languages of words: `NAMESPACE:NAME`, subjects, or ARNs. */
export interface ExactChange {
  readonly certain: BoundChange
  readonly possible: BoundChange
}

/** What changes for the callers of one mechanism: of one issuer, one kind of cluster, one class of AWS callers. */
export interface CallerChange {
  readonly mechanism: 'irsa' | 'pod-identity' | 'web-identity' | 'aws-principal'
  /** The cluster or issuer, or what kind of caller. */
  readonly from: string
  /** Host and path of the issuer, where the callers have tokens of one. */
  readonly issuer?: string
  readonly gained: readonly CallerMove[]
  readonly lost: readonly CallerMove[]
  /** What restricts the call and not who may call, and is tested on one side alone. */
  readonly tests: { readonly added: readonly string[]; readonly dropped: readonly string[] }
  readonly exact: ExactChange
}

/** The same callers on one side of a comparison. */
export interface CallerSide {
  readonly policy: TrustPolicy
  /** Absent where the policy does not mean these callers at all. */
  readonly admission?: Admission | undefined
  /** Under the readings that are expected where AWS documents nothing; absent where there are none. */
  readonly expected?: Admission | undefined
}

/** How to speak of words. */
export interface Wording {
  /** The words that can be, of a language. */
  readonly witness: (words: Language) => string | undefined
  readonly describe: (words: Language) => Pick<CallerMove, 'who' | 'serviceAccounts'>
}

export interface Movement {
  readonly exact: ExactChange
  readonly gained: readonly CallerMove[]
  readonly lost: readonly CallerMove[]
  /** The four sets behind the moves, by which two movements are told to be the same. */
  readonly sets: readonly Language[]
}

interface Bounds {
  readonly certain: Language
  readonly possible: Language
  readonly expected: Language
}

/**
 * Who moved between two sides. A word is out, undecided or in on each of them: from out to in and back is certain, any
 * other step is `perhaps`; whoever stays undecided did not move, unless the expected reading says so.
 *
 * @param isDoubtful whether nothing is certain, because values are not known
 * @throws {WitnessError} where a witness does not replay: a bug of podtrust
 */
export function movementOf(
  before: CallerSide,
  after: CallerSide,
  wording: Wording,
  isDoubtful: boolean,
): Movement | undefined {
  const from = boundsOf(before)
  const to = boundsOf(after)
  const exact = { certain: change(from.certain, to.certain), possible: change(from.possible, to.possible) }
  const expected = change(from.expected, to.expected)
  const parts = (pick: (one: BoundChange) => Language): readonly [certain: Language, perhaps: Language] => {
    const [certain, possible] = [pick(exact.certain), pick(exact.possible)]
    const surely = isDoubtful ? Language.empty : certain.intersection(possible)
    return [surely, certain.union(possible).union(pick(expected)).difference(surely)]
  }
  const gains = parts(({ gained }) => gained)
  const losses = parts(({ lost }) => lost)
  const moves = (
    [certain, perhaps]: readonly [Language, Language],
    out: CallerSide,
    into: CallerSide,
  ): readonly CallerMove[] => [
    ...moveOf('certain', certain, out, into, wording),
    ...moveOf('perhaps', perhaps, out, into, wording),
  ]
  const gained = moves(gains, before, after)
  const lost = moves(losses, after, before)
  return gained.length + lost.length === 0 ? undefined : { exact, gained, lost, sets: [...gains, ...losses] }
}

export function isSameMovement(a: Movement, b: Movement): boolean {
  return a.sets.every((set, index) => set.equals(b.sets[index] ?? Language.empty))
}

/** The expected set lies between the two bounds. */
function boundsOf({ admission, expected }: CallerSide): Bounds {
  const certain = admission?.certain ?? Language.empty
  const possible = admission?.possible ?? Language.empty
  if (expected === undefined || certain === possible) return { certain, possible, expected: certain }
  return { certain, possible, expected: expected.possible.union(certain).intersection(possible) }
}

function change(from: Language, to: Language): BoundChange {
  if (from === to) return { gained: Language.empty, lost: Language.empty }
  return { gained: to.difference(from), lost: from.difference(to) }
}

function* moveOf(
  certainty: CallerMove['certainty'],
  words: Language,
  out: CallerSide,
  into: CallerSide,
  { witness, describe }: Wording,
): Generator<CallerMove> {
  const word = witness(words)
  if (word === undefined) return
  const request = replayed(word, out, into)
  const who = into.admission === undefined ? {} : whoIs(into.admission.model, word)
  yield { certainty, ...describe(words), ...(request === undefined ? {} : { witness: { ...who, request } }) }
}

/**
 * A request for the word that the evaluator lets through on one side, where it denies all that can be sent on the other.
 * `undefined` where a side could only be bounded, so that nothing is proved.
 */
function replayed(word: string, out: CallerSide, into: CallerSide): AssumeRoleRequest | undefined {
  const plain = into.admission
  if (plain === undefined) return undefined
  const reading = into.expected !== undefined && !plain.certain.has(word) ? into.expected : plain
  const admission = reading.possible.has(word) ? reading : plain
  const keys = [...keysToShow(admission.model), ...keysOf(out, admission.model)]
  const request = requestFor(admission, word, 'possible', keys)
  const outcome = request === undefined ? 'denied' : evaluateTrust(into.policy, request).outcome
  const isRight = admission.certain.has(word) ? outcome === 'allowed' : outcome !== 'denied'
  if (!isRight || request === undefined) {
    if (!admission.certain.has(word) && isInexact(admission)) return undefined
    throw new WitnessError(
      'E_WITNESS',
      `a caller who is said to get in is called ${outcome} by the evaluator`,
    )
  }
  return isKeptOut(word, out, request) ? request : undefined
}

/** Whether nothing that the word can send gets through for certain; a request that does is a bug. */
function isKeptOut(word: string, side: CallerSide, request: AssumeRoleRequest): boolean {
  const { admission, policy } = side
  if (admission === undefined) return evaluateTrust(policy, request).outcome !== 'allowed'
  if (admission.possible.has(word)) return !admission.certain.has(word)
  for (const one of requestsFor(admission, word)) {
    const { outcome } = evaluateTrust(policy, one)
    if (outcome === 'denied') continue
    if (isInexact(admission)) return false
    throw new WitnessError(
      'E_WITNESS',
      `a caller who is said to be kept out is called ${outcome} by the evaluator`,
    )
  }
  return true
}

function isInexact({ undecided }: Admission): boolean {
  return undecided.some((one) => one.isInexact)
}

/** What the other policy tests is shown too, so that the request says all that either of them asks. */
function keysOf({ admission }: CallerSide, { caller }: RequestModel): readonly string[] {
  if (admission === undefined || admission.model.caller.type !== caller.type) return []
  return [...admission.keys.keys()]
}

const NONE = { gained: Language.empty, lost: Language.empty }

export function movesOf(movement: Movement | undefined): Pick<CallerChange, 'gained' | 'lost' | 'exact'> {
  if (movement === undefined) return { gained: [], lost: [], exact: { certain: NONE, possible: NONE } }
  const { gained, lost, exact } = movement
  return { gained, lost, exact }
}

export const NO_TESTS: CallerChange['tests'] = { added: [], dropped: [] }

/** What restricts the call and is asked on one side alone; of interest where the caller is admitted on both. */
export function testsOf(was: Admission | undefined, is: Admission | undefined): CallerChange['tests'] {
  if (was === undefined || is === undefined || was.possible.isEmpty || is.possible.isEmpty) return NO_TESTS
  const added = is.residual.filter((test) => !was.residual.includes(test))
  const dropped = was.residual.filter((test) => !is.residual.includes(test))
  return added.length + dropped.length === 0 ? NO_TESTS : { added, dropped }
}
