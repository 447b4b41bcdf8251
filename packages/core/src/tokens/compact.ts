/**
 * The compact form of a JSON Web Signature, parted: three texts in base64url with dots between them (RFC 7515, section
 * 7.1). No error of this file holds any of the token.
 */
import { InputError } from '../errors.js'
import { parseJson } from '../text/json.js'

/** STS takes no longer one. */
const LONGEST_TOKEN = 20_000

export interface CompactToken {
  /** The token without what stood around it. */
  readonly text: string
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
  readonly isSigned: boolean
  /** Which parts say something twice. */
  readonly repeated: readonly ('header' | 'claims')[]
}

/** @throws InputError `E_NOT_A_TOKEN`, `E_TOO_LARGE` */
export function parseCompact(input: string): CompactToken {
  // Before anything looks at the text: trimming and splitting 5 MB is work for nobody.
  if (input.length > LONGEST_TOKEN + 1000) throw tooLong()
  const text = input.trim()
  if (text.length > LONGEST_TOKEN) throw tooLong()
  const parts = text.split('.')
  const [header, claims, signature] = parts
  const problem = mistakenFor(text) ?? wrongNumber(parts.length)
  if (header === undefined || claims === undefined || signature === undefined || problem !== undefined) {
    throw notAToken(...(problem ?? ['it has too few parts']))
  }
  if (!isBase64Url(signature)) throw notAToken('the signature is not base64url', CUT)
  const read = { header: readPart(header, 'header'), claims: readPart(claims, 'claims') }
  return {
    text,
    header: read.header.members,
    claims: read.claims.members,
    isSigned: signature !== '',
    repeated: (['header', 'claims'] as const).filter((part) => read[part].isRepeated),
  }
}

const CUT = 'it may have been cut or changed on the way; copy the file itself'

function readPart(
  part: string,
  name: 'header' | 'claims',
): { readonly members: Readonly<Record<string, unknown>>; readonly isRepeated: boolean } {
  const are = name === 'header' ? 'the header is' : 'the claims are'
  const bytes = isBase64Url(part) ? decodeBase64Url(part) : undefined
  if (bytes === undefined) throw notAToken(`${are} not base64url`, CUT)
  const text = decodeUtf8(bytes)
  if (text === undefined) throw notAToken(`${are} not UTF-8`, CUT)
  let document
  try {
    document = parseJson({ name, text })
  } catch (error) {
    // The parser's own sentence quotes what it stumbled over.
    if (!(error instanceof InputError)) throw error
    throw notAToken(error.code === 'E_TOO_DEEP' ? `${are} nested too deep` : `${are} not JSON`, CUT)
  }
  const { value, hasDuplicateKeys } = document
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw notAToken(`${are} JSON and no object`)
  }
  return { members: value as Record<string, unknown>, isRepeated: hasDuplicateKeys }
}

function isBase64Url(text: string): boolean {
  return /^[A-Za-z0-9_-]*$/.test(text) && text.length % 4 !== 1
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

function decodeBase64Url(text: string): readonly number[] {
  const bytes: number[] = []
  let bits = 0
  let held = 0
  for (const digit of text) {
    bits = ((bits << 6) | DIGITS.indexOf(digit)) & 0xfff
    held += 6
    if (held < 8) continue
    held -= 8
    bytes.push((bits >> held) & 0xff)
  }
  return bytes
}

function decodeUtf8(bytes: readonly number[]): string | undefined {
  try {
    return decodeURIComponent(bytes.map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''))
  } catch {
    return undefined
  }
}

type Problem = readonly [problem: string, hint?: string]

/** What a text is that people take for a token. */
function mistakenFor(text: string): Problem | undefined {
  if (text === '') return ['it is empty', 'is the volume with the token mounted?']
  if (text.startsWith('k8s-aws-v1.')) {
    return [
      'it is what `aws eks get-token` gives, a signed URL for the API server',
      'the token of a pod lies where `AWS_WEB_IDENTITY_TOKEN_FILE` says',
    ]
  }
  if (text.startsWith('{')) {
    return [
      'it is JSON',
      'a TokenRequest holds the token under `status.token`: pass that alone, for example with `jq -r .status.token`',
    ]
  }
  if (text.startsWith('ZXlK')) {
    return ['it is encoded once more, as values of a Secret are', 'decode it first: `base64 -d`']
  }
  if (/^bearer\s/i.test(text)) return ['it begins with the word Bearer', 'pass the token alone']
  return undefined
}

function wrongNumber(parts: number): Problem | undefined {
  if (parts === 3) return undefined
  if (parts === 5) return ['it is encrypted; a service account token is signed and can be read']
  return [`it has ${parts === 1 ? 'one part' : `${parts} parts`} where a signed token has three`]
}

function notAToken(...[problem, hint]: Problem): InputError {
  return new InputError('E_NOT_A_TOKEN', `not a token: ${problem}`, hint === undefined ? {} : { hint })
}

function tooLong(): InputError {
  return new InputError(
    'E_TOO_LARGE',
    `longer than the ${LONGEST_TOKEN} characters that STS takes for a token`,
  )
}
