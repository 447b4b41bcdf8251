import { SUBJECT_PREFIX } from '../mechanisms/kubernetes-names.js'
import { SESSION_TAGS } from '../mechanisms/pod-identity.js'
import type { RequestModel } from '../mechanisms/request-model.js'
import type { ServiceAccountName } from './service-account-set.js'

/** The keys by which people know the caller, tested or not. */
export function keysToShow({ mechanism, caller, actions }: RequestModel): readonly string[] {
  if (mechanism === 'pod-identity' && actions.includes('sts:TagSession')) {
    return SESSION_TAGS.slice(0, 4).map((tag) => `aws:requesttag/${tag}`)
  }
  if (mechanism === 'irsa' && caller.type === 'web-identity') {
    const issuer = caller.provider.slice(caller.provider.indexOf('/') + 1).toLowerCase()
    return [`${issuer}:sub`, `${issuer}:aud`]
  }
  return []
}

/** Who sends the requests of a model for a word. */
export function whoIs(
  { mechanism }: RequestModel,
  word: string,
): { readonly serviceAccount?: ServiceAccountName; readonly subject?: string } {
  if (mechanism !== 'irsa' && mechanism !== 'pod-identity') return { subject: word }
  const colon = word.indexOf(':')
  const serviceAccount = { namespace: word.slice(0, colon), name: word.slice(colon + 1) }
  return mechanism === 'irsa' ? { serviceAccount, subject: SUBJECT_PREFIX + word } : { serviceAccount }
}
