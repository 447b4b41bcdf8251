// @ts-check
/** EKS: the REST-JSON protocol. The path asks, JSON answers; a Region knows its own clusters alone. */
import { ApiError, pageOf } from './call.mjs'

/** @typedef {import('./call.mjs').Call} Call */
/** @typedef {import('./call.mjs').Answer} Answer */
/** @typedef {import('./account.mjs').Account} Account */
/** @typedef {import('./account.mjs').Cluster} Cluster */
/** @typedef {import('./account.mjs').Json} Json */

/**
 * @typedef {object} Collection What a cluster has several of
 * @property {string} many the operation that lists them, after `List`
 * @property {string} one the operation that describes one, after `Describe`
 * @property {string} list the member that holds the list
 * @property {string} described the member that holds the one
 * @property {string} key the member that tells them apart, and the list's items unless there is a summary
 * @property {string} arn
 * @property {(cluster: Cluster) => readonly Json[]} of
 * @property {readonly string[]} [summary] the members that the list tells
 */

/** @type {ReadonlyMap<string, Collection>} by the segment of the path */
const collections = new Map([
  [
    'pod-identity-associations',
    {
      many: 'PodIdentityAssociations',
      one: 'PodIdentityAssociation',
      list: 'associations',
      described: 'association',
      key: 'associationId',
      arn: 'associationArn',
      of: ({ associations }) => associations,
      summary: ['clusterName', 'namespace', 'serviceAccount', 'associationArn', 'associationId', 'ownerArn'],
    },
  ],
  [
    'addons',
    {
      many: 'Addons',
      one: 'Addon',
      list: 'addons',
      described: 'addon',
      key: 'addonName',
      arn: 'addonArn',
      of: ({ addons }) => addons,
    },
  ],
  [
    'node-groups',
    {
      many: 'Nodegroups',
      one: 'Nodegroup',
      list: 'nodegroups',
      described: 'nodegroup',
      key: 'nodegroupName',
      arn: 'nodegroupArn',
      of: ({ nodegroups }) => nodegroups,
    },
  ],
  [
    'fargate-profiles',
    {
      many: 'FargateProfiles',
      one: 'FargateProfile',
      list: 'fargateProfileNames',
      described: 'fargateProfile',
      key: 'fargateProfileName',
      arn: 'fargateProfileArn',
      of: ({ fargateProfiles }) => fargateProfiles,
    },
  ],
  [
    'access-entries',
    {
      many: 'AccessEntries',
      one: 'AccessEntry',
      list: 'accessEntries',
      described: 'accessEntry',
      key: 'principalArn',
      arn: 'accessEntryArn',
      of: ({ accessEntries }) => accessEntries,
    },
  ],
  [
    'capabilities',
    {
      many: 'Capabilities',
      one: 'Capability',
      list: 'capabilities',
      described: 'capability',
      key: 'capabilityName',
      arn: 'arn',
      of: ({ capabilities }) => capabilities,
      summary: ['capabilityName', 'arn', 'type', 'status', 'version', 'createdAt', 'modifiedAt'],
    },
  ],
])

/** The action that a request asks for; one that would change something is named by its method and path. @param {string} method @param {readonly string[]} segments */
export function eksAction(method, segments) {
  const [root, cluster, part, item, below] = segments
  const collection = collections.get(part ?? '')
  if (method === 'GET' && root === 'clusters') {
    if (cluster === undefined) return 'eks:ListClusters'
    if (part === undefined) return 'eks:DescribeCluster'
    if (collection !== undefined && item === undefined) return `eks:List${collection.many}`
    if (collection !== undefined && below === undefined) return `eks:Describe${collection.one}`
    if (part === 'access-entries' && below === 'access-policies') return 'eks:ListAssociatedAccessPolicies'
  }
  return `eks:${method} /${segments.join('/')}`
}

/** The ARN that a denial names. @param {string} region @param {readonly string[]} segments @param {Account} account */
export function eksResource(region, segments, account) {
  const [, name, part, key] = segments
  const cluster = `arn:${account.partition}:eks:${region}:${account.account}:cluster/${name ?? '*'}`
  const collection = collections.get(part ?? '')
  if (collection === undefined || key === undefined) return cluster
  const found = account.clusters.find((one) => one.name === name && one.region === region)
  const item = found && itemOf(collection, found, key)
  return String(item?.[collection.arn] ?? cluster)
}

