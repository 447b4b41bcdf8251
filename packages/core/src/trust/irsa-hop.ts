import { irsaModel } from '../mechanisms/irsa.js'
import type { TrustPolicy } from '../policy/ast.js'
import type { Outcome } from '../policy/request.js'
import { evaluateTrust } from './evaluate.js'
import { requestOf } from './one-request.js'
import type { ServiceAccountName } from './service-account-set.js'

/** One call of a pod with its projected token. */
export interface IrsaCall {
  readonly serviceAccount: ServiceAccountName
  /** Host and path of the cluster's issuer. */
  readonly issuer: string
  readonly providerArn: string
  /** The account of the role, which is the provider's. */
  readonly account: string | undefined
  readonly audience: string
  readonly now: Date
}

/** Whether a role's trust policy lets the token of a service account in. What else the policy tests is unknown. */
export function irsaOutcome(policy: TrustPolicy, call: IrsaCall): Outcome {
  const { serviceAccount, issuer, providerArn, account, audience, now } = call
  const model = irsaModel({ issuer, providerArn, account, clientIds: [audience], now })
  const word = `${serviceAccount.namespace}:${serviceAccount.name}`
  return evaluateTrust(policy, requestOf(policy, model, word, now)).outcome
}
