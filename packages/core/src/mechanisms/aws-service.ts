import { Language } from '../automata/language.js'
import { quoted } from '../text/quote.js'
import {
  NETWORK_KEYS,
  NEVER,
  TIME_KEYS,
  fixed,
  isGlobalKey,
  networkVariation,
  openKey,
  timeVariation,
} from './request-model.js'
import type { KeyModel, RequestModel } from './request-model.js'

export const ROLES_ANYWHERE_SERVICE = 'rolesanywhere.amazonaws.com'

export interface AwsServiceFacts {
  /** Such as `ec2.amazonaws.com`; the only word of the model. */
  readonly service: string
  readonly account: string | undefined
  readonly partition: string | undefined
  readonly now: Date
}

/**
 * Requests of an AWS service that assumes the role for a resource of its own. Which keys it sends is
 * documented service by service: here every key that a service could send is unknown.
 */
export function awsServiceModel(facts: AwsServiceFacts): RequestModel {
  const { service, account } = facts
  const network = networkVariation('unknown')
  const time = timeVariation(facts.now)
  return {
    mechanism: 'aws-service',
    caller: { type: 'service', service },
    actions: ['sts:AssumeRole'],
    doubtfulActions: [],
    domain: Language.literal(service),
    assumptions: [],
    keyModel(key) {
      if (NETWORK_KEYS.includes(key)) return { kind: 'varies', variation: network }
      if (TIME_KEYS.includes(key)) return { kind: 'varies', variation: time }
      if (key === 'aws:principalservicename') return fixed(service)
      if (key === 'aws:principalisawsservice' || key === 'aws:securetransport') return fixed('true')
      if (key === 'sts:externalid') return NEVER
      const values = key === 'aws:sourceaccount' && account !== undefined ? { values: [account] } : {}
      return isGlobalKey(key)
        ? openKey(key, 'unknown', `${quoted(key)} in calls of ${quoted(service)}`, {
            optional: true,
            cause: 'doubt',
            ...values,
          })
        : NEVER
    },
  }
}

const UNNAMED_CERTIFICATE = 'podtrust-unnamed-certificate'
const REGIONS = Language.lazy(() =>
  Language.charset([
    [0x2d, 0x2d],
    [0x30, 0x39],
    [0x61, 0x7a],
  ]).repeat(1),
)

/**
 * Requests of IAM Roles Anywhere for a certificate and a trust anchor that no policy names: the source
 * identity is the common name, `aws:SourceArn` the trust anchor, and the fields of the certificate are
 * principal tags.
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html
 */
export function unnamedCertificateModel({
  account,
  partition = 'aws',
  now,
}: Omit<AwsServiceFacts, 'service'>): RequestModel {
  const model = awsServiceModel({ service: ROLES_ANYWHERE_SERVICE, account, partition, now })
  const owner = account ?? '000000000000'
  const anchor = openKey('aws:sourcearn', 'chosen', 'the trust anchor', {
    language: Language.literal(`arn:${partition}:rolesanywhere:`)
      .concat(REGIONS)
      .concat(Language.literal(`:${owner}:trust-anchor/podtrust-unnamed-anchor`)),
  })
  const identity = openKey('sts:sourceidentity', 'chosen', 'the common name of the certificate', {
    values: [`CN=${UNNAMED_CERTIFICATE}`],
  })
  return {
    ...model,
    actions: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
    keyModel(key): KeyModel {
      if (key === 'aws:sourcearn') return anchor
      if (key === 'aws:sourceaccount' && account !== undefined) return fixed(account)
      if (key === 'sts:sourceidentity') return identity
      if (key.startsWith('aws:principaltag/') || key.startsWith('aws:requesttag/')) {
        return openKey(key, 'chosen', 'the fields of the certificate', {
          optional: true,
          values: [UNNAMED_CERTIFICATE],
        })
      }
      return model.keyModel(key)
    },
  }
}
