/**
 * Objects of an API server, less all that nothing is told from: what is kept of a cluster is a fraction of it, and holds no
 * value of a variable besides the two that name a role and a token's file. The readers of manifests give the same for what
 * is left as for the whole.
 */
import { isList, isObject, type JsonObject, textOf } from '../json-input.js'
import type { KubernetesRecordObject } from '../snapshot/record.js'
import { isReadAnnotation } from './annotations.js'
import { valueAt } from './objects.js'
import { expressionsOf, NODE_LABELS, requiredTerms } from './placement.js'
import { CONTAINERS, listOf, VARIABLES } from './workloads.js'

/** What is kept of an object besides its `metadata`. */
export type Trim = (object: JsonObject) => JsonObject

/** The object with what `trim` keeps of it; `undefined` for what has no name, which no object of a server lacks. */
export function trimmed(
  item: unknown,
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
  trim: Trim,
): KubernetesRecordObject | undefined {
  const metadata = valueAt(item, 'metadata')
  const name = textOf(valueAt(metadata, 'name'))
  if (!isObject(item) || !isObject(metadata) || name === undefined) return undefined
  const owners = [...listOf(metadata['ownerReferences'])].map(([owner]) =>
    present({ kind: textOf(owner['kind']), name: textOf(owner['name']) }),
  )
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...present({
        namespace: textOf(metadata['namespace']),
        uid: textOf(metadata['uid']),
        annotations: annotationsIn(metadata),
        labels: kind === 'Pod' ? textsByName(metadata['labels']) : undefined,
        ownerReferences: owners.length === 0 ? undefined : owners,
      }),
    },
    ...trim(item),
  }
}

export function ofNamespace(): JsonObject {
  return {}
}

export function ofServiceAccount(object: JsonObject): JsonObject {
  return some(object, 'automountServiceAccountToken')
}

export function ofPod({ spec }: JsonObject): JsonObject {
  return { spec: podSpec(spec) }
}

/** Of what makes pods: what they will be like. */
export function ofController({ spec }: JsonObject): JsonObject {
  return { spec: { template: template(valueAt(spec, 'template')) } }
}

export function ofCronJob({ spec }: JsonObject): JsonObject {
  const found = valueAt(spec, 'jobTemplate', 'spec', 'template')
  return { spec: { jobTemplate: { spec: { template: template(found) } } } }
}

export function ofRole({ rules }: JsonObject): JsonObject {
  return {
    rules: [...listOf(rules)].map(([rule]) => some(rule, 'apiGroups', 'resources', 'resourceNames', 'verbs')),
  }
}

export function ofBinding({ roleRef, subjects }: JsonObject): JsonObject {
  return {
    ...(isObject(roleRef) ? { roleRef: some(roleRef, 'kind', 'name') } : {}),
    subjects: [...listOf(subjects)].map(([subject]) => some(subject, 'kind', 'namespace', 'name')),
  }
}

function template(value: unknown): JsonObject {
  const metadata = valueAt(value, 'metadata')
  const kept = present({
    annotations: annotationsIn(metadata),
    labels: textsByName(valueAt(metadata, 'labels')),
  })
  return {
    ...(Object.keys(kept).length === 0 ? {} : { metadata: kept }),
    spec: podSpec(valueAt(value, 'spec')),
  }
}

function podSpec(value: unknown): JsonObject {
  const spec = isObject(value) ? value : {}
  const volumes = [...listOf(spec['volumes'])].flatMap(([volume]) => tokenVolume(volume))
  const system = textOf(valueAt(spec, 'os', 'name'))
  const terms = requiredTerms(spec)
  return {
    ...some(spec, 'serviceAccountName', 'serviceAccount', 'automountServiceAccountToken'),
    ...present({
      hostNetwork: spec['hostNetwork'] === true ? true : undefined,
      schedulerName:
        spec['schedulerName'] === 'default-scheduler' ? undefined : textOf(spec['schedulerName']),
      os: system === undefined ? undefined : { name: system },
      nodeSelector: ofNodes(spec['nodeSelector']),
      affinity: terms.some((term) => aboutNodes(term).length > 0) ? affinityOf(terms) : undefined,
      volumes: volumes.length === 0 ? undefined : volumes,
    }),
    ...Object.fromEntries(
      CONTAINERS.map(
        (list) => [list, [...listOf(spec[list])].map(([container]) => ofContainer(container))] as const,
      ).filter(([, containers]) => containers.length > 0),
    ),
  }
}

/** The tokens that a volume puts into the pod; its other sources are left out. */
function tokenVolume(volume: JsonObject): readonly JsonObject[] {
  const sources = [...listOf(valueAt(volume, 'projected', 'sources'))].flatMap(([{ serviceAccountToken }]) =>
    isObject(serviceAccountToken) ? [{ serviceAccountToken: some(serviceAccountToken, 'audience') }] : [],
  )
  return sources.length === 0 ? [] : [{ projected: { sources } }]
}

function ofContainer(container: JsonObject): JsonObject {
  const variables = [...listOf(container['env'])]
    .map(([variable]) => variable)
    .filter(({ name }) => VARIABLES.includes(name))
    .map((variable) => some(variable, 'name', 'value'))
  return { ...some(container, 'name', 'image'), ...(variables.length === 0 ? {} : { env: variables }) }
}

function ofNodes(selector: unknown): JsonObject | undefined {
  const kept = isObject(selector) ? some(selector, ...NODE_LABELS) : {}
  return Object.keys(kept).length === 0 ? undefined : kept
}

/** A term that says nothing of these labels stays, for it lets other nodes in. */
function affinityOf(terms: readonly JsonObject[]): JsonObject {
  const nodeSelectorTerms = terms.map((term) => ({ matchExpressions: aboutNodes(term) }))
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } }
}

function aboutNodes(term: JsonObject): readonly JsonObject[] {
  return expressionsOf(term)
    .filter(({ key }) => NODE_LABELS.some((label) => label === key))
    .map((expression) => some(expression, 'key', 'operator', 'values'))
}

function annotationsIn(metadata: unknown): Readonly<Record<string, string>> | undefined {
  return textsByName(valueAt(metadata, 'annotations'), isReadAnnotation)
}

function textsByName(
  value: unknown,
  isKept: (name: string) => boolean = () => true,
): Readonly<Record<string, string>> | undefined {
  if (!isObject(value)) return undefined
  const entries = Object.entries(value).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && isKept(entry[0]),
  )
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

/** Members of an object that are simple: texts, truth values, and lists of texts. */
function some(object: JsonObject, ...names: readonly string[]): JsonObject {
  return Object.fromEntries(
    names
      .filter((name) => Object.hasOwn(object, name) && isSimple(object[name]))
      .map((name) => [name, object[name]]),
  )
}

function isSimple(value: unknown): boolean {
  return isList(value)
    ? value.every((item) => typeof item === 'string')
    : typeof value === 'string' || typeof value === 'boolean'
}

function present<Members extends JsonObject>(
  members: Members,
): { readonly [Name in keyof Members]?: Exclude<Members[Name], undefined> } {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [Name in keyof Members]?: Exclude<Members[Name], undefined> }
}
