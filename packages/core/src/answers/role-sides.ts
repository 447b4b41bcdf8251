import type { Facts, Hole, Role, TrustPolicyDocument } from '../inventory.js'
import { revealed } from '../inventory.js'
import type { TrustPolicy } from '../policy/ast.js'
import { parseTrustPolicyDocument } from '../policy/parse.js'
import { analyzeRole } from '../trust/analyze.js'
import type { TrustAnalysis } from '../trust/analyze.js'
import type { RolePair } from './role-pairs.js'

/** One side of the comparison of a role. */
export interface Side {
  readonly role: Role | undefined
  readonly facts: Facts
  readonly policy: TrustPolicy
  readonly trusts: readonly TrustAnalysis[]
}

/** A role on both sides, each asked about the callers that either of them names. */
export interface RoleScene {
  readonly before: Side
  readonly after: Side
  readonly now: Date
  readonly holes: readonly Hole[]
  /** Whether a policy holds values that are not known, other than its issuers. */
  readonly isDoubtful: boolean
}

export function sceneOf(
  { before, after }: RolePair,
  factsBefore: Facts,
  factsAfter: Facts,
  now: Date,
): RoleScene {
  const account = after?.account ?? before?.account
  const partition = after?.partition ?? before?.partition
  const owner = {
    ...(account === undefined ? {} : { account }),
    ...(partition === undefined ? {} : { partition }),
  }
  // What is known of clusters on one side names them on the other as well.
  const clusters = [...factsAfter.clusters, ...factsBefore.clusters]
  const holes = [...(factsBefore.holes ?? holesOf(before)), ...(factsAfter.holes ?? holesOf(after))]
  const documents = [
    before && withPlaceholdersOf(before.trustPolicy, holesOf(before), holesOf(after)),
    after?.trustPolicy,
  ] as const
  const [was, is] = documents.map((document) =>
    document === undefined || document.kind === 'unknown' ? NO_POLICY : parseTrustPolicyDocument(document),
  )
  const sideOf = (
    role: Role | undefined,
    facts: Facts,
    document: TrustPolicyDocument | undefined,
    [policy = NO_POLICY, beside = NO_POLICY]: readonly (TrustPolicy | undefined)[],
  ): Side => {
    if (role === undefined || document === undefined) return { role, facts, policy, trusts: [] }
    const asked = { ...role, ...owner, trustPolicy: document }
    const analysis = analyzeRole(asked, { ...facts, clusters }, { now, beside })
    return { role: asked, facts, policy: analysis.policy ?? policy, trusts: analysis.trusts }
  }
  const texts = documents.map((document) => textOf(document)).join('\n')
  return {
    before: sideOf(before, factsBefore, documents[0], [was, is]),
    after: sideOf(after, factsAfter, documents[1], [is, was]),
    now,
    holes,
    isDoubtful: holes.some(
      ({ kind, placeholder }) => kind !== 'issuer' && kind !== 'provider' && texts.includes(placeholder),
    ),
  }
}

const NO_POLICY: TrustPolicy = parseTrustPolicyDocument({
  kind: 'value',
  value: { Version: '2012-10-17', Statement: [] },
  duplicates: [],
  location: { input: { name: '', text: '' }, pointer: '' },
})

function holesOf(role: Role | undefined): readonly Hole[] {
  return role === undefined || role.trustPolicy.kind === 'unknown' ? [] : (role.trustPolicy.holes ?? [])
}

function textOf(document: TrustPolicyDocument | undefined): string {
  if (document === undefined || document.kind === 'unknown') return ''
  return document.kind === 'text' ? document.text : JSON.stringify(document.value)
}

/** Two inputs call one unknown value by two words. What comes from one place is taken for one value. */
function withPlaceholdersOf(
  document: TrustPolicyDocument,
  own: readonly Hole[],
  others: readonly Hole[],
): TrustPolicyDocument {
  if (document.kind === 'unknown' || own.length === 0) return document
  let text = textOf(document)
  for (const { placeholder, origin, kind } of own) {
    const other = others.find((hole) => hole.origin === origin && hole.kind === kind)
    if (other !== undefined) text = text.replaceAll(placeholder, other.placeholder)
  }
  return document.kind === 'text'
    ? { ...document, text }
    : { ...document, value: JSON.parse(text) as unknown }
}

/** Values that are not known yet are named by where they come from. */
export function shown(text: string, { holes }: RoleScene): string {
  return holes.length === 0 ? text : revealed(text, holes)
}
