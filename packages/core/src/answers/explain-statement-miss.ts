import { POD_IDENTITY_SERVICE } from '../mechanisms/pod-identity.js'
import { mended, nearness } from '../mechanisms/issuer-key.js'
import { parseProviderArn } from '../mechanisms/provider-arn.js'
import { moveConditions } from '../policy/condition-patch.js'
import type { JsonValue, PatchOperation } from '../policy/condition-patch.js'
import { printTrustPolicy } from '../policy/print.js'
import type { PrincipalEntry, Statement } from '../policy/ast.js'
import type { StsAction } from '../policy/request.js'
import { asciiLowerCase } from '../text/ascii.js'
import { quoted } from '../text/quote.js'
import type { ActionTrace, StatementTrace } from '../trust/evaluate.js'
import { actionMatches } from '../trust/match.js'
import { editDistance } from './edit-distance.js'
import { conditionMiss, wantedOf } from './explain-condition-miss.js'
import { isStaleIssuer } from './explain-issuer-miss.js'
import type { Miss, MissScene } from './explain-miss.js'
import { addStatement, missingStatement } from './explain-missing-statement.js'

/** A statement that costs as much has nothing to do with the caller. */
const UNRELATED = 6

/** Why no statement lets the action through: the misses of the nearest one, and for a Deny what it denies by. */
export function diagnose(trace: ActionTrace, scene: MissScene): readonly Miss[] {
  const denies = trace.statements.filter(
    ({ statement, verdict }) => statement.effect === 'Deny' && verdict === 'true',
  )
  const allows = trace.statements.filter(({ statement }) => statement.effect !== 'Deny')
  if (denies.length > 0 && allows.some(({ verdict }) => verdict !== 'false'))
    return denies.map((one) => denyMiss(one, scene))
  let best: readonly Miss[] = []
  let cheapest = UNRELATED
  for (const one of allows) {
    if (one.verdict !== 'false') continue
    const misses = missesOf(one, trace.action, scene)
    const cost = misses.reduce((sum, miss) => sum + miss.cost, 0)
    if (cost < cheapest && misses.length > 0) {
      cheapest = cost
      best = misses
    }
  }
  return best.length > 0 ? best : [missingStatement(scene)]
}

function missesOf(trace: StatementTrace, action: StsAction, scene: MissScene): readonly Miss[] {
  const { statement } = trace
  const misses: Miss[] = []
  let otherIssuer: string | undefined
  if (trace.principal === 'false') {
    const miss = principalMiss(statement, action, scene)
    if (miss === undefined) return []
    misses.push(miss.miss)
    otherIssuer = miss.issuer
  }
  if (trace.action === 'false') {
    const miss = actionMiss(statement, action, scene)
    if (miss === undefined) return []
    misses.push(miss)
  }
  for (const one of trace.conditions) {
    if (one.verdict !== 'false') continue
    // The keys of a statement for another cluster are right for that one.
    if (otherIssuer !== undefined && one.condition.key.startsWith(`${asciiLowerCase(otherIssuer)}:`)) continue
    misses.push(conditionMiss(one, statement, scene))
  }
  return misses
}

function denyMiss(
  { statement, conditions }: StatementTrace,
  { subject, serviceAccount, mechanism }: MissScene,
): Miss {
  const [first] = conditions
  const who = mechanism === 'pod-identity' ? serviceAccount?.name : subject
  const base = { cause: 'explicit-deny', found: 'applies', cost: 1 } as const
  if (first === undefined)
    return {
      ...base,
      at: statement.pointer,
      summary: 'a Deny statement without a condition applies',
      wanted: 'no Deny',
    }
  const { condition, found } = first
  const value = found.state === 'present' ? (found.values[0] ?? '') : undefined
  const names =
    /^StringNot(?:Equals|Like)/.test(condition.operator.base ?? '') && value !== undefined && value === who
  return {
    ...base,
    at: condition.pointer,
    summary: `a Deny statement applies: ${quoted(wantedOf(condition))} on ${quoted(condition.keyText)}`,
    wanted: wantedOf(condition),
    ...(names
      ? {
          change: {
            title: `add ${quoted(value)} to those whom the Deny spares`,
            patch: () => [
              condition.isList
                ? { op: 'add', path: `${condition.pointer}/-`, value }
                : { op: 'replace', path: condition.pointer, value: [...condition.values, value] },
            ],
          },
        }
      : {}),
  }
}

