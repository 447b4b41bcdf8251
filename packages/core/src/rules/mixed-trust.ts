import { Language } from '../automata/language.js'
import { ROLES_ANYWHERE_SERVICE, unnamedCertificateModel } from '../mechanisms/aws-service.js'
import { federationModel } from '../mechanisms/federation.js'
import { POD_IDENTITY_SERVICE } from '../mechanisms/pod-identity.js'
import { quoted } from '../text/quote.js'
import { admit } from '../trust/admit.js'
import { parseProviderArn } from '../mechanisms/provider-arn.js'
import { principalPlace } from './principal-place.js'
import type { Problem, RoleSubject, RuleOn, Witness } from './rule.js'
import { isEc2Service, namedPrincipals, serviceAdmission } from './service-principal.js'
import { unnamedPrincipal } from './whole-account.js'

/**
 * A role for pods also serves users, a SAML or built-in identity provider, or another AWS service. What one
 * of them needs, all of them get, and the trail no longer tells a pod from a person.
 */
export const mixedTrust: RuleOn<'role'> = {
  id: 'mixed-trust',
  severity: 'low',
  summary: 'a role for pods also trusts users, another identity provider or another AWS service',
  since: '0.1.0',
  kind: 'exposure',
  on: 'role',

  *check({ role }) {
    if (!role.isPodRole) return
    const others = [...services(role), ...providers(role), ...users(role)]
    const [first, ...more] = others
    if (first === undefined) return
    const listed = others.slice(0, 3).map(({ witness }) => quoted(witness.word))
    const rest = others.length > listed.length ? ` and ${others.length - listed.length} more` : ''
    const problem: Problem = {
      at: first.at,
      related: more.map(({ at, witness }) => ({ at, note: `${quoted(witness.word)} as well` })),
      message: `${listed.join(', ')}${rest} can assume the role beside the pods that it is for`,
      witness: first.witness,
      help: 'give each kind of caller a role of its own',
    }
    yield problem
  },
}

interface Other {
  readonly at: string
  readonly witness: Witness
}

/** Services that no rule of their own reports. */
function* services(role: RoleSubject): Generator<Other> {
  for (const { value, pointer } of namedPrincipals(role, 'Service')) {
    if (
      value === POD_IDENTITY_SERVICE ||
      isEc2Service(value) ||
      (value === ROLES_ANYWHERE_SERVICE && isOpen(role))
    )
      continue
    const admission = serviceAdmission(role, value)
    if (admission !== undefined) yield { at: pointer, witness: { admission, word: value } }
  }
}

function isOpen({ role, policy, now }: RoleSubject): boolean {
  return !admit(policy, unnamedCertificateModel({ account: role.account, partition: role.partition, now }))
    .possible.isEmpty
}

function* providers(role: RoleSubject): Generator<Other> {
  for (const { value, pointer } of namedPrincipals(role, 'Federated')) {
    if (value === '*' || parseProviderArn(value) !== undefined) continue
    const admission = admit(role.policy, federationModel(value, role.now))
    if (!admission.possible.isEmpty) yield { at: pointer, witness: { admission, word: value } }
  }
}

const any = { wildcard: 'any-run' } as const
const USERS = Language.lazy(() =>
  Language.glob(['arn:', any, ':iam::', any, ':user/', any]).union(
    Language.glob(['arn:', any, ':sts::', any, ':federated-user/', any]),
  ),
)

function* users(role: RoleSubject): Generator<Other> {
  for (const trust of role.grants) {
    if (
      trust.mechanism !== 'aws-principal' ||
      trust.caller.kind === 'stranger' ||
      unnamedPrincipal(trust) !== undefined
    )
      continue
    const isBound = trust.undecided.some(({ cause }) => cause === 'missing-input')
    const word = (isBound ? trust.certainPrincipals : trust.principals).intersection(USERS).witness()
    if (word === undefined) continue
    const statement = trust.admission.statements.find(({ possible }) => possible.has(word))?.statement
    yield {
      at: statement === undefined ? '' : principalPlace(statement, word),
      witness: { admission: trust.admission, word },
    }
  }
}
