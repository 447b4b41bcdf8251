/** The objects of manifests and of outputs of kubectl: documents one after the other, and lists of them. */
import type { CoverageGap, Unknown } from '../../inventory.js'
import { below, type Location, pointerSegment } from '../../text/location.js'
import { quoted } from '../../text/quote.js'
import { isList, isObject, type JsonObject, textOf } from '../json-input.js'

/** A document of an input, of whatever syntax. */
export interface ManifestDocument {
  readonly value: unknown
  readonly location: Location
}

export interface KubernetesObject {
  /** The group of its `apiVersion`; empty for the core group. */
  readonly group: string
  readonly kind: string
  readonly name: string
  readonly namespace: string | Unknown
  readonly metadata: JsonObject
  readonly value: JsonObject
  readonly location: Location
  /** Whether an API server has given it out, rather than a person written it. */
  readonly isFromServer: boolean
  /** Whether another object made it. */
  readonly isOwned: boolean
}

/** The objects of one list of an API server, or of the rest of an input. */
export interface ObjectGroup {
  readonly objects: KubernetesObject[]
  /** All of what was asked for is there: an output of kubectl and no page of one. */
  readonly isWhole: boolean
}

/** Whether a value is an object of Kubernetes, or a list of them. */
export function isKubernetesObject(value: unknown): value is JsonObject {
  return isObject(value) && typeof value['apiVersion'] === 'string' && typeof value['kind'] === 'string'
}

export function groupsOf(
  documents: readonly ManifestDocument[],
  gaps: CoverageGap[],
): readonly ObjectGroup[] {
  const loose: ObjectGroup = { objects: [], isWhole: false }
  const groups = [loose]
  for (const { value, location } of documents) {
    // `# Source:` comments of Helm stand before documents that may be empty.
    if (value === null) continue
    if (isList(value)) {
      value.forEach((item, index) => collect(item, below(location, `/${index}`), loose, groups, gaps))
    } else {
      collect(value, location, loose, groups, gaps)
    }
  }
  return groups
}

function collect(
  value: unknown,
  location: Location,
  into: ObjectGroup,
  groups: ObjectGroup[],
  gaps: CoverageGap[],
): void {
  if (!isKubernetesObject(value)) {
    const reason = `the document ${quoted(location.pointer)} is no object of Kubernetes: it has no \`apiVersion\` and \`kind\``
    gaps.push({ kind: 'service-account', subject: location.input.name, reason, location })
    return
  }
  const items = listItems(value)
  if (items === undefined) {
    into.objects.push(objectOf(value, location))
    return
  }
  const metadata = isObject(value['metadata']) ? value['metadata'] : {}
  const isPage = textOf(metadata['continue']) !== undefined
  if (isPage) {
    const reason = 'the list is one page of several, the rest is missing'
    gaps.push({ kind: 'service-account', subject: location.input.name, reason, location })
  }
  const group: ObjectGroup = { objects: [], isWhole: !isPage }
  groups.push(group)
  const { apiVersion } = value
  const kind = String(value['kind']).slice(0, -'List'.length)
  for (const [index, item] of items.entries()) {
    // The items of a typed list (`ServiceAccountList`) do not say again what they are.
    const whole =
      isObject(item) && kind !== '' && item['kind'] === undefined ? { apiVersion, kind, ...item } : item
    collect(whole, below(location, `/items/${index}`), group, groups, gaps)
  }
}

function listItems({ kind, items }: JsonObject): readonly unknown[] | undefined {
  return typeof kind === 'string' && kind.endsWith('List') && isList(items) ? items : undefined
}

function objectOf(value: JsonObject, location: Location): KubernetesObject {
  const metadata = isObject(value['metadata']) ? value['metadata'] : {}
  const apiVersion = String(value['apiVersion'])
  const kind = String(value['kind'])
  const generated = textOf(metadata['generateName'])
  const name = textOf(metadata['name']) ?? (generated === undefined ? '' : `${generated}*`)
  const owners = metadata['ownerReferences']
  return {
    group: apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '',
    kind,
    name,
    namespace: textOf(metadata['namespace']) ?? unnamedNamespace(kind, name),
    metadata,
    value,
    location,
    isFromServer: textOf(metadata['uid']) !== undefined,
    isOwned: isList(owners) && owners.length > 0,
  }
}

/** kubectl puts such an object into the namespace of its current context, which no manifest tells. */
function unnamedNamespace(kind: string, name: string): Unknown {
  const reason = `${quoted(`${kind} ${name}`)} names no namespace, and \`kubectl apply\` puts it into the one it is used with`
  return { unknown: true, reason, cause: 'not-collected' }
}

/** The location of a member that keys lead to. */
export function member(location: Location, ...keys: readonly (string | number)[]): Location {
  return below(location, keys.map((key) => pointerSegment(key)).join(''))
}

/** The value that keys lead to. */
export function valueAt(value: unknown, ...keys: readonly string[]): unknown {
  let at = value
  for (const key of keys) at = isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined
  return at
}

/** A truth value as YAML 1.1 has it, which kubectl reads. */
export function truthOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (typeof value !== 'string') return undefined
  if (/^(?:true|yes|on|y)$/i.test(value)) return true
  return /^(?:false|no|off|n)$/i.test(value) ? false : undefined
}
