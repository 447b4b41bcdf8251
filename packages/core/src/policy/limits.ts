/**
 * How long a trust policy may be, in characters without white space.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const DEFAULT_POLICY_SIZE = 2048

/** The most that AWS grants on request. */
export const MAX_POLICY_SIZE = 8192

/** Longer documents are not read: no account can have one half as long, and reading it would only cost time and memory. */
export const MOST_READ = 16_384

/** What the text of a document is made of, found in one look at every character. */
export interface TextMeasure {
  /** Characters that count against the quota: all but white space, wherever it stands. */
  readonly size: number
  /** The first character that IAM does not take, as a UTF-16 unit. */
  readonly forbidden: number | undefined
  /** Whether private-use characters occur: they stand for what an input does not know yet. */
  readonly hasHoles: boolean
}

/**
 * IAM takes tab, line feed, carriage return and U+0020 to U+00FF. Private-use characters are let through: sources put
 * them where a value is not known, so they say nothing about the document.
 */
export function measureText(text: string): TextMeasure {
  let white = 0
  let forbidden: number | undefined
  let hasHoles = false
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit > 0x20 && unit <= 0xff) continue
    if (unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09) white++
    else if (unit >= 0xe000 && unit <= 0xf8ff) hasHoles = true
    else forbidden ??= unit
  }
  return { size: text.length - white, forbidden, hasHoles }
}

/** Whether a text holds the mark of a value that is not known yet. */
export function hasHole(text: string): boolean {
  return /[\ue000-\uf8ff]/.test(text)
}
