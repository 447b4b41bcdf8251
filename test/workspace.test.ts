import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { describe, expect, test } from '@jest/globals'

const root = dirname(import.meta.dirname)
const read = (path: string) => readFileSync(join(root, path), 'utf8')

type Versions = Readonly<Record<string, string>>

interface Manifest {
  readonly dependencies?: Versions
  readonly devDependencies?: Versions
  readonly optionalDependencies?: Versions
  readonly scripts?: Versions
}

const manifests = ['package.json', 'packages/core/package.json', 'packages/cli/package.json'].map(
  (path) => [path, JSON.parse(read(path)) as Manifest] as const,
)

describe('the workspace', () => {
  test.each(manifests)('%s pins every dependency to one version', (_, manifest) => {
    const { dependencies, devDependencies, optionalDependencies } = manifest
    const versions = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
    const loose = versions.filter(([, version]) => !/^(?:\d+\.\d+\.\d+|workspace:\*)$/.test(version))
    expect(loose).toEqual([])
  })

  test.each(manifests)('%s runs nothing when it is installed', (_, manifest) => {
    const hooks = Object.keys(manifest.scripts ?? {}).filter((name) => /install|prepare/.test(name))
    expect(hooks).toEqual([])
  })

  test('the lockfile names no registry, and every package in it has a checksum', () => {
    const lockfile = read('pnpm-lock.yaml')
    expect(lockfile).not.toMatch(/https?:|tarball:/)
    const [, packages = ''] = /^packages:\n([^]*?)^snapshots:/m.exec(lockfile) ?? []
    const entries = packages.trim().split(/\n\n/)
    expect(entries.length).toBeGreaterThan(100)
    expect(entries.filter((entry) => !/integrity: sha512-/.test(entry))).toEqual([])
  })

  test('the command line is one bundle: whoever installs it installs nothing else', () => {
    const [, cli] = manifests[2]!
    expect(cli.dependencies).toBeUndefined()
    expect(cli.optionalDependencies).toBeUndefined()
  })
})