// --- principal --------------------------------------------------------------------------------------------------------

interface PrincipalMiss {
  readonly miss: Miss
  /** The other issuer, where the whole statement may be meant for it. */
  readonly issuer?: string
}

function principalMiss(statement: Statement, action: StsAction, scene: MissScene): PrincipalMiss | undefined {
  const { principal } = statement
  if (principal.kind !== 'principals') return undefined
  const found = principal.entries.flatMap(
    (entry) =>
      (scene.mechanism === 'pod-identity'
        ? serviceMiss(entry, statement, action)
        : providerMiss(entry, statement, scene)) ?? [],
  )
  const [first, ...others] = found
  return first === undefined
    ? undefined
    : others.reduce((best, one) => (one.miss.cost < best.miss.cost ? one : best), first)
}

function providerMiss(
  entry: PrincipalEntry,
  statement: Statement,
  scene: MissScene,
): PrincipalMiss | undefined {
  if (entry.type !== 'Federated') return undefined
  const { value, pointer } = entry
  const { issuer = '', providerArn = '' } = scene
  const right = parseProviderArn(providerArn)
  const base = { at: pointer, wanted: value, found: providerArn }
  const replace = {
    title: `name the provider ${quoted(providerArn, 200)}`,
    patch: (): readonly PatchOperation[] => [{ op: 'replace', path: pointer, value: providerArn }],
  }
  const parts = parseProviderArn(value)
  if (parts?.issuer === issuer && right !== undefined) {
    const which =
      parts.partition === right.partition
        ? `the account ${quoted(parts.account)}`
        : `the partition ${quoted(parts.partition)}`
    return {
      miss: {
        ...base,
        cause: 'provider-arn-of-other-account',
        summary: `the role trusts the provider of ${which}, and STS looks only into the account of the role, ${quoted(right.account)}`,
        cost: 1,
        change: replace,
      },
    }
  }
  const text =
    parts?.issuer ??
    value.slice(value.indexOf('oidc-provider/') + (value.includes('oidc-provider/') ? 14 : 0))
  const { text: clean, flaw } = mended(text)
  if (
    asciiLowerCase(clean) === asciiLowerCase(issuer) ||
    asciiLowerCase(value) === asciiLowerCase(providerArn)
  ) {
    return {
      miss: {
        ...base,
        cause: 'malformed-provider-arn',
        summary: `${quoted(value, 200)} is not the ARN of the provider${flaw === undefined ? '' : `: ${flaw}`}`,
        cost: 1,
        change: replace,
      },
    }
  }
  const near = nearness(clean, issuer)
  const isStale = near === undefined && isStaleIssuer(clean, scene)
  const other = scene.facts.clusters.find((one) => one.issuer === clean)
  const isKubernetes = near !== undefined || isStale || other !== undefined || /^oidc[.-]eks\./.test(clean)
  if (!isKubernetes) return undefined
  const what =
    other === undefined
      ? (near ?? (isStale ? 'an issuer of no cluster of the inputs' : 'another issuer'))
      : `that of the cluster ${quoted(other.name)}`
  return {
    issuer: text,
    miss: {
      ...base,
      cause: isStale ? 'stale-issuer' : 'provider-arn-of-other-cluster',
      summary: `the statement is for the issuer ${quoted(clean, 200)}, ${what}; the token is of ${quoted(issuer, 200)}`,
      cost: isStale || near !== undefined ? 1 : 2,
      change: {
        title:
          other === undefined
            ? `name the issuer ${quoted(issuer, 200)} instead`
            : `add a statement for the issuer ${quoted(issuer, 200)}`,
        patch: () =>
          other === undefined
            ? renamedIssuer(entry, statement, text, scene)
            : copiedStatement(statement, text, scene),
      },
    },
  }
}

