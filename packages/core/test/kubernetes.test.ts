import { describe, expect, test } from '@jest/globals'
import { checkTrust } from '../src/check.js'
import { InputError } from '../src/errors.js'
import type { Inventory } from '../src/inventory.js'
import { inventoryOf } from '../src/inventory.js'
import { toText } from '../src/reporters/text.js'
import { readInventory } from '../src/sources/detect.js'
import { yaml } from '../src/sources/yaml.js'
import { positionOf } from '../src/text/position.js'

const ACCOUNT = '210987654321'
const ROLE = `arn:aws:iam::${ACCOUNT}:role/app`
const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/8A5F3C1E90B24D67A1C2E3F405162738'

function read(text: string, cluster?: string): Inventory {
  return readInventory({ name: 'app.yaml', text }, { yaml, ...(cluster === undefined ? {} : { cluster }) })
}

function serviceAccounts(text: string): readonly unknown[] {
  return (read(text).facts.serviceAccounts ?? []).map(({ location, roleArnLocation, ...rest }) => {
    expect(location.input.name).toBe('app.yaml')
    expect(roleArnLocation === undefined).toBe(rest.roleArn === undefined)
    return rest
  })
}

/** An object as an API server gives it out. */
function served(kind: string, namespace: string | undefined, name: string, rest: object = {}): object {
  const metadata = {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    uid: `${kind}-${namespace}-${name}`,
    resourceVersion: '1',
  }
  return {
    apiVersion: 'v1',
    kind,
    ...rest,
    metadata: { ...metadata, ...(rest as { metadata?: object }).metadata },
  }
}

function list(...items: readonly object[]): string {
  return JSON.stringify(
    { apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '' }, items },
    undefined,
    2,
  )
}

