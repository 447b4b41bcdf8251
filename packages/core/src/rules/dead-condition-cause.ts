import { OPERATORS } from '../condition/operators.js'
import { parseValue } from '../condition/variables.js'
import { isUnknown } from '../inventory.js'
import { SUBJECT_PREFIX, isNamespaceName, isServiceAccountName } from '../mechanisms/kubernetes-names.js'
import { SESSION_TAGS } from '../mechanisms/pod-identity.js'
import type { Condition, PolicyVersion } from '../policy/ast.js'
import { hasHole } from '../policy/limits.js'
import type { Admission } from '../trust/admit.js'
import { parseProviderArn } from '../mechanisms/provider-arn.js'
import { asciiLowerCase } from '../text/ascii.js'
import { quoted } from '../text/quote.js'
import { operatorText, valuePointer } from './condition-patch.js'
import { asGlob, canHold, holdsEverybody, modelOf, wantsText, withValue } from './dead-condition.js'
import type { DeadCause, DeadCauseOf, Views } from './dead-place.js'
import { claimOf, meantKey } from './issuer-key.js'
import type { IrsaStatement, PodIdentityStatement, PodStatement } from './pod-statement.js'
import type { RoleSubject } from './rule.js'
import { nameFlaw, subjectFlaw } from './subject-value.js'

interface Found {
  readonly views: Views
  /** Whether documented facts alone make the condition dead. */
  readonly isCertain: boolean
}

const POSSIBLE = { certainty: 'possible' } as const

/** Why a condition that no request passes is dead; one cause for each of its values where they are to blame. */
export function deadConditionCauses(
  condition: Condition,
  subject: PodStatement,
  role: RoleSubject,
  found: Found,
): readonly DeadCause[] {
  return subject.mechanism === 'irsa'
    ? irsaCauses(condition, subject, role, found)
    : podIdentityCauses(condition, subject, role, found)
}

/** Values that match nothing in lists of which another value does. */
export function* deadValueCauses(
  subject: PodStatement,
  { policy }: RoleSubject,
  { documented, expected }: Views,
): Generator<DeadCause> {
  for (const condition of subject.statement.conditions) {
    const isDoubtful = condition.key === 'aws:sourcearn'
    const admission = (isDoubtful ? expected : documented)[0]
    if (admission === undefined) continue
    if (isMistypedAudience(condition, subject, policy.version))
      yield { ...typeCause(condition, { admission, version: policy.version }), ...POSSIBLE }
    const { values } = condition
    if (values.length < 2 || !wantsText(condition) || condition.values.some(hasHole)) continue
    const dead = values.map(
      (value) =>
        !isName(value, condition.key) && !canHold(withValue(condition, value), admission, policy.version),
    )
    if (!dead.includes(true) || !dead.includes(false)) continue
    for (const [index, value] of values.entries()) {
      if (!dead[index]) continue
      const cause = valueCause(condition, index, value, { admission, version: policy.version })
      if (cause !== undefined) yield isDoubtful ? { ...cause, ...POSSIBLE } : cause
    }
  }
}

/** Most values are plain names, and to see that one exists needs no automaton. */
function isName(value: string, key: string): boolean {
  const half = halfOf(key)
  if (half !== undefined) return half === 'namespace' ? isNamespaceName(value) : isServiceAccountName(value)
  if (!key.endsWith(':sub') || !value.startsWith(SUBJECT_PREFIX)) return false
  const [namespace = '', name = '', more] = value.slice(SUBJECT_PREFIX.length).split(':')
  return more === undefined && isNamespaceName(namespace) && isServiceAccountName(name)
}

interface Place {
  readonly admission: Admission
  readonly version: PolicyVersion
}