/** Principal and keys of one statement, from one issuer to another. */
function renamedIssuer(
  entry: PrincipalEntry,
  statement: Statement,
  from: string,
  { issuer = '', providerArn = '' }: MissScene,
): readonly PatchOperation[] | undefined {
  const lower = `${asciiLowerCase(from)}:`
  const moves = statement.conditions
    .filter(({ key }) => key.startsWith(lower))
    .map((condition) => ({ condition, keyText: issuer + condition.keyText.slice(from.length) }))
  const keys = moves.length === 0 ? [] : moveConditions(statement, moves)
  return keys === undefined
    ? undefined
    : [{ op: 'replace', path: entry.pointer, value: providerArn }, ...keys]
}

function copiedStatement(
  statement: Statement,
  from: string,
  scene: MissScene,
): readonly PatchOperation[] | undefined {
  const { issuer = '', providerArn = '', policy } = scene
  const printed = printTrustPolicy({
    ...policy,
    statements: [{ ...statement, pointer: '/Statement/0', conditions: statement.conditions }],
  })
  const document = JSON.parse(printed) as { readonly Statement: readonly JsonValue[] }
  const [copy] = document.Statement
  if (copy === undefined) return undefined
  const { Sid: _sid, ...rest } = JSON.parse(JSON.stringify(copy).replaceAll(from, issuer)) as Record<
    string,
    JsonValue
  >
  return addStatement(scene, { ...rest, Principal: { Federated: providerArn } })
}

function serviceMiss(
  entry: PrincipalEntry,
  statement: Statement,
  action: StsAction,
): PrincipalMiss | undefined {
  if (entry.type !== 'Service') return undefined
  const { value, pointer } = entry
  const isMeant =
    /^pods?\.eks\.|\beks\.amazonaws\.com/.test(value) ||
    statement.conditions.some(({ key }) => /^aws:requesttag\/(?:kubernetes|eks)-/.test(key)) ||
    (action === 'sts:AssumeRole' && actionMatches(statement.action, 'sts:TagSession', 'Allow') === 'true')
  if (!isMeant) return undefined
  return {
    miss: {
      at: pointer,
      cause: 'wrong-service-principal',
      summary: `the role trusts ${quoted(value)}, and Pod Identity calls as ${quoted(POD_IDENTITY_SERVICE)}`,
      wanted: value,
      found: POD_IDENTITY_SERVICE,
      distance: editDistance(value, POD_IDENTITY_SERVICE),
      cost: 1,
      change: {
        title: `name ${quoted(POD_IDENTITY_SERVICE)} instead`,
        patch: () => [{ op: 'replace', path: pointer, value: POD_IDENTITY_SERVICE }],
      },
    },
  }
}

// --- action -----------------------------------------------------------------------------------------------------------

function actionMiss(statement: Statement, action: StsAction, { mechanism }: MissScene): Miss | undefined {
  const { action: element } = statement
  if (element.kind === 'unreadable') return undefined
  const { patterns, pointer, kind } = element
  const isTag = action === 'sts:TagSession'
  const isNear = patterns.findIndex(
    (one) => editDistance(one.toLowerCase(), action.toLowerCase()) <= 3 && one.length > 12,
  )
  const base = { at: pointer, wanted: patterns.join(', '), found: action, cost: 1 }
  const rest =
    kind === 'not-actions'
      ? {}
      : {
          change: {
            title: `allow ${quoted(action)}`,
            patch: (): readonly PatchOperation[] => [
              {
                op: 'replace',
                path: pointer,
                value: changedActions(patterns, action, isNear, mechanism !== 'pod-identity'),
              },
            ],
          },
        }
  if (isTag) {
    return {
      ...base,
      cause: 'missing-tag-session',
      summary: `the statement allows ${quoted(patterns.join(', '))}, and a call with session tags needs ${quoted('sts:TagSession')} too`,
      ...rest,
    }
  }
  return {
    ...base,
    cause: 'wrong-action',
    summary: `the statement ${kind === 'actions' ? 'allows' : 'leaves out'} ${quoted(patterns.join(', '))}, and the call is ${quoted(action)}`,
    ...rest,
  }
}

/** A misspelled action, and one that never meets the principal, gives way; others stay. */
function changedActions(
  patterns: readonly string[],
  action: StsAction,
  near: number,
  isToken: boolean,
): string | readonly string[] {
  const kept = patterns.filter(
    (one, index) => index !== near && !(isToken && one.toLowerCase() === 'sts:assumerole'),
  )
  return kept.length === 0 ? action : [...kept, action]
}
