/** Everything built into Kubernetes (1.34) that runs pods, one entry each. */
import type { Unknown, Workload } from '../../inventory.js'
import { quoted } from '../../text/quote.js'
import { isList, isObject, type JsonObject, textOf } from '../json-input.js'
import { type KubernetesObject, member, truthOf, valueAt } from './objects.js'
import { placeOf } from './placement.js'

const TEMPLATE = ['spec', 'template'] as const

/** Where each kind holds what its pods are like. */
const kinds: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['/Pod', []],
  ['/ReplicationController', TEMPLATE],
  ['apps/Deployment', TEMPLATE],
  ['apps/StatefulSet', TEMPLATE],
  ['apps/DaemonSet', TEMPLATE],
  ['apps/ReplicaSet', TEMPLATE],
  ['extensions/Deployment', TEMPLATE],
  ['extensions/DaemonSet', TEMPLATE],
  ['extensions/ReplicaSet', TEMPLATE],
  ['batch/Job', TEMPLATE],
  ['batch/CronJob', ['spec', 'jobTemplate', 'spec', 'template']],
])

/** The way to the pods of a workload, or `undefined` for what runs none. */
export function templatePath({ group, kind }: KubernetesObject): readonly string[] | undefined {
  return kinds.get(`${group}/${kind}`)
}

export function workloadOf(object: KubernetesObject, path: readonly string[]): Workload {
  const { kind, namespace, name, isOwned, location } = object
  const found = valueAt(object.value, ...path, 'spec')
  const spec = isObject(found) ? found : {}
  const automount = truthOf(spec['automountServiceAccountToken'])
  const variables = environmentOf(spec)
  const labels = labelsOf(object, path)
  const runsOn = placeOf(labels, spec)
  return {
    kind,
    namespace,
    name,
    serviceAccount: textOf(spec['serviceAccountName']) ?? textOf(spec['serviceAccount']) ?? 'default',
    ...(automount === undefined ? {} : { automount }),
    tokens: tokensOf(object, spec, path),
    roleArns: variables
      .filter(({ name: variable }) => variable === 'AWS_ROLE_ARN')
      .map((variable) => valueOf(variable, object)),
    setsTokenFile: variables.some(({ name: variable }) => variable === 'AWS_WEB_IDENTITY_TOKEN_FILE'),
    hostNetwork: truthOf(spec['hostNetwork']) ?? false,
    ...(labels === undefined ? {} : { labels }),
    ...(runsOn === undefined ? {} : { runsOn }),
    ...(isPodIdentityAgent(object, spec) ? { isPodIdentityAgent: true } : {}),
    isOwned,
    location,
  }
}

export function* listOf(value: unknown): Generator<readonly [JsonObject, number]> {
  if (!isList(value)) return
  for (const [index, item] of value.entries()) if (isObject(item)) yield [item, index]
}

function tokensOf(
  { location }: KubernetesObject,
  spec: JsonObject,
  path: readonly string[],
): Workload['tokens'] {
  const tokens: { audience?: string; location: Workload['location'] }[] = []
  for (const [volume, volumeIndex] of listOf(spec['volumes'])) {
    for (const [source, index] of listOf(valueAt(volume, 'projected', 'sources'))) {
      const token = source['serviceAccountToken']
      if (!isObject(token)) continue
      const audience = textOf(token['audience'])
      tokens.push({
        ...(audience === undefined ? {} : { audience }),
        location: member(
          location,
          ...path,
          'spec',
          'volumes',
          volumeIndex,
          'projected',
          'sources',
          index,
          'serviceAccountToken',
        ),
      })
    }
  }
  return tokens
}

function labelsOf(
  { value }: KubernetesObject,
  path: readonly string[],
): ReadonlyMap<string, string> | undefined {
  const labels = valueAt(value, ...path, 'metadata', 'labels')
  if (!isObject(labels)) return undefined
  const entries = Object.entries(labels).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  return entries.length === 0 ? undefined : new Map(entries)
}

/**
 * By the name that the chart and the add-on give it, with the suffix of a variant for hybrid nodes, or by the image where
 * somebody chose another name.
 *
 * @see https://github.com/aws/eks-pod-identity-agent/tree/main/charts/eks-pod-identity-agent
 */
function isPodIdentityAgent({ group, kind, name }: KubernetesObject, spec: JsonObject): boolean {
  if (group !== 'apps' || kind !== 'DaemonSet') return false
  return (
    /^eks-pod-identity-agent(?:-|$)/.test(name) ||
    [...listOf(spec['containers'])].some(([{ image }]) => AGENT_IMAGE.test(textOf(image) ?? ''))
  )
}

/** The repository, in whatever registry, without tag and digest. */
const AGENT_IMAGE = /(?:^|\/)eks\/eks-pod-identity-agent(?:[:@]|$)/

/** Containers of all kinds. Those for debugging (`ephemeralContainers`) come and go and are not looked at. */
export const CONTAINERS = ['containers', 'initContainers'] as const

/** The variables that the SDKs of AWS read; no other is looked at, for they hold secrets. */
export const VARIABLES: readonly unknown[] = ['AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE']

function environmentOf(spec: JsonObject): readonly JsonObject[] {
  return CONTAINERS.flatMap((list) =>
    [...listOf(spec[list])].flatMap(([container]) =>
      [...listOf(container['env'])]
        .map(([variable]) => variable)
        .filter(({ name }) => VARIABLES.includes(name)),
    ),
  )
}

function valueOf(variable: JsonObject, { kind, name }: KubernetesObject): string | Unknown {
  const value = textOf(variable['value'])
  if (value !== undefined) return value
  const reason = `\`AWS_ROLE_ARN\` of ${quoted(`${kind} ${name}`)} comes from elsewhere`
  return { unknown: true, reason, cause: 'not-collected' }
}
