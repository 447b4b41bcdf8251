import { awsPrincipalModel } from '../mechanisms/aws-principal.js'
import type { Statement } from '../policy/ast.js'
import { quoted } from '../text/quote.js'
import { admit } from '../trust/admit.js'
import { actionMatches } from '../trust/match.js'
import { namelessGrants } from './nameless-principal.js'
import type { NamelessGrant } from './nameless-principal.js'
import { openedBy } from './openness.js'
import type { Problem, RoleSubject, RuleOn } from './rule.js'

/**
 * The role trusts everyone: `AWS: *`, `Federated: *` or a bare `*`, and no condition says whose principals
 * are meant. Asked of the set: does a principal get in whose account and organization nothing in the policy
 * names?
 */
export const anyPrincipal: RuleOn<'role'> = {
  id: 'any-principal',
  severity: 'critical',
  summary: 'anybody with AWS credentials, or a token of any provider, can assume the role',
  since: '0.1.0',
  kind: 'exposure',
  on: 'role',

  *check({ role }) {
    for (const grant of namelessGrants(role, ['everyone', 'principals'])) yield problemOf(grant)
    for (const statement of role.policy.statements) yield* oneActionAway(statement, role)
  },
}

const HELP =
  'name the principal, or add a condition on `aws:PrincipalArn`, `aws:PrincipalAccount` or `aws:PrincipalOrgID`'

function problemOf({ statement, at, caller, admission, word }: NamelessGrant): Problem {
  const witness = { admission, word }
  if (statement.principal.kind === 'everyone') {
    return {
      at,
      message: `\`"Principal": "*"\` may mean everyone: ${WHO[caller]} may assume the role`,
      witness,
      help: HELP,
    }
  }
  if (caller !== 'aws') {
    const message =
      'every OIDC provider of the account is trusted: `Federated` is `*`, which IAM is expected to refuse'
    return { at, message, witness, help: 'name the ARN of the OIDC provider' }
  }
  const own = admission.statements.filter((one) => one.statement === statement)
  const { at: blamed, cause } = openedBy({ ...admission, statements: own }, word, 'aws:PrincipalArn')
  return {
    at: blamed === statement.pointer ? at : blamed,
    message: `every principal of every AWS account can assume the role by \`*\`: ${cause}`,
    witness,
    help: HELP,
  }
}

const WHO = {
  aws: 'principals of every AWS account',
  'web-identity': 'tokens of every OIDC provider',
  pods: 'pods of every association',
} as const

/**
 * `AWS: *` with the action of web identities alone: captured calls were refused, so it is expected to admit
 * nobody, but one more action opens it to everyone.
 */
function* oneActionAway(statement: Statement, { role, policy, now }: RoleSubject): Generator<Problem> {
  const { effect, principal, action } = statement
  if (effect === 'Deny' || principal.kind !== 'principals') return
  const everyone = principal.entries.find(({ type, value }) => type === 'AWS' && value === '*')
  if (everyone === undefined || action.kind === 'unreadable') return
  if (actionMatches(action, 'sts:AssumeRole', 'Allow') !== 'false') return
  if (actionMatches(action, 'sts:AssumeRoleWithWebIdentity', 'Allow') === 'false') return
  const opened: Statement = {
    ...statement,
    action: { ...action, kind: 'actions', patterns: ['sts:AssumeRole'] },
  }
  const statements = [opened, ...policy.statements.filter((one) => one.effect === 'Deny')]
  const model = awsPrincipalModel({
    caller: { kind: 'stranger' },
    account: role.account,
    partition: role.partition,
    namedAccounts: new Set(role.account === undefined ? [] : [role.account]),
    namedOrganizations: new Set(),
    now,
  })
  if (admit({ ...policy, statements }, model).possible.isEmpty) return
  yield {
    at: everyone.pointer,
    message: `${quoted('*')} is expected to mean no web identity, and lets every AWS account in as soon as \`sts:AssumeRole\` is among the actions`,
    certainty: 'possible',
    help: 'name the ARN of the OIDC provider under `Federated`',
  }
}
