import { OPERATORS } from '../condition/operators.js'
import { POD_IDENTITY_SERVICE, SESSION_TAGS } from '../mechanisms/pod-identity.js'
import { claimOf, meantKey } from '../mechanisms/issuer-key.js'
import { moveConditions, operatorText } from '../policy/condition-patch.js'
import type { Condition, Statement } from '../policy/ast.js'
import type { ContextValue } from '../policy/request.js'
import { asciiLowerCase } from '../text/ascii.js'
import { quoted } from '../text/quote.js'
import type { ConditionTrace } from '../trust/evaluate.js'
import { foreignKeyMiss } from './explain-issuer-miss.js'
import type { Miss, MissScene } from './explain-miss.js'
import { textMiss } from './explain-subject-miss.js'

/** Why a condition of an Allow statement does not hold. */
export function conditionMiss(
  { condition, found }: ConditionTrace,
  statement: Statement,
  scene: MissScene,
): Miss {
  if (found.state !== 'present' || found.values.length === 0) return absentMiss(condition, statement, scene)
  const { operator, keyText, pointer } = condition
  const value = found.values[0] ?? ''
  const base = { at: pointer, wanted: wantedOf(condition), found: foundText(found) }
  if (operator.base === undefined || operator.base === 'Null') {
    return {
      ...base,
      cause: 'other-condition',
      summary: `the call has ${quoted(keyText)}, and ${quoted(operator.text)} wants it absent`,
      cost: 3,
    }
  }
  if (found.multivalued && operator.set === undefined) {
    const to = `ForAnyValue:${operator.text}`
    return {
      ...base,
      cause: 'unqualified-multivalued-key',
      summary: `${quoted(keyText)} has several values, and a plain ${quoted(operator.text)} never takes such a key`,
      cost: 1,
      change: {
        title: `write ${quoted(to)}`,
        patch: () => moveConditions(statement, [{ condition, operator: to }]),
      },
    }
  }
  const meaning = OPERATORS[operator.base]
  if (meaning.negated) {
    return {
      ...base,
      cause: 'excluded-by-condition',
      summary: `${quoted(operator.text)} on ${quoted(keyText)} leaves out ${quoted(value)}`,
      cost: 3,
    }
  }
  if (meaning.family !== 'string') return typedMiss(condition, value, statement, base, scene)
  return stringMiss(condition, value, statement, scene)
}

function stringMiss(condition: Condition, value: string, statement: Statement, scene: MissScene): Miss {
  const { key, keyText, values, pointer } = condition
  const { issuer, subject } = scene
  if (issuer !== undefined && key === `${asciiLowerCase(issuer)}:aud`) {
    if (values.some((one) => /^system:/i.test(one))) {
      const hasSubject = statement.conditions.some((one) => one.key === `${asciiLowerCase(issuer)}:sub`)
      return {
        at: pointer,
        cause: 'subject-under-audience-key',
        summary: `the subject ${quoted(values[0] ?? '')} stands under ${quoted(keyText)}, and belongs under ${quoted(`${issuer}:sub`)}`,
        wanted: values.join(', '),
        found: value,
        cost: 1,
        change: hasSubject
          ? {
              title: `put the audience ${quoted(value)} there`,
              patch: () => [{ op: 'replace', path: pointer, value }],
            }
          : {
              title: `move the condition to ${quoted(`${issuer}:sub`)}`,
              patch: () => moveConditions(statement, [{ condition, keyText: `${issuer}:sub` }]),
            },
      }
    }
    return {
      at: pointer,
      cause: 'audience-condition',
      summary: `the condition wants the audience ${quoted(values.join(', '))}, and the token has ${quoted(value)}`,
      wanted: values.join(', '),
      found: value,
      cost: 1.5,
      change: {
        title: `ask for the audience ${quoted(value)}`,
        patch: () => [{ op: 'replace', path: pointer, value }],
      },
    }
  }
  const isSubject = issuer !== undefined && subject !== undefined && key === `${asciiLowerCase(issuer)}:sub`
  if (isSubject) return textMiss(condition, value, statement, scene, 'subject')
  if (key === 'aws:requesttag/kubernetes-namespace')
    return textMiss(condition, value, statement, scene, 'namespace')
  if (key === 'aws:requesttag/kubernetes-service-account')
    return textMiss(condition, value, statement, scene, 'service-account')
  if (key.startsWith('aws:requesttag/')) return textMiss(condition, value, statement, scene, 'text')
  return {
    at: pointer,
    cause: 'other-condition',
    summary: `${quoted(keyText)} is ${quoted(value)}, and the condition wants ${quoted(values.join(', '))}`,
    wanted: values.join(', '),
    found: value,
    cost: 3,
  }
}

