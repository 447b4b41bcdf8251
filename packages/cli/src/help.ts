/** What `podtrust --help` prints, and `podtrust COMMAND --help`. */
import { optionTable } from './options.js'
import type { OptionName } from './options.js'

export interface CommandText {
  readonly name: string
  readonly usage: string
  /** One line for the list of commands. */
  readonly summary: string
  readonly about: readonly string[]
  readonly options: readonly OptionName[]
  readonly examples: readonly (readonly [command: string, what: string])[]
  readonly exitCodes: readonly (readonly [code: string, meaning: string])[]
}

const COMMON: readonly OptionName[] = ['quiet', 'verbose', 'color', 'no-color', 'help']
const INPUT: readonly OptionName[] = ['role-arn', 'role-name', 'terraform-dir', 'stdin-filename']
const LIVE: readonly OptionName[] = [
  'profile',
  'region',
  'all-regions',
  'endpoint-url',
  'accounts',
  'assume-role-name',
  'external-id',
  'kubernetes',
  'kubeconfig',
  'context',
  'timeout',
]
const BAD_USAGE = [
  '2',
  'wrong usage, or an input that could not be read, after the rest was reported',
] as const
const INCOMPLETE = ['3', 'not everything could be checked, with --require-complete'] as const

const INPUTS: readonly string[] = [
  'INPUT is a file, a folder, a pattern, or - for standard input. What it is, its content tells:',
  '  a trust policy',
  '  terraform show -json, of a plan or a state',
  '  a CloudFormation or SAM template',
  '  Kubernetes manifests, and what kubectl get serviceaccounts,namespaces -A -o json prints',
  '  aws iam get-account-authorization-details, list-roles, get-role,',
  '    list-open-id-connect-providers, get-open-id-connect-provider',
  '  aws eks describe-cluster, describe-pod-identity-association',
  '  a file of podtrust snapshot',
  'Several inputs are one inventory. Of a folder the .json, .yaml and .yml files are read,',
  'those below included, except in hidden folders and node_modules.',
]

