/**
 * What a snapshot keeps of an object of Kubernetes. Pods are full of what nobody should copy: environments, arguments,
 * annotations with whole manifests in them. Of these only what something is told from stays.
 */
import { isReadAnnotation } from '../kubernetes/annotations.js'
import { isList, isObject, type JsonObject } from '../json-input.js'

/** Members that hold contents, or who wrote what. */
const DROPPED: ReadonlySet<string> = new Set(['data', 'stringData', 'binaryData', 'managedFields', 'status'])

const CONTAINERS: ReadonlySet<string> = new Set(['containers', 'initContainers', 'ephemeralContainers'])

/** The two variables that the SDKs of AWS take a role from. */
const VARIABLES: ReadonlySet<unknown> = new Set(['AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE'])

/** The object without what could be a secret; other members stay as and where they are. */
export function withoutSecrets(object: JsonObject): JsonObject {
  return fromEntries(
    Object.entries(object).flatMap(([key, value]): [string, unknown][] =>
      DROPPED.has(key) ? [] : [[key, keptMember(key, value)]],
    ),
  )
}

function keptMember(key: string, value: unknown): unknown {
  if (key === 'annotations' && isObject(value))
    return fromEntries(Object.entries(value).filter(([name]) => isReadAnnotation(name)))
  // What is no list of them is nothing that a server gives, and may hold what they do.
  if (CONTAINERS.has(key)) return isList(value) ? value.filter(isObject).map(keptContainer) : []
  if (key === 'volumes') return isList(value) ? value.filter(isObject).map(keptVolume) : []
  if (isList(value)) return value.map((item) => keptMember('', item))
  return isObject(value) ? withoutSecrets(value) : value
}

function keptContainer(container: JsonObject): JsonObject {
  const { env } = container
  const variables = isList(env) ? env.filter(isObject).filter(({ name }) => VARIABLES.has(name)) : []
  return {
    ...picked(container, ['name', 'image']),
    ...(variables.length === 0 ? {} : { env: variables.map((one) => picked(one, ['name', 'value'])) }),
  }
}

function keptVolume(volume: JsonObject): JsonObject {
  const { projected } = volume
  const sources = isObject(projected) && isList(projected['sources']) ? projected['sources'] : []
  const tokens = sources
    .map((source) => (isObject(source) ? source['serviceAccountToken'] : undefined))
    .filter(isObject)
    .map((token) => ({
      serviceAccountToken: picked(token, ['audience', 'expirationSeconds', 'path']),
    }))
  return { ...picked(volume, ['name']), ...(tokens.length === 0 ? {} : { projected: { sources: tokens } }) }
}

function picked(value: JsonObject, keys: readonly string[]): JsonObject {
  return fromEntries(keys.flatMap((key) => (Object.hasOwn(value, key) ? [[key, value[key]]] : [])))
}

/** `__proto__` is a key like any other here. */
function fromEntries(entries: readonly (readonly [string, unknown])[]): JsonObject {
  return Object.fromEntries(entries)
}
