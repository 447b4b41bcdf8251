import type { OidcProvider, Role } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { nearness } from '../mechanisms/issuer-key.js'
import { parseProviderArn } from '../mechanisms/provider-arn.js'
import type { TrustPolicy } from '../policy/ast.js'
import { quoted } from '../text/quote.js'
import type { ServiceAccountName } from '../trust/service-account-set.js'
import { generalCause, sdkError } from './error-causes.js'
import type { ExplainCause } from './error-causes.js'
import { isStaleIssuer } from './explain-issuer-miss.js'
import type { TokenFacts } from './explain-question.js'
import { accountOfProvider } from './explain-scene.js'
import type { ExplainIndex } from './explain-scene.js'
import type { Finding } from './explain-walk.js'

/** A token, and the role that it is sent for. */
export interface WebIdentityCall {
  readonly index: ExplainIndex
  readonly role: Role
  readonly account: string | undefined
  readonly policy: TrustPolicy | undefined
  readonly token: TokenFacts
  /** Host and path of its issuer. */
  readonly issuer: string
  /** Whether the token is one that kubelet would write, and not one that somebody has. */
  readonly isSupposed: boolean
  readonly serviceAccount: ServiceAccountName | undefined
  readonly cluster: { readonly name: string; readonly arn?: string } | undefined
  readonly now: Date
}

function providersOfAccount({ index, account }: WebIdentityCall): readonly OidcProvider[] {
  return index.facts.providers.filter((one) => {
    const owner = accountOfProvider(one)
    return owner === undefined || account === undefined || owner === account
  })
}

/** The provider with the issuer of the token; of two entries for it the one that tells its client ids. */
export function providerOf(call: WebIdentityCall): OidcProvider | undefined {
  const { issuer } = call
  let found: OidcProvider | undefined
  for (const one of call.index.facts.providers) {
    if (one.issuer !== issuer) continue
    const owner = accountOfProvider(one)
    if (owner !== undefined && call.account !== undefined && owner !== call.account) continue
    if (found === undefined || isUnknown(found.clientIds)) found = one
  }
  return found
}

/** Whether the role's account has a provider for the issuer; where not all were read, that cannot be told. */
export function provider(call: WebIdentityCall): Finding {
  const { index, account, issuer } = call
  const asked = `https://${issuer}`
  const found = providerOf(call)
  if (found !== undefined) return { verdict: 'passed', asked, found: found.arn ?? `https://${found.issuer}` }
  const where = account === undefined ? "the role's account" : `account ${account}`
  const isComplete = index.hasAllProviders(account)
  const own = providersOfAccount(call)
  const finding = {
    asked,
    found: own.length === 0 ? 'no provider' : own.map((one) => `https://${one.issuer}`).join(', '),
    error: sdkError('no-provider', { ISSUER: asked }),
    causes: providerCauses(call, own, isComplete ? 'certain' : 'likely', where),
    mend: () => providerMend(call, own),
  }
  if (isComplete) return { verdict: 'failed', ...finding }
  const isHeld = index.facts.holds.has('providers')
  return {
    verdict: 'unknown',
    ...finding,
    found: isHeld ? `not among those read (${finding.found})` : 'providers not read',
    missing: [
      `whether ${where} has an OIDC provider for ${quoted(asked, 200)}, and with which client ids (\`aws iam list-open-id-connect-providers\`)`,
    ],
  }
}

function providerCauses(
  call: WebIdentityCall,
  own: readonly OidcProvider[],
  certainty: ExplainCause['certainty'],
  where: string,
): readonly ExplainCause[] {
  const { index, account, issuer, policy } = call
  const causes: ExplainCause[] = []
  const near = own.find((one) => isOtherForm(one.issuer, issuer))
  if (near !== undefined) {
    causes.push({
      ...generalCause('issuer-form', certainty),
      summary: `${where} has a provider for ${quoted(`https://${near.issuer}`, 200)}, the token says ${quoted(`https://${issuer}`, 200)}, and STS compares exactly`,
    })
  }
  const elsewhere = index.facts.providers.find((one) => {
    const owner = accountOfProvider(one)
    return one.issuer === issuer && owner !== undefined && owner !== account
  })
  if (elsewhere !== undefined) {
    causes.push({
      ...generalCause('provider-in-other-account', certainty),
      summary: `the provider for ${quoted(`https://${issuer}`, 200)} is in account ${accountOfProvider(elsewhere) ?? '(unknown)'}, the role in ${where}; STS looks only there`,
    })
  }
  const old = staleIssuerOf(policy, own, call)
  if (old !== undefined && near === undefined && elsewhere === undefined) {
    causes.push({
      ...generalCause('stale-issuer', certainty),
      summary: `the role is set up for the issuer ${quoted(old, 200)}, which no cluster of the inputs has; the cluster now has ${quoted(issuer, 200)}, as after a rebuild`,
    })
  }
  causes.push({
    ...generalCause('provider-missing', certainty),
    summary:
      certainty === 'certain'
        ? `${where} has no IAM OIDC provider for ${quoted(`https://${issuer}`, 200)}`
        : `${where} may have no IAM OIDC provider for ${quoted(`https://${issuer}`, 200)}: none was read`,
  })
  return causes
}

function isOtherForm(one: string, other: string): boolean {
  const plain = (text: string): string => text.toLowerCase().replace(/\/+$/, '')
  return plain(one) === plain(other) || nearness(one, other) === 'the same cluster under another host'
}

/** An issuer of EKS that the role trusts and no cluster of the inputs has. */
function staleIssuerOf(
  policy: TrustPolicy | undefined,
  own: readonly OidcProvider[],
  call: WebIdentityCall,
): string | undefined {
  const scene = { facts: call.index.facts, issuer: call.issuer }
  const named =
    policy?.statements.flatMap(({ principal }) =>
      principal.kind === 'principals'
        ? principal.entries.map(({ value }) => parseProviderArn(value)?.issuer ?? '')
        : [],
    ) ?? []
  return named.find(
    (issuer) =>
      isStaleIssuer(issuer, scene) && (own.length === 0 || own.some((one) => one.issuer === issuer)),
  )
}

function providerMend(
  call: WebIdentityCall,
  own: readonly OidcProvider[],
): ReturnType<NonNullable<Finding['mend']>> {
  const { issuer } = call
  const [audience = 'sts.amazonaws.com'] = call.token.audiences
  const where = call.account === undefined ? "the role's account" : `account ${call.account}`
  const near = own.find((one) => isOtherForm(one.issuer, issuer))
  const isSafe = /^[\w./-]+$/.test(issuer) && /^[\w./:-]+$/.test(audience)
  return {
    target: 'provider',
    title: `create an IAM OIDC provider for \`https://${issuer}\` in ${where}${near === undefined ? '' : `, beside that for \`https://${near.issuer}\``}`,
    ...(isSafe
      ? {
          command: `aws iam create-open-id-connect-provider --url https://${issuer} --client-id-list ${audience}`,
        }
      : {}),
  }
}
