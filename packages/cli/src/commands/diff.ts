import { diffTrust, escaped } from '@podtrust/core'
import type { RoleChange, TrustDiff } from '@podtrust/core'
import { toDiffJson, toDiffText } from '@podtrust/core/reporters/diff'
import { DEFAULT_FAIL_ON, getExitCode, parseFailOn } from '../exit-code.js'
import type { Outcome } from '../exit-code.js'
import { UsageError } from '../failure.js'
import type { Arguments } from '../options.js'
import { deliver, lookOf, parseTargets } from '../output.js'
import type { Target } from '../output.js'
import { describeError, readInputs } from '../read-inputs.js'
import type { Inputs } from '../read-inputs.js'
import { complain, warn } from '../stderr.js'
import { version } from '../version.js'

/** `podtrust diff`: who gains and who loses access. */
export async function diff(options: Arguments): Promise<number> {
  const targets = parseTargets(options.all('format'))
  const failOn = options.get('fail-on')
  const rules = {
    failOn: failOn === undefined ? DEFAULT_FAIL_ON : parseFailOn(failOn),
    provedOnly: options.has('proved-only'),
    requireComplete: options.has('require-complete'),
  }
  const inputs = await sidesOf(options)
  const wasRead = inputs.every(({ names }) => names.length > 0)
  for (const warning of inputs.flatMap(({ warnings }) => warnings)) warn(warning, options.has('quiet'))
  const found = wasRead ? compared(inputs) : undefined
  for (const target of targets) {
    const text = render(found, target, inputs, options)
    if (text !== undefined) deliver(text, target)
  }
  const errors = inputs.flatMap((side) => side.errors)
  for (const error of errors) complain(escaped(describeError(error)))
  const isComplete = found !== undefined && found.gaps.length === 0
  return getExitCode(
    { errors: errors.length, findings: (found?.changes ?? []).flatMap(gainOf), isComplete },
    rules,
  )
}

/** One input is a plan, two are what was and what is. */
async function sidesOf(options: Arguments): Promise<readonly Inputs[]> {
  const { positionals } = options
  if (positionals.length === 0 || positionals.length > 2)
    throw new UsageError('diff takes two inputs, or one Terraform plan: podtrust diff BEFORE AFTER')
  if (positionals.every((one) => one === '-') && positionals.length === 2)
    throw new UsageError('standard input is one input; name a file for the other')
  const sides: Inputs[] = []
  for (const argument of positionals) {
    sides.push(
      await readInputs([argument], {
        roleArn: options.get('role-arn'),
        roleName: options.get('role-name'),
        stdinFilename: options.get('stdin-filename'),
        terraformDir: options.get('terraform-dir'),
      }),
    )
  }
  return sides
}

function compared([first, second]: readonly Inputs[]): TrustDiff | undefined {
  if (first === undefined) return undefined
  if (second !== undefined) return diffTrust(first.inventory, second.inventory)
  const before = first.before()
  if (before !== undefined) return diffTrust(before, first.inventory)
  throw new UsageError(
    `\`${escaped(first.names[0] ?? '')}\` is no Terraform plan, so there is nothing to compare it with: podtrust diff BEFORE AFTER`,
  )
}

/** A gain counts as a finding does, whatever its severity. */
function gainOf({ widens, callers, associations }: RoleChange): Outcome['findings'] {
  if (!widens) return []
  const isProved =
    (associations?.gained.length ?? 0) > 0 ||
    callers.some(({ gained }) => gained.some(({ certainty }) => certainty === 'certain'))
  return [{ kind: 'exposure', severity: 'critical', certainty: isProved ? 'proved' : 'possible' }]
}

function render(
  found: TrustDiff | undefined,
  target: Target,
  inputs: readonly Inputs[],
  options: Arguments,
): string | undefined {
  const otherFiles = inputs.reduce((total, side) => total + side.otherFiles, 0)
  switch (target.format) {
    case 'text':
      return found && toDiffText(found, { ...lookOf(target, options), otherFiles })
    case 'json': {
      const run = {
        version,
        inputs: inputs.flatMap(({ names }) => names.map((name) => ({ name }))),
        errors: inputs.flatMap(({ errors }) => errors),
        otherFiles,
      }
      return toDiffJson(found ?? NOTHING, run)
    }
  }
}

/** What is said where a side could not be read: the errors tell why. */
const NOTHING: TrustDiff = {
  changes: [],
  roles: { before: 0, after: 0, unchanged: 0, appeared: 0, disappeared: 0 },
  gaps: [{ kind: 'role', subject: 'inputs', reason: 'one of the two sides could not be read' }],
}