export const commandTexts: readonly CommandText[] = [
  {
    name: 'check',
    usage: 'podtrust check [OPTIONS] INPUT...',
    summary: 'weak or broken trust in files: the check for CI',
    about: [
      'Checks the trust policies of IAM roles that pods assume, by IRSA or EKS Pod Identity.',
      '',
      ...INPUTS,
    ],
    options: ['format', 'fail-on', 'proved-only', 'require-complete', 'all', ...INPUT, ...COMMON],
    examples: [
      ['podtrust check plan.json', 'the roles that a Terraform plan creates or changes'],
      ['podtrust check policies/ --fail-on high', 'a folder; only high and critical findings fail'],
      ['aws iam list-roles | podtrust check -', 'the roles of an account'],
      ['podtrust check account.json -f text -f json=report.json', 'two reports'],
    ],
    exitCodes: [
      ['0', 'clean, or nothing to check'],
      ['1', 'a finding at or above the severity of --fail-on; info never fails a run'],
      BAD_USAGE,
      INCOMPLETE,
    ],
  },
  {
    name: 'audit',
    usage: 'podtrust audit [OPTIONS] [INPUT...]',
    summary: 'weak or broken trust in an AWS account, read live',
    about: [
      'Reads roles and OIDC providers from IAM, clusters and Pod Identity associations from EKS and, with',
      '--kubernetes, service accounts from the clusters; joins them, and INPUT if there is any; and shows one screen:',
      'what was seen, the clusters, the roles to look at first, the findings by cause. It only reads. What could not',
      'be read is said with the permission that it takes; `podtrust permissions` prints all of them.',
      '',
      'Credentials and Region are those of the AWS SDK: the environment, profiles, SSO, the instance.',
    ],
    options: [
      'format',
      'details',
      'fail-on',
      'proved-only',
      'require-complete',
      'snapshot',
      ...LIVE,
      'probe-issuers',
      ...INPUT,
      ...COMMON,
    ],
    examples: [
      ['podtrust audit', 'the account of the current credentials'],
      ['podtrust audit --profile prod --kubernetes --details', 'also its clusters, and every finding'],
      [
        'podtrust audit --accounts 111122223333,444455556666 --assume-role-name Audit',
        'several accounts, one report',
      ],
    ],
    exitCodes: [
      ['0', 'clean'],
      ['1', 'a finding at or above the severity of --fail-on; info never fails a run'],
      ['2', 'wrong usage, or an input that could not be read'],
      ['3', 'not everything could be read, with --require-complete; or AWS is out of reach'],
      ['130', 'ended by Ctrl-C, with a report of what was known'],
    ],
  },
  {
    name: 'snapshot',
    usage: 'podtrust snapshot [OPTIONS] -o FILE',
    summary: 'what audit reads, in one file for later',
    about: [
      'Writes what a live read sees into one file. Every command reads it like any other input, without credentials,',
      'and reports the same. It holds no credentials, tokens or certificates.',
    ],
    options: ['output', 'require-complete', ...LIVE, 'probe-issuers', ...COMMON],
    examples: [
      ['podtrust snapshot -o account.json', 'keep the account of today'],
      ['podtrust check account.json', 'judge it later, or elsewhere'],
      ['podtrust diff last-week.json account.json', 'who gained access since'],
    ],
    exitCodes: [
      ['0', 'written'],
      ['2', 'wrong usage, or the file cannot be written'],
      ['3', 'not everything could be read, with --require-complete; or AWS is out of reach'],
      ['130', 'ended by Ctrl-C; the file holds what was known'],
    ],
  },
  {
    name: 'who',
    usage: 'podtrust who [OPTIONS] INPUT...',
    summary: 'exactly who each trust policy admits',
    about: [
      'Shows which service accounts, tokens and AWS callers each role admits: a list, or the pattern with an',
      'example. Where not everything can be told there are two lines: certain, who surely gets in, and',
      'possible, outside of which nobody does.',
      '',
      ...INPUTS,
    ],
    options: ['format', 'role', 'require-complete', 'live', ...LIVE, ...INPUT, ...COMMON],
    examples: [
      ['podtrust who account.json', 'every role of an account'],
      ['podtrust who --live --role uploader', 'one, read from the account'],
      ['podtrust who account.json --role uploader', 'one of them'],
      [
        'podtrust who policy.json --role-arn arn:aws:iam::111122223333:role/app',
        'a bare policy and whose it is',
      ],
    ],
    exitCodes: [['0', 'answered'], BAD_USAGE, INCOMPLETE],
  },
  {
    name: 'compare',
    usage: 'podtrust compare [OPTIONS] INPUT...',
    summary: 'IRSA against Pod Identity, a row per service account',
    about: [
      'Shows for each service account the role of its annotation, the roles whose trust admits it by name, and the',
      'role of its Pod Identity association, which of them new pods get, and what is wrong: an association wins',
      'over an annotation even where its role does not admit the pods, or where they run on Fargate.',
      '',
      ...INPUTS,
    ],
    options: ['format', 'cluster', 'require-complete', 'live', ...LIVE, ...INPUT, ...COMMON],
    examples: [
      ['podtrust compare account.json associations/ service-accounts.json', 'everything that was read'],
      ['podtrust compare --live --kubernetes', 'the account and its clusters, read live'],
      ['podtrust compare account.json manifests/ --cluster prod', 'manifests that are meant for one cluster'],
    ],
    exitCodes: [['0', 'answered'], BAD_USAGE, INCOMPLETE],
  },
  {
    name: 'diff',
    usage: 'podtrust diff [OPTIONS] BEFORE AFTER | PLAN',
    summary: 'who gains and who loses access between two inputs, or by a plan',
    about: [
      'Compares each role of AFTER with what it was in BEFORE: who gains access and who loses it, exactly, each',
      'with an example that was proved. One Terraform plan alone is compared with what stands before it. Two',
      'policies that admit the same callers are no change, whatever they look like.',
      '',
      ...INPUTS,
    ],
    options: ['format', 'fail-on', 'proved-only', 'require-complete', ...INPUT, ...COMMON],
    examples: [
      ['podtrust diff plan.json', 'what a Terraform plan changes'],
      ['podtrust diff last-week.json today.json', 'two dumps of an account'],
      ['podtrust diff plan.json --fail-on none', 'only to be read'],
    ],
    exitCodes: [
      ['0', 'nobody gains access'],
      ['1', 'somebody does; never with --fail-on none'],
      BAD_USAGE,
      ['3', 'not everything could be compared, with --require-complete'],
    ],
  },
  {
    name: 'graph',
    usage: 'podtrust graph [OPTIONS] INPUT...',
    summary: 'clusters, service accounts and roles as a picture',
    about: [
      'Draws which service accounts and other callers can assume which roles, as dot, mermaid or svg. Thick',
      'lines are meant, by an annotation or an association; thin ones the trust merely lets in.',
      '',
      ...INPUTS,
    ],
    options: ['format', 'role', 'require-complete', 'live', ...LIVE, ...INPUT, ...COMMON],
    examples: [
      ['podtrust graph account.json manifests/ -f svg=trust.svg', 'a picture that any browser shows'],
      ['podtrust graph account.json | dot -Tpng -o trust.png', 'by Graphviz'],
    ],
    exitCodes: [['0', 'drawn'], BAD_USAGE, INCOMPLETE],
  },
  {
    name: 'explain',
    usage:
      'podtrust explain --role ROLE (--subject NAMESPACE/NAME | --token FILE) [OPTIONS] INPUT...\n' +
      '       podtrust explain --error TEXT',
    summary: 'why a pod can or cannot assume a role, and what would mend it',
    about: [
      'Takes the steps that STS or EKS takes for one role and one service account or token: what each asked and',
      'found, the error that the pod sees, the causes that fit, and the one change that mends it, with whom the',
      'role admits before and after. What the inputs do not hold is never taken for missing. With --error it',
      'names the causes of an error of STS, EKS Pod Identity or an SDK by its text alone. The errors of EKS Auth and',
      'of the agent are documented by their codes; what the pod sees may be worded otherwise than shown here.',
      '--format is text, json or markdown.',
      '',
      ...INPUTS,
    ],
    options: [
      'role',
      'subject',
      'cluster',
      'audience',
      'mechanism',
      'token',
      'error',
      'format',
      'live',
      ...LIVE,
      ...INPUT,
      ...COMMON,
    ],
    examples: [
      ['podtrust explain --role uploader --subject prod/app account.json', 'one service account'],
      ['podtrust explain --role uploader --token token.jwt account.json', 'the token of a pod'],
      ['podtrust explain --error "InvalidIdentityToken: Incorrect token audience"', 'an error by itself'],
    ],
    exitCodes: [
      ['0', 'the role can be assumed; for --error: explained'],
      ['1', 'it cannot, or the inputs do not tell'],
      ['2', 'wrong usage, an unknown error, or an input that could not be read'],
    ],
  },
  {
    name: 'token',
    usage: 'podtrust token [OPTIONS] [FILE|-]',
    summary: 'the claims of a projected token, and what they mean for AWS',
    about: [
      'Reads a service account token and shows whose it is, for whom, for how long and what it is bound to, and',
      'whether IRSA or EKS Pod Identity would take it. Without FILE it is the one that AWS_WEB_IDENTITY_TOKEN_FILE',
      'names. Neither the signature nor the token itself is ever printed. Only --fetch-jwks uses the network.',
    ],
    options: [
      'jwks',
      'fetch-jwks',
      'issuer',
      'format',
      'fail-on',
      'proved-only',
      'stdin-filename',
      ...COMMON,
    ],
    examples: [
      ['podtrust token token.jwt', 'what a token says'],
      [
        'kubectl create token app -n prod --audience sts.amazonaws.com | podtrust token -',
        'from standard input',
      ],
      ['podtrust token token.jwt --jwks keys.json', 'also whether its signature holds'],
      ['podtrust token --fetch-jwks', 'in a pod, with the keys of its cluster'],
    ],
    exitCodes: [
      ['0', 'nothing wrong with it'],
      ['1', 'a finding at or above the severity of --fail-on; info never fails a run'],
      ['2', 'wrong usage, no token, or keys that must not be fetched'],
      ['3', 'the issuer is out of reach'],
    ],
  },
  {
    name: 'permissions',
    usage: 'podtrust permissions [iam|kubernetes]',
    summary: 'the least that audit needs: an IAM policy and a ClusterRole',
    about: [
      'Prints the IAM policy and the objects of Kubernetes that a live read needs. All of it only reads.',
    ],
    options: COMMON,
    examples: [
      ['podtrust permissions iam > audit-policy.json', 'the policy alone'],
      ['podtrust permissions kubernetes | kubectl apply -f -', 'the ClusterRole into a cluster'],
    ],
    exitCodes: [
      ['0', 'printed'],
      ['2', 'wrong usage'],
    ],
  },
  {
    name: 'rules',
    usage: 'podtrust rules [ID]',
    summary: "the rules of check, or one rule's page",
    about: ['Lists the rules, or prints the page of one: what goes wrong, who gets in, and how to mend it.'],
    options: COMMON,
    examples: [['podtrust rules any-service-account', 'one page']],
    exitCodes: [
      ['0', 'printed'],
      ['2', 'wrong usage'],
    ],
  },
  {
    name: 'schema',
    usage: 'podtrust schema report|explain|compare|snapshot',
    summary: 'the JSON Schema of the JSON reports and of snapshots',
    about: [
      'Prints the JSON Schema of what --format json writes: report for check, audit and who, explain and compare',
      'for the commands of that name; or that of snapshots.',
    ],
    options: COMMON,
    examples: [['podtrust schema report > report.schema.json', 'keep it']],
    exitCodes: [
      ['0', 'printed'],
      ['2', 'wrong usage'],
    ],
  },
]

