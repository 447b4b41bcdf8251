import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { checkTrust } from '../src/check.js'
import { type Inventory, inventoryOf } from '../src/inventory.js'
import { equalPolicies } from '../src/policy/normal-form.js'
import { parseTrustPolicyDocument } from '../src/policy/parse.js'
import { readCloudFormationTemplate } from '../src/sources/cloudformation/template.js'
import { readIamDump } from '../src/sources/iam-dump.js'
import { readTrustPolicy } from '../src/sources/policy.js'
import {
  readSnapshot,
  type RoleRecord,
  type Snapshot,
  writeSnapshot,
} from '../src/sources/snapshot/read-snapshot.js'
import { readTerraformPlan } from '../src/sources/terraform/plan.js'
import { yaml } from '../src/sources/yaml.js'
import { analyzeTrust, type TrustAnalysis } from '../src/trust/analyze.js'

const now = new Date('2026-06-01T00:00:00Z')
const account = '210987654321'
const region = 'eu-west-1'
const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/7C1E0D5A94B2F36E8A0C4D71B59E23F8'
const OTHER = 'oidc.eks.eu-west-1.amazonaws.com/id/1111AAAA2222BBBB3333CCCC4444DDDD'
const provider = `arn:aws:iam::${account}:oidc-provider/${ISSUER}`
const roleArn = `arn:aws:iam::${account}:role/invoice-writer`

type Json = Readonly<Record<string, unknown>>

const federated = (condition: Json, more: Json = {}): Json => ({
  Effect: 'Allow',
  Principal: { Federated: provider },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: condition,
  ...more,
})
const audience = { [`${ISSUER}:aud`]: 'sts.amazonaws.com' }

/** Policies with something to find in them, and healthy ones. */
const policies: Readonly<Record<string, readonly Json[]>> = {
  'one service account': [
    federated({
      StringEquals: { [`${ISSUER}:sub`]: 'system:serviceaccount:billing:invoice-writer', ...audience },
    }),
  ],
  'a wildcard that spills over the colon': [
    federated({ StringLike: { [`${ISSUER}:sub`]: 'system:serviceaccount:bill*' }, StringEquals: audience }),
  ],
  'a literal wildcard': [
    federated({ StringEquals: { [`${ISSUER}:sub`]: 'system:serviceaccount:billing:*', ...audience } }),
  ],
  'the key of another issuer': [
    federated({ StringEquals: { [`${OTHER}:sub`]: 'system:serviceaccount:billing:invoice-writer' } }),
  ],
  'the wrong audience': [
    federated({
      StringEquals: {
        [`${ISSUER}:sub`]: 'system:serviceaccount:billing:invoice-writer',
        [`${ISSUER}:aud`]: 'sts.amazon.com',
      },
    }),
  ],
  'no condition and an open Pod Identity statement': [
    federated({}),
    {
      Effect: 'Allow',
      Principal: { Service: 'pods.eks.amazonaws.com' },
      Action: ['sts:AssumeRole', 'sts:TagSession'],
    },
  ],
  'the account, another account and a Deny': [
    federated({
      StringLike: {
        [`${ISSUER}:sub`]: ['system:serviceaccount:billing:*', 'system:serviceaccount:orders:app'],
      },
    }),
    {
      Effect: 'Allow',
      Principal: { AWS: [`arn:aws:iam::${account}:root`, 'arn:aws:iam::345678901234:root'] },
      Action: 'sts:AssumeRole',
    },
    federated(
      { StringNotLike: { [`${ISSUER}:sub`]: 'system:serviceaccount:billing:*' } },
      { Effect: 'Deny' },
    ),
  ],
  'the provider of another account': [
    federated(
      { StringEquals: { [`${ISSUER}:sub`]: 'system:serviceaccount:billing:invoice-writer' } },
      { Principal: { Federated: provider.replace(account, '345678901234') } },
    ),
  ],
}

interface Document {
  readonly Version: string
  readonly Statement: readonly Json[]
}

/** What every source gets besides the role: the provider and the cluster, as the AWS CLI prints them. */
const facts = inventoryOf(
  readIamDump(
    JSON.stringify({
      Url: ISSUER,
      ClientIDList: ['sts.amazonaws.com'],
      ThumbprintList: [],
      CreateDate: '2026-01-01',
      OpenIDConnectProviderArn: provider,
    }),
  ),
  readIamDump(
    JSON.stringify({
      cluster: {
        name: 'tools',
        arn: `arn:aws:eks:${region}:${account}:cluster/tools`,
        identity: { oidc: { issuer: `https://${ISSUER}` } },
      },
    }),
  ),
)

const withFacts = (inventory: Inventory): Inventory => inventoryOf(inventory, facts)

