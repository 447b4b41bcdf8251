import { quoted } from '../text/quote.js'
import { openingFix, testsSubject } from './condition-patch.js'
import { deadCauses } from './dead-cause.js'
import type { RuleOn } from './rule.js'

/**
 * The principal is the OIDC provider of another account or partition. STS looks for the provider of a token in the
 * account of the role alone, so no pod gets in. AWS's way to a role of another account is a provider for the cluster's
 * issuer in that account; no page says outright that the other way fails, which is why the finding is a possible one.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/cross-account-access.html
 */
export const foreignProvider: RuleOn<'statement'> = {
  id: 'foreign-provider',
  severity: 'medium',
  summary: 'the OIDC provider is of another account or partition than the role',
  since: '0.1.0',
  kind: 'breakage',
  on: 'statement',

  *check({ statement, role }) {
    for (const { at, differs, account, partition, issuer, certainty } of deadCauses(
      'foreign-provider',
      statement,
      role,
    )) {
      const own = role.facts.providers.find(
        (one) =>
          one.issuer === issuer &&
          one.account === role.role.account &&
          (one.partition ?? partition) === role.role.partition &&
          one.arn !== undefined,
      )
      const { account: roleAccount = '', partition: rolePartition = '' } = role.role
      const patch =
        own?.arn === undefined || !testsSubject(statement.statement, issuer)
          ? undefined
          : [{ op: 'replace', path: at, value: own.arn } as const]
      yield {
        at,
        message:
          differs === 'account'
            ? `the OIDC provider is of account ${quoted(account)}, the role of ${quoted(roleAccount)}: STS is expected to look into the role's account alone, and nobody gets in`
            : `the OIDC provider is of the partition ${quoted(partition)}, the role of ${quoted(rolePartition)}, and trust does not cross partitions`,
        help:
          own === undefined
            ? `register ${quoted(issuer)} as an OIDC provider in the role's account and name that one`
            : "name the provider for the same issuer in the role's own account",
        ...openingFix("name the provider of the role's account", patch),
        ...(certainty === undefined ? {} : { certainty }),
      }
    }
  },
}
