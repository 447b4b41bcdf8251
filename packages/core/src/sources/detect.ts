/** Which reader an input needs, told from what it holds and never from its name. */
import { InputError } from '../errors.js'
import type { Inventory } from '../inventory.js'
import type { JsonDocument } from '../text/json.js'
import type { InputText } from '../text/location.js'
import {
  isTemplate,
  readCloudFormationTemplate,
  templateInventory,
  type TemplateOptions,
} from './cloudformation/template.js'
import { dumpInventory, isDump } from './iam-dump.js'
import { isObject, parseJsonSequence } from './json-input.js'
import {
  areManifests,
  isManifest,
  manifestInventory,
  type ManifestOptions,
  yamlManifestInventory,
} from './kubernetes/manifests.js'
import { isPolicy, policyInventory, type PolicyOwner, yamlPolicyInventory } from './policy.js'
import { isTerraform, terraformInventory, type TerraformOptions } from './terraform/plan.js'

interface Source {
  readonly recognizes: (value: unknown) => boolean
  readonly read: (document: JsonDocument, options: InputOptions) => Inventory
}

/**
 * What the caller knows of an input, and how to read what needs more code than most inputs: without `yaml` an input in
 * YAML is refused, and without `snapshot` one of `podtrust snapshot`.
 */
export type InputOptions = PolicyOwner &
  Pick<TemplateOptions, 'yaml' | 'parameters'> &
  Pick<ManifestOptions, 'cluster'> &
  Pick<TerraformOptions, 'configuration' | 'side'> & {
    /** `snapshot` of `@podtrust/core/sources/snapshot` */
    readonly snapshot?: (document: JsonDocument) => Inventory
  }

/** In this order: the most telling shapes first. */
const sources: readonly Source[] = [
  { recognizes: isSnapshot, read: readSnapshot },
  { recognizes: isDump, read: dumpInventory },
  { recognizes: isTerraform, read: terraformInventory },
  { recognizes: isTemplate, read: (document, { parameters }) => templateInventory(document, parameters) },
  { recognizes: isManifest, read: (document, { cluster }) => manifestInventory(document, cluster) },
  { recognizes: isPolicy, read: policyInventory },
]

/** An input that is known and not read, and what to do instead. */
interface Stranger {
  readonly message: string
  readonly hint?: string
}

function isSnapshot(value: unknown): boolean {
  return isObject(value) && Object.hasOwn(value, 'podtrustSnapshot')
}

function readSnapshot(document: JsonDocument, { snapshot }: InputOptions): Inventory {
  if (snapshot !== undefined) return snapshot(document)
  throw refusal({
    message: 'snapshots are not read without a reader for them',
    hint: 'pass `snapshot` of `@podtrust/core/sources/snapshot`',
  })
}

const SHOW = 'run `terraform show -json plan.bin > plan.json` and read plan.json'

const planText: Stranger = {
  message: 'the text of `terraform plan` says too little to be judged',
  hint: SHOW,
}

const yamlText: Stranger = {
  message: 'YAML is not read without a parser for it',
  hint: 'pass `yaml` of `@podtrust/core/sources/yaml`, or give the input as JSON',
}

const helmTemplate: Stranger = {
  message: 'this is a template of Helm',
  hint: 'read what `helm template` makes of it',
}

/** What JSON may be besides the sources. */
const strangerDocuments: readonly (readonly [(value: unknown) => boolean, Stranger])[] = [
  [
    (value) =>
      isObject(value) && Object.hasOwn(value, 'terraform_version') && Object.hasOwn(value, 'lineage'),
    {
      message: 'this is a raw Terraform state',
      hint: 'run `terraform show -json > state.json` and read state.json',
    },
  ],
  [(value) => isObject(value) && Object.hasOwn(value, '@level'), planText],
  [(value) => Array.isArray(value) && isObject(value[0]) && Object.hasOwn(value[0], '@level'), planText],
]

const YAML_TEMPLATE = /^(?:AWSTemplateFormatVersion|Transform|Resources) *:/m

