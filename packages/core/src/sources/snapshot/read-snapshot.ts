/**
 * Files of `podtrust snapshot`: what was read of accounts and clusters, to be analyzed later or elsewhere without
 * credentials. The format is `record.ts`; `podtrust schema snapshot` prints it as JSON Schema.
 */
import { InputError } from '../../errors.js'
import type { Inventory } from '../../inventory.js'
import { type JsonDocument, parseJson } from '../../text/json.js'
import { quoted } from '../../text/quote.js'
import { isObject } from '../json-input.js'
import { conforming } from './conforming.js'
import { inventoryOfRecords } from './inventory-of-records.js'
import type { Snapshot } from './record.js'
import { upgraded } from './versions.js'

export type * from './record.js'
export { SNAPSHOT_VERSION } from './record.js'
export { inventoryOfSnapshot } from './inventory-of-snapshot.js'

/**
 * Reads a snapshot. It gives the same report as the reading that it was made of.
 *
 * @throws InputError `E_NOT_JSON`, `E_TOO_DEEP`, `E_UNRECOGNIZED_INPUT`, `E_UNSUPPORTED_INPUT`
 * @example
 * ```ts
 * const report = checkTrust(readSnapshot(await readFile('account.snapshot.json', 'utf8')))
 * ```
 */
export function readSnapshot(text: string, options: { readonly name?: string } = {}): Inventory {
  return snapshot(parseJson({ name: options.name ?? 'snapshot', text }))
}

/**
 * The reader that makes `readInventory` of `@podtrust/core/sources/detect` take snapshots.
 *
 * @throws InputError as `readSnapshot`
 */
export function snapshot(document: JsonDocument): Inventory {
  const { input, value } = document
  if (!isObject(value) || !Object.hasOwn(value, 'podtrustSnapshot'))
    throw new InputError('E_UNRECOGNIZED_INPUT', 'not a snapshot: it has no `podtrustSnapshot`')
  const inventory = inventoryOfRecords(conforming(upgraded(value), input))
  const repeated = document.duplicateKeys()
  if (repeated.length === 0) return inventory
  const gaps = repeated.map(({ pointer }) => ({
    kind: 'account' as const,
    subject: input.name,
    reason: `the key ${quoted(pointer)} of the snapshot stands more than once, only the last was read`,
    location: { input, pointer },
  }))
  return { ...inventory, facts: { ...inventory.facts, gaps: [...inventory.facts.gaps, ...gaps] } }
}

/**
 * The text of a file. It holds the members that the format has, in the order of the format, and of Kubernetes objects
 * no environment, argument or content, whatever the records hold.
 *
 * @throws InputError `E_UNSUPPORTED_INPUT` for what is no snapshot
 */
export function writeSnapshot(records: Snapshot): string {
  return `${JSON.stringify(conforming(records), null, 2)}\n`
}
