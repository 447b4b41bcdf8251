/** Where pods run, as far as what they ask for tells. */
import type { Workload } from '../../inventory.js'
import { isList, isObject, type JsonObject, textOf } from '../json-input.js'
import { valueAt } from './objects.js'

const FARGATE_PROFILE = 'eks.amazonaws.com/fargate-profile'

const SYSTEMS = ['kubernetes.io/os', 'beta.kubernetes.io/os']
const COMPUTE_TYPE = 'eks.amazonaws.com/compute-type'

/** Labels of nodes that decide, which is all that is looked at in selectors and affinities. */
export const NODE_LABELS: readonly string[] = [...SYSTEMS, COMPUTE_TYPE]

/**
 * `fargate`: EKS has given the pods a profile, or their owner asks for one. `windows`: no node of another system is
 * allowed. `undefined` is any other Linux node, or not told.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/fargate-profile.html
 */
export function placeOf(
  labels: ReadonlyMap<string, string> | undefined,
  spec: JsonObject,
): Workload['runsOn'] {
  if (
    labels?.has(FARGATE_PROFILE) === true ||
    spec['schedulerName'] === 'fargate-scheduler' ||
    demands(spec, [COMPUTE_TYPE], 'fargate')
  )
    return 'fargate'
  const isWindows = valueAt(spec, 'os', 'name') === 'windows' || demands(spec, SYSTEMS, 'windows')
  return isWindows ? 'windows' : undefined
}

/** Whether nodes without the label are out: by the selector, or by each of the terms of which one has to hold. */
function demands(spec: JsonObject, labels: readonly string[], wanted: string): boolean {
  if (labels.some((label) => textOf(valueAt(spec, 'nodeSelector', label)) === wanted)) return true
  const terms = requiredTerms(spec)
  return (
    terms.length > 0 &&
    terms.every((term) =>
      expressionsOf(term).some(
        ({ key, operator, values }) =>
          labels.some((label) => label === key) &&
          operator === 'In' &&
          isList(values) &&
          values.length > 0 &&
          values.every((value) => value === wanted),
      ),
    )
  )
}

/** The terms that nodes have to meet, one of them at least. */
export function requiredTerms(spec: JsonObject): readonly JsonObject[] {
  const terms = valueAt(
    spec,
    'affinity',
    'nodeAffinity',
    'requiredDuringSchedulingIgnoredDuringExecution',
    'nodeSelectorTerms',
  )
  return isList(terms) ? terms.filter(isObject) : []
}

export function expressionsOf(term: JsonObject): readonly JsonObject[] {
  const expressions = term['matchExpressions']
  return isList(expressions) ? expressions.filter(isObject) : []
}