function typedMiss(
  condition: Condition,
  value: string,
  statement: Statement,
  base: Pick<Miss, 'at' | 'wanted' | 'found'>,
  scene: MissScene,
): Miss {
  const { operator, key, keyText, values } = condition
  if (key === 'aws:sourcearn') return sourceArnMiss(condition, scene)
  const isArn = key === 'aws:requesttag/eks-cluster-arn'
  if (isArn) return textMiss(condition, value, statement, scene, 'text')
  if (/:(?:sub|aud)$/.test(key) || key.startsWith('aws:requesttag/')) {
    const to = operatorText(condition, values.some((one) => /[*?]/.test(one)) ? 'StringLike' : 'StringEquals')
    return {
      ...base,
      cause: 'wrong-operator-type',
      summary: `${quoted(operator.text)} compares no plain text, and ${quoted(keyText)} is ${quoted(value)}`,
      cost: 1,
      change: {
        title: `write ${quoted(to)}`,
        patch: () => moveConditions(statement, [{ condition, operator: to }]),
      },
    }
  }
  return {
    ...base,
    cause: 'other-condition',
    summary: `${quoted(keyText)} is ${quoted(value)}, which ${quoted(operator.text)} ${quoted(values.join(', '))} does not take`,
    cost: 3,
  }
}

export function sourceArnMiss(condition: Condition, { cluster }: MissScene): Miss {
  const { pointer, values, keyText } = condition
  const arn = cluster?.arn
  return {
    at: pointer,
    cause: 'wrong-source-arn',
    summary: `${quoted(keyText)} is expected to be the ARN of the cluster, and the condition wants ${quoted(values.join(', '))}`,
    wanted: values.join(', '),
    found: arn ?? 'the ARN of the cluster',
    cost: 1,
    ...(arn === undefined
      ? {}
      : {
          change: {
            title: `ask for the cluster ${quoted(arn)}`,
            patch: () => [{ op: 'replace', path: pointer, value: arn }],
          },
        }),
  }
}

// --- keys that the call does not have ---------------------------------------------------------------------------------

function absentMiss(condition: Condition, statement: Statement, scene: MissScene): Miss {
  return scene.mechanism === 'pod-identity'
    ? absentInPodIdentity(condition, statement, scene)
    : absentInWebIdentity(condition, statement, scene)
}

function absentInWebIdentity(condition: Condition, statement: Statement, scene: MissScene): Miss {
  const { keyText, values, pointer } = condition
  const { issuer = '', audience } = scene
  const base = { at: pointer, wanted: keyText, found: 'no such key' }
  const key = meantKey(keyText, issuer)
  const clientIds = audience === undefined ? undefined : [audience]
  const claim = (told: string | undefined): 'sub' | 'aud' | undefined =>
    claimOf(values, clientIds) ?? (told === 'sub' || told === 'aud' ? told : undefined)
  const move = (to: 'sub' | 'aud' | undefined): Pick<Miss, 'change'> =>
    to === undefined
      ? {}
      : {
          change: {
            title: `write the key ${quoted(keyText)} as ${quoted(`${issuer}:${to}`)}`,
            patch: () => moveConditions(statement, [{ condition, keyText: `${issuer}:${to}` }]),
          },
        }
  if (key.kind === 'malformed') {
    return {
      ...base,
      cause: 'malformed-issuer-key',
      summary: `no token has the key ${quoted(keyText)}: ${key.flaw}`,
      cost: 1,
      ...move(claim(key.claim)),
    }
  }
  if (key.kind === 'claim' || asciiLowerCase(keyText).startsWith(`${asciiLowerCase(issuer)}:`)) {
    const told = key.kind === 'claim' ? key : { found: 'other' as const, claim: undefined }
    const isClaim = told.found === 'other'
    return {
      ...base,
      cause: isClaim ? 'claim-not-in-token' : 'missing-claim-in-key',
      summary: isClaim
        ? `tokens of Kubernetes have nothing that shows under ${quoted(keyText)}`
        : `${quoted(keyText)} names the issuer and no claim`,
      cost: 1,
      ...move(claim(told.claim)),
    }
  }
  if (key.kind === 'foreign') return foreignKeyMiss(condition, statement, scene, key.issuer, claim(key.claim))
  return {
    ...base,
    cause: 'absent-key',
    summary: `a call with a token never has ${quoted(keyText)}${podIdentityHint(keyText)}`,
    cost: 2,
    ...dropped(condition, statement, scene),
  }
}

