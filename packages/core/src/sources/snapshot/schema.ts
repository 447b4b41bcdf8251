import * as z from 'zod'
import { withoutSecrets } from './kubernetes-members.js'
import { type KubernetesRecordObject, type Snapshot, SNAPSHOT_VERSION } from './record.js'

/**
 * The format of `podtrust snapshot`, and the source of `schema/snapshot.schema.json`. Members that it does not know are
 * left out of what is read and written. It is a file of its own, and imports nothing with a state, so that zod is loaded
 * for snapshots alone.
 */

const text = z.string()
const texts = z.array(text)
const maybe = text.exactOptional()
const textMap = z.record(text, text)

function listed<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    isWhole: z.boolean().describe('whether everything is there that AWS has'),
  })
}

const role = z
  .object({
    Path: maybe,
    RoleName: maybe,
    RoleId: maybe,
    Arn: maybe,
    AssumeRolePolicyDocument: maybe.describe('the trust policy, URL-encoded as IAM gives it'),
    InstanceProfileList: z.array(z.object({ InstanceProfileName: maybe })).exactOptional(),
    RolePolicyList: z
      .array(z.object({ PolicyName: maybe, PolicyDocument: maybe.describe('URL-encoded') }))
      .exactOptional(),
    AttachedManagedPolicies: z.array(z.object({ PolicyName: maybe, PolicyArn: maybe })).exactOptional(),
    PermissionsBoundary: z.object({ PermissionsBoundaryArn: maybe }).exactOptional(),
    Tags: z.array(z.object({ Key: maybe, Value: maybe })).exactOptional(),
    RoleLastUsed: z
      .object({ LastUsedDate: maybe.describe('ISO 8601'), Region: maybe })
      .exactOptional()
      .describe('empty where IAM saw no use; absent where nothing told'),
  })
  .meta({ id: 'podtrust.roleRecord', description: 'a role as IAM tells it' })

const provider = z
  .object({
    Arn: text,
    Url: maybe.describe('host and path; absent where the provider is listed and could not be read'),
    ClientIDList: texts.exactOptional(),
    ThumbprintList: texts.exactOptional(),
  })
  .meta({ id: 'podtrust.providerRecord', description: 'an OIDC provider as IAM tells it' })

const miss = z
  .object({
    call: text.describe('the call, which is also the permission that it needs'),
    outcome: z.enum(['denied', 'throttled', 'failed', 'timed-out', 'skipped']),
    region: maybe,
    cluster: maybe.describe('ARN or name'),
    subject: maybe.describe('what it was asked about'),
    message: text.describe('what AWS, Kubernetes or the network said'),
  })
  .meta({ id: 'podtrust.missRecord', description: 'a call that did not give what it was asked for' })

const eksCluster = z.object({
  arn: maybe,
  status: maybe,
  version: maybe,
  endpoint: maybe,
  identity: z.object({ oidc: z.object({ issuer: maybe }).exactOptional() }).exactOptional(),
  accessConfig: z.object({ authenticationMode: maybe }).exactOptional(),
  computeConfig: z.object({ enabled: z.boolean().exactOptional(), nodeRoleArn: maybe }).exactOptional(),
  resourcesVpcConfig: z
    .object({
      endpointPublicAccess: z.boolean().exactOptional(),
      endpointPrivateAccess: z.boolean().exactOptional(),
    })
    .exactOptional(),
})

const association = z.object({
  associationArn: maybe,
  associationId: maybe,
  namespace: maybe,
  serviceAccount: maybe,
  roleArn: maybe.describe('absent where the association is listed and could not be described'),
  targetRoleArn: maybe,
  disableSessionTags: z.boolean().exactOptional(),
  externalId: maybe,
  policy: maybe,
  ownerArn: maybe,
})

const addon = z.object({
  addonName: text,
  addonArn: maybe,
  addonVersion: maybe,
  status: maybe,
  serviceAccountRoleArn: maybe,
  podIdentityAssociations: texts.exactOptional(),
})

const nodegroup = z.object({ nodegroupName: text, nodeRole: maybe, amiType: maybe })

const fargateProfile = z.object({
  fargateProfileName: text,
  podExecutionRoleArn: maybe,
  selectors: z.array(z.object({ namespace: maybe, labels: textMap.exactOptional() })).exactOptional(),
})

const accessEntry = z.object({
  principalArn: text,
  type: maybe,
  kubernetesGroups: texts.exactOptional(),
  username: maybe,
  accessPolicies: z
    .array(
      z.object({
        policyArn: maybe,
        accessScope: z.object({ type: maybe, namespaces: texts.exactOptional() }).exactOptional(),
      }),
    )
    .exactOptional(),
})

