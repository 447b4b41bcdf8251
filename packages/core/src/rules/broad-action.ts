import { POD_IDENTITY_SERVICE } from '../mechanisms/pod-identity.js'
import type { Statement } from '../policy/ast.js'
import { quoted } from '../text/quote.js'
import { actionMatches } from '../trust/match.js'
import { admissionsOf } from './admissions.js'
import type { Fix, JsonValue, RoleSubject, RuleOn, Witness } from './rule.js'

/** No such action exists; what allows it allows whatever STS will have. */
const UNNAMED_ACTION = 'sts:ActionThatNothingNames'

/**
 * A statement allows more than a way to assume the role. `*`, `sts:*` and `NotAction` bring in `sts:SetSourceIdentity`,
 * `sts:TagSession` and whatever STS adds later, and they hide which mechanism the statement is for. Asked of the actions:
 * is one that nothing names among them, in a statement that lets somebody in?
 */
export const broadAction: RuleOn<'role'> = {
  id: 'broad-action',
  severity: 'low',
  summary: 'a statement allows every action of STS',
  since: '0.1.0',
  kind: 'exposure',
  on: 'role',

  *check({ role }) {
    if (!role.isPodRole) return
    for (const statement of role.policy.statements) {
      const { action, effect, unreadable } = statement
      if (
        effect !== 'Allow' ||
        unreadable !== undefined ||
        actionMatches(action, UNNAMED_ACTION, 'Allow') !== 'true'
      )
        continue
      const witness = witnessOf(statement, role)
      if (witness === undefined || action.kind === 'unreadable') continue
      const pattern = action.patterns.find(
        (one) => actionMatches({ ...action, patterns: [one] }, UNNAMED_ACTION, 'Allow') === 'true',
      )
      yield {
        at: action.pointer,
        message:
          action.kind === 'not-actions'
            ? `\`NotAction\` allows every action but ${action.patterns.map((one) => quoted(one)).join(', ')}`
            : `the action ${quoted(pattern ?? '*')} allows every action of STS`,
        witness,
        help: 'name the actions: `sts:AssumeRoleWithWebIdentity` for IRSA, `sts:AssumeRole` and `sts:TagSession` for Pod Identity',
        ...fixOf(statement, role),
      }
    }
  },
}

function witnessOf(statement: Statement, { grants }: RoleSubject): Witness | undefined {
  for (const grant of grants) {
    if (!grant.isNamed) continue
    for (const admission of admissionsOf(grant)) {
      const own = admission.statements.find((one) => one.statement === statement)
      const word = own?.possible.intersection(admission.possible).witness()
      if (word !== undefined) return { admission, word }
    }
  }
  return undefined
}

/** The actions that the principals have a use for; only where all of them stand for pods of one mechanism. */
function fixOf(
  { principal, action, pointer }: Statement,
  { podStatements, analysis }: RoleSubject,
): { fix?: Fix } {
  if (principal.kind !== 'principals' || principal.entries.length === 0) return {}
  const isService = principal.entries.every(
    ({ type, value }) => type === 'Service' && value === POD_IDENTITY_SERVICE,
  )
  const isProvider = principal.entries.every((entry) =>
    podStatements.some((one) => one.mechanism === 'irsa' && one.principal === entry),
  )
  if (!isService && !isProvider) return {}
  if (
    isService &&
    analysis.trusts.some((one) => one.mechanism === 'pod-identity' && one.tagged.serviceAccounts.isEmpty)
  )
    return {}
  const value: JsonValue = isService ? ['sts:AssumeRole', 'sts:TagSession'] : 'sts:AssumeRoleWithWebIdentity'
  const title = 'name the actions that the pods need'
  if (action.kind !== 'not-actions')
    return { fix: { title, patch: [{ op: 'replace', path: `${pointer}/Action`, value }], safe: true } }
  return {
    fix: {
      title,
      patch: [
        { op: 'remove', path: `${pointer}/NotAction` },
        { op: 'add', path: `${pointer}/Action`, value },
      ],
      safe: true,
    },
  }
}
