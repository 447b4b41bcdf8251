import { escaped, trustGraph } from '@podtrust/core'
import { toDot } from '@podtrust/core/reporters/dot'
import { toMermaid } from '@podtrust/core/reporters/mermaid'
import { toSvg } from '@podtrust/core/reporters/svg'
import { DEFAULT_FAIL_ON, getExitCode } from '../exit-code.js'
import { UsageError } from '../failure.js'
import { gather } from '../gather.js'
import type { Arguments } from '../options.js'
import { deliver, parseTargets } from '../output.js'
import { describeError } from '../read-inputs.js'
import { complain, warn } from '../stderr.js'

const DRAW = { dot: toDot, mermaid: toMermaid, svg: toSvg }

/** `podtrust graph`: clusters, service accounts and roles as a picture. */
export async function graph(options: Arguments): Promise<number> {
  const targets = parseTargets(options.all('format'), ['dot', 'mermaid', 'svg'])
  const inputs = await gather(options)
  const isQuiet = options.has('quiet')
  for (const warning of inputs.warnings) warn(warning, isQuiet)
  const role = options.get('role')
  const found = trustGraph(inputs.inventory, role === undefined ? {} : { onlyRole: role })
  if (role !== undefined && found.nodes.length === 0)
    throw new UsageError(
      `--role: nobody can assume a role with the name, ARN or address \`${escaped(role)}\``,
    )
  if (inputs.names.length > 0) for (const target of targets) deliver(DRAW[target.format](found), target)
  for (const error of inputs.errors) complain(escaped(describeError(error)))
  const hidden = found.gaps.length - inputs.errors.length
  if (hidden > 0)
    warn(
      `not in the picture: ${found.gaps[0]?.reason ?? ''}${hidden > 1 ? `, and ${hidden - 1} more` : ''}`,
      isQuiet,
    )
  return getExitCode(
    { errors: inputs.errors.length, findings: [], isComplete: found.gaps.length === 0 },
    { failOn: DEFAULT_FAIL_ON, provedOnly: false, requireComplete: options.has('require-complete') },
  )
}