const trust = (subject: string): object => ({
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${ISSUER}:sub`]: subject, [`${ISSUER}:aud`]: 'sts.amazonaws.com' } },
  },
})

function roles(...entries: readonly (readonly [name: string, subject: string])[]): Inventory {
  const RoleDetailList = entries.map(([RoleName, subject]) => ({
    RoleName,
    Path: '/',
    Arn: `arn:aws:iam::${ACCOUNT}:role/${RoleName}`,
    AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(trust(subject))),
  }))
  return readInventory({ name: 'roles.json', text: JSON.stringify({ RoleDetailList, IsTruncated: false }) })
}

function eksCluster(name = 'prod', issuer = ISSUER): Inventory {
  const arn = `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/${name}`
  const text = JSON.stringify({ cluster: { name, arn, identity: { oidc: { issuer: `https://${issuer}` } } } })
  return readInventory({ name: 'cluster.json', text })
}

function found(...inventories: readonly Inventory[]): readonly (readonly [string, string])[] {
  return checkTrust(inventoryOf(...inventories), { now: new Date('2026-06-01') }).findings.map(
    ({ rule, message }) => [rule, message],
  )
}

describe('service accounts', () => {
  test('have the four annotations of EKS, each with its value checked', () => {
    const text = `apiVersion: v1
kind: ServiceAccount
metadata:
  name: app
  namespace: prod
  annotations:
    eks.amazonaws.com/role-arn: ${ROLE}
    eks.amazonaws.com/audience: vault
    eks.amazonaws.com/token-expiration: "3600"
    eks.amazonaws.com/sts-regional-endpoints: "false"
automountServiceAccountToken: no
`
    expect(serviceAccounts(text)).toEqual([
      {
        namespace: 'prod',
        name: 'app',
        roleArn: ROLE,
        audience: 'vault',
        tokenExpiration: 3600,
        stsRegionalEndpoints: false,
        automount: false,
      },
    ])
    const [account] = read(text).facts.serviceAccounts ?? []
    expect(account?.roleArnLocation && positionOf(account.roleArnLocation)).toMatchObject({
      line: 7,
      column: 33,
    })
  })

  test.each([
    [
      'token-expiration',
      '60',
      'tokenExpiration',
      '`60` of `eks.amazonaws.com/token-expiration` is not between 600 and 86400 seconds',
    ],
    ['token-expiration', 'one day', 'tokenExpiration', 'is not a number of seconds'],
    ['sts-regional-endpoints', 'regional', 'stsRegionalEndpoints', 'is neither true nor false'],
  ])('the value of %s may not be %j', (annotation, value, member, reason) => {
    const text = `{apiVersion: v1, kind: ServiceAccount, metadata: {name: a, namespace: b, annotations: {eks.amazonaws.com/${annotation}: "${value}"}}}`
    const [account] = serviceAccounts(`---\n${text}`) as readonly Record<string, unknown>[]
    expect(account?.[member]).toMatchObject({
      unknown: true,
      cause: 'unreadable',
      reason: expect.stringContaining(reason),
    })
  })

  test('an ARN is kept as it is written, whatever it is', () => {
    const accounts = [
      `${ROLE}${ROLE}`,
      '""',
      'null',
      '12',
      '>-\n      arn:aws:iam::210987654321:role/app',
    ].map(
      (value, index) =>
        `apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: a${index}\n  namespace: b\n  annotations:\n    eks.amazonaws.com/role-arn: ${value}\n`,
    )
    const written = (serviceAccounts(accounts.join('---\n')) as readonly { roleArn?: string }[]).map(
      ({ roleArn }) => roleArn,
    )
    expect(written).toEqual([`${ROLE}${ROLE}`, '', '', '12', ROLE])
  })

  test('a copy in `last-applied-configuration` is no annotation', () => {
    const stale = JSON.stringify({ metadata: { annotations: { 'eks.amazonaws.com/role-arn': ROLE } } })
    const object = served('ServiceAccount', 'prod', 'app', {
      metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': stale } },
    })
    expect(serviceAccounts(list(object))).toEqual([{ namespace: 'prod', name: 'app' }])
  })

  test('without a namespace are of an unknown one, and with a role that is a gap', () => {
    const inventory = read(
      `apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: a }\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: { name: b, annotations: { eks.amazonaws.com/role-arn: ${ROLE} } }\n`,
    )
    expect(inventory.facts.serviceAccounts?.map(({ namespace }) => namespace)).toMatchObject([
      { unknown: true },
      { unknown: true },
    ])
    expect(inventory.facts.gaps.map(({ kind, subject, reason }) => [kind, subject, reason])).toEqual([
      [
        'service-account',
        'ServiceAccount b',
        '`ServiceAccount b` names no namespace, and `kubectl apply` puts it into the one it is used with',
      ],
    ])
  })

  test('are of the cluster that the caller names', () => {
    const text = 'apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: a, namespace: b }\n'
    expect(read(text, 'prod').facts.serviceAccounts).toMatchObject([
      { cluster: 'prod', namespace: 'b', name: 'a' },
    ])
    expect(read(text).facts.serviceAccounts?.[0]).not.toHaveProperty('cluster')
  })
})

describe('workloads', () => {
  test.each([
    ['v1', 'Pod', (pod: object) => ({ spec: pod })],
    ['v1', 'ReplicationController', (pod: object) => ({ spec: { template: { spec: pod } } })],
    ['apps/v1', 'Deployment', (pod: object) => ({ spec: { template: { spec: pod } } })],
    ['apps/v1', 'StatefulSet', (pod: object) => ({ spec: { template: { spec: pod } } })],
    ['apps/v1', 'DaemonSet', (pod: object) => ({ spec: { template: { spec: pod } } })],
    ['apps/v1', 'ReplicaSet', (pod: object) => ({ spec: { template: { spec: pod } } })],
    ['batch/v1', 'Job', (pod: object) => ({ spec: { template: { spec: pod } } })],
    [
      'batch/v1beta1',
      'CronJob',
      (pod: object) => ({ spec: { jobTemplate: { spec: { template: { spec: pod } } } } }),
    ],
  ])('%s %s has a service account, tokens, and what is set by hand', (apiVersion, kind, around) => {
    const pod = {
      serviceAccountName: 'app',
      automountServiceAccountToken: false,
      hostNetwork: true,
      volumes: [
        { name: 'secret', secret: { secretName: 'x' } },
        {
          projected: {
            sources: [
              { configMap: {} },
              { serviceAccountToken: { audience: 'sts.amazonaws.com', path: 'token' } },
              { serviceAccountToken: { path: 't' } },
            ],
          },
        },
      ],
      initContainers: [
        { env: [{ name: 'AWS_ROLE_ARN', valueFrom: { configMapKeyRef: { name: 'x', key: 'y' } } }] },
      ],
      containers: [
        {
          env: [
            { name: 'PASSWORD', value: 'hunter2' },
            { name: 'AWS_ROLE_ARN', value: ROLE },
            { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: '/t' },
          ],
        },
      ],
    }
    const text = JSON.stringify({
      apiVersion,
      kind,
      metadata: { name: 'web', namespace: 'prod' },
      ...around(pod),
    })
    const { facts } = read(text)
    expect(facts.workloads).toMatchObject([
      {
        kind,
        namespace: 'prod',
        name: 'web',
        serviceAccount: 'app',
        automount: false,
        tokens: [{ audience: 'sts.amazonaws.com' }, {}],
        roleArns: [ROLE, { unknown: true, cause: 'not-collected' }],
        setsTokenFile: true,
        hostNetwork: true,
        isOwned: false,
      },
    ])
    const [token] = facts.workloads?.[0]?.tokens ?? []
    expect(token && positionOf(token.location)).toBeDefined()
    expect([...facts.holds]).toEqual(['workloads'])
    expect(
      JSON.stringify({
        ...facts,
        workloads: facts.workloads?.map(({ location, tokens, ...rest }) => [
          rest,
          tokens.length,
          location.pointer,
        ]),
      }),
    ).not.toContain('hunter2')
  })

  test('that name no service account run as the default one', () => {
    expect(
      read('{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{}}').facts.workloads,
    ).toMatchObject([{ serviceAccount: 'default' }])
    expect(
      read(
        '{"apiVersion":"v1","kind":"Pod","metadata":{"generateName":"p-"},"spec":{"serviceAccount":"old"}}',
      ).facts.workloads,
    ).toMatchObject([{ serviceAccount: 'old', name: 'p-*' }])
  })
})

describe('documents and lists', () => {
  test('the output of Helm is many documents, some of them empty', () => {
    const text = `---
# Source: app/templates/disabled.yaml
---
# Source: app/templates/serviceaccount.yaml
apiVersion: v1
kind: ServiceAccount
metadata:
  name: app
  annotations:
    eks.amazonaws.com/role-arn: ${ROLE}
---
# Source: app/templates/namespace.yaml
apiVersion: v1
kind: Namespace
metadata:
  name: prod
`
    const { facts } = read(text)
    expect(facts.serviceAccounts).toMatchObject([{ name: 'app', location: { pointer: '/1' } }])
    expect(facts.namespaces).toMatchObject([{ name: 'prod', location: { pointer: '/2' } }])
    expect([...facts.holds]).toEqual(['service-accounts', 'namespaces'])
  })

  test('lists hold objects, also typed ones that do not repeat their kind, in YAML and in JSON', () => {
    const json = list(served('ServiceAccount', 'prod', 'a'), {
      apiVersion: 'v1',
      kind: 'ServiceAccountList',
      items: [{ metadata: { name: 'b', namespace: 'prod' } }],
    })
    const inventory = read(json)
    expect(inventory.facts.serviceAccounts).toMatchObject(
      [
        { name: 'b', location: { pointer: '/items/1/items/0' } },
        { name: 'a', location: { pointer: '/items/0' } },
      ].toReversed(),
    )
    expect(
      read(`---\n${json}`).facts.serviceAccounts?.map(({ name, location }) => [name, location.pointer]),
    ).toEqual([
      ['a', '/0/items/0'],
      ['b', '/0/items/1/items/0'],
    ])
  })

  test('a page of a list is a gap, and so is a document that is no object', () => {
    const page = JSON.stringify({ apiVersion: 'v1', kind: 'List', metadata: { continue: 'x' }, items: [] })
    expect(read(page).facts.gaps.map(({ reason }) => reason)).toEqual([
      'the list is one page of several, the rest is missing',
    ])
    const { gaps } = read('apiVersion: v1\nkind: Namespace\nmetadata: { name: a }\n---\nreplicas: 2\n').facts
    expect(gaps.map(({ reason }) => reason)).toEqual([
      'the document `/1` is no object of Kubernetes: it has no `apiVersion` and `kind`',
    ])
  })

  test('a key that stands twice where annotations are is a gap', () => {
    const { gaps } = read(
      `apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: a\n  annotations: { x: y }\n  annotations: { z: y }\n`,
    ).facts
    expect(gaps.map(({ reason }) => reason)).toEqual([
      'the key `/0/metadata/annotations` stands more than once, only the last was read',
    ])
  })

  test('YAML without a parser, templates of Helm and other YAML are refused with one sentence', () => {
    const code = (run: () => unknown): unknown => {
      try {
        return run()
      } catch (error) {
        return error instanceof InputError ? error.code : error
      }
    }
    const text = 'apiVersion: v1\nkind: Namespace\n'
    expect(code(() => readInventory({ name: 'x', text }))).toBe('E_UNSUPPORTED_INPUT')
    expect(code(() => read('{{- if .Values.x }}\napiVersion: v1\n{{- end }}\n'))).toBe('E_UNSUPPORTED_INPUT')
    expect(code(() => read('apiVersion: v1\nmetadata:\n  name: {{ .Values.name }}\n'))).toBe('E_NOT_YAML')
    expect(code(() => read('services:\n  web: { image: x }\n'))).toBe('E_UNRECOGNIZED_INPUT')
    expect(code(() => read('# only a comment\nfoo: bar'))).toBe('E_UNRECOGNIZED_INPUT')
  })

  test('a trust policy in YAML is the same policy, with the places of its own text', () => {
    const text = `Version: 2012-10-17
Statement:
  - Effect: Allow
    Principal: { Federated: "arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}" }
    Action: sts:AssumeRoleWithWebIdentity
    Condition:
      StringLike:
        "${ISSUER}:sub": system:serviceaccount:*:app
`
    const { findings } = checkTrust(read(text))
    const finding = findings.find(({ rule }) => rule === 'any-namespace')
    expect(finding && positionOf(finding.location)).toMatchObject({ line: 8 })
    expect(toText(checkTrust(read(text)))).toContain('> 8 |')
  })
})

describe('what a list says it has all of', () => {
  const everything = [
    ...['default', 'kube-system', 'kube-public', 'prod'].flatMap((name) => [
      served('Namespace', undefined, name),
      served('ServiceAccount', name, 'default'),
    ]),
    served('ServiceAccount', 'prod', 'app'),
    served('Deployment', 'prod', 'app', { apiVersion: 'apps/v1', spec: { template: { spec: {} } } }),
  ]
  const kinds = (text: string): readonly string[] => (read(text).facts.complete ?? []).map(({ kind }) => kind)

  test('all of a cluster is told by what every cluster and every namespace has', () => {
    expect(kinds(list(...everything))).toEqual(['namespaces', 'service-accounts', 'workloads'])
    const accounts = everything.filter((one) => (one as { kind: string }).kind === 'ServiceAccount')
    expect(kinds(list(...accounts))).toEqual(['service-accounts'])
  })

  test.each([
    [
      'one namespace',
      everything.filter((one) => (one as { metadata: { namespace?: string } }).metadata.namespace === 'prod'),
    ],
    [
      'what a selector took',
      everything.filter((one) => (one as { metadata: { name: string } }).metadata.name === 'app'),
    ],
    [
      'objects that no API server has given out',
      everything.map((one) => ({
        ...one,
        metadata: { ...(one as { metadata: object }).metadata, uid: undefined },
      })),
    ],
    [
      'a namespace without its default service account',
      everything.filter(
        (one) => JSON.stringify(one).includes('"prod"') === false || !JSON.stringify(one).includes('default'),
      ),
    ],
  ])('%s is not taken for all', (_, items) => {
    expect(kinds(list(...items))).not.toContain('service-accounts')
  })

  test('manifests are never the whole cluster', () => {
    expect(kinds(everything.map((one) => JSON.stringify(one)).join('\n'))).toEqual([])
    expect(kinds(`---\n${everything.map((one) => JSON.stringify(one)).join('\n---\n')}`)).toEqual([])
  })

  test('roles are all there in an output that is no page, of one account, and not below one path', () => {
    const complete = (text: object): unknown =>
      readInventory({ name: 'x', text: JSON.stringify(text) }).facts.complete
    const role = (Path: string, account = ACCOUNT): object => ({
      RoleName: 'a',
      Path,
      Arn: `arn:aws:iam::${account}:role${Path}a`,
      AssumeRolePolicyDocument: {},
    })
    expect(complete({ RoleDetailList: [role('/')], IsTruncated: false })).toEqual([
      { kind: 'roles', account: ACCOUNT },
    ])
    expect(complete({ Roles: [role('/x/')] })).toEqual([])
    expect(complete({ Roles: [role('/')], NextToken: 'x' })).toEqual([])
    expect(complete({ Roles: [role('/'), role('/', '111122223333')] })).toEqual([])
    expect(complete({ Role: role('/') })).toEqual([])
  })
})

describe('objects of controllers', () => {
  const policy = JSON.stringify(trust('system:serviceaccount:*:app')).replace('StringEquals', 'StringLike')

  test.each([
    ['iam.services.k8s.aws/v1alpha1', { name: 'app', assumeRolePolicyDocument: policy }],
    ['iam.aws.upbound.io/v1beta1', { forProvider: { assumeRolePolicy: policy } }],
    ['iam.aws.m.upbound.io/v1beta1', { forProvider: { assumeRolePolicy: policy } }],
    ['iam.aws.crossplane.io/v1beta1', { forProvider: { assumeRolePolicyDocument: policy } }],
  ])('a Role of %s is a role', (apiVersion, spec) => {
    const text = JSON.stringify(
      { apiVersion, kind: 'Role', metadata: { name: 'app', namespace: 'infra' }, spec },
      undefined,
      2,
    )
    const inventory = read(text)
    expect([...inventory.roles]).toMatchObject([{ name: 'app', key: 'iam Role infra/app' }])
    const finding = checkTrust(inventory).findings.find(({ rule }) => rule === 'any-namespace')
    expect(finding && positionOf(finding.location)?.line).toBeGreaterThan(1)
  })

  test('a role that is there has its ARN, and one without a policy is a gap', () => {
    const status = { ackResourceMetadata: { arn: ROLE } }
    const text = JSON.stringify({
      apiVersion: 'iam.services.k8s.aws/v1alpha1',
      kind: 'Role',
      metadata: { name: 'x' },
      spec: {},
      status,
    })
    const inventory = read(text)
    expect([...inventory.roles]).toMatchObject([
      { key: ROLE, arn: ROLE, account: ACCOUNT, name: 'app', trustPolicy: { kind: 'unknown' } },
    ])
    expect(inventory.facts.gaps).toMatchObject([{ kind: 'role', subject: ROLE }])
  })

  test('associations and providers are read, and a reference to a role object is a gap', () => {
    const association = { clusterName: 'prod', namespace: 'prod', serviceAccount: 'app' }
    const { facts } = read(
      [
        {
          apiVersion: 'eks.services.k8s.aws/v1alpha1',
          kind: 'PodIdentityAssociation',
          metadata: { name: 'a' },
          spec: { ...association, roleARN: ROLE },
        },
        {
          apiVersion: 'eks.aws.upbound.io/v1beta1',
          kind: 'PodIdentityAssociation',
          metadata: { name: 'b' },
          spec: { forProvider: { ...association, roleArnRef: { name: 'app' } } },
        },
        {
          apiVersion: 'iam.services.k8s.aws/v1alpha1',
          kind: 'OpenIDConnectProvider',
          metadata: { name: 'c' },
          spec: { url: `https://${ISSUER}`, clientIDs: ['sts.amazonaws.com'] },
        },
        { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'd' } },
      ]
        .map((one) => JSON.stringify(one))
        .join('\n'),
    )
    expect(facts.associations).toMatchObject(
      [{ ...association, cluster: 'prod', roleArn: ROLE }, { roleArn: { unknown: true } }].map(
        ({ ...one }) => {
          const { clusterName: _, ...rest } = one as { clusterName?: string }
          return rest
        },
      ),
    )
    expect(facts.providers).toMatchObject([{ issuer: ISSUER, clientIds: ['sts.amazonaws.com'] }])
    expect(facts.gaps.map(({ reason }) => reason)).toEqual([
      '`eks PodIdentityAssociation b` has no `roleArn`, it points to the role object `app`',
    ])
  })
})

