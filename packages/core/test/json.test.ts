import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'

import { PodtrustError } from '../src/errors.js'
import { asciiLowerCase } from '../src/text/ascii.js'
import { keyPositionOf, occurrencesOf, parseJson, positionOf, textAt } from '../src/text/json.js'
import { type Location, pointerSegment } from '../src/text/location.js'
import { escaped, quoted } from '../src/text/quote.js'

const input = (text: string) => ({ name: 'test.json', text })
const at = (text: string, pointer: string): Location => ({ input: input(text), pointer })

function failure(text: string, limits?: Parameters<typeof parseJson>[1]): PodtrustError {
  try {
    parseJson(input(text), limits)
  } catch (error) {
    if (error instanceof PodtrustError) return error
    throw error
  }
  throw new Error(`parsed: ${text.slice(0, 50)}`)
}

/** A tree of members that may repeat, its text, and what it means, each worked out by itself. */
type Tree =
  | { readonly items: readonly Tree[] }
  | { readonly members: readonly (readonly [string, Tree])[] }
  | string

const key = fc.constantFrom('a', 'b', 'c', '__proto__', 'a/b', 'm~n', '0', 'é', '\ud800', '\u2028', '"q"', '')
const tree = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      fc.jsonValue({ maxDepth: 0 }).map((value) => JSON.stringify(value)),
      fc.constantFrom('1.0', '1e3', '-0', '"\\u0022:"', '"{:}"', '"\\\\"', '"\\\\\\""', '""', '{}', '[]'),
    ),
    fc.array(tie('tree'), { maxLength: 4 }).map((items) => ({ items })),
    fc.array(fc.tuple(key, tie('tree')), { maxLength: 5 }).map((members) => ({ members })),
  ),
})).tree

const gap = fc.constantFrom('', ' ', '\n', '\r\n', '\t', '  \n ')

function textOf(node: Tree, space: string): string {
  if (typeof node === 'string') return node
  if ('items' in node)
    return `[${space}${node.items.map((item) => textOf(item, space)).join(`${space},${space}`)}${space}]`
  const members = node.members.map(
    ([name, value]) => `${JSON.stringify(name)}${space}:${space}${textOf(value, space)}`,
  )
  return `{${space}${members.join(`${space},${space}`)}${space}}`
}

function repeatedPointers(node: Tree, pointer = ''): string[] {
  if (typeof node === 'string') return []
  if ('items' in node)
    return node.items.flatMap((item, index) => repeatedPointers(item, `${pointer}/${index}`))
  const names = node.members.map(([name]) => name)
  const here = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))]
  return [
    ...here.map((name) => pointer + pointerSegment(name)),
    ...node.members.flatMap(([name, value]) => repeatedPointers(value, pointer + pointerSegment(name))),
  ]
}

/** The value at every pointer, the last of repeated members winning. */
function pointers(value: unknown, pointer = ''): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [[pointer, value]]
  return [
    [pointer, value],
    ...Object.entries(value).flatMap(([name, member]) => pointers(member, pointer + pointerSegment(name))),
  ]
}

function slice(text: string, position: ReturnType<typeof positionOf>): string {
  if (position === undefined) return 'nothing'
  const lines = text.split('\n')
  const offset = (line: number, column: number) =>
    lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + column - 1
  return text.slice(offset(position.line, position.column), offset(position.endLine, position.endColumn))
}

