/** What the text and the Markdown of an explanation say alike. User text is not escaped here. */
import type { ConditionStep, ExplainMend, Explanation, StatementStep } from '../report.js'
import { escaped } from '../text/quote.js'

/** `prod/app cannot assume uploader` */
export function headline({ caller, role, outcome }: Explanation): string {
  const { serviceAccount, subject } = caller
  const who =
    serviceAccount === undefined
      ? (subject ?? 'the caller')
      : `${serviceAccount.namespace}/${serviceAccount.name}`
  const verb =
    outcome === 'allowed'
      ? 'can assume'
      : outcome === 'denied'
        ? 'cannot assume'
        : 'may or may not be able to assume'
  return escaped(`${who} ${verb} ${role.arn ?? role.name}`)
}

export function mechanismText({ mechanism }: Explanation): string {
  return { irsa: 'By IRSA', 'web-identity': 'With a token', 'pod-identity': 'By EKS Pod Identity' }[mechanism]
}

export function callerText({ caller }: Explanation): string {
  const { cluster, issuer, audience } = caller
  const parts: string[] = []
  if (cluster !== undefined) parts.push(`cluster ${cluster.name}`)
  if (issuer !== undefined) parts.push(`issuer https://${issuer}`)
  if (audience !== undefined) parts.push(`audience ${audience}`)
  return escaped(parts.length === 0 ? 'cluster not known' : parts.join(', '))
}

export function statementText({
  pointer,
  sid,
  effect,
  principal,
  actionMatches,
  action,
  conditions,
  verdict,
}: StatementStep): string {
  const index = /^\/Statement\/(\d+)$/.exec(pointer)?.[1]
  const name = `statement ${index === undefined ? 1 : Number(index) + 1}${sid === undefined || sid === '' ? '' : ` (${sid})`}`
  const applies = verdict === 'true' ? 'applies' : verdict === 'false' ? 'does not apply' : 'may apply'
  const why: string[] = []
  if (principal !== 'true')
    why.push(principal === 'false' ? 'its principal is another' : 'its principal may be meant')
  if (actionMatches !== 'true')
    why.push(actionMatches === 'false' ? `it does not name ${action}` : `it may name ${action}`)
  const failing = conditions.filter((one) => one.verdict === 'false').length
  if (principal !== 'false' && failing > 0)
    why.push(
      `${failing} of ${conditions.length} ${conditions.length === 1 ? 'condition' : 'conditions'} does not hold`,
    )
  return `${name}, ${effect ?? 'of unknown effect'}, ${applies}${why.length === 0 ? '' : `: ${why.join(', ')}`}`
}

export function conditionText({ operator, key }: ConditionStep): string {
  return `${operator} on ${key}`
}

export function foundText(found: ConditionStep['found']): string {
  if (found.state === 'present') return found.values.length === 0 ? 'no value' : found.values.join(', ')
  return found.state === 'absent' ? 'no such key in the call' : 'not known'
}

/** A patch, one operation a line. */
export function changeLines(patch: NonNullable<ExplainMend['patch']>): readonly string[] {
  return patch.map((operation) => {
    if (operation.op === 'remove') return `remove ${operation.path}`
    if (operation.op === 'move') return `move ${operation.from} to ${operation.path}`
    return `${operation.op} ${operation.path} ${JSON.stringify(operation.value)}`
  })
}

/** Our clauses begin lower case and end without a full stop. */
export function sentence(clause: string): string {
  return `${clause.slice(0, 1).toUpperCase()}${clause.slice(1)}.`
}
