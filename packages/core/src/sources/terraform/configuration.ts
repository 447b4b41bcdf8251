/**
 * What follows from what, as far as the configuration inside a plan shows it: every expression is there as the list of
 * its references. Values of locals are not, so a reference that leads through a local ends there.
 */
import { isList, isObject, type JsonObject, textOf } from '../json-input.js'
import { type AddressStep, joined, parentOf, stepsOf } from './addresses.js'
import type { TerraformResource } from './resource.js'

/** A reference that leads no further, and the module instance in which it stands. */
export interface Leaf {
  readonly module: string
  /** As an expression: `aws_eks_cluster.main.arn`. */
  readonly text: string
}

export interface Configuration {
  /** What a part of a resource follows from; `path` leads to its expression. */
  leavesAt(
    resource: Pick<TerraformResource, 'module' | 'mode' | 'type' | 'name'>,
    path: readonly (string | number)[],
  ): readonly Leaf[]
  /** What the `for_each` of a resource follows from. */
  leavesOfForEach(resource: Pick<TerraformResource, 'module' | 'mode' | 'type' | 'name'>): readonly Leaf[]
  /** What an output of a module instance follows from. */
  leavesOfOutput(module: string, output: string): readonly Leaf[]
  /** Whether the calls of a module have keys. */
  hasInstances(parent: string, call: string): boolean
  /** What a variable is without being given. */
  defaultOf(module: string, variable: string): unknown
  /** What a variable of a module is given, where it is a constant. */
  constantOf(module: string, variable: string): unknown
  /** What the root module declares: `resource.aws_iam_role.this`, `module.app`. */
  readonly rootNames: readonly string[]
  /** What an attribute follows from, as addresses from the root: `module.eks.aws_eks_cluster.main.arn`. */
  originsOf(resource: TerraformResource, attribute: string): readonly string[]
  /** The role whose ARN an attribute is, where the references leave no doubt. */
  roleOf(resource: TerraformResource, attribute: string): TerraformResource | undefined
}

/** A reference, and the module instance in which it stands. */
interface Reference {
  readonly module: string
  readonly path: readonly AddressStep[]
}

/** A real attribute follows from a handful. */
const MOST_REFERENCES = 64

/** @param resources the instances a reference can lead to */
export function configurationOf(plan: JsonObject, resources: readonly TerraformResource[]): Configuration {
  const root = childOf(plan['configuration'], 'root_module')
  const instancesOf = new Map<string, TerraformResource[]>()
  for (const resource of resources) {
    const declared = `${resource.module} ${resource.mode === 'data' ? 'data.' : ''}${resource.type}.${resource.name}`
    const instances = instancesOf.get(declared)
    if (instances === undefined) instancesOf.set(declared, [resource])
    else instances.push(resource)
  }
  let changing: ReadonlySet<string> | undefined
  return {
    leavesAt(resource, path) {
      const declared = declarationOf(moduleOf(root, resource.module), resource)
      const expression = path.reduce<unknown>(atStep, childOf(declared, 'expressions'))
      return reachedFrom(root, referencesIn(expression, resource.module), false).map(leafOf)
    },
    leavesOfForEach(resource) {
      const declared = declarationOf(moduleOf(root, resource.module), resource)
      return reachedFrom(
        root,
        referencesIn(childOf(declared, 'for_each_expression'), resource.module),
        false,
      ).map(leafOf)
    },
    leavesOfOutput(module, output) {
      const expression = childOf(childOf(childOf(moduleOf(root, module), 'outputs'), output), 'expression')
      return reachedFrom(root, referencesIn(expression, module), false).map(leafOf)
    },
    hasInstances(parent, call) {
      const declared = childOf(childOf(moduleOf(root, parent), 'module_calls'), call)
      return ['for_each_expression', 'count_expression'].some((name) => childOf(declared, name) !== undefined)
    },
    defaultOf: (module, variable) =>
      childOf(childOf(childOf(moduleOf(root, module), 'variables'), variable), 'default'),
    constantOf(module, variable) {
      const up = parentOf(module)
      const call = up && childOf(childOf(moduleOf(root, up.parent), 'module_calls'), up.call.name)
      return childOf(childOf(childOf(call, 'expressions'), variable), 'constant_value')
    },
    get rootNames() {
      return rootNamesOf(root)
    },
    originsOf(resource, attribute) {
      const known = (changing ??= changingIn(plan))
      const leaves = leavesOf(root, resource, attribute, true)
      const origins = leaves.filter((leaf) => known.has(declaredAddress(leaf)))
      const locals = leaves.filter(({ path }) => path[0]?.name === 'local')
      return (origins.length > 0 ? origins : locals).map(addressOf)
    },
    roleOf(resource, attribute) {
      const leaves = leavesOf(root, resource, attribute, false)
      const [reference, ...others] = leaves.filter((leaf) => !isIndex(leaf))
      if (reference === undefined || others.length > 0 || !isRoleArn(reference)) return undefined
      const { module, path } = reference
      const instances = instancesOf.get(declaredAddress(reference)) ?? []
      const index = path[1]?.index ?? ''
      if (index !== '') return instances.find((role) => indexOf(role) === index)
      if (instances.length < 2) return instances[0]
      // The instance under the same key, where that is the key. By any other index it is not told which one.
      if (module !== resource.module || !leaves.some(isIndex)) return undefined
      return instances.find((role) => indexOf(role) === indexOf(resource))
    },
  }
}

