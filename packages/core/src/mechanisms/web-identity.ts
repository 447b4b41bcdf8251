import { Language } from '../automata/language.js'
import { quoted } from '../text/quote.js'
import {
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
import type { KeyModel, RequestModel, WordView } from './request-model.js'

/** Facts of one OIDC provider that a request through it shows. */
export interface WebIdentityFacts {
  /** Host and path, without `https://`. */
  readonly issuer: string
  readonly providerArn: string
  /** The role's own account, which is the provider's. */
  readonly account: string | undefined
  /** The audiences that the provider takes; `undefined` where the input does not tell: then any is assumed. */
  readonly clientIds: readonly string[] | undefined
  readonly now: Date
}

const SUBJECT: WordView = { read: (word) => word, preimage: (values) => values }

/**
 * Requests of AssumeRoleWithWebIdentity from an issuer that need not be a Kubernetes cluster: the word is the whole
 * subject, and any further claim may or may not be there.
 */
export function webIdentityModel(facts: WebIdentityFacts): RequestModel {
  const claim = `${facts.issuer.toLowerCase()}:`
  const common = webIdentityKeys(facts)
  return {
    mechanism: 'web-identity',
    caller: { type: 'web-identity', provider: facts.providerArn },
    actions: ['sts:AssumeRoleWithWebIdentity'],
    doubtfulActions: [],
    domain: Language.all,
    assumptions: assumptionsOf(facts),
    keyModel(key) {
      if (key === `${claim}sub`) return { kind: 'symbolic', view: SUBJECT }
      if (key !== `${claim}aud` && key.startsWith(claim)) {
        return openKey(
          key,
          'unknown',
          `the claim ${quoted(key.slice(claim.length))} of the issuer's tokens`,
          {
            optional: true,
            cause: 'missing-input',
          },
        )
      }
      return common(key)
    },
  }
}

export function assumptionsOf({ clientIds, issuer }: WebIdentityFacts): readonly string[] {
  return clientIds === undefined
    ? [
        `an OIDC provider for \`${issuer}\` is registered in the role's account and takes the audiences that the policy asks for`,
      ]
    : []
}

/**
 * The context keys of every web identity call, whatever the issuer.
 * @see IAM User Guide, "IAM and AWS STS condition context keys" and "AWS global condition context keys"; the keys that a
 * federated caller never has (`aws:PrincipalArn`, `aws:PrincipalOrgID`, …) are captured or follow from there being no
 * AWS principal before the call
 */
export function webIdentityKeys(facts: WebIdentityFacts): (key: string) => KeyModel {
  const { account, providerArn, clientIds } = facts
  const audience = `${facts.issuer.toLowerCase()}:aud`
  const network = networkVariation('chosen')
  const time = timeVariation(facts.now)
  return (key) => {
    if (key === audience) {
      return openKey(
        key,
        'chosen',
        'the audience of the token',
        clientIds === undefined ? {} : { values: clientIds },
      )
    }
    const known = CALL_KEYS.get(key)
    if (known !== undefined) return known
    if (NETWORK_KEYS.includes(key)) return { kind: 'varies', variation: network }
    if (TIME_KEYS.includes(key)) return { kind: 'varies', variation: time }
    if (key === 'aws:userid') return fixed(providerArn)
    if (key === 'aws:principalaccount') {
      return account === undefined
        ? openKey(key, 'unknown', "the role's account", { cause: 'missing-input' })
        : fixed(account)
    }
    if (key === 'aws:resourceaccount') {
      return openKey(key, 'unknown', "the role's account as a context key", {
        optional: true,
        cause: 'doubt',
        ...(account === undefined ? {} : { values: [account] }),
      })
    }
    if (key.startsWith('aws:requesttag/') || key.startsWith('aws:principaltag/')) return NEVER
    return isGlobalKey(key)
      ? openKey(key, 'unknown', `${quoted(key)} in a web identity call`, { optional: true, cause: 'doubt' })
      : NEVER
  }
}

const chosenText = (key: string, about: string): [string, KeyModel] => [
  key,
  openKey(key, 'chosen', about, { optional: true }),
]

const CALL_KEYS: ReadonlyMap<string, KeyModel> = new Map<string, KeyModel>([
  [
    'sts:rolesessionname',
    openKey('sts:rolesessionname', 'chosen', 'the session name', { language: SESSION_NAMES }),
  ],
  ['sts:roleauthorizedbyidp', fixed('false')],
  ['aws:securetransport', fixed('true')],
  ['aws:principaltype', fixed('User')],
  ['aws:requestedregion', openKey('aws:requestedregion', 'chosen', 'the Region of the STS endpoint')],
  chosenText('aws:useragent', 'the user agent'),
  chosenText('aws:referer', 'the referer'),
  [
    'aws:principalisawsservice',
    openKey('aws:principalisawsservice', 'unknown', '`aws:PrincipalIsAWSService`', {
      optional: true,
      values: ['false'],
      cause: 'doubt',
    }),
  ],
  [
    'aws:viaawsservice',
    openKey('aws:viaawsservice', 'unknown', '`aws:ViaAWSService`', {
      optional: true,
      values: ['false'],
      cause: 'doubt',
    }),
  ],
  ...[
    'sts:sourceidentity',
    'aws:sourceidentity',
    'aws:tagkeys',
    'sts:transitivetagkeys',
    'sts:externalid',
    'aws:principalarn',
    'aws:username',
    'aws:tokenissuetime',
    'aws:multifactorauthpresent',
    'aws:multifactorauthage',
    'aws:principalorgid',
    'aws:principalorgpaths',
    'aws:sourcearn',
    'aws:sourceaccount',
    'aws:sourceorgid',
    'aws:sourceorgpaths',
  ].map((key): [string, KeyModel] => [key, NEVER]),
])
