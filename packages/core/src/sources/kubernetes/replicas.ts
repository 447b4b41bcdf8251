import type { KubernetesRecordObject } from '../snapshot/record.js'

/** Labels by which pods of one owner differ from each other. */
const OWN_LABELS = new Set([
  'apps.kubernetes.io/pod-index',
  'batch.kubernetes.io/job-completion-index',
  'statefulset.kubernetes.io/pod-name',
])

/**
 * The objects without the pods that differ from an earlier one of the same owner in nothing but their name: ten thousand
 * pods are a few hundred owners, and each says the same about all of its own.
 */
export function withoutReplicas(
  objects: readonly KubernetesRecordObject[],
): readonly KubernetesRecordObject[] {
  const seen = new Set<string>()
  return objects.filter((object) => {
    if (object.kind !== 'Pod' || object.metadata.ownerReferences === undefined) return true
    const key = likenessOf(object)
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

function likenessOf({ metadata, ...rest }: KubernetesRecordObject): string {
  const { namespace, ownerReferences, annotations, labels = {} } = metadata
  const shared = Object.entries(labels).filter(([name]) => !OWN_LABELS.has(name))
  return JSON.stringify([namespace, ownerReferences, annotations, shared, rest])
}
