/** What names mean in a module instance: its variables, locals, resources and modules. */
import type { InputText } from '../../text/location.js'
import { isObject, type JsonObject } from '../json-input.js'
import type { Placeholders } from '../placeholders.js'
import { indexOfKey, keyOfIndex, parentOf } from './addresses.js'
import type { Configuration, Leaf } from './configuration.js'
import { evaluate } from './evaluate.js'
import type { ConfigurationFiles, Declared } from './files.js'
import { expressionOf } from './hcl/body.js'
import type { Instance, Instances } from './instances.js'
import { known, type MadeFrom, type Scope, type Step } from './scope.js'
import { settled } from './settle.js'
import {
  absent,
  isListValue,
  isObjectValue,
  missing,
  objectOf,
  originOf,
  reach,
  reachOf,
  type Value,
  valueOf,
} from './values.js'

export interface Scopes {
  scopeOf(module: string, input: InputText, bound?: ReadonlyMap<string, Value>): Scope
  /** The scope of a block of one instance: with its `each` or `count`. */
  scopeOfInstance(module: string, index: string | number | undefined, declared: Declared): Scope
  /** What references come to, where there is nothing but them: an issuer then has no scheme, for nobody sees what takes it off. */
  valueOfLeaves(leaves: readonly Leaf[]): Value | undefined
  /** Lets the next policy take as many steps as any. */
  refill(): void
  /** What an attribute of an instance comes to. */
  settle(instance: Instance, path: readonly Step[]): Value
  /** Which expressions made a text; the last ones where several did. */
  madeFrom(text: string): MadeFrom | undefined
}

export interface ScopesContext {
  readonly plan: JsonObject
  readonly configuration: Configuration
  readonly files: ConfigurationFiles
  readonly instances: Instances
  readonly placeholders: Placeholders
  documentText(instance: Instance): Value
  knownDocument(instance: Instance, text: string): void
}

/** More than any real configuration asks for. */
const MOST_STEPS = 500_000

const NOWHERE: InputText = { name: '', text: '' }

