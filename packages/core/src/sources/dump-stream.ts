/** Outputs of the AWS CLI that are too large for one string, read while their bytes stream by. */
import { InputError } from '../errors.js'
import type { Facts, Role } from '../inventory.js'
import { endOfString, endOfValue, skipWhiteSpace, startOfText } from '../text/json-scan.js'
import {
  LONG_LISTS,
  cutterOf,
  entriesIn,
  isOfRoles,
  type OpenBytes,
  piecesOf,
  readPiece,
} from './dump-pieces.js'
import { type DumpSurvey, surveyDump } from './dump-survey.js'
import { emptyDump, notAnOutput, outputs } from './iam-outputs.js'
import { POLICY, roleOf } from './iam-role.js'
import { duplicatesOf } from './trust-document.js'

/** Facts in memory, and roles that stream by, as often as somebody walks over them. */
export interface DumpStream {
  readonly facts: Facts
  readonly roles: AsyncIterable<Role>
  /** Where the input stops being JSON. Roles before it are read, and a gap among the facts tells of the rest. */
  readonly fault?: InputError
}

/**
 * Reads outputs of the AWS CLI as `readIamDump` does: the same facts and roles with the same pointers, lines and columns,
 * in memory that does not grow with the number of roles. The input is opened once for the facts, which may stand behind
 * the roles, and once more for each walk over the roles. An entry larger than 4 MiB or nested too deep is a gap, and what
 * stops being JSON somewhere is read up to there.
 *
 * @param open gives the bytes of the input from its start, UTF-8, each time it is called
 * @throws InputError `E_NOT_JSON`, `E_TOO_DEEP`, `E_UNRECOGNIZED_INPUT` where nothing in it is an output about roles
 * @example
 * ```ts
 * const { facts, roles } = await readIamDumpStream(() => createReadStream('dump.json'), { name: 'dump.json' })
 * const report = await checkTrustStream(roles, facts)
 * ```
 */
export async function readIamDumpStream(
  open: OpenBytes,
  options: { readonly name?: string } = {},
): Promise<DumpStream> {
  const { name = 'dump' } = options
  const survey = await surveyDump(open, name)
  const { facts, isRecognized, fault } = survey
  if (!isRecognized) throw fault ?? notAnOutput()
  return {
    facts,
    roles: { [Symbol.asyncIterator]: () => rolesIn(open, name, survey) },
    ...(fault === undefined ? {} : { fault }),
  }
}

/** What is known to be at fault ends the roles; what has come to be so since then is thrown. */
async function* rolesIn(open: OpenBytes, name: string, survey: DumpSurvey): AsyncGenerator<Role> {
  const cutter = cutterOf(name, survey.isSequence)
  try {
    for await (const pieces of piecesOf(open(), cutter)) {
      for (const piece of pieces) {
        const { input, list } = piece
        if (list !== undefined && (!isOfRoles(piece) || survey.superseded.has(list.ordinal))) continue
        const document = readPiece(piece)
        if (typeof document === 'string') continue
        const duplicates = duplicatesOf(document, POLICY)
        for (const { entry, pointer } of entriesIn(piece, document, emptyDump())) {
          const role = roleOf(entry, { input, pointer }, duplicates)
          if (role !== undefined) yield role
        }
      }
    }
  } catch (error) {
    if (!(error instanceof InputError) || survey.fault === undefined) throw error
  }
  if (cutter.fault !== undefined && survey.fault === undefined) throw cutter.fault
}

/** Members that tell an output about roles. */
const TELLING: ReadonlySet<string> = new Set([...outputs.keys(), ...LONG_LISTS, POLICY])

/** Whether an input that starts with this text is one that `readIamDumpStream` reads, as far as its first members tell. */
export function isDumpBeginning(text: string): boolean {
  let at = skipWhiteSpace(text, startOfText(text))
  while (text[at] === '[') at = skipWhiteSpace(text, at + 1)
  if (text[at] !== '{') return false
  do {
    at = skipWhiteSpace(text, at + 1)
    if (text[at] !== '"') return false
    const end = endOfString(text, at)
    const colon = skipWhiteSpace(text, end)
    if (text[colon] !== ':') return false
    if (TELLING.has(text.slice(at + 1, end - 1))) return true
    at = skipWhiteSpace(text, endOfValue(text, skipWhiteSpace(text, colon + 1)))
  } while (text[at] === ',')
  return false
}
