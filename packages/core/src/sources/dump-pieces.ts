/** The pieces in which outputs of the AWS CLI stream by, and the entries that are roles among them. */
import { InputError } from '../errors.js'
import { type Piece, type PieceCutter, pieceCutter } from '../text/json-pieces.js'
import { MAX_DEPTH, parseJson } from '../text/json.js'
import type { JsonDocument } from '../text/json.js'
import { quoted } from '../text/quote.js'
import type { Dump } from './dump.js'
import { readOutput } from './iam-outputs.js'

/** Gives the bytes of an input from its start, each time it is called. */
export type OpenBytes = () => AsyncIterable<Uint8Array>

/** Lists that hold a role in each element. */
const ROLE_LISTS: ReadonlySet<string> = new Set(['RoleDetailList', 'Roles'])

/** Lists of `get-account-authorization-details`: whatever their length, one element at a time is in memory. */
export const LONG_LISTS: ReadonlySet<string> = new Set([
  ...ROLE_LISTS,
  'UserDetailList',
  'GroupDetailList',
  'Policies',
])

/** Many times what IAM keeps of one role with all its policies. */
const MAX_BYTES = 4 * 2 ** 20

export function cutterOf(name: string, isSequence: boolean): PieceCutter {
  return pieceCutter({ name, lists: LONG_LISTS, isSequence, maxBytes: MAX_BYTES })
}

/** The pieces of each chunk, up to the end or to what is no JSON. */
export async function* piecesOf(
  bytes: AsyncIterable<Uint8Array>,
  cutter: PieceCutter,
): AsyncGenerator<readonly Piece[]> {
  for await (const chunk of bytes) {
    yield cutter.push(chunk)
    if (cutter.fault !== undefined) return
  }
  yield cutter.end()
}

export function isOfRoles({ list }: Piece): boolean {
  return list !== undefined && ROLE_LISTS.has(list.key)
}

/** Entries that are roles: an element of a list of roles, or what an output holds. Its facts go to `dump`. */
export function entriesIn(piece: Piece, { value }: JsonDocument, dump: Dump): Dump['roles'] {
  if (piece.list !== undefined) return isOfRoles(piece) ? [{ entry: value, pointer: piece.pointer }] : []
  readOutput(value, piece, dump)
  return dump.roles.splice(0)
}

/**
 * The document of a piece; a sentence where the piece was passed over, as the rest can be read without it.
 *
 * @throws InputError where the piece is not JSON, so that nothing behind it is either
 */
export function readPiece(piece: Piece): JsonDocument | string {
  const entry = `the entry ${quoted(piece.pointer)}`
  if (piece.isTooLong) return `${entry} is larger than ${MAX_BYTES / 2 ** 20} MiB and was not read`
  try {
    return parseJson(piece.input, { maxDepth: MAX_DEPTH - piece.around })
  } catch (error) {
    if (!(error instanceof InputError) || error.code !== 'E_TOO_DEEP') throw error
    return `${entry} is nested deeper than ${MAX_DEPTH} levels and was not read`
  }
}
