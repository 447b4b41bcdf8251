/**
 * The native syntax of HCL 2, as far as trust policies are written in it.
 *
 * @see https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
 */

/** UTF-16 offsets, the end exclusive. */
export interface Range {
  readonly start: number
  readonly end: number
}

export interface Body {
  readonly attributes: ReadonlyMap<string, Attribute>
  readonly blocks: readonly Block[]
}

export interface Attribute extends Range {
  readonly name: string
  readonly value: Expression
}

/** From the first letter of its type to its closing brace. */
export interface Block extends Range {
  readonly type: string
  readonly labels: readonly string[]
  readonly body: Body
}

export type Expression = Range &
  (
    | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
    | { readonly kind: 'template'; readonly parts: readonly TemplatePart[] }
    | { readonly kind: 'list'; readonly items: readonly Expression[] }
    | { readonly kind: 'object'; readonly items: readonly ObjectItem[] }
    | ForExpression
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'member'; readonly of: Expression; readonly name: string }
    | { readonly kind: 'index'; readonly of: Expression; readonly index: Expression }
    /** `[*]` takes all that follows, `.*` the names that follow. */
    | { readonly kind: 'splat'; readonly of: Expression; readonly isFull: boolean }
    | {
        readonly kind: 'call'
        readonly name: string
        readonly args: readonly Expression[]
        readonly spread: boolean
      }
    | {
        readonly kind: 'conditional'
        readonly test: Expression
        readonly yes: Expression
        readonly no: Expression
      }
    | { readonly kind: 'operation'; readonly operator: string; readonly operands: readonly Expression[] }
    /** What is not read: template directives, and what does not parse. */
    | { readonly kind: 'opaque' }
  )

/** Text stands where it says it does: as many units as its range has, unless it was an escape. */
export type TemplatePart = Range &
  ({ readonly kind: 'text'; readonly text: string } | { readonly kind: 'value'; readonly value: Expression })

export interface ObjectItem extends Range {
  /** A bare name is a text. */
  readonly key: Expression
  readonly value: Expression
}

interface ForExpression {
  readonly kind: 'for'
  readonly names: readonly string[]
  readonly of: Expression
  /** Makes an object where it is there. */
  readonly key?: Expression
  readonly value: Expression
  readonly isGrouped: boolean
  readonly filter?: Expression
}
