// @ts-check
/**
 * What an account holds, as plain data in the words of IAM and EKS, and the builders that fill in what a test does
 * not care about. The server treats accounts as immutable: a role that changes has to be a new object.
 */
import { createHash } from 'node:crypto'

import { providerArn } from './trust.mjs'

/** @typedef {{ readonly [member: string]: unknown }} Json */

/**
 * @typedef {object} RoleInput A role as `GetAccountAuthorizationDetails` tells it; policies as objects or as text
 * @property {string} RoleName
 * @property {unknown} AssumeRolePolicyDocument
 * @property {string} [Path]
 * @property {string} [RoleId]
 * @property {string} [Arn]
 * @property {string} [CreateDate]
 * @property {string} [Description]
 * @property {number} [MaxSessionDuration]
 * @property {readonly Json[]} [InstanceProfileList]
 * @property {readonly { readonly PolicyName: string, readonly PolicyDocument: unknown }[]} [RolePolicyList]
 * @property {readonly { readonly PolicyName: string, readonly PolicyArn: string }[]} [AttachedManagedPolicies]
 * @property {{ readonly PermissionsBoundaryType: string, readonly PermissionsBoundaryArn: string }} [PermissionsBoundary]
 * @property {readonly { readonly Key: string, readonly Value: string }[]} [Tags]
 * @property {{ readonly LastUsedDate?: string, readonly Region?: string }} [RoleLastUsed]
 */

/** @typedef {Readonly<RoleInput & { Path: string, RoleId: string, Arn: string, CreateDate: string }>} Role */

/**
 * @typedef {object} RoleStream Roles made when a page asks for them, so that nothing is held
 * @property {number} count
 * @property {(index: number) => RoleInput} at
 * @property {(name: string) => number | undefined} [indexOf] without it, a role is looked for one after the other
 */

/**
 * @typedef {object} ProviderInput An OIDC provider
 * @property {string} Url without scheme
 * @property {readonly string[]} [ClientIDList]
 * @property {readonly string[]} [ThumbprintList]
 * @property {string} [CreateDate]
 * @property {readonly { readonly Key: string, readonly Value: string }[]} [Tags]
 */

/** @typedef {Readonly<ProviderInput & { Arn: string }>} Provider */

/**
 * @typedef {object} ClusterParts What a cluster holds; roles by ARN or by name
 * @property {readonly (Json & { readonly namespace: string, readonly serviceAccount: string, readonly roleArn: string })[]} [associations]
 * @property {readonly (Json & { readonly addonName: string })[]} [addons]
 * @property {readonly (Json & { readonly nodegroupName: string })[]} [nodegroups]
 * @property {readonly (Json & { readonly fargateProfileName: string })[]} [fargateProfiles]
 * @property {readonly (Json & { readonly principalArn: string, readonly policies?: readonly Json[] })[]} [accessEntries]
 * @property {readonly (Json & { readonly capabilityName: string, readonly type: string })[]} [capabilities]
 */

/**
 * @typedef {ClusterParts & {
 *   readonly name: string,
 *   readonly region: string,
 *   readonly issuer?: string | null,
 *   readonly members?: Json,
 * }} ClusterInput `issuer` with scheme, null for none; `members` win over those of the described cluster
 */

/**
 * @typedef {object} Cluster
 * @property {string} region
 * @property {string} name
 * @property {Json} cluster
 * @property {readonly Json[]} associations
 * @property {readonly Json[]} addons
 * @property {readonly Json[]} nodegroups
 * @property {readonly Json[]} fargateProfiles
 * @property {readonly Json[]} accessEntries
 * @property {ReadonlyMap<string, readonly Json[]>} accessPolicies by the entry's principal
 * @property {readonly Json[]} capabilities
 */

