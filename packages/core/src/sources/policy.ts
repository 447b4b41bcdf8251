/**
 * A bare trust policy: the document alone, as `aws iam update-assume-role-policy` takes it. Whose it is, the caller says.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html (policy language 2012-10-17)
 */
import { ArgumentError, InputError } from '../errors.js'
import type { Inventory, Role } from '../inventory.js'
import type { JsonDocument } from '../text/json.js'
import { parseJson } from '../text/json.js'
import type { InputText, Location } from '../text/location.js'
import { quoted } from '../text/quote.js'
import type { YamlDocument } from '../text/yaml.js'
import { ownerOf, roleNameOfArn } from './aws-names.js'
import { isObject } from './json-input.js'

export interface PolicyOwner {
  readonly roleArn?: string
  readonly roleName?: string
}

const VERSIONS: readonly unknown[] = ['2012-10-17', '2008-10-17']

/** Whether a value is meant to be a policy; one without statements is, and is refused when it is read. */
export function isPolicy(value: unknown): boolean {
  return isObject(value) && (Object.hasOwn(value, 'Statement') || VERSIONS.includes(value['Version']))
}

/**
 * Reads a trust policy as that of one role. Its key is the ARN if that is given, else the name, else the input's name.
 *
 * @throws InputError `E_NOT_JSON`, `E_TOO_DEEP`, `E_NOT_A_POLICY`
 * @throws ArgumentError `E_INVALID_ARGUMENT` where `roleArn` is not the ARN of a role
 */
export function readTrustPolicy(
  text: string,
  options: PolicyOwner & { readonly name?: string } = {},
): Inventory {
  return policyInventory(parseJson({ name: options.name ?? 'policy', text }), options)
}

export function policyInventory(document: JsonDocument, owner: PolicyOwner): Inventory {
  const { input, value } = document
  return inventoryOfPolicy(value, { input, pointer: '' }, document.duplicateKeys(), owner)
}

/** A policy in YAML, as people keep it who have JSON made of it. */
export function yamlPolicyInventory(
  input: InputText,
  { value, pointer, duplicates }: YamlDocument,
  owner: PolicyOwner,
): Inventory {
  const below = duplicates.map((duplicate) => ({ pointer: duplicate.slice(pointer.length) }))
  return inventoryOfPolicy(value, { input, pointer }, below, owner)
}

function inventoryOfPolicy(
  value: unknown,
  location: Location,
  repeated: readonly { readonly pointer: string }[],
  owner: PolicyOwner,
): Inventory {
  if (!isObject(value) || !Object.hasOwn(value, 'Statement')) {
    throw new InputError('E_NOT_A_POLICY', 'not a trust policy: it has no `Statement`', {
      hint: 'element names are written exactly so: `Version`, `Statement`, `Effect`, `Principal`, `Action`, `Condition`',
    })
  }
  const duplicates = repeated.map(({ pointer }) => pointer)
  const role: Role = {
    ...identityOf(owner, location.input.name),
    trustPolicy: { kind: 'value', value, location, duplicates },
    location,
  }
  return {
    facts: { providers: [], clusters: [], associations: [], holds: new Set(['roles']), gaps: [] },
    roles: [role],
  }
}

function identityOf(
  { roleArn, roleName }: PolicyOwner,
  inputName: string,
): Pick<Role, 'key' | 'name' | 'arn'> {
  if (roleArn === undefined) return { key: roleName ?? inputName, name: roleName ?? inputName }
  const name = roleNameOfArn(roleArn)
  if (name === undefined) {
    throw new ArgumentError('E_INVALID_ARGUMENT', `${quoted(roleArn)} is not the ARN of a role`, {
      hint: 'it looks like `arn:aws:iam::111122223333:role/NAME`',
    })
  }
  return { key: roleArn, name: roleName ?? name, arn: roleArn, ...ownerOf(roleArn) }
}
