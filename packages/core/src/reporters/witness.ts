import type { FindingWitness } from '../report.js'
import { escaped } from '../text/quote.js'

/** Who proves a finding, in a few words: `payments/app with audience sts.amazonaws.com`. */
export function witnessText(witness: FindingWitness): string {
  return escaped(witnessWords(witness))
}

/** The same, not escaped. */
export function witnessWords({ serviceAccount, subject, request }: FindingWitness): string {
  const who =
    serviceAccount === undefined
      ? (subject ?? 'anybody')
      : `${serviceAccount.namespace}/${serviceAccount.name}`
  const audience = valueOf(request, (key) => key.endsWith(':aud'))
  const cluster = valueOf(request, (key) => key === 'aws:requesttag/eks-cluster-name')
  const how =
    audience !== undefined
      ? ` with audience ${audience}`
      : cluster !== undefined
        ? ` in cluster ${cluster}`
        : ''
  return who + how
}

function valueOf(
  { context }: FindingWitness['request'],
  isMeant: (key: string) => boolean,
): string | undefined {
  for (const [key, value] of context)
    if (isMeant(key) && value.state === 'present') return value.values.join(', ')
  return undefined
}

/** The whole request, one line each: actions, caller, and every key of the context. */
export function requestLines({ request }: FindingWitness): readonly string[] {
  const { actions, caller, context } = request
  const who =
    caller.type === 'web-identity' ? caller.provider : caller.type === 'service' ? caller.service : caller.arn
  const lines = [`${actions.join(' and ')} by ${who}`]
  for (const [key, value] of context) {
    lines.push(`${key}: ${value.state === 'present' ? value.values.join(', ') : `(${value.state})`}`)
  }
  return lines.map(escaped)
}