/** What is wrong with one value of a text condition that matches nothing. */
function valueCause(
  condition: Condition,
  index: number,
  value: string,
  { admission, version }: Place,
): DeadCause | undefined {
  const at = valuePointer(condition, index)
  const one = withValue(condition, value)
  const { base } = condition.operator
  const escape = /\$\{[*?]\}/
  if (version === '2012-10-17' && base === 'StringLike' && escape.test(value)) {
    const plain = value.replace(/\$\{([*?])\}/g, '$1')
    if (canHold(withValue(condition, plain), admission, version))
      return { kind: 'literal-wildcard', at, condition, value, isEscaped: true }
  }
  if (base !== 'StringLike' && /[*?]/.test(value) && canHold(asGlob(one), admission, version)) {
    return {
      kind: 'literal-wildcard',
      at,
      condition,
      value,
      ...offered(condition, 'StringLike', { admission, version }),
    }
  }
  const model = modelOf(condition, admission)
  if (model.kind !== 'symbolic' || (version === '2012-10-17' && value.includes('${'))) return undefined
  const half = halfOf(condition.key)
  const { reason, suggestion } = half === undefined ? subjectFlaw(value) : nameFlaw(value, half)
  const isRight = suggestion !== undefined && canHold(withValue(condition, suggestion), admission, version)
  return {
    kind: 'malformed-subject',
    at,
    condition,
    value,
    reason,
    ...(half === undefined ? {} : { half }),
    ...(isRight ? { suggestion } : {}),
  }
}

function halfOf(key: string): 'namespace' | 'service account' | undefined {
  if (key === 'aws:requesttag/kubernetes-namespace') return 'namespace'
  return key === 'aws:requesttag/kubernetes-service-account' ? 'service account' : undefined
}

/** The causes of all values; `undefined` where one of them is dead for another reason than its text. */
function allValueCauses(condition: Condition, place: Place): readonly DeadCause[] | undefined {
  if (!wantsText(condition) || condition.values.length === 0) return undefined
  const found = condition.values.flatMap((value, index) => valueCause(condition, index, value, place) ?? [])
  if (found.length < condition.values.length) return undefined
  const [first, ...rest] = found
  // One change of the operator mends all of them.
  if (first?.kind === 'literal-wildcard' && rest.every(({ kind }) => kind === 'literal-wildcard'))
    return [{ ...first, at: condition.pointer }]
  return found
}

/** An operator of another type than text; `Null` asks for presence alone. */
function familyOf({ operator: { base } }: Condition): string {
  return base === undefined || base === 'Null' ? 'string' : OPERATORS[base].family
}

/** Another operator, unless nobody or everybody would pass it. */
function offered(
  condition: Condition,
  base: 'StringEquals' | 'StringLike',
  { admission, version }: Place,
): { asOperator?: string } {
  const mended = { ...condition, operator: { ...condition.operator, base } }
  const isUseful = canHold(mended, admission, version) && !holdsEverybody(mended, admission, version)
  return isUseful ? { asOperator: operatorText(condition, base) } : {}
}

function typeCause(condition: Condition, place: Place): DeadCause {
  const base = condition.values.some((value) => /[*?]/.test(value)) ? 'StringLike' : 'StringEquals'
  const { operator } = condition
  const isNegated =
    operator.base !== undefined && operator.base !== 'Null' && OPERATORS[operator.base].negated
  return {
    kind: 'wrong-operator-type',
    at: condition.pointer,
    condition,
    family: familyOf(condition),
    ...(isNegated ? {} : offered(condition, base, place)),
  }
}

/** An audience compared as something that `sts.amazonaws.com` is not, where the provider's audiences are not known. */
function isMistypedAudience(condition: Condition, subject: PodStatement, version: PolicyVersion): boolean {
  if (subject.mechanism !== 'irsa' || familyOf(condition) === 'string' || hasHole(condition.keyText))
    return false
  if (condition.key !== `${asciiLowerCase(subject.issuer)}:aud` || clientIdsOf(subject) !== undefined)
    return false
  const { trust } = subject
  if (trust === undefined) return false
  const asUsual = {
    ...trust.admission,
    keys: new Map(),
    model: { ...trust.admission.model, keyModel: () => USUAL_AUDIENCE },
  }
  return !canHold(condition, asUsual, version)
}

