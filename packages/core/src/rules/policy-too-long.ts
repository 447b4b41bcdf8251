import { DEFAULT_POLICY_SIZE, MAX_POLICY_SIZE } from '../policy/limits.js'
import type { RuleOn } from './rule.js'

/**
 * The trust policy is longer than an account allows by default, white space not counted. IAM refuses it until
 * the quota is raised, and no quota lets it grow for ever: a role that serves many clusters is the usual
 * cause. Where the quota of the account was read, the policy is near to it.
 */
export const policyTooLong: RuleOn<'policy'> = {
  id: 'policy-too-long',
  severity: 'low',
  summary: 'the trust policy is longer than IAM accepts by default',
  since: '0.1.0',
  kind: 'hygiene',
  on: 'policy',

  *check({ policy, role: { role, facts } }) {
    const { size } = policy
    const quota = facts.accounts?.find(({ account }) => account === role.account)?.trustPolicyQuota
    if (quota !== undefined && size > quota * NEAR) {
      yield {
        at: '',
        message: `the trust policy has ${grouped(size)} characters without white space, and the quota of the account is ${grouped(quota)}`,
        help: HELP,
      }
    }
    if (quota !== undefined || size <= DEFAULT_POLICY_SIZE) return
    const most =
      size > MAX_POLICY_SIZE
        ? `more than the ${grouped(MAX_POLICY_SIZE)} that AWS is expected to grant at most`
        : `and the quota of an account is ${grouped(DEFAULT_POLICY_SIZE)} unless it was raised`
    yield {
      at: '',
      message: `the trust policy has ${grouped(size)} characters without white space, ${most}`,
      help: HELP,
    }
  },
}

/** The next cluster would not fit. */
const NEAR = 0.9

const HELP =
  'give each cluster a role of its own or move to Pod Identity, whose trust does not grow with clusters; else ask for a higher quota (L-C07B4B0D)'

function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',')
}
