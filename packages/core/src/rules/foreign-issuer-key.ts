import { asciiLowerCase } from '../text/ascii.js'
import { quoted } from '../text/quote.js'
import type { Facts } from '../inventory.js'
import { moveConditions, openingFix, testsSubject } from './condition-patch.js'
import { deadCauses } from './dead-cause.js'
import type { DeadCauseOf } from './dead-place.js'
import { nearness } from './issuer-key.js'
import type { RuleOn } from './rule.js'

/**
 * The condition names another issuer than the principal does. A token brings the keys of its own issuer alone, so the
 * key is absent and no pod gets in; most often a statement was copied from another cluster's role. Asked of the engine:
 * the condition holds for no request of the provider, because its key is never there.
 */
export const foreignIssuerKey: RuleOn<'statement'> = {
  id: 'foreign-issuer-key',
  severity: 'medium',
  summary: 'a condition key names another issuer than the principal',
  since: '0.1.0',
  kind: 'breakage',
  on: 'statement',

  *check({ statement, role }) {
    const causes = deadCauses('foreign-issuer-key', statement, role)
    const issuer = 'issuer' in statement ? statement.issuer : ''
    for (const named of new Set(causes.map((cause) => cause.named))) {
      const group = causes.filter((cause) => cause.named === named)
      const [first, ...rest] = group
      if (first === undefined) continue
      const key = quoted(first.condition.keyText)
      if ('ofOtherProvider' in first) {
        const related = [{ at: first.condition.pointer, note: 'the condition for the other provider' }]
        const message = `tokens of ${quoted(issuer)} do not carry ${key}, so the conditions let nobody of this provider in`
        yield {
          at: first.at,
          related,
          message,
          help: 'give each provider a statement of its own, with the keys of its own issuer',
        }
        continue
      }
      const moves = group.flatMap((cause) =>
        'rightKey' in cause && cause.rightKey !== undefined
          ? [{ condition: cause.condition, keyText: cause.rightKey }]
          : [],
      )
      yield {
        at: first.at,
        ...(rest.length === 0 ? {} : { related: rest.map(({ at }) => ({ at, note: 'the same here' })) }),
        message: `${key} names another issuer than the principal${whose(first, issuer, role.facts)}, so the key is absent and the condition never holds`,
        help: `begin the key with the issuer of the principal, ${quoted(issuer)}, or name the other provider`,
        ...openingFix(
          'name the issuer of the principal',
          moves.length === group.length && testsSubject(statement.statement, issuer, moves)
            ? moveConditions(statement.statement, moves)
            : undefined,
        ),
      }
    }
  },
}

function whose({ named }: DeadCauseOf<'foreign-issuer-key'>, issuer: string, { clusters }: Facts): string {
  const near = nearness(named, issuer)
  if (near === 'the same cluster under another host') return `, ${near}`
  const cluster = clusters.find(
    (one) => typeof one.issuer === 'string' && asciiLowerCase(one.issuer) === asciiLowerCase(named),
  )
  if (cluster !== undefined) return `, that of the cluster ${quoted(cluster.name)}`
  return near === undefined ? '' : `, ${near}`
}
