import type { JsonObject } from '../json-input.js'
import type { Outcome } from './outcome.js'
import type { Piece } from './substitution.js'
import type { Resource, Template } from './template-parts.js'

/** What `AWS::NoValue` leaves in the place of a value: nothing. */
export const NO_VALUE = Symbol('AWS::NoValue')

/** No text of a trust policy is longer; a template that repeats itself is cut off here. */
export const LONGEST_TEXT = 200_000

export const TOO_LONG = 'a text too long to be read'

/** Where the parts of a value stand in the template, by their pointers below the value. */
export type Trace = Map<string, string>

export interface Place {
  /** Pointer to the node in the template. */
  readonly source: string
  /** Pointer to the value below what is evaluated. */
  readonly target: string
  readonly trace: Trace | undefined
}

/** The values of a template in one outcome of its conditions. Texts hold the marks of what is not known. */
export interface Evaluation {
  readonly template: Template
  readonly outcome: Outcome
  /** The value of a node, `undefined` for no value. */
  valueOf(node: unknown, source: string, trace?: Trace): unknown
  /** The value of a node, or `NO_VALUE`. */
  evaluate(node: unknown, at: Place): unknown
  /** `undefined` where the property is not set. */
  property(resource: Resource, name: string): unknown
  /** The text of a property, `undefined` where it is not set; what is no text is not known. */
  text(resource: Resource, name: string): string | undefined
  /** What `Ref` gives for a name, and `Fn::GetAtt` for a resource and its attribute. */
  reference(name: string): unknown
  attribute(id: string, name: string): unknown
  /** The pieces of a text for `Fn::Sub`; `source` is the pointer to its variables. */
  pieces(text: string, variables: JsonObject, source: string): readonly Piece[]
  /** The mark of a value; `origin` says for people where it will come from, `argument` tells alike ones apart. */
  unknown(origin: string, argument?: string): string
  /** The text of a scalar, a mark for anything else. */
  asText(value: unknown, origin: string, argument?: string): string
  /** A text with dynamic references taken for what they are: values that CloudFormation puts in. */
  literal(text: string): string
}
