import { PodtrustError } from '../errors.js'
import type { TrustPolicyDocument } from '../inventory.js'
import { parseJson } from '../text/json.js'
import { pointerSegment } from '../text/location.js'
import { quoted } from '../text/quote.js'
import type { PolicyVersion, Statement, TrustPolicy } from './ast.js'
import { MAX_POLICY_SIZE, MOST_READ, type TextMeasure, measureText } from './limits.js'
import { readStatement, unreadableStatement } from './parse-statement.js'
import { type Problems, add, listed, refuse } from './problems.js'
import {
  type JsonObject,
  LOST,
  type Reading,
  type Repeats,
  alternatives,
  isObject,
  kindOf,
} from './reading.js'
import { repeatsAt, reviveText, valueText } from './value-document.js'

const NOT_JSON = 'This policy contains invalid Json'
const NO_STATEMENT = 'Could not parse the policy: Statement is empty!'
const BAD_VERSION = 'The policy must contain a valid version string'

/**
 * Parses a trust policy. Never throws: what is wrong with the document is in `problems`, and what could be read is in
 * `statements`, marked where it cannot be trusted to be all.
 *
 * Guarantee: where anything is in doubt, the statements say at least what IAM could take them to say. Scalars have
 * become lists and condition keys lower case.
 *
 * @example
 * ```ts
 * const policy = parseTrustPolicy(await readFile('trust.json', 'utf8'))
 * for (const { message } of policy.problems) console.error(message)
 * ```
 */
export function parseTrustPolicy(document: string): TrustPolicy {
  const problems: Problems = { list: [], unlisted: 0 }
  const measure = measureText(document)
  if (measure.size > MOST_READ) return tooLong(problems, measure.size)
  try {
    const json = parseJson({ name: 'policy', text: document })
    if (!json.hasDuplicateKeys) return readDocument(json.value, measure, problems)
    const copies = json.copies()
    for (const { pointer, key, members } of copies.repeated)
      reportRepeat(problems, pointer, key, members.length)
    return readDocument(copies.value, measure, problems, copies.copies)
  } catch (error) {
    // Any other error is a bug of ours and must not look like a flaw of the policy.
    if (!(error instanceof PodtrustError)) throw error
    const iamError = error.code === 'E_NOT_JSON' ? NOT_JSON : undefined
    add(problems, 'unreadable', '', `the policy is ${error.message}`, iamError)
    return nothing(problems, measure.size)
  }
}

/**
 * Parses a trust policy as a source delivers it: a text, or a JSON value. Pointers in the result are below the policy.
 * Repeated keys that a source saw are read from its text where that still has them; else the copy that is lost counts
 * as one that could say anything.
 */
export function parseTrustPolicyDocument(
  document: Exclude<TrustPolicyDocument, { kind: 'unknown' }>,
): TrustPolicy {
  if (document.kind === 'text') return parseTrustPolicy(document.text)
  const problems: Problems = { list: [], unlisted: 0 }
  const text = valueText(document.value)
  if (text === undefined) {
    add(problems, 'unreadable', '', 'the policy is nested too deep, too large or not JSON')
    return nothing(problems, 0)
  }
  const measure = measureText(text)
  if (measure.size > MOST_READ) return tooLong(problems, measure.size)
  const { value, duplicates } = document
  if (duplicates.length === 0) return readDocument(value, measure, problems)
  const original = reviveText(document, text)
  if (original !== undefined) return parseTrustPolicy(original)
  for (const pointer of duplicates) reportRepeat(problems, pointer, lastSegment(pointer), 2)
  return readDocument(value, measure, problems, repeatsAt(value, duplicates))
}

function lastSegment(pointer: string): string {
  return pointer
    .slice(pointer.lastIndexOf('/') + 1)
    .replaceAll('~1', '/')
    .replaceAll('~0', '~')
}

function reportRepeat(problems: Problems, pointer: string, key: string, times: number): void {
  const often = times === 2 ? 'twice' : `${times} times`
  const message = () => `${quoted(key)} stands ${often} in one object; JSON keeps only the last`
  add(problems, 'duplicate-key', pointer, message)
}

function tooLong(problems: Problems, size: number): TrustPolicy {
  const most = `IAM stores ${MAX_POLICY_SIZE} at most, and more than ${MOST_READ} are not read`
  add(problems, 'unreadable', '', `the policy has ${size} characters without white space; ${most}`)
  return nothing(problems, size)
}

function nothing(problems: Problems, size: number): TrustPolicy {
  return { version: '2012-10-17', statements: [], problems: listed(problems), size }
}

