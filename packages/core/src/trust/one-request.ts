import { variablesIn } from '../condition/variables.js'
import type { KeyModel, RequestModel } from '../mechanisms/request-model.js'
import type { TrustPolicy } from '../policy/ast.js'
import { UNKNOWN } from '../policy/request.js'
import type { AssumeRoleRequest, ContextValue } from '../policy/request.js'
import { requestIn } from './requests.js'

const keysByPolicy = new WeakMap<TrustPolicy, readonly string[]>()

/** Every key that the policy looks at. */
function keysOf(policy: TrustPolicy): readonly string[] {
  const known = keysByPolicy.get(policy)
  if (known !== undefined) return known
  const keys = new Set<string>()
  for (const statement of policy.statements) {
    for (const condition of statement.readings?.flat() ?? statement.conditions) {
      keys.add(condition.key)
      for (const value of condition.values)
        if (value.includes('${')) for (const name of variablesIn(value)) keys.add(name)
    }
  }
  const all = [...keys]
  keysByPolicy.set(policy, all)
  return all
}

/**
 * The one call that is asked about. What its caller is free to choose, and nobody has said, is unknown; only the time is
 * that of the question.
 */
export function requestOf(
  policy: TrustPolicy,
  model: RequestModel,
  word: string,
  now: Date,
  known: ReadonlyMap<string, string> = new Map(),
): AssumeRoleRequest {
  const keys = new Map<string, KeyModel>()
  const cell = new Map<string, ContextValue>()
  for (const key of keysOf(policy)) {
    const keyModel = model.keyModel(key)
    keys.set(key, keyModel)
    if (keyModel.kind !== 'varies') continue
    const given = known.get(key)
    cell.set(key, given === undefined ? valueNow(key, keyModel, now) : present(given))
  }
  return requestIn(model, keys, cell, word)
}

function valueNow(
  key: string,
  { variation }: Extract<KeyModel, { kind: 'varies' }>,
  now: Date,
): ContextValue {
  const [only, ...others] = variation.alternatives
  if (only === undefined || others.length > 0) return UNKNOWN
  for (const variable of only) {
    const view = variable.views.get(key)
    if (view === undefined) continue
    if (variable.type === 'instant') return present(view.read(String(now.getTime())))
    const [value, ...more] = variable.values ?? []
    return value === undefined || more.length > 0 ? UNKNOWN : present(view.read(value))
  }
  return UNKNOWN
}

function present(value: string): ContextValue {
  return { state: 'present', values: [value], multivalued: false }
}
