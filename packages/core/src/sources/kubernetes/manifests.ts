/**
 * Kubernetes (API of 1.34): manifests as people and Helm write them, and what `kubectl get … -o json` or `-o yaml` prints.
 * Service accounts with the annotations of EKS, workloads, namespaces, RBAC, and the roles that controllers make.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/
 */
import { InputError } from '../../errors.js'
import type {
  ClusterKind,
  Completeness,
  CoverageGap,
  HeldKind,
  Inventory,
  Namespace,
  ServiceAccount,
  StrayAnnotation,
  Workload,
} from '../../inventory.js'
import { isUnknown } from '../../inventory.js'
import type { JsonDocument } from '../../text/json.js'
import type { InputText } from '../../text/location.js'
import { quoted } from '../../text/quote.js'
import type { YamlDocuments, YamlOptions } from '../../text/yaml.js'
import { isList, parseJsonSequence } from '../json-input.js'
import { annotationsOf, misplacedAnnotations, misspelledAnnotations } from './annotations.js'
import { completeKinds } from './completeness.js'
import { type Controlled, readControlled } from './controllers.js'
import {
  groupsOf,
  isKubernetesObject,
  type KubernetesObject,
  type ManifestDocument,
  truthOf,
} from './objects.js'
import { type RbacFound, readRbac } from './rbac.js'
import { templatePath, workloadOf } from './workloads.js'

export interface ManifestOptions {
  /** What to call the input in reports. */
  readonly name?: string
  /** `yaml` of `@podtrust/core/sources/yaml`; without it only JSON is read. */
  readonly yaml?: (input: InputText, options: YamlOptions) => YamlDocuments
  /** The name of the cluster that the objects are of, or are for. */
  readonly cluster?: string
}

/** Whether a value is an object of Kubernetes, a list of them, or several of these. */
export function isManifest(value: unknown): boolean {
  return isList(value) ? value.some(isKubernetesObject) : isKubernetesObject(value)
}

/**
 * Reads objects of Kubernetes. An object without a namespace has an unknown one: it goes to wherever kubectl points.
 *
 * @throws InputError `E_NOT_JSON`, `E_NOT_YAML`, `E_TOO_DEEP`, `E_TOO_LARGE`, `E_UNRECOGNIZED_INPUT`
 * @example
 * ```ts
 * import { yaml } from '@podtrust/core/sources/yaml'
 *
 * const inventory = readManifests(text, { name: 'app.yaml', cluster: 'prod', yaml })
 * ```
 */
