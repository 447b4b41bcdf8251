import { expect, test } from '@jest/globals'
import { checkTrust } from '../src/check.js'
import { inventoryOfRecords } from '../src/sources/snapshot/inventory-of-records.js'
import type { KubernetesRecord } from '../src/sources/snapshot/record.js'
import {
  type Account,
  type ClusterInput,
  issuerOf,
  makeAccount,
  type ProviderInput,
  type RoleInput,
} from '../../../test/aws-server/account.mjs'
import { irsaTrust, plainTrust, podIdentityTrust } from '../../../test/aws-server/trust.mjs'
import { recordOf } from './aws-account-record.js'
import { clusterRecord, freshCluster, podIdentityAgent, programs } from './healthy-clusters.js'

const ACCOUNT = '210987654321'
const DATA = '345678901234'
const REGIONS = ['eu-west-1', 'us-east-1'] as const
const [REGION] = REGIONS
const GITHUB = 'token.actions.githubusercontent.com'
const now = new Date('2026-06-01T00:00:00Z')

type Parts = Pick<RoleInput, 'RolePolicyList' | 'RoleLastUsed' | 'InstanceProfileList' | 'Path'>

const arnOf = (name: string, account = ACCOUNT): string => `arn:aws:iam::${account}:role/${name}`
const clusterArn = (name: string, region: string = REGION): string =>
  `arn:aws:eks:${region}:${ACCOUNT}:cluster/${name}`
const issuerAt = (cluster: string, region: string = REGION): string => issuerOf(ACCOUNT, region, cluster)

function role(RoleName: string, AssumeRolePolicyDocument: unknown, parts: Parts = {}): RoleInput {
  const RoleLastUsed = { LastUsedDate: '2026-05-30T12:00:00Z', Region: REGION }
  return { RoleName, AssumeRolePolicyDocument, RoleLastUsed, ...parts }
}

const service = (name: string, principal: string, parts?: Parts): RoleInput =>
  role(name, plainTrust({ Service: `${principal}.amazonaws.com` }), parts)

/** Place is `NAMESPACE/NAME`. */
const irsa = (name: string, place: string, cluster = 'prod', parts?: Parts): RoleInput =>
  role(name, webIdentity(place, issuerAt(cluster)), parts)

function webIdentity(
  place: string,
  url: string,
  account = ACCOUNT,
): { readonly Statement: readonly unknown[] } {
  return irsaTrust({ account, issuer: url, sub: `system:serviceaccount:${place.replace('/', ':')}` })
}

function pinned(
  place: string,
  cluster = 'prod',
  region: string = REGION,
): { readonly Statement: readonly unknown[] } {
  const [namespace = '', name = ''] = place.split('/')
  return podIdentityTrust({
    'eks-cluster-arn': clusterArn(cluster, region),
    'kubernetes-namespace': namespace,
    'kubernetes-service-account': name,
  })
}

const podIdentity = (name: string, place: string, cluster = 'prod', parts?: Parts): RoleInput =>
  role(name, pinned(place, cluster), parts)

const may = (...statements: readonly object[]): Parts => ({
  RolePolicyList: [{ PolicyName: 'own', PolicyDocument: { Version: '2012-10-17', Statement: statements } }],
})

const SSO = `aws-reserved/sso.amazonaws.com/${REGION}/AWSReservedSSO_AdministratorAccess_0123456789abcdef`

/** What accounts with EKS have besides. */
const usual: readonly RoleInput[] = [
  service('AWSServiceRoleForAmazonEKS', 'eks', { Path: '/aws-service-role/eks.amazonaws.com/' }),
  service('AWSServiceRoleForSupport', 'support', { Path: '/aws-service-role/support.amazonaws.com/' }),
  role(
    'AWSReservedSSO_AdministratorAccess_0123456789abcdef',
    {
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: {
          Federated: `arn:aws:iam::${ACCOUNT}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE`,
        },
        Action: ['sts:AssumeRoleWithSAML', 'sts:TagSession'],
        Condition: { StringEquals: { 'SAML:aud': 'https://signin.aws.amazon.com/saml' } },
      },
    },
    { Path: `/aws-reserved/sso.amazonaws.com/${REGION}/` },
  ),
  role('OrganizationAccountAccessRole', plainTrust({ AWS: 'arn:aws:iam::998877665544:root' })),
  service('eks-cluster', 'eks'),
  service('eks-node', 'ec2', { InstanceProfileList: [{ InstanceProfileName: 'eks-node' }] }),
]

