import { isServiceAccountName, isNamespaceName, SUBJECT_PREFIX } from '../mechanisms/kubernetes-names.js'
import { globMatches, globPattern } from '../condition/glob.js'
import { OPERATORS } from '../condition/operators.js'
import { moveConditions, operatorText, valuePointer } from '../policy/condition-patch.js'
import type { PatchOperation } from '../policy/condition-patch.js'
import type { Condition, Statement } from '../policy/ast.js'
import { asciiLowerCase } from '../text/ascii.js'
import { quoted } from '../text/quote.js'
import type { ServiceAccountName } from '../trust/service-account-set.js'
import { editDistance } from './edit-distance.js'
import type { Miss, MissChange, MissScene } from './explain-miss.js'

/** So many characters may differ for a name to be called misspelled. */
const NEAR = 2

/** A condition of a positive text operator whose values do not take the text that was there. */
export function textMiss(
  condition: Condition,
  found: string,
  statement: Statement,
  scene: MissScene,
  about: 'subject' | 'namespace' | 'service-account' | 'text',
): Miss {
  const index = nearestValue(condition, found, scene)
  const value = condition.values[index]
  if (value === undefined)
    return {
      cause: 'absent-key',
      at: condition.pointer,
      summary: `the condition on ${quoted(condition.keyText)} names no value`,
      wanted: found,
      found: 'nothing',
      cost: 4,
    }
  return valueMiss(condition, value, index, found, statement, scene, about)
}

/** The value that was most likely meant for the caller: one that is only written wrong, else the most alike. */
function nearestValue({ values }: Condition, found: string, { serviceAccount }: MissScene): number {
  if (values.length < 2) return 0
  const lower = asciiLowerCase(found)
  let best = 0
  let least = Infinity
  for (const [index, value] of values.entries()) {
    const score = isSlip(value, lower, serviceAccount) ? 0 : editDistance(value, found)
    if (score >= least) continue
    best = index
    least = score
  }
  return best
}

function isSlip(value: string, lower: string, caller: ServiceAccountName | undefined): boolean {
  if (/[*?]/.test(value)) return globMatches(globPattern(asciiLowerCase(value)), lower)
  if (value.length === lower.length && asciiLowerCase(value) === lower) return true
  return caller !== undefined && value.endsWith(`${caller.name}:${caller.namespace}`)
}

function valueMiss(
  condition: Condition,
  value: string,
  index: number,
  found: string,
  statement: Statement,
  scene: MissScene,
  about: 'subject' | 'namespace' | 'service-account' | 'text',
): Miss {
  const at = valuePointer(condition, index)
  const base = { at, wanted: value, found }
  const { operator, keyText } = condition
  const expands =
    operator.base !== undefined && operator.base !== 'Null' && OPERATORS[operator.base].wildcards
  const distance = editDistance(value, found)
  if (!expands && /[*?]/.test(value) && globMatches(globPattern(value), found)) {
    const to = operatorText(condition, 'StringLike')
    return {
      ...base,
      cause: 'literal-wildcard',
      summary: `${quoted(operator.text)} takes the wildcard in ${quoted(value)} literally, and would have to be ${quoted(to)}`,
      cost: 1,
      change: {
        title: `put ${quoted(value)} under ${quoted(to)}`,
        patch: () => moveConditions(statement, [{ condition, operator: to }]),
      },
    }
  }
  const put = (title: string): MissChange => ({
    title,
    patch: () => [{ op: 'replace', path: at, value: found }],
  })
  const lower = asciiLowerCase(value)
  if (expands && globMatches(globPattern(lower), asciiLowerCase(found))) {
    const own = ownCase(value, found)
    return {
      ...base,
      cause: 'letter-case',
      summary: `${quoted(value)} differs from ${quoted(found)} in letter case alone, and values are compared exactly`,
      cost: 1,
      ...(own === undefined
        ? {}
        : {
            change: {
              title: `write ${quoted(own)}, in its own letter case`,
              patch: () => [{ op: 'replace', path: at, value: own }],
            },
          }),
    }
  }
  if (lower === asciiLowerCase(found)) {
    return {
      ...base,
      cause: 'letter-case',
      summary: `${quoted(value)} differs from ${quoted(found)} in letter case alone, and values are compared exactly`,
      distance,
      cost: 1,
      change: put(`write ${quoted(found)} in its own letter case`),
    }
  }
  if (about === 'subject') return subjectValueMiss({ ...base, distance }, condition, index, statement, scene)
  const cause =
    about === 'namespace'
      ? 'wrong-namespace'
      : about === 'service-account'
        ? 'wrong-name'
        : 'request-tag-value'
  const what = about === 'namespace' ? 'namespace' : about === 'service-account' ? 'service account' : 'value'
  return {
    ...base,
    cause,
    summary: `${quoted(keyText)} is ${quoted(found)}, and the condition wants the ${what} ${quoted(value)}`,
    distance,
    cost: cost(distance),
    change: namesChange(condition, index, found, distance, value),
  }
}

