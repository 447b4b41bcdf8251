import { Language } from '../automata/language.js'
import { globMatches, splitAtColons } from './glob.js'
import type { Pattern } from './glob.js'

/**
 * ARN comparison: both sides are cut at their first five colons into six parts, each policy part must match its request
 * part. A `*` never crosses one of those colons; in the sixth part it crosses `:` and `/`.
 * @see IAM User Guide, "IAM JSON policy elements: Condition operators", ARN condition operators
 */
const PARTS = 6

/** `arn:` and five colons at least. A request value that is no ARN makes every ARN operator false, negated ones too. */
export function isArn(text: string): boolean {
  if (!text.startsWith('arn:')) return false
  let at = -1
  for (let colons = 0; colons < PARTS - 1; colons++) {
    at = text.indexOf(':', at + 1)
    if (at < 0) return false
  }
  return true
}

/** Whether a policy value can match any ARN at all: `*` alone, or six parts of which the first can be `arn`. */
export function isArnPattern(pattern: Pattern): boolean {
  if (isStar(pattern)) return true
  const parts = splitAtColons(pattern, PARTS - 1)
  return parts.length === PARTS && globMatches(parts[0] ?? [], 'arn')
}

function isStar(pattern: Pattern): boolean {
  const [token] = pattern
  return pattern.length === 1 && typeof token === 'object' && token.wildcard === 'any-run'
}

/** Whether a request value that is an ARN matches a well-formed policy value. */
export function arnMatches(pattern: Pattern, arn: string): boolean {
  if (isStar(pattern)) return true
  const parts = splitAtColons(pattern, PARTS - 1)
  const values = splitAtColons([arn], PARTS - 1)
  return (
    parts.length === PARTS && parts.every((part, index) => globMatches(part, values[index]?.join('') ?? ''))
  )
}

const COLON = Language.literal(':')
const NO_COLON = Language.lazy(() =>
  Language.charset([
    [0, 0x39],
    [0x3b, 0xffff],
  ]).repeat(0),
)

/** Every text that is an ARN. */
export const ARNS: Language = Language.lazy(() =>
  arnLanguageOf([['arn'], ...Array.from({ length: PARTS - 1 }, (): Pattern => [{ wildcard: 'any-run' }])]),
)

/** The ARNs a well-formed policy value matches. */
export function arnLanguage(pattern: Pattern): Language {
  if (isStar(pattern)) return ARNS
  const parts = splitAtColons(pattern, PARTS - 1)
  return parts.length === PARTS ? arnLanguageOf(parts).intersection(ARNS) : Language.empty
}

function arnLanguageOf(parts: readonly Pattern[]): Language {
  return parts
    .map((part, index) => {
      const language = Language.glob(part)
      return index < PARTS - 1 ? language.intersection(NO_COLON) : language
    })
    .reduce((whole, part) => whole.concat(COLON).concat(part))
}
