import { compareMechanisms, escaped } from '@podtrust/core'
import type { MechanismComparison } from '@podtrust/core'
import { toCompareJson, toCompareText } from '@podtrust/core/reporters/compare'
import { toCompareHtml } from '@podtrust/core/reporters/html'
import { DEFAULT_FAIL_ON, getExitCode } from '../exit-code.js'
import { gather } from '../gather.js'
import type { Arguments } from '../options.js'
import { deliver, lookOf, parseTargets } from '../output.js'
import type { Target } from '../output.js'
import { describeError } from '../read-inputs.js'
import type { Inputs } from '../read-inputs.js'
import { complain, warn } from '../stderr.js'
import { version } from '../version.js'

/** `podtrust compare`: IRSA against Pod Identity, a row per service account. */
export async function compare(options: Arguments): Promise<number> {
  const targets = parseTargets(options.all('format'), ['text', 'json', 'html'])
  const inputs = await gather(options)
  for (const warning of inputs.warnings) warn(warning, options.has('quiet'))
  const cluster = options.get('cluster')
  const comparison = compareMechanisms(inputs.inventory, cluster === undefined ? {} : { cluster })
  for (const target of targets) {
    const text = render(comparison, target, inputs, options)
    if (text !== undefined) deliver(text, target)
  }
  for (const error of inputs.errors) complain(escaped(describeError(error)))
  return getExitCode(
    { errors: inputs.errors.length, findings: [], isComplete: comparison.gaps.length === 0 },
    { failOn: DEFAULT_FAIL_ON, provedOnly: false, requireComplete: options.has('require-complete') },
  )
}

function render(
  comparison: MechanismComparison,
  target: Target<'text' | 'json' | 'html'>,
  inputs: Inputs,
  options: Arguments,
): string | undefined {
  const { names, errors, otherFiles } = inputs
  const run = { version, inputs: names.map((name) => ({ name })), errors, otherFiles }
  switch (target.format) {
    case 'text':
      return names.length === 0
        ? undefined
        : toCompareText(comparison, { ...lookOf(target, options), otherFiles })
    case 'json':
      return toCompareJson(comparison, run)
    case 'html':
      return toCompareHtml(comparison, run)
  }
}