const ADMIN = [{ policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy' }]
const nodesOf = (principalArn: string) => ({
  principalArn,
  type: 'EC2_LINUX',
  kubernetesGroups: ['system:nodes'],
})

function clusterOf(name: string, parts: Partial<ClusterInput> = {}): ClusterInput {
  return {
    name,
    region: REGION,
    nodegroups: [{ nodegroupName: 'system' }],
    addons: ['vpc-cni', 'coredns', 'kube-proxy', 'eks-pod-identity-agent'].map((addonName) => ({
      addonName,
    })),
    ...parts,
    accessEntries: [
      { principalArn: arnOf(SSO), policies: ADMIN },
      nodesOf('eks-node'),
      ...(parts.accessEntries ?? []),
    ],
  }
}

const associated = (place: string, roleArn: string, more: object = {}) => {
  const [namespace = '', serviceAccount = ''] = place.split('/')
  return { namespace, serviceAccount, roleArn, ...more }
}

interface Case {
  readonly title: string
  readonly accounts: readonly Account[]
  readonly kubernetes?: readonly KubernetesRecord[]
  /** `SEVERITY RULE SUBJECT` of all findings of AWS and Kubernetes together. */
  readonly finds?: readonly string[]
  /** Of AWS alone. */
  readonly findsInAws?: readonly string[]
}

function accountWith(
  roles: readonly RoleInput[],
  clusters: readonly ClusterInput[],
  providers?: readonly ProviderInput[],
): Account {
  return makeAccount({
    account: ACCOUNT,
    roles: [...usual, ...roles],
    clusters,
    ...(providers === undefined ? {} : { providers }),
  })
}

const PLACES = {
  'ebs-csi-controller-sa': 'kube-system',
  karpenter: 'kube-system',
  'aws-load-balancer-controller': 'kube-system',
  'external-dns': 'external-dns',
} as const

const byIrsa = programs((name) => (Object.hasOwn(PLACES, name) ? arnOf(name) : undefined))
const byAssociation = programs(() => undefined)
const core = ({ ebsCsi, karpenter, loadBalancer, externalDns }: ReturnType<typeof programs>) => [
  ebsCsi,
  karpenter,
  loadBalancer,
  externalDns,
]

const karpenterMay = may(
  {
    Effect: 'Allow',
    Resource: arnOf('Karpenter-prod'),
    Action: 'iam:PassRole',
    Condition: { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
  },
  {
    Effect: 'Allow',
    Resource: `arn:aws:iam::${ACCOUNT}:instance-profile/*`,
    Action: ['iam:CreateInstanceProfile', 'iam:AddRoleToInstanceProfile', 'iam:GetInstanceProfile'],
  },
  { Effect: 'Allow', Resource: clusterArn('prod'), Action: 'eks:DescribeCluster' },
  { Effect: 'Allow', Resource: '*', Action: ['ec2:RunInstances', 'ec2:CreateFleet', 'ec2:Describe*'] },
)

const shop = (name: string, roleArn?: string) => ({
  accounts: { [`shop/${name}`]: roleArn },
  workloads: { [`Deployment shop/${name}`]: name },
})
/** No program of these talks to the API server. */
const mountsToken = (place: string) => `info automounted-api-token service account ${place} in cluster prod`

const cases: readonly Case[] = [
  {
    title: 'eksctl with roles for service accounts and add-ons',
    accounts: [
      accountWith(
        [
          irsa('vpc-cni', 'kube-system/aws-node'),
          ...Object.entries(PLACES).map(([name, namespace]) => irsa(name, `${namespace}/${name}`)),
        ],
        [
          clusterOf('prod', {
            addons: [
              { addonName: 'vpc-cni', serviceAccountRoleArn: 'vpc-cni' },
              { addonName: 'aws-ebs-csi-driver', serviceAccountRoleArn: 'ebs-csi-controller-sa' },
            ],
          }),
        ],
      ),
    ],
    kubernetes: [
      clusterRecord(clusterArn('prod'), freshCluster, ...core(byIrsa), {
        accounts: { 'kube-system/aws-node': arnOf('vpc-cni') },
      }),
    ],
  },
  {
    title: 'Terraform with Pod Identity and Karpenter',
    accounts: [
      accountWith(
        [
          service('Karpenter-prod', 'ec2', { InstanceProfileList: [{ InstanceProfileName: 'prod_1' }] }),
          ...Object.entries(PLACES).map(([name, namespace]) =>
            podIdentity(name, `${namespace}/${name}`, 'prod', name === 'karpenter' ? karpenterMay : {}),
          ),
        ],
        [
          clusterOf('prod', {
            accessEntries: [nodesOf('Karpenter-prod')],
            associations: Object.entries(PLACES).map(([name, namespace]) =>
              associated(`${namespace}/${name}`, name),
            ),
          }),
        ],
      ),
    ],
    kubernetes: [clusterRecord(clusterArn('prod'), freshCluster, podIdentityAgent, ...core(byAssociation))],
  },
  {
    title: 'programs that run others, which RBAC lets become any of them',
    accounts: [
      accountWith(
        [podIdentity('app', 'shop/app')],
        [clusterOf('prod', { associations: [associated('shop/app', 'app')] })],
      ),
    ],
    kubernetes: [
      clusterRecord(
        clusterArn('prod'),
        freshCluster,
        podIdentityAgent,
        ...Object.values(byAssociation),
        shop('app'),
        {
          bindings: {
            'ClusterRoleBinding platform': 'ClusterRole cluster-admin = Group platform',
            'RoleBinding shop/team': 'ClusterRole edit = Group shop-team, User somebody@acme.example',
          },
        },
      ),
    ],
    finds: [
      ...[
        'argocd/argocd-application-controller',
        'cert-manager/cert-manager',
        'external-secrets/external-secrets',
        'flux-system/helm-controller',
        'flux-system/kustomize-controller',
        'monitoring/prometheus-operator',
        'velero/velero-server',
      ].map((place) => `high cluster-token-minter service account ${place} in cluster prod`),
      mountsToken('shop/app'),
    ],
  },
  {
    title: 'the CloudWatch add-on, which brings a DaemonSet for Windows',
    accounts: [
      accountWith(
        [podIdentity('cloudwatch', 'amazon-cloudwatch/cloudwatch-agent')],
        [
          clusterOf('prod', {
            members: { accessConfig: { authenticationMode: 'CONFIG_MAP' } },
            associations: [
              associated('amazon-cloudwatch/cloudwatch-agent', 'cloudwatch', {
                ownerArn: `arn:aws:eks:${REGION}:${ACCOUNT}:addon/prod/amazon-cloudwatch-observability/1`,
              }),
            ],
          }),
        ],
      ),
    ],
    kubernetes: [
      clusterRecord(clusterArn('prod'), freshCluster, podIdentityAgent, {
        accounts: { 'amazon-cloudwatch/cloudwatch-agent': undefined },
        workloads: {
          'DaemonSet amazon-cloudwatch/cloudwatch-agent': 'cloudwatch-agent',
          'DaemonSet amazon-cloudwatch/cloudwatch-agent-windows': 'cloudwatch-agent',
        },
        roles: { 'ClusterRole cloudwatch-agent': ['core pods,nodes,endpoints list,watch'] },
        bindings: {
          'ClusterRoleBinding cloudwatch-agent':
            'ClusterRole cloudwatch-agent = amazon-cloudwatch/cloudwatch-agent',
        },
      }),
    ],
  },
  {
    title: 'Auto Mode without node groups',
    accounts: [
      accountWith(
        [service('auto-nodes', 'ec2'), podIdentity('external-dns', 'external-dns/external-dns')],
        [
          clusterOf('prod', {
            nodegroups: [],
            addons: [],
            accessEntries: [{ principalArn: 'auto-nodes', type: 'EC2' }],
            associations: [associated('external-dns/external-dns', 'external-dns')],
            members: { computeConfig: { enabled: true, nodeRoleArn: arnOf('auto-nodes') } },
          }),
        ],
      ),
    ],
    kubernetes: [
      clusterRecord(clusterArn('prod'), { ...freshCluster, workloads: {} }, byAssociation.externalDns),
    ],
  },
  {
    title: 'Fargate alone, with IRSA',
    accounts: [
      accountWith(
        [service('eks-fargate', 'eks-fargate-pods'), irsa('cart', 'shop/cart')],
        [
          clusterOf('prod', {
            nodegroups: [],
            accessEntries: [{ principalArn: 'eks-fargate', type: 'FARGATE_LINUX' }],
            fargateProfiles: [
              { fargateProfileName: 'all', selectors: [{ namespace: 'kube-system' }, { namespace: 'shop' }] },
            ],
          }),
        ],
      ),
    ],
    kubernetes: [clusterRecord(clusterArn('prod'), freshCluster, shop('cart', arnOf('cart')))],
    finds: [mountsToken('shop/cart')],
  },
  {
    title: 'one name in two Regions',
    accounts: [
      accountWith(
        REGIONS.flatMap((region) => [
          role(`app-${region}`, webIdentity('shop/app', issuerAt('prod', region))),
          role(`cart-${region}`, pinned('shop/cart', 'prod', region)),
        ]),
        REGIONS.map((region) =>
          clusterOf('prod', { region, associations: [associated('shop/cart', `cart-${region}`)] }),
        ),
      ),
    ],
    kubernetes: REGIONS.map((region) =>
      clusterRecord(
        clusterArn('prod', region),
        freshCluster,
        podIdentityAgent,
        shop('app', arnOf(`app-${region}`)),
        shop('cart'),
      ),
    ),
    finds: REGIONS.flatMap(() => [mountsToken('shop/app'), mountsToken('shop/cart')]),
  },
  {
    title: 'roles of another account, by its own provider and by AssumeRole',
    accounts: [
      accountWith([irsa('app', 'shop/app')], [clusterOf('prod')]),
      makeAccount({
        account: DATA,
        roles: [
          role('data', webIdentity('shop/data', issuerAt('prod'), DATA)),
          role('reports', plainTrust({ AWS: arnOf('app') })),
        ],
        providers: [{ Url: issuerAt('prod').slice('https://'.length) }],
      }),
    ],
    kubernetes: [
      clusterRecord(
        clusterArn('prod'),
        freshCluster,
        podIdentityAgent,
        shop('app', arnOf('app')),
        shop('data', arnOf('data', DATA)),
      ),
    ],
    finds: [mountsToken('shop/app'), mountsToken('shop/data')],
  },
  {
    title: 'clusters that are being made, that failed, and that are going away',
    accounts: [
      accountWith(
        [irsa('app', 'shop/app', 'old')],
        [
          clusterOf('new', { issuer: null, nodegroups: [], addons: [], members: { status: 'CREATING' } }),
          clusterOf('failed', { issuer: null, nodegroups: [], addons: [], members: { status: 'FAILED' } }),
          clusterOf('old', { nodegroups: [], members: { status: 'DELETING' } }),
        ],
      ),
    ],
  },
  {
    title: 'a migration half done: one before, one on both, one after',
    accounts: [
      accountWith(
        ['before', 'both', 'after'].map((name) => {
          const Statement = [webIdentity(`shop/${name}`, issuerAt('prod')), pinned(`shop/${name}`)]
          return role(name, { Version: '2012-10-17', Statement: Statement.flatMap((one) => one.Statement) })
        }),
        [
          clusterOf('prod', {
            associations: ['both', 'after'].map((name) => associated(`shop/${name}`, name)),
          }),
        ],
      ),
    ],
    kubernetes: [
      clusterRecord(
        clusterArn('prod'),
        freshCluster,
        podIdentityAgent,
        shop('before', arnOf('before')),
        shop('both', arnOf('both')),
        shop('after'),
      ),
    ],
    finds: [
      'low leftover-irsa-trust after',
      'info two-mechanisms service account shop/both in cluster prod',
      mountsToken('shop/after'),
      mountsToken('shop/before'),
      mountsToken('shop/both'),
    ],
  },
  {
    title: 'deployment from GitHub, and a role for EKS capabilities',
    accounts: [
      accountWith(
        [
          role(
            'deploy',
            {
              Version: '2012-10-17',
              Statement: {
                Effect: 'Allow',
                Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${GITHUB}` },
                Action: 'sts:AssumeRoleWithWebIdentity',
                Condition: {
                  StringEquals: {
                    [`${GITHUB}:aud`]: 'sts.amazonaws.com',
                    [`${GITHUB}:sub`]: 'repo:acme@1234/infra@5678:environment:prod',
                  },
                },
              },
            },
            may({ Effect: 'Allow', Action: '*', Resource: '*' }),
          ),
          role('argocd', {
            Version: '2012-10-17',
            Statement: {
              Effect: 'Allow',
              Principal: { Service: 'capabilities.eks.amazonaws.com' },
              Action: ['sts:AssumeRole', 'sts:TagSession'],
            },
          }),
        ],
        [
          clusterOf('prod', {
            capabilities: [{ capabilityName: 'argocd', type: 'ARGOCD', roleArn: 'argocd' }],
            accessEntries: [
              { principalArn: 'deploy', policies: ADMIN },
              { principalArn: 'argocd', type: 'CAPABILITY' },
            ],
          }),
        ],
        [{ Url: GITHUB }, { Url: issuerAt('prod').slice('https://'.length) }],
      ),
    ],
  },
  {
    title: 'controllers that manage IAM, of which the findings are true, beside those that do not',
    accounts: [
      accountWith(
        [
          irsa(
            'crossplane',
            'crossplane-system/provider-aws-iam',
            'prod',
            may({ Effect: 'Allow', Action: 'iam:*Role*', Resource: arnOf('apps/*') }),
          ),
          irsa(
            'kubecost',
            'kubecost/kubecost',
            'prod',
            may({
              Effect: 'Allow',
              Action: ['eks:Describe*', 'eks:List*', 'iam:Get*', 'iam:List*'],
              Resource: '*',
            }),
          ),
          irsa(
            'balancers',
            'kube-system/aws-load-balancer-controller',
            'prod',
            may({ Effect: 'Allow', Action: ['iam:CreateServiceLinkedRole', 'ec2:*'], Resource: '*' }),
          ),
        ],
        [clusterOf('prod')],
      ),
    ],
    findsInAws: ['high trust-control crossplane'],
  },
  {
    title: 'ROSA and kOps beside EKS',
    accounts: [
      accountWith(
        [
          role(
            'openshift-ingress',
            webIdentity(
              'openshift-ingress-operator/ingress-operator',
              'rh-oidc.s3.us-east-1.amazonaws.com/2a3b',
            ),
          ),
          role(
            'kops-ccm',
            webIdentity(
              'kube-system/aws-cloud-controller-manager',
              'kops-acme.s3.eu-west-1.amazonaws.com/k8s',
            ),
          ),
          service('nodes.k8s.acme.example', 'ec2', {
            InstanceProfileList: [{ InstanceProfileName: 'nodes.k8s.acme.example' }],
          }),
        ],
        [],
        [
          {
            Url: 'rh-oidc.s3.us-east-1.amazonaws.com/2a3b',
            ClientIDList: ['openshift', 'sts.amazonaws.com'],
          },
          { Url: 'kops-acme.s3.eu-west-1.amazonaws.com/k8s' },
        ],
      ),
    ],
    finds: ['kops-acme.s3.eu-west-1.amazonaws.com/k8s', 'rh-oidc.s3.us-east-1.amazonaws.com/2a3b'].map(
      (url) => `info foreign-issuer OIDC provider \`${url}\` in account ${ACCOUNT}`,
    ),
    findsInAws: ['kops-acme.s3.eu-west-1.amazonaws.com/k8s', 'rh-oidc.s3.us-east-1.amazonaws.com/2a3b'].map(
      (url) => `info foreign-issuer OIDC provider \`${url}\` in account ${ACCOUNT}`,
    ),
  },
]

function findingsOf({ accounts }: Case, kubernetes: readonly KubernetesRecord[]): readonly string[] {
  const inventory = inventoryOfRecords({
    podtrustSnapshot: 1,
    tool: '0.0.0',
    takenAt: now.toISOString(),
    accounts: accounts.map((one) => {
      const record = recordOf(one)
      const empty = REGIONS.filter((region) => record.regions.every((known) => known.region !== region))
      const none = { items: [], isWhole: true }
      return {
        ...record,
        hasAllRegions: true,
        regions: [...record.regions, ...empty.map((region) => ({ region, clusters: none }))],
      }
    }),
    ...(kubernetes.length === 0 ? {} : { kubernetes }),
  })
  const { findings, coverage } = checkTrust(inventory, { now })
  expect(coverage.gaps).toEqual([])
  return findings.map(({ severity, rule, role: of, subject }) =>
    [severity, rule, subject?.name ?? of?.name].join(' '),
  )
}

test.each(cases)('$title: AWS alone', (one) => {
  expect(findingsOf(one, [])).toEqual(one.findsInAws ?? [])
})

test.each(cases.filter(({ kubernetes }) => kubernetes !== undefined))('$title', (one) => {
  expect([...findingsOf(one, one.kubernetes ?? [])].toSorted()).toEqual([...(one.finds ?? [])].toSorted())
})
