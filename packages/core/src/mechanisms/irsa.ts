import { NEVER, openKey } from './request-model.js'
import type { RequestModel, WordView } from './request-model.js'
import { SERVICE_ACCOUNT_WORDS, SUBJECT_PREFIX } from './kubernetes-names.js'
import { assumptionsOf, webIdentityKeys } from './web-identity.js'
import type { WebIdentityFacts } from './web-identity.js'

const SUBJECT: WordView = {
  read: (word) => SUBJECT_PREFIX + word,
  preimage: (values) => values.after(SUBJECT_PREFIX),
}

/**
 * Requests that the service accounts of one cluster can send with IRSA: AssumeRoleWithWebIdentity with a projected
 * token. A Kubernetes token has the claims `sub` and `aud` and none of the others that IAM reads.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html
 */
export function irsaModel(facts: WebIdentityFacts): RequestModel {
  const claim = `${facts.issuer.toLowerCase()}:`
  const common = webIdentityKeys(facts)
  return {
    mechanism: 'irsa',
    caller: { type: 'web-identity', provider: facts.providerArn },
    actions: ['sts:AssumeRoleWithWebIdentity'],
    doubtfulActions: [],
    domain: SERVICE_ACCOUNT_WORDS,
    assumptions: assumptionsOf(facts),
    keyModel(key) {
      if (key === `${claim}sub`) return { kind: 'symbolic', view: SUBJECT }
      if (key === `${claim}oaud`) {
        return openKey(key, 'unknown', 'the original audience of the token', {
          optional: true,
          cause: 'doubt',
          ...(facts.clientIds === undefined ? {} : { values: facts.clientIds }),
        })
      }
      if (key !== `${claim}aud` && key.startsWith(claim)) return NEVER
      return common(key)
    },
  }
}
