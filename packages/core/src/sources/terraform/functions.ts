/**
 * Functions of Terraform that people write trust policies with. One that is not here makes its result missing.
 *
 * @see https://developer.hashicorp.com/terraform/language/functions
 */
import { known, type Scope, textOf } from './scope.js'
import {
  isKnown,
  isListValue,
  isObjectValue,
  missing,
  objectOf,
  originOf,
  type Value,
  valueOf,
} from './values.js'

/** `undefined` where the function has no answer. */
export type Function = (args: readonly Value[], scope: Scope) => Value | undefined

/** A function of texts. A text that is wholly missing stays so: what would be done to its word says nothing. */
function ofTexts(apply: (...texts: string[]) => Value | undefined): Function {
  return (args, scope) => {
    const found = args.map((arg) => known(arg, scope))
    const missed = found.find((arg) => originOf(arg) !== undefined)
    if (missed !== undefined) return missed
    const texts = found.map((arg) => textOf(arg, scope))
    return texts.every((text) => text !== undefined) ? apply(...texts) : undefined
  }
}

function listOf(value: Value | undefined, scope: Scope): readonly Value[] | undefined {
  const found = known(value ?? null, scope)
  return isListValue(found) ? found : undefined
}

function flat(value: Value, scope: Scope): readonly Value[] {
  const found = known(value, scope)
  return isListValue(found) ? found.flatMap((item) => flat(item, scope)) : [found]
}

/** The same text twice is one; what is missing stays by itself. */
function unique(list: readonly Value[], scope: Scope): readonly Value[] {
  const seen = new Set<string>()
  return list.filter((item) => {
    const text = textOf(item, scope)
    if (text === undefined || !seen.has(text)) {
      if (text !== undefined) seen.add(text)
      return true
    }
    return false
  })
}

const LONGEST_SUBJECT = 512

/**
 * A pattern as JavaScript reads it, where that is the same and cannot take long: RE2 has no backtracking, and
 * JavaScript has.
 */
