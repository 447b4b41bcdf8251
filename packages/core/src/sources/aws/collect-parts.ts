import { ListAssociatedAccessPoliciesCommand } from '@aws-sdk/client-eks'
import type { EksAccessEntry, Listed } from '../snapshot/record.js'
import { type EksClient, ITEMS_PER_PAGE, type Part } from './cluster-parts.js'
import type { CollectRun } from './collect-run.js'
import { oddAnswer } from './failure.js'
import type { MissLog } from './misses.js'
import { pagesOf } from './pages.js'
import { type Raw, known, listOf, nameIn, part, text, texts } from './raw-member.js'

/** Where calls about a Region are asked, and where those that fail are noted. */
export interface RegionScene {
  readonly run: CollectRun
  readonly eks: EksClient
  readonly region: string
  readonly misses: MissLog
}

export interface ClusterScene extends RegionScene {
  readonly name: string
  /** The cluster as misses name it. */
  readonly cluster: string
  /** Whether EKS says of a list that there is no such cluster. */
  isDoubtful: boolean
}

/** What comes after an item was described. Undefined for one that is gone by then. */
type Completion<Item> = (scene: ClusterScene, item: Item) => Promise<Item | undefined>

/** One list of a cluster, or nothing where no page came. Each item is described as soon as a page names it. */
export async function collectPart<Item extends object>(
  scene: ClusterScene,
  thePart: Part<Item>,
  complete?: Completion<Item>,
): Promise<Listed<Item> | undefined> {
  const { run, eks, region, misses, cluster, name } = scene
  const { list: call } = thePart
  const pages = pagesOf(run, { call, region }, (nextToken, sending) =>
    thePart.page(eks, { clusterName: name, maxResults: ITEMS_PER_PAGE, nextToken }, sending),
  )
  const items = new Map<string, Promise<Item | undefined>>()
  let isWhole = true
  let isListed = false
  let done = 0
  const tell = (): void =>
    run.progress({ kind: 'cluster', region, cluster: name, part: thePart.name, done, of: items.size })
  const read = async (key: string, listed: unknown): Promise<Item | undefined> => {
    const item = await collectItem(scene, thePart, key, listed)
    const whole = item === undefined || complete === undefined ? item : await complete(scene, item)
    done++
    tell()
    return whole
  }
  for await (const page of pages) {
    if ('failure' in page) {
      isWhole = false
      if (page.failure.isGone) scene.isDoubtful = true
      misses.add({ call, region, cluster }, page.failure)
      continue
    }
    isListed = true
    for (const listed of page.items) {
      const key = thePart.keyOf(listed)
      if (key === undefined) {
        isWhole = false
        misses.add({ call, region, cluster }, oddAnswer('has an item without a name'))
      } else if (!items.has(key)) items.set(key, read(key, listed))
    }
    tell()
  }
  const found = await Promise.all(items.values())
  return isListed ? { items: found.filter((item) => item !== undefined), isWhole } : undefined
}

/** Undefined for an item that was deleted since it was listed; what the list tells where it cannot be described. */
async function collectItem<Item extends object>(
  { run, eks, region, misses, cluster, name }: ClusterScene,
  thePart: Part<Item>,
  key: string,
  listed: unknown,
): Promise<Item | undefined> {
  const { describe: call, essential } = thePart
  const answer = await run.ask({
    call,
    region,
    turn: 'then',
    send: (sending) => thePart.one(eks, name, key, sending),
  })
  const place = { call, region, cluster, subject: key }
  if (!answer.ok) {
    if (answer.failure.isGone) return undefined
    misses.add(place, answer.failure)
    return thePart.listed(key, listed)
  }
  const item = part(answer.output, (raw) => thePart.described(key, raw))
  if (item?.[essential] !== undefined) return item
  misses.add(place, oddAnswer(`has no ${essential} in it`))
  return { ...thePart.listed(key, listed), ...item }
}

/**
 * The types of entries for nodes that take no access policy: EKS itself grants them what they need. Entries of type
 * `STANDARD` take any, and those of type `EC2` are given one for the nodes of Auto Mode; a type that is not known here
 * is asked about.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/access-policies.html
 * @see https://docs.aws.amazon.com/eks/latest/userguide/create-node-class.html for `EC2`
 */
const WITHOUT_ACCESS_POLICIES = new Set([
  'EC2_LINUX',
  'EC2_WINDOWS',
  'FARGATE_LINUX',
  'HYBRID_LINUX',
  'HYPERPOD_LINUX',
])

const POLICIES = 'eks:ListAssociatedAccessPolicies'

/** The entry with its access policies, where its type can have any. */
export async function withAccessPolicies(
  { run, eks, region, misses, cluster, name }: ClusterScene,
  entry: EksAccessEntry,
): Promise<EksAccessEntry | undefined> {
  const { principalArn, type } = entry
  if (type !== undefined && WITHOUT_ACCESS_POLICIES.has(type)) return entry
  const pages = pagesOf(run, { call: POLICIES, region }, async (nextToken, { options, watched }) => {
    const place = { clusterName: name, principalArn, maxResults: ITEMS_PER_PAGE, nextToken }
    const answer = await eks.send(watched(new ListAssociatedAccessPoliciesCommand(place)), options)
    return { items: answer.associatedAccessPolicies, next: answer.nextToken }
  })
  let accessPolicies: NonNullable<EksAccessEntry['accessPolicies']> | undefined
  for await (const page of pages) {
    if ('failure' in page) {
      if (page.failure.isGone) return undefined
      misses.add({ call: POLICIES, region, cluster, subject: principalArn }, page.failure)
    } else {
      accessPolicies = [...(accessPolicies ?? []), ...(listOf(page.items, accessPolicyOf) ?? [])]
    }
  }
  return { ...entry, ...known({ accessPolicies }) }
}

function accessPolicyOf(raw: Raw): NonNullable<EksAccessEntry['accessPolicies']>[number] {
  return known({
    policyArn: nameIn(raw['policyArn']),
    accessScope: part(raw['accessScope'], ({ type, namespaces }) =>
      known({ type: text(type), namespaces: texts(namespaces) }),
    ),
  })
}