const USUAL_AUDIENCE = {
  kind: 'fixed',
  value: { state: 'present', values: ['sts.amazonaws.com'], multivalued: false },
} as const

function clientIdsOf({ trust }: IrsaStatement): readonly string[] | undefined {
  const clientIds = trust?.provider?.clientIds
  return clientIds === undefined || isUnknown(clientIds) ? undefined : clientIds
}

/** For what no other cause fits. */
function otherwise(condition: Condition, reason: string): DeadCauseOf<'dead-statement'> {
  return { kind: 'dead-statement', at: condition.pointer, condition, reason }
}

/** Where every value hangs on a policy variable that such requests have no value for. */
function variableReason(
  condition: Condition,
  admission: Admission,
  version: PolicyVersion,
): string | undefined {
  if (version !== '2012-10-17') return undefined
  const names = condition.values.map((value) =>
    parseValue(value)?.find(
      (part) =>
        part.kind === 'variable' && part.default === undefined && modelOf(part, admission).kind === 'absent',
    ),
  )
  const [first] = names
  if (first?.kind !== 'variable' || names.includes(undefined)) return undefined
  return `the policy variable ${quoted(`\${${first.key}}`)} has no value in such a request`
}

// --- IRSA -----------------------------------------------------------------------------------------------------------

/** Absent from a web identity call by inference alone. */
const INFERRED_ABSENT = /^aws:(?:username$|principaltag\/|tokenissuetime$|multifactorauth)/

function irsaCauses(
  condition: Condition,
  subject: IrsaStatement,
  role: RoleSubject,
  { views }: Found,
): readonly DeadCause[] {
  const [admission] = views.documented
  if (admission === undefined) return []
  const { version } = role.policy
  const place = { admission, version }
  const issuer = asciiLowerCase(subject.issuer)
  const { key, keyText, operator, pointer } = condition
  if (key === `${issuer}:sub` || key === `${issuer}:aud`) {
    if (operator.base === 'Null')
      return [
        otherwise(
          condition,
          `${quoted(operator.text)} asks for the absence of ${quoted(keyText)}, which every token has`,
        ),
      ]
    if (familyOf(condition) !== 'string') return [typeCause(condition, place)]
    const reason = variableReason(condition, admission, version)
    if (reason !== undefined) return [otherwise(condition, reason)]
    const causes = allValueCauses(condition, place)
    if (causes !== undefined) return causes
    const clientIds = clientIdsOf(subject)
    if (key === `${issuer}:aud` && clientIds !== undefined) {
      const isSubject = condition.values.some((value) => value.startsWith('system:serviceaccount'))
      return [{ kind: 'wrong-audience', at: pointer, condition, clientIds, isSubject }]
    }
    return [
      otherwise(condition, `${quoted(operator.text)} on ${quoted(keyText)} lets no service account through`),
    ]
  }
  const meant = meantKey(keyText, subject.issuer)
  const claim =
    'claim' in meant && (meant.claim === 'sub' || meant.claim === 'aud')
      ? meant.claim
      : claimOf(condition.values, clientIdsOf(subject))
  const right = claim === undefined ? {} : { rightKey: `${subject.issuer}:${claim}` }
  if (modelOf(condition, admission).kind === 'absent') {
    switch (meant.kind) {
      case 'malformed':
        return [{ kind: 'malformed-issuer-key', at: pointer, condition, flaw: meant.flaw, ...right }]
      case 'claim':
        return [
          {
            kind: 'missing-claim',
            at: pointer,
            condition,
            found: meant.found,
            ...right,
            ...(meant.claim === undefined ? {} : { claim: meant.claim }),
          },
        ]
      case 'foreign':
        return [foreignKey(condition, subject, meant.issuer, right)]
      case 'other': {
        const cause = otherwise(
          condition,
          `${quoted(keyText)} is ${INFERRED_ABSENT.test(key) ? 'expected to be absent from' : 'no part of'} the request of a Kubernetes token`,
        )
        return [INFERRED_ABSENT.test(key) ? { ...cause, ...POSSIBLE } : cause]
      }
    }
  }
  return [mismatch(condition, admission, version)]
}

