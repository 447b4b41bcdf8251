import { InputError } from '../errors.js'
import type { CoverageGap, Facts } from '../inventory.js'
import type { Piece, PieceList } from '../text/json-pieces.js'
import { quoted } from '../text/quote.js'
import { gap } from './dump.js'
import { cutterOf, entriesIn, isOfRoles, type OpenBytes, piecesOf, readPiece } from './dump-pieces.js'
import { ListOwners, duplicateGaps, emptyDump, isOutput, isPage } from './iam-outputs.js'
import { POLICY, roleGaps } from './iam-role.js'
import { isObject } from './json-input.js'
import { duplicatesOf } from './trust-document.js'

/** What one reading of a dump tells besides its roles. */
export interface DumpSurvey {
  readonly facts: Facts
  /** Whether the input is several documents, one after the other. */
  readonly isSequence: boolean
  /** Lists behind which their key stands once more; what stands there counts instead. */
  readonly superseded: ReadonlySet<number>
  readonly isRecognized: boolean
  /** Where the input stops being JSON. */
  readonly fault?: InputError
}

/** Reads a dump once for its facts. Whether a second document follows, on which pointers depend, shows when it starts. */
export async function surveyDump(open: OpenBytes, name: string): Promise<DumpSurvey> {
  return (await survey(open, name, false)) ?? (await survey(open, name, true))
}

/** @returns `undefined` where there is more than one document and only one was expected */
async function survey(open: OpenBytes, name: string, isSequence: true): Promise<DumpSurvey>
async function survey(open: OpenBytes, name: string, isSequence: boolean): Promise<DumpSurvey | undefined>
async function survey(open: OpenBytes, name: string, isSequence: boolean): Promise<DumpSurvey | undefined> {
  const cutter = cutterOf(name, isSequence)
  const found = new Survey()
  try {
    for await (const pieces of piecesOf(open(), cutter)) {
      for (const piece of pieces) {
        if (piece.document > 0 && !isSequence) return undefined
        found.add(piece)
      }
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return found.result(name, isSequence, error)
  }
  return found.result(name, isSequence, cutter.fault)
}

class Survey {
  readonly #dump = emptyDump()
  readonly #superseded = new Set<number>()
  readonly #duplicates: CoverageGap[] = []
  readonly #ofRoles: { readonly list: PieceList | undefined; readonly gaps: readonly CoverageGap[] }[] = []
  /** Of the lists of roles of the output that is being read. */
  readonly #owners = new Map<number, ListOwners>()
  #isRecognized = false

  add(piece: Piece): void {
    const { input, pointer, list } = piece
    const document = readPiece(piece)
    if (isOfRoles(piece)) {
      this.#isRecognized = true
      this.#dump.holds.add('roles')
    }
    if (typeof document === 'string') {
      this.#dump.gaps.push(gap('role', { input, pointer }, document))
      if (list !== undefined) this.#ownersOf(list).isWhole = false
      return
    }
    const duplicates = duplicatesOf(document, POLICY)
    this.#duplicates.push(...duplicateGaps(duplicates, input))
    for (const { entry, pointer: at } of entriesIn(piece, document, this.#dump)) {
      const gaps = roleGaps(entry, { input, pointer: at })
      if (gaps.length > 0) this.#ofRoles.push({ list, gaps })
    }
    if (list === undefined) this.#endOutput(piece, document.value)
    else if (isOfRoles(piece)) this.#ownersOf(list).add(document.value)
  }

  #ownersOf({ ordinal }: PieceList): ListOwners {
    const owners = this.#owners.get(ordinal) ?? new ListOwners()
    this.#owners.set(ordinal, owners)
    return owners
  }

  /** All lists of an output have been read. */
  #endOutput({ lists }: Piece, output: unknown): void {
    this.#isRecognized ||= isOutput(output)
    if (!isObject(output)) return
    const inForce = new Map<string, number>()
    for (const { key, ordinal } of lists) {
      const earlier = inForce.get(key)
      if (earlier !== undefined) this.#superseded.add(earlier)
      if (Array.isArray(output[key])) inForce.set(key, ordinal)
      else this.#superseded.add(ordinal)
    }
    const ordinal = inForce.get('RoleDetailList') ?? inForce.get('Roles')
    const owners = ordinal === undefined ? undefined : this.#owners.get(ordinal)
    if (owners !== undefined && !isPage(output)) this.#dump.complete.push(...owners.complete())
    this.#owners.clear()
  }

  result(name: string, isSequence: boolean, fault?: InputError): DumpSurvey {
    const { roles: _, managedPolicies: __, ...dump } = this.#dump
    const gaps = [...dump.gaps, ...this.#duplicates]
    for (const { list, gaps: some } of this.#ofRoles)
      if (list === undefined || !this.#superseded.has(list.ordinal)) gaps.push(...some)
    if (fault !== undefined) {
      const reason = `${quoted(name)}: ${fault.message}; what stands behind was not read`
      gaps.push({ kind: 'role', subject: name, reason })
    }
    return {
      facts: { ...dump, gaps },
      isSequence,
      superseded: this.#superseded,
      isRecognized: this.#isRecognized,
      ...(fault === undefined ? {} : { fault }),
    }
  }
}
