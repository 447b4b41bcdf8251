/**
 * Templates of AWS CloudFormation (`AWSTemplateFormatVersion` 2010-09-09) and of what makes or becomes such templates:
 * SAM, the CDK's `cdk.out/*.template.json`, eksctl's stacks.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
 */
import { InputError } from '../../errors.js'
import type { CoverageGap, Inventory } from '../../inventory.js'
import { type JsonDocument, parseJson } from '../../text/json.js'
import { type InputText, pointerSegment } from '../../text/location.js'
import { quoted } from '../../text/quote.js'
import type { YamlDocuments, YamlOptions } from '../../text/yaml.js'
import { isList, isObject, type JsonObject } from '../json-input.js'
import { conditionHolds } from './conditions.js'
import { type Drafts, identityOf, noDrafts } from './drafts.js'
import { factsOf } from './facts.js'
import { TemplateEvaluation } from './template-evaluation.js'
import { outcomesOf } from './outcome.js'
import { readers, type ResourceReader } from './readers.js'
import { type Resource, type Template, templateOf } from './template-parts.js'

export interface TemplateOptions {
  /** What to call the input in reports. */
  readonly name?: string
  /** `yaml` of `@podtrust/core/sources/yaml`; without it only JSON is read. */
  readonly yaml?: (input: InputText, options: YamlOptions) => YamlDocuments
  /** Values of parameters, and of pseudo parameters such as `AWS::AccountId` and `AWS::Region`. */
  readonly parameters?: Readonly<Record<string, string>>
}

/** Whether a value is a template. */
export function isTemplate(value: unknown): boolean {
  return (
    isObject(value) &&
    ('AWSTemplateFormatVersion' in value || isObject(value['Resources']) || isObject(bodyOf(value)))
  )
}

/** What `aws cloudformation get-template` wraps a template into. */
function bodyOf(value: JsonObject): JsonObject | undefined {
  const body = value['TemplateBody']
  return isObject(body) && isObject(body['Resources']) ? body : undefined
}

/**
 * Reads a template as what a stack made of it holds. Parameters have the values that are given, else their defaults;
 * conditions that depend on parameters nobody has given are read both ways. What the template does not tell is one
 * unknown wherever it stands, so that an issuer in a principal and the same in a condition key still meet.
 *
 * @throws InputError `E_NOT_JSON`, `E_NOT_YAML`, `E_TOO_DEEP`, `E_TOO_LARGE`, `E_UNRECOGNIZED_INPUT`
 * @example
 * ```ts
 * const inventory = readCloudFormationTemplate(text, { name: 'app.yaml', yaml })
 * ```
 */
