/**
 * A cluster, read from its API: all objects of a few kinds, page by page. What is not given is a miss, and the rest is
 * read all the same.
 *
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 */
import { escaped } from '../../text/quote.js'
import { isList, isObject, textOf } from '../json-input.js'
import type {
  KubernetesKind,
  KubernetesRecord,
  KubernetesRecordObject,
  MissOutcome,
  MissRecord,
} from '../snapshot/record.js'
import { CLUSTER_LISTS, type ClusterList, listPath } from './cluster-lists.js'
import { withoutReplicas } from './replicas.js'
import { trimmed } from './trim.js'

export type { KubernetesRecord, MissRecord } from '../snapshot/record.js'
export { clusterRole, clusterRoleManifest } from './cluster-lists.js'

/**
 * One GET to the API server. It rejects where there is no answer, with an error whose message is a sentence that holds no
 * credential; `name` is `TimeoutError` where there was none in time.
 */
export interface ClusterApi {
  get(path: string, options: { readonly signal?: AbortSignal }): Promise<ClusterApiAnswer>
}

export interface ClusterApiAnswer {
  readonly status: number
  /** The answer as JSON; `undefined` where it is none. */
  readonly body: unknown
}

export interface CollectClusterOptions {
  /** What to call the cluster: its ARN where it is known. */
  readonly cluster: string
  /** When it aborts, what was read until then is the result, and what was not is a miss. */
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: ClusterProgress) => void
  /** Objects of one answer. */
  readonly pageSize?: number
}

export interface ClusterProgress {
  readonly cluster: string
  /** What is being listed: `serviceaccounts`. */
  readonly resource: string
  /** How many of it are there by now. */
  readonly objects: number
}

const PAGE_SIZE = 500
const AT_ONCE = 4
/** More pages than any cluster has: an answer that always names a next one ends here. */
const MOST_PAGES = 10_000

interface Listed {
  readonly list: ClusterList
  readonly objects: readonly KubernetesRecordObject[]
  /** Absent where everything is there. */
  readonly miss?: ListMiss
}

interface ListMiss {
  readonly outcome: MissOutcome
  readonly message: string
  /** No other list will be given either. */
  readonly isAboutAll?: true
}

/**
 * Reads a cluster. It never rejects: what could not be read is in `misses`, and a kind is in `complete` only where all of
 * it was read. Of pods that one owner made and that are alike in all that is kept, one stands for all.
 *
 * @example
 * ```ts
 * const record = await collectCluster(api, { cluster: 'arn:aws:eks:eu-west-1:210987654321:cluster/prod' })
 * ```
 */
