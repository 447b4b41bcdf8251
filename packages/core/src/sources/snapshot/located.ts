/**
 * Places of what was read live. Everything is a little document of its own, named by its ARN, so that a report shows the
 * lines of one trust policy and not of a file that nobody wrote.
 */
import type { InputText, Location } from '../../text/location.js'
import { indentJson } from '../../text/indent-json.js'

/** A document whose text is made when somebody wants to see it. */
export function documentNamed(name: string, write: () => string): Location {
  let text: string | undefined
  const input: InputText = {
    name,
    get text() {
      return (text ??= write())
    },
  }
  return { input, pointer: '' }
}

/** The document of a record. */
export function recordNamed(name: string, record: unknown): Location {
  return documentNamed(name, () => JSON.stringify(record, null, 2))
}

/** A policy with a line for each member, repeated keys and all; what is no JSON stays as it is. */
export function writtenOut(policy: string): string {
  try {
    JSON.parse(policy)
  } catch {
    return policy
  }
  return indentJson(policy)
}
