import { readFileSync } from 'node:fs'
import { escaped } from '@podtrust/core'
import { UsageError } from '../failure.js'
import { signalCode } from '../exit-code.js'
import { gather } from '../gather.js'
import type { Arguments } from '../options.js'
import { deliver } from '../output.js'
import { complain, warn } from '../stderr.js'

/** `podtrust snapshot`: what a live read sees, in one file. */
export async function snapshot(options: Arguments): Promise<number> {
  const file = options.get('output')
  if (file === undefined)
    throw new UsageError('snapshot wants to know where to write: -o FILE, or -o - for standard output')
  if (options.positionals.length > 0)
    throw new UsageError('snapshot reads an AWS account and takes no inputs')
  if (file !== '-') refuseOverwriting(file)
  const { live, warnings, inventory } = await gather(options, true)
  if (live === undefined) throw new Error('a snapshot without a live account')
  for (const warning of warnings) warn(warning, options.has('quiet'))
  const { writeSnapshot } = await import('@podtrust/core/sources/snapshot')
  deliver(writeSnapshot(live.snapshot), file === '-' ? {} : { file })
  const { gaps } = inventory.facts
  for (const { reason } of gaps) complain(`not read: ${escaped(reason)}`)
  if (live.signal !== undefined) return signalCode(live.signal)
  return live.isOutOfReach || (gaps.length > 0 && options.has('require-complete')) ? 3 : 0
}

/** A snapshot may replace a snapshot, and nothing else that somebody wrote. */
function refuseOverwriting(file: string): void {
  let beginning: string
  try {
    beginning = readFileSync(file, 'utf8').slice(0, 200)
  } catch {
    return
  }
  if (beginning === '' || beginning.includes('"podtrustSnapshot"')) return
  throw new UsageError(`-o: \`${file}\` is there and is no snapshot; remove it, or name another file`)
}