/** What text that is not JSON may be, told from its beginning. */
const strangerTexts: readonly (readonly [RegExp, Stranger])[] = [
  [/^PK\u0003\u0004/, { message: 'this is a binary Terraform plan', hint: SHOW }],
  [
    /\u0000/,
    {
      message: 'this is not UTF-8 text',
      hint: 'PowerShell writes UTF-16 to files: add `| Out-File -Encoding utf8`',
    },
  ],
  [
    /^\[command\]/,
    {
      message: 'the first line was written by a wrapper around terraform',
      hint: 'give `terraform_wrapper: false` to hashicorp/setup-terraform',
    },
  ],
  [/^(?:Terraform|OpenTofu) (?:will perform|used the selected|planned the following)/m, planText],
  [/^[ \t]*# \S+ (?:will|must) be (?:created|updated|replaced|destroyed|read)/m, planText],
  [/^No changes\. (?:Your infrastructure|Infrastructure)/m, planText],
  [
    /^(?:resource|data|module|provider|variable|output) +"[^"\n]*".*\{|^(?:terraform|locals) *\{/m,
    {
      message: 'Terraform configurations are not read, their plans are',
      hint: 'run `terraform plan -out=plan.bin`, then `terraform show -json plan.bin > plan.json`, and read plan.json',
    },
  ],
  [/^\ufeff?\s*\{\{/, helmTemplate],
  [YAML_TEMPLATE, yamlText],
  [/^(?:---|%YAML|-? ?[\w-]+ *:(?: |\r?$))/m, yamlText],
]

const LOOKED_FOR = [
  'a trust policy',
  '`terraform show -json` of a plan or a state',
  'the output of `aws iam get-role`, `list-roles`, `get-account-authorization-details`, ' +
    '`list-open-id-connect-providers` or `get-open-id-connect-provider`',
  'a CloudFormation template',
  'objects of Kubernetes',
  'the output of `aws eks describe-cluster` or `describe-pod-identity-association`',
  'a file of `podtrust snapshot`',
].join('; ')

/** Long enough for any heading, short enough to look at with every pattern. */
const BEGINNING = 20_000

/** Terraform colours its text unless told not to. */
const COLOURS = /\u001b\[[0-9;]*m/g

/**
 * Reads an input of any kind. `roleArn` and `roleName` say whose a bare trust policy is and change nothing else.
 *
 * @throws InputError `E_NOT_JSON`, `E_NOT_YAML`, `E_TOO_DEEP`, `E_TOO_LARGE`, `E_NOT_A_POLICY`, `E_UNRECOGNIZED_INPUT`, `E_UNSUPPORTED_INPUT`
 */
export function readInventory(input: InputText, options: InputOptions = {}): Inventory {
  if (input.text.trim() === '') throw new InputError('E_UNRECOGNIZED_INPUT', 'the input is empty')
  if (!isJsonLike(input.text)) return readOther(input, options)
  const document = parseJsonSequence(input)
  const source = sources.find(({ recognizes }) => recognizes(document.value))
  if (source !== undefined) return source.read(document, options)
  throw refusal(strangerDocuments.find(([recognizes]) => recognizes(document.value))?.[1])
}

function readOther(input: InputText, options: InputOptions): Inventory {
  const { yaml, cluster } = options
  const stranger = strangerText(input.text)
  if (stranger !== yamlText || yaml === undefined) throw refusal(stranger)
  if (YAML_TEMPLATE.test(beginningOf(input.text)))
    return readCloudFormationTemplate(input.text, { ...options, name: input.name })
  const documents = yaml(input, {})
  if (areManifests(documents)) return yamlManifestInventory(documents, cluster)
  const [document, ...others] = documents.documents.filter(({ value }) => value !== null)
  if (document !== undefined && others.length === 0 && isPolicy(document.value))
    return yamlPolicyInventory(input, document, options)
  throw refusal(undefined)
}

/** Whether a text starts as JSON does. What does not is never called broken JSON: it is something else. */
function isJsonLike(text: string): boolean {
  return /^\ufeff?\s*(?:\{(?!\{)|"|\[\s*[{["\]])/.test(text)
}

function strangerText(text: string): Stranger | undefined {
  const beginning = beginningOf(text)
  return strangerTexts.find(([pattern]) => pattern.test(beginning))?.[1]
}

function beginningOf(text: string): string {
  return text.slice(0, BEGINNING).replace(COLOURS, '')
}

function refusal(stranger: Stranger | undefined): InputError {
  if (stranger === undefined) {
    return new InputError('E_UNRECOGNIZED_INPUT', 'not an input that podtrust knows', {
      hint: `looked for: ${LOOKED_FOR}`,
    })
  }
  return new InputError(
    'E_UNSUPPORTED_INPUT',
    stranger.message,
    stranger.hint === undefined ? {} : { hint: stranger.hint },
  )
}
