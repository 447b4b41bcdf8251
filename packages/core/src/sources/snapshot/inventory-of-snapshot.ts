import type { Inventory } from '../../inventory.js'
import { conforming } from './conforming.js'
import { inventoryOfRecords } from './inventory-of-records.js'
import type { Snapshot } from './record.js'

/**
 * Makes an inventory of what was read live, through what a file of it would hold: so both give the same report. What
 * could not be read is a gap, one for each call; what was read in full is said to be complete.
 *
 * @throws InputError `E_UNSUPPORTED_INPUT` for what is no snapshot
 * @example
 * ```ts
 * const report = checkTrust(inventoryOfSnapshot(snapshot))
 * ```
 */
export function inventoryOfSnapshot(snapshot: Snapshot): Inventory {
  return inventoryOfRecords(conforming(snapshot))
}