/** @param {Call} call @param {Account} account @returns {Answer} */
export function answerEks(call, account) {
  const [, name, part, key, below] = call.segments
  const clusters = account.clusters.filter(({ region }) => region === call.region)
  if (call.action === 'eks:ListClusters')
    return listed(
      call,
      'clusters',
      clusters.map((one) => one.name),
    )
  if (!/^eks:(?:List|Describe)/.test(call.action)) {
    throw new ApiError(404, 'UnknownOperationException', 'Unknown operation')
  }

  const cluster = clusters.find((one) => one.name === name)
  if (cluster === undefined) {
    throw new ApiError(404, 'ResourceNotFoundException', `No cluster found for name: ${name}.`, {
      clusterName: name,
    })
  }
  if (part === undefined) return { body: { cluster: cluster.cluster }, member: 'cluster' }

  const collection = collections.get(part)
  if (collection === undefined) throw new ApiError(404, 'UnknownOperationException', 'Unknown operation')
  if (key === undefined) return listOf(call, collection, cluster)
  const item = itemOf(collection, cluster, key)
  if (item === undefined) throw missing(collection, cluster, key)
  if (below === undefined) return { body: { [collection.described]: item }, member: collection.described }
  const policies = cluster.accessPolicies.get(key) ?? []
  const answer = listed(call, 'associatedAccessPolicies', policies)
  return { ...answer, body: { clusterName: name, principalArn: key, ...answer.body } }
}

/** @param {ApiError} error */
export function eksError({ message, members }) {
  return JSON.stringify({ ...members, message })
}

/** @param {Call} call @param {Collection} collection @param {Cluster} cluster */
function listOf(call, { list, key, summary, of }, cluster) {
  const { namespace, serviceAccount, associatedPolicyArn } = call.parameters
  const items = of(cluster).filter(
    (item) =>
      (namespace === undefined || item['namespace'] === namespace) &&
      (serviceAccount === undefined || item['serviceAccount'] === serviceAccount) &&
      (associatedPolicyArn === undefined || isAssociated(cluster, String(item[key]), associatedPolicyArn)),
  )
  return listed(
    call,
    list,
    items.map((item) => (summary === undefined ? item[key] : picked(item, summary))),
  )
}

/** @type {WeakMap<readonly Json[], Map<unknown, Json>>} */
const indexes = new WeakMap()

/** Thousands of associations are described one by one. @param {Collection} collection @param {Cluster} cluster @param {string} key */
function itemOf({ of, key: member }, cluster, key) {
  const items = of(cluster)
  let index = indexes.get(items)
  if (index === undefined) {
    index = new Map(items.map((item) => [item[member], item]))
    indexes.set(items, index)
  }
  return index.get(key)
}

/** @param {Cluster} cluster @param {string} principal @param {string} policy */
function isAssociated({ accessPolicies }, principal, policy) {
  return (accessPolicies.get(principal) ?? []).some((one) => one['policyArn'] === policy)
}

/** @param {Call} call @param {string} member @param {readonly unknown[]} items @returns {Answer} */
function listed({ parameters }, member, items) {
  const { nextToken, maxResults = '100' } = parameters
  const size = Number(maxResults)
  if (!Number.isInteger(size) || size < 1 || size > 100) {
    throw new ApiError(400, 'InvalidParameterException', 'maxResults must be between 1 and 100')
  }
  const page = pageOf({ count: items.length, at: (index) => items[index] }, nextToken, size)
  if (page === undefined) throw new ApiError(400, 'InvalidParameterException', 'Invalid nextToken')
  // EKS says null where there is nothing more; IAM leaves the member out.
  return { body: { [member]: page.items, nextToken: page.next ?? null }, member, token: 'nextToken' }
}

/** @param {Json} item @param {readonly string[]} members */
function picked(item, members) {
  return Object.fromEntries(
    members.filter((member) => member in item).map((member) => [member, item[member]]),
  )
}

/** @param {Collection} collection @param {Cluster} cluster @param {string} key */
function missing({ one, key: member }, { name }, key) {
  const message = `${one} ${key} not found in cluster ${name}.`
  return new ApiError(404, 'ResourceNotFoundException', message, { clusterName: name, [member]: key })
}