interface Compared {
  readonly at: string
  readonly wanted: string
  readonly found: string
  readonly distance: number
}

function subjectValueMiss(
  base: Compared,
  condition: Condition,
  index: number,
  statement: Statement,
  scene: MissScene,
): Miss {
  const { wanted, found, distance } = base
  const caller = scene.serviceAccount
  if (caller === undefined) return otherSubject(base, condition, index)
  if (scene.audience !== undefined && (wanted === scene.audience || wanted === 'sts.amazonaws.com')) {
    return {
      ...base,
      cause: 'audience-under-subject-key',
      summary: `the audience ${quoted(wanted)} stands under ${quoted(condition.keyText)}, where the subject belongs`,
      cost: 1,
      change: replaceWith(base, `put the subject ${quoted(found)} there`),
    }
  }
  const named = readSubject(wanted)
  if (named === undefined || named.isMalformed) {
    const isMeant =
      named !== undefined &&
      matchesName(named.namespace, caller.namespace) &&
      matchesName(named.name, caller.name)
    return {
      ...base,
      cause: 'malformed-subject',
      summary: `${quoted(wanted)} is not written as a subject, which is ${quoted('system:serviceaccount:NAMESPACE:NAME')}`,
      cost: isMeant ? 1 : 1.5,
      change: replaceWith(base, `write it as ${quoted(found)}`),
    }
  }
  const { namespace, name } = named
  if (namespace === caller.name && name === caller.namespace) {
    return {
      ...base,
      cause: 'swapped-names',
      summary: `namespace and name are swapped in ${quoted(wanted)}`,
      cost: 1,
      change: replaceWith(base, `write it as ${quoted(found)}`),
    }
  }
  const isNamespace = matchesName(namespace, caller.namespace)
  const isName = matchesName(name, caller.name)
  const change = subjectChange(base, named, condition, index, scene)
  if (isNamespace && !isName) {
    const near = editDistance(name, caller.name)
    return {
      ...base,
      distance: near,
      cause: 'wrong-name',
      summary: `the role trusts the service account ${quoted(name)} of ${quoted(namespace)}, and the pod runs as ${quoted(caller.name)}${apart(near)}`,
      cost: cost(near),
      change,
    }
  }
  if (isName && !isNamespace) {
    const near = editDistance(namespace, caller.namespace)
    return {
      ...base,
      distance: near,
      cause: 'wrong-namespace',
      summary: `the role trusts ${quoted(name)} in the namespace ${quoted(namespace)}, and the pod runs in ${quoted(caller.namespace)}${apart(near)}`,
      cost: cost(near),
      change,
    }
  }
  return {
    ...base,
    cause: 'other-subject',
    summary: `the role trusts ${quoted(`${namespace}/${name}`)}, and the pod runs as ${quoted(`${caller.namespace}/${caller.name}`)}`,
    cost: 1 + cost(distance),
    change,
  }
}

