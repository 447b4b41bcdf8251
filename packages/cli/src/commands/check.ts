import { checkTrust, checkTrustStream, escaped, inventoryOf, quoted } from '@podtrust/core'
import type { CheckOptions, Inventory, Report, Role } from '@podtrust/core'
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
    streams: true,
  })
  for (const warning of inputs.warnings) warn(warning, options.has('quiet'))
  const wantsAnalyses = targets.some(({ format }) => format !== 'text')
  const before = changesRoles(inputs.inventory) ? inputs.before() : undefined
  const checkOptions = { all: options.has('all'), ...(before === undefined ? {} : { before }) }
  const report =
    inputs.streams.length === 0
      ? checkTrust(inputs.inventory, { ...checkOptions, analyses: wantsAnalyses })
      : await checkStreams(inputs, checkOptions)
  for (const target of targets) {
    const text = render(report, target, inputs, options, makePage)
    if (text !== undefined) deliver(text, target)
  }
  for (const error of inputs.errors) complain(escaped(describeError(error)))
  const { findings, coverage } = report
  return getExitCode({ errors: inputs.errors.length, findings, isComplete: coverage.complete }, rules)
}

/**
 * Checks roles that stream by together with all others. What needs roles to be kept is told of the others, and of those
 * streamed roles that another input holds too: which roles are in two inputs, and what a plan widens.
 */
async function checkStreams({ inventory, streams }: Inputs, options: CheckOptions): Promise<Report> {
  const { before, ...rest } = options
  const now = new Date()
  const { facts } = inventoryOf(inventory, ...streams.map((stream) => ({ facts: stream.facts, roles: [] })))
  const elsewhere = new Set<string | undefined>()
  const kept: Role[] = []
  async function* roles(): AsyncGenerator<Role> {
    for (const role of inventory.roles) {
      elsewhere.add(identityOf(role))
      yield role
    }
    for (const stream of streams) {
      for await (const role of stream.roles) {
        const identity = elsewhere.size === 0 ? undefined : identityOf(role)
        if (identity !== undefined && elsewhere.has(identity)) kept.push(role)
        yield role
      }
    }
  }
  const report = await checkTrustStream(roles(), facts, { ...rest, now })
  const held = inventoryOf(inventory, { facts, roles: kept })
  if ((held.inputs ?? 1) < 2 && before === undefined) return report
  const { coverage, widened } = checkTrust({ ...held, facts }, { ...options, now })
  const { conflicts } = coverage
  return {
    ...report,
    coverage: { ...report.coverage, ...(conflicts === undefined ? {} : { conflicts }) },
    ...(widened === undefined ? {} : { widened }),
  }
}

/** By which two inputs hold one role. */
function identityOf({ account, arn, name }: Role): string | undefined {
  return account === undefined ? arn : `${account} ${name}`
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
  const { names, errors, otherFiles, inventory, streams } = inputs
  const run = {
    version,
    inputs: names.map((name) => ({ name })),
    errors,
    otherFiles,
    ...(streams.length === 0 ? {} : { analysesLeftOut: analysesLeftOut(streams) }),
  }
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

/** What each of a million roles admits would be many times as long as the dump. */
function analysesLeftOut(streams: Inputs['streams']): string {
  const names = streams.map(({ name }) => quoted(name)).join(', ')
  return `${names} is too large to tell what each role admits; \`podtrust who\` tells it of a part`
}
