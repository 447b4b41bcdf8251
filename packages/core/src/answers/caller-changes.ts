import type { Facts, PodIdentityAssociation } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import type { IrsaTrust, PodIdentityTrust, TrustAnalysis, WebIdentityTrust } from '../trust/analyze.js'
import { movementOf, movesOf, NO_TESTS, testsOf } from './caller-change.js'
import type { CallerChange, CallerMove } from './caller-change.js'
import { wordingOf } from './caller-wording.js'
import type { PlainTrust } from './caller-wording.js'
import { admittedAssociations, associationsThrough, clusterOfAssociation, fromOf } from './callers.js'
import { targetHopOutcome, withClusterArn } from '../trust/pod-identity-hops.js'
import { podIdentityChanges } from './pod-identity-changes.js'
import type { RolePair } from './role-pairs.js'
import { sceneOf, shown } from './role-sides.js'
import type { RoleScene, Side } from './role-sides.js'

export interface CallerChanges {
  readonly callers: readonly CallerChange[]
  /** Associations that the trust admits on one side alone. */
  readonly associations: { readonly gained: readonly string[]; readonly lost: readonly string[] }
  /** Why "no change" cannot be said. */
  readonly doubts: readonly string[]
}

/** All callers that one role lets in on one side and not on the other. */
export function callerChanges(
  pair: RolePair,
  factsBefore: Facts,
  factsAfter: Facts,
  now: Date,
): CallerChanges {
  const scene = sceneOf(pair, factsBefore, factsAfter, now)
  const { before, after } = scene
  const doubts: string[] = []
  const callers: CallerChange[] = []
  const pairs = trustPairs(before.trusts, after.trusts)
  // An issuer that is not known yet may be any of those that come or go.
  const isOpen =
    pair.before !== undefined &&
    pair.after !== undefined &&
    pairs.some(([was, is]) => admitsToken(was) !== admitsToken(is) && (isHole(was) || isHole(is)))
  for (const [was, is] of pairs) {
    const trust = is ?? was
    if (trust === undefined) continue
    if (trust.mechanism === 'pod-identity') {
      callers.push(
        ...podIdentityChanges(was as PodIdentityTrust | undefined, is as PodIdentityTrust | undefined, scene),
      )
      continue
    }
    const isOtherIssuer = was !== undefined && is !== undefined && keyOf(was) !== keyOf(is)
    const found = plainChange(
      was as PlainTrust | undefined,
      is as PlainTrust | undefined,
      scene,
      isOtherIssuer || (isOpen && trust.mechanism !== 'aws-principal'),
    )
    if (isOtherIssuer && is.mechanism !== 'aws-principal') {
      const issuers = `${issuerOf(was)} before, ${issuerOf(is)} after`
      const outcome =
        found === undefined
          ? 'if they are one, nobody gains or loses'
          : 'they are compared as if they were one'
      doubts.push(
        shown(
          `the issuer that ${trust.role.name} trusts is not known on both sides (${issuers}): ${outcome}`,
          scene,
        ),
      )
    }
    if (found !== undefined) callers.push(found)
  }
  const [were, are] = [associationsOf(before, scene, now), associationsOf(after, scene, now)]
  const associations = {
    gained: are.filter((one) => !were.includes(one)),
    lost: were.filter((one) => !are.includes(one)),
  }
  return { callers: callers.map((caller) => withOrigins(caller, scene)), associations, doubts }
}

// --- who is compared with whom --------------------------------------------------------------------------------------

type TrustPair = readonly [before: TrustAnalysis | undefined, after: TrustAnalysis | undefined]

function keyOf(trust: TrustAnalysis): string {
  switch (trust.mechanism) {
    case 'irsa':
    case 'web-identity':
      return `${trust.mechanism} ${trust.providerArn}`
    case 'pod-identity':
      return trust.mechanism
    case 'aws-principal':
      return `${trust.mechanism} ${trust.caller.kind} ${trust.caller.kind === 'account' ? trust.caller.account : ''}`
  }
}

/**
 * The same callers of both sides. An issuer that is not known yet may be the one that was trusted before: where one is
 * left on each side, they are compared.
 */
