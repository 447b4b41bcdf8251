import { checkTrust, escaped } from '@podtrust/core'
import type { Inventory, Report } from '@podtrust/core'
import { toJson } from '@podtrust/core/reporters/json'
import type { RunInfo } from '@podtrust/core/reporters/json'
import { toText } from '@podtrust/core/reporters/text'
import { DEFAULT_FAIL_ON, getExitCode, parseFailOn } from '../exit-code.js'
import type { Arguments } from '../options.js'
import { deliver, lookOf, parseTargets } from '../output.js'
import type { Target } from '../output.js'
import { describeError, readInputs } from '../read-inputs.js'
import type { Inputs } from '../read-inputs.js'
import { complain, warn } from '../stderr.js'
import { version } from '../version.js'

/** Makes a report one HTML page. */
export type MakePage = (report: Report, inventory: Inventory, run: RunInfo) => string

/**
 * `podtrust check`: weak or broken trust in files.
 *
 * @param makePage for `--format html`, whose code a check without a page does not load
 */
export async function check(options: Arguments, makePage?: MakePage): Promise<number> {
  const targets = parseTargets(options.all('format'), ['text', 'json', 'html'])
  const failOn = options.get('fail-on')
  const rules = {
    failOn: failOn === undefined ? DEFAULT_FAIL_ON : parseFailOn(failOn),
    provedOnly: options.has('proved-only'),
    requireComplete: options.has('require-complete'),
  }
  const inputs = await readInputs(options.positionals, {
    roleArn: options.get('role-arn'),
    roleName: options.get('role-name'),
    stdinFilename: options.get('stdin-filename'),
    terraformDir: options.get('terraform-dir'),
  })
  for (const warning of inputs.warnings) warn(warning, options.has('quiet'))
  const wantsAnalyses = targets.some(({ format }) => format !== 'text')
  const before = changesRoles(inputs.inventory) ? inputs.before() : undefined
  const report = checkTrust(inputs.inventory, {
    all: options.has('all'),
    analyses: wantsAnalyses,
    ...(before === undefined ? {} : { before }),
  })
  for (const target of targets) {
    const text = render(report, target, inputs, options, makePage)
    if (text !== undefined) deliver(text, target)
  }
  for (const error of inputs.errors) complain(escaped(describeError(error)))
  const { findings, coverage } = report
  return getExitCode({ errors: inputs.errors.length, findings, isComplete: coverage.complete }, rules)
}

/** Whether a plan changes roles that stand already: only then is what was before worth reading. */
function changesRoles({ roles }: Inventory): boolean {
  for (const { change, changedBy } of roles)
    if (change === 'update' || change === 'replace' || changedBy !== undefined) return true
  return false
}

function render(
  report: Report,
  target: Target<'text' | 'json' | 'html'>,
  inputs: Inputs,
  options: Arguments,
  makePage: MakePage | undefined,
): string | undefined {
  const { names, errors, otherFiles, inventory } = inputs
  const run = { version, inputs: names.map((name) => ({ name })), errors, otherFiles }
  switch (target.format) {
    case 'text':
      // Where nothing could be read there is nothing to report beside the errors.
      return names.length === 0 ? undefined : toText(report, { ...lookOf(target, options), otherFiles })
    case 'json':
      return toJson(report, run)
    case 'html':
      if (makePage === undefined) throw new Error('a page was asked for where none can be made')
      return makePage(report, inventory, run)
  }
}

/** Whether `--format html` is among the options. */
export function wantsPage(options: Arguments): boolean {
  return options.all('format').some((value) => value === 'html' || value.startsWith('html='))
}
