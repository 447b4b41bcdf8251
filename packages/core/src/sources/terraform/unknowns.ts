/**
 * Trust policies as people wrote them: those that are known only after apply are rebuilt, with words in the place of
 * what nobody knows yet, and those that are known are traced to the lines of the `.tf` files.
 */
import type { Hole, TrustPolicyDocument } from '../../inventory.js'
import type { InputText, Location } from '../../text/location.js'
import { quoted } from '../../text/quote.js'
import { issuerOfProviderArn, ownerOf } from '../aws-names.js'
import { isList, isObject, type JsonObject } from '../json-input.js'
import { type Placeholders, placeholdersOf } from '../placeholders.js'
import { textDocument } from '../trust-document.js'
import type { Configuration, Leaf } from './configuration.js'
import { type DocumentModel, documentModel } from './documents.js'
import { evaluate } from './evaluate.js'
import { type ConfigurationFiles, configurationFiles, type ConfigurationTexts } from './files.js'
import { type Instance, instancesOf } from './instances.js'
import { refined } from './refine.js'
import { knownText, type TerraformResource } from './resource.js'
import { known } from './scope.js'
import { type Scopes, scopesOf } from './scopes.js'
import { clusterIssuer } from './settle.js'
import { missing, type Value } from './values.js'
import { modelOfPolicy, textOfModel, type WrittenPolicy, writtenPolicy } from './written-policy.js'

export interface Unknowns {
  readonly files: ConfigurationFiles
  /** Words that were put in the place of what is not known. */
  readonly holes: readonly Hole[]
  /** A policy that is known, traced to where it was written. */
  traced(
    resource: TerraformResource,
    attribute: string,
    text: string,
    location: Location,
  ): TrustPolicyDocument
  /** A policy that is known only after apply; `undefined` where too little of it is known. */
  rebuilt(resource: TerraformResource, attribute: string, location: Location): Rebuilt | undefined
  /** Host and path of the issuer of a provider or a cluster, known or not. */
  issuerOf(resource: TerraformResource): string | undefined
}

export interface Rebuilt {
  readonly document: TrustPolicyDocument
  /** What stays unknown in it, a sentence each. */
  readonly gaps: readonly string[]
}