const roleValues = (policy: Document): Json => ({
  arn: roleArn,
  name: 'invoice-writer',
  path: '/',
  assume_role_policy: JSON.stringify(policy),
})

const terraformResources = (policy: Document): readonly Json[] => [
  {
    address: 'aws_iam_role.writer',
    mode: 'managed',
    type: 'aws_iam_role',
    name: 'writer',
    values: roleValues(policy),
  },
  {
    address: 'aws_iam_openid_connect_provider.this',
    mode: 'managed',
    type: 'aws_iam_openid_connect_provider',
    name: 'this',
    values: { arn: provider, url: ISSUER, client_id_list: ['sts.amazonaws.com'] },
  },
  {
    address: 'data.aws_eks_cluster.tools',
    mode: 'data',
    type: 'aws_eks_cluster',
    name: 'tools',
    values: {
      name: 'tools',
      arn: `arn:aws:eks:${region}:${account}:cluster/tools`,
      identity: [{ oidc: [{ issuer: `https://${ISSUER}` }] }],
    },
  },
]

const parameters = { 'AWS::AccountId': account, 'AWS::Region': region }

/** The template has the provider and finds the issuer of a cluster that is not its own in a parameter. */
function templateOf(policy: unknown): string {
  return JSON.stringify({
    AWSTemplateFormatVersion: '2010-09-09',
    Parameters: { Issuer: { Type: 'String', Default: ISSUER } },
    Resources: {
      Provider: {
        Type: 'AWS::IAM::OIDCProvider',
        Properties: { Url: { 'Fn::Sub': 'https://${Issuer}' }, ClientIdList: ['sts.amazonaws.com'] },
      },
      Writer: {
        Type: 'AWS::IAM::Role',
        Properties: { RoleName: 'invoice-writer', AssumeRolePolicyDocument: policy },
      },
    },
  })
}

/** A text of a policy as people write it into a template: the names of the issuer and the account are variables. */
function withVariables(policy: Document): string {
  return JSON.stringify(policy, undefined, 2)
    .replaceAll('${', '${!')
    .replaceAll(provider, '${Provider}')
    .replaceAll(ISSUER, '${Issuer}')
    .replaceAll(account, '${AWS::AccountId}')
}

const template = (text: string): Inventory =>
  inventoryOf(readCloudFormationTemplate(text, { parameters, yaml }), clusterAlone)
const clusterAlone: Inventory = {
  ...facts,
  facts: { ...facts.facts, providers: [], holds: new Set(['clusters']) },
}

const entryOf = (policy: unknown): RoleRecord => ({
  Path: '/',
  RoleName: 'invoice-writer',
  Arn: roleArn,
  AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(policy)),
})

/** The provider and the cluster are in the snapshot too, and come from it alone. */
const snapshotOf = (role: RoleRecord): Snapshot => ({
  podtrustSnapshot: 1,
  tool: '0.0.0',
  takenAt: '2026-06-01T00:00:00Z',
  accounts: [
    {
      account,
      partition: 'aws',
      roles: { items: [role], isWhole: false },
      providers: {
        items: [{ Arn: provider, Url: ISSUER, ClientIDList: ['sts.amazonaws.com'], ThumbprintList: [] }],
        isWhole: false,
      },
      regions: [
        {
          region,
          clusters: {
            items: [
              {
                name: 'tools',
                cluster: {
                  arn: `arn:aws:eks:${region}:${account}:cluster/tools`,
                  identity: { oidc: { issuer: `https://${ISSUER}` } },
                },
              },
            ],
            isWhole: false,
          },
        },
      ],
      misses: [],
    },
  ],
})

const sources: Readonly<Record<string, (policy: Document) => Inventory>> = {
  'a policy file': (policy) => withFacts(readTrustPolicy(JSON.stringify(policy), { roleArn })),
  'a Terraform plan': (policy) =>
    readTerraformPlan(
      JSON.stringify({
        format_version: '1.2',
        resource_changes: terraformResources(policy).map(({ values, ...resource }) => ({
          ...resource,
          change: { actions: ['create'], before: null, after: values, after_unknown: {} },
        })),
      }),
    ),
  'a Terraform state': (policy) =>
    readTerraformPlan(
      JSON.stringify({
        format_version: '1.0',
        values: { root_module: { resources: terraformResources(policy) } },
      }),
    ),
  'a template with an object': (policy) => template(templateOf(policy)),
  'a template with a text': (policy) => template(templateOf({ 'Fn::Sub': withVariables(policy) })),
  'a template in YAML': (policy) => {
    const [head = '', tail = ''] = templateOf('POLICY').split('"POLICY"')
    return template(`# As people write it.\n${head}!Sub ${JSON.stringify(withVariables(policy))}${tail}`)
  },
  'a dump of the account': (policy) =>
    withFacts(
      readIamDump(
        JSON.stringify({
          RoleDetailList: [entryOf(policy)],
        }),
      ),
    ),
  'a snapshot of the account': (policy) => readSnapshot(writeSnapshot(snapshotOf(entryOf(policy)))),
}