function podIdentityHint(keyText: string): string {
  return /^aws:RequestTag\/(?:kubernetes|eks)-/i.test(keyText) ? ', which Pod Identity sets' : ''
}

function absentInPodIdentity(condition: Condition, statement: Statement, scene: MissScene): Miss {
  const { key, keyText, pointer } = condition
  const base = { at: pointer, wanted: keyText, found: 'no such key' }
  if (key.startsWith('aws:principaltag/')) return principalTagMiss(condition, statement)
  if (key.startsWith('aws:requesttag/') || key === 'aws:tagkeys') {
    const tag = key.slice('aws:requesttag/'.length)
    if (SESSION_TAGS.some((one) => one === tag) || key === 'aws:tagkeys') {
      return {
        ...base,
        cause: 'session-tags-disabled',
        summary: `the association has session tags disabled, so that ${quoted(keyText)} is absent`,
        cost: 2,
      }
    }
    const meant = SESSION_TAGS.find(
      (one) => one.replace(/[^a-z]/g, '') === tag.replace(/[^a-z]/g, '') || one === `kubernetes-${tag}`,
    )
    const to = `aws:RequestTag/${meant ?? ''}`
    return {
      ...base,
      cause: 'absent-key',
      summary: `${quoted(keyText)} is none of the six session tags of Pod Identity${meant === undefined ? '' : `, though \`${meant}\` is`}`,
      cost: 1.5,
      ...(meant === undefined
        ? dropped(condition, statement, scene)
        : {
            change: {
              title: `write the key ${quoted(keyText)} as ${quoted(to)}`,
              patch: () => moveConditions(statement, [{ condition, keyText: to }]),
            },
          }),
    }
  }
  if (keyText.includes('.') && !/^(?:aws|sts|iam):/i.test(keyText)) {
    return {
      ...base,
      cause: 'oidc-key-in-pod-identity',
      summary: `${quoted(keyText, 200)} is a key of an OIDC issuer, and ${quoted(POD_IDENTITY_SERVICE)} sends none`,
      cost: 1.5,
      ...dropped(condition, statement, scene),
    }
  }
  return {
    ...base,
    cause: 'absent-key',
    summary: `such a call is expected to have no ${quoted(keyText)}`,
    cost: 2,
    ...dropped(condition, statement, scene),
  }
}

export function principalTagMiss(condition: Condition, statement: Statement): Miss {
  const { keyText, pointer } = condition
  const to = `aws:RequestTag/${keyText.slice(keyText.indexOf('/') + 1)}`
  return {
    at: pointer,
    cause: 'principal-tag-in-trust',
    summary: `${quoted(keyText)} is set once the role is assumed; while it is being assumed the tag shows as ${quoted(to)}`,
    wanted: keyText,
    found: 'no such key',
    cost: 1,
    change: {
      title: `write the key ${quoted(keyText)} as ${quoted(to)}`,
      patch: () => moveConditions(statement, [{ condition, keyText: to }]),
    },
  }
}

/** Leaving a condition out is only offered where another one still tells who may call. */
function dropped(condition: Condition, statement: Statement, scene: MissScene): Pick<Miss, 'change'> {
  const who =
    scene.mechanism === 'pod-identity' ? /^aws:requesttag\/(?:kubernetes|eks)-|^aws:sourcearn$/ : /:sub$/
  const isStillBound = statement.conditions.some((one) => one !== condition && who.test(one.key))
  if (!isStillBound) return {}
  const { pointer, keyText, operator } = condition
  const isOnly = statement.conditions.filter((one) => one.operator.text === operator.text).length === 1
  const path = isOnly ? pointer.slice(0, pointer.lastIndexOf('/')) : pointer
  return {
    change: { title: `leave out the condition on ${quoted(keyText)}`, patch: () => [{ op: 'remove', path }] },
  }
}

export function wantedOf({ operator, values }: Condition): string {
  return `${operator.text} ${values.join(', ')}`
}

function foundText(found: ContextValue): string {
  if (found.state === 'present') return found.values.length === 0 ? 'no value' : found.values.join(', ')
  return found.state === 'absent' ? 'no such key' : 'not known'
}
