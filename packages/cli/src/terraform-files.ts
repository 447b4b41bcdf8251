/** The files of a Terraform configuration, for the plan that was made of it. */
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { UsageError } from './failure.js'
import { systemReason } from './system-reason.js'

/** A configuration is small; a folder with more is no configuration. */
const MAX_FILES = 2000
const MAX_BYTES = 32 * 2 ** 20

/** `source = "./modules/irsa"`: the only modules whose files are at hand. */
const LOCAL_MODULE = /\bsource\s*=\s*"(\.\.?\/[^"\n]*)"/g
/** What policies are read from: `file("${path.module}/trust.json")`. */
const READ_FILE =
  /\b(?:file|templatefile)\s*\(\s*"(?:\$\{path\.(?:module|root)\}\/)?([\w./-]+\.(?:json|tpl|tftpl|tmpl))"/g

/**
 * The texts of the root module and of its local modules, by path. By default the root module is looked for in the folder
 * of the plan and in the working folder; the reader of the plan takes the one that declares what the plan holds.
 *
 * @param asked a folder that somebody named, which then has to be there
 * @throws UsageError
 */
export function configurationOf(
  plan: string | undefined,
  asked: string | undefined,
): ReadonlyMap<string, string> {
  const texts = new Map<string, string>()
  const folders = asked === undefined ? new Set([plan === undefined ? '.' : dirname(plan), '.']) : [asked]
  if (asked !== undefined) assertFolder(asked)
  const queue = [...folders].map((folder) => join(folder))
  const seen = new Set(queue)
  let bytes = 0
  const read = (path: string): string | undefined => {
    if (texts.has(path) || texts.size >= MAX_FILES) return undefined
    try {
      const found = statSync(path)
      if (!found.isFile() || bytes + found.size > MAX_BYTES) return undefined
      bytes += found.size
      const text = readFileSync(path, 'utf8')
      texts.set(path, text)
      return text
    } catch {
      return undefined
    }
  }
  for (const folder of queue) {
    for (const name of namesIn(folder)) {
      const text = read(join(folder, name))
      if (text === undefined) continue
      for (const [, source = ''] of text.matchAll(LOCAL_MODULE)) {
        const module = join(folder, source)
        if (!seen.has(module)) {
          seen.add(module)
          queue.push(module)
        }
      }
      for (const [, path = ''] of text.matchAll(READ_FILE)) read(join(folder, path))
    }
  }
  return texts
}

function assertFolder(folder: string): void {
  try {
    if (statSync(folder).isDirectory()) return
  } catch (error) {
    throw new UsageError(`--terraform-dir \`${folder}\`: ${systemReason(error)}`)
  }
  throw new UsageError(`--terraform-dir \`${folder}\` is no folder`)
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /\.(?:tf|tofu)$/.test(name))
      .toSorted()
  } catch {
    return []
  }
}