function foreignKey(
  condition: Condition,
  { statement, issuer, principal }: IrsaStatement,
  named: string,
  right: { rightKey?: string },
): DeadCause {
  const issuers = new Set(
    statement.principal.kind === 'principals'
      ? statement.principal.entries.flatMap(({ type, value }) =>
          type === 'Federated' ? (parseProviderArn(value)?.issuer ?? []) : [],
        )
      : [],
  )
  issuers.delete(issuer)
  const isOfOther = [...issuers].some((one) => asciiLowerCase(one) === asciiLowerCase(named))
  if (!isOfOther) return { kind: 'foreign-issuer-key', at: condition.pointer, condition, named, ...right }
  // Conditions for one of several providers shut out the others; conditions for two of them shut out everybody.
  const own = `${asciiLowerCase(issuer)}:`
  const isTested = statement.conditions.some(
    ({ key, operator }) => key.startsWith(own) && operator.base !== undefined,
  )
  if (isTested) return { kind: 'contradictory-conditions', at: statement.pointer, issuers: [issuer, named] }
  return { kind: 'foreign-issuer-key', at: principal.pointer, condition, named, ofOtherProvider: true }
}

function mismatch(condition: Condition, admission: Admission, version: PolicyVersion): DeadCause {
  const { operator, keyText } = condition
  const variable = variableReason(condition, admission, version)
  if (variable !== undefined) return otherwise(condition, variable)
  const model = modelOf(condition, admission)
  if (model.kind === 'fixed' && model.value.state === 'present') {
    const values = model.value.values.map((value) => quoted(value)).join(', ')
    return otherwise(
      condition,
      `${quoted(keyText)} is ${values}, which ${quoted(operator.text)} does not take`,
    )
  }
  if (model.kind === 'absent') return otherwise(condition, `${quoted(keyText)} is no part of such a request`)
  if (model.kind === 'varies') {
    const cause = otherwise(
      condition,
      `${model.variation.about} never has a value that ${quoted(operator.text)} on ${quoted(keyText)} takes`,
    )
    return model.variation.cause === 'doubt' ? { ...cause, ...POSSIBLE } : cause
  }
  return otherwise(
    condition,
    `${quoted(operator.text)} on ${quoted(keyText)} lets no service account through`,
  )
}

// --- Pod Identity ---------------------------------------------------------------------------------------------------

const REQUEST_TAG = 'aws:requesttag/'
const PRINCIPAL_TAG = 'aws:principaltag/'

