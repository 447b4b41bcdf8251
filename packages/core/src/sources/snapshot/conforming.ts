import { InputError } from '../../errors.js'
import { positionOf } from '../../text/json.js'
import { type InputText, pointerSegment } from '../../text/location.js'
import { quoted } from '../../text/quote.js'
import type { Snapshot } from './record.js'
import { conform } from './schema.js'

/**
 * The snapshot with the members that the format has and no other, in the order of the format.
 *
 * @param input where the value was read, to tell the place of what is wrong
 * @throws InputError `E_UNSUPPORTED_INPUT` for what is no snapshot
 */
export function conforming(value: unknown, input?: InputText): Snapshot {
  const result = conform(value)
  if (!('problem' in result)) return result
  const { path, problem } = result
  const pointer = path.map((key) => pointerSegment(key)).join('')
  const position = input === undefined ? undefined : positionOf({ input, pointer })
  throw new InputError(
    'E_UNSUPPORTED_INPUT',
    path.length === 0 ? `the snapshot ${problem}` : `${quoted(pointer)} of the snapshot ${problem}`,
    position === undefined ? {} : { position },
  )
}
