import type { Inventory, Role } from '../inventory.js'
import type { AnalyzeOptions } from '../trust/analyze.js'
import { diffRole } from './diff.js'

/** One role that two inputs hold. Both are judged, each by itself. */
export interface RoleConflict {
  readonly role: {
    readonly key: string
    readonly name: string
    readonly arn?: string
    readonly address?: string
  }
  /** The names of two inputs that hold it. */
  readonly inputs: readonly [string, string]
  /** Whether the two policies let the same callers in; `unknown` where that cannot be told. */
  readonly callers: 'same' | 'different' | 'unknown'
  /** Whether the two policies say the same, letter by letter. */
  readonly policies: 'same' | 'different' | 'unknown'
}

/** Roles that several inputs hold, by ARN or by account and name. One input has none. */
export function roleConflicts(
  inventory: Inventory,
  { now = new Date() }: AnalyzeOptions = {},
): readonly RoleConflict[] {
  if ((inventory.inputs ?? 1) < 2) return []
  const { facts } = inventory
  const first = new Map<string, Role>()
  const seen = new Set<string>()
  const conflicts: RoleConflict[] = []
  for (const role of inventory.roles) {
    const { account, arn, name } = role
    const identity = account === undefined ? arn : `${account} ${name}`
    if (identity === undefined) continue
    const known = first.get(identity)
    if (known === undefined) {
      first.set(identity, role)
      continue
    }
    const inputs = [known.location.input.name, role.location.input.name] as const
    const pair = `${identity}\n${inputs.join('\n')}`
    if (known.location.input === role.location.input || seen.has(pair)) continue
    const compared = comparison(known, role, facts, now)
    // Roles that were read live are inputs by themselves, named by their ARN: two days have one name for them.
    if (inputs[0] === inputs[1] && compared.policies === 'same') continue
    seen.add(pair)
    const { key, address } = known
    conflicts.push({
      role: {
        key,
        name,
        ...(arn === undefined ? {} : { arn }),
        ...(address === undefined ? {} : { address }),
      },
      inputs,
      ...compared,
    })
  }
  return conflicts
}

function comparison(
  a: Role,
  b: Role,
  facts: Inventory['facts'],
  now: Date,
): Pick<RoleConflict, 'callers' | 'policies'> {
  const [one, other] = [textOf(a), textOf(b)]
  if (one === undefined || other === undefined) return { policies: 'unknown', callers: 'unknown' }
  if (one === other) return { policies: 'same', callers: 'same' }
  const { change, gaps } = diffRole({ before: a, after: b }, facts, facts, now)
  const callers =
    gaps.length > 0 ? 'unknown' : change === undefined || change.callers.length === 0 ? 'same' : 'different'
  return { policies: 'different', callers }
}

/** The policy without what a printer adds to it; `undefined` where it is not known. */
function textOf({ trustPolicy }: Role): string | undefined {
  if (trustPolicy.kind === 'unknown') return undefined
  if (trustPolicy.kind === 'value') return JSON.stringify(trustPolicy.value)
  try {
    return JSON.stringify(JSON.parse(trustPolicy.text))
  } catch {
    return trustPolicy.text
  }
}