function isRoleArn({ path: [type, , attribute] }: Reference): boolean {
  return type?.name === 'aws_iam_role' && (attribute === undefined || attribute.name === 'arn')
}

/** `each.key` or `count.index` */
function isIndex({ path: [root, key] }: Reference): boolean {
  return (root?.name === 'each' && key?.name === 'key') || root?.name === 'count'
}

function indexOf({ address }: TerraformResource): string {
  return stepsOf(address).at(-1)?.index ?? ''
}

/** Where the references of an attribute end, when outputs and variables of modules are followed; none if too many. */
function leavesOf(
  root: unknown,
  resource: TerraformResource,
  attribute: string,
  throughDocuments: boolean,
): readonly Reference[] {
  const declared = declarationOf(moduleOf(root, resource.module), resource)
  return reachedFrom(
    root,
    referencesIn(childOf(childOf(declared, 'expressions'), attribute), resource.module),
    throughDocuments,
  )
}

function reachedFrom(
  root: unknown,
  references: Iterable<Reference>,
  throughDocuments: boolean,
): readonly Reference[] {
  // Each reference is followed once: a configuration has no cycles, but what is made up may.
  const reached = new Map<string, Reference>()
  const reach = (found: Iterable<Reference>): void => {
    for (const reference of found) {
      reached.set(addressOf(reference), reference)
      if (reached.size > MOST_REFERENCES) return
    }
  }
  reach(references)
  const leaves: Reference[] = []
  for (const reference of reached.values()) {
    const next = followed(root, reference, throughDocuments)
    if (next === undefined) leaves.push(reference)
    else reach(next)
  }
  return reached.size > MOST_REFERENCES ? [] : leaves
}

/** What a reference follows from in turn, `undefined` where it leads no further. */
function followed(
  root: unknown,
  { module, path }: Reference,
  throughDocuments: boolean,
): Iterable<Reference> | undefined {
  const [first, second, third] = path
  if (first === undefined || second === undefined) return undefined
  if (first.name === 'var') {
    const steps = stepsOf(module)
    const call = steps.at(-1)
    if (call === undefined) return []
    const parent = joined(steps.slice(0, -2))
    const calls = childOf(moduleOf(root, parent), 'module_calls')
    return referencesIn(childOf(childOf(childOf(calls, call.name), 'expressions'), second.name), parent)
  }
  if (first.name === 'module' && third !== undefined) {
    const child = joined([...stepsOf(module), first, second])
    const output = childOf(childOf(moduleOf(root, child), 'outputs'), third.name)
    return output === undefined ? undefined : referencesIn(childOf(output, 'expression'), child)
  }
  if (
    throughDocuments &&
    first.name === 'data' &&
    second.name === 'aws_iam_policy_document' &&
    third !== undefined
  ) {
    const names = { mode: 'data', type: second.name, name: third.name } as const
    const declared = declarationOf(moduleOf(root, module), names)
    return declared === undefined ? undefined : referencesIn(childOf(declared, 'expressions'), module)
  }
  return undefined
}