export function readManifests(text: string, options: ManifestOptions = {}): Inventory {
  const input = { name: options.name ?? 'manifests', text }
  const { yaml, cluster } = options
  if (yaml === undefined || /^\ufeff?\s*[{[]/.test(text)) {
    const document = parseJsonSequence(input)
    if (isManifest(document.value)) return manifestInventory(document, cluster)
  } else {
    const documents = yaml(input, {})
    if (areManifests(documents)) return yamlManifestInventory(documents, cluster)
  }
  throw new InputError('E_UNRECOGNIZED_INPUT', 'no object of Kubernetes: nothing has `apiVersion` and `kind`')
}

export function areManifests({ documents }: YamlDocuments): boolean {
  return documents.some(({ value }) => isManifest(value))
}

export function manifestInventory({ input, value, ...document }: JsonDocument, cluster?: string): Inventory {
  const duplicates = document.duplicateKeys().map(({ pointer }) => pointer)
  const documents = [{ value, location: { input, pointer: '' } }]
  return withRepeats(
    inventoryOfObjects(documents, cluster === undefined ? {} : { cluster }),
    input,
    duplicates,
  )
}

export function yamlManifestInventory({ input, documents }: YamlDocuments, cluster?: string): Inventory {
  const located = documents.map(({ value, pointer }) => ({ value, location: { input, pointer } }))
  const duplicates = documents.flatMap((document) => document.duplicates)
  return withRepeats(inventoryOfObjects(located, cluster === undefined ? {} : { cluster }), input, duplicates)
}

interface Found extends Controlled, RbacFound {
  readonly serviceAccounts: ServiceAccount[]
  readonly workloads: Workload[]
  readonly namespaces: Namespace[]
  readonly strayAnnotations: StrayAnnotation[]
}

export interface ObjectsOptions {
  /** The name or the ARN of the cluster that the objects are of. */
  readonly cluster?: string
  /** Kinds of which all objects are there, where somebody knows it; else it is told from the objects. */
  readonly complete?: readonly ClusterKind[]
}

/** Reads objects of Kubernetes that have their places already, wherever they come from. */
export function inventoryOfObjects(
  documents: readonly ManifestDocument[],
  { cluster, complete: kinds }: ObjectsOptions,
): Inventory {
  const gaps: CoverageGap[] = []
  const found: Found = {
    roles: [],
    providers: [],
    associations: [],
    gaps,
    serviceAccounts: [],
    workloads: [],
    namespaces: [],
    strayAnnotations: [],
    rbacRoles: [],
    rbacBindings: [],
    unplaced: 0,
  }
  const where = cluster === undefined ? {} : { cluster }
  const complete: Completeness[] = (kinds ?? []).map((kind) => ({ kind, ...where }))
  for (const group of groupsOf(documents, gaps)) {
    for (const object of group.objects) readObject(object, where, found)
    if (kinds === undefined) for (const kind of completeKinds(group)) complete.push({ kind, ...where })
  }
  const { roles, providers, associations, serviceAccounts, workloads, namespaces, strayAnnotations } = found
  const { rbacRoles, rbacBindings, unplaced } = found
  return {
    facts: {
      providers,
      clusters: [],
      associations,
      serviceAccounts,
      workloads,
      namespaces,
      strayAnnotations,
      ...(rbacRoles.length === 0 ? {} : { rbacRoles }),
      ...(rbacBindings.length === 0 ? {} : { rbacBindings }),
      ...(unplaced === 0
        ? {}
        : { outOfScope: [`${unplaced} Roles and RoleBindings that name no namespace`] }),
      complete,
      holds: new Set(heldKinds(found)),
      gaps,
    },
    roles,
  }
}

/** Repeated keys on which something depends are gaps. */
function withRepeats(inventory: Inventory, input: InputText, pointers: readonly string[]): Inventory {
  const gaps = pointers
    .filter((pointer) => /serviceAccount|annotations|automount|metadata|eks\.amazonaws\.com/i.test(pointer))
    .map((pointer): CoverageGap => {
      const reason = `the key ${quoted(pointer)} stands more than once, only the last was read`
      return { kind: 'service-account', subject: input.name, reason, location: { input, pointer } }
    })
  if (gaps.length === 0) return inventory
  return { ...inventory, facts: { ...inventory.facts, gaps: [...inventory.facts.gaps, ...gaps] } }
}

/** Manifests hold what they declare at least one of. */
function* heldKinds(found: Found): Generator<HeldKind> {
  if (found.serviceAccounts.length > 0) yield 'service-accounts'
  if (found.workloads.length > 0) yield 'workloads'
  if (found.namespaces.length > 0) yield 'namespaces'
  if (found.roles.length > 0) yield 'roles'
  if (found.providers.length > 0) yield 'providers'
  if (found.associations.length > 0) yield 'associations'
  if (found.rbacRoles.length + found.rbacBindings.length > 0) yield 'rbac'
}

function readObject(object: KubernetesObject, where: { readonly cluster?: string }, found: Found): void {
  const { group, kind, name, location } = object
  const path = templatePath(object)
  if (group === '' && kind === 'ServiceAccount') {
    readServiceAccount(object, where, found)
  } else if (group === '' && kind === 'Namespace') {
    found.namespaces.push({ ...where, name, location })
    for (const stray of misplacedAnnotations(object)) found.strayAnnotations.push({ ...where, ...stray })
  } else if (path !== undefined) {
    found.workloads.push({ ...where, ...workloadOf(object, path) })
    // What a controller of Kubernetes made repeats the annotations of its owner.
    const strays = object.isOwned ? [] : misplacedAnnotations(object, ...(path.length === 0 ? [] : [path]))
    for (const stray of strays) found.strayAnnotations.push({ ...where, ...stray })
  } else {
    readControlled(object, found)
    readRbac(object, where, found)
  }
}

function readServiceAccount(
  object: KubernetesObject,
  where: { readonly cluster?: string },
  found: Found,
): void {
  const { namespace, name, value, location } = object
  const automount = truthOf(value['automountServiceAccountToken'])
  const annotations = annotationsOf(object)
  found.serviceAccounts.push({
    ...where,
    namespace,
    name,
    ...annotations,
    ...(automount === undefined ? {} : { automount }),
    location,
  })
  for (const stray of misspelledAnnotations(object)) found.strayAnnotations.push({ ...where, ...stray })
  // Without a role nothing about it is in question.
  if (annotations.roleArn !== undefined && isUnknown(namespace)) {
    found.gaps.push({
      kind: 'service-account',
      subject: `ServiceAccount ${name}`,
      reason: namespace.reason,
      location,
    })
  }
}
