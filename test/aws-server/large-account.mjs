// @ts-check
/**
 * Accounts of any size, the same for the same size: half of the roles are for AWS services, an eighth for other
 * accounts, a third for IRSA with a pinned service account, one in a hundred is weak, the rest is for Pod Identity.
 */
import { issuerOf, makeAccount } from './account.mjs'
import { irsaTrust, plainTrust, podIdentityTrust } from './trust.mjs'

const REGIONS = [
  'eu-west-1',
  'us-east-1',
  'eu-central-1',
  'us-west-2',
  'ap-southeast-2',
  'eu-north-1',
  'sa-east-1',
]
const SERVICES = [
  'lambda',
  'ec2',
  'ecs-tasks',
  'states',
  'events',
  'glue',
  'codebuild',
  'rds',
  'eks',
  'apigateway',
]

/**
 * With `streamed`, roles are made when a page asks for them: a million costs no memory.
 *
 * @param {object} [size]
 * @param {number} [size.roles]
 * @param {number} [size.clusters]
 * @param {number} [size.regions] at most 7
 * @param {number} [size.associations] in all clusters together
 * @param {string} [size.account]
 * @param {boolean} [size.streamed]
 * @returns {import('./account.mjs').Account}
 */
export function largeAccount({
  roles = 5000,
  clusters = 40,
  regions = 4,
  associations = 2000,
  account = '111122223333',
  streamed = false,
} = {}) {
  const places = Array.from({ length: clusters }, (_, index) => ({
    region: REGIONS[index % Math.min(regions, REGIONS.length)] ?? 'us-east-1',
    name: `cluster-${index}`,
  }))
  const issuers = places.map(({ region, name }) => issuerOf(account, region, name))
  if (issuers.length === 0) issuers.push(issuerOf(account, 'us-east-1', 'elsewhere'))
  const at = (/** @type {number} */ index) => roleOf(account, issuers, index)
  const indexOf = (/** @type {string} */ name) => {
    const index = Number(/^role-(\d+)$/.exec(name)?.[1] ?? roles)
    return index < roles ? index : undefined
  }
  const podIdentity = podIdentityRoles(roles, associations)
  return makeAccount({
    account,
    roles: streamed ? { count: roles, at, indexOf } : Array.from({ length: roles }, (_, index) => at(index)),
    clusters: places.map((place, cluster) => ({
      ...place,
      associations: Array.from({ length: share(associations, clusters, cluster) }, (_, index) => {
        const role = podIdentity[(index * clusters + cluster) % podIdentity.length] ?? 0
        return {
          namespace: `team-${role % 400}`,
          serviceAccount: `app-${role}-${index}`,
          roleArn: `arn:aws:iam::${account}:role/role-${role}`,
        }
      }),
      addons: ['vpc-cni', 'coredns', 'kube-proxy', 'eks-pod-identity-agent'].map((addonName) => ({
        addonName,
      })),
      nodegroups: [{ nodegroupName: 'default', nodeRole: `arn:aws:iam::${account}:role/role-1` }],
    })),
  })
}

/** @param {number} all @param {number} parts @param {number} part */
function share(all, parts, part) {
  return Math.floor(all / parts) + (part < all % parts ? 1 : 0)
}

/** In thousandths, spread evenly. @param {number} index */
function lot(index) {
  return (index * 7919) % 1000
}

/** The numbers of roles for Pod Identity, as many as associations can use. @param {number} roles @param {number} wanted */
function podIdentityRoles(roles, wanted) {
  const found = []
  for (let index = 0; index < roles && found.length < wanted; index++) {
    if (lot(index) >= 932) found.push(index)
  }
  return found.length === 0 ? [0] : found
}

/** @param {string} account @param {readonly string[]} issuers @param {number} index @returns {import('./account.mjs').RoleInput} */
function roleOf(account, issuers, index) {
  return {
    RoleName: `role-${index}`,
    RoleId: `AROA${String(index).padStart(17, 'A')}`,
    AssumeRolePolicyDocument: trustOf(account, issuers[index % issuers.length] ?? '', index),
    AttachedManagedPolicies: [
      {
        PolicyName: `policy-${index % 500}`,
        PolicyArn: `arn:aws:iam::${account}:policy/policy-${index % 500}`,
      },
    ],
    Tags: [{ Key: 'team', Value: `team-${index % 400}` }],
    RoleLastUsed: index % 3 === 0 ? {} : { LastUsedDate: '2026-10-01T12:00:00Z', Region: 'eu-west-1' },
  }
}

/** @param {string} account @param {string} issuer @param {number} index */
function trustOf(account, issuer, index) {
  const number = lot(index)
  const subject = (/** @type {string} */ rest) => `system:serviceaccount:${rest}`
  const team = `team-${index % 400}`
  if (number < 500) return plainTrust({ Service: `${SERVICES[index % SERVICES.length]}.amazonaws.com` })
  if (number < 620) return plainTrust({ AWS: `arn:aws:iam::${100000000000 + (index % 50)}:root` })
  if (number < 920) return irsaTrust({ account, issuer, sub: subject(`${team}:app-${index}`) })
  if (number < 926) return irsaTrust({ account, issuer, sub: subject(`${team}:*`), operator: 'StringLike' })
  if (number < 929)
    return irsaTrust({ account, issuer, sub: subject(`*:app-${index}`), operator: 'StringLike' })
  if (number < 932) return irsaTrust({ account, issuer })
  return podIdentityTrust({ 'kubernetes-namespace': team })
}
