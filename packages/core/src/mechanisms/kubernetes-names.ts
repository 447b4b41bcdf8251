import { Language } from '../automata/language.js'

/**
 * Names that Kubernetes allows, without their length limits, which hold per half and stay out of the automata.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
 */
const alphanumeric = Language.charset([
  [0x30, 0x39],
  [0x61, 0x7a],
])
const label = alphanumeric.concat(Language.literal('-').repeat(0).concat(alphanumeric).repeat(0))

/** RFC 1123 labels. */
export const NAMESPACES: Language = label
/** RFC 1123 subdomains. */
export const SERVICE_ACCOUNT_NAMES: Language = label.concat(Language.literal('.').concat(label).repeat(0))

export const MAX_NAMESPACE_LENGTH = 63
export const MAX_SERVICE_ACCOUNT_NAME_LENGTH = 253

const COLON = Language.literal(':')

/** Every `NAMESPACE:NAME` there can be in a cluster. */
export const SERVICE_ACCOUNT_WORDS: Language = NAMESPACES.concat(COLON).concat(SERVICE_ACCOUNT_NAMES)

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
