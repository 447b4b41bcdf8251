/**
 * Where something stands in an input, as a plain value. Lines and columns are worked out only when somebody asks
 * (`positionOf` in `text/json.ts`), because most of what is read is never reported.
 */
export interface InputText {
  /** The input as the user named it: a path, or `<stdin>`. */
  readonly name: string
  /** The whole text. */
  readonly text: string
}

/** A place in an input: a JSON pointer (RFC 6901), and inside a policy carried as text a second one. */
export interface Location {
  readonly input: InputText
  /** JSON pointer into `input.text`; the empty string is the whole document. */
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
