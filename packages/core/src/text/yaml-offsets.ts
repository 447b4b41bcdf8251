/** Where the values of a YAML text stand. A document is parsed again when somebody first asks about it. */
import { isAlias, isMap, isPair, isScalar, isSeq } from 'yaml'
import type { Pair, ParsedNode } from 'yaml'
import type { ValueSpan } from './json-offsets.js'
import type { InputText } from './location.js'
import { type InputOffsets, outwardMap } from './position.js'
import { scalarOffsets } from './scalar-offsets.js'
import { type Anchors, anchorsOf, isMergeKey, readNodes } from './yaml-nodes.js'
import { longForm, type YamlOptions } from './yaml-tags.js'

/** Offsets between which one document of a text stands, with all that belongs to it. */
export interface DocumentRange {
  readonly start: number
  readonly end: number
}

/** A node and where its key starts; without a node for a value that is not written. */
interface Place {
  readonly node: ParsedNode | null
  readonly member: number
  /** The long form that the tag of the node stands for has been stepped through. */
  readonly isInside?: boolean
}

interface Tree {
  readonly contents: ParsedNode | null
  readonly anchors: Anchors
  /** Added to the offsets of nodes. */
  readonly base: number
}

/** Trees of a document are large and asked about one after the other. */
const MAX_TREES = 64

export function yamlOffsets(
  input: InputText,
  ranges: readonly DocumentRange[],
  options: YamlOptions,
): InputOffsets {
  const trees = new Map<number, Tree>()
  return {
    find: (pointer) => findAll(pointer).at(-1),
    findAll,
    outward,
  }

  function findAll(pointer: string): readonly ValueSpan[] {
    if (pointer === '') return [spanBetween(0, input.text.length, 0)]
    const [, document, ...rest] = pointer.split('/')
    const index = Number(document)
    const range = ranges[index]
    const tree = range === undefined ? undefined : treeOf(index, range)
    if (range === undefined || tree === undefined) return []
    if (rest.length === 0) {
      const from = tree.contents === null ? range.start : tree.base + tree.contents.range[0]
      return [spanBetween(from, range.end, from)]
    }
    return placesOf(tree, rest.map(unescapeSegment)).map(({ node, member }) => {
      if (node === null) return { start: member, end: member, member }
      const [start, end] = node.range
      return spanBetween(tree.base + start, tree.base + end, member)
    })
  }

  function outward(pointer: string, said: string): ((offset: number) => number) | undefined {
    const [, document, ...rest] = pointer.split('/')
    const range = ranges[Number(document)]
    const tree = range === undefined ? undefined : treeOf(Number(document), range)
    if (tree === undefined) return undefined
    const place = placesOf(tree, rest.map(unescapeSegment)).at(-1)
    const node = place === undefined ? undefined : behind(place.node, tree)
    if (!isScalar(node) || node.source !== said) return undefined
    const [start, end] = [tree.base + node.range[0], tree.base + node.range[1]]
    const span = { start, end, member: start }
    if (node.type === 'QUOTE_DOUBLE')
      return outwardMap(input.text, span, said) ?? scalarOffsets(input.text, span, said)
    return scalarOffsets(input.text, span, said)
  }

  function treeOf(index: number, { start, end }: DocumentRange): Tree | undefined {
    const known = trees.get(index)
    if (known !== undefined) return known
    const part = { name: input.name, text: input.text.slice(start, end) }
    const [nodes] = readNodes(part)
    if (nodes === undefined) return undefined
    const tree = { contents: nodes.contents, anchors: anchorsOf(nodes, 0, part), base: start }
    if (trees.size >= MAX_TREES) trees.clear()
    trees.set(index, tree)
    return tree
  }

  function placesOf(tree: Tree, segments: readonly string[]): readonly Place[] {
    let places: readonly Place[] = [{ node: tree.contents, member: tree.base }]
    for (const segment of segments) {
      const holder = places.at(-1)
      if (holder === undefined) return []
      places = membersOf(holder, segment, tree)
    }
    return places
  }

  function membersOf(
    { node, member, isInside = false }: Place,
    segment: string,
    tree: Tree,
  ): readonly Place[] {
    const target = behind(node, tree)
    if (target === null) return []
    if (!isInside && options.tags === 'cloudformation' && longForm(target.tag) !== undefined) {
      return longForm(target.tag) === segment ? [{ node: target, member, isInside: true }] : []
    }
    if (isSeq(target)) {
      const item: unknown = /^\d+$/.test(segment) ? target.items[Number(segment)] : undefined
      if (item === undefined) return []
      // A pair in a flow list stands for an object: it has no node, so its key stands for it.
      const child = (isPair(item) ? item.key : item) as ParsedNode | null
      return [{ node: child, member: child === null ? member : tree.base + child.range[0] }]
    }
    if (isMap(target)) return pairsOf(target.items, segment, tree)
    // The two parts of `!GetAtt a.b` are one scalar.
    return isInside && (segment === '0' || segment === '1') ? [{ node: target, member, isInside }] : []
  }

  function pairsOf(items: readonly Pair[], segment: string, tree: Tree): readonly Place[] {
    const own: Place[] = []
    const merged: Place[] = []
    for (const { key, value } of items) {
      const keyNode = behind(key as ParsedNode | null, tree)
      if (isScalar(keyNode) ? keyNode.source === segment : keyNode === null && segment === '') {
        const at = tree.base + ((key as ParsedNode | null)?.range[0] ?? 0)
        own.push({ node: (value ?? null) as ParsedNode | null, member: at })
      } else if (isMergeKey(keyNode)) {
        const source = behind(value as ParsedNode | null, tree)
        const sources = isSeq(source) ? source.items : [source]
        for (const one of sources) {
          const map = behind(one as ParsedNode | null, tree)
          if (isMap(map)) merged.unshift(...pairsOf(map.items, segment, tree).slice(-1))
        }
      }
    }
    return own.length > 0 ? own : merged
  }

  function behind(node: ParsedNode | null, { anchors }: Tree): Exclude<ParsedNode, { type: 'ALIAS' }> | null {
    return (isAlias(node) ? anchors.get(node) : node) ?? null
  }

  /** Blocks end behind their last line break. */
  function spanBetween(start: number, end: number, member: number): ValueSpan {
    let last = end
    while (last > start && isBlank(input.text.charCodeAt(last - 1))) last--
    return { start, end: last, member }
  }
}

function isBlank(unit: number): boolean {
  return unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09
}

function unescapeSegment(segment: string): string {
  return segment.includes('~') ? segment.replaceAll('~1', '/').replaceAll('~0', '~') : segment
}