function otherSubject(base: Compared, condition: Condition, index: number): Miss {
  const { wanted, found, distance } = base
  return {
    ...base,
    cause: 'other-subject',
    summary: `the role trusts the subject ${quoted(wanted)}, and the token says ${quoted(found)}`,
    cost: 1 + cost(distance),
    change: namesChange(condition, index, found, distance, wanted),
  }
}

function replaceWith({ at, found }: Compared, title: string): MissChange {
  return { title, patch: () => [{ op: 'replace', path: at, value: found }] }
}

/** A misspelled value, and one that names nobody there is, is replaced; any other may be right for somebody else. */
function subjectChange(
  base: Compared,
  named: ServiceAccountName,
  condition: Condition,
  index: number,
  scene: MissScene,
): MissChange {
  const { index: facts, cluster } = scene
  const exists = facts.serviceAccountsOf(named.namespace, named.name, cluster).length > 0
  const isAbsent =
    !exists && facts.hasAll('service-accounts', cluster) && !/[*?]/.test(named.namespace + named.name)
  if (isAbsent || (!exists && base.distance <= NEAR))
    return replaceWith(base, `put ${quoted(base.found)} in place of ${quoted(base.wanted)}`)
  return addValue(condition, index, base.found)
}

function namesChange(
  condition: Condition,
  index: number,
  found: string,
  distance: number,
  wanted: string,
): MissChange {
  if (distance > NEAR) return addValue(condition, index, found)
  const at = valuePointer(condition, index)
  return {
    title: `put ${quoted(found)} in place of ${quoted(wanted)}`,
    patch: () => [{ op: 'replace', path: at, value: found }],
  }
}

function addValue(condition: Condition, index: number, found: string): MissChange {
  const operation: PatchOperation = condition.isList
    ? { op: 'add', path: `${condition.pointer}/-`, value: found }
    : { op: 'replace', path: condition.pointer, value: [condition.values[index] ?? '', found] }
  return {
    title: `add ${quoted(found)} to the values of ${quoted(condition.keyText)}`,
    patch: () => [operation],
  }
}

function apart(distance: number): string {
  return distance > NEAR ? '' : distance === 1 ? '; one character differs' : `; ${distance} characters differ`
}

function cost(distance: number): number {
  return distance <= NEAR ? 1 : 1.5 + Math.min(distance, 20) / 40
}

/** A pattern with the letters before its first wildcard as the text has them. */
function ownCase(pattern: string, found: string): string | undefined {
  const end = pattern.search(/[*?]/)
  const own = found.slice(0, end) + pattern.slice(end)
  return globMatches(globPattern(own), found) ? own : undefined
}

/** A name, or the wildcards that stand for one. */
function matchesName(pattern: string, name: string): boolean {
  return pattern === name || (/[*?]/.test(pattern) && globMatches(globPattern(pattern), name))
}

/** Whom a value was meant for, however it is written. */
function readSubject(value: string): (ServiceAccountName & { readonly isMalformed: boolean }) | undefined {
  if (value.startsWith(SUBJECT_PREFIX)) {
    const [namespace = '', name, ...rest] = value.slice(SUBJECT_PREFIX.length).split(':')
    if (name !== undefined && rest.length === 0) {
      const isMalformed = !isPlausible(namespace, isNamespaceName) || !isPlausible(name, isServiceAccountName)
      return { namespace, name, isMalformed }
    }
  }
  const loose = /^(?:system:serviceaccounts?[:/])?([^:/]+)[:/]([^:/]+)$/i.exec(value.trim())
  const [, namespace, name] = loose ?? []
  return namespace === undefined || name === undefined ? undefined : { namespace, name, isMalformed: true }
}

function isPlausible(text: string, isName: (text: string) => boolean): boolean {
  return isName(text) || (/[*?]/.test(text) && text !== '') || isName(asciiLowerCase(text))
}
