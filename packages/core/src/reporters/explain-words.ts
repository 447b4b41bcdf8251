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

/** `statement 1, Allow, applies`; where a step asks for several actions it says to which. */
export function statementText(
  { pointer, sid, effect, principal, actionMatches, action, conditions, verdict }: StatementStep,
  isOfSeveral = false,
): string {
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
      conditions.length === 1
        ? 'its condition does not hold'
        : `${failing} of ${conditions.length} conditions ${failing === 1 ? 'does' : 'do'} not hold`,
    )
  const whereto = isOfSeveral ? ` to ${action}` : ''
  return `${name}, ${effect ?? 'of unknown effect'}, ${applies}${whereto}${why.length === 0 ? '' : `: ${why.join(', ')}`}`
}

/** Whether the statements of a step answer for more than one action. */
export function asksSeveral(statements: readonly StatementStep[]): boolean {
  return statements.some(({ action }) => action !== statements[0]?.action)
}

/** Places where the SDK looks, and what is there, in words. */
export const PLACES: Readonly<
  Record<NonNullable<Explanation['identity']>['chain'][number]['place'], string>
> = {
  keys: 'access keys',
  'web-identity': 'IRSA',
  container: 'Pod Identity',
  'node-role': 'node role',
}

export const STATES: Readonly<
  Record<NonNullable<Explanation['identity']>['chain'][number]['state'], string>
> = { used: 'used', shadowed: 'not used', absent: 'none', 'not-read': 'not read' }

/** How far apart what was asked and what was there are, where that was measured. */
export function distanceText({ distance }: NonNullable<Explanation['nearestMiss']>): string {
  if (distance === undefined || distance === 0) return ''
  return distance === 1 ? '1 character differs' : `${distance} characters differ`
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
