import { quoted } from '../text/quote.js'
import type { AwsPrincipalTrust } from '../trust/analyze.js'
import { principalPlace } from './principal-place.js'
import type { RoleSubject, RuleOn } from './rule.js'
import { unnamedPrincipal } from './whole-account.js'

/**
 * A role for pods also trusts a whole account or organization: whoever may call `sts:AssumeRole` there has
 * what the pods have. Asked of the set: does it hold a role or user that nobody has thought of?
 */
export const accountPrincipal: RuleOn<'role'> = {
  id: 'account-principal',
  severity: 'medium',
  summary: 'a role for pods also trusts a whole AWS account or organization',
  since: '0.1.0',
  kind: 'exposure',
  on: 'role',

  *check({ role }) {
    if (!role.isPodRole) return
    const trusts = role.grants.filter((grant) => grant.mechanism === 'aws-principal')
    if (trusts.some((trust) => trust.caller.kind === 'stranger' && unnamedPrincipal(trust) !== undefined))
      return
    for (const trust of trusts) {
      const word = unnamedPrincipal(trust)
      if (word === undefined) continue
      const statement = trust.admission.statements.find(({ possible }) => possible.has(word))?.statement
      if (statement === undefined || statement.principal.kind === 'unreadable') continue
      yield {
        at: principalPlace(statement, word),
        message: `${whose(trust, role)} can assume the role, where its own policies allow that, beside the pods that the role is for`,
        witness: { admission: trust.admission, word },
        help: 'name the roles or users that need it, or give them a role of their own',
      }
    }
  },
}

function whose({ caller }: AwsPrincipalTrust, { role }: RoleSubject): string {
  if (caller.kind !== 'account') return 'every principal of the organization'
  return `every principal of ${caller.account === role.account ? 'the own account' : 'the account'} ${quoted(caller.account)}`
}
