import { accountSummary, checkTrust, escaped } from '@podtrust/core'
import type { Inventory, Report } from '@podtrust/core'
import { toAuditText } from '@podtrust/core/reporters/audit'
import { toJson } from '@podtrust/core/reporters/json'
import { toText } from '@podtrust/core/reporters/text'
import { htmlReport } from './html-report.js'
import { DEFAULT_FAIL_ON, getExitCode, parseFailOn, signalCode } from '../exit-code.js'
import { gather } from '../gather.js'
import type { Gathered } from '../gather.js'
import type { Arguments } from '../options.js'
import { deliver, lookOf, parseTargets } from '../output.js'
import type { Target } from '../output.js'
import { describeError } from '../read-inputs.js'
import { complain, warn } from '../stderr.js'
import { version } from '../version.js'

/** `podtrust audit`: weak or broken trust in an AWS account, or in a snapshot of one. */
export async function audit(options: Arguments): Promise<number> {
  const targets = parseTargets(options.all('format'), ['text', 'json', 'html'])
  const failOn = options.get('fail-on')
  const rules = {
    failOn: failOn === undefined ? DEFAULT_FAIL_ON : parseFailOn(failOn),
    provedOnly: options.has('proved-only'),
    requireComplete: options.has('require-complete'),
  }
  const inputs = await gather(options, true)
  for (const warning of inputs.warnings) warn(warning, options.has('quiet'))
  const { inventory, live } = inputs
  const now = new Date()
  const wantsAnalyses = targets.some(({ format }) => format !== 'text')
  const report = checkTrust(inventory, { now, all: true, analyses: wantsAnalyses })
  for (const target of targets) deliver(render(report, inventory, now, target, inputs, options), target)
  for (const error of inputs.errors) complain(escaped(describeError(error)))
  const { findings, coverage } = report
  if (live?.signal !== undefined) return signalCode(live.signal)
  return getExitCode(
    {
      errors: inputs.errors.length,
      findings,
      isComplete: coverage.complete,
      isOutOfReach: live?.isOutOfReach === true,
    },
    rules,
  )
}

function render(
  report: Report,
  inventory: Inventory,
  now: Date,
  target: Target<'text' | 'json' | 'html'>,
  { names, errors, otherFiles }: Gathered,
  options: Arguments,
): string {
  const run = { version, inputs: names.map((name) => ({ name })), errors, otherFiles }
  switch (target.format) {
    case 'text': {
      const look = lookOf(target, options)
      const summary = accountSummary(inventory, report.findings, { now })
      const details = options.has('details')
      const screen = toAuditText(report, summary, {
        ...look,
        ...(details
          ? {}
          : { detailsHint: '`--details` shows each finding with its lines, its witness and its mend' }),
      })
      return details && report.findings.length > 0 ? `${screen}\n${toText(report, look)}` : screen
    }
    case 'json':
      return toJson(report, run)
    case 'html':
      return htmlReport(report, inventory, run)
  }
}