export function scopesOf(context: ScopesContext): Scopes {
  const { plan, configuration, files, instances, placeholders } = context
  const texts = new Map<string, MadeFrom>()
  const values = new Map<string, Value>()
  const open = new Set<string>()
  let steps = 0

  /** Worked out once; a value that leads back to itself is missing. */
  const once = (key: string, make: () => Value): Value => {
    const kept = values.get(key)
    if (kept !== undefined) return kept
    if (open.has(key)) return missing(key)
    open.add(key)
    const value = make()
    open.delete(key)
    values.set(key, value)
    return value
  }
  const settle = (instance: Instance, path: readonly Step[]): Value =>
    once(`${instance.address} ${JSON.stringify(path)}`, () =>
      settled(instance, path, {
        placeholders,
        documentText: context.documentText,
        knownDocument: context.knownDocument,
        issuerOfProvider,
        clusterOf,
      }),
    )
  const inModule = (module: string, name: string): string => (module === '' ? name : `${module}.${name}`)

  const issuerOfProvider = (instance: Instance): string | undefined => {
    const url = attributeOf(instance, 'url') ?? valueOfLeaves(leavesOf(instance, 'url'))
    const text = url === undefined ? undefined : known(url, scopeOf(instance.module, NOWHERE))
    return typeof text === 'string' && text !== '' ? text.replace(/^https:\/\//, '') : undefined
  }
  /** By its name, and where that is not known yet the only cluster that is not either. */
  const clusterOf = ({ values: { name } }: Instance): Instance | undefined => {
    const clusters = instances.ofType('aws_eks_cluster')
    if (typeof name === 'string') return clusters.find(({ values: own }) => own['name'] === name)
    const created = clusters.filter(({ isNew }) => isNew)
    return created.length === 1 ? created[0] : undefined
  }
  /** `each.value` is the member of what the resource goes through. */
  const leavesOf = (instance: Instance, attribute: string): readonly Leaf[] => {
    const [all, ...others] = configuration.leavesOfForEach(instance)
    const { index } = instance
    return configuration.leavesAt(instance, [attribute]).map((leaf) => {
      const isMember =
        leaf.text.startsWith('each.value') && all !== undefined && others.length === 0 && index !== undefined
      return isMember
        ? { module: all.module, text: all.text + indexOfKey(index) + leaf.text.slice('each.value'.length) }
        : leaf
    })
  }
  const attributeOf = (
    { module, mode, type, name, index }: Instance,
    attribute: string,
  ): Value | undefined => {
    const declared = files.declared(module, mode === 'data' ? 'data' : 'resource', type, name)
    const expression = declared?.block.body.attributes.get(attribute)?.value
    return declared && expression && evaluate(expression, scopeOfInstance(module, index, declared))
  }
  const valueOfLeaves = (leaves: readonly Leaf[]): Value | undefined => {
    const [leaf, ...others] = leaves
    const expression = leaf === undefined || others.length > 0 ? undefined : expressionOf(leaf.text)
    if (leaf === undefined || expression === undefined) return undefined
    const scope = scopeOf(leaf.module, { name: '', text: leaf.text })
    const value = known(evaluate(expression, scope), scope)
    return typeof value === 'string' && placeholders.holesIn(value).length > 0
      ? value.replace(/^https:\/\//, '')
      : missing(inModule(leaf.module, leaf.text))
  }

  const variable = (module: string, name: string): Value => {
    const declared = files.declared(module, 'variable', name)
    const fallback = (): Value => {
      const value = declared?.block.body.attributes.get('default')?.value
      if (value !== undefined && declared !== undefined)
        return evaluate(value, scopeOf(module, declared.input))
      const shown = configuration.defaultOf(module, name)
      return shown === undefined ? missing(inModule(module, `var.${name}`)) : valueOf(shown)
    }
    const sensitive = declared?.block.body.attributes.get('sensitive')?.value
    if (sensitive?.kind === 'literal' && sensitive.value === true)
      return missing(inModule(module, `var.${name}`))
    const up = parentOf(module)
    if (up === undefined) {
      const given = isObject(plan['variables']) ? plan['variables'][name] : undefined
      return isObject(given) && Object.hasOwn(given, 'value') ? valueOf(given['value']) : fallback()
    }
    const call = files.declared(up.parent, 'module', up.call.name)
    const argument = call?.block.body.attributes.get(name)?.value
    if (call !== undefined && argument !== undefined) {
      const value = evaluate(argument, scopeOfInstance(up.parent, keyOfIndex(up.call.index), call))
      // A null takes the default.
      return value === null ? fallback() : value
    }
    const constant = configuration.constantOf(module, name)
    return call === undefined && constant !== undefined ? valueOf(constant) : fallback()
  }
  const local = (module: string, name: string): Value => {
    for (const { input, block } of files.blocksIn(module, 'locals')) {
      const attribute = block.body.attributes.get(name)
      if (attribute !== undefined) return evaluate(attribute.value, scopeOf(module, input))
    }
    return missing(inModule(module, `local.${name}`))
  }
  const output = (module: string, name: string): Value => {
    const declared = files.declared(module, 'output', name)
    const value = declared?.block.body.attributes.get('value')?.value
    if (declared !== undefined && value !== undefined) return evaluate(value, scopeOf(module, declared.input))
    return valueOfLeaves(configuration.leavesOfOutput(module, name)) ?? missing(inModule(module, name))
  }

  type Found = { readonly value: Value; readonly used: number }
  const inModules = (module: string, [name, ...rest]: readonly Step[]): Found => {
    const call = `module.${String(name)}`
    const hasKey = configuration.hasInstances(module, String(name))
    const [key, wanted] = hasKey ? rest : [undefined, rest[0]]
    if (name === undefined || wanted === undefined) return { value: missing(inModule(module, call)), used: 1 }
    const child = inModule(module, key === undefined ? call : call + indexOfKey(key))
    return {
      value: once(`${child} output ${wanted}`, () => output(child, String(wanted))),
      used: hasKey ? 3 : 2,
    }
  }
  const inResources = (module: string, mode: Instance['mode'], [type, name, key]: readonly Step[]): Found => {
    const found = instances.find(module, mode, String(type), String(name))
    const address = inModule(module, `${mode === 'data' ? 'data.' : ''}${String(type)}.${String(name)}`)
    const [only] = found
    if (only === undefined) return { value: absent(address), used: 2 }
    if (only.index === undefined) return { value: reach(only, []), used: 2 }
    if (key !== undefined) {
      const one = found.find(({ index }) => index === key)
      return { value: one === undefined ? absent(address + indexOfKey(key)) : reach(one, []), used: 3 }
    }
    const isCounted = found.every(({ index }) => typeof index === 'number')
    const all = found.toSorted((a, b) => Number(a.index) - Number(b.index)).map((one) => reach(one, []))
    return {
      value: isCounted ? all : objectOf(found.map((one) => [String(one.index), reach(one, [])])),
      used: 2,
    }
  }
  const resolve = (module: string, name: string, path: readonly Step[]): Found => {
    const [first] = path
    const one = String(first)
    switch (name) {
      case 'var':
        return { value: once(`${module} var.${one}`, () => variable(module, one)), used: 1 }
      case 'local':
        return { value: once(`${module} local.${one}`, () => local(module, one)), used: 1 }
      case 'module':
        return inModules(module, path)
      case 'path':
        return { value: files.folderOf(one === 'module' ? module : '') ?? missing(`path.${one}`), used: 1 }
      case 'data': {
        const { value, used } = inResources(module, 'data', path)
        return { value, used }
      }
      case 'each':
      case 'count':
      case 'terraform':
      case 'self':
        return { value: missing(inModule(module, `${name}.${one}`)), used: path.length }
      default:
        if (first === undefined) return { value: missing(inModule(module, name)), used: 0 }
        return moved(inResources(module, 'managed', [name, ...path]))
    }
  }
  /** The type was no step, but the name in front of them. */
  const moved = ({ value, used }: Found): Found => ({ value, used: used - 1 })

  const scopeOf = (
    module: string,
    input: InputText,
    bound: ReadonlyMap<string, Value> = new Map(),
  ): Scope => ({
    input,
    bound,
    resolve: (name, path) => resolve(module, name, path),
    settle(place) {
      const at = reachOf(place)
      return at === undefined ? place : settle(at.instance, at.path)
    },
    wordFor: (origin) => placeholders.word(origin),
    fileText: (path) => files.textOf(path),
    made(text, from) {
      texts.set(text, from)
      return text
    },
    spend: () => ++steps <= MOST_STEPS,
  })
  const scopeOfInstance = (
    module: string,
    index: string | number | undefined,
    { input, block }: Declared,
  ): Scope => {
    if (index === undefined) return scopeOf(module, input)
    if (typeof index === 'number')
      return scopeOf(module, input, new Map([['count', objectOf([['index', index]])]]))
    const plain = scopeOf(module, input)
    const forEach = block.body.attributes.get('for_each')?.value
    const all = once(`${module} ${block.type} ${block.labels.join('.')} for_each`, () =>
      forEach === undefined ? missing('each') : known(evaluate(forEach, plain), plain),
    )
    const one = isObjectValue(all) ? all[index] : isListValue(all) ? index : undefined
    const value = one ?? missing(originOf(all) ?? 'each.value')
    return scopeOf(
      module,
      input,
      new Map([
        [
          'each',
          objectOf([
            ['key', index],
            ['value', value],
          ]),
        ],
      ]),
    )
  }
  const refill = (): void => {
    steps = 0
  }
  return { scopeOf, refill, scopeOfInstance, valueOfLeaves, settle, madeFrom: (text) => texts.get(text) }
}
