import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suggestion } from '../did-you-mean.js'
import { UsageError } from '../failure.js'
import type { Arguments } from '../options.js'

const SCHEMAS: readonly string[] = ['report', 'explain', 'compare', 'snapshot']

/**
 * `podtrust schema report|explain|compare|snapshot`: the JSON Schema of what `--format json` writes, or of snapshots.
 *
 * @param home the folder of the program, which holds the schemas
 */
export function schema({ positionals }: Arguments, home: string): number {
  const [name, ...rest] = positionals
  if (name === undefined || rest.length > 0)
    throw new UsageError('schema takes one name: podtrust schema report|explain|compare|snapshot')
  if (!SCHEMAS.includes(name)) {
    throw new UsageError(
      `there is no schema \`${name}\`${suggestion(name, SCHEMAS)}; there is ${SCHEMAS.join(', ')}`,
    )
  }
  process.stdout.write(readFileSync(join(home, 'schema', `${name}.schema.json`), 'utf8'))
  return 0
}
