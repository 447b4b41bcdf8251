import { parseValue } from '../condition/variables.js'
import type { TrustPolicy } from '../policy/ast.js'
import { quoted } from '../text/quote.js'
import { accountsOf } from './read-completely.js'
import type { RuleOn, RuleSubjects } from './rule.js'

/**
 * Something of a template or of a page of documentation is left in the policy: a placeholder that nobody
 * filled in, a variable that no tool replaced, an account or cluster id of the AWS documentation. It names
 * nobody, or somebody else.
 */
export const templateLeftover: RuleOn<'policy'> = {
  id: 'template-leftover',
  severity: 'low',
  summary: 'a placeholder of a template or an example id is left in the policy',
  since: '0.1.0',
  kind: 'hygiene',
  on: 'policy',

  *check({ policy, role }) {
    const places = new Map<string, string[]>()
    for (const { text, at, isValue } of textsOf(policy)) {
      const leftover = placeholderIn(text, isValue) ?? exampleIn(text, role)
      if (leftover === undefined) continue
      const known = places.get(leftover)
      if (known === undefined) places.set(leftover, [at])
      else known.push(at)
    }
    for (const [leftover, [at = '', ...others]] of places) {
      yield {
        at,
        message: `${quoted(leftover)} looks like a leftover of a template or an example`,
        related: others.slice(0, 10).map((other) => ({ at: other, note: 'and here' })),
        help: 'put in the account, issuer or name that is meant',
      }
    }
  },
}

interface Text {
  readonly text: string
  readonly at: string
  /** Whether a policy variable may stand in it. */
  readonly isValue: boolean
}

function* textsOf({ statements }: TrustPolicy): Generator<Text> {
  for (const { principal, conditions } of statements) {
    if ('entries' in principal)
      for (const { value, pointer } of principal.entries) yield { text: value, at: pointer, isValue: false }
    for (const { keyText, values, pointer, isList } of conditions) {
      yield { text: keyText, at: pointer, isValue: false }
      for (const [index, value] of values.entries())
        yield { text: value, at: isList ? `${pointer}/${index}` : pointer, isValue: true }
    }
  }
}

/** `<OIDC_ID>`, `{{ issuer }}`, `%{issuer}`, `$ISSUER`, `${issuer}` where it is no policy variable. */
const PLACEHOLDER = /<[A-Za-z][A-Za-z0-9 _.:-]*>|\{\{[^{}]*\}\}|%\{[^{}]*\}|\$[A-Za-z_][A-Za-z0-9_]*/

function placeholderIn(text: string, isValue: boolean): string | undefined {
  const found = PLACEHOLDER.exec(text)?.[0]
  if (found !== undefined) return found
  for (let open = text.indexOf('${'); open >= 0; open = text.indexOf('${', open + 2)) {
    const close = text.indexOf('}', open)
    const variable = close < 0 ? text.slice(open) : text.slice(open, close + 1)
    if (!isValue || !isPolicyVariable(variable)) return variable
  }
  return undefined
}

/** Every context key has a colon; `${*}`, `${?}` and `${$}` stand for the characters. */
function isPolicyVariable(variable: string): boolean {
  const [part, ...more] = parseValue(variable) ?? []
  // A default may hold braces of its own; what begins like a variable is taken for one.
  if (part === undefined) return /^\$\{[A-Za-z][\w.-]*:[^{}]*,/.test(variable)
  return (
    more.length === 0 && (part.kind === 'character' || (part.kind === 'variable' && part.key.includes(':')))
  )
}

const EXAMPLE = /EXAMPLE[0-9A-Z]*|(?<![0-9])111122223333(?![0-9])/

/** Ids of the AWS documentation, such as `EXAMPLED539D4633E53DE1B71EXAMPLE`; an account that the inputs tell about is none. */
function exampleIn(text: string, { role, facts }: RuleSubjects['policy']['role']): string | undefined {
  const found = EXAMPLE.exec(text)?.[0]
  if (found !== '111122223333') return found
  return role.account === found || accountsOf(facts).has(found) ? undefined : found
}
