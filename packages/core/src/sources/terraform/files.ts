/** The texts of a configuration: which file declares what, through local modules. */
import type { InputText } from '../../text/location.js'
import { parentOf, stepsOf } from './addresses.js'
import { parseHcl } from './hcl/body.js'
import type { Block } from './hcl/syntax.js'

export interface SourceFile {
  readonly input: InputText
  readonly blocks: readonly Block[]
  readonly fault?: { readonly message: string; readonly at: number }
}

/** A block, and the file it stands in. */
export interface Declared {
  readonly input: InputText
  readonly block: Block
}

export interface ConfigurationFiles {
  /** The folder of a module instance, where its source is at hand. */
  folderOf(module: string): string | undefined
  /** All blocks of one type in a module. */
  blocksIn(module: string, type: string): readonly Declared[]
  /** `resource "type" "name"`, `module "name"`, … */
  declared(module: string, type: string, ...labels: readonly string[]): Declared | undefined
  /** The text of any file by its path. */
  textOf(path: string): string | undefined
  /** Files of the modules in use that are not wholly read. */
  faults(): readonly SourceFile[]
}

/** Paths and texts: all `.tf` files of the root module and of local modules, and what they read with `file()`. */
export type ConfigurationTexts = ReadonlyMap<string, string>

/**
 * @param rootResources what the root module declares (`resource.aws_iam_role.this`): its folder is the one that has
 *   most of it
 */
export function configurationFiles(
  texts: ConfigurationTexts,
  rootResources: readonly string[],
): ConfigurationFiles {
  const byPath = new Map([...texts].map(([path, text]) => [normal(path), { name: path, text }]))
  const paths = new Map<string, string[]>()
  for (const path of byPath.keys()) {
    if (!/\.(?:tf|tofu)$/.test(path)) continue
    const folder = folderIn(path)
    paths.set(folder, [...(paths.get(folder) ?? []), path])
  }
  const parsed = new Map<string, readonly SourceFile[]>()
  const filesIn = (folder: string): readonly SourceFile[] => {
    let files = parsed.get(folder)
    if (files === undefined) {
      files = (paths.get(folder) ?? []).map((path) =>
        sourceFile(byPath.get(path) ?? { name: path, text: '' }),
      )
      parsed.set(folder, files)
    }
    return files
  }
  const find = (folder: string, type: string, labels: readonly string[]): Declared | undefined => {
    for (const { input, blocks } of filesIn(folder)) {
      const block = blocks.find(
        (one) => one.type === type && labels.every((label, index) => one.labels[index] === label),
      )
      if (block !== undefined) return { input, block }
    }
    return undefined
  }
  const root = rootFolder(
    [...paths.keys()],
    rootResources,
    (folder, labels) => find(folder, labels[0] ?? '', labels.slice(1)) !== undefined,
  )
  const folders = new Map<string, string | undefined>()
  const folderOf = (module: string): string | undefined => {
    const steps = stepsOf(module)
    const key = steps.map(({ name }) => name).join('.')
    if (key === '') return root
    if (!folders.has(key)) folders.set(key, localFolder(module))
    return folders.get(key)
  }
  const localFolder = (module: string): string | undefined => {
    const up = parentOf(module)
    const parent = up && folderOf(up.parent)
    if (up === undefined || parent === undefined) return undefined
    const source = find(parent, 'module', [up.call.name])?.block.body.attributes.get('source')?.value
    const [part] = source?.kind === 'template' ? source.parts : []
    if (part?.kind !== 'text' || !/^\.\.?\//.test(part.text)) return undefined
    const folder = normal(parent === '' ? part.text : `${parent}/${part.text}`)
    return paths.has(folder) ? folder : undefined
  }
  return {
    folderOf,
    blocksIn(module, type) {
      const folder = folderOf(module)
      if (folder === undefined) return []
      return filesIn(folder).flatMap(({ input, blocks }) =>
        blocks.filter((block) => block.type === type).map((block) => ({ input, block })),
      )
    },
    declared(module, type, ...labels) {
      const folder = folderOf(module)
      return folder === undefined ? undefined : find(folder, type, labels)
    },
    textOf: (path) => byPath.get(normal(path))?.text,
    faults: () => [...parsed.values()].flat().filter(({ fault }) => fault !== undefined),
  }
}

function sourceFile(input: InputText): SourceFile {
  const { body, fault } = parseHcl(input.text)
  return { input, blocks: body.blocks, ...(fault === undefined ? {} : { fault }) }
}

/** The folder that declares most of the root module; of two that declare as much, the one further up. */
function rootFolder(
  folders: readonly string[],
  wanted: readonly string[],
  declares: (folder: string, labels: readonly string[]) => boolean,
): string | undefined {
  let best: { readonly folder: string; readonly count: number } | undefined
  for (const folder of folders.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1))) {
    const count = wanted.filter((name) => declares(folder, name.split('.'))).length
    if (count > (best?.count ?? 0)) best = { folder, count }
  }
  return best?.folder
}

function folderIn(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

/** Without `.` and `..` where they say nothing, with slashes. */
function normal(path: string): string {
  const steps: string[] = []
  for (const step of path.replaceAll('\\', '/').split('/')) {
    if (step === '..' && steps.length > 0 && steps.at(-1) !== '..') steps.pop()
    else if (step !== '.' && (step !== '' || steps.length === 0)) steps.push(step)
  }
  return steps[0] === '' && steps.length === 1 ? '' : steps.join('/')
}
