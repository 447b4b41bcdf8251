/**
 * Where something stands in an input, as a plain value. Lines and columns are worked out only when somebody asks
 * (`positionOf` in `text/json.ts`), because most of what is read is never reported.
 */
export interface InputText {
  /** The input as the user named it: a path, or `<stdin>`. */
  readonly name: string
  /** The whole text, or what of it `part` says. */
  readonly text: string
  /** Present where `text` is one value cut out of an input that is too large to be held as a whole. */
  readonly part?: TextPart
}

/** Where a text that is not its whole input stands in it. Pointers and positions stay those of the whole. */
export interface TextPart {
  /** JSON pointer to the value that the text is. */
  readonly pointer: string
  /** In ascending order, the first at offset 0; more than one where something was left out of the text. */
  readonly anchors: readonly Anchor[]
}

/** From an offset of a text on: the line and column of the whole input, 1-based. */
export interface Anchor {
  readonly offset: number
  readonly line: number
  readonly column: number
}

/** A place in an input: a JSON pointer (RFC 6901), and inside a policy carried as text a second one. */
export interface Location {
  readonly input: InputText
  /** JSON pointer into the input; the empty string is the whole document. */
  readonly pointer: string
  /** Present when the string at `pointer` holds a document of its own: its decoded text, and a pointer into that. */
  readonly inner?: { readonly text: string; readonly pointer: string }
  /** A place in a text that is no JSON: UTF-16 offsets, the end exclusive. The pointer is then empty and means nothing. */
  readonly range?: { readonly start: number; readonly end: number }
}

/** A range of text, 1-based, the end exclusive. */
export interface Position {
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
}

/** The location of a child: `path` is a JSON pointer below `location`, such as `/Statement/0`. */
export function below(location: Location, path: string): Location {
  const { inner } = location
  // Nothing tells where a part of a range stands, so it stands where the whole does.
  if (location.range !== undefined) return location
  if (inner === undefined) return { input: location.input, pointer: location.pointer + path }
  return { ...location, inner: { text: inner.text, pointer: inner.pointer + path } }
}

/** One segment of a JSON pointer, escaped as RFC 6901 wants it. */
export function pointerSegment(key: string | number): string {
  if (typeof key === 'number') return `/${key}`
  return key.includes('~') || key.includes('/')
    ? `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
    : `/${key}`
}
