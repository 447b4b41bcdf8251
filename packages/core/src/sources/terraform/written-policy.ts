/** Where the parts of a policy text were written: in an object, in a template, or in the blocks of a document. */
import type { InputText, Location } from '../../text/location.js'
import { pointerSegment } from '../../text/location.js'
import { jsonOffsets } from '../../text/json-offsets.js'
import { parseJson } from '../../text/json.js'
import { isList, isObject, type JsonObject } from '../json-input.js'
import type { DocumentModel } from './documents.js'
import type { MadeFrom, Piece } from './scope.js'
import { placeAt } from './statement-blocks.js'
import { type Places, placesIn } from './statements.js'
import { isListValue, isObjectValue, type Value, writtenAs } from './values.js'

export interface WrittenPolicy {
  readonly places: Places
  /** Pointers of keys that stand more than once where the policy was written. */
  readonly duplicates: readonly string[]
}

/** `undefined` where nothing tells how a text came about. */
export function writtenPolicy(
  text: string,
  model: DocumentModel | undefined,
  from: MadeFrom | undefined,
): WrittenPolicy | undefined {
  if (model !== undefined) return { places: placesOfModel(model), duplicates: [] }
  if (from?.kind === 'value') return ofValue(from.value)
  return from?.kind === 'text' ? ofTemplate(text, from.input, from.pieces) : undefined
}

function placesOfModel({ statements }: DocumentModel): Places {
  return (pointer) => {
    const [, index = '', rest = ''] = /^\/Statement\/(\d+)(.*)$/s.exec(pointer) ?? []
    return statements[Number(index === '' ? NaN : index)]?.places(rest)
  }
}

function ofValue(root: Value): WrittenPolicy {
  const places = new Map<string, Location>()
  const duplicates: string[] = []
  const visit = (value: Value, pointer: string): void => {
    const written = writtenAs(value)
    if (written !== undefined) {
      if (!places.has(pointer)) places.set(pointer, placeAt(written.input, written.range))
      for (const [key, range] of written.members)
        places.set(pointer + pointerSegment(key), placeAt(written.input, range))
      for (const key of written.lost.keys()) duplicates.push(pointer + pointerSegment(key))
    }
    if (isListValue(value)) for (const [index, item] of value.entries()) visit(item, `${pointer}/${index}`)
    else if (isObjectValue(value))
      for (const [key, item] of Object.entries(value)) visit(item, pointer + pointerSegment(key))
  }
  visit(root, '')
  return { places: placesIn(places), duplicates }
}

function ofTemplate(text: string, input: InputText, pieces: readonly Piece[]): WrittenPolicy | undefined {
  let duplicates: readonly string[]
  try {
    duplicates = parseJson({ name: input.name, text })
      .duplicateKeys()
      .map(({ pointer }) => pointer)
  } catch {
    return undefined
  }
  const offsets = jsonOffsets(text)
  return {
    places(pointer) {
      for (let at = pointer; ; at = at.slice(0, at.lastIndexOf('/'))) {
        const span = offsets.find(at)
        if (span !== undefined)
          return placeAt(input, {
            start: outward(pieces, span.member, false),
            end: outward(pieces, span.end, true),
          })
        if (at === '') return undefined
      }
    },
    duplicates,
  }
}

/** From an offset in the text to one in the file: an interpolation counts as a whole. */
function outward(pieces: readonly Piece[], offset: number, isEnd: boolean): number {
  let before = 0
  for (const { length, start, end, isExact } of pieces) {
    const within = offset - before
    if (isEnd ? within <= length : within < length) return isExact ? start + within : isEnd ? end : start
    before += length
  }
  return pieces.at(-1)?.end ?? 0
}

/** Any policy as the statements it has; `undefined` for what is none. */
export function modelOfPolicy(text: string, written: WrittenPolicy | undefined): DocumentModel | undefined {
  let policy: unknown
  try {
    policy = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isObject(policy)) return undefined
  const { Statement: statement, Version: version, Id: id } = policy
  const isMany = isList(statement)
  const all = (isMany ? statement : [statement]).filter((one): one is JsonObject => isObject(one))
  return {
    version: typeof version === 'string' ? version : '',
    ...(typeof id === 'string' ? { id } : {}),
    statements: all.map((json, index) => ({
      json,
      places: (pointer) => written?.places(`/Statement${isMany ? `/${index}` : ''}${pointer}`),
    })),
    gaps: [],
  }
}

export function textOfModel({ version, id, statements }: DocumentModel): string {
  return JSON.stringify({
    ...(version === '' ? {} : { Version: version }),
    ...(id === undefined ? {} : { Id: id }),
    Statement: statements.map(({ json }) => json),
  })
}
