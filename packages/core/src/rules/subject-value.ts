import {
  MAX_NAMESPACE_LENGTH,
  MAX_SERVICE_ACCOUNT_NAME_LENGTH,
  SUBJECT_PREFIX,
} from '../mechanisms/kubernetes-names.js'

/** Why a text names no service account, and what it may have been meant to be (to be tried before it is offered). */
export interface ValueFlaw {
  readonly reason: string
  readonly suggestion?: string
}

const PLAIN_VARIABLE = 'under policy version 2008-10-17 `${…}` is plain text'

/** A value under `:sub` that no service account's token carries. */
export function subjectFlaw(value: string): ValueFlaw {
  const suggestion = suggestedSubject(value)
  return {
    reason: subjectReason(value),
    ...(suggestion === undefined || suggestion === value ? {} : { suggestion }),
  }
}

function subjectReason(value: string): string {
  if (value.includes('${')) return PLAIN_VARIABLE
  if (/^["'\s]|["'\s]$/.test(value)) return 'a quote or a blank stands around it'
  if (/^system:serviceaccounts:/i.test(value))
    return `subjects begin with \`${SUBJECT_PREFIX}\`, in the singular`
  if (/^system[:/]serviceaccount[:/]/i.test(value) && value.includes('/'))
    return 'namespace and name are joined by a colon, not a slash'
  if (value.startsWith('system:serviceaccount:')) return nameReason(value.slice(SUBJECT_PREFIX.length))
  if (/^system:serviceaccount:/i.test(value))
    return `subjects begin with \`${SUBJECT_PREFIX}\`, in lower case`
  return `subjects begin with \`${SUBJECT_PREFIX}\``
}

function nameReason(rest: string): string {
  const parts = rest.split(':')
  const [namespace = '', name = ''] = parts
  if (parts.length === 1) return 'it names no service account after the namespace'
  if (parts.length > 2) return 'it has more parts than a namespace and a name'
  if (namespace === '' || name === '') return `the ${namespace === '' ? 'namespace' : 'name'} is empty`
  return (
    charactersReason(rest) ?? lengthReason(namespace, name) ?? 'Kubernetes allows no such namespace or name'
  )
}

function charactersReason(text: string): string | undefined {
  if (text.includes('${')) return PLAIN_VARIABLE
  if (/[A-Z]/.test(text)) return 'Kubernetes names are lower case'
  if (text.includes('_')) return 'Kubernetes names hold no underscore'
  return undefined
}

function lengthReason(namespace: string, name: string): string | undefined {
  if (namespace.length > MAX_NAMESPACE_LENGTH)
    return `a namespace has at most ${MAX_NAMESPACE_LENGTH} characters`
  return name.length > MAX_SERVICE_ACCOUNT_NAME_LENGTH
    ? `a service account has at most ${MAX_SERVICE_ACCOUNT_NAME_LENGTH} characters`
    : undefined
}

function suggestedSubject(value: string): string | undefined {
  if (value.includes('${')) return undefined
  const rest = value
    .replace(/^["'\s]+|["'\s]+$/g, '')
    .toLowerCase()
    .replace(/^(?:system[:/])?serviceaccounts?[:/]/, '')
  const parts = /^([^:/]+)[:/]([^:/]+)$/.exec(rest)
  return parts === null ? undefined : `${SUBJECT_PREFIX}${parts[1]}:${parts[2]}`
}

/** A value under a session tag of Pod Identity that no namespace or no service account has as its name. */
export function nameFlaw(value: string, half: 'namespace' | 'service account'): ValueFlaw {
  const clean = value.replace(/^["'\s]+|["'\s]+$/g, '').toLowerCase()
  const parts = clean.replace(/^system:serviceaccounts?:/, '').split(/[:/]/)
  const suggestion =
    parts.length === 2 ? parts[half === 'namespace' ? 0 : 1] : parts.length === 1 ? parts[0] : undefined
  const reason =
    clean !== value.toLowerCase()
      ? 'a quote or a blank stands around it'
      : /[:/]/.test(value)
        ? 'the tag holds the name alone'
        : (charactersReason(value) ??
          lengthReason(half === 'namespace' ? value : '', half === 'namespace' ? '' : value) ??
          'Kubernetes allows no such name')
  return {
    reason,
    ...(suggestion === undefined || suggestion === '' || suggestion === value ? {} : { suggestion }),
  }
}
