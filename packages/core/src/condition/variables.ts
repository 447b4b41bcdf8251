import type { ContextValue } from '../policy/request.js'
import { globPattern } from './glob.js'
import type { Pattern } from './glob.js'

/** What the request context holds for a key; asked with the key in lower case. */
export type LookUp = (key: string) => ContextValue

/**
 * What one condition value says in one request:
 * - `pattern`: text and wildcards;
 * - `null`: it names a variable that is absent and has no default; nothing equals it;
 * - `unknown`: it names a variable whose value nobody can tell;
 * - `unreadable`: `${` that is no variable IAM knows.
 */
export type Expansion =
  | { readonly kind: 'pattern'; readonly pattern: Pattern }
  | { readonly kind: 'null' }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'unknown'; readonly key: string }

/** One piece of a value that may hold policy variables. */
export type ValuePart =
  | { readonly kind: 'text'; readonly text: string }
  /** `${*}`, `${?}`, `${$}` */
  | { readonly kind: 'character'; readonly text: string }
  | { readonly kind: 'variable'; readonly key: string; readonly default?: string }

/**
 * The parts of a value under version 2012-10-17, or `undefined` where a `${` is no variable: a missing brace or quote,
 * an empty name, a space in the name.
 * @see IAM User Guide, "IAM policy elements: Variables and tags"
 */
export function parseValue(value: string): readonly ValuePart[] | undefined {
  const parts: ValuePart[] = []
  let at = 0
  for (;;) {
    const open = value.indexOf('${', at)
    if (open < 0) break
    if (open > at) parts.push({ kind: 'text', text: value.slice(at, open) })
    const special = value[open + 2]
    if (special !== undefined && '*?$'.includes(special) && value[open + 3] === '}') {
      parts.push({ kind: 'character', text: special })
      at = open + 4
      continue
    }
    const close = value.indexOf('}', open)
    const comma = value.indexOf(',', open)
    if (close < 0) return undefined
    if (comma < 0 || comma > close) {
      const key = value.slice(open + 2, close)
      if (!isVariableName(key)) return undefined
      parts.push({ kind: 'variable', key: lowerKey(key) })
      at = close + 1
      continue
    }
    const key = value.slice(open + 2, comma)
    let quote = comma + 1
    while (value[quote] === ' ') quote++
    const end = value.indexOf("'", quote + 1)
    if (!isVariableName(key) || value[quote] !== "'" || end < 0 || value[end + 1] !== '}') return undefined
    parts.push({ kind: 'variable', key: lowerKey(key), default: value.slice(quote + 1, end) })
    at = end + 2
  }
  if (at < value.length || parts.length === 0) parts.push({ kind: 'text', text: value.slice(at) })
  return parts
}

function isVariableName(name: string): boolean {
  return name !== '' && !/[\s{}$'"*?]/.test(name)
}

/** Key names compare without regard to (ASCII) letter case. */
function lowerKey(key: string): string {
  return /[A-Z]/.test(key) ? key.replace(/[A-Z]+/g, (run) => run.toLowerCase()) : key
}

/** The keys of the policy variables in a value, lower case. */
export function variablesIn(value: string): readonly string[] {
  if (!value.includes('${')) return []
  return (parseValue(value) ?? []).flatMap((part) => (part.kind === 'variable' ? [part.key] : []))
}

const UNREADABLE: Expansion = { kind: 'unreadable' }
const NULL: Expansion = { kind: 'null' }

/**
 * Puts policy variables into a condition value.
 *
 * @param variables whether the document's version and the operator know variables; without them `${` is plain text
 * @param wildcards whether `*` and `?` of the policy text are wildcards; those of a substituted value never are
 */
export function expandValue(
  value: string,
  variables: boolean,
  wildcards: boolean,
  lookUp: LookUp,
): Expansion {
  if (!variables || !value.includes('${')) {
    return { kind: 'pattern', pattern: wildcards ? globPattern(value) : [value] }
  }
  const parts = parseValue(value)
  if (parts === undefined) return UNREADABLE
  const pattern: Pattern[number][] = []
  let outcome: Expansion | undefined
  for (const part of parts) {
    if (part.kind === 'text') {
      if (wildcards) pattern.push(...globPattern(part.text))
      else pattern.push(part.text)
    } else if (part.kind === 'character') pattern.push(part.text)
    else {
      const found = lookUp(part.key)
      if (found.state === 'present' && !found.multivalued && found.values.length === 1)
        pattern.push(found.values[0] ?? '')
      else if (found.state === 'unknown' || (found.state === 'present' && found.values.length > 0)) {
        outcome = { kind: 'unknown', key: part.key }
      } else if (part.default !== undefined) pattern.push(part.default)
      else outcome ??= NULL
    }
  }
  return outcome ?? { kind: 'pattern', pattern }
}
