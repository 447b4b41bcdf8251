import { Language } from '../automata/language.js'

/**
 * Names that Kubernetes allows, without their length limits, which hold per half and stay out of the automata.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
 */
const alphanumeric = Language.charset([
  [0x30, 0x39],
  [0x61, 0x7a],
])

// Each language stands beside the expression that tells a member without an automaton; a test holds them together.
const LABEL = /^[a-z0-9](?:-*[a-z0-9])*$/
const SUBDOMAIN = /^[a-z0-9](?:-*[a-z0-9])*(?:\.[a-z0-9](?:-*[a-z0-9])*)*$/

/** RFC 1123 labels. */
export const NAMESPACES: Language = Language.lazy(
  () => alphanumeric.concat(Language.literal('-').repeat(0).concat(alphanumeric).repeat(0)),
  (word) => LABEL.test(word),
)
/** RFC 1123 subdomains. */
export const SERVICE_ACCOUNT_NAMES: Language = Language.lazy(
  () => NAMESPACES.concat(Language.literal('.').concat(NAMESPACES).repeat(0)),
  (word) => SUBDOMAIN.test(word),
)

export const MAX_NAMESPACE_LENGTH = 63
export const MAX_SERVICE_ACCOUNT_NAME_LENGTH = 253

const COLON = Language.literal(':')

/** Every `NAMESPACE:NAME` there can be in a cluster. */
export const SERVICE_ACCOUNT_WORDS: Language = Language.lazy(
  () => NAMESPACES.concat(COLON).concat(SERVICE_ACCOUNT_NAMES),
  (word) => {
    const colon = word.indexOf(':')
    return colon > 0 && LABEL.test(word.slice(0, colon)) && SUBDOMAIN.test(word.slice(colon + 1))
  },
)

/** Every `NAMESPACE:NAME` with a namespace and a name of these sets; what is no name of Kubernetes is left out. */
export function serviceAccountWords(namespaces: Language, names: Language): Language {
  const heads = namespaces.intersection(NAMESPACES)
  const tails = names.intersection(SERVICE_ACCOUNT_NAMES)
  if (heads === NAMESPACES && tails === SERVICE_ACCOUNT_NAMES) return SERVICE_ACCOUNT_WORDS
  return heads.concat(COLON).concat(tails)
}

/** What the `sub` claim of a service account token begins with. */
export const SUBJECT_PREFIX = 'system:serviceaccount:'

export function isNamespaceName(text: string): boolean {
  return text.length <= MAX_NAMESPACE_LENGTH && NAMESPACES.has(text)
}

export function isServiceAccountName(text: string): boolean {
  return text.length <= MAX_SERVICE_ACCOUNT_NAME_LENGTH && SERVICE_ACCOUNT_NAMES.has(text)
}
