import { Language } from '../automata/language.js'

/**
 * Names that Kubernetes allows, without their length limits, which hold per half and stay out of the automata.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
 */
const alphanumeric = Language.charset([
  [0x30, 0x39],
  [0x61, 0x7a],
])

// Each language stands beside the walk that tells a member without an automaton; a test holds them together. No regular
// expression, for a hostile name may be megabytes long.
function isLabels(text: string, from: number, dots: boolean): boolean {
  let isStart = true
  for (let at = from; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    const isAlphanumeric = (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x30 && unit <= 0x39)
    if (isAlphanumeric) isStart = false
    else if (isStart || (unit !== 0x2d && !(dots && unit === 0x2e))) return false
    else if (unit === 0x2e) {
      if (text.charCodeAt(at - 1) === 0x2d) return false
      isStart = true
    }
  }
  return !isStart && text.charCodeAt(text.length - 1) !== 0x2d
}

/** RFC 1123 labels. */
export const NAMESPACES: Language = Language.lazy(
  () => alphanumeric.concat(Language.literal('-').repeat(0).concat(alphanumeric).repeat(0)),
  (word) => isLabels(word, 0, false),
)
/** RFC 1123 subdomains. */
export const SERVICE_ACCOUNT_NAMES: Language = Language.lazy(
  () => NAMESPACES.concat(Language.literal('.').concat(NAMESPACES).repeat(0)),
  (word) => isLabels(word, 0, true),
)

export const MAX_NAMESPACE_LENGTH = 63
export const MAX_SERVICE_ACCOUNT_NAME_LENGTH = 253

const COLON = Language.literal(':')

/** Every `NAMESPACE:NAME` there can be in a cluster. */
export const SERVICE_ACCOUNT_WORDS: Language = Language.lazy(
  () => NAMESPACES.concat(COLON).concat(SERVICE_ACCOUNT_NAMES),
  (word) => {
    const colon = word.indexOf(':')
    return colon > 0 && isLabels(word.slice(0, colon), 0, false) && isLabels(word, colon + 1, true)
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

/** What API servers call themselves: EKS, kOps, kubeadm. */
export const API_SERVER_AUDIENCES: readonly string[] = [
  'https://kubernetes.default.svc',
  'https://kubernetes.default.svc.cluster.local',
  'kubernetes.svc.default',
]

export function isNamespaceName(text: string): boolean {
  return text.length <= MAX_NAMESPACE_LENGTH && NAMESPACES.has(text)
}

export function isServiceAccountName(text: string): boolean {
  return text.length <= MAX_SERVICE_ACCOUNT_NAME_LENGTH && SERVICE_ACCOUNT_NAMES.has(text)
}