export function unknownsOf(
  plan: JsonObject,
  input: InputText,
  configuration: Configuration,
  texts: ConfigurationTexts,
): Unknowns {
  const instances = instancesOf(plan)
  // A state has no configuration inside of it.
  const { rootNames } = configuration
  const files = configurationFiles(
    texts,
    rootNames.length === 0 && texts.size > 0 ? instances.rootNames() : rootNames,
  )
  const placeholders = placeholdersOf(input.name)
  const models = new Map<string, DocumentModel>()
  const knownDocuments = new Map<string, Instance>()
  const byAddress = new Map<string, DocumentModel | undefined>()
  let scopesMade: Scopes | undefined
  const scopes = (): Scopes =>
    (scopesMade ??= scopesOf({
      plan,
      configuration,
      files,
      instances,
      placeholders,
      documentText,
      knownDocument,
    }))
  const knownDocument = (instance: Instance, text: string): void => {
    knownDocuments.set(text, instance)
  }
  const writtenOf = (text: string): WrittenPolicy | undefined =>
    writtenPolicy(text, undefined, scopes().madeFrom(text))
  const documentContext = {
    files,
    configuration,
    scopes,
    wordFor: (origin: string) => placeholders.word(origin),
    modelOfText: (text: string) => models.get(text) ?? modelOfPolicy(text, writtenOf(text)),
    modelOfLeaf(leaf: Leaf) {
      const document = documentAt(leaf, undefined)
      return document && modelOf(document)
    },
  }
  const modelOf = (instance: Instance): DocumentModel | undefined => {
    if (!byAddress.has(instance.address))
      byAddress.set(instance.address, documentModel(instance, documentContext))
    return byAddress.get(instance.address)
  }
  const documentText = (instance: Instance): Value => {
    const model = modelOf(instance)
    if (model === undefined) return missing(`${instance.address}.json`)
    const text = textOfModel(model)
    if (!models.has(text)) models.set(text, model)
    return text
  }

  /** A policy as its attribute is written: by the only document it refers to, or by its expression. */
  const sourceOf = (resource: TerraformResource, attribute: string): Source | undefined => {
    scopes().refill()
    const document = documentOf(resource, attribute)
    const model = document && modelOf(document)
    if (model !== undefined) {
      const text = textOfModel(model)
      return { text, written: writtenPolicy(text, model, undefined), gaps: model.gaps }
    }
    const { module, type, name, address } = resource
    const declared = files.declared(module, 'resource', type, name)
    const expression = declared?.block.body.attributes.get(attribute)?.value
    if (declared === undefined || expression === undefined) return undefined
    const scope = scopes().scopeOfInstance(module, instances.at(address)?.index, declared)
    const text = known(evaluate(expression, scope), scope)
    if (typeof text !== 'string') return undefined
    const read = knownDocuments.get(text)
    const made = models.get(text) ?? (read && modelOf(read))
    return {
      text: made === undefined ? text : textOfModel(made),
      written: writtenPolicy(text, made, scopes().madeFrom(text)),
      gaps: made?.gaps ?? [],
    }
  }
  /** The document that the references of an attribute leave no doubt about. */
  const documentOf = (resource: TerraformResource, attribute: string): Instance | undefined => {
    const leaves = configuration.leavesAt(resource, [attribute])
    const [only, ...others] = leaves.filter(({ text }) => !/^(?:each|count|path|terraform)\./.test(text))
    if (only === undefined || others.length > 0) return undefined
    const isKeyed = leaves.some(({ text }) => text === 'each.key' || text === 'count.index')
    return documentAt(only, isKeyed ? instances.at(resource.address)?.index : undefined)
  }
  /** @param key the key that the reference is followed by, where it is that of whoever refers */
  const documentAt = ({ module, text }: Leaf, key: string | number | undefined): Instance | undefined => {
    const [, name, index = ''] = /^data\.aws_iam_policy_document\.([\w-]+)(\[.*?\])?(?:\.|$)/.exec(text) ?? []
    if (name === undefined) return undefined
    const found = instances.find(module, 'data', 'aws_iam_policy_document', name)
    if (index !== '') return found.find(({ address }) => address.endsWith(index))
    return key === undefined
      ? found.length === 1
        ? found[0]
        : undefined
      : found.find((one) => one.index === key)
  }
  const guessProvider = (origin: string): string | undefined => {
    const [, address = '', index = ''] =
      /^(.*data\.aws_iam_policy_document\.[\w-]+(?:\[[^\]]*\])?)\.statement\[(\d+)\]/.exec(origin) ?? []
    const document = instances.at(address)
    for (const block of PRINCIPAL_BLOCKS) {
      if (document === undefined) break
      const leaves = configuration.leavesAt(document, [
        'statement',
        Number(index),
        'principals',
        block,
        'identifiers',
      ])
      const value = scopes().valueOfLeaves(leaves)
      if (typeof value === 'string' && value.includes(':oidc-provider/')) return value
    }
    const [only, ...others] = instances
      .ofType('aws_iam_openid_connect_provider')
      .filter(({ values }) => typeof values['arn'] !== 'string')
    const arn = only === undefined || others.length > 0 ? undefined : scopes().settle(only, ['arn'])
    return typeof arn === 'string' ? arn : undefined
  }
  return {
    files,
    get holes() {
      return placeholders.holes
    },
    traced(resource, attribute, text, location) {
      const plain = textDocument(text, location)
      const source = files.folderOf(resource.module) === undefined ? undefined : sourceOf(resource, attribute)
      if (source?.written === undefined || countStatements(source.text) !== countStatements(text))
        return plain
      return withPlaces(plain, source.text, source.written)
    },
    rebuilt(resource, attribute, location) {
      const source = sourceOf(resource, attribute)
      if (source === undefined) return undefined
      const owner = ownerOf(knownText(resource, 'arn'))
      const policy = policyIn(ownedBy(source.text, owner, placeholders))
      if (policy === undefined) return undefined
      // Without the expressions nobody sees that a key is made of the URL of a provider, which is read back otherwise.
      const isOfUrl =
        files.folderOf(resource.module) === undefined &&
        configuration
          .originsOf(resource, attribute)
          .some((origin) => /aws_iam_openid_connect_provider\..*\.url$/.test(origin))
      const {
        policy: value,
        assumed,
        gaps,
      } = refined(policy, { placeholders, owner, guessProvider, isOfUrl })
      const text = JSON.stringify(value)
      const holes = placeholders.holesIn(text)
      const document: TextPolicy = {
        kind: 'text',
        text,
        location: { ...location, inner: { text, pointer: '' } },
        holes,
        ...(assumed.length === 0 ? {} : { assumed }),
      }
      return {
        document: source.written === undefined ? document : withPlaces(document, source.text, source.written),
        gaps: [...holeGaps(holes), ...assumedGaps(assumed), ...gaps, ...source.gaps],
      }
    },
    issuerOf({ address, type }) {
      if (type === 'aws_eks_cluster') return clusterIssuer(address, placeholders)
      const instance = instances.at(address)
      const url = instance && scopes().settle(instance, ['url'])
      return typeof url === 'string' ? url : undefined
    },
  }
}

