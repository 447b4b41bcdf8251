import { type InputText, pointerSegment } from '../../text/location.js'
import { isObject, type JsonObject, textOf } from '../json-input.js'
import { placeholdersOf } from '../placeholders.js'
import { Unknowns } from './unknowns.js'

/** A template and what is known about the stack that it will make. */
export interface Template {
  readonly input: InputText
  /** Pointer to the template: empty in JSON, that of the document in YAML. */
  readonly pointer: string
  readonly parameters: JsonObject
  readonly mappings: JsonObject
  readonly conditions: JsonObject
  readonly resources: ReadonlyMap<string, Resource>
  /** Values of parameters and pseudo parameters, by name. */
  readonly given: Readonly<Record<string, string>>
  readonly unknowns: Unknowns
}

export interface Resource {
  readonly id: string
  readonly type: string
  readonly properties: JsonObject
  /** The condition under which it is made. */
  readonly condition?: string
  readonly pointer: string
}

export function templateOf(
  input: InputText,
  value: JsonObject,
  pointer: string,
  given: Readonly<Record<string, string>>,
): Template {
  const resources = new Map<string, Resource>()
  const section = (name: string): JsonObject => (isObject(value[name]) ? value[name] : {})
  for (const [id, entry] of Object.entries(section('Resources'))) {
    const at = `${pointer}/Resources${pointerSegment(id)}`
    const type = isObject(entry) ? textOf(entry['Type']) : undefined
    if (!isObject(entry) || type === undefined) continue
    const condition = textOf(entry['Condition'])
    resources.set(id, {
      id,
      type,
      properties: isObject(entry['Properties']) ? entry['Properties'] : {},
      ...(condition === undefined ? {} : { condition }),
      pointer: at,
    })
  }
  return {
    input,
    pointer,
    parameters: section('Parameters'),
    mappings: section('Mappings'),
    conditions: section('Conditions'),
    resources,
    given: withPartition(given),
    unknowns: new Unknowns(placeholdersOf(input.name)),
  }
}

/** The region tells the partition. */
function withPartition(given: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const region = given['AWS::Region']
  if (region === undefined || given['AWS::Partition'] !== undefined) return given
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
  return { ...given, 'AWS::Partition': partition }
}
