/** Patterns of files, for shells and CI configurations that hand them on as they are. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

export function isPattern(argument: string): boolean {
  return /[*?]/.test(argument)
}

/**
 * The files and folders that a pattern means, in order. `*` and `?` stand for signs other than `/`, and `**` for any
 * folders; hidden ones and `node_modules` only where they are written out.
 */
export function expand(pattern: string): readonly string[] {
  const steps = pattern.split('/')
  const isAbsolute = steps[0] === ''
  const found: string[] = []
  walk(isAbsolute ? '/' : '', isAbsolute ? steps.slice(1) : steps, found)
  return [...new Set(found)]
}

function walk(folder: string, [step, ...rest]: readonly string[], found: string[]): void {
  if (step === undefined) return
  if (step === '' || step === '.' || step === '..') {
    if (rest.length === 0) found.push(folder)
    else walk(join(folder, step), rest, found)
    return
  }
  const entries = entriesOf(folder)
  if (step === '**') {
    if (rest.length === 0) found.push(folder === '' ? '.' : folder)
    else walk(folder, rest, found)
    for (const { name, isFolder } of entries) {
      if (isFolder && !isLeftOut(name)) walk(join(folder, name), [step, ...rest], found)
    }
    return
  }
  for (const { name, isFolder } of entries) {
    if (!matches(step, name) || (isPattern(step) && isLeftOut(name) && !step.startsWith('.'))) continue
    if (rest.length === 0) found.push(join(folder, name))
    else if (isFolder) walk(join(folder, name), rest, found)
  }
}

function isLeftOut(name: string): boolean {
  return name.startsWith('.') || name === 'node_modules'
}

function entriesOf(folder: string): readonly { readonly name: string; readonly isFolder: boolean }[] {
  try {
    return readdirSync(folder === '' ? '.' : folder, { withFileTypes: true })
      .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  } catch {
    return []
  }
}

/** Two positions that only go forward: no pattern makes it slow. */
function matches(pattern: string, name: string): boolean {
  let [at, star, mark] = [0, -1, 0]
  let index = 0
  while (index < name.length) {
    if (at < pattern.length && pattern[at] === '*') {
      star = at++
      mark = index
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === name[index])) {
      at++
      index++
    } else if (star >= 0) {
      at = star + 1
      index = ++mark
    } else return false
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}
