/** Every instance that a plan or a state shows, of any type, found by the names that expressions use. */
import { isList, isObject, type JsonObject, textOf } from '../json-input.js'
import { stepsOf } from './addresses.js'

export interface Instance {
  readonly address: string
  /** The address of its module instance; the empty string is the root module. */
  readonly module: string
  readonly mode: 'managed' | 'data'
  readonly type: string
  readonly name: string
  /** The key of `for_each` or the index of `count`. */
  readonly index?: string | number
  readonly values: JsonObject
  /** Shaped as the values, `true` in the place of what is known only after apply. */
  readonly unknown: unknown
  /** Shaped as the values, `true` in the place of what must not be shown. */
  readonly sensitive: unknown
  /** Whether the plan makes it, or makes it anew. */
  readonly isNew: boolean
}

export interface Instances {
  find(module: string, mode: Instance['mode'], type: string, name: string): readonly Instance[]
  at(address: string): Instance | undefined
  /** What the root module holds: `resource.aws_iam_role.this`, `module.app`. */
  rootNames(): readonly string[]
  /** All managed instances of a type. */
  ofType(type: string): readonly Instance[]
}

/** Reads no value before somebody asks for it. */
export function instancesOf(plan: JsonObject): Instances {
  let made: Map<string, Instance[]> | undefined
  let addresses: Map<string, Instance> | undefined
  const index = (): Map<string, Instance[]> => (made ??= indexOf(plan))
  return {
    find: (module, mode, type, name) => index().get(keyOf(module, mode, type, name)) ?? [],
    at(address) {
      addresses ??= new Map([...index().values()].flat().map((instance) => [instance.address, instance]))
      return addresses.get(address)
    },
    rootNames: () => [...new Set([...index().values()].flat().map(rootNameOf))],
    ofType: (type) =>
      [...index().values()].flat().filter((one) => one.type === type && one.mode === 'managed'),
  }
}

function rootNameOf({ module, mode, type, name }: Instance): string {
  const [, call] = stepsOf(module)
  if (call !== undefined) return `module.${call.name}`
  return `${mode === 'data' ? 'data' : 'resource'}.${type}.${name}`
}

function keyOf(module: string, mode: string, type: string, name: string): string {
  return `${module} ${mode} ${type}.${name}`
}

function indexOf(plan: JsonObject): Map<string, Instance[]> {
  const index = new Map<string, Instance[]>()
  const seen = new Set<string>()
  const add = (instance: Instance): void => {
    seen.add(instance.address)
    const key = keyOf(instance.module, instance.mode, instance.type, instance.name)
    const known = index.get(key)
    if (known === undefined) index.set(key, [instance])
    else known.push(instance)
  }
  for (const entry of isList(plan['resource_changes']) ? plan['resource_changes'] : []) {
    if (!isObject(entry) || !isObject(entry['change'])) continue
    const { change } = entry
    seen.add(textOf(entry['address']) ?? '')
    if (!isObject(change['after'])) continue
    const actions = isList(change['actions']) ? change['actions'] : []
    add({
      ...namesOf(entry, textOf(entry['module_address']) ?? ''),
      values: change['after'],
      unknown: change['after_unknown'],
      sensitive: change['after_sensitive'],
      isNew: actions.includes('create'),
    })
  }
  const before = isObject(plan['prior_state']) ? plan['prior_state']['values'] : undefined
  for (const state of [plan['values'], before]) {
    if (!isObject(state)) continue
    for (const instance of standingIn(state['root_module'])) if (!seen.has(instance.address)) add(instance)
  }
  return index
}

function* standingIn(module: unknown): Generator<Instance> {
  if (!isObject(module)) return
  const address = textOf(module['address']) ?? ''
  for (const entry of isList(module['resources']) ? module['resources'] : []) {
    if (!isObject(entry) || !isObject(entry['values'])) continue
    const { values, sensitive_values: sensitive } = entry
    yield { ...namesOf(entry, address), values, unknown: undefined, sensitive, isNew: false }
  }
  for (const child of isList(module['child_modules']) ? module['child_modules'] : []) yield* standingIn(child)
}

type Names = Pick<Instance, 'address' | 'module' | 'mode' | 'type' | 'name' | 'index'>

function namesOf(entry: JsonObject, module: string): Names {
  const { index } = entry
  return {
    address: textOf(entry['address']) ?? '',
    module,
    mode: entry['mode'] === 'data' ? 'data' : 'managed',
    type: textOf(entry['type']) ?? '',
    name: textOf(entry['name']) ?? '',
    ...(typeof index === 'string' || typeof index === 'number' ? { index } : {}),
  }
}
