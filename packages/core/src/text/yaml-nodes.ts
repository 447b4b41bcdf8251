/**
 * From a YAML text to nodes that know their offsets, by the `yaml` package (2.9.1, YAML 1.2) and never past its limits.
 *
 * The package resolves nested collections by recursion, and a text nested some thousand levels deep ends the process
 * with an error that nobody can catch. So the tokens are handed over one by one, and reading stops at the first level
 * too deep, before anything is made of them.
 */
import { Composer, Lexer, Parser, isAlias, isMap, isPair, isScalar, isSeq } from 'yaml'
import type { Alias, Document, ParsedNode, YAMLError } from 'yaml'
import { InputError } from '../errors.js'
import type { InputText } from './location.js'
import { linesOf, positionAt } from './position.js'

export type Nodes = Document.Parsed

const MAX_DEPTH = 100

/** UTF-16 units. */
const MAX_LENGTH = 16 * 2 ** 20

/** Keys, colons, line breaks and the like: what costs time is their number. Manifests of the greatest length have as many. */
const MAX_TOKENS = 8_000_000

const OPTIONS = {
  // What a plain scalar means is decided in one place, and never loses how it was written.
  schema: 'failsafe',
  resolveKnownTags: false,
  // Quadratic, and it would refuse what has to be reported.
  uniqueKeys: false,
  strict: false,
  prettyErrors: false,
  keepSourceTokens: false,
  logLevel: 'silent',
} as const

/**
 * The documents of a text one after the other; only the current one is in memory.
 *
 * @throws InputError `E_NOT_YAML`, `E_TOO_DEEP`, `E_TOO_LARGE`
 */
export function* readNodes(input: InputText): Generator<Nodes> {
  const { text } = input
  if (text.length > MAX_LENGTH) {
    throw new InputError('E_TOO_LARGE', `the YAML text is longer than ${MAX_LENGTH} characters`, {
      hint: 'give it in parts, or as JSON: `kubectl get … -o json` prints no YAML',
    })
  }
  const composer = new Composer(OPTIONS)
  const parser = new Parser()
  let tokens = 0
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      // The first fault is enough; a text of nothing else has millions.
      if (token.type === 'error')
        throw faultAt(input, 'E_NOT_YAML', `not YAML: ${FAULTS['UNEXPECTED_TOKEN']}`, token.offset)
      for (const document of composer.next(token)) yield sound(document, input)
    }
    if (++tokens > MAX_TOKENS) {
      throw faultAt(input, 'E_TOO_LARGE', `more than ${MAX_TOKENS} tokens of YAML`, parser.offset)
    }
    if (parser.stack.length > MAX_DEPTH) {
      throw faultAt(input, 'E_TOO_DEEP', `nested deeper than ${MAX_DEPTH} levels`, parser.offset)
    }
  }
  for (const token of parser.end()) {
    for (const document of composer.next(token)) yield sound(document, input)
  }
  for (const document of composer.end()) yield sound(document, input)
}

function sound(document: Nodes, input: InputText): Nodes {
  const [error] = document.errors
  if (error !== undefined) throw refusal(error, input)
  return document
}

/** The sentences of the package repeat pieces of the input, so its codes alone are used. */
const FAULTS: Readonly<Record<string, string>> = {
  ALIAS_PROPS: 'an alias has a tag or an anchor',
  BAD_ALIAS: 'an alias has no anchor before it',
  BAD_COLLECTION_TYPE: 'a tag does not fit what it stands before',
  BAD_DIRECTIVE: 'a directive that YAML does not have',
  BAD_DQ_ESCAPE: 'a string holds an escape that YAML does not have',
  BAD_INDENT: 'the indentation does not fit the lines above, or a bracket is open',
  BAD_PROP_ORDER: 'a tag or an anchor stands in the wrong place',
  BAD_SCALAR_START: 'a plain text begins with a character that has to be quoted',
  BLOCK_AS_IMPLICIT_KEY: 'a list or an object stands where a key is expected',
  BLOCK_IN_FLOW: 'an indented list or object stands inside of brackets',
  KEY_OVER_1024_CHARS: 'a key is longer than 1024 characters',
  MISSING_CHAR: 'a comma, a colon, a quote or a bracket is missing',
  MULTILINE_IMPLICIT_KEY: 'a key is spread over several lines',
  MULTIPLE_ANCHORS: 'a value has two anchors',
  MULTIPLE_TAGS: 'a value has two tags',
  RESOURCE_EXHAUSTION: 'it is nested too deep',
  TAB_AS_INDENT: 'a tab is used for indentation',
  TAG_RESOLVE_FAILED: 'a tag cannot be understood',
  UNEXPECTED_TOKEN: 'something stands where it does not belong',
}

function refusal({ code, pos: [offset] }: YAMLError, input: InputText): InputError {
  return faultAt(input, 'E_NOT_YAML', `not YAML: ${FAULTS[code] ?? 'it cannot be read'}`, offset)
}

/** An error with the line and column in its sentence, and a hint where the text is a template for YAML. */
export function faultAt(
  input: InputText,
  code: 'E_NOT_YAML' | 'E_TOO_DEEP' | 'E_TOO_LARGE',
  problem: string,
  offset: number,
): InputError {
  const { line, column } = positionAt(linesOf(input), offset, offset)
  const isTemplate = code === 'E_NOT_YAML' && /\{\{-? ?[^\n]*\}\}/.test(input.text)
  return new InputError(code, `${problem} at line ${line}, column ${column}`, {
    position: { line, column },
    ...(isTemplate ? { hint: 'this looks like a Helm template: read what `helm template` makes of it' } : {}),
  })
}

/** What each alias stands for: the last anchor of its name before it. */
export type Anchors = ReadonlyMap<Alias, ParsedNode>

/**
 * @param start where what belongs to the document begins in the text
 * @throws InputError `E_NOT_YAML` where an alias has no anchor before it
 */
export function anchorsOf({ contents, range: [, , end] }: Nodes, start: number, input: InputText): Anchors {
  const anchors = new Map<Alias, ParsedNode>()
  const named = new Map<string, ParsedNode>()
  // Neither anchors nor aliases are read for the many texts that have none.
  if (input.text.slice(start, end).includes('*')) look(contents)
  return anchors

  function look(node: unknown): void {
    if (isAlias(node)) {
      const target = named.get(node.source)
      if (target === undefined) {
        throw faultAt(input, 'E_NOT_YAML', 'not YAML: an alias has no anchor before it', node.range?.[0] ?? 0)
      }
      anchors.set(node, target)
      return
    }
    if (isScalar(node) || isMap(node) || isSeq(node)) {
      if (node.anchor !== undefined) named.set(node.anchor, node as ParsedNode)
    }
    if (isMap(node) || isSeq(node)) for (const item of node.items) look(item)
    else if (isPair(node)) {
      look(node.key)
      look(node.value)
    }
  }
}

/** Whether a key means that the members of its value are members here (YAML 1.1, which kubectl reads). */
export function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.type === 'PLAIN' && key.source === '<<'
}