/** More kinds of principals than there are. */
const PRINCIPAL_BLOCKS = [0, 1, 2, 3, 4, 5, 6, 7]

interface Source {
  readonly text: string
  readonly written: WrittenPolicy | undefined
  readonly gaps: readonly string[]
}

type TextPolicy = Extract<TrustPolicyDocument, { kind: 'text' }>

function policyIn(text: string): JsonObject | undefined {
  try {
    const policy: unknown = JSON.parse(text)
    return isObject(policy) ? policy : undefined
  } catch {
    return undefined
  }
}

function countStatements(text: string): number | undefined {
  const statement = policyIn(text)?.['Statement']
  return isList(statement) ? statement.length : isObject(statement) ? 1 : undefined
}

/** The ARNs of providers that are not known yet belong to the account of the role, where that is known. */
function ownedBy(text: string, owner: ReturnType<typeof ownerOf>, placeholders: Placeholders): string {
  if (owner.account === undefined) return text
  let owned = text
  for (const { placeholder, origin, kind } of placeholders.holesIn(text)) {
    const issuer = kind === 'provider' ? issuerOfProviderArn(placeholder) : undefined
    if (issuer !== undefined)
      owned = owned.replaceAll(placeholder, placeholders.providerArn(origin, issuer, owner))
  }
  return owned
}

/** An issuer that is not known yet has no gap here: the cluster or the provider that it comes from has one. */
function holeGaps(holes: readonly Hole[]): readonly string[] {
  const origins = new Set(
    holes.filter(({ kind }) => kind !== 'issuer' && kind !== 'provider').map(({ origin }) => origin),
  )
  return [...origins].map((origin) => `it waits for ${quoted(origin)}`)
}

function assumedGaps(assumed: readonly string[]): readonly string[] {
  return [...new Set(assumed)].map(
    (pointer) => `which claims the condition keys under ${quoted(pointer)} name was told from their values`,
  )
}

function withPlaces(
  document: TextPolicy,
  source: string,
  { places, duplicates }: WrittenPolicy,
): TrustPolicyDocument {
  const isListed = (text: string): boolean => isList(policyIn(text)?.['Statement'])
  const from = isListed(document.text)
  const to = isListed(source)
  const sourceMap = (pointer: string): Location | undefined => places(relisted(pointer, from, to))
  if (duplicates.length === 0) return { ...document, sourceMap }
  const { location, holes, assumed } = document
  return {
    kind: 'value',
    value: policyIn(document.text),
    // What stands there shows the last copies alone, so nothing is to be read there again.
    location: { input: location.input, pointer: location.pointer },
    duplicates: duplicates.map((pointer) => relisted(pointer, to, from)),
    sourceMap,
    ...(holes === undefined ? {} : { holes }),
    ...(assumed === undefined ? {} : { assumed }),
  }
}

/** The same place in a policy whose only statement stands in a list, or by itself. */
function relisted(pointer: string, from: boolean, to: boolean): string {
  if (from === to) return pointer
  return from
    ? pointer.replace(/^\/Statement\/0/, '/Statement')
    : pointer.replace(/^\/Statement/, '/Statement/0')
}
