/**
 * Words that stand for what an input does not know yet, so that a policy with holes is still a policy: the same unknown
 * is the same word wherever it stands, and no condition takes it for anything but itself. A word is made of what it
 * stands for and of the input's name, so it stays the same from one plan to the next and never meets that of another
 * input.
 */
import type { Hole, HoleKind, TrustPolicyDocument } from '../inventory.js'
import { SUBJECT_PREFIX } from './aws-names.js'
import { isObject } from './json-input.js'

/** The account of an ARN that nobody knows yet. */
export const UNKNOWN_ACCOUNT = '000000000000'

export interface Placeholders {
  /** Host and path of an issuer, in lower case and without `https://`; as many parts as an issuer of EKS has. */
  issuer(origin: string): string
  /** The ARN of the OIDC provider of an issuer; `issuer` may be one that is known. */
  providerArn(
    origin: string,
    issuer: string,
    owner?: { readonly account?: string; readonly partition?: string },
  ): string
  /** One word, valid as a namespace and as a name. */
  word(origin: string, kind?: HoleKind): string
  /** A whole subject: one unknown service account. */
  subject(origin: string): string
  /** All words that were made, each once. */
  readonly holes: readonly Hole[]
  /** Those that a text holds. */
  holesIn(text: string): readonly Hole[]
}

const ID = /(?:known-after-apply|issuer)-([a-z][a-z0-9]{6})/
const IDS = new RegExp(ID.source, 'g')

/** @param scope the input's name */
export function placeholdersOf(scope: string): Placeholders {
  const made = new Map<string, Hole>()
  const ids = new Map<string, string>()
  const taken = new Set<string>()
  const idOf = (origin: string): string => {
    let id = ids.get(origin)
    if (id === undefined) {
      for (let attempt = 0; id === undefined || taken.has(id); attempt++)
        id = shortHash(`${scope}\n${origin}\n${attempt}`)
      taken.add(id)
      ids.set(origin, id)
    }
    return id
  }
  /** By the id in them, so that few are looked at where there are many; ARNs of known issuers have none. */
  const byId = new Map<string, Hole[]>()
  const note = (placeholder: string, origin: string, kind: HoleKind): string => {
    const key = `${kind} ${placeholder}`
    if (made.has(key)) return placeholder
    const hole = { placeholder, origin, kind }
    made.set(key, hole)
    const id = ID.exec(placeholder)?.[1] ?? ''
    byId.set(id, [...(byId.get(id) ?? []), hole])
    return placeholder
  }
  return {
    issuer(origin) {
      const id = idOf(origin)
      return note(`issuer-${id}.known-after-apply.invalid/id/${id}`, origin, 'issuer')
    },
    providerArn(origin, issuer, { account = UNKNOWN_ACCOUNT, partition = 'aws' } = {}) {
      return note(`arn:${partition}:iam::${account}:oidc-provider/${issuer}`, origin, 'provider')
    },
    word(origin, kind = 'value') {
      return note(`known-after-apply-${idOf(origin)}`, origin, kind)
    },
    subject(origin) {
      const word = note(`known-after-apply-${idOf(origin)}`, origin, 'subject')
      return `${SUBJECT_PREFIX}${word}:${word}`
    },
    get holes() {
      return [...made.values()]
    },
    holesIn(text) {
      const found = new Set([...text.matchAll(IDS)].map(([, id = '']) => id)).add('')
      return [...found]
        .flatMap((id) => byId.get(id) ?? [])
        .filter(({ placeholder }) => text.includes(placeholder))
    },
  }
}

/** Seven letters and digits, the first a letter: no account, no id of a cluster and no number looks like it. */
function shortHash(text: string): string {
  let high = 0x811c9dc5
  let low = 0x9e3779b9
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    high = Math.imul(high ^ unit, 0x01000193)
    low = Math.imul(low ^ unit, 0x5bd1e995) ^ (high >>> 15)
  }
  const letter = String.fromCharCode(0x61 + ((high >>> 0) % 26))
  return letter + (low >>> 0).toString(36).padStart(7, '0').slice(-6)
}

/**
 * A policy without the conditions whose values are not known yet, so that whoever it keeps out is kept out whatever
 * those values are. `undefined` where all values are known; an unknown issuer is one that every key names alike.
 */
export function withoutUnknown(document: TrustPolicyDocument): TrustPolicyDocument | undefined {
  if (document.kind === 'unknown') return undefined
  const words = (document.holes ?? []).flatMap(({ placeholder, kind }) =>
    kind === 'issuer' || kind === 'provider' ? [] : placeholder,
  )
  if (words.length === 0) return undefined
  const policy = document.kind === 'value' ? document.value : parsed(document.text)
  if (!isObject(policy)) return undefined
  const isUnknown = (value: unknown): boolean => {
    const text = JSON.stringify(value) ?? ''
    return words.some((word) => text.includes(word))
  }
  const opened = (statement: unknown): unknown => {
    if (!isObject(statement) || !isObject(statement['Condition'])) return statement
    const tests = Object.entries(statement['Condition']).map(([test, keys]) => {
      if (!isObject(keys)) return [test, keys]
      return [test, Object.fromEntries(Object.entries(keys).filter((member) => !isUnknown(member)))]
    })
    return { ...statement, Condition: Object.fromEntries(tests) as unknown }
  }
  const { Statement: statement } = policy
  const value = { ...policy, Statement: Array.isArray(statement) ? statement.map(opened) : opened(statement) }
  return { kind: 'value', value, duplicates: [], location: document.location }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
