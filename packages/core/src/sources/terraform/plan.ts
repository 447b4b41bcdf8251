/**
 * What `terraform show -json` prints of a plan or a state, and OpenTofu's `tofu show -json` alike.
 *
 * @see https://developer.hashicorp.com/terraform/internals/json-format (format version 1.x; checked with 1.2)
 */
import { InputError } from '../../errors.js'
import type { CoverageGap, Inventory } from '../../inventory.js'
import { type JsonDocument, parseJson } from '../../text/json.js'
import type { InputText } from '../../text/location.js'
import { quoted } from '../../text/quote.js'
import { isList, isObject, type JsonObject, textOf } from '../json-input.js'
import { duplicatesOf } from '../trust-document.js'
import { rolesWithChanges } from './changed-by.js'
import { configurationOf } from './configuration.js'
import type { ConfigurationTexts, SourceFile } from './files.js'
import { nodeGroupsOf, rolesWithProfiles } from './nodes.js'
import { type Found, readerOf } from './readers.js'
import type { TerraformResource } from './resource.js'
import { unknownsOf } from './unknowns.js'

const MEMBERS = ['resource_changes', 'planned_values', 'prior_state', 'values']

/** Whether a value is a plan or a state. A state with nothing in it has a format version and no more. */
export function isTerraform(value: unknown): boolean {
  if (!isObject(value) || typeof value['format_version'] !== 'string') return false
  return MEMBERS.some((member) => Object.hasOwn(value, member)) || Object.keys(value).length === 1
}

export interface TerraformOptions {
  /** The files of the configuration by their paths: findings then point at them, and more of what is not known yet is. */
  readonly configuration?: ConfigurationTexts | { readonly files: ConfigurationTexts }
  /** What the plan makes of the account, or what it starts from; the former by default. */
  readonly side?: 'before' | 'after'
}

/**
 * Reads a plan as what it makes of the account, or a state as what stands. What a plan destroys is left out; what it
 * does not touch (a plan for some targets, or to refresh only) is read as it stands. A trust policy that is known only
 * after apply is rebuilt from what the plan and the configuration know, with words in the place of what they do not.
 * Values that have nothing to do with trust are never looked at: plans hold secrets.
 *
 * @throws InputError `E_NOT_JSON`, `E_TOO_DEEP`, `E_UNRECOGNIZED_INPUT`, `E_UNSUPPORTED_INPUT`
 */
export function readTerraformPlan(
  text: string,
  options: TerraformOptions & { readonly name?: string } = {},
): Inventory {
  const document = parseJson({ name: options.name ?? 'plan', text })
  if (isTerraform(document.value)) return terraformInventory(document, options)
  throw new InputError(
    'E_UNRECOGNIZED_INPUT',
    'not what `terraform show -json` prints of a plan or a state',
    {
      hint: 'run `terraform show -json plan.bin > plan.json` and read plan.json',
    },
  )
}

/** What stands before a plan is applied: what it destroys is still there, what it creates is not. */
export function readTerraformPlanBefore(
  text: string,
  options: TerraformOptions & { readonly name?: string } = {},
): Inventory {
  return readTerraformPlan(text, { ...options, side: 'before' })
}

export function terraformInventory(document: JsonDocument, options: TerraformOptions = {}): Inventory {
  const { input, value } = document
  const plan = isObject(value) ? value : {}
  refuseOtherFormats(plan)

  const { side = 'after' } = options
  const resources = [...resourcesOf(plan, side)]
  const configuration = configurationOf(plan, resources)
  // Expressions say what will be, and nothing of what was.
  const texts = side === 'after' ? textsOf(options.configuration) : new Map<string, string>()
  const unknowns = unknownsOf(plan, input, configuration, texts)
  const found: Found = {
    roles: [],
    providers: [],
    clusters: [],
    associations: [],
    nodes: { groups: [], templates: [], profiles: [] },
    holds: new Set(['roles']),
    gaps: planGaps(plan, document),
  }
  const context = { input, configuration, unknowns }
  for (const resource of resources) readerOf(resource)?.(resource, context, found)

  const { providers, clusters, associations, holds, gaps } = found
  const nodeGroups = nodeGroupsOf(found, context)
  const roles = rolesWithProfiles(rolesWithChanges(found.roles, plan), found, context)
  for (const { input: file, fault } of unknowns.files.faults()) gaps.push(faultGap(file, fault))
  const { holes } = unknowns
  return {
    facts: {
      providers,
      clusters,
      associations,
      ...(nodeGroups.length === 0 ? {} : { nodeGroups }),
      ...(holes.length === 0 ? {} : { holes }),
      holds,
      gaps,
    },
    roles,
  }
}

function textsOf(configuration: TerraformOptions['configuration']): ConfigurationTexts {
  if (configuration === undefined) return new Map()
  return 'files' in configuration ? configuration.files : configuration
}

function faultGap(input: InputText, fault: SourceFile['fault']): CoverageGap {
  const at = fault?.at ?? 0
  const reason = `${quoted(input.name)} was read up to where it is no configuration any more: ${fault?.message ?? ''}`
  return {
    kind: 'role',
    subject: input.name,
    reason,
    location: { input, pointer: '', range: { start: at, end: at } },
  }
}

