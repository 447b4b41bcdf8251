import { quoted } from '../text/quote.js'
import type { RuleOn } from './rule.js'

/**
 * Neither STS nor EKS Pod Identity takes the token for its audience. Often it is the one that is mounted for the API
 * server, read from the wrong file.
 * @see https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#serviceaccount-token-volume-projection
 */
export const wrongTokenAudience: RuleOn<'token'> = {
  id: 'wrong-token-audience',
  severity: 'medium',
  summary: 'neither STS nor EKS Pod Identity takes the audience of the token',
  since: '0.1.0',
  kind: 'breakage',
  on: 'token',

  *check({ token: { token } }) {
    const { mechanism, audiences, authorizedParty } = token
    if (mechanism !== 'api-server' && mechanism !== 'other') return
    if (authorizedParty === undefined && audiences.length !== 1) {
      yield { message: noSingle(audiences, token.unread), help: HELP }
      return
    }
    // What an OIDC provider takes is up to its list of client ids.
    const audience = quoted(authorizedParty ?? audiences[0] ?? '')
    const whose = mechanism === 'api-server' ? ', which is for the API server' : ''
    yield {
      message: `the audience is ${audience}${whose}: STS takes it only where the OIDC provider has it among its client ids, and EKS Pod Identity never`,
      certainty: 'possible',
      help: HELP,
    }
  },
}

function noSingle(audiences: readonly string[], unread: readonly string[]): string {
  if (audiences.length > 1) {
    const names = audiences.slice(0, 3).map((one) => quoted(one))
    return `the token has ${audiences.length} audiences (${names.join(', ')}${audiences.length > 3 ? ', …' : ''}), and STS takes a token with one`
  }
  return unread.includes('aud')
    ? 'the audience of the token cannot be read'
    : 'the token has no audience, and STS requires one'
}

const HELP =
  'read the token that was mounted for AWS (`AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`), or make one: `kubectl create token NAME -n NAMESPACE --audience sts.amazonaws.com`'