describe('repeated keys', () => {
  test('the parser sees a repeated key exactly where a naive reader sees one', () => {
    fc.assert(
      fc.property(tree, gap, (node, space) => {
        const text = textOf(node, space)
        const document = parseJson(input(text))
        const expected = repeatedPointers(node)
        expect(document.value).toEqual(JSON.parse(text))
        expect(document.hasDuplicateKeys).toBe(expected.length > 0)
        expect(
          document
            .duplicateKeys()
            .map(({ pointer }) => pointer)
            .toSorted(),
        ).toEqual(expected.toSorted())
      }),
      { numRuns: 400 },
    )
  })

  test('the slow reading is equal to the value and keeps every copy', () => {
    fc.assert(
      fc.property(tree, gap, (node, space) => {
        const text = textOf(node, space)
        expect(parseJson(input(text)).copies().value).toEqual(JSON.parse(text))
      }),
      { numRuns: 150 },
    )
    const { value, copies } = parseJson(input('{"a": {"k": 1, "k": [2], "k": 3}}')).copies()
    expect(copies((value as { a: object }).a, 'k')).toEqual([1, [2], 3])
    expect(copies((value as { a: object }).a, 'other')).toBeUndefined()
  })

  test('every member that has a repeated key is located from its key to its end', () => {
    const text = '{\n  "k": 1,\n  "k": {"x": [2]}\n}'
    const [duplicate] = parseJson(input(text)).duplicateKeys()
    expect(duplicate?.key).toBe('k')
    expect(duplicate?.positions.map((position) => slice(text, position))).toEqual([
      '"k": 1',
      '"k": {"x": [2]}',
    ])
    expect(occurrencesOf(at(text, '/k'))).toEqual(duplicate?.positions)
    expect(slice(text, positionOf(at(text, '/k')))).toBe('{"x": [2]}')
  })

  test('a colon inside a string is no member', () => {
    expect(parseJson(input('{"a:b": "c:\\"d:", "e": ":"}')).hasDuplicateKeys).toBe(false)
    expect(parseJson(input('":"')).hasDuplicateKeys).toBe(false)
  })
})

describe('positions', () => {
  test('the range of every value is its own text', () => {
    fc.assert(
      fc.property(tree, gap, (node, space) => {
        const text = textOf(node, space)
        const source = input(text)
        for (const [pointer, value] of pointers(JSON.parse(text))) {
          const location = { input: source, pointer }
          expect(JSON.parse(slice(text, positionOf(location)))).toEqual(value)
          expect(textAt(location)).toBe(slice(text, positionOf(location)))
        }
      }),
      { numRuns: 150 },
    )
  })

  test('a member counts from its key, an item from itself', () => {
    const text = '{"list": [10, 20]}'
    expect(slice(text, keyPositionOf(at(text, '/list')))).toBe('"list": [10, 20]')
    expect(slice(text, keyPositionOf(at(text, '/list/1')))).toBe('20')
  })

  test('lines count from one, columns in UTF-16 units, carriage returns belong to their line', () => {
    const text = '{\r\n\t"😀": true }'
    expect(positionOf(at(text, '/😀'))).toEqual({ line: 2, column: 8, endLine: 2, endColumn: 12 })
  })

  test('a byte order mark has no column and is not part of the value', () => {
    const text = '\ufeff{"a": 1}'
    expect(parseJson(input(text)).value).toEqual({ a: 1 })
    expect(positionOf(at(text, ''))).toEqual({ line: 1, column: 1, endLine: 1, endColumn: 9 })
    expect(positionOf(at(text, '/a'))).toMatchObject({ line: 1, column: 7 })
  })

  test('what is not there has no position', () => {
    for (const pointer of ['/b', '/a/x', '/l/2', '/l/01', '/l/-1', '/l/x', '/__proto__', '/constructor']) {
      expect(positionOf(at('{"a": 1, "l": [1, 2]}', pointer))).toBeUndefined()
    }
  })

  test('a text that is not JSON gives some answer', () => {
    for (const text of [
      '',
      ' ',
      '{',
      '{"',
      '{"a"',
      '{"a":',
      '[',
      '[,',
      '[1',
      '{"a" 1}',
      '{"\\u12": 1}',
      '}',
      '"\\',
    ]) {
      expect(() => [
        positionOf(at(text, '')),
        positionOf(at(text, '/a')),
        positionOf(at(text, '/0')),
      ]).not.toThrow()
    }
  })

  test('a place in an embedded document is found behind its escapes', () => {
    fc.assert(
      fc.property(tree, gap, fc.boolean(), (node, space, isAscii) => {
        const inner = textOf(node, space)
        const token = JSON.stringify(inner)
        const escapedToken = isAscii
          ? token.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
          : token
        const text = `{\n "policy": ${escapedToken}\n}`
        const source = input(text)
        for (const [pointer] of pointers(JSON.parse(inner))) {
          const location = { input: source, pointer: '/policy', inner: { text: inner, pointer } }
          const expected = slice(inner, positionOf(at(inner, pointer)))
          expect(JSON.parse(`"${slice(text, positionOf(location))}"`)).toBe(expected)
        }
      }),
      { numRuns: 150 },
    )
  })

  test('a URL-encoded document is located as a whole', () => {
    const inner = '{"a": 1}'
    const text = JSON.stringify({ policy: encodeURIComponent(inner) })
    const location = { input: input(text), pointer: '/policy', inner: { text: inner, pointer: '/a' } }
    expect(slice(text, positionOf(location))).toBe(JSON.stringify(encodeURIComponent(inner)))
    expect(occurrencesOf(location)).toHaveLength(1)
  })

  test('a pointer that an embedded document does not have is located at the whole string', () => {
    const text = '{"policy": "not json"}'
    const location = { input: input(text), pointer: '/policy', inner: { text: 'not json', pointer: '/a' } }
    expect(slice(text, positionOf(location))).toBe('"not json"')
  })

  test('thousands of locations in one dump do not cost a scan each', () => {
    const inner = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Filler: 'x'.repeat(200) }],
    })
    const roles = Array.from({ length: 5_000 }, (_, index) => ({ Name: `role-${index}`, Policy: inner }))
    const source = input(JSON.stringify({ Roles: roles }, null, 1))
    const begin = performance.now()
    const lines = roles.map((_, index) => {
      const pointer = `/Roles/${index}/Policy`
      return positionOf({ input: source, pointer, inner: { text: inner, pointer: '/Statement/0' } })?.line
    })
    expect(performance.now() - begin).toBeLessThan(2000)
    expect(lines).toEqual(roles.map((_, index) => 4 * index + 5))
  })
})

