import { API_SERVER_AUDIENCES } from '../mechanisms/kubernetes-names.js'
import type { Condition } from '../policy/ast.js'
import { quoted } from '../text/quote.js'
import type { IrsaTrust } from '../trust/analyze.js'
import {
  admitAudience,
  admitUnnamedAudience,
  audienceKey,
  providerAudiences,
  testsAudience,
} from './audience.js'
import type { RuleOn } from './rule.js'

/**
 * The token that Kubernetes mounts into every pod can assume the role. That token is meant for the API server; it lies in
 * pods that never asked for AWS, lives for up to 90 days on EKS, and is shown to whatever the pod talks to in the name of
 * Kubernetes. Asked of the requests: does a token for an audience of the API server get in, where the provider is known
 * to take it or the policy asks for it?
 */
export const apiServerAudience: RuleOn<'grant'> = {
  id: 'api-server-audience',
  severity: 'high',
  summary: 'the token that is mounted for the API server can assume the role',
  since: '0.1.0',
  kind: 'exposure',
  on: 'grant',

  *check({ grant }) {
    if (grant.mechanism !== 'irsa' || !grant.isNamed) return
    const taken = providerAudiences(grant)
    const isListed = taken !== undefined
    if (!isListed && !testsAudience(grant)) return
    const audience = audiencesOf(grant).find((one) =>
      isListed ? taken.includes(one) : isAskedFor(grant, one),
    )
    if (audience === undefined) return
    const admission = admitAudience(grant, audience)
    const word = admission.possible.witness()
    const statement = admission.statements.find(
      ({ possible }) => word !== undefined && possible.has(word),
    )?.statement
    if (word === undefined || statement === undefined) return
    const asked = statement.conditions.find(({ key }) => key === audienceKey(grant))
    const cause = isListed
      ? `the OIDC provider takes the audience ${quoted(audience)}${asked === undefined ? `, and no condition on ${quoted(`${grant.issuer}:aud`)} refuses it` : ''}`
      : `the policy asks for the audience ${quoted(audience)}`
    yield {
      at: asked?.pointer ?? statement.pointer,
      message: `tokens that are mounted for the API server can assume the role: ${cause}`,
      witness: { admission, word },
      help: 'take the audience off the OIDC provider, and ask for the audience of STS with `StringEquals` on the `:aud` key',
    }
  },
}

/** Outside of EKS an API server's audience is its issuer where nothing else is set. */
function audiencesOf({ issuer, issuerKind }: IrsaTrust): readonly string[] {
  return issuerKind === 'eks' ? API_SERVER_AUDIENCES : [...API_SERVER_AUDIENCES, `https://${issuer}`]
}

/** Whether the policy itself lets the audience in, and not just every audience. */
function isAskedFor(grant: IrsaTrust, audience: string): boolean {
  if (
    !grant.policy.statements.some(({ conditions }) =>
      conditions.some((condition) => mayTellApart(condition, grant, audience)),
    )
  )
    return false
  const everyone = admitUnnamedAudience(grant).possible
  return !admitAudience(grant, audience).possible.isSubsetOf(everyone)
}

/** Whether the audience may fare otherwise under the condition than one that nothing names; cheap. */
function mayTellApart({ key, values }: Condition, grant: IrsaTrust, audience: string): boolean {
  return (
    key === audienceKey(grant) &&
    values.some((value) => /[*?$]/.test(value) || value.toLowerCase() === audience)
  )
}
