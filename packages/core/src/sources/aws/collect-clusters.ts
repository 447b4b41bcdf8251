import { DescribeClusterCommand, ListClustersCommand } from '@aws-sdk/client-eks'
import type { ClusterRecord, EksCluster, Listed, RegionRecord } from '../snapshot/record.js'
import {
  ITEMS_PER_PAGE,
  accessEntries,
  addons,
  associations,
  capabilities,
  fargateProfiles,
  nodegroups,
} from './cluster-parts.js'
import { type ClusterScene, type RegionScene, collectPart, withAccessPolicies } from './collect-parts.js'
import { type Answer, oddAnswer } from './failure.js'
import { pagesOf } from './pages.js'
import { type Raw, flag, known, nameIn, part, text } from './raw-member.js'

/** The clusters of a Region. Each is read as soon as a page names it. */
export async function collectRegion(scene: RegionScene): Promise<RegionRecord> {
  const { run, eks, region, misses } = scene
  const call = 'eks:ListClusters'
  const pages = pagesOf(run, { call, region }, async (nextToken, { options, watched }) => {
    const command = new ListClustersCommand({ maxResults: ITEMS_PER_PAGE, nextToken })
    const answer = await eks.send(watched(command), options)
    return { items: answer.clusters, next: answer.nextToken }
  })
  const clusters = new Map<string, Promise<ClusterRecord | undefined>>()
  let isWhole = true
  let isListed = false
  for await (const page of pages) {
    if ('failure' in page) {
      isWhole = false
      misses.add({ call, region }, page.failure)
      continue
    }
    isListed = true
    for (const item of page.items) {
      const name = nameIn(item)
      if (name === undefined) {
        isWhole = false
        misses.add({ call, region }, oddAnswer('has a cluster without a name'))
      } else if (!clusters.has(name)) clusters.set(name, collectCluster(scene, name))
    }
    run.progress({ kind: 'region', region, clusters: clusters.size })
  }
  const records = await Promise.all(clusters.values())
  const items = records.filter((record) => record !== undefined)
  return isListed ? { region, clusters: { items, isWhole } } : { region }
}

const DESCRIBE = 'eks:DescribeCluster'

/** Undefined for a cluster that was deleted since it was listed. */
async function collectCluster(scene: RegionScene, name: string): Promise<ClusterRecord | undefined> {
  const { region, misses } = scene
  const answer = await describe(scene, name)
  if (!answer.ok) {
    if (answer.failure.isGone) return undefined
    misses.add({ call: DESCRIBE, region, cluster: name }, answer.failure)
  }
  const told = answer.ok ? part(answer.output, clusterOf) : undefined
  const cluster = told !== undefined && Object.keys(told).length > 0 ? told : undefined
  if (answer.ok && cluster?.arn === undefined) {
    misses.add({ call: DESCRIBE, region, cluster: name }, oddAnswer('has no cluster with an ARN in it'))
  }

  // Of a cluster that cannot be described all else can still be asked for: its name is enough.
  const within: ClusterScene = { ...scene, name, cluster: cluster?.arn ?? name, isDoubtful: false }
  const canHaveNodes = !BEFORE_AND_AFTER_NODES.has(cluster?.status ?? '')
  const parts = await Promise.all([
    collectPart(within, associations),
    collectPart(within, addons),
    canHaveNodes ? collectPart(within, nodegroups) : NONE,
    canHaveNodes ? collectPart(within, fargateProfiles) : NONE,
    hasAccessEntries(cluster) ? collectPart(within, accessEntries, withAccessPolicies) : undefined,
    collectPart(within, capabilities),
  ])
  if (within.isDoubtful) {
    const again = await describe(scene, name)
    if (!again.ok && again.failure.isGone) {
      misses.forget(region, within.cluster)
      return undefined
    }
  }
  return {
    name,
    ...known({
      cluster,
      associations: parts[0],
      addons: parts[1],
      nodegroups: parts[2],
      fargateProfiles: parts[3],
      accessEntries: parts[4],
      capabilities: parts[5],
    }),
  }
}

/**
 * Nodes are launched into a cluster that has been created, and a cluster is deleted after its node groups and Fargate
 * profiles: in these states there are none, and nobody is asked.
 *
 * @see https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html
 * @see https://docs.aws.amazon.com/eks/latest/APIReference/API_DeleteCluster.html
 */
const BEFORE_AND_AFTER_NODES = new Set(['PENDING', 'CREATING', 'DELETING'])
const NONE: Listed<never> = { items: [], isWhole: true }

/**
 * A cluster that authenticates by the `aws-auth` ConfigMap alone has none, and EKS refuses to list them.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/setting-up-access-entries.html
 */
function hasAccessEntries(cluster: EksCluster | undefined): boolean {
  return cluster?.accessConfig?.authenticationMode !== 'CONFIG_MAP'
}

function describe({ run, eks, region }: RegionScene, name: string): Promise<Answer<unknown>> {
  return run.ask<unknown>({
    call: DESCRIBE,
    region,
    turn: 'first',
    send: async ({ options, watched }) =>
      (await eks.send(watched(new DescribeClusterCommand({ name })), options)).cluster,
  })
}

function clusterOf(raw: Raw): EksCluster {
  return known({
    arn: nameIn(raw['arn']),
    status: text(raw['status']),
    version: text(raw['version']),
    endpoint: text(raw['endpoint']),
    identity: part(raw['identity'], ({ oidc }) =>
      known({ oidc: part(oidc, ({ issuer }) => known({ issuer: nameIn(issuer) })) }),
    ),
    accessConfig: part(raw['accessConfig'], ({ authenticationMode }) =>
      known({ authenticationMode: text(authenticationMode) }),
    ),
    computeConfig: part(raw['computeConfig'], ({ enabled, nodeRoleArn }) =>
      known({ enabled: flag(enabled), nodeRoleArn: nameIn(nodeRoleArn) }),
    ),
    resourcesVpcConfig: part(raw['resourcesVpcConfig'], ({ endpointPublicAccess, endpointPrivateAccess }) =>
      known({
        endpointPublicAccess: flag(endpointPublicAccess),
        endpointPrivateAccess: flag(endpointPrivateAccess),
      }),
    ),
  })
}
