import { parseEksIssuer } from './issuers.js'
import { asciiLowerCase } from '../text/ascii.js'

/** What a condition key that no request of an issuer has was meant to be. */
export type MeantKey =
  /** The issuer of the statement, written in another way. */
  | { readonly kind: 'malformed'; readonly flaw: string; readonly claim: string | undefined }
  /** The issuer of the statement, and no claim or one that Kubernetes tokens never carry. */
  | {
      readonly kind: 'claim'
      readonly found: 'none' | 'separator' | 'other'
      readonly claim: string | undefined
    }
  /** Some other issuer. */
  | { readonly kind: 'foreign'; readonly issuer: string; readonly claim: string | undefined }
  /** A key of AWS's own, or nothing that looks like an issuer. */
  | { readonly kind: 'other' }

const SWAPPED_HOST = /^oidc\.([a-z0-9-]+)\.eks\.amazonaws\.com(?=$|[/:])/i
const OWN_KEY =
  /^(?:aws|sts|iam|saml|eks|ec2|cognito-identity\.amazonaws\.com|accounts\.google\.com|graph\.facebook\.com|www\.amazon\.com):/i

/** What stands in front of host and path, or around them, and does not belong there. */
const FLAWS: readonly { readonly what: string; readonly found: RegExp; readonly put: string }[] = [
  { what: 'a quote, a backslash or a blank is left in it', found: /["'`\\\s]/g, put: '' },
  { what: 'it holds the ARN of the provider', found: /^arn:[^:]*:iam::[^:]*:oidc-provider\/+/i, put: '' },
  { what: 'it holds `oidc-provider/`', found: /^\/?oidc-provider\/+/i, put: '' },
  { what: 'it holds the scheme `https://`', found: /^[a-z]+:\/\//i, put: '' },
  { what: 'it begins with a slash', found: /^\/+/, put: '' },
  {
    what: 'its host is `oidc.REGION.eks…`, and issuers have `oidc.eks.REGION…`',
    found: SWAPPED_HOST,
    put: 'oidc.eks.$1.amazonaws.com',
  },
  { what: 'it has a trailing slash', found: /\/+(?=:[^:/]*$|$)/, put: '' },
]

/** An issuer or key as it should be written, and what was wrong with it. */
export function mended(text: string): { readonly text: string; readonly flaw?: string } {
  let flaw: string | undefined
  let clean = text
  for (const { what, found, put } of FLAWS) {
    const next = clean.replace(found, put)
    if (next !== clean) flaw ??= what
    clean = next
  }
  return flaw === undefined ? { text: clean } : { text: clean, flaw }
}

/** Reads a key that the requests of `issuer` do not have. */
export function meantKey(keyText: string, issuer: string): MeantKey {
  if (OWN_KEY.test(keyText)) return { kind: 'other' }
  const exact = claimAfter(keyText, issuer)
  if (exact !== undefined) return { kind: 'claim', ...exact }
  const { text, flaw = 'the slash at its end differs' } = mended(keyText)
  const own = claimAfter(text, mended(issuer).text)
  if (own !== undefined) return { kind: 'malformed', flaw, claim: own.claim }
  const bare = /^:?(sub|aud)$/i.exec(text)?.[1]
  if (bare !== undefined)
    return { kind: 'malformed', flaw: 'it names no issuer', claim: asciiLowerCase(bare) }
  const colon = text.lastIndexOf(':')
  const host = colon < 0 ? text : text.slice(0, colon)
  const claim = colon < 0 ? undefined : asciiLowerCase(text.slice(colon + 1))
  if (/[$<{]/.test(host)) return { kind: 'malformed', flaw: 'a placeholder stands for the issuer', claim }
  if (/^[^/]*\./.test(host) || claim === 'sub' || claim === 'aud')
    return { kind: 'foreign', issuer: host, claim }
  return { kind: 'other' }
}

function claimAfter(
  text: string,
  issuer: string,
): { found: 'none' | 'separator' | 'other'; claim: string | undefined } | undefined {
  if (!asciiLowerCase(text).startsWith(asciiLowerCase(issuer))) return undefined
  const rest = text.slice(issuer.length)
  if (/^[:./]?$/.test(rest)) return { found: 'none', claim: undefined }
  const claim = /^:([^:/]+)$/.exec(rest)?.[1]
  if (claim !== undefined) return { found: 'other', claim: asciiLowerCase(claim) }
  const joined = /^[^a-z0-9]*(sub|aud)$/i.exec(rest)?.[1]
  if (joined === undefined || /^\/+:/.test(rest)) return undefined
  return { found: 'separator', claim: asciiLowerCase(joined) }
}

/** Which claim the values were meant for, where they tell. */
export function claimOf(
  values: readonly string[],
  clientIds: readonly string[] | undefined,
): 'sub' | 'aud' | undefined {
  if (values.length === 0) return undefined
  if (values.every((value) => /^system:/i.test(value))) return 'sub'
  return values.every((value) => value === 'sts.amazonaws.com' || clientIds?.includes(value))
    ? 'aud'
    : undefined
}

/** How another issuer differs from the one that is meant, where it is near. */
export function nearness(issuer: string, meant: string): string | undefined {
  const one = parseEksIssuer(mended(issuer).text)
  const other = parseEksIssuer(meant)
  if (one === undefined || other === undefined) return undefined
  const id = one.id.toUpperCase()
  const meantId = other.id.toUpperCase()
  if (id === meantId)
    return one.region === other.region
      ? 'the same cluster under another host'
      : 'the same id in another Region'
  const differing = [...id].filter((unit, at) => unit !== meantId[at]).length
  if (id.length === meantId.length && differing <= 3)
    return differing === 1 ? 'one character of the id differs' : `${differing} characters of the id differ`
  return id !== '' && (meantId.startsWith(id) || id.startsWith(meantId))
    ? 'the id is cut or has something behind it'
    : undefined
}
