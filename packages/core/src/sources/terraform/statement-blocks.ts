/** The blocks of a policy document as its `.tf` file has them, with `dynamic` blocks unfolded. */
import type { InputText, Location } from '../../text/location.js'
import { evaluate, membersOf, withBound } from './evaluate.js'
import type { Declared } from './files.js'
import type { Block, Body, Range } from './hcl/syntax.js'
import { known, type Scope } from './scope.js'
import { isListValue, missing, objectOf, originOf, type Value } from './values.js'

export interface WrittenPrincipal {
  readonly type: Value
  readonly identifiers: Value
  readonly location: Location
}

export interface WrittenCondition {
  readonly test: Value
  readonly variable: Value
  readonly values: Value
  readonly location: Location
}

/** One statement, each part as far as the expressions tell. */
export interface WrittenStatement {
  /** A value of an attribute, `null` where it is not set. */
  readonly attribute: (name: string) => Value
  readonly placeOf: (name: string) => Location | undefined
  readonly principals: readonly WrittenPrincipal[]
  readonly notPrincipals: readonly WrittenPrincipal[]
  readonly conditions: readonly WrittenCondition[]
  readonly location: Location
}

/**
 * All statements in their order, `undefined` for one with blocks that nobody can count; `undefined` where the statements
 * themselves cannot be counted, as a `dynamic` block may not say how many it makes.
 */
export function writtenStatements(
  { input, block }: Declared,
  scope: Scope,
): readonly (WrittenStatement | undefined)[] | undefined {
  return unfolded(block.body, 'statement', scope)?.map((one) => statementOf(one, input))
}

export function placeAt(input: InputText, { start, end }: Range): Location {
  return { input, pointer: '', range: { start, end } }
}

interface Unfolded {
  readonly block: Block
  readonly body: Body
  readonly scope: Scope
}

function unfolded(body: Body, type: string, scope: Scope): readonly Unfolded[] | undefined {
  const all: Unfolded[] = []
  for (const block of body.blocks) {
    if (block.type === type) all.push({ block, body: block.body, scope })
    if (block.type !== 'dynamic' || block.labels[0] !== type) continue
    const content = block.body.blocks.find((one) => one.type === 'content')
    const forEach = block.body.attributes.get('for_each')?.value
    const iterator = block.body.attributes.get('iterator')?.value
    const collection = forEach === undefined ? missing('for_each') : known(evaluate(forEach, scope), scope)
    const members = membersOf(collection)
    if (content === undefined || members === undefined) return undefined
    const name = iterator?.kind === 'name' ? iterator.name : type
    // The members of a set are their own keys; a list that was made a set no longer says so, and few ask for its keys.
    for (const [key, value] of members) {
      const inner = withBound(scope, [
        [
          name,
          objectOf([
            ['key', key],
            ['value', value],
          ]),
        ],
      ])
      all.push({ block, body: content.body, scope: inner })
    }
  }
  return all
}

function statementOf({ block, body, scope }: Unfolded, input: InputText): WrittenStatement | undefined {
  const principals = unfolded(body, 'principals', scope)
  const notPrincipals = unfolded(body, 'not_principals', scope)
  const conditions = unfolded(body, 'condition', scope)
  if (principals === undefined || notPrincipals === undefined || conditions === undefined) return undefined
  const attributeIn = (one: Unfolded, name: string): Value => {
    const expression = one.body.attributes.get(name)?.value
    return expression === undefined ? null : deepKnown(evaluate(expression, one.scope), one.scope)
  }
  const self = { block, body, scope }
  const principalOf = (one: Unfolded): WrittenPrincipal => ({
    type: attributeIn(one, 'type'),
    identifiers: attributeIn(one, 'identifiers'),
    location: placeAt(input, one.block),
  })
  return {
    attribute: (name) => attributeIn(self, name),
    placeOf(name) {
      const attribute = body.attributes.get(name)
      return attribute && placeAt(input, attribute)
    },
    principals: principals.map(principalOf),
    notPrincipals: notPrincipals.map(principalOf),
    conditions: conditions.map((one) => ({
      test: attributeIn(one, 'test'),
      variable: attributeIn(one, 'variable'),
      values: attributeIn(one, 'values'),
      location: placeAt(input, one.block),
    })),
    location: placeAt(input, block),
  }
}

/** A list with all of its items looked at. */
function deepKnown(value: Value, scope: Scope): Value {
  const found = known(value, scope)
  return isListValue(found) ? found.map((item) => known(item, scope)) : found
}

/** The texts of a list; `undefined` where the list itself is not known. A missing item stays in its place. */
export function itemsOf(value: Value): readonly Value[] | undefined {
  if (isListValue(value)) return value
  return value === null ? [] : originOf(value) === undefined ? [value] : undefined
}
