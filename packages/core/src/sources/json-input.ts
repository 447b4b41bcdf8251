import { InputError } from '../errors.js'
import { endOfValue, skipWhiteSpace, startOfText } from '../text/json-scan.js'
import { parseJson } from '../text/json.js'
import type { JsonDocument } from '../text/json.js'
import type { InputText } from '../text/location.js'

export type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}

/** The value where it is a string with something in it. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The value where it is a list of strings. */
export function textsOf(value: unknown): readonly string[] | undefined {
  return isList(value) && value.every((item) => typeof item === 'string') ? value : undefined
}

/**
 * One document, or several one after the other, as a loop over a command leaves them in a file: those are read as a
 * list. For that the text gets brackets and commas, which move nothing to another line.
 *
 * @throws InputError as `parseJson`, about the text as it was given
 */
export function parseJsonSequence(input: InputText): JsonDocument {
  try {
    return parseJson(input)
  } catch (error) {
    if (!(error instanceof InputError) || error.code !== 'E_NOT_JSON') throw error
    const objects = objectsOf(input.text)
    if (objects.length < 2) throw error
    const text = `[${objects.join(',')}]`
    try {
      return parseJson({ name: input.name, text })
    } catch {
      throw error
    }
  }
}

/** The objects of which a text is made, each with the white space before it; none where it holds anything else. */
function objectsOf(text: string): readonly string[] {
  const objects: string[] = []
  for (let at = startOfText(text); ;) {
    const start = skipWhiteSpace(text, at)
    if (start >= text.length) return objects
    if (text[start] !== '{') return []
    const end = endOfValue(text, start)
    objects.push(text.slice(at, end))
    at = end
  }
}