/**
 * @typedef {object} Account
 * @property {string} account
 * @property {string} partition
 * @property {{ readonly count: number, readonly at: (index: number) => Role, readonly named: (name: string) => Role | undefined }} roles
 * @property {readonly Provider[]} providers
 * @property {readonly Cluster[]} clusters
 * @property {Readonly<Record<string, number>>} summary
 * @property {readonly string[]} disabledRegions
 */

const MADE = '2025-03-04T08:15:00Z'

/**
 * An account with everything that AWS would add: ARNs, ids, dates. Without `providers`, every cluster's issuer is
 * registered. `disabledRegions` refuse all credentials, as Regions do that the account has not opted in to.
 *
 * @example
 *   makeAccount({
 *     account: '111122223333',
 *     roles: [{ RoleName: 'app', AssumeRolePolicyDocument: podIdentityTrust() }],
 *     clusters: [{ region: 'eu-west-1', name: 'prod',
 *                  associations: [{ namespace: 'shop', serviceAccount: 'app', roleArn: 'app' }] }],
 *   })
 *
 * @param {object} input
 * @param {string} [input.account]
 * @param {string} [input.partition]
 * @param {readonly RoleInput[] | RoleStream} [input.roles]
 * @param {readonly ProviderInput[]} [input.providers]
 * @param {readonly ClusterInput[]} [input.clusters]
 * @param {Readonly<Record<string, number>>} [input.summary] members of `SummaryMap` that win over the usual ones
 * @param {readonly string[]} [input.disabledRegions]
 * @returns {Account}
 */
export function makeAccount({
  account = '111122223333',
  partition = 'aws',
  roles = [],
  providers,
  clusters = [],
  summary = {},
  disabledRegions = [],
}) {
  const owner = { account, partition }
  const listed = 'count' in roles ? streamed(owner, roles) : held(owner, roles)
  // Looking for a name may mean to make every role of a stream.
  const named = 'count' in roles && roles.indexOf === undefined ? () => undefined : listed.named
  const made = clusters.map((input) => clusterOf(owner, named, input))
  const registered = providers ?? made.flatMap(({ cluster }) => registrationOf(cluster))
  return {
    ...owner,
    roles: listed,
    providers: registered.map((provider) => ({
      ClientIDList: ['sts.amazonaws.com'],
      ThumbprintList: [digest(provider.Url).slice(0, 40)],
      CreateDate: MADE,
      Tags: [],
      ...provider,
      Arn: providerArn(account, provider.Url, partition),
    })),
    clusters: made,
    summary,
    disabledRegions,
  }
}

/** Credentials that the server takes for this account. @param {string} account */
export function credentialsOf(account) {
  return { accessKeyId: `AKIA${account}TEST`, secretAccessKey: 'not-a-secret' }
}

/** The issuer that a cluster has unless its input says otherwise. @param {string} account @param {string} region @param {string} name */
export function issuerOf(account, region, name) {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  const id = digest(`${account}/${region}/${name}`).slice(0, 32).toUpperCase()
  return `https://oidc.eks.${region}.${suffix}/id/${id}`
}

/** @typedef {{ readonly account: string, readonly partition: string }} Owner */

/** @param {Owner} owner @param {RoleInput} input @returns {Role} */
function roleOf({ account, partition }, input) {
  const { RoleName, Path = '/' } = input
  return {
    CreateDate: MADE,
    RoleId: input.RoleId ?? `AROA${digest(`${account}${Path}${RoleName}`).slice(0, 17).toUpperCase()}`,
    ...input,
    Path,
    Arn: input.Arn ?? `arn:${partition}:iam::${account}:role${Path}${RoleName}`,
  }
}

/** @param {Owner} owner @param {readonly RoleInput[]} inputs @returns {Account['roles']} */
function held(owner, inputs) {
  const roles = inputs.map((input) => roleOf(owner, input))
  const byName = new Map(roles.map((role) => [role.RoleName, role]))
  const at = (/** @type {number} */ index) => {
    const role = roles[index]
    if (role === undefined) throw new RangeError(`no role ${index}`)
    return role
  }
  return { count: roles.length, at, named: (name) => byName.get(name) }
}

