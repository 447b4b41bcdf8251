import { nearness } from '../mechanisms/issuer-key.js'
import { parseEksIssuer } from '../mechanisms/issuers.js'
import { moveConditions } from '../policy/condition-patch.js'
import type { PatchOperation } from '../policy/condition-patch.js'
import type { Condition, Statement } from '../policy/ast.js'
import { asciiLowerCase } from '../text/ascii.js'
import { quoted } from '../text/quote.js'
import type { Miss, MissScene } from './explain-miss.js'

/** A condition key of another issuer than the token's. */
export function foreignKeyMiss(
  condition: Condition,
  statement: Statement,
  scene: MissScene,
  foreign: string,
  claim: 'sub' | 'aud' | undefined,
): Miss {
  const { keyText, pointer } = condition
  const { issuer = '', facts } = scene
  const base = { at: pointer, wanted: keyText, found: 'no such key' }
  const own = statement.conditions.some(
    (one) => one !== condition && one.key === asciiLowerCase(`${issuer}:${claim ?? 'sub'}`),
  )
  if (own) {
    return {
      ...base,
      cause: 'contradictory-conditions',
      summary: `the statement tests two issuers, and a token has the keys of one: ${quoted(keyText)} is absent here`,
      cost: 1,
      change: {
        title: 'give each cluster a statement of its own',
        patch: () => partedStatement(statement, scene, foreign),
      },
    }
  }
  const other = facts.clusters.find((one) => one.issuer === foreign)
  const near = nearness(foreign, issuer)
  const isStale = isStaleIssuer(foreign, scene)
  const what =
    other === undefined
      ? (near ?? (isStale ? 'that of no cluster of the inputs' : 'another issuer'))
      : `that of the cluster ${quoted(other.name)}`
  return {
    ...base,
    cause: isStale && near === undefined ? 'stale-issuer' : 'issuer-key-of-other-cluster',
    summary: `the key is for the issuer ${quoted(foreign, 200)}, ${what}; the token is of ${quoted(issuer, 200)}`,
    cost: 1,
    ...(claim === undefined
      ? {}
      : {
          change: {
            title: `write the key ${quoted(keyText, 200)} as ${quoted(`${issuer}:${claim}`, 200)}`,
            patch: () => moveConditions(statement, [{ condition, keyText: `${issuer}:${claim}` }]),
          },
        }),
  }
}

/** Whether an issuer is of EKS and of no cluster that was read, though clusters were. */
export function isStaleIssuer(
  issuer: string,
  { facts, issuer: own }: Pick<MissScene, 'facts' | 'issuer'>,
): boolean {
  return (
    parseEksIssuer(issuer) !== undefined &&
    facts.clusters.some((cluster) => cluster.issuer === own) &&
    !facts.clusters.some((cluster) => cluster.issuer === issuer)
  )
}

/** What tests the foreign issuer leaves the statement, and makes one of its own where its provider is trusted. */
function partedStatement(
  statement: Statement,
  { policy }: MissScene,
  foreign: string,
): readonly PatchOperation[] | undefined {
  const leaving = statement.conditions.filter(({ key }) => key.startsWith(`${asciiLowerCase(foreign)}:`))
  const [entry] =
    statement.principal.kind === 'principals'
      ? statement.principal.entries.filter(({ value }) => value.endsWith(`/${foreign}`))
      : []
  const patch: PatchOperation[] = []
  const staying = new Map<string, number>()
  for (const one of statement.conditions)
    if (!leaving.includes(one)) staying.set(one.operator.text, (staying.get(one.operator.text) ?? 0) + 1)
  const removed = new Set<string>()
  for (const one of leaving) {
    const block = one.pointer.slice(0, one.pointer.lastIndexOf('/'))
    if (staying.has(one.operator.text)) patch.push({ op: 'remove', path: one.pointer })
    else if (!removed.has(block)) {
      removed.add(block)
      patch.push({ op: 'remove', path: block })
    }
  }
  if (entry === undefined || statement.pointer === '/Statement') return patch
  const condition: Record<string, Record<string, string | readonly string[]>> = {}
  for (const one of leaving)
    (condition[one.operator.text] ??= {})[one.keyText] = one.isList ? one.values : (one.values[0] ?? '')
  patch.push({
    op: 'add',
    path: `/Statement/${policy.statements.length}`,
    value: {
      Effect: 'Allow',
      Principal: { Federated: entry.value },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: condition,
    },
  })
  return patch
}
