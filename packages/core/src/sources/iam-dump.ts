import type { Inventory, Role } from '../inventory.js'
import type { JsonDocument } from '../text/json.js'
import type { InputText } from '../text/location.js'
import type { Dump } from './dump.js'
import { duplicateGaps, emptyDump, isOutput, notAnOutput, readOutput } from './iam-outputs.js'
import { managedDocuments, type ManagedDocuments } from './iam-policies.js'
import { POLICY, roleGaps, roleOf } from './iam-role.js'
import { isList, parseJsonSequence } from './json-input.js'
import { type Duplicates, duplicatesOf } from './trust-document.js'

export function isDump(value: unknown): boolean {
  return isList(value) ? value.some(isOutput) : isOutput(value)
}

/**
 * Reads outputs of the AWS CLI. Trust policies may be objects, strings or URL-encoded strings. Roles are read while
 * they are walked over, as often as that is done.
 *
 * @throws InputError `E_NOT_JSON`, `E_TOO_DEEP`, `E_UNRECOGNIZED_INPUT`
 */
export function readIamDump(text: string, options: { readonly name?: string } = {}): Inventory {
  const document = parseJsonSequence({ name: options.name ?? 'dump', text })
  if (isDump(document.value)) return dumpInventory(document)
  throw notAnOutput()
}

export function dumpInventory(document: JsonDocument): Inventory {
  const { input, value } = document
  const dump = emptyDump()
  readOutput(value, { input, pointer: '' }, dump)

  const duplicates = duplicatesOf(document, POLICY)
  dump.gaps.push(...duplicateGaps(duplicates, input))
  for (const { entry, pointer } of dump.roles) dump.gaps.push(...roleGaps(entry, { input, pointer }))

  const { roles, managedPolicies, ...facts } = dump
  const managed = managedDocuments(managedPolicies)
  return { facts, roles: { [Symbol.iterator]: () => rolesOf(roles, input, duplicates, managed) } }
}

/** A function of its own: one made for each dump would be kept by V8 longer than the dump, and the dump with it. */
function* rolesOf(
  entries: Dump['roles'],
  input: InputText,
  duplicates: Duplicates,
  managed: ManagedDocuments | undefined,
): Generator<Role> {
  for (const { entry, pointer } of entries) {
    const role = roleOf(entry, { input, pointer }, duplicates, managed)
    if (role !== undefined) yield role
  }
}
