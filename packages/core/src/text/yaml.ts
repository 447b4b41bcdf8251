/**
 * YAML as it is needed to report about it: plain values as JSON has them, positions when somebody asks, repeated keys
 * seen. Once a text is parsed, locations in its input are found by `positionOf` and its like as those in JSON are.
 */
import { isAlias, isMap, isPair, isScalar, isSeq } from 'yaml'
import type { Alias, ParsedNode, Scalar } from 'yaml'
import { type InputText, pointerSegment } from './location.js'
import { registerOffsets } from './position.js'
import { type Anchors, anchorsOf, faultAt, isMergeKey, readNodes } from './yaml-nodes.js'
import { type DocumentRange, yamlOffsets } from './yaml-offsets.js'
import { plainValue } from './yaml-scalar.js'
import { attributeParts, longForm, type YamlOptions } from './yaml-tags.js'

export type { YamlOptions } from './yaml-tags.js'

export interface YamlDocuments {
  readonly input: InputText
  readonly documents: readonly YamlDocument[]
}

export interface YamlDocument {
  /** Made of what `JSON.parse` can give. `__proto__` is a key like any other, dates and what may lose its spelling as a number are strings. */
  readonly value: unknown
  /** Pointer to the document: `/0`, `/1` …, also where there is only one. Pointers to its values begin with it. */
  readonly pointer: string
  /** Pointers of keys that stand more than once in one object; the value has the last of each. */
  readonly duplicates: readonly string[]
  /** Tags that mean nothing here; the value is what it would be without. */
  readonly tags: readonly { readonly tag: string; readonly pointer: string }[]
}

/** More values than this that aliases repeat are an attack, not a way to write less. */
const MAX_REPEATED = 1_000_000
const MAX_DEPTH = 100

/**
 * Parses a YAML text of any number of documents, empty ones included. Aliases are resolved, merge keys (`<<`) merged as
 * kubectl does.
 *
 * Guarantee: no text makes the process hang or end. Nesting is limited to 100 levels, also through aliases, the text to
 * 16 MiB, and what aliases repeat to a million values.
 *
 * @throws InputError `E_NOT_YAML`, `E_TOO_DEEP`, `E_TOO_LARGE`, with the position where it is known
 */
export function parseYaml(input: InputText, options: YamlOptions = {}): YamlDocuments {
  const documents: YamlDocument[] = []
  const ranges: DocumentRange[] = []
  let start = 0
  for (const nodes of readNodes(input)) {
    const conversion = new Conversion(input, anchorsOf(nodes, start, input), options)
    const pointer = `/${documents.length}`
    const { value } = conversion.read(nodes.contents, pointer)
    documents.push({ value, pointer, duplicates: conversion.duplicates, tags: conversion.tags })
    ranges.push({ start, end: nodes.range[2] })
    start = nodes.range[2]
  }
  registerOffsets(input, yamlOffsets(input, ranges, options))
  return { input, documents }
}

interface Read {
  readonly value: unknown
  /** Values in it, and how deep it is nested, with all aliases written out. */
  readonly size: number
  readonly height: number
}

class Conversion {
  readonly duplicates: string[] = []
  readonly tags: { tag: string; pointer: string }[] = []
  readonly #input: InputText
  readonly #anchors: Anchors
  readonly #isCloudFormation: boolean
  /** Values of nodes with an anchor. */
  readonly #read = new Map<unknown, Read>()
  #repeated = 0

  constructor(input: InputText, anchors: Anchors, options: YamlOptions) {
    this.#input = input
    this.#anchors = anchors
    this.#isCloudFormation = options.tags === 'cloudformation'
  }

