/**
 * Cuts JSON into values while its bytes stream by, so that a text of any size is read in little memory. Nothing here
 * judges a value: each piece goes to the parser, which then says of it what it would have said of the whole text.
 */
import type { InputError } from '../errors.js'
import { MAX_DEPTH, faultAt, notJson } from './json.js'
import type { InputText } from './location.js'
import { PieceBytes } from './piece-bytes.js'

/** A value that was cut out. */
export interface Piece {
  /** The value as an input of its own. It knows where it stands; its text is empty where it was too long to be kept. */
  readonly input: InputText
  readonly pointer: string
  readonly isTooLong: boolean
  /** How many lists and objects stand around it. */
  readonly around: number
  /** Which of several documents it is in. */
  readonly document: number
  /** The list that it is an element of, where the object around the list is a piece as well. */
  readonly list?: PieceList
  /** Lists whose elements were pieces; in the text of this one they are empty. */
  readonly lists: readonly PieceList[]
}

/** A list that is cut up. */
export interface PieceList {
  /** The member of the object that it is. */
  readonly key: string
  /** Its number among those of the input. */
  readonly ordinal: number
}

export interface PieceOptions {
  /** What to call the input. */
  readonly name: string
  /** Members of the objects at the top whose lists are cut up: the objects may then be of any size. */
  readonly lists: ReadonlySet<string>
  /** Whether pointers start with the number of the document, as where several documents are read as a list. */
  readonly isSequence: boolean
  /** Bytes of a piece. */
  readonly maxBytes: number
}

/**
 * Takes chunks, gives pieces. Pieces are the values of the top level, where lists are entered: the elements of a list,
 * and of a list in it; and the elements of the lists that are cut up, each before the object around it.
 */
export interface PieceCutter {
  /** The pieces that end in a chunk. The chunk is not kept. */
  push(chunk: Uint8Array): readonly Piece[]
  /** What is left when nothing follows; where it is no whole value, the parser will say so. */
  end(): readonly Piece[]
  /** Why nothing more is read, once all pieces so far have been parsed. */
  readonly fault: InputError | undefined
}

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const LINE_FEED = 0x0a
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]

/** Longer than any key that is asked for, also where it is written in escapes. */
const LONGEST_KEY = 200

interface List {
  readonly pointer: string
  index: number
  /** Set where the list is a member of an open piece. */
  readonly list: PieceList | undefined
}

/** A piece that has not ended. */
interface Open {
  readonly bytes: PieceBytes
  readonly pointer: string
  readonly around: number
  readonly list: PieceList | undefined
  readonly lists: PieceList[]
  readonly kind: 'nested' | 'string' | 'word'
  /** Open brackets. */
  depth: number
  /** Of an object whose lists may be cut up: the key that is being read or was read last. */
  key: { bytes: number[]; state: 'expected' | 'open' | 'closed' | 'behind-colon' | 'none' } | undefined
}

