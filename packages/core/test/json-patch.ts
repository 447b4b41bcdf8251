import type { PatchOperation } from '../src/rules/rule.js'

/** RFC 6902 on a copy of a JSON value: what the tests need to try a fix. */
export function applyPatch(document: unknown, patch: readonly PatchOperation[]): unknown {
  const copy = JSON.parse(JSON.stringify({ root: document })) as { root: unknown }
  for (const operation of patch) {
    if (operation.op === 'move') {
      const value = take(copy, operation.from)
      put(copy, operation.path, value, false)
    } else if (operation.op === 'remove') take(copy, operation.path)
    else put(copy, operation.path, operation.value, operation.op === 'replace')
  }
  return copy.root
}

function locate(
  copy: { root: unknown },
  pointer: string,
): { parent: Record<string, unknown> | unknown[]; key: string } {
  const keys = [
    'root',
    ...pointer
      .split('/')
      .slice(1)
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')),
  ]
  const key = keys.pop() ?? ''
  let parent: unknown = copy
  for (const step of keys) parent = (parent as Record<string, unknown>)[step]
  if (typeof parent !== 'object' || parent === null) throw new Error(`no such place: ${pointer}`)
  return { parent: parent as Record<string, unknown>, key }
}

function take(copy: { root: unknown }, pointer: string): unknown {
  const { parent, key } = locate(copy, pointer)
  if (!(key in parent)) throw new Error(`nothing to remove: ${pointer}`)
  if (Array.isArray(parent)) return parent.splice(Number(key), 1)[0]
  const value = parent[key]
  delete parent[key]
  return value
}

function put(copy: { root: unknown }, pointer: string, value: unknown, replace: boolean): void {
  const { parent, key } = locate(copy, pointer)
  if (replace && !(key in parent)) throw new Error(`nothing to replace: ${pointer}`)
  if (!Array.isArray(parent)) parent[key] = value
  else if (replace) parent[Number(key)] = value
  else parent.splice(key === '-' ? parent.length : Number(key), 0, value)
}
