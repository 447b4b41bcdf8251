import type { KeyModel, RequestModel } from '../mechanisms/request-model.js'
import { ABSENT } from '../policy/request.js'
import type { AssumeRoleRequest, Caller, ContextValue } from '../policy/request.js'
import type { Admission } from './admission.js'
import { cellsOf } from './cells.js'
import type { Cell } from './cells.js'
import { valueOf } from './combinations.js'

/**
 * A full request of the model for a word: for `certain` one that the evaluator allows, for `possible` one that it does
 * not deny. `undefined` for a word outside of that set.
 *
 * @param extraKeys keys to show besides those that the policy tests
 */
export function requestFor(
  admission: Admission,
  word: string,
  bound: 'certain' | 'possible',
  extraKeys: readonly string[] = [],
): AssumeRoleRequest | undefined {
  const { model, combinations } = admission
  const combination =
    combinations.find(({ certain }) => certain.has(word)) ??
    (bound === 'possible' ? combinations.find(({ possible }) => possible.has(word)) : undefined)
  if (combination === undefined) return undefined
  const keys = new Map(admission.keys)
  for (const key of extraKeys) if (!keys.has(key)) keys.set(key, model.keyModel(key))
  return requestIn(model, keys, combination.cell, word)
}

/** The request of a word with what the context holds in one cell. */
export function requestIn(
  model: RequestModel,
  keys: ReadonlyMap<string, KeyModel>,
  cell: Cell,
  word: string,
): AssumeRoleRequest {
  const context = new Map<string, ContextValue>()
  for (const [key, keyModel] of keys) {
    const value = contextValue(key, keyModel, word, cell)
    if (value !== ABSENT) context.set(key, value)
  }
  return {
    actions: model.actions,
    ...(model.doubtfulActions.length === 0 ? {} : { doubtfulActions: model.doubtfulActions }),
    caller: callerFor(model, word),
    context,
  }
}

/** Every request shape the policy can tell apart, for a word: all combinations, admitted or not. */
export function* requestsFor(admission: Admission, word: string): Generator<AssumeRoleRequest> {
  for (const { cell } of admission.combinations) yield requestIn(admission.model, admission.keys, cell, word)
}

function contextValue(key: string, model: KeyModel, word: string, cell: Cell): ContextValue {
  if (model.kind === 'symbolic')
    return { state: 'present', values: [model.view.read(word)], multivalued: false }
  if (model.kind !== 'varies') return valueOf(model)
  const found = cell.get(key)
  if (found !== undefined) return found
  const { cells } = cellsOf(
    model.variation,
    new Map(),
    () => false,
    () => ABSENT,
  )
  return cells[0]?.get(key) ?? ABSENT
}

function callerFor({ caller }: RequestModel, word: string): Caller {
  return caller.type === 'aws' ? { type: 'aws', account: caller.account, arn: word } : caller
}