/** @param {Owner} owner @param {RoleStream} stream @returns {Account['roles']} */
function streamed(owner, { count, at, indexOf }) {
  const search = (/** @type {string} */ name) => {
    for (let index = 0; index < count; index++) if (at(index).RoleName === name) return index
    return undefined
  }
  return {
    count,
    at: (index) => roleOf(owner, at(index)),
    named: (name) => {
      const index = (indexOf ?? search)(name)
      return index === undefined ? undefined : roleOf(owner, at(index))
    },
  }
}

/** @param {Json} cluster @returns {readonly ProviderInput[]} */
function registrationOf(cluster) {
  const { oidc } = /** @type {{ oidc?: { issuer: string } }} */ (cluster['identity'] ?? {})
  return oidc === undefined ? [] : [{ Url: oidc.issuer.replace(/^https:\/\//, '') }]
}

/** @param {Owner} owner @param {Account['roles']['named']} named @param {ClusterInput} input @returns {Cluster} */
function clusterOf({ account, partition }, named, input) {
  const { region, name, members = {} } = input
  const issuer = input.issuer === undefined ? issuerOf(account, region, name) : input.issuer
  const arn = (/** @type {string} */ rest) => `arn:${partition}:eks:${region}:${account}:${rest}`
  /** @param {unknown} given by ARN or name */
  const role = (given) => {
    const text = String(given)
    if (text.startsWith('arn:')) return text
    return named(text)?.Arn ?? `arn:${partition}:iam::${account}:role/${text}`
  }
  const times = { createdAt: MADE, modifiedAt: MADE }
  const health = { issues: [] }
  const known = { clusterName: name, ...times, tags: {} }
  return {
    region,
    name,
    cluster: timed({
      name,
      arn: arn(`cluster/${name}`),
      createdAt: MADE,
      version: '1.33',
      endpoint: `https://${digest(name).slice(0, 32).toUpperCase()}.gr7.${region}.eks.amazonaws.com`,
      roleArn: role('eks-cluster'),
      resourcesVpcConfig: {
        subnetIds: [`subnet-${uuid(name).slice(0, 8)}`],
        endpointPublicAccess: true,
        endpointPrivateAccess: true,
        publicAccessCidrs: ['0.0.0.0/0'],
      },
      kubernetesNetworkConfig: { serviceIpv4Cidr: '10.100.0.0/16', ipFamily: 'ipv4' },
      ...(issuer === null ? {} : { identity: { oidc: { issuer } } }),
      status: 'ACTIVE',
      certificateAuthority: { data: 'LS0tLS1CRUdJTg==' },
      platformVersion: 'eks.12',
      tags: {},
      health,
      accessConfig: { bootstrapClusterCreatorAdminPermissions: false, authenticationMode: 'API' },
      upgradePolicy: { supportType: 'STANDARD' },
      deletionProtection: false,
      ...members,
    }),
    associations: (input.associations ?? []).map((association, index) => {
      const { namespace, serviceAccount, roleArn, targetRoleArn } = association
      const seed = `${region}/${name}/${namespace}/${serviceAccount}/${index}`
      const associationId = association['associationId'] ?? `a-${digest(seed).slice(0, 17)}`
      return timed({
        ...known,
        associationArn: arn(`podidentityassociation/${name}/${associationId}`),
        associationId,
        disableSessionTags: false,
        ...association,
        roleArn: role(roleArn),
        ...(targetRoleArn === undefined ? {} : { targetRoleArn: role(targetRoleArn) }),
      })
    }),
    addons: (input.addons ?? []).map((addon) => {
      const { addonName, serviceAccountRoleArn } = addon
      return timed({
        ...known,
        status: 'ACTIVE',
        addonVersion: 'v1.20.4-eksbuild.1',
        health,
        addonArn: arn(`addon/${name}/${addonName}/${uuid(`${name}/${addonName}`)}`),
        ...addon,
        ...(serviceAccountRoleArn === undefined
          ? {}
          : { serviceAccountRoleArn: role(serviceAccountRoleArn) }),
      })
    }),
    nodegroups: (input.nodegroups ?? []).map((nodegroup) => {
      const { nodegroupName, nodeRole = 'eks-node' } = nodegroup
      return timed({
        ...known,
        nodegroupArn: arn(`nodegroup/${name}/${nodegroupName}/${uuid(`${name}/${nodegroupName}`)}`),
        version: '1.33',
        status: 'ACTIVE',
        capacityType: 'ON_DEMAND',
        scalingConfig: { minSize: 1, maxSize: 3, desiredSize: 2 },
        amiType: 'AL2023_x86_64_STANDARD',
        health,
        ...nodegroup,
        nodeRole: role(nodeRole),
      })
    }),
    fargateProfiles: (input.fargateProfiles ?? []).map((profile) => {
      const { fargateProfileName, podExecutionRoleArn = 'eks-fargate' } = profile
      const id = uuid(`${name}/${fargateProfileName}`)
      return timed({
        clusterName: name,
        createdAt: MADE,
        tags: {},
        fargateProfileArn: arn(`fargateprofile/${name}/${fargateProfileName}/${id}`),
        subnets: [],
        selectors: [],
        status: 'ACTIVE',
        health,
        ...profile,
        podExecutionRoleArn: role(podExecutionRoleArn),
      })
    }),
    accessEntries: (input.accessEntries ?? []).map((entry) => {
      const principalArn = role(entry.principalArn)
      const [, who = ''] = /:iam::\d*:(.*)$/.exec(principalArn) ?? []
      const [kind, principal] = [who.split('/')[0], who.split('/').at(-1)]
      return timed({
        ...known,
        accessEntryArn: arn(
          `access-entry/${name}/${kind}/${account}/${principal}/${uuid(`${name}/${principalArn}`)}`,
        ),
        kubernetesGroups: [],
        username: principalArn,
        type: 'STANDARD',
        ...entry,
        principalArn,
        policies: undefined,
      })
    }),
    accessPolicies: new Map(
      (input.accessEntries ?? []).map(({ principalArn, policies = [] }) => [
        role(principalArn),
        policies.map((policy) =>
          timed({
            accessScope: { type: 'cluster', namespaces: [] },
            associatedAt: MADE,
            modifiedAt: MADE,
            ...policy,
          }),
        ),
      ]),
    ),
    capabilities: (input.capabilities ?? []).map((capability) => {
      const { capabilityName, type, roleArn = 'eks-capability' } = capability
      const id = uuid(`${name}/${capabilityName}`)
      return timed({
        ...known,
        arn: arn(`capability/${name}/${String(type).toLowerCase()}/${capabilityName}/${id}`),
        status: 'ACTIVE',
        version: '3.1.8-eks-1',
        health,
        deletePropagationPolicy: 'RETAIN',
        ...capability,
        roleArn: role(roleArn),
      })
    }),
  }
}

/** EKS sends times as seconds. @param {Json} record @returns {Json} */
function timed(record) {
  const known = Object.entries(record).filter(([, value]) => value !== undefined)
  return Object.fromEntries(
    known.map(([member, value]) =>
      member.endsWith('At') && typeof value === 'string'
        ? [member, Date.parse(value) / 1000]
        : [member, value],
    ),
  )
}

/** @param {string} seed */
function uuid(seed) {
  const text = digest(seed)
  return [
    text.slice(0, 8),
    text.slice(8, 12),
    text.slice(12, 16),
    text.slice(16, 20),
    text.slice(20, 32),
  ].join('-')
}

/** @param {string} seed */
function digest(seed) {
  return createHash('sha256').update(seed).digest('hex')
}