export function pieceCutter({ name, lists: cutUp, isSequence, maxBytes }: PieceOptions): PieceCutter {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const decode = (bytes: Uint8Array): string => decoder.decode(bytes)
  const head = { line: 1, column: 1 }
  const levels: List[] = []
  let document = 0
  let isObject = false
  /** What may come outside of pieces. */
  let expected: 'first' | 'value' | 'separator' = 'value'
  let open: Open | undefined
  /** The object around the list that is being cut up. */
  let outer: Open | undefined
  let inString = false
  /** Bytes to pass over, behind a backslash. */
  let skip = 0
  let mark = 0
  let ordinal = 0
  let fault: InputError | undefined
  let pieces: Piece[] = []

  return {
    get fault() {
      return fault
    },
    push(chunk) {
      pieces = []
      let at = 0
      while (mark < BYTE_ORDER_MARK.length && at < chunk.length) {
        if (chunk[at] === BYTE_ORDER_MARK[mark]) at++
        else mark = BYTE_ORDER_MARK.length
        mark++
      }
      while (at < chunk.length && fault === undefined)
        at = open === undefined ? between(chunk, at) : inside(chunk, at, open)
      return pieces
    },
    end() {
      pieces = []
      if (fault !== undefined) return pieces
      const isStarted = document > 0 || expected === 'separator' || levels.length > 0
      if (open !== undefined) {
        const { bytes, kind } = open
        close(open)
        if (levels.length > 0 || (bytes.isTooLong && kind !== 'word')) fault = endsEarly()
      } else if (levels.length > 0) fault = endsEarly()
      else if (!isStarted) fault = notJson('the text is empty', head)
      return pieces
    },
  }

  function endsEarly(): InputError {
    return notJson('the text ends too early', head)
  }

  /** Passes white space and what parts values, up to the start of a piece. */
  function between(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0
      if (byte === LINE_FEED) {
        head.line++
        head.column = 1
        continue
      }
      if (byte === 0x20 || byte === 0x0d || byte === 0x09) {
        head.column++
        continue
      }
      const level = levels.at(-1)
      if (expected === 'separator') {
        if (level === undefined) {
          if (byte !== OPEN_BRACE || !isObject) {
            fault = notJson('the value has ended but the text goes on', head)
            return at
          }
          document++
          return begin(byte, at)
        }
        if (byte === CLOSE_BRACKET) {
          if (leave(level)) return at
        } else if (byte === COMMA) {
          level.index++
          expected = 'value'
        } else {
          fault = notJson('expected a comma or a closing bracket', head)
          return at
        }
      } else if (byte === CLOSE_BRACKET && level !== undefined) {
        if (expected === 'value') {
          fault = notJson('a comma stands before the closing bracket', head)
          return at
        }
        if (leave(level)) return at
      } else {
        const isEntered = byte === OPEN_BRACKET && level?.list === undefined
        if (!isEntered) return begin(byte, at)
        if (levels.length === MAX_DEPTH) {
          fault = faultAt('E_TOO_DEEP', `nested deeper than ${MAX_DEPTH} levels`, head)
          return at
        }
        levels.push({ pointer: pointerHere(), index: 0, list: undefined })
        expected = 'first'
      }
      head.column++
    }
    return chunk.length
  }

  /** Ends a list; whether an open piece goes on with the bracket. */
  function leave(level: List): boolean {
    levels.pop()
    expected = 'separator'
    if (level.list === undefined || outer === undefined) return false
    open = outer
    outer = undefined
    open.bytes.resume(head)
    return true
  }

  function pointerHere(): string {
    const level = levels.at(-1)
    if (level !== undefined) return `${level.pointer}/${level.index}`
    return isSequence ? `/${document}` : ''
  }

  function begin(byte: number, at: number): number {
    const level = levels.at(-1)
    const isNested = byte === OPEN_BRACE || byte === OPEN_BRACKET
    if (level === undefined) isObject = byte === OPEN_BRACE
    open = {
      bytes: new PieceBytes(decode, maxBytes, head),
      pointer: pointerHere(),
      around: levels.length + (outer === undefined ? 0 : 1) + (isSequence ? 1 : 0),
      list: level?.list,
      lists: [],
      kind: isNested ? 'nested' : byte === QUOTE ? 'string' : 'word',
      depth: 0,
      key: byte === OPEN_BRACE && level?.list === undefined ? { bytes: [], state: 'none' } : undefined,
    }
    inString = false
    skip = 0
    return at
  }

  /** Passes the bytes of a piece, up to its end or to a list that is cut up. */
  function inside(chunk: Uint8Array, from: number, piece: Open): number {
    if (piece.kind === 'word') return insideWord(chunk, from, piece)
    const length = chunk.length
    let { depth } = piece
    let at = from + skip
    if (piece.key?.state === 'open') collect(piece.key.bytes, chunk.subarray(from, at))
    skip = 0
    while (at < length) {
      if (inString) {
        const plain = endOfPlain(chunk, at)
        if (piece.key?.state === 'open') collect(piece.key.bytes, chunk.subarray(at, plain))
        at = plain
        if (at === length) break
      }
      const byte = chunk[at] ?? 0
      if (inString) {
        if (byte === QUOTE) {
          inString = false
          if (piece.key?.state === 'open') piece.key.state = 'closed'
          if (depth === 0) return finish(chunk, from, at + 1, piece)
        } else if (byte === BACKSLASH) {
          if (piece.key?.state === 'open') collect(piece.key.bytes, chunk.subarray(at, at + 2))
          at++
        } else {
          // No string goes on behind it: the parser is shown the text up to here and says so.
          finish(chunk, from, at + 1, piece)
          fault ??= notJson('a string holds a line break or another control character', head)
          return at
        }
      } else if (byte <= 0x20) {
        // White space, or what the parser will not take for it.
      } else if (byte === QUOTE) {
        inString = true
        const { key } = piece
        if (key !== undefined && depth === 1)
          piece.key = key.state === 'expected' ? { bytes: [], state: 'open' } : { ...key, state: 'none' }
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        const { key } = piece
        if (byte === OPEN_BRACKET && key?.state === 'behind-colon' && depth === 1) {
          const text = keyText(key.bytes)
          if (cutUp.has(text)) {
            piece.depth = depth + 1
            key.state = 'none'
            return enter(chunk, from, at + 1, piece, text)
          }
        }
        depth++
        if (key !== undefined) key.state = depth === 1 ? 'expected' : 'none'
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        depth--
        if (depth === 0) return finish(chunk, from, at + 1, piece)
      } else if (piece.key !== undefined && depth === 1) {
        if (byte === COMMA) piece.key.state = 'expected'
        else if (byte === COLON && piece.key.state === 'closed') piece.key.state = 'behind-colon'
        else piece.key.state = 'none'
      }
      at++
    }
    piece.depth = depth
    skip = at - length
    piece.bytes.add(chunk, from, length, head)
    return length
  }

  function insideWord(chunk: Uint8Array, from: number, piece: Open): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0
      if (!endsWord(byte)) continue
      // A piece has one byte at least, so that the parser sees what stands in the place of a value.
      return finish(chunk, from, at === from && piece.bytes.size === 0 ? at + 1 : at, piece)
    }
    piece.bytes.add(chunk, from, chunk.length, head)
    return chunk.length
  }

  function finish(chunk: Uint8Array, from: number, to: number, piece: Open): number {
    piece.bytes.add(chunk, from, to, head, true)
    close(piece)
    return to
  }

  function close({ bytes, pointer, around, list, lists }: Open): void {
    const { isTooLong } = bytes
    const { text, anchors } = bytes.take(head)
    const input = { name, text, part: { pointer, anchors } }
    pieces.push({
      input,
      pointer,
      isTooLong,
      around,
      document,
      ...(list === undefined ? {} : { list }),
      lists,
    })
    open = undefined
    expected = 'separator'
  }

  function enter(chunk: Uint8Array, from: number, to: number, piece: Open, key: string): number {
    piece.bytes.add(chunk, from, to, head, true)
    piece.bytes.pause(head)
    const list = { key, ordinal: ordinal++ }
    piece.lists.push(list)
    levels.push({ pointer: `${piece.pointer}/${key}`, index: 0, list })
    outer = piece
    open = undefined
    expected = 'first'
    return to
  }
}

/** The offset of the next byte that is not plainly part of a string. */
function endOfPlain(chunk: Uint8Array, from: number): number {
  for (let at = from; at < chunk.length; at++) {
    const byte = chunk[at] ?? 0
    if (byte === QUOTE || byte === BACKSLASH || byte < 0x20) return at
  }
  return chunk.length
}

/** A key that is too long for any that is asked for is none of them, whatever it starts with. */
function collect(key: number[], bytes: Uint8Array): void {
  if (key.length + bytes.length <= LONGEST_KEY) key.push(...bytes)
  else if (key.length <= LONGEST_KEY) key.push(0)
}

function keyText(bytes: readonly number[]): string {
  const text = String.fromCharCode(...bytes)
  if (!text.includes('\\')) return text
  try {
    return String(JSON.parse(`"${text}"`))
  } catch {
    return text
  }
}

function endsWord(byte: number): boolean {
  return (
    byte <= 0x20 ||
    byte === COMMA ||
    byte === COLON ||
    byte === QUOTE ||
    byte === OPEN_BRACE ||
    byte === OPEN_BRACKET ||
    byte === CLOSE_BRACE ||
    byte === CLOSE_BRACKET
  )
}