  read(node: ParsedNode | null, pointer: string): Read {
    if (node === null) return leaf(null)
    if (isAlias(node)) return this.#aliased(node)
    const read = this.#tagged(node, pointer)
    if (read.height > MAX_DEPTH) {
      throw faultAt(this.#input, 'E_TOO_DEEP', `nested deeper than ${MAX_DEPTH} levels`, node.range[0])
    }
    if (node.anchor !== undefined) this.#read.set(node, read)
    return read
  }

  #aliased(alias: Alias): Read {
    const target = this.#anchors.get(alias)
    const read = this.#read.get(target)
    const offset = alias.range?.[0] ?? 0
    if (read === undefined) {
      throw faultAt(
        this.#input,
        'E_NOT_YAML',
        'not YAML that JSON could say: an alias stands inside of its own anchor',
        offset,
      )
    }
    this.#repeated += read.size
    if (this.#repeated > MAX_REPEATED) {
      throw faultAt(this.#input, 'E_TOO_LARGE', `aliases repeat more than ${MAX_REPEATED} values`, offset)
    }
    return read
  }

  #tagged(node: Exclude<ParsedNode, Alias.Parsed>, pointer: string): Read {
    const { tag } = node
    if (tag === undefined || tag === '!' || tag.startsWith('tag:yaml.org,2002:'))
      return this.#untagged(node, pointer)
    const key = this.#isCloudFormation ? longForm(tag) : undefined
    if (key === undefined) {
      this.tags.push({ tag, pointer })
      return this.#untagged(node, pointer)
    }
    const { value, size, height } = this.#untagged(node, pointer + pointerSegment(key), true)
    const parts = key === 'Fn::GetAtt' && typeof value === 'string' ? attributeParts(value) : undefined
    return { value: { [key]: parts ?? value }, size: size + 1, height: height + 1 }
  }

  #untagged(node: Exclude<ParsedNode, Alias.Parsed>, pointer: string, isText = false): Read {
    if (isMap(node)) return this.#object(node.items, pointer)
    if (isSeq(node)) return this.#list(node.items, pointer)
    // What a short form is given is a text, however it looks.
    return leaf(isText ? (node.source ?? '') : scalarValue(node))
  }

  #list(items: readonly unknown[], pointer: string): Read {
    const value: unknown[] = []
    let size = 1
    let height = 0
    for (const [index, item] of items.entries()) {
      // A pair in a flow list, `[a: b]`, is an object of its own.
      const at = `${pointer}/${index}`
      const read = isPair(item) ? this.#object([item], at) : this.read(item as ParsedNode | null, at)
      value.push(read.value)
      size += read.size
      height = Math.max(height, read.height)
    }
    return { value, size, height: height + 1 }
  }

  #object(items: readonly { readonly key: unknown; readonly value: unknown }[], pointer: string): Read {
    const value: Record<string, unknown> = {}
    const merged: unknown[] = []
    let size = 1
    let height = 0
    for (const { key: keyNode, value: member } of items) {
      const key = this.keyText(keyNode)
      const at = pointer + pointerSegment(key)
      const read = this.read((member ?? null) as ParsedNode | null, at)
      size += read.size
      height = Math.max(height, read.height)
      if (isMergeKey(keyNode)) {
        merged.push(...(Array.isArray(read.value) ? read.value : [read.value]))
        continue
      }
      if (Object.hasOwn(value, key)) this.duplicates.push(at)
      setOwn(value, key, read.value)
    }
    for (const source of merged) {
      if (typeof source !== 'object' || source === null) continue
      for (const [key, member] of Object.entries(source))
        if (!Object.hasOwn(value, key)) setOwn(value, key, member)
    }
    return { value, size, height: height + 1 }
  }

  /** A key as JSON has it: the text of a scalar. */
  keyText(key: unknown): string {
    const node = isAlias(key) ? this.#anchors.get(key) : key
    // The reading of a key that an alias repeats; keys hold nothing else.
    if (isScalar(node)) {
      const read = leaf(node.source ?? '')
      if (node.anchor !== undefined) this.#read.set(node, read)
      return String(read.value)
    }
    if (node === null || node === undefined) return ''
    const offset = isMap(node) || isSeq(node) ? (node.range?.[0] ?? 0) : 0
    throw faultAt(
      this.#input,
      'E_NOT_YAML',
      'not YAML that JSON could say: a key is an object or a list',
      offset,
    )
  }
}

function leaf(value: unknown): Read {
  return { value, size: 1, height: 0 }
}

function scalarValue(node: Scalar): unknown {
  const text = node.source ?? ''
  if (node.tag === 'tag:yaml.org,2002:str' || node.tag === '!') return text
  return node.type === 'PLAIN' || node.tag !== undefined ? plainValue(text) : text
}

/** An ordinary own property for every key: assigning to `__proto__` would set the prototype. */
function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value
  else Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
}
