import type { PolicyProblem, TrustPolicy } from '../policy/ast.js'
import { quoted } from '../text/quote.js'
import { losesSomething } from './repeated-key.js'
import type { Problem, RuleOn } from './rule.js'

/** More flaws of one document than this are counted, not listed. */
const MOST_LISTED = 10

/**
 * IAM would not store the document, or it cannot be read at all. Applying it fails; and where an older copy
 * of the document is in force, it is that one that counts.
 */
export const refusedByIam: RuleOn<'policy'> = {
  id: 'refused-by-iam',
  severity: 'medium',
  summary: 'IAM does not accept the trust policy',
  since: '0.1.0',
  kind: 'hygiene',
  on: 'policy',

  *check({ policy }) {
    if (policy.problems.length === 0) return
    const refused = policy.problems.filter((problem) => isRefused(problem, policy))
    const shown = refused.slice(0, MOST_LISTED)
    const unlisted = refused.length - shown.length
    for (const [index, problem] of shown.entries()) {
      yield problemOf(
        problem,
        policy,
        index === shown.length - 1 && unlisted > 0 ? `; ${unlisted} more of the kind are not listed` : '',
      )
    }
  },
}

/** A repeated key with equal copies loses nothing, and is refused all the same. */
function isRefused(problem: PolicyProblem, policy: TrustPolicy): boolean {
  return problem.kind !== 'duplicate-key' || !losesSomething(problem, policy)
}

const HELP =
  'mend the document before it is applied; `aws accessanalyzer validate-policy --policy-type RESOURCE_POLICY --validate-policy-resource-type AWS::IAM::AssumeRolePolicyDocument` says what else IAM would say'

/** Sources disagree, or none of AWS's own says so. */
function isExpectedOnly({ pointer, iamError }: PolicyProblem, { statements }: TrustPolicy): boolean {
  if (iamError === 'AssumeRole policy may only specify STS AssumeRole actions.') return true
  return statements.some(
    ({ principal }) =>
      'entries' in principal &&
      principal.entries.some((entry) => entry.pointer === pointer && entry.value === '*'),
  )
}

function problemOf(problem: PolicyProblem, policy: TrustPolicy, more: string): Problem {
  const { message, iamError, pointer, kind } = problem
  const answer =
    iamError === undefined
      ? 'IAM refuses it'
      : `IAM is expected to answer ${quoted(`MalformedPolicyDocument: ${iamError}`, 300)}`
  return {
    at: pointer,
    message:
      kind === 'unreadable'
        ? `${message}: nothing of it could be judged, and ${answer}${more}`
        : `${message}; ${answer}${more}`,
    ...(isExpectedOnly(problem, policy) ? { certainty: 'possible' as const } : {}),
    help: HELP,
  }
}
