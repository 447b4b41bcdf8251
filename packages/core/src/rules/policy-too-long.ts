import { DEFAULT_POLICY_SIZE, MAX_POLICY_SIZE } from '../policy/limits.js'
import type { RuleOn } from './rule.js'

/**
 * The trust policy is longer than an account allows by default, white space not counted. IAM refuses it until
 * the quota is raised, and no quota lets it grow for ever: a role that serves many clusters is the usual
 * cause.
 */
export const policyTooLong: RuleOn<'policy'> = {
  id: 'policy-too-long',
  severity: 'low',
  summary: 'the trust policy is longer than IAM accepts by default',
  since: '0.1.0',
  kind: 'hygiene',
  on: 'policy',

  *check({ policy }) {
    const { size } = policy
    if (size <= DEFAULT_POLICY_SIZE) return
    const most =
      size > MAX_POLICY_SIZE
        ? `more than the ${grouped(MAX_POLICY_SIZE)} that AWS is expected to grant at most`
        : `and the quota of an account is ${grouped(DEFAULT_POLICY_SIZE)} unless it was raised`
    yield {
      at: '',
      message: `the trust policy has ${grouped(size)} characters without white space, ${most}`,
      help: 'give each cluster a role of its own or move to Pod Identity, whose trust does not grow with clusters; else ask for a higher quota (L-C07B4B0D)',
    }
  },
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',')
}