export function mainHelp(): string {
  return lines([
    'podtrust shows exactly which Kubernetes service accounts can assume which AWS IAM roles, and what is',
    'wrong with that. It changes nothing, and all but audit, snapshot and --live runs offline, without credentials.',
    '',
    'Usage: podtrust COMMAND [OPTIONS] [INPUT...]',
    '',
    'Commands:',
    ...columns(commandTexts.map(({ name, summary }) => [name, [summary]])),
    '',
    'Examples:',
    ...columns(
      commandTexts
        .slice(0, 2)
        .flatMap(({ examples }) => examples.slice(0, 2))
        .map(([command, what]) => [command, [what]]),
    ),
    '',
    ...INPUTS,
    '',
    'Exit codes:',
    ...columns(
      [
        ['0', 'clean, or nothing to check'],
        ['1', 'a finding at or above the severity of --fail-on'],
        BAD_USAGE,
        INCOMPLETE,
      ].map(([code = '', meaning = '']) => [code, [meaning]]),
    ),
    '',
    '`podtrust COMMAND --help` tells more about one command. Documentation:',
    'https://github.com/podtrust/podtrust',
  ])
}

export function commandHelp({ usage, about, options, examples, exitCodes }: CommandText): string {
  const specs = optionTable.filter(({ name }) => options.includes(name))
  return lines([
    `Usage: ${usage}`,
    '',
    ...about,
    '',
    'Options:',
    ...columns(
      specs.map(({ name, short, value, help }) => {
        const letter = short === undefined ? '    ' : `-${short}, `
        return [`${letter}--${name}${value === undefined ? '' : ` ${value}`}`, help]
      }),
    ),
    '',
    'Examples:',
    ...columns(examples.map(([command, what]) => [command, [what]])),
    '',
    'Exit codes:',
    ...columns(exitCodes.map(([code, meaning]) => [code, [meaning]])),
  ])
}

function columns(rows: readonly (readonly [left: string, right: readonly string[]])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length)) + 2
  return rows.flatMap(([left, right]) =>
    right.map((text, index) => `  ${(index === 0 ? left : '').padEnd(width)}${text}`),
  )
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`
}