/** The configuration of a module by the address of one of its instances. */
function moduleOf(root: unknown, address: string): unknown {
  let module = root
  for (const [index, { name }] of stepsOf(address).entries()) {
    if (index % 2 === 1) module = childOf(childOf(childOf(module, 'module_calls'), name), 'module')
  }
  return module
}

const declarations = new WeakMap<object, ReadonlyMap<string, JsonObject>>()

function declarationOf(
  module: unknown,
  { mode, type, name }: Pick<TerraformResource, 'mode' | 'type' | 'name'>,
): JsonObject | undefined {
  const resources = childOf(module, 'resources')
  if (!isList(resources)) return undefined
  let declared = declarations.get(resources)
  if (declared === undefined) {
    const objects = resources.filter((resource) => isObject(resource))
    declared = new Map(
      objects.map((resource) => [`${resource['mode']} ${resource['type']}.${resource['name']}`, resource]),
    )
    declarations.set(resources, declared)
  }
  return declared.get(`${mode} ${type}.${name}`)
}

/**
 * All references inside an expression or a tree of them. Terraform lists a reference and right after it all that it
 * starts with (`a.b.arn`, then `a.b`); only the reference itself is kept.
 */
function* referencesIn(expression: unknown, module: string): Generator<Reference> {
  const references = isObject(expression) ? expression['references'] : undefined
  if (isList(references)) {
    for (const [at, text] of references.entries()) {
      if (typeof text === 'string' && !startsWith(references[at - 1], text))
        yield { module, path: stepsOf(text) }
    }
  } else if (typeof expression === 'object' && expression !== null) {
    for (const item of Object.values(expression)) yield* referencesIn(item, module)
  }
}

function startsWith(longer: unknown, text: string): boolean {
  return typeof longer === 'string' && (longer.startsWith(`${text}.`) || longer.startsWith(`${text}[`))
}

/** What the plan changes, as `declaredAddress` writes it. */
function changingIn(plan: JsonObject): ReadonlySet<string> {
  const changes = isList(plan['resource_changes']) ? plan['resource_changes'] : []
  return new Set(
    changes.flatMap((entry) => {
      const actions = childOf(childOf(entry, 'change'), 'actions')
      const isSettled = isList(actions) && actions.includes('no-op')
      if (!isObject(entry) || isSettled) return []
      const module = textOf(entry['module_address']) ?? ''
      const data = entry['mode'] === 'data' ? 'data.' : ''
      return `${module} ${data}${textOf(entry['type'])}.${textOf(entry['name'])}`
    }),
  )
}

/** The resource a reference names, without an index and without the attribute. */
function declaredAddress({ module, path }: Reference): string {
  const steps = path[0]?.name === 'data' ? path.slice(0, 3) : path.slice(0, 2)
  return `${module} ${steps.map(({ name }) => name).join('.')}`
}

function addressOf({ module, path }: Reference): string {
  return joined([...stepsOf(module), ...path])
}

function leafOf({ module, path }: Reference): Leaf {
  return { module, text: joined(path) }
}

function atStep(value: unknown, step: string | number): unknown {
  return typeof step === 'number' ? (isList(value) ? value[step] : undefined) : childOf(value, step)
}

function rootNamesOf(root: unknown): readonly string[] {
  const resources = childOf(root, 'resources')
  const calls = childOf(root, 'module_calls')
  return [
    ...(isList(resources) ? resources : []).flatMap((entry) =>
      isObject(entry)
        ? `${entry['mode'] === 'data' ? 'data' : 'resource'}.${textOf(entry['type'])}.${textOf(entry['name'])}`
        : [],
    ),
    ...(isObject(calls) ? Object.keys(calls) : []).map((name) => `module.${name}`),
  ]
}

function childOf(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
}