function trustPairs(before: readonly TrustAnalysis[], after: readonly TrustAnalysis[]): readonly TrustPair[] {
  const known = new Map(before.map((trust) => [keyOf(trust), trust]))
  const pairs = after.map((trust): [TrustAnalysis | undefined, TrustAnalysis | undefined] => [
    known.get(keyOf(trust)),
    trust,
  ])
  const keys = new Set(after.map(keyOf))
  const gone = before.filter((trust) => !keys.has(keyOf(trust)))
  const all: [TrustAnalysis | undefined, TrustAnalysis | undefined][] = [
    ...pairs,
    ...gone.map((trust): [TrustAnalysis, undefined] => [trust, undefined]),
  ]
  const leaves = all.filter(([was, is]) => admitsToken(was) && !admitsToken(is))
  const comes = all.filter(([was, is]) => !admitsToken(was) && admitsToken(is))
  const [out, into] = [leaves[0], comes[0]]
  if (leaves.length !== 1 || comes.length !== 1 || out === undefined || into === undefined) return all
  if (out[0]?.mechanism !== into[1]?.mechanism || (!isHole(out[0]) && !isHole(into[1]))) return all
  return [...all.filter((pair) => pair !== out && pair !== into), [out[0], into[1]]]
}

function admitsToken(trust: TrustAnalysis | undefined): trust is IrsaTrust | WebIdentityTrust {
  if (trust === undefined) return false
  if (trust.mechanism === 'irsa') return !trust.serviceAccounts.isEmpty
  return trust.mechanism === 'web-identity' && !trust.subjects.isEmpty
}

function issuerOf(trust: TrustAnalysis): string {
  return trust.mechanism === 'irsa' || trust.mechanism === 'web-identity' ? trust.issuer : ''
}

function isHole(trust: TrustAnalysis | undefined): boolean {
  return trust !== undefined && issuerOf(trust).includes('.known-after-apply.invalid/')
}

// --- the changes ----------------------------------------------------------------------------------------------------

function plainChange(
  was: PlainTrust | undefined,
  is: PlainTrust | undefined,
  scene: RoleScene,
  isDoubtful: boolean,
): CallerChange | undefined {
  const trust = is ?? was
  if (trust === undefined) return undefined
  const sides = [
    { policy: scene.before.policy, admission: was?.admission },
    { policy: scene.after.policy, admission: is?.admission },
  ] as const
  const movement = movementOf(...sides, wordingOf(was, is), scene.isDoubtful || isDoubtful)
  const tests = testsOf(was?.admission, is?.admission)
  if (movement === undefined && tests === NO_TESTS) return undefined
  return {
    mechanism: trust.mechanism,
    from: fromOf(trust),
    ...(trust.mechanism === 'aws-principal' ? {} : { issuer: trust.issuer }),
    ...movesOf(movement),
    tests,
  }
}

// --- associations and words -----------------------------------------------------------------------------------------

/** Those that the trust admits, and those whose pods get the role as their target. */
function associationsOf(side: Side, { before, after }: RoleScene, now: Date): readonly string[] {
  const { trusts, facts } = side
  const trust = trusts.find(({ mechanism }) => mechanism === 'pod-identity')
  const direct = trust?.mechanism === 'pod-identity' ? admittedAssociations(trust, facts, now) : []
  const textOf = (association: PodIdentityAssociation): string =>
    associationText(association, before.facts, after.facts)
  return [
    ...direct
      .map(({ association }) => association)
      .filter(isKnown)
      .map(textOf),
    ...targetingAssociations(side, now)
      .filter(isKnown)
      .map((association) => textOf(association) + throughText(association)),
  ]
}

function targetingAssociations({ role, policy, facts }: Side, now: Date): readonly PodIdentityAssociation[] {
  if (role === undefined) return []
  return associationsThrough({ role }, facts).filter((association) => {
    const hop = targetHopOutcome(policy, role, withClusterArn(association, facts), now)
    return hop !== undefined && hop.outcome !== 'denied'
  })
}

function throughText({ roleArn }: PodIdentityAssociation): string {
  return isUnknown(roleArn) ? '' : ` through ${roleArn}`
}

function isKnown({ cluster, namespace, serviceAccount }: PodIdentityAssociation): boolean {
  return !isUnknown(cluster) && !isUnknown(namespace) && !isUnknown(serviceAccount)
}

function associationText(association: PodIdentityAssociation, ...facts: readonly Facts[]): string {
  const { namespace, serviceAccount } = association
  return `${String(namespace)}/${String(serviceAccount)} in ${clusterOfAssociation(association, ...facts)}`
}

/** Values that are not known yet are named by where they come from. */
function withOrigins(change: CallerChange, scene: RoleScene): CallerChange {
  if (scene.holes.length === 0) return change
  const moves = (list: readonly CallerMove[]): readonly CallerMove[] =>
    list.map((move) => ({ ...move, who: shown(move.who, scene) }))
  const { issuer } = change
  return {
    ...change,
    from: shown(change.from, scene),
    ...(issuer === undefined ? {} : { issuer: shown(issuer, scene) }),
    gained: moves(change.gained),
    lost: moves(change.lost),
  }
}
