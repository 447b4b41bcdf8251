import { asciiLowerCase } from '../text/ascii.js'
import { quoted } from '../text/quote.js'
import { moveConditions, openingFix, testsSubject } from './condition-patch.js'
import { deadCauses } from './dead-cause.js'
import type { DeadCauseOf } from './dead-place.js'
import type { PodStatement } from './pod-statement.js'
import type { PatchOperation, RuleOn } from './rule.js'

/**
 * A condition key, or the principal itself, spells the issuer in a way that IAM does not know: with `https://`, a
 * trailing slash, the ARN of the provider, a swapped host. The key is absent from every request, the provider does not
 * exist, and no pod gets in. Asked of the engine: the condition holds for no request, and mended it names the issuer.
 */
export const malformedIssuerKey: RuleOn<'statement'> = {
  id: 'malformed-issuer-key',
  severity: 'medium',
  summary: 'the issuer is spelled in a way that IAM does not know',
  since: '0.1.0',
  kind: 'breakage',
  on: 'statement',

  *check({ statement, role }) {
    const causes = deadCauses('malformed-issuer-key', statement, role)
    const [first, ...rest] = causes
    if (first === undefined) return
    const { condition, flaw, rightArn, certainty } = first
    const related = [...(first.related ?? []), ...rest.map(({ at }) => ({ at, note: 'the same here' }))]
    const what =
      condition === undefined
        ? `${quoted(statement.principal.value, 160)} is ${certainty === undefined ? 'the ARN of no provider' : 'expected to be the provider of no cluster'}: ${flaw}`
        : `${quoted(condition.keyText, 160)} is no key of the provider's tokens: ${flaw}, so the condition never holds`
    yield {
      at: first.at,
      ...(related.length === 0 ? {} : { related }),
      message: what,
      help: 'write host and path of the issuer alone, as in `HOST/PATH:sub`, and the same after `oidc-provider/` in the principal',
      ...(certainty === undefined ? {} : { certainty }),
      ...openingFix(
        'spell the issuer as IAM does',
        rightArn === undefined ? renamed(statement, causes) : withPrincipal(statement, rightArn),
      ),
    }
  },
}

function renamed(
  { statement, principal }: PodStatement,
  causes: readonly DeadCauseOf<'malformed-issuer-key'>[],
): readonly PatchOperation[] | undefined {
  const moves = causes.flatMap(({ condition, rightKey }) =>
    condition === undefined || rightKey === undefined ? [] : [{ condition, keyText: rightKey }],
  )
  return moves.length === causes.length && testsSubject(statement, issuerOf(principal.value), moves)
    ? moveConditions(statement, moves)
    : undefined
}

function issuerOf(providerArn: string): string {
  return providerArn.slice(providerArn.indexOf('/') + 1)
}

/** The flaw stands in the principal, and the keys repeat it. */
function withPrincipal(
  { statement, principal }: PodStatement,
  arn: string,
): readonly PatchOperation[] | undefined {
  const written = issuerOf(principal.value)
  const moves = statement.conditions
    .filter(({ key }) => key.startsWith(`${asciiLowerCase(written)}:`))
    .map((condition) => ({ condition, keyText: issuerOf(arn) + condition.keyText.slice(written.length) }))
  const patch: readonly PatchOperation[] = [{ op: 'replace', path: principal.pointer, value: arn }]
  if (!testsSubject(statement, issuerOf(arn), moves)) return undefined
  if (moves.length === 0) return patch
  const keys = moveConditions(statement, moves)
  return keys === undefined ? undefined : [...patch, ...keys]
}
