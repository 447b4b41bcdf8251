import { escaped, whoCanAssume } from '@podtrust/core'
import type { Inventory, WhoReport } from '@podtrust/core'
import { toWhoJson } from '@podtrust/core/reporters/json'
import { toWhoText } from '@podtrust/core/reporters/who'
import { suggestion } from '../did-you-mean.js'
import { DEFAULT_FAIL_ON, getExitCode } from '../exit-code.js'
import { UsageError } from '../failure.js'
import { gather } from '../gather.js'
import type { Arguments } from '../options.js'
import { deliver, lookOf, parseTargets } from '../output.js'
import type { Target } from '../output.js'
import { describeError } from '../read-inputs.js'
import type { Inputs } from '../read-inputs.js'
import { complain, warn } from '../stderr.js'
import { version } from '../version.js'

/** `podtrust who`: exactly who each trust policy admits. */
export async function who(options: Arguments): Promise<number> {
  const targets = parseTargets(options.all('format'))
  const inputs = await gather(options)
  for (const warning of inputs.warnings) warn(warning, options.has('quiet'))
  const role = options.get('role')
  const report = whoCanAssume(inputs.inventory, role === undefined ? {} : { onlyRole: role })
  if (role !== undefined && report.roles.total === 0) throw new UsageError(noRole(role, inputs.inventory))
  for (const target of targets) {
    const text = render(report, target, inputs, options)
    if (text !== undefined) deliver(text, target)
  }
  for (const error of inputs.errors) complain(escaped(describeError(error)))
  return getExitCode(
    { errors: inputs.errors.length, findings: [], isComplete: report.gaps.length === 0 },
    { failOn: DEFAULT_FAIL_ON, provedOnly: false, requireComplete: options.has('require-complete') },
  )
}

function noRole(role: string, { roles }: Inventory): string {
  const names = new Set<string>()
  for (const { name } of roles) if (names.size < 10_000) names.add(name)
  return `--role: no role of the input has the name, ARN or address \`${role}\`${suggestion(role, [...names])}`
}

function render(report: WhoReport, target: Target, inputs: Inputs, options: Arguments): string | undefined {
  const { names, errors, otherFiles } = inputs
  switch (target.format) {
    case 'text':
      return names.length === 0 ? undefined : toWhoText(report, { ...lookOf(target, options), otherFiles })
    case 'json':
      return toWhoJson(report, { version, inputs: names.map((name) => ({ name })), errors, otherFiles })
  }
}
