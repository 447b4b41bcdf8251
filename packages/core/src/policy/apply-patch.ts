import type { JsonValue, PatchOperation } from './condition-patch.js'

/** RFC 6902 on a copy of a document; `undefined` where a place is not there. */
export function applyPatch(document: JsonValue, patch: readonly PatchOperation[]): JsonValue | undefined {
  const copy = JSON.parse(JSON.stringify({ root: document })) as Record<string, unknown>
  for (const operation of patch) {
    if (operation.op === 'remove') {
      if (take(copy, operation.path) === undefined) return undefined
    } else if (operation.op === 'move') {
      const value = take(copy, operation.from)
      if (value === undefined || !put(copy, operation.path, value, false)) return undefined
    } else {
      // Later operations may write below it, and the patch is not theirs to change.
      const value = JSON.parse(JSON.stringify(operation.value)) as unknown
      if (!put(copy, operation.path, value, operation.op === 'replace')) return undefined
    }
  }
  return copy['root'] as JsonValue
}

interface Place {
  readonly parent: Record<string, unknown> | unknown[]
  readonly key: string
}

function placeAt(copy: Record<string, unknown>, pointer: string): Place | undefined {
  const keys = [
    'root',
    ...pointer
      .split('/')
      .slice(1)
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')),
  ]
  const key = keys.pop() ?? ''
  let parent: unknown = copy
  for (const step of keys) {
    if (typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, step)) return undefined
    parent = (parent as Record<string, unknown>)[step]
  }
  return typeof parent === 'object' && parent !== null
    ? { parent: parent as Place['parent'], key }
    : undefined
}

function take(copy: Record<string, unknown>, pointer: string): unknown {
  const place = placeAt(copy, pointer)
  if (place === undefined || !Object.hasOwn(place.parent, place.key)) return undefined
  const { parent, key } = place
  if (Array.isArray(parent)) return parent.splice(Number(key), 1)[0]
  const value = parent[key]
  delete parent[key]
  return value
}

function put(copy: Record<string, unknown>, pointer: string, value: unknown, isReplace: boolean): boolean {
  const place = placeAt(copy, pointer)
  if (place === undefined || (isReplace && !Object.hasOwn(place.parent, place.key))) return false
  const { parent, key } = place
  if (!Array.isArray(parent)) parent[key] = value
  else if (isReplace) parent[Number(key)] = value
  else parent.splice(key === '-' ? parent.length : Number(key), 0, value)
  return true
}
