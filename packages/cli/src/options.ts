/** What stands on the command line: the options of a command, and how arguments are parted into them. */
import { suggestion } from './did-you-mean.js'
import { UsageError } from './failure.js'

export interface OptionSpec {
  readonly name: string
  readonly short?: string
  /** What the value is called in the help; an option without one is a switch. */
  readonly value?: string
  /** For a switch that may have a value behind `=`. */
  readonly optional?: readonly string[]
  readonly help: readonly string[]
}

/** Arguments, parted. */
export interface Arguments {
  readonly positionals: readonly string[]
  has(name: OptionName): boolean
  /** The last value given. */
  get(name: OptionName): string | undefined
  all(name: OptionName): readonly string[]
}

const table = [
  {
    name: 'format',
    short: 'f',
    value: 'FORMAT[=FILE]',
    help: [
      'text (the default) or json; of check, audit and compare also html; of graph dot',
      '(the default), mermaid or svg; to a file where one is named; may be',
      'repeated, with one of them to standard output',
    ],
  },
  {
    name: 'fail-on',
    value: 'SEVERITY',
    help: [
      'low, medium (the default), high, critical or none; or by kind:',
      'exposure=medium,breakage=high,hygiene=none',
    ],
  },
  { name: 'proved-only', help: ['findings that are possible and not proved do not fail the run'] },
  { name: 'require-complete', help: ['exit with 3 where not everything could be checked'] },
  { name: 'all', help: ['also the roles that a plan leaves as they are'] },
  { name: 'role', value: 'ROLE', help: ['only the role with this name, ARN or address'] },
  { name: 'subject', value: 'NAMESPACE/NAME', help: ['the service account that asks'] },
  { name: 'cluster', value: 'CLUSTER', help: ['its cluster, by name or ARN, where the inputs hold several'] },
  { name: 'audience', value: 'AUDIENCE', help: ['the audience of its token, sts.amazonaws.com by default'] },
  {
    name: 'mechanism',
    value: 'HOW',
    help: ['irsa or pod-identity, where it is not the one that the pod would use'],
  },
  {
    name: 'token',
    value: 'FILE',
    help: ['the token that is sent, instead of --subject; - for standard input'],
  },
  {
    name: 'error',
    value: 'TEXT',
    help: ['the text of an error, to explain by itself; - for standard input'],
  },
  { name: 'role-arn', value: 'ARN', help: ['the role that a bare trust policy belongs to'] },
  { name: 'role-name', value: 'NAME', help: ['the same by name alone'] },
  {
    name: 'terraform-dir',
    value: 'DIR',
    help: [
      'where the configuration of a plan is; by default it is looked for',
      'in the folder of the plan and in the working folder',
    ],
  },
  { name: 'jwks', value: 'FILE', help: ['the key set to check the signature with'] },
  {
    name: 'fetch-jwks',
    help: [
      'fetch the key set from the issuer: over https, of an EKS cluster or what',
      '--issuer names, never from a private address',
    ],
  },
  { name: 'issuer', value: 'URL', help: ['the issuer that the token must be of'] },
  { name: 'live', help: ['read the AWS account, as audit does, beside the inputs'] },
  {
    name: 'snapshot',
    value: 'FILE',
    help: ['a file of `podtrust snapshot` in the place of the account'],
  },
  { name: 'profile', value: 'NAME', help: ['the profile of the AWS configuration to use'] },
  {
    name: 'region',
    value: 'REGION',
    help: [
      'look for clusters there alone; may be repeated. Without it: in the',
      'configured Region and those that OIDC providers name',
    ],
  },
  { name: 'all-regions', help: ['look for clusters in every Region that EKS has'] },
  { name: 'endpoint-url', value: 'URL', help: ['ask there instead of AWS: an emulator, a private endpoint'] },
  {
    name: 'accounts',
    value: 'ACCOUNTS',
    help: ['these accounts, parted by commas, one after the other, in one report'],
  },
  { name: 'assume-role-name', value: 'NAME', help: ['the role to assume in each of them'] },
  { name: 'external-id', value: 'ID', help: ['the external id to assume it with'] },
  {
    name: 'kubernetes',
    help: ['also read service accounts, pods and RBAC from the API of each cluster'],
  },
  { name: 'kubeconfig', value: 'FILE', help: ['reach clusters by its contexts instead of AWS credentials'] },
  { name: 'context', value: 'NAME', help: ['one context of it alone'] },
  {
    name: 'probe-issuers',
    help: [
      'also ask the address of each issuer, over https, whether its document is',
      'there or anybody may claim it; not of EKS and of services that many share',
    ],
  },
  { name: 'timeout', value: 'SECONDS', help: ['stop reading then, and report what is known'] },
  { name: 'details', help: ['each finding with its lines, below the summary'] },
  { name: 'output', short: 'o', value: 'FILE', help: ['where to write; - for standard output'] },
  { name: 'stdin-filename', value: 'NAME', help: ['what to call standard input in reports'] },
  { name: 'quiet', short: 'q', help: ['no warnings on standard error'] },
  {
    name: 'verbose',
    short: 'v',
    help: ['more: the whole request of each witness, all gaps, stacks of errors'],
  },
  {
    name: 'color',
    optional: ['always', 'never', 'auto'],
    help: [
      'always, also --color=never and --color=auto; without it NO_COLOR,',
      'then FORCE_COLOR, then whether this is a terminal decide',
    ],
  },
  { name: 'no-color', help: ['the same as --color=never'] },
  { name: 'help', short: 'h', help: ['this text'] },
  { name: 'version', short: 'V', help: ['the version'] },
] as const satisfies readonly OptionSpec[]