function podIdentityCauses(
  condition: Condition,
  { principal }: PodIdentityStatement,
  role: RoleSubject,
  { views, isCertain }: Found,
): readonly DeadCause[] {
  const admission = (isCertain ? views.documented : views.expected)[0]
  if (admission === undefined) return []
  const { version } = role.policy
  const { key, keyText, operator, pointer } = condition
  const doubt = isCertain ? {} : POSSIBLE
  if (key.startsWith(PRINCIPAL_TAG)) {
    const tag = key.slice(PRINCIPAL_TAG.length)
    if (!/^(?:kubernetes|eks)-/.test(tag)) return isCertain ? [mismatch(condition, admission, version)] : []
    const rightKey = `aws:RequestTag/${keyText.slice(keyText.indexOf('/') + 1)}`
    return [{ kind: 'principal-tag-in-trust', at: pointer, condition, rightKey, ...POSSIBLE }]
  }
  const model = modelOf(condition, admission)
  if (
    model.kind === 'fixed' &&
    model.value.state === 'present' &&
    model.value.multivalued &&
    operator.set === undefined &&
    operator.base !== 'Null'
  ) {
    const any = { ...condition, operator: { ...operator, set: 'ForAnyValue' as const } }
    const mended = canHold(any, admission, version)
      ? { asOperator: operatorText(any, operator.base ?? '') }
      : {}
    return [{ kind: 'unqualified-multivalued-key', at: pointer, condition, ...mended }]
  }
  const isTag = key.startsWith(REQUEST_TAG) && SESSION_TAGS.some((tag) => key === REQUEST_TAG + tag)
  if (isTag || key === 'aws:sourcearn')
    return knownKeyCauses(condition, { admission, version }).map((cause) => ({ ...cause, ...doubt }))
  if (!isCertain) return []
  if (key.startsWith(REQUEST_TAG)) return [unknownTag(condition)]
  const isOidc = keyText.includes('.') && !/^(?:aws|sts):/i.test(keyText)
  if (isOidc) {
    const related = [{ at: pointer, note: 'the condition' }]
    const reason = `a Pod Identity request is expected to have no key of an OIDC issuer, such as ${quoted(keyText)}`
    return [{ kind: 'dead-statement', at: principal.pointer, related, reason, ...POSSIBLE }]
  }
  if (key === 'sts:externalid' || key === 'sts:sourceidentity' || key === 'aws:sourceidentity') {
    return [
      {
        ...otherwise(
          condition,
          `${quoted(keyText)} is expected to be absent when EKS assumes the role of an association`,
        ),
        ...POSSIBLE,
      },
    ]
  }
  return [mismatch(condition, admission, version)]
}

/** A test on a session tag that Pod Identity sends, or on the source ARN. */
function knownKeyCauses(condition: Condition, place: Place): readonly DeadCause[] {
  const { admission, version } = place
  const { key, keyText, operator } = condition
  const reason = variableReason(condition, admission, version)
  if (reason !== undefined) return [otherwise(condition, reason)]
  const family = familyOf(condition)
  const isArnKey = key === 'aws:sourcearn' || key === 'aws:requesttag/eks-cluster-arn'
  if (family !== 'string' && !(family === 'arn' && isArnKey)) return [typeCause(condition, place)]
  if (operator.base === 'Null') return [mismatch(condition, admission, version)]
  const causes = allValueCauses(condition, place)
  if (causes !== undefined) return causes
  if (key === 'aws:sourcearn') return [sourceArnCause(condition, admission, version)]
  if (isArnKey)
    return [
      otherwise(
        condition,
        `no cluster whose pods can get the role has an ARN that ${quoted(operator.text)} on ${quoted(keyText)} takes`,
      ),
    ]
  return [mismatch(condition, admission, version)]
}

function unknownTag(condition: Condition): DeadCause {
  const tag = condition.key.slice(REQUEST_TAG.length)
  const plain = (text: string): string => text.replace(/[^a-z]/g, '')
  const meant = SESSION_TAGS.find(
    (one) => plain(one) === plain(tag) || (tag !== '' && one === `kubernetes-${tag}`),
  )
  const hint = meant === undefined ? '' : `, though \`${meant}\` is`
  const cause = otherwise(
    condition,
    `${quoted(condition.keyText)} is none of the six session tags of Pod Identity${hint}`,
  )
  return meant === undefined ? cause : { ...cause, rightKey: `aws:RequestTag/${meant}` }
}

const ASSOCIATION_ARN = /^(arn:[^:]*:eks:[^:]*:[^:]*:)podidentityassociation\/([^/]+)(?:\/.*)?$/

function sourceArnCause(condition: Condition, admission: Admission, version: PolicyVersion): DeadCause {
  const cause = { kind: 'wrong-source-arn', at: condition.pointer, condition } as const
  const [value = ''] = condition.values
  const [, head, cluster] = ASSOCIATION_ARN.exec(value) ?? []
  if (head === undefined || cluster === undefined || condition.values.length !== 1) return cause
  const rightValue = `${head}cluster/${cluster}`
  return canHold(withValue(condition, rightValue), admission, version) ? { ...cause, rightValue } : cause
}
