import type { Anchor } from './location.js'

/** A place in an input, 1-based, that moves on as the input is read. */
export interface Head {
  line: number
  column: number
}

/**
 * The bytes of a value that streams by, up to a limit. The head is moved over what was read when its text is made, or
 * byte by byte once the value has become too long to be kept.
 */
export class PieceBytes {
  readonly #maxBytes: number
  readonly #decodeBytes: (bytes: Uint8Array) => string
  #kept: Uint8Array[] = []
  #text = ''
  #anchors: Anchor[]
  /** Bytes so far. */
  size = 0

  constructor(decode: (bytes: Uint8Array) => string, maxBytes: number, { line, column }: Head) {
    this.#decodeBytes = decode
    this.#maxBytes = maxBytes
    this.#anchors = [{ offset: 0, line, column }]
  }

  get isTooLong(): boolean {
    return this.size > this.#maxBytes
  }

  /** Adds bytes; with `isLast` they are taken out again before their chunk changes and need not be copied. */
  add(chunk: Uint8Array, from: number, to: number, head: Head, isLast = false): void {
    const wasTooLong = this.isTooLong
    this.size += to - from
    if (!this.isTooLong) {
      this.#kept.push(isLast ? chunk.subarray(from, to) : chunk.slice(from, to))
      return
    }
    if (!wasTooLong) {
      for (const bytes of this.#kept) moveOverBytes(head, bytes)
      this.#kept = []
      this.#text = ''
      this.#anchors = this.#anchors.slice(0, 1)
    }
    moveOverBytes(head, chunk.subarray(from, to))
  }

  /** Makes text of the bytes, between which and those to come something is left out. */
  pause(head: Head): void {
    this.#text += this.#decode(head)
  }

  /** The bytes to come stand here. */
  resume({ line, column }: Head): void {
    if (!this.isTooLong) this.#anchors.push({ offset: this.#text.length, line, column })
  }

  /** The text, which is empty where it is too long. */
  take(head: Head): { readonly text: string; readonly anchors: readonly Anchor[] } {
    const rest = this.#decode(head)
    return { text: this.#text === '' ? rest : this.#text + rest, anchors: this.#anchors }
  }

  #decode(head: Head): string {
    const kept = this.#kept
    if (this.isTooLong || kept.length === 0) return ''
    const [first = NOTHING] = kept
    const text = this.#decodeBytes(kept.length === 1 ? first : joined(kept))
    this.#kept = []
    moveOver(head, text)
    return text
  }
}

const NOTHING = new Uint8Array()

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, { length }) => size + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function moveOver(head: Head, text: string): void {
  let start = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', start)) {
    head.line++
    head.column = 1
    start = at + 1
  }
  head.column += text.length - start
}

/** Columns are UTF-16 units: one for each character of UTF-8, and two for those of four bytes. */
function moveOverBytes(head: Head, bytes: Uint8Array): void {
  for (const byte of bytes) {
    if (byte === 0x0a) {
      head.line++
      head.column = 1
    } else if (byte < 0x80 || byte >= 0xc0) head.column += byte >= 0xf0 ? 2 : 1
  }
}