function readDocument(
  value: unknown,
  measure: TextMeasure,
  problems: Problems,
  repeats?: Repeats,
): TrustPolicy {
  const { size, forbidden, hasHoles } = measure
  const reading: Reading = { problems, repeats, hasHoles }
  if (!isObject(value)) {
    add(problems, 'unreadable', '', `the policy is ${kindOf(value)}, not an object`)
    return nothing(problems, size)
  }
  if (forbidden !== undefined) {
    const code = forbidden.toString(16).toUpperCase().padStart(4, '0')
    refuse(problems, '', `the policy holds U+${code}, and IAM takes characters up to U+00FF only`)
  }
  const { version, doubt: versionDoubt } = readVersion(reading, value)
  const doubt = refuseElements(reading, value) ?? versionDoubt
  const statements: Statement[] = []
  const sids = new Set<string>()
  if (Object.hasOwn(value, 'Statement')) readElement(reading, value, 'Statement', doubt, statements, sids)
  else refuse(problems, '', 'the policy has no `Statement`', NO_STATEMENT)
  if (doubt !== undefined || statements.length === 0) {
    for (const key of Object.keys(value)) {
      if (key === 'Statement' || key.toLowerCase() !== 'statement') continue
      readElement(reading, value, key, `${quoted(key)} is not spelled \`Statement\``, statements, sids)
    }
  }
  return { version, statements, problems: listed(problems), size }
}

/** All copies of `Statement`. Which one IAM would keep is not documented; JSON keeps the last. */
function readElement(
  reading: Reading,
  document: JsonObject,
  key: string,
  doubt: string | undefined,
  into: Statement[],
  sids: Set<string>,
): void {
  const copies = alternatives(reading, document, key)
  for (const [index, copy] of copies.entries()) {
    const isLast = index === copies.length - 1
    const repeat = isLast ? undefined : 'a later `Statement` of the document replaces it'
    const first = into.length
    readStatements(reading, copy, pointerSegment(key), doubt ?? repeat, into, index === 0 ? sids : new Set())
    if (copies.length > 1 && isLast) doubtDenies(into, first)
  }
}

/** If IAM kept another copy of `Statement`, what the last one denies would not be denied. */
function doubtDenies(statements: Statement[], first: number): void {
  for (let index = first; index < statements.length; index++) {
    const statement = statements[index]
    if (statement?.effect !== 'Deny' || statement.unreadable !== undefined) continue
    statements[index] = {
      ...statement,
      unreadable: 'an earlier `Statement` of the document may stand in its place',
    }
  }
}

function readStatements(
  reading: Reading,
  element: unknown,
  pointer: string,
  doubt: string | undefined,
  into: Statement[],
  sids: Set<string>,
): void {
  if (!Array.isArray(element)) {
    into.push(oneStatement(reading, element, into.length, pointer, doubt, sids))
    return
  }
  if (element.length === 0) refuse(reading.problems, pointer, '`Statement` is empty', NO_STATEMENT)
  for (let index = 0; index < element.length; index++) {
    into.push(oneStatement(reading, element[index], into.length, `${pointer}/${index}`, doubt, sids))
  }
}

function oneStatement(
  reading: Reading,
  value: unknown,
  index: number,
  pointer: string,
  doubt: string | undefined,
  sids: Set<string>,
): Statement {
  if (isObject(value)) return readStatement(reading, value, index, pointer, doubt, sids)
  const what =
    value === LOST ? 'was dropped when the document was read' : `is ${kindOf(value)}, not an object`
  if (value !== LOST) refuse(reading.problems, pointer, `the statement ${what}`)
  return unreadableStatement(index, pointer, `the statement ${what}`)
}

/** Answers why no statement can be trusted when there are `Statement` elements in two spellings. */
function refuseElements(reading: Reading, document: JsonObject): string | undefined {
  let doubt: string | undefined
  for (const key of Object.keys(document)) {
    if (key === 'Version' || key === 'Statement' || key === 'Id') continue
    refuse(reading.problems, pointerSegment(key), () => `${quoted(key)} is no element of a policy`)
    if (key.toLowerCase() === 'statement' && Object.hasOwn(document, 'Statement')) {
      doubt = `${quoted(key)} stands beside \`Statement\``
    }
  }
  return doubt
}

/** The version in force; in doubt it is 2012, which nearly every policy has. */
function readVersion(reading: Reading, document: JsonObject): { version: PolicyVersion; doubt?: string } {
  if (!Object.hasOwn(document, 'Version')) {
    const misspelt = Object.keys(document).find((key) => key.toLowerCase() === 'version')
    if (misspelt === undefined) return VERSION_2008
    return { version: '2012-10-17', doubt: `${quoted(misspelt)} is not spelled \`Version\`` }
  }
  const versions = alternatives(reading, document, 'Version')
  if (versions.length > 1) return { version: '2012-10-17', doubt: 'the document has two versions' }
  const [version] = versions
  if (version === '2012-10-17') return VERSION_2012
  if (version === '2008-10-17') return VERSION_2008
  const shown = typeof version === 'string' ? quoted(version) : kindOf(version)
  const doubt = `the policy version is ${shown}, not \`2012-10-17\` or \`2008-10-17\``
  refuse(reading.problems, '/Version', doubt, BAD_VERSION)
  return { version: '2012-10-17', doubt }
}

const VERSION_2012 = { version: '2012-10-17' } as const
const VERSION_2008 = { version: '2008-10-17' } as const