export async function collectCluster(
  api: ClusterApi,
  options: CollectClusterOptions,
): Promise<KubernetesRecord> {
  const { cluster } = options
  const [first, ...others] = CLUSTER_LISTS
  const results: Listed[] = []
  // The first list tells whether the cluster answers at all, before others wait for it too.
  if (first !== undefined) results.push(await readList(api, first, options))
  const queue = [...others]
  const work = async (): Promise<void> => {
    for (let list = next(); list !== undefined; list = next()) {
      results.push(await readList(api, list, options))
    }
  }
  const next = (): ClusterList | undefined => {
    const isOver = options.signal?.aborted === true || results.some(({ miss }) => miss?.isAboutAll === true)
    return isOver ? undefined : queue.shift()
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  results.sort((a, b) => CLUSTER_LISTS.indexOf(a.list) - CLUSTER_LISTS.indexOf(b.list))
  return {
    cluster,
    complete: completeOf(results),
    objects: withoutReplicas(results.flatMap(({ objects }) => objects)),
    misses: missesOf(results, options),
  }
}

/** Kinds of which each list is there. */
function completeOf(results: readonly Listed[]): readonly KubernetesKind[] {
  const isWhole = (list: ClusterList): boolean =>
    results.some((one) => one.list === list && one.miss === undefined)
  return [...new Set(CLUSTER_LISTS.map(({ of }) => of))].filter((kind) =>
    CLUSTER_LISTS.filter(({ of }) => of === kind).every(isWhole),
  )
}

/** One for each list that was refused, and one for all that a cause common to them kept from being read. */
function missesOf(
  results: readonly Listed[],
  { cluster, signal }: CollectClusterOptions,
): readonly MissRecord[] {
  const common = results.find(({ miss }) => miss?.isAboutAll === true)?.miss
  const own = results.flatMap(({ list, miss }) =>
    miss === undefined || miss.isAboutAll === true
      ? []
      : [{ call: callOf([list]), outcome: miss.outcome, cluster, message: miss.message }],
  )
  const rest = CLUSTER_LISTS.filter(
    (list) => !results.some((one) => one.list === list && one.miss?.isAboutAll !== true),
  )
  if (rest.length === 0) return own
  const aborted = { outcome: 'skipped' as const, message: 'the run ended before' }
  const { outcome, message } = common ?? aborted
  const isSkipped = signal?.aborted === true
  return [...own, { call: callOf(rest), cluster, ...(isSkipped ? aborted : { outcome, message }) }]
}

function callOf(lists: readonly ClusterList[]): string {
  return `list ${lists.map(({ resource }) => resource).join(', ')}`
}

async function readList(api: ClusterApi, list: ClusterList, options: CollectClusterOptions): Promise<Listed> {
  const pages = { list, objects: [] as KubernetesRecordObject[], restarts: 0, nameless: 0 }
  const { signal, pageSize = PAGE_SIZE, onProgress, cluster } = options
  const failed = (message: string, outcome: MissOutcome = 'failed'): Listed => ({
    list,
    objects: pages.objects,
    miss: { outcome, message },
  })
  const seen = new Set<string>()
  let token: string | undefined
  for (let page = 0; page < MOST_PAGES; page++) {
    const query = `limit=${pageSize}${token === undefined ? '' : `&continue=${encodeURIComponent(token)}`}`
    let answer: ClusterApiAnswer
    try {
      answer = await api.get(`${listPath(list)}?${query}`, signal === undefined ? {} : { signal })
    } catch (error) {
      return { list, objects: pages.objects, miss: unanswered(error, list, signal) }
    }
    if (answer.status === 410 && token !== undefined && pages.restarts === 0) {
      // The state of the cluster that the pages are of is gone: a mix of two would be neither.
      pages.restarts++
      pages.objects = []
      pages.nameless = 0
      token = undefined
      seen.clear()
      continue
    }
    if (answer.status !== 200) return { list, objects: pages.objects, miss: refused(answer) }
    const { body } = answer
    if (!isObject(body) || !isList(body['items'])) return failed('its answer is no list of Kubernetes')
    for (const item of body['items']) {
      const object = trimmed(item, list, list.trim)
      if (object === undefined) pages.nameless++
      else pages.objects.push(object)
    }
    onProgress?.({ cluster, resource: list.resource, objects: pages.objects.length })
    const { metadata } = body
    token = isObject(metadata) ? textOf(metadata['continue']) : undefined
    if (token === undefined) {
      if (pages.nameless === 0) return { list, objects: pages.objects }
      return failed(`${pages.nameless} of its items are no objects of Kubernetes`)
    }
    if (seen.has(token)) return failed('its pages lead in a circle')
    seen.add(token)
  }
  return failed(`it has more than ${MOST_PAGES} pages`)
}

/** Who cannot reach the first list will not reach the others. */
function unanswered(error: unknown, list: ClusterList, signal: AbortSignal | undefined): ListMiss {
  const isAboutAll = list === CLUSTER_LISTS[0] ? { isAboutAll: true as const } : {}
  if (signal?.aborted === true)
    return { outcome: 'skipped', message: 'the run ended before', isAboutAll: true }
  const message = error instanceof Error ? oneLine(error.message) : 'no answer'
  const isLate = error instanceof Error && error.name === 'TimeoutError'
  return { outcome: isLate ? 'timed-out' : 'failed', message, ...isAboutAll }
}

function refused({ status, body }: ClusterApiAnswer): ListMiss {
  // A `Status` says why; its text names the caller and what was asked for.
  const reason = isObject(body) && body['kind'] === 'Status' ? textOf(body['message']) : undefined
  const said = reason === undefined ? '' : `: ${oneLine(reason)}`
  if (status === 401) {
    const message = `the API server does not take the credentials (401${said}); the rest was not asked for`
    return { outcome: 'denied', message, isAboutAll: true }
  }
  if (status === 403) return { outcome: 'denied', message: `not allowed (403${said})` }
  if (status === 429) return { outcome: 'throttled', message: `too many requests (429${said})` }
  return { outcome: 'failed', message: `the API server answered ${status}${said}` }
}

const LONGEST_MESSAGE = 300

function oneLine(text: string): string {
  return escaped(text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}…` : text)
}