function refuseOtherFormats(plan: JsonObject): void {
  const version = textOf(plan['format_version']) ?? ''
  if (/^1(?:\.|$)/.test(version)) return
  throw new InputError(
    'E_UNSUPPORTED_INPUT',
    `format version ${quoted(version)} of Terraform's JSON is not known`,
    {
      hint: 'Terraform 1.0 and later, and OpenTofu, print version 1',
    },
  )
}

/** What the plan says of itself that makes it less than all. */
function planGaps(plan: JsonObject, document: JsonDocument): CoverageGap[] {
  const { input } = document
  const gaps: CoverageGap[] = []
  const add = (pointer: string, reason: string): void => {
    gaps.push({ kind: 'role', subject: input.name, reason, location: { input, pointer } })
  }
  if (plan['errored'] === true) add('/errored', 'planning ended with an error, so resources may be missing')
  else if (plan['complete'] === false)
    add('/complete', 'the plan is not complete, so resources may be missing')
  const deferred = isList(plan['deferred_changes']) ? plan['deferred_changes'] : []
  const many = deferred.length === 1 ? '1 change is' : `${deferred.length} changes are`
  if (deferred.length > 0) add('/deferred_changes', `${many} put off to a later plan`)
  for (const pointer of duplicatesOf(document, 'assume_role_policy').elsewhere) {
    add(pointer, `the key ${quoted(pointer)} stands more than once, only the last was read`)
  }
  for (const member of ['resource_changes', 'values', 'prior_state'] as const) {
    const wanted = member === 'resource_changes' ? isList : isObject
    if (plan[member] !== undefined && plan[member] !== null && !wanted(plan[member])) {
      add(`/${member}`, `\`${member}\` is not what Terraform writes and was not read`)
    }
  }
  return gaps
}

/** Every instance of interest once. */
function* resourcesOf(plan: JsonObject, side: 'before' | 'after'): Generator<TerraformResource> {
  const changed = new Set<string>()
  const changes = isList(plan['resource_changes']) ? plan['resource_changes'] : []
  for (const [index, entry] of changes.entries()) {
    if (!isObject(entry)) continue
    changed.add(textOf(entry['address']) ?? '')
    const resource =
      side === 'after'
        ? changedResource(entry, `/resource_changes/${index}`)
        : formerResource(entry, `/resource_changes/${index}`)
    if (resource !== undefined && readerOf(resource) !== undefined) yield resource
  }
  yield* standing(plan['values'], '/values')
  const before = isObject(plan['prior_state']) ? plan['prior_state']['values'] : undefined
  for (const resource of standing(before, '/prior_state/values')) {
    if (!changed.has(resource.address)) yield resource
  }
}

type Change = NonNullable<TerraformResource['change']>

/** What becomes of a resource, `undefined` where it is destroyed. What is only forgotten goes on to exist. */
function changedResource(entry: JsonObject, pointer: string): TerraformResource | undefined {
  const change = isObject(entry['change']) ? entry['change'] : {}
  const actions = isList(change['actions']) ? change['actions'] : []
  const side = isObject(change['after']) ? 'after' : 'before'
  if (side === 'before' && !actions.includes('forget')) return undefined
  const values = change[side]
  if (!isObject(values)) return undefined
  const unknown = side === 'after' ? change['after_unknown'] : undefined
  return {
    ...namesOf(entry),
    values,
    unknown,
    change: changeOf(actions),
    pointer,
    valuesPointer: `${pointer}/change/${side}`,
  }
}

/** What a resource was, `undefined` for one that is only created. */
function formerResource(entry: JsonObject, pointer: string): TerraformResource | undefined {
  const values = isObject(entry['change']) ? entry['change']['before'] : undefined
  if (!isObject(values)) return undefined
  return { ...namesOf(entry), values, unknown: undefined, pointer, valuesPointer: `${pointer}/change/before` }
}

function changeOf(actions: readonly unknown[]): Change {
  if (actions.includes('create')) return actions.length > 1 ? 'replace' : 'create'
  return actions.includes('update') ? 'update' : 'none'
}

/** The resources of a state, those of child modules after those of their parent. */
function* standing(state: unknown, pointer: string): Generator<TerraformResource> {
  if (isObject(state)) yield* standingIn(state['root_module'], `${pointer}/root_module`)
}

function* standingIn(module: unknown, pointer: string): Generator<TerraformResource> {
  if (!isObject(module)) return
  const address = textOf(module['address']) ?? ''
  const resources = isList(module['resources']) ? module['resources'] : []
  for (const [index, entry] of resources.entries()) {
    if (!isObject(entry) || !isObject(entry['values'])) continue
    const at = `${pointer}/resources/${index}`
    const names = { ...namesOf(entry), module: address }
    const resource = {
      ...names,
      values: entry['values'],
      unknown: undefined,
      pointer: at,
      valuesPointer: `${at}/values`,
    }
    if (readerOf(resource) !== undefined) yield resource
  }
  const children = isList(module['child_modules']) ? module['child_modules'] : []
  for (const [index, child] of children.entries())
    yield* standingIn(child, `${pointer}/child_modules/${index}`)
}

function namesOf(
  entry: JsonObject,
): Pick<TerraformResource, 'address' | 'module' | 'mode' | 'type' | 'name'> {
  return {
    address: textOf(entry['address']) ?? '',
    module: textOf(entry['module_address']) ?? '',
    mode: entry['mode'] === 'data' ? 'data' : 'managed',
    type: textOf(entry['type']) ?? '',
    name: textOf(entry['name']) ?? '',
  }
}
