import { InputError } from '../../errors.js'
import type { JsonObject } from '../json-input.js'
import { SNAPSHOT_VERSION } from './record.js'

/** Makes the next version of a snapshot; the version itself is raised by who calls it. */
export type Upgrade = (older: JsonObject) => JsonObject

/** From each version that there was to the next one. Nobody has to read an account again because podtrust is newer. */
const UPGRADES: ReadonlyMap<number, Upgrade> = new Map()

/**
 * A snapshot in the version that is read.
 *
 * @throws InputError `E_UNSUPPORTED_INPUT` for a version that this podtrust does not know
 */
export function upgraded(
  snapshot: JsonObject,
  upgrades: ReadonlyMap<number, Upgrade> = UPGRADES,
  current: number = SNAPSHOT_VERSION,
): JsonObject {
  const { podtrustSnapshot: version } = snapshot
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    throw new InputError(
      'E_UNSUPPORTED_INPUT',
      '`podtrustSnapshot` does not tell the version of the snapshot',
    )
  }
  if (version > current) {
    const message = `the snapshot has version ${version}, and this podtrust reads up to ${current}`
    throw new InputError('E_UNSUPPORTED_INPUT', message, { hint: 'update podtrust' })
  }
  let value = snapshot
  for (let at = version; at < current; at++)
    value = { ...(upgrades.get(at)?.(value) ?? value), podtrustSnapshot: at + 1 }
  return value
}
