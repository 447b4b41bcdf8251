import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from '@jest/globals'

const root = dirname(import.meta.dirname)
const readme = readFileSync(join(root, 'README.md'), 'utf8')

test('the script of the README runs as it stands, on the built package', () => {
  const [, script] = /```ts\n([\s\S]*?)```/.exec(readme) ?? []
  // Inside of the package its own name leads to what is published of it.
  const folder = mkdtempSync(join(root, 'packages/core/readme-'))
  try {
    writeFileSync(join(folder, 'script.mjs'), script ?? '')
    copyFileSync(join(root, 'examples/terraform/plan.json'), join(folder, 'plan.json'))
    const { status, stdout, stderr } = spawnSync(process.execPath, ['script.mjs'], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(
      /^preview-app can be assumed from oidc\.eks\.\S+ by service account app in every namespace$/m,
    )
    expect(stdout).toMatch(/^high any-namespace: preview-app/m)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('the commands of the README are commands of the program', () => {
  const [, shell = ''] = /## On the command line\s+```sh\n([\s\S]*?)```/.exec(readme) ?? []
  const commands = [...shell.matchAll(/^(?:.*\| )?podtrust (\w+)/gm)].map((match) => match[1])
  const { stdout } = spawnSync(process.execPath, [join(root, 'packages/cli/dist/podtrust.cjs'), '--help'], {
    encoding: 'utf8',
  })
  expect(commands.length).toBeGreaterThan(3)
  for (const command of commands) expect(stdout).toMatch(new RegExp(`^ +${command}\\b`, 'm'))
})
