import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

/** A module of the tests, which are not built: so both ask about the same. */
export async function sourceOf(file) {
  const { outputFiles } = await build({
    entryPoints: [join(root, file)],
    write: false,
    format: 'esm',
    logLevel: 'error',
  })
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`)
}
