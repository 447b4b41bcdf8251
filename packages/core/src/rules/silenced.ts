import type { CoverageGap, HeldKind } from '../inventory.js'
import type { Rule } from './rule.js'

/** What kind of facts a gap leaves incomplete. */
const KINDS: Readonly<Record<CoverageGap['kind'], HeldKind | undefined>> = {
  account: undefined,
  role: 'roles',
  provider: 'providers',
  cluster: 'clusters',
  association: 'associations',
  addon: 'addons',
  'node-group': 'node-groups',
  'fargate-profile': 'fargate-profiles',
  'access-entry': 'access-entries',
  capability: 'capabilities',
  'service-account': 'service-accounts',
  workload: 'workloads',
  namespace: 'namespaces',
  rbac: 'rbac',
}

/** The rules that say nothing of what gaps leave out, in the order of the rules. */
export function silencedRules(rules: readonly Rule[], gaps: readonly CoverageGap[]): readonly string[] {
  if (gaps.length === 0) return []
  const missing = new Set(gaps.map(({ kind }) => KINDS[kind]))
  return rules.filter(({ needs = [] }) => needs.some((kind) => missing.has(kind))).map(({ id }) => id)
}
