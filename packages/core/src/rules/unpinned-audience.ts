import type { Condition, Statement } from '../policy/ast.js'
import { pointerSegment } from '../text/location.js'
import { quoted } from '../text/quote.js'
import type { IrsaTrust } from '../trust/analyze.js'
import {
  admitAudience,
  admitUnnamedAudience,
  audienceKey,
  providerAudiences,
  testsAudience,
} from './audience.js'
import type { Fix, PatchOperation, RuleOn } from './rule.js'

const STS_AUDIENCE = 'sts.amazonaws.com'

/**
 * Tokens for any audience can assume the role. The audience keeps no service account out, for whoever may have a token for
 * one audience may have it for another; it does keep out tokens that were handed to somebody else, who then could use
 * them at AWS. Asked of the requests: does a token for an audience that nothing names get in, or with known client ids of
 * the provider a token for every one of several?
 */
export const unpinnedAudience: RuleOn<'grant'> = {
  id: 'unpinned-audience',
  severity: 'low',
  summary: 'a token for any audience that the provider takes can assume the role',
  since: '0.1.0',
  kind: 'exposure',
  on: 'grant',

  *check({ grant }) {
    if (grant.mechanism !== 'irsa' || !grant.isNamed) return
    const audiences = providerAudiences(grant)
    if (audiences !== undefined) {
      if (audiences.length < 2) return
      if (
        testsAudience(grant) &&
        audiences.some((audience) => admitAudience(grant, audience).possible.isEmpty)
      )
        return
    }
    if (audiences === undefined && everyStatementPins(grant)) return
    const admission =
      audiences === undefined ? admitUnnamedAudience(grant) : admitAudience(grant, audiences.at(-1) ?? '')
    const word = admission.possible.witness()
    if (word === undefined) return
    const [first, ...others] = admission.statements
      .filter(({ possible }) => !possible.isDisjointFrom(admission.possible))
      .map((one) => one.statement)
    if (first === undefined) return
    const key = `${grant.issuer}:aud`
    const takes =
      audiences === undefined
        ? ''
        : `, and the OIDC provider takes ${audiences.map((audience) => quoted(audience)).join(', ')}`
    const isUsual = grant.issuerKind === 'eks' && (audiences ?? [STS_AUDIENCE]).includes(STS_AUDIENCE)
    yield {
      at: first.pointer,
      related: others.map(({ pointer }) => ({ at: pointer, note: 'neither does this statement' })),
      message: `no condition narrows ${quoted(key)}${takes}`,
      witness: { admission, word },
      help: 'ask for the audience that the pods use with `StringEquals` on the `:aud` key',
      ...(isUsual ? fixOf(first, key) : {}),
    }
  },
}

/** The common case, cheap: every Allow statement asks for a literal audience. */
function everyStatementPins(grant: IrsaTrust): boolean {
  const key = audienceKey(grant)
  return grant.admission.statements.every(({ statement }) =>
    statement.conditions.some(
      (one) =>
        one.key === key &&
        one.operator.base === 'StringEquals' &&
        !one.operator.ifExists &&
        one.operator.set !== 'ForAllValues' &&
        isLiteral(one, statement),
    ),
  )
}

function isLiteral({ values }: Condition, { readings }: Statement): boolean {
  return readings === undefined && values.length > 0 && values.every((value) => !value.includes('$'))
}

/** Only where one provider is named: a condition on the key of one issuer would shut the others out. */
function fixOf(statement: Statement, key: string): { fix?: Fix } {
  const { principal, readings, unreadable, conditions, pointer } = statement
  if (
    readings !== undefined ||
    unreadable !== undefined ||
    !('entries' in principal) ||
    principal.entries.length !== 1
  )
    return {}
  const sibling = conditions.find(({ operator }) => operator.text === 'StringEquals')
  const block = sibling?.pointer.slice(0, sibling.pointer.lastIndexOf('/'))
  let add: PatchOperation
  if (block !== undefined) add = { op: 'add', path: block + pointerSegment(key), value: STS_AUDIENCE }
  else if (conditions.length > 0)
    add = { op: 'add', path: `${pointer}/Condition/StringEquals`, value: { [key]: STS_AUDIENCE } }
  else add = { op: 'add', path: `${pointer}/Condition`, value: { StringEquals: { [key]: STS_AUDIENCE } } }
  return { fix: { title: `ask for the audience ${quoted(STS_AUDIENCE)}`, patch: [add], safe: false } }
}
