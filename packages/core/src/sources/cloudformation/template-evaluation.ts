/** Values of a template as CloudFormation would work them out, as far as the template tells. */
import { pointerSegment } from '../../text/location.js'
import { isList, isObject, type JsonObject } from '../json-input.js'
import { attributeOf, referenceTo } from './attributes.js'
import { type Evaluation, LONGEST_TEXT, NO_VALUE, type Place, TOO_LONG, type Trace } from './evaluation.js'
import { intrinsics } from './intrinsics.js'
import type { Outcome } from './outcome.js'
import { parameterValue } from './parameters.js'
import { type Piece, piecesOf } from './substitution.js'
import type { Resource, Template } from './template-parts.js'
import { withoutMarks } from './unknowns.js'

/** Resources that refer to each other in a longer chain are not followed to its end. */
const LONGEST_CHAIN = 50

/** Works out values as they are asked for, each property once. */
export class TemplateEvaluation implements Evaluation {
  readonly template: Template
  readonly outcome: Outcome
  readonly #properties = new Map<string, unknown>()
  readonly #underWay = new Set<string>()

  constructor(template: Template, outcome: Outcome) {
    this.template = template
    this.outcome = outcome
  }

  valueOf(node: unknown, source: string, trace?: Trace): unknown {
    const value = this.evaluate(node, { source, target: '', trace })
    return value === NO_VALUE ? undefined : value
  }

  property({ id, properties, pointer }: Resource, name: string): unknown {
    const key = `${id} ${name}`
    if (this.#properties.has(key)) return this.#properties.get(key)
    // Resources cannot refer to each other in a circle, but what is made up may.
    if (this.#underWay.has(key) || this.#underWay.size > LONGEST_CHAIN) return this.unknown(`${id}.${name}`)
    this.#underWay.add(key)
    const value = this.valueOf(properties[name], `${pointer}/Properties${pointerSegment(name)}`)
    this.#underWay.delete(key)
    this.#properties.set(key, value)
    return value
  }

  text(resource: Resource, name: string): string | undefined {
    const value = this.property(resource, name)
    return value === undefined || value === null || value === ''
      ? undefined
      : this.asText(value, `${resource.id}.${name}`)
  }

  unknown(origin: string, argument?: string): string {
    return this.template.unknowns.mark(origin, argument === undefined ? origin : `${origin} ${argument}`)
  }

  asText(value: unknown, origin: string, argument?: string): string {
    if (typeof value === 'string') return value
    return typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : this.unknown(origin, argument)
  }

  evaluate(node: unknown, { source, target, trace }: Place): unknown {
    trace?.set(target, source)
    if (typeof node === 'string') return this.literal(node)
    if (isList(node)) {
      const items: unknown[] = []
      for (const [index, item] of node.entries()) {
        const at = { source: `${source}/${index}`, target: `${target}/${items.length}`, trace }
        const value = this.evaluate(item, at)
        if (value !== NO_VALUE) items.push(value)
      }
      return items
    }
    if (!isObject(node)) return node
    const [name, ...others] = Object.keys(node)
    const intrinsic = name === undefined || others.length > 0 ? undefined : intrinsics.get(name)
    if (name !== undefined && intrinsic !== undefined) {
      return intrinsic(this, node[name], { source: source + pointerSegment(name), target, trace })
    }
    const macro = Object.keys(node).find((key) => key === 'Fn::Transform' || key.startsWith('Fn::'))
    if (macro !== undefined) return this.unknown(macro, `${macro} ${source}`)
    const members: [string, unknown][] = []
    for (const [key, member] of Object.entries(node)) {
      const segment = pointerSegment(key)
      const value = this.evaluate(member, { source: source + segment, target: target + segment, trace })
      if (value !== NO_VALUE) members.push([key, value])
    }
    return Object.fromEntries(members)
  }

  literal(text: string): string {
    const plain = withoutMarks(text)
    if (!plain.includes('{{resolve:')) return plain
    return plain.replace(/\{\{resolve:[^{}]*\}\}/g, (reference) => this.unknown(reference))
  }

  pieces(text: string, variables: JsonObject, source: string): readonly Piece[] {
    const tooLong: readonly Piece[] = [{ text: this.unknown(TOO_LONG), start: 0, end: text.length, name: '' }]
    if (text.length > LONGEST_TEXT) return tooLong
    const pieces = piecesOf(text, (name) => {
      if (Object.hasOwn(variables, name)) {
        const value = this.evaluate(variables[name], {
          source: source + pointerSegment(name),
          target: '',
          trace: undefined,
        })
        return this.asText(value, `\${${name}}`)
      }
      const dot = name.indexOf('.')
      const value = dot < 0 ? this.reference(name) : this.attribute(name.slice(0, dot), name.slice(dot + 1))
      return this.asText(value, name)
    })
    if (pieces.reduce((sum, piece) => sum + piece.text.length, 0) > LONGEST_TEXT) return tooLong
    return pieces.map((piece) =>
      piece.name === undefined ? { ...piece, text: this.literal(piece.text) } : piece,
    )
  }

  reference(name: string): unknown {
    if (name === 'AWS::NoValue') return NO_VALUE
    const resource = this.template.resources.get(name)
    return resource === undefined ? parameterValue(this, name) : referenceTo(this, resource)
  }

  attribute(id: string, name: string): unknown {
    const resource = this.template.resources.get(id)
    return resource === undefined ? this.unknown(`${id}.${name}`) : attributeOf(this, resource, name)
  }
}
