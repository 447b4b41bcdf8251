/** What stands at the addresses of issuers that accounts trust, for the rule `claimable-issuer`. Asked for, never by itself. */
import { isIP } from 'node:net'
import { isPlatformIssuer } from '@podtrust/core'
import type { IssuerProbe } from '@podtrust/core'
import { askIssuer, internet, untilAborted } from './ask-issuer.js'
import type { IssuerNetwork } from './ask-issuer.js'
import { verdictOfMissing, verdictOfNoAddress } from './claimable-address.js'

const TIMEOUT_MS = 5000
const AT_ONCE = 4

export interface ProbeOptions {
  /** Ends all of it: issuers that were not done are left out. */
  readonly signal: AbortSignal
  /** For each issuer, names and all. */
  readonly timeoutMs?: number
  readonly onProgress?: (done: number, of: number) => void
}

/** The issuers that are worth a look, each once: those at hosts of EKS or of services that many share are nobody's to take. */
export function issuersToProbe(issuers: Iterable<string>): readonly string[] {
  return [...new Set(issuers)].filter((issuer) => !isPlatformIssuer(issuer))
}

/**
 * Asks each issuer for its discovery document, a few at once; in the order of `issuers`. It throws nothing: what does not
 * answer is unreachable, with a clause that says why and holds no text of the server.
 *
 * @param issuers host and path, without `https://`, as IAM gives them
 * @param network tests alone bring their own
 */
export async function probeIssuers(
  issuers: readonly string[],
  { signal, timeoutMs = TIMEOUT_MS, onProgress }: ProbeOptions,
  network: IssuerNetwork = internet,
): Promise<readonly IssuerProbe[]> {
  const found = new Map<string, IssuerProbe>()
  const waiting = [...issuers]
  const work = async (): Promise<void> => {
    for (let issuer = waiting.shift(); issuer !== undefined; issuer = waiting.shift()) {
      const probe = await probeIssuer(issuer, signal, timeoutMs, network)
      if (probe === undefined) return
      found.set(issuer, probe)
      onProgress?.(found.size, issuers.length)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return issuers.flatMap((issuer) => found.get(issuer) ?? [])
}

async function probeIssuer(
  issuer: string,
  signal: AbortSignal,
  timeoutMs: number,
  network: IssuerNetwork,
): Promise<IssuerProbe | undefined> {
  if (signal.aborted) return undefined
  const url = discoveryOf(issuer)
  if (url === undefined)
    return { issuer, outcome: 'unreachable', reason: 'it is no plain https address with a domain name' }
  const timeout = AbortSignal.timeout(timeoutMs)
  const ends = AbortSignal.any([signal, timeout])
  try {
    return { issuer, ...(await outcomeAt(url, issuer, ends, network)) }
  } catch (error) {
    if (signal.aborted) return undefined
    if (timeout.aborted)
      return {
        issuer,
        outcome: 'unreachable',
        reason: `it did not answer within ${timeoutMs / 1000} seconds`,
      }
    throw error
  }
}

async function outcomeAt(
  url: URL,
  issuer: string,
  signal: AbortSignal,
  network: IssuerNetwork,
): Promise<Omit<IssuerProbe, 'issuer'>> {
  const answer = await askIssuer(url, signal, network)
  switch (answer.kind) {
    case 'no-address':
      return untilAborted(verdictOfNoAddress(url.hostname, network), signal)
    case 'failure':
      return { outcome: 'unreachable', reason: answer.reason }
    case 'answer':
      if (answer.status === 200) return verdictOfDocument(answer.body, issuer)
      if (answer.status === 404) return verdictOfMissing(url, answer.body)
      return { outcome: 'unreachable', reason: `it answers with status ${answer.status}` }
  }
}

/**
 * Where the discovery document of an issuer is. An issuer has no user, port, query or fragment, and a name for a host; what
 * a parser would read as something else than is written is not asked.
 */
function discoveryOf(issuer: string): URL | undefined {
  const address = withoutEnd(`https://${issuer}`)
  if (/[?#@\\\s]/.test(issuer) || !URL.canParse(address)) return undefined
  const { href, hostname, port } = new URL(address)
  const isName = /^[^.[\]]+(?:\.[^.[\]]+)+$/.test(hostname) && isIP(hostname) === 0
  if (!isName || port !== '' || withoutEnd(href) !== address) return undefined
  return new URL(`${address}/.well-known/openid-configuration`)
}

/** @see https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationValidation */
function verdictOfDocument(text: string, issuer: string): Omit<IssuerProbe, 'issuer'> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { outcome: 'unreachable', reason: 'its answer is not JSON' }
  }
  const said = typeof value === 'object' && value !== null && 'issuer' in value ? value.issuer : undefined
  if (typeof said !== 'string')
    return { outcome: 'unreachable', reason: 'its answer is no discovery document' }
  if (withoutEnd(said) !== withoutEnd(`https://${issuer}`))
    return { outcome: 'unreachable', reason: 'its discovery document is of another issuer' }
  return { outcome: 'present', reason: 'its discovery document is there' }
}

/** IAM may have dropped the slash that the issuer ends in. */
function withoutEnd(issuer: string): string {
  return issuer.replace(/\/$/, '')
}