describe('texts that are not JSON', () => {
  test.each([
    ['', 'the text is empty', 1, 1],
    [' \n ', 'the text is empty', 2, 2],
    ['{"a": 1,}', 'a comma stands before the closing brace', 1, 9],
    ['[1,\n 2,]', 'a comma stands before the closing bracket', 2, 4],
    ['{"a" 1}', 'expected a colon after the key', 1, 6],
    ['{a: 1}', 'expected a key in double quotes', 1, 2],
    ["{'a': 1}", 'expected a key in double quotes', 1, 2],
    ["['a']", 'strings stand in double quotes', 1, 2],
    ['{"a": 1 "b": 2}', 'expected a comma or a closing brace', 1, 9],
    ['[1 2]', 'expected a comma or a closing bracket', 1, 4],
    ['{"a": tru}', 'expected a value', 1, 7],
    ['{"a": NaN}', 'expected a value', 1, 7],
    ['{} {}', 'the value has ended but the text goes on', 1, 4],
    ['{"a": 1', 'the text ends too early', 1, 8],
    ['{"a": "b', 'a string is not closed', 1, 9],
    ['{"a": "b\n"}', 'a string holds a line break or another control character', 1, 9],
    ['"\\x41"', 'a string holds an escape that JSON does not have', 1, 3],
    ['"\\u12g4"', 'expected four hexadecimal digits after the escape', 1, 6],
    ['// note\n{}', 'comments are not part of JSON', 1, 1],
    ['{ # note\n}', 'comments are not part of JSON', 1, 3],
    ['01', 'the value has ended but the text goes on', 1, 2],
    ['\ufeff\ufeff{}', 'expected a value', 1, 1],
  ])('%j is refused with its reason and place', (text, reason, line, column) => {
    const error = failure(text)
    expect(error.code).toBe('E_NOT_JSON')
    expect(error.message).toBe(`not JSON: ${reason} at line ${line}, column ${column}`)
    expect(error.position).toEqual({ line, column })
  })

  test('a broken text is refused near the place where it was broken', () => {
    fc.assert(
      fc.property(
        tree,
        gap,
        fc.nat(),
        fc.constantFrom('', ',', '}', ']', '"', ':', 'x', '\\', '\u0000'),
        (node, space, where, put) => {
          const text = textOf(node, space)
          const cut = where % (text.length + 1)
          const broken = text.slice(0, cut) + put + text.slice(cut + 1)
          let isJson = true
          try {
            JSON.parse(broken)
          } catch {
            isJson = false
          }
          if (isJson) {
            expect(parseJson(input(broken)).value).toEqual(JSON.parse(broken))
            return
          }
          const { code, position } = failure(broken)
          expect(code).toBe('E_NOT_JSON')
          const lines = broken.split('\n')
          const offset = lines
            .slice(0, (position?.line ?? 0) - 1)
            .reduce((sum, line) => sum + line.length + 1, 0)
          expect(offset + (position?.column ?? 0) - 1).toBeLessThanOrEqual(broken.length)
          // Nothing before the break is objected to but the token it broke.
          expect(offset + (position?.column ?? 0) - 1).toBeGreaterThanOrEqual(
            cut === 0 ? 0 : Math.min(cut - 8, cut),
          )
        },
      ),
      { numRuns: 300 },
    )
  })

  test('nesting and length are bounded before any parser runs', () => {
    expect(failure('['.repeat(100_000)).code).toBe('E_TOO_DEEP')
    expect(failure('{"a":'.repeat(100_000)).message).toBe(
      'nested deeper than 100 levels at line 1, column 501',
    )
    expect(parseJson(input('['.repeat(100) + ']'.repeat(100))).hasDuplicateKeys).toBe(false)
    expect(failure('[[[]]]', { maxDepth: 2 }).code).toBe('E_TOO_DEEP')
    expect(failure('[1, 2]', { maxLength: 5 }).code).toBe('E_TOO_LARGE')
    expect(failure(']'.repeat(100_000)).code).toBe('E_NOT_JSON')
  })

  test('long runs of backslashes and quotes stay linear', () => {
    const begin = performance.now()
    expect(failure(`"${'\\'.repeat(1_000_001)}"`).code).toBe('E_NOT_JSON')
    expect(parseJson(input(`"${'\\"'.repeat(1_000_000)}"`)).hasDuplicateKeys).toBe(false)
    expect(failure('"'.repeat(1_000_001)).code).toBe('E_NOT_JSON')
    expect(performance.now() - begin).toBeLessThan(1000)
  })
})