function patternOf(source: string, subject: string): RegExp | undefined {
  const quantifiers = source.match(/[*+{]/g)?.length ?? 0
  if (
    source.length > 200 ||
    subject.length > LONGEST_SUBJECT ||
    quantifiers > 3 ||
    /\)[*+{]|\(\?[^:]/.test(source)
  )
    return undefined
  try {
    return new RegExp(source, 'gu')
  } catch {
    return undefined
  }
}

function replaced(text: string, search: string, by: string): string | undefined {
  if (search.length < 2 || !search.startsWith('/') || !search.endsWith('/'))
    return text.replaceAll(search, () => by)
  const pattern = patternOf(search.slice(1, -1), text)
  return pattern && text.replace(pattern, by.replace(/\$\{?(\w+)\}?/g, '$$$1'))
}

function matched(pattern: string, text: string): Value | undefined {
  const match = patternOf(pattern, text)?.exec(text)
  if (match === null || match === undefined) return undefined
  if (match.groups !== undefined)
    return objectOf(Object.entries(match.groups).map(([key, group]) => [key, group ?? '']))
  return match.length > 1 ? match.slice(1).map((group) => group ?? '') : match[0]
}

function formatted([form, ...args]: readonly Value[], scope: Scope): Value | undefined {
  const pattern = known(form ?? null, scope)
  if (typeof pattern !== 'string') return undefined
  let next = 0
  let isRead = true
  const text = pattern.replace(/%%|%([a-z])|%/g, (all, verb: string | undefined) => {
    if (all === '%%') return '%'
    const said =
      verb === 's' || verb === 'd' || verb === 'v' ? textOf(args[next++] ?? null, scope) : undefined
    if (said === undefined) isRead = false
    return said ?? ''
  })
  return isRead ? text : undefined
}

function merged(args: readonly Value[], scope: Scope): Value | undefined {
  const entries: [string, Value][] = []
  for (const arg of args) {
    const object = known(arg, scope)
    if (object === null) continue
    if (!isObjectValue(object)) return originOf(object) === undefined ? undefined : object
    entries.push(...Object.entries(object))
  }
  return objectOf(entries)
}

/** JSON, with words in the place of what is missing. */
function jsonOf(value: Value, scope: Scope): unknown {
  const settled = known(value, scope)
  const origin = originOf(settled)
  if (origin !== undefined) return scope.wordFor(origin)
  if (isListValue(settled)) return settled.map((item) => jsonOf(item, scope))
  if (!isObjectValue(settled)) return settled
  return Object.fromEntries(Object.entries(settled).map(([key, item]) => [key, jsonOf(item, scope)]))
}

const same: Function = ([value]) => value

const list: Function = ([value], scope) => {
  const settled = known(value ?? null, scope)
  return isObjectValue(settled) ? Object.values(settled) : settled
}

function ofList(
  apply: (items: readonly Value[], scope: Scope, ...rest: readonly Value[]) => Value | undefined,
): Function {
  return ([first, ...rest], scope) => {
    const items = listOf(first, scope)
    return items && apply(items, scope, ...rest.map((arg) => known(arg, scope)))
  }
}

export const FUNCTIONS: ReadonlyMap<string, Function> = new Map<string, Function>([
  ['replace', ofTexts((text, search = '', by = '') => replaced(text ?? '', search, by))],
  [
    'trimprefix',
    ofTexts((text = '', prefix = '') => (text.startsWith(prefix) ? text.slice(prefix.length) : text)),
  ],
  [
    'trimsuffix',
    ofTexts((text = '', suffix = '') =>
      suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text,
    ),
  ],
  ['trimspace', ofTexts((text = '') => text.trim())],
  ['chomp', ofTexts((text = '') => text.replace(/[\r\n]+$/, ''))],
  ['lower', ofTexts((text = '') => text.toLowerCase())],
  ['upper', ofTexts((text = '') => text.toUpperCase())],
  ['split', ofTexts((separator = '', text = '') => (text === '' ? [] : text.split(separator)))],
  [
    'substr',
    ofTexts((text = '', from = '0', length = '-1') =>
      Number(length) < 0 ? text.slice(Number(from)) : text.slice(Number(from)).slice(0, Number(length)),
    ),
  ],
  ['regex', ofTexts((pattern = '', text = '') => matched(pattern, text))],
  ['basename', ofTexts((text = '') => text.slice(text.lastIndexOf('/') + 1))],
  ['dirname', ofTexts((text = '') => text.slice(0, Math.max(0, text.lastIndexOf('/'))))],
  ['startswith', ofTexts((text = '', prefix = '') => text.startsWith(prefix))],
  ['endswith', ofTexts((text = '', suffix = '') => text.endsWith(suffix))],
  ['tostring', ofTexts((text = '') => text)],
  ['format', formatted],
  [
    'join',
    ([separator, ...lists], scope) => {
      const texts = lists.flatMap((items) => flat(items, scope)).map((item) => textOf(item, scope))
      const mark = textOf(separator ?? null, scope)
      return mark !== undefined && texts.every((text) => text !== undefined) ? texts.join(mark) : undefined
    },
  ],
  [
    'element',
    ofList((items, _scope, index) =>
      typeof index === 'number' && items.length > 0
        ? items[((index % items.length) + items.length) % items.length]
        : undefined,
    ),
  ],
  ['slice', ofList((items, _scope, from, to) => items.slice(Number(from), Number(to)))],
  ['one', ofList((items) => (items.length > 1 ? undefined : (items[0] ?? null)))],
  ['reverse', ofList((items) => items.toReversed())],
  ['distinct', ofList(unique)],
  ['toset', ofList(unique)],
  [
    'sort',
    ofList((items) => (items.every((item) => typeof item === 'string') ? items.toSorted() : undefined)),
  ],
  [
    'compact',
    ofList((items, scope) =>
      items.filter((item) => !['', null].includes(known(item, scope) as string | null)),
    ),
  ],
  [
    'contains',
    ofList((items, scope, value) =>
      isKnown(value ?? null)
        ? items.some((item) => textOf(item, scope) === textOf(value ?? null, scope))
        : undefined,
    ),
  ],
  [
    'flatten',
    ([value], scope) => (listOf(value, scope) === undefined ? undefined : flat(value ?? null, scope)),
  ],
  [
    'concat',
    (args, scope) => {
      const lists = args.map((arg) => listOf(arg, scope))
      return lists.every((items) => items !== undefined) ? lists.flat() : undefined
    },
  ],
  [
    'length',
    ([value], scope) => {
      const settled = known(value ?? null, scope)
      if (isListValue(settled) || typeof settled === 'string') return settled.length
      return isObjectValue(settled) ? Object.keys(settled).length : undefined
    },
  ],
  ['merge', merged],
  ['keys', ([value], scope) => sortedEntries(value, scope)?.map(([key]) => key)],
  ['values', ([value], scope) => sortedEntries(value, scope)?.map(([, item]) => item)],
  [
    'lookup',
    ([value, key, otherwise], scope) => {
      const object = known(value ?? null, scope)
      const name = textOf(key ?? null, scope)
      if (!isObjectValue(object) || name === undefined) return undefined
      return object[name] ?? otherwise
    },
  ],
  ['jsonencode', ([value], scope) => encoded(value ?? null, scope)],
  ['jsondecode', ([value], scope) => decoded(known(value ?? null, scope))],
  ['file', ([path], scope) => fileValue(path, scope)],
  ['tolist', list],
  ['tomap', same],
  ['tobool', same],
  ['tonumber', same],
  ['nonsensitive', same],
  ['sensitive', (_args) => missing('a sensitive value')],
])

function sortedEntries(
  value: Value | undefined,
  scope: Scope,
): readonly (readonly [string, Value])[] | undefined {
  const object = known(value ?? null, scope)
  return isObjectValue(object) ? Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1)) : undefined
}

function encoded(value: Value, scope: Scope): Value {
  const settled = known(value, scope)
  if (originOf(settled) !== undefined) return settled
  return scope.made(JSON.stringify(jsonOf(settled, scope)), { kind: 'value', value: settled })
}

function decoded(text: Value): Value | undefined {
  if (typeof text !== 'string') return text
  try {
    return valueOf(JSON.parse(text))
  } catch {
    return undefined
  }
}

function fileValue(path: Value | undefined, scope: Scope): Value | undefined {
  const name = known(path ?? null, scope)
  return typeof name === 'string' ? scope.fileText(name) : undefined
}
