/**
 * The policy that the data source `aws_iam_policy_document` will make, with words in the place of what is not known
 * yet. The plan shows its arguments in a `read` change, the `.tf` file shows what the unknown ones are made of; either
 * alone will do, as far as it goes.
 *
 * @see https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document
 */
import type { Configuration, Leaf } from './configuration.js'
import type { ConfigurationFiles } from './files.js'
import type { Instance } from './instances.js'
import { evaluate } from './evaluate.js'
import { known } from './scope.js'
import type { Scopes } from './scopes.js'
import { shownAt } from './settle.js'
import { itemsOf, writtenStatements } from './statement-blocks.js'
import { type ModelStatement, statementOf, type WordFor } from './statements.js'
import { isAbsent, type Value } from './values.js'

export interface DocumentModel {
  readonly version: string
  readonly id?: string
  readonly statements: readonly ModelStatement[]
  /** What could not be rebuilt, a sentence each. */
  readonly gaps: readonly string[]
}

export interface DocumentContext {
  readonly files: ConfigurationFiles
  readonly configuration: Configuration
  scopes(): Scopes
  /** The word that stands for a missing value. */
  readonly wordFor: WordFor
  /** The model of a text that a document made, or of any policy. */
  modelOfText(text: string): DocumentModel | undefined
  /** The model of the document that a reference leads to. */
  modelOfLeaf(leaf: Leaf): DocumentModel | undefined
}

/** `undefined` where so little is known that no policy can be made of it. */
export function documentModel(instance: Instance, context: DocumentContext): DocumentModel | undefined {
  const argument = (name: string): Value => valueOfArgument(instance, name)
  const declared = context.files.declared(instance.module, 'data', instance.type, instance.name)
  const scope = declared && context.scopes().scopeOfInstance(instance.module, instance.index, declared)
  const written = declared && scope && writtenStatements(declared, scope)
  const planned = itemsOf(argument('statement'))
  const gaps: string[] = []

  const own: ModelStatement[] = []
  const isAligned = planned === undefined || written === undefined || written.length === planned.length
  const count = planned?.length ?? written?.length
  if (count === undefined) return undefined
  for (let index = 0; index < count; index++) {
    const shown = planned?.[index]
    const statement = statementOf(
      shown,
      isAligned ? written?.[index] : undefined,
      `${instance.address}.statement[${index}]`,
      context.wordFor,
    )
    if (typeof statement === 'string') gaps.push(statement)
    else own.push(statement)
  }
  const merged: ModelStatement[] = []
  const head = { version: '', id: '' }
  const merge = (
    model: Pick<DocumentModel, 'statements'> & Partial<Pick<DocumentModel, 'version' | 'id'>>,
  ): void => {
    if ((model.version ?? '') > head.version) head.version = model.version ?? ''
    if (model.id !== undefined) head.id = model.id
    for (const statement of model.statements) {
      const sid = statement.json['Sid']
      const at =
        typeof sid === 'string' && sid !== '' ? merged.findIndex(({ json }) => json['Sid'] === sid) : -1
      if (at === -1) merged.push(statement)
      else merged[at] = statement
    }
  }
  const others = (name: string): void => {
    for (const [index, model] of otherDocuments(instance, name, argument(name), context).entries()) {
      if (model === undefined)
        gaps.push(`\`${name}[${index}]\` of ${instance.address} is known only after apply`)
      else {
        gaps.push(...model.gaps)
        merge(model)
      }
    }
  }
  others('source_policy_documents')
  const version = argument('version')
  const id = argument('policy_id')
  merge({
    statements: own,
    version: typeof version === 'string' ? version : '2012-10-17',
    ...(typeof id === 'string' ? { id } : {}),
  })
  others('override_policy_documents')
  if (merged.length === 0 && gaps.length > 0) return undefined
  return { version: head.version, ...(head.id === '' ? {} : { id: head.id }), statements: merged, gaps }
}

/** An argument as the plan shows it, what is not known in it missing. */
function valueOfArgument(instance: Instance, name: string): Value {
  const value = shownAt(instance, [name])
  return isAbsent(value) ? null : value
}

/** What `source_policy_documents` and `override_policy_documents` hold, `undefined` for one that nothing shows. */
function otherDocuments(
  instance: Instance,
  name: string,
  shown: Value,
  context: DocumentContext,
): readonly (DocumentModel | undefined)[] {
  const leaves = context.configuration.leavesAt(instance, [name])
  const written = writtenList(instance, name, context)
  const planned = itemsOf(shown)
  const count = planned?.length ?? written?.length ?? leaves.length
  return Array.from({ length: count }, (_, index) => {
    const leaf = leaves.length === count ? leaves[index] : undefined
    const other = written?.length === count ? written[index] : undefined
    const text = planned?.[index]
    const model = leaf && context.modelOfLeaf(leaf)
    if (model !== undefined) return model
    const policy = [text, other].find((one) => typeof one === 'string')
    return typeof policy === 'string' ? context.modelOfText(policy) : undefined
  })
}

function writtenList(
  instance: Instance,
  name: string,
  { files, scopes }: DocumentContext,
): readonly Value[] | undefined {
  const declared = files.declared(instance.module, 'data', instance.type, instance.name)
  const expression = declared?.block.body.attributes.get(name)?.value
  if (declared === undefined || expression === undefined) return undefined
  const scope = scopes().scopeOfInstance(instance.module, instance.index, declared)
  return itemsOf(known(evaluate(expression, scope), scope))?.map((item) => known(item, scope))
}