describe('manifests, roles and clusters together', () => {
  const account = (namespace: string, name: string, arn: string): string =>
    `apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\n  annotations:\n    eks.amazonaws.com/role-arn: ${arn}\nautomountServiceAccountToken: false\n`

  test('a service account that its role does not admit is told with what differs', () => {
    const manifests = read(
      [
        account('prod', 'app', ROLE),
        account('prod', 'other', `${ROLE.slice(0, -3)}other`),
        account('prod', 'gone', `${ROLE}s`),
      ].join('---\n'),
    )
    const dump = roles(
      ['app', 'system:serviceaccount:prod:api'],
      ['other', 'system:serviceaccount:prod:other'],
    )
    expect(found(manifests, dump)).toEqual([
      [
        'annotation-not-admitted',
        'the role `app` does not admit prod/app: it admits `prod/api`: the name differs',
      ],
      ['annotation-role-missing', `there is no role \`${ROLE}s\`; the nearest is \`${ROLE}\``],
    ])
    const report = checkTrust(inventoryOf(manifests, dump))
    expect(report.coverage).toMatchObject({ complete: true, serviceAccounts: 3, roles: { total: 2 } })
    const [first] = report.findings
    expect(first).toMatchObject({
      subject: { kind: 'service-account', key: 'prod/app' },
      role: { key: ROLE },
    })
    const text = toText(report)
    expect(text).toContain('high annotation-not-admitted: service account prod/app')
    expect(text).toContain('app.yaml:7:5')
    expect(text).toContain('see: roles.json')
  })

  test('the order of the inputs changes nothing, and findings keep their fingerprints when lines move', () => {
    const one = (text: string): readonly string[] =>
      checkTrust(inventoryOf(roles(['app', 'system:serviceaccount:prod:api']), read(text))).findings.map(
        ({ fingerprint }) => fingerprint,
      )
    const text = account('prod', 'app', ROLE)
    expect(one(`# a\n\n${text}`)).toEqual(one(text))
    expect(found(roles(['app', 'system:serviceaccount:prod:api']), read(text))).toEqual(
      found(read(text), roles(['app', 'system:serviceaccount:prod:api'])),
    )
  })

  test('what is absent is said only where a list has everything of the one cluster', () => {
    const items = ['default', 'kube-system', 'kube-public', 'prod'].flatMap((name) => [
      served('Namespace', undefined, name),
      served('ServiceAccount', name, 'default'),
    ])
    const dump = roles(['app', 'system:serviceaccount:prod:app'], ['old', 'system:serviceaccount:old:app'])
    const everything = read(list(...items))
    expect(found(dump, eksCluster(), everything).map(([rule]) => rule)).toEqual([
      'absent-namespace',
      'absent-service-account',
    ])
    expect(found(dump, everything).map(([rule]) => rule)).toEqual([])
    expect(
      found(dump, eksCluster(), eksCluster('staging', `${ISSUER.slice(0, -1)}9`), everything).map(
        ([rule]) => rule,
      ),
    ).toEqual([])
    expect(found(dump, eksCluster(), read(list(...items.slice(2)))).map(([rule]) => rule)).toEqual([])
  })

  test('names of strangers reach no terminal raw', () => {
    const text = account('prod', '"a\\u001b[31m\\n::error::x"', ROLE)
    const report = checkTrust(inventoryOf(read(text), roles(['app', 'system:serviceaccount:prod:api'])))
    expect(report.findings).toHaveLength(1)
    expect(toText(report)).not.toMatch(/\u001b|^::error/m)
  })
})
