/** What an attribute of an instance comes to: its value, or the word that stands for what is not known yet. */
import { issuerOfUrl } from '../aws-names.js'
import { isList, isObject } from '../json-input.js'
import { type Placeholders, UNKNOWN_ACCOUNT } from '../placeholders.js'
import { indexOfKey } from './addresses.js'
import type { Instance } from './instances.js'
import { absent, missing, objectOf, type Value } from './values.js'

type Path = readonly (string | number)[]

export interface SettleContext {
  readonly placeholders: Placeholders
  /** The text of a policy document that is known only after apply. */
  documentText(instance: Instance): Value
  /** Takes note of what a policy document is known to say. */
  knownDocument(instance: Instance, text: string): void
  /** The issuer of a provider whose URL is not known yet; `undefined` where nothing tells whose it is. */
  issuerOfProvider(instance: Instance): string | undefined
  /** The cluster of the plan that a data source reads. */
  clusterOf(instance: Instance): Instance | undefined
}

export function settled(instance: Instance, path: Path, context: SettleContext): Value {
  const special = specialOf(instance, path, context)
  if (special !== undefined) return special
  return shownAt(instance, path)
}

/** The value at a place, as the plan or state shows it. */
export function shownAt(instance: Instance, path: Path): Value {
  // An instance as a whole is nothing that a policy is made of.
  if (path.length === 0) return missing(instance.address)
  return valueAt(instance.values, instance.unknown, instance.sensitive, path, 0, instance.address)
}

function specialOf(instance: Instance, path: Path, context: SettleContext): Value | undefined {
  const { type, mode, address } = instance
  const [first] = path
  if (
    type === 'aws_iam_policy_document' &&
    mode === 'data' &&
    (first === 'json' || first === 'minified_json')
  ) {
    if (isUnknownAt(instance, path)) return context.documentText(instance)
    const text = shownAt(instance, path)
    if (typeof text === 'string') context.knownDocument(instance, text)
    return text
  }
  if (type === 'aws_iam_openid_connect_provider' && path.length === 1) {
    // Configured with its scheme and read back without: a policy is made of what is read back.
    if (first === 'url' && (mode === 'managed' || isUnknownAt(instance, path)))
      return issuerOf(instance, context)
    if (first === 'arn' && isUnknownAt(instance, path)) {
      return context.placeholders.providerArn(`${address}.arn`, issuerOf(instance, context))
    }
  }
  if (type === 'aws_eks_cluster') {
    if (path.join('.') === 'identity.0.oidc.0.issuer' && isUnknownAt(instance, path)) {
      return `https://${clusterIssuer((mode === 'data' ? context.clusterOf(instance) : undefined)?.address ?? address, context.placeholders)}`
    }
    if (mode === 'managed' && first === 'arn' && path.length === 1 && isUnknownAt(instance, path)) {
      return unknownArn(context.placeholders, `${address}.arn`, 'eks:xx-unknown-1', 'cluster')
    }
  }
  if (
    type === 'aws_iam_role' &&
    mode === 'managed' &&
    first === 'arn' &&
    path.length === 1 &&
    isUnknownAt(instance, path)
  ) {
    return unknownArn(context.placeholders, `${address}.arn`, 'iam:', 'role')
  }
  return undefined
}

function unknownArn(placeholders: Placeholders, origin: string, service: string, resource: string): string {
  return `arn:aws:${service}:${UNKNOWN_ACCOUNT}:${resource}/${placeholders.word(origin)}`
}

/** The issuer of a cluster of which only the address is known. */
export function clusterIssuer(address: string, placeholders: Placeholders): string {
  return placeholders.issuer(`${address}.identity[0].oidc[0].issuer`)
}

/** Host and path of a provider's issuer, known or not. */
function issuerOf(
  instance: Instance,
  context: Pick<SettleContext, 'placeholders' | 'issuerOfProvider'>,
): string {
  const url = instance.values['url']
  if (typeof url === 'string' && !isUnknownAt(instance, ['url'])) return issuerOfUrl(url)
  return context.issuerOfProvider(instance) ?? context.placeholders.issuer(`${instance.address}.url`)
}

function isUnknownAt({ unknown }: Instance, path: Path): boolean {
  let mark = unknown
  for (const step of path) {
    if (mark === true) return true
    mark = childOf(mark, step)
  }
  return mark === true
}

function valueAt(
  value: unknown,
  unknown: unknown,
  sensitive: unknown,
  path: Path,
  at: number,
  address: string,
): Value {
  const origin = (): string => address + path.slice(0, at).map(written).join('')
  if (unknown === true || sensitive === true) return missing(address + path.map(written).join(''))
  const step = path[at]
  if (step !== undefined) {
    // What is not known is not in the values; neither is what was never set.
    const child = childOf(value, step)
    const mark = childOf(unknown, step)
    if (child === undefined && mark !== true) return absent(address + path.map(written).join(''))
    return valueAt(child, mark, childOf(sensitive, step), path, at + 1, address)
  }
  if (isList(value)) {
    return value.map((item, index) =>
      valueAt(item, childOf(unknown, index), childOf(sensitive, index), [...path, index], at + 1, address),
    )
  }
  if (isObject(value)) {
    const keys = new Set([...Object.keys(value), ...(isObject(unknown) ? Object.keys(unknown) : [])])
    return objectOf(
      [...keys].map((key) => [
        key,
        valueAt(value[key], childOf(unknown, key), childOf(sensitive, key), [...path, key], at + 1, address),
      ]),
    )
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  return value === undefined ? absent(origin()) : null
}

function written(step: string | number): string {
  return typeof step === 'number' ? indexOfKey(step) : `.${step}`
}

function childOf(value: unknown, step: string | number): unknown {
  if (isList(value)) return typeof step === 'number' ? value[step] : undefined
  return isObject(value) && Object.hasOwn(value, String(step)) ? value[String(step)] : undefined
}
