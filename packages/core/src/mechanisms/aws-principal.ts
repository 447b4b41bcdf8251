import { Language } from '../automata/language.js'
import { quoted } from '../text/quote.js'
import {
  AS_IS,
  NETWORK_KEYS,
  NEVER,
  SESSION_NAMES,
  TIME_KEYS,
  fixed,
  isGlobalKey,
  networkVariation,
  openKey,
  timeVariation,
} from './request-model.js'
import type { KeyModel, RequestModel, Variation, WordView } from './request-model.js'

/** Who holds the AWS credentials, seen from the role. */
export type CallerClass =
  /** A principal of one named account, the role's own among them. */
  | { readonly kind: 'account'; readonly account: string }
  /** A principal of some other account in an organization that the policy names, or in the role's own. */
  | { readonly kind: 'organization' }
  /** A principal of an account that nothing in the policy names, in no organization that it names. */
  | { readonly kind: 'stranger' }

export interface AwsPrincipalFacts {
  readonly caller: CallerClass
  readonly account: string | undefined
  readonly partition: string | undefined
  /** Accounts and organizations that the policy names, which a stranger is none of. */
  readonly namedAccounts: ReadonlySet<string>
  readonly namedOrganizations: ReadonlySet<string>
  readonly now: Date
}

const PRINCIPAL_ARN: WordView = { read: (word) => word, preimage: (values) => values }

/** The role's own organization, whatever its id is. */
const OWN_ORGANIZATION = 'o-ownorganization'
const FRESH_ORGANIZATION = 'o-stranger00'

/** An account id that is in no set of named ones. */
function freshAccount(named: ReadonlySet<string>): string {
  for (let id = 999_999_999_999; ; id--) if (!named.has(String(id))) return String(id)
}

const partitions = new Map<string, Language>()
const nameUnits = Language.lazy(() =>
  Language.charset(
    [...'_=,.@+-/']
      .map((c) => [c.charCodeAt(0), c.charCodeAt(0)] as const)
      .concat([
        [0x30, 0x39],
        [0x41, 0x5a],
        [0x61, 0x7a],
      ]),
  ).repeat(1),
)

/** What `aws:PrincipalArn` can be for principals of an account: a role (also for its sessions), a user, a federated user, root. */
function principalArns(partition: string, account: string): Language {
  const key = `${partition}|${account}`
  const known = partitions.get(key)
  if (known !== undefined) return known
  const iam = Language.literal(`arn:${partition}:iam::${account}:`)
  const named = Language.words(['role/', 'user/']).concat(nameUnits)
  const language = iam
    .concat(named.union(Language.literal('root')))
    .union(Language.literal(`arn:${partition}:sts::${account}:federated-user/`).concat(nameUnits))
  if (partitions.size < 1000) partitions.set(key, language)
  return language
}

/**
 * Requests of callers that already hold AWS credentials: AssumeRole, the word being `aws:PrincipalArn`. What an identity
 * policy of the caller's would have to allow is not part of the question.
 */
export function awsPrincipalModel(facts: AwsPrincipalFacts): RequestModel {
  const { caller, namedAccounts } = facts
  const partition = facts.partition ?? 'aws'
  const account = caller.kind === 'account' ? caller.account : freshAccount(namedAccounts)
  const network = networkVariation('chosen')
  const time = timeVariation(facts.now)
  const organization = organizationVariation(facts)
  return {
    mechanism: 'aws-principal',
    caller: { type: 'aws', account },
    actions: ['sts:AssumeRole'],
    doubtfulActions: [],
    domain: principalArns(partition, account),
    assumptions: [],
    keyModel(key) {
      if (key === 'aws:principalarn') return { kind: 'symbolic', view: PRINCIPAL_ARN }
      if (key === 'aws:principalaccount') return fixed(account)
      if (key === 'aws:principalorgid') return { kind: 'varies', variation: organization }
      if (key === 'aws:principalorgpaths') return organizationPaths(facts)
      if (key === 'aws:resourceorgid') return fixed(OWN_ORGANIZATION)
      if (key === 'aws:resourceaccount')
        return facts.account === undefined
          ? openKey(key, 'unknown', "the role's account", { cause: 'missing-input' })
          : fixed(facts.account)
      if (NETWORK_KEYS.includes(key)) return { kind: 'varies', variation: network }
      if (TIME_KEYS.includes(key)) return { kind: 'varies', variation: time }
      const known = CALL_KEYS.get(key)
      if (known !== undefined) return known
      if (key.startsWith('aws:requesttag/') || key.startsWith('aws:principaltag/'))
        return openKey(key, 'chosen', quoted(key), { optional: true })
      return isGlobalKey(key) ? openKey(key, 'chosen', quoted(key), { optional: true }) : NEVER
    },
  }
}

function organizationVariation({ caller, namedOrganizations }: AwsPrincipalFacts): Variation {
  const views = new Map([['aws:principalorgid', AS_IS]])
  if (caller.kind === 'stranger') {
    return {
      kind: 'chosen',
      about: "the caller's organization",
      alternatives: [[{ type: 'text', values: [FRESH_ORGANIZATION], views }], []],
    }
  }
  const values = [OWN_ORGANIZATION, ...namedOrganizations]
  const one = { type: 'text', values, views } as const
  return {
    kind: caller.kind === 'organization' ? 'chosen' : 'unknown',
    about: "the caller's organization",
    cause: 'missing-input',
    alternatives: caller.kind === 'organization' ? [[one]] : [[one], []],
  }
}

/** Paths begin with the id of the organization, so that a stranger has none of a named one. */
function organizationPaths({ caller, namedOrganizations }: AwsPrincipalFacts): KeyModel {
  const ids = caller.kind === 'stranger' ? [FRESH_ORGANIZATION] : [OWN_ORGANIZATION, ...namedOrganizations]
  const language = Language.words(ids.map((id) => `${id}/`)).concat(Language.all)
  const kind = caller.kind === 'account' ? 'unknown' : 'chosen'
  return openKey('aws:principalorgpaths', kind, "the caller's place in its organization", {
    optional: true,
    language,
    cause: 'missing-input',
  })
}

const chosen = (
  key: string,
  about: string,
  options: Parameters<typeof openKey>[3] = { optional: true },
): [string, KeyModel] => [key, openKey(key, 'chosen', about, options)]

const CALL_KEYS: ReadonlyMap<string, KeyModel> = new Map<string, KeyModel>([
  chosen('sts:rolesessionname', 'the session name', { language: SESSION_NAMES }),
  chosen('sts:externalid', 'the external id'),
  chosen('sts:sourceidentity', 'the source identity'),
  chosen('aws:username', "the caller's user name"),
  chosen('aws:userid', "the caller's unique id", {}),
  chosen('aws:principaltype', "the caller's type", {
    values: ['User', 'AssumedRole', 'FederatedUser', 'Account'],
  }),
  chosen('aws:multifactorauthpresent', 'whether the caller used MFA', {
    optional: true,
    values: ['true', 'false'],
  }),
  chosen('aws:requestedregion', 'the Region of the STS endpoint', {}),
  ['aws:securetransport', fixed('true')],
  ['aws:principalisawsservice', fixed('false')],
  ...[
    'aws:sourcearn',
    'aws:sourceaccount',
    'aws:sourceorgid',
    'aws:sourceorgpaths',
    'aws:principalservicename',
    'aws:principalservicenameslist',
  ].map((key): [string, KeyModel] => [key, NEVER]),
])
