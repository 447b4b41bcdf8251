/**
 * The annotations of EKS that the Pod Identity webhook reads from service accounts.
 *
 * @see https://github.com/aws/amazon-eks-pod-identity-webhook (v0.6), `pkg/annotations` and `pkg/cache`
 */
import type { ServiceAccount, StrayAnnotation, Unknown } from '../../inventory.js'
import type { Location } from '../../text/location.js'
import { quoted } from '../../text/quote.js'
import { isObject } from '../json-input.js'
import { type KubernetesObject, member } from './objects.js'

const PREFIX = 'eks.amazonaws.com/'
const ROLE_ARN = `${PREFIX}role-arn`
const AUDIENCE = `${PREFIX}audience`
const EXPIRATION = `${PREFIX}token-expiration`
const REGIONAL = `${PREFIX}sts-regional-endpoints`

type Annotated = Pick<
  ServiceAccount,
  'roleArn' | 'roleArnLocation' | 'audience' | 'tokenExpiration' | 'stsRegionalEndpoints'
>

/** What a service account asks for. A copy of the object in `last-applied-configuration` is no annotation of its own. */
export function annotationsOf(object: KubernetesObject): Annotated {
  const { location } = object
  const roleArn = annotation(object, ROLE_ARN)
  const audience = annotation(object, AUDIENCE)
  const expiration = annotation(object, EXPIRATION)
  const regional = annotation(object, REGIONAL)
  return {
    ...(roleArn === undefined
      ? {}
      : { roleArn, roleArnLocation: member(location, 'metadata', 'annotations', ROLE_ARN) }),
    ...(audience === undefined || audience === '' ? {} : { audience }),
    ...(expiration === undefined ? {} : { tokenExpiration: secondsOf(expiration) }),
    ...(regional === undefined ? {} : { stsRegionalEndpoints: regionalOf(regional) }),
  }
}

/** An annotation as it is written; Kubernetes takes nothing but texts, so other scalars are shown as theirs. */
function annotation({ metadata }: KubernetesObject, name: string): string | undefined {
  const annotations = metadata['annotations']
  if (!isObject(annotations) || !Object.hasOwn(annotations, name)) return undefined
  const value = annotations[name]
  if (value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

const SHORTEST = 600
const LONGEST = 86_400

/** The webhook takes no less than ten minutes, and EKS no more than a day. */
function secondsOf(text: string): number | Unknown {
  if (!/^[0-9]{1,9}$/.test(text)) return unreadable(EXPIRATION, text, 'is not a number of seconds')
  const seconds = Number(text)
  if (seconds >= SHORTEST && seconds <= LONGEST) return seconds
  return unreadable(EXPIRATION, text, `is not between ${SHORTEST} and ${LONGEST} seconds`)
}

/** As Go reads truth values. */
function regionalOf(text: string): boolean | Unknown {
  if (/^(?:1|t|T|TRUE|true|True)$/.test(text)) return true
  return /^(?:0|f|F|FALSE|false|False)$/.test(text)
    ? false
    : unreadable(REGIONAL, text, 'is neither true nor false')
}

function unreadable(name: string, text: string, what: string): Unknown {
  return { unknown: true, reason: `${quoted(text)} of ${quoted(name)} ${what}`, cause: 'unreadable' }
}

/** Annotations of a service account that are nearly `role-arn`, and that nobody reads. */
export function misspelledAnnotations(object: KubernetesObject): readonly StrayAnnotation[] {
  return keysOf(object.metadata['annotations']).flatMap((key) =>
    key !== ROLE_ARN && isNearlyRoleArn(key)
      ? { ...strayOf(object, key, member(object.location, 'metadata', 'annotations', key)), meant: ROLE_ARN }
      : [],
  )
}

/** `role-arn` of any object but a service account, on itself or on the pods that it makes. */
export function misplacedAnnotations(
  object: KubernetesObject,
  ...templates: readonly (readonly string[])[]
): readonly StrayAnnotation[] {
  return [[], ...templates].flatMap((path) => {
    let holder: unknown = object.value
    for (const key of path) holder = isObject(holder) ? holder[key] : undefined
    const metadata = isObject(holder) ? holder['metadata'] : undefined
    const annotations = isObject(metadata) ? metadata['annotations'] : undefined
    return keysOf(annotations)
      .filter((key) => key === ROLE_ARN)
      .map((key) => strayOf(object, key, member(object.location, ...path, 'metadata', 'annotations', key)))
  })
}

function keysOf(annotations: unknown): readonly string[] {
  return isObject(annotations) ? Object.keys(annotations) : []
}

/** Whether anything is told from an annotation of that name: those of EKS, nearly those, and the ones for podtrust. */
export function isReadAnnotation(key: string): boolean {
  return (
    key.startsWith(PREFIX) || isNearlyRoleArn(key) || /^(?:[a-z0-9-]+\.)*podtrust(?:\.[a-z]+)*\//.test(key)
  )
}

/** Another webhook may have a prefix of its own; this one's is recognizable with a slip in it. */
function isNearlyRoleArn(key: string): boolean {
  const [prefix = '', name] = key.includes('/') ? key.split('/') : ['', key]
  const squeezed = (name ?? '').toLowerCase().replaceAll(/[^a-z]/g, '')
  if (!['rolearn', 'arnrole', 'roleam', 'iamrolearn', 'role'].includes(squeezed)) return false
  if (prefix === 'eks.amazonaws.com') return true
  return (
    squeezed === 'rolearn' && (/^eks\.(?:amazon|aws)/.test(prefix) || /^(?:eks\.)?amaz?z?on?aws/.test(prefix))
  )
}

function strayOf(
  { kind, namespace, name }: KubernetesObject,
  key: string,
  location: Location,
): StrayAnnotation {
  return { kind, namespace, name, annotation: key, location }
}