export type OptionName = (typeof table)[number]['name']

export const optionTable: readonly (OptionSpec & { readonly name: OptionName })[] = table

/**
 * Parts arguments into options and the rest. `--name value` and `--name=value` are the same, so are `-f json` and
 * `-fjson`; switches of one letter may stand together; what follows `--` is no option; `-` is standard input.
 *
 * @param allowed the options of the command
 * @throws UsageError
 */
export function parseArguments(args: readonly string[], allowed: readonly OptionName[]): Arguments {
  const positionals: string[] = []
  const values = new Map<string, string[]>()
  const add = (name: string, value?: string): void => {
    const list = values.get(name) ?? []
    values.set(name, value === undefined ? list : [...list, value])
  }
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? ''
    if (argument === '--') {
      positionals.push(...args.slice(index + 1))
      break
    }
    if (argument === '-' || !argument.startsWith('-')) {
      positionals.push(argument)
      continue
    }
    for (const { spec, value, isJoined } of optionsIn(argument, allowed)) {
      if (spec.value === undefined) add(spec.name, switchValue(spec, value))
      else if (isJoined) add(spec.name, value ?? '')
      else {
        const next = args[++index]
        if (next === undefined)
          throw new UsageError(`--${spec.name} wants a value: --${spec.name} ${spec.value}`)
        add(spec.name, next)
      }
    }
  }
  return {
    positionals,
    has: (name) => values.has(name),
    get: (name) => values.get(name)?.at(-1),
    all: (name) => values.get(name) ?? [],
  }
}

interface Given {
  readonly spec: OptionSpec
  readonly value?: string | undefined
  readonly isJoined: boolean
}

/** The options in one argument: one, or several of one letter. */
function optionsIn(argument: string, allowed: readonly OptionName[]): readonly Given[] {
  const known = optionTable.filter(({ name }) => allowed.includes(name))
  if (argument.startsWith('--')) {
    const equals = argument.indexOf('=')
    const name = argument.slice(2, equals < 0 ? undefined : equals)
    const spec = known.find((one) => one.name === name)
    if (spec === undefined) throw new UsageError(unknownOption(name, known))
    return [{ spec, value: equals < 0 ? undefined : argument.slice(equals + 1), isJoined: equals >= 0 }]
  }
  const found: Given[] = []
  for (let index = 1; index < argument.length; index++) {
    const spec = known.find(({ short }) => short === argument[index])
    if (spec === undefined) {
      const more =
        argument.length > 2
          ? suggestion(
              argument.slice(1),
              known.map(({ name }) => name),
            )
          : ''
      throw new UsageError(
        `unknown option \`-${argument[index] ?? ''}\` in \`${argument}\`${more}; \`podtrust --help\` lists the options`,
      )
    }
    const rest = argument.slice(index + 1)
    if (spec.value === undefined || rest === '') found.push({ spec, isJoined: false })
    else return [...found, { spec, value: rest.startsWith('=') ? rest.slice(1) : rest, isJoined: true }]
  }
  return found
}

function unknownOption(name: string, known: readonly OptionSpec[]): string {
  const meant = suggestion(
    name,
    known.map((one) => one.name),
  ).replace('`', '`--')
  const elsewhere = optionTable.some((one) => one.name === name)
    ? 'this command has no option'
    : 'unknown option'
  return `${elsewhere} \`--${name}\`${meant}; \`podtrust --help\` lists the options`
}

function switchValue({ name, optional }: OptionSpec, value: string | undefined): string | undefined {
  if (value === undefined) return undefined
  if (optional === undefined) throw new UsageError(`--${name} takes no value`)
  if (optional.includes(value)) return value
  throw new UsageError(
    `--${name}: \`${value}\` is not one of ${optional.join(', ')}${suggestion(value, optional)}`,
  )
}