export function readCloudFormationTemplate(text: string, options: TemplateOptions = {}): Inventory {
  const input = { name: options.name ?? 'template', text }
  const { parameters = {}, yaml } = options
  if (/^\ufeff?\s*\{/.test(text) || yaml === undefined) {
    const document = parseJson(input)
    if (isTemplate(document.value)) return templateInventory(document, parameters)
  } else {
    const { documents } = yaml(input, { tags: 'cloudformation' })
    const [document] = documents.filter(({ value }) => value !== null)
    if (document !== undefined && isTemplate(document.value))
      return yamlTemplateInventory(input, document, parameters)
  }
  throw new InputError('E_UNRECOGNIZED_INPUT', 'not a CloudFormation template: it has no `Resources`')
}

export function templateInventory(
  document: JsonDocument,
  parameters: Readonly<Record<string, string>> = {},
): Inventory {
  const duplicates = document.duplicateKeys().map(({ pointer }) => pointer)
  return inventoryOfTemplate(document.input, document.value, '', duplicates, parameters)
}

/** The document has to come from a text that was parsed with the tags of CloudFormation. */
function yamlTemplateInventory(
  input: InputText,
  { value, pointer, duplicates }: YamlDocuments['documents'][number],
  parameters: Readonly<Record<string, string>> = {},
): Inventory {
  return inventoryOfTemplate(input, value, pointer, duplicates, parameters)
}

function inventoryOfTemplate(
  input: InputText,
  value: unknown,
  pointer: string,
  duplicates: readonly string[],
  parameters: Readonly<Record<string, string>>,
): Inventory {
  const whole = isObject(value) ? value : {}
  const body = bodyOf(whole)
  const root = body ?? whole
  const at = body === undefined ? pointer : `${pointer}/TemplateBody`
  const template = templateOf(input, root, at, parameters)
  const gaps = [...templateGaps(root, template)]
  const drafts = noDrafts()
  for (const resource of template.resources.values()) {
    const reader = readers.get(resource.type)
    if (reader !== undefined) gaps.push(...readResource(resource, reader, template, drafts))
  }
  return factsOf(drafts, template, duplicates, gaps)
}

/** Reads a resource in every outcome of the conditions and keeps what differs. */
function readResource(
  resource: Resource,
  reader: ResourceReader,
  template: Template,
  drafts: Drafts,
): readonly CoverageGap[] {
  const { results, isComplete } = outcomesOf((outcome) => {
    const found = noDrafts()
    const { condition } = resource
    if (condition !== undefined && !conditionHolds(template, outcome, condition)) return found
    reader.read(resource, new TemplateEvaluation(template, outcome), found)
    return found
  })
  const branches = distinct(
    results.flatMap(({ value, label }) => value.roles.map((draft) => ({ draft, label }))),
  )
  for (const { draft, label } of branches)
    drafts.roles.push(branches.length > 1 ? { ...draft, branch: label } : draft)
  for (const kind of ['profiles', 'providers', 'clusters', 'associations', 'nodeGroups'] as const) {
    const found = results.flatMap(({ value }) => value[kind].map((draft: object) => ({ draft })))
    const into: object[] = drafts[kind]
    into.push(...distinct(found).map(({ draft }) => draft))
  }
  if (isComplete) return []
  const reason = `${quoted(resource.id)} depends on more conditions than are read one by one, so some of its forms were not judged`
  return [
    {
      kind: reader.kind,
      subject: resource.id,
      reason,
      location: { input: template.input, pointer: resource.pointer },
    },
  ]
}

function distinct<T extends { readonly draft: object }>(found: readonly T[]): readonly T[] {
  if (found.length < 2) return found
  return [...new Map(found.toReversed().map((one) => [identityOf(one.draft), one])).values()].toReversed()
}

/** Macros that leave resources of ours as they are. */
const HARMLESS_TRANSFORMS =
  /^AWS::(?:Serverless-|LanguageExtensions|SecretsManager-|CodeDeployBlueGreen|ServiceCatalog)/

/** What the template leaves to others to fill in. */
function* templateGaps(root: JsonObject, { input, pointer }: Template): Generator<CoverageGap> {
  const gap = (kind: CoverageGap['kind'], at: string, reason: string): CoverageGap => ({
    kind,
    subject: input.name,
    reason,
    location: { input, pointer: pointer + at },
  })
  for (const transform of [root['Transform']].flat()) {
    const name = isObject(transform) ? transform['Name'] : transform
    if (typeof name !== 'string' || HARMLESS_TRANSFORMS.test(name)) continue
    yield gap(
      'role',
      '/Transform',
      `the macro ${quoted(name)} changes the template before it is deployed, what it adds was not read`,
    )
  }
  const resources = isObject(root['Resources']) ? root['Resources'] : {}
  for (const [key, value] of Object.entries(resources)) {
    const at = `/Resources${pointerSegment(key)}`
    if (key === 'Fn::Transform') yield gap('role', at, 'resources that `Fn::Transform` adds were not read')
    const child = childOf(value)
    if (child !== undefined)
      yield gap('role', at, `${child} ${quoted(key)} was not read: it is a template of its own`)
    if (!key.startsWith('Fn::ForEach::')) continue
    for (const kind of kindsIn(value))
      yield gap(kind, at, `resources that the loop ${quoted(key)} makes were not read`)
  }
}

/** What a resource is that stands for the resources of another template. */
function childOf(resource: unknown): string | undefined {
  const type = isObject(resource) ? resource['Type'] : undefined
  if (type === 'AWS::CloudFormation::Stack') return 'the nested stack'
  if (type === 'AWS::Serverless::Application') return 'the application'
  return typeof type === 'string' && type.endsWith('::MODULE') ? 'the module' : undefined
}

/** The kinds of resources of ours that a loop makes. */
function kindsIn(loop: unknown): ReadonlySet<CoverageGap['kind']> {
  const kinds = new Set<CoverageGap['kind']>()
  const look = (value: unknown): void => {
    if (isList(value)) value.forEach(look)
    if (!isObject(value)) return
    const kind = typeof value['Type'] === 'string' ? readers.get(value['Type'])?.kind : undefined
    if (kind !== undefined) kinds.add(kind)
    else Object.values(value).forEach(look)
  }
  look(loop)
  return kinds
}