function policyOf(inventory: Inventory) {
  const [role] = inventory.roles
  if (role === undefined || role.trustPolicy.kind === 'unknown') throw new Error('the policy was not read')
  return parseTrustPolicyDocument(role.trustPolicy)
}

function bounds(trust: TrustAnalysis): readonly { readonly isSubsetOf: (other: never) => boolean }[] {
  switch (trust.mechanism) {
    case 'irsa':
    case 'pod-identity':
      return [trust.certain, trust.serviceAccounts]
    case 'web-identity':
      return [trust.certainSubjects, trust.subjects]
    case 'aws-principal':
      return [trust.certainPrincipals, trust.principals]
  }
}

/** What an analysis is about, besides its sets. */
function about(trust: TrustAnalysis): unknown {
  const { mechanism, role, undecided, assumptions, residual } = trust
  const issuer = 'issuer' in trust ? [trust.issuer, trust.providerArn, trust.provider?.clientIds] : []
  const cluster = trust.mechanism === 'irsa' ? [trust.issuerKind, trust.cluster?.arn] : []
  return {
    mechanism,
    role: role.key,
    account: role.account,
    issuer,
    cluster,
    undecided,
    assumptions,
    residual,
  }
}

/** Findings without what depends on where the role was read. */
function said(inventory: Inventory): unknown {
  return checkTrust(inventory, { now, all: true }).findings.map(
    ({ rule, severity, certainty, message, help, witness, fingerprint, role }) => ({
      rule,
      severity,
      certainty,
      message,
      help,
      witness,
      fingerprint,
      role: role?.key,
    }),
  )
}

const cases = Object.keys(policies).flatMap((title) =>
  Object.keys(sources).map((source) => [title, source] as const),
)

test.each(cases)(
  'the same role gives the same analysis and the same findings: %s, from %s',
  (title, source) => {
    const policy: Document = { Version: '2012-10-17', Statement: policies[title] ?? [] }
    const expected = withFacts(readTrustPolicy(JSON.stringify(policy), { roleArn }))
    const actual = sources[source]?.(policy) ?? expected
    expect(equalPolicies(policyOf(actual), policyOf(expected))).toBe(true)

    const [one, other] = [[...analyzeTrust(actual, { now })], [...analyzeTrust(expected, { now })]]
    expect(one.map(about)).toEqual(other.map(about))
    for (const [index, trust] of one.entries()) {
      const twin = other[index]
      const equal =
        twin === undefined
          ? []
          : bounds(trust).map((set, side) => [
              set.isSubsetOf(bounds(twin)[side] as never),
              bounds(twin)[side]?.isSubsetOf(set as never),
            ])
      expect(equal).toEqual([
        [true, true],
        [true, true],
      ])
    }
    expect(said(actual)).toEqual(said(expected))
  },
)

test('the policies of these tests find something, so that equal findings mean something', () => {
  const found = Object.values(policies).map(
    (Statement) =>
      (
        said(
          withFacts(readTrustPolicy(JSON.stringify({ Version: '2012-10-17', Statement }), { roleArn })),
        ) as readonly unknown[]
      ).length,
  )
  expect(found.filter((count) => count > 0).length).toBeGreaterThan(5)
})

test('a role that real tools wrote is the same in the state, the plan that changes nothing, a dump and a template', () => {
  const read = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')
  const dump = readIamDump(read('dumps/get-role.json'))
  const entry = JSON.parse(read('dumps/get-role.json')) as {
    Role: { AssumeRolePolicyDocument: unknown; Arn: string }
  }
  const written = readCloudFormationTemplate(
    JSON.stringify({
      Resources: {
        Uploader: {
          Type: 'AWS::IAM::Role',
          Properties: { RoleName: 'uploader', AssumeRolePolicyDocument: entry.Role.AssumeRolePolicyDocument },
        },
      },
    }),
    { parameters },
  )
  const policyIn = (inventory: Inventory) => {
    const role = [...inventory.roles].find(({ name }) => name === 'uploader')
    if (role === undefined || role.trustPolicy.kind === 'unknown') throw new Error('the policy was not read')
    return { arn: role.arn, policy: parseTrustPolicyDocument(role.trustPolicy) }
  }
  const expected = policyIn(dump)
  for (const inventory of [
    readTerraformPlan(read('terraform/state/state.json')),
    readTerraformPlan(read('terraform/state/unchanged.json')),
    written,
  ]) {
    const { arn, policy } = policyIn(inventory)
    expect(arn).toBe(expected.arn)
    expect(equalPolicies(policy, expected.policy)).toBe(true)
  }
})