describe('text of strangers', () => {
  test('what could deceive a terminal or a reader is a visible escape', () => {
    expect(quoted('a\u001b[2Jb')).toBe('`a\\u{1b}[2Jb`')
    expect(quoted('line\nbreak\r')).toBe('`line\\u{a}break\\u{d}`')
    expect(quoted('\u202eevil\u2066\u200b\ufeff\u2028\u007f\u0085')).toBe(
      '`\\u{202e}evil\\u{2066}\\u{200b}\\u{feff}\\u{2028}\\u{7f}\\u{85}`',
    )
    expect(quoted('\ud800 \udc00 😀 \u{e0041}')).toBe('`\\u{d800} \\u{dc00} 😀 \\u{e0041}`')
    expect(quoted('a`b')).toBe('`a\\u{60}b`')
    expect(escaped('é ü `')).toBe('é ü `')
  })

  test('a long text is cut, and never within a character', () => {
    expect(quoted('x'.repeat(1_000_000))).toBe(`\`${'x'.repeat(100)}…\``)
    expect(quoted(`${'x'.repeat(4)}😀`, 5)).toBe('`xxxx…`')
    expect(quoted('')).toBe('``')
  })

  test('lower case folds A to Z and nothing else', () => {
    expect(asciiLowerCase('AWS:SourceIp')).toBe('aws:sourceip')
    expect(asciiLowerCase('ÀK\u212aZ')).toBe('Àk\u212az')
  })
})