const capability = z.object({ capabilityName: text, type: maybe, roleArn: maybe })

const cluster = z
  .object({
    name: text,
    cluster: eksCluster
      .exactOptional()
      .describe('absent where the cluster is listed and could not be described'),
    associations: listed(association).exactOptional(),
    addons: listed(addon).exactOptional(),
    nodegroups: listed(nodegroup).exactOptional(),
    fargateProfiles: listed(fargateProfile).exactOptional(),
    accessEntries: listed(accessEntry).exactOptional(),
    capabilities: listed(capability).exactOptional(),
  })
  .meta({
    id: 'podtrust.clusterRecord',
    description: 'a cluster as EKS tells it; a list is absent where it was not read or does not apply',
  })

const account = z
  .object({
    account: maybe.describe('twelve digits'),
    partition: maybe,
    roles: listed(role).exactOptional().describe('absent where no call for roles was allowed'),
    trustPolicyQuota: z.number().exactOptional().describe('AssumeRolePolicySizeQuota'),
    providers: listed(provider).exactOptional(),
    regions: z.array(
      z.object({
        region: text,
        clusters: listed(cluster).exactOptional().describe('absent where clusters could not be listed'),
      }),
    ),
    hasAllRegions: z
      .boolean()
      .exactOptional()
      .describe('whether the Regions are all that the account has, rather than chosen ones'),
    misses: z.array(miss),
  })
  .meta({ id: 'podtrust.accountRecord', description: 'an account' })

const kubernetesObject = z
  .looseObject({
    apiVersion: text,
    kind: text,
    metadata: z.object({
      name: text,
      namespace: maybe,
      uid: maybe,
      annotations: textMap.exactOptional(),
      labels: textMap.exactOptional(),
      ownerReferences: z.array(z.object({ kind: maybe, name: maybe })).exactOptional(),
    }),
  })
  .transform((object) => withoutSecrets(object) as KubernetesRecordObject)

const kubernetes = z
  .object({
    cluster: text.describe('the ARN of the cluster; its name, or that of the context, where no ARN is known'),
    complete: z
      .array(z.enum(['namespaces', 'service-accounts', 'workloads', 'rbac']))
      .describe('kinds of which all objects are there'),
    objects: z.array(kubernetesObject),
    misses: z.array(miss),
  })
  .meta({ id: 'podtrust.kubernetesRecord', description: 'what the API of a cluster gave' })

const issuerProbe = z.object({
  issuer: text.describe('host and path, without `https://`'),
  outcome: z.enum(['present', 'claimable', 'unreachable']),
  reason: text,
})

const snapshot = z
  .object({
    podtrustSnapshot: z.literal(SNAPSHOT_VERSION).describe('the version of the format'),
    tool: text.describe('the version of podtrust that wrote it'),
    takenAt: text.describe('when the reading began, ISO 8601'),
    accounts: z.array(account),
    kubernetes: z.array(kubernetes).exactOptional(),
    issuerProbes: z.array(issuerProbe).exactOptional(),
  })
  .describe(
    'what podtrust read of accounts and clusters; no credential, token or certificate is in it',
  ) satisfies z.ZodType<Snapshot>

/** The first thing that is wrong with a value, and where. */
export interface SnapshotFault {
  readonly path: readonly (string | number)[]
  /** A clause about the value there: `is not one of …`. */
  readonly problem: string
}

/** The snapshot with the members that the format has, in its order; or what is wrong. */
export function conform(value: unknown): Snapshot | SnapshotFault {
  const { success, data, error } = snapshot.safeParse(value)
  if (success) return data
  const [issue] = error.issues
  const path = (issue?.path ?? []).filter((key) => typeof key !== 'symbol')
  return { path, problem: issue === undefined ? 'is not what it should be' : problemOf(issue) }
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  boolean: 'true or false',
  number: 'a number',
}

function problemOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `should be ${KINDS[issue.expected] ?? issue.expected}`
  if (issue.code === 'invalid_value')
    return `should be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map((one) => `\`${String(one)}\``).join(', ')}`
  return 'is not what it should be'
}

/** The same as JSON Schema, draft 2020-12. Members that it does not name are allowed, and are not read. */
export function snapshotJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...rest } = z.toJSONSchema(snapshot, { io: 'input' })
  return {
    $schema,
    $id: 'https://github.com/podtrust/podtrust/blob/main/packages/core/schema/snapshot.schema.json',
    title: 'podtrust snapshot',
    ...rest,
  }
}
