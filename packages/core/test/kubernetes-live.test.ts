import { describe, expect, test } from '@jest/globals'
import type { Facts, Workload } from '../src/inventory.js'
import type {
  ClusterApi,
  ClusterApiAnswer,
  ClusterProgress,
} from '../src/sources/kubernetes/collect-cluster.js'
import {
  clusterRole,
  clusterRoleManifest,
  collectCluster,
} from '../src/sources/kubernetes/collect-cluster.js'
import { readInventory } from '../src/sources/detect.js'
import type { KubernetesRecord } from '../src/sources/snapshot/record.js'
import { yaml } from '../src/sources/yaml.js'

const ARN = 'arn:aws:eks:eu-west-1:210987654321:cluster/prod'
const ROLE = 'arn:aws:iam::210987654321:role/app'

const PATHS = {
  Namespace: '/api/v1/namespaces',
  ServiceAccount: '/api/v1/serviceaccounts',
  Pod: '/api/v1/pods',
  DaemonSet: '/apis/apps/v1/daemonsets',
  Deployment: '/apis/apps/v1/deployments',
  StatefulSet: '/apis/apps/v1/statefulsets',
  CronJob: '/apis/batch/v1/cronjobs',
  Job: '/apis/batch/v1/jobs',
  Role: '/apis/rbac.authorization.k8s.io/v1/roles',
  ClusterRole: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  RoleBinding: '/apis/rbac.authorization.k8s.io/v1/rolebindings',
  ClusterRoleBinding: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
} as const

type Kind = keyof typeof PATHS

interface Metadata {
  readonly name: string
  readonly namespace?: string
  readonly [member: string]: unknown
}

/** An object as a list of the API server has it: without `apiVersion` and `kind`, with all that a server adds. */
interface Served {
  readonly metadata: Metadata
  readonly [member: string]: unknown
}

let serial = 0

function served(
  namespace: string | undefined,
  name: string,
  rest: object = {},
  metadata: object = {},
): Served {
  return {
    ...rest,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid: `00000000-0000-4000-8000-${String(serial++).padStart(12, '0')}`,
      resourceVersion: '812',
      creationTimestamp: '2026-03-01T10:00:00Z',
      managedFields: [{ manager: 'kubectl', operation: 'Update', fieldsV1: { 'f:metadata': {} } }],
      ...metadata,
    },
  }
}

/** What the admission plugin of the server adds to each pod. */
const apiAccess = (suffix: string): object => ({
  name: `kube-api-access-${suffix}`,
  projected: {
    defaultMode: 420,
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    ],
  },
})

function podSpec(serviceAccountName: string, more: object = {}, env: readonly object[] = []): object {
  return {
    serviceAccountName,
    serviceAccount: serviceAccountName,
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    tolerations: [{ operator: 'Exists' }],
    containers: [
      {
        name: 'main',
        image: 'registry.example/app:1',
        command: ['serve', '--password=hunter2'],
        env: [
          { name: 'DB_PASSWORD', value: 'hunter2' },
          { name: 'API_KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'hunter2' } } },
          ...env,
        ],
      },
    ],
    volumes: [apiAccess('x7x2p'), { name: 'secret', secret: { secretName: 'hunter2' } }],
    ...more,
  }
}

function pod(
  namespace: string,
  name: string,
  spec: object,
  owner?: readonly [kind: string, name: string],
  labels: object = {},
): Served {
  const ownerReferences =
    owner === undefined
      ? undefined
      : [
          {
            apiVersion: 'apps/v1',
            kind: owner[0],
            name: owner[1],
            uid: 'u',
            controller: true,
            blockOwnerDeletion: true,
          },
        ]
  return served(
    namespace,
    name,
    { spec: { ...spec, nodeName: 'ip-10-0-0-7' }, status: { phase: 'Running', podIP: '10.0.0.12' } },
    { labels, ...(ownerReferences === undefined ? {} : { ownerReferences }) },
  )
}

const template = (spec: object, labels: object): object => ({
  replicas: 2,
  selector: { matchLabels: labels },
  template: { metadata: { labels }, spec },
})

const windows = {
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          {
            matchExpressions: [
              { key: 'node.kubernetes.io/instance-type', operator: 'In', values: ['m5.large'] },
              { key: 'kubernetes.io/os', operator: 'In', values: ['windows'] },
            ],
          },
        ],
      },
    },
  },
}

function cluster(): Record<Kind, readonly Served[]> {
  const namespaces = ['default', 'kube-public', 'kube-system', 'prod']
  return {
    Namespace: namespaces.map((name) => served(undefined, name, { spec: { finalizers: ['kubernetes'] } })),
    ServiceAccount: [
      ...namespaces.map((name) => served(name, 'default')),
      served(
        'prod',
        'app',
        { automountServiceAccountToken: false, secrets: [{ name: 'hunter2' }] },
        {
          annotations: {
            'eks.amazonaws.com/role-arn': ROLE,
            'eks.amazonaws.com/audience': 'sts.amazonaws.com',
            'kubectl.kubernetes.io/last-applied-configuration': '{"password":"hunter2"}',
          },
        },
      ),
      served(
        'prod',
        'slip',
        {},
        { annotations: { 'eks.amazon.com/role-arn': ROLE, 'example.com/owner': 'x' } },
      ),
    ],
    Pod: [
      pod(
        'prod',
        'app-5d9-aaaaa',
        podSpec('app', {}, [{ name: 'AWS_ROLE_ARN', value: ROLE }]),
        ['ReplicaSet', 'app-5d9'],
        { app: 'app' },
      ),
      pod(
        'prod',
        'app-5d9-bbbbb',
        podSpec('app', { volumes: [apiAccess('other')] }, [{ name: 'AWS_ROLE_ARN', value: ROLE }]),
        ['ReplicaSet', 'app-5d9'],
        { app: 'app' },
      ),
      pod('prod', 'far-1', podSpec('app', { schedulerName: 'fargate-scheduler' }), ['ReplicaSet', 'far'], {
        'eks.amazonaws.com/fargate-profile': 'fp',
      }),
      pod('prod', 'db-0', podSpec('default'), ['StatefulSet', 'db'], {
        app: 'db',
        'statefulset.kubernetes.io/pod-name': 'db-0',
        'apps.kubernetes.io/pod-index': '0',
      }),
      pod('prod', 'db-1', podSpec('default'), ['StatefulSet', 'db'], {
        app: 'db',
        'statefulset.kubernetes.io/pod-name': 'db-1',
        'apps.kubernetes.io/pod-index': '1',
      }),
      pod(
        'prod',
        'alone',
        podSpec('default', { hostNetwork: true, nodeSelector: { 'kubernetes.io/os': 'linux', disk: 'ssd' } }),
      ),
    ],
    DaemonSet: [
      served('kube-system', 'eks-pod-identity-agent', {
        spec: template(podSpec('default', { hostNetwork: true }), { app: 'a' }),
      }),
    ],
    Deployment: [
      served(
        'prod',
        'app',
        { spec: template(podSpec('app', windows), { app: 'app' }) },
        { labels: { team: 'x' } },
      ),
    ],
    StatefulSet: [served('prod', 'db', { spec: template(podSpec('default'), { app: 'db' }) })],
    CronJob: [
      served('prod', 'nightly', {
        spec: {
          schedule: '0 3 * * *',
          jobTemplate: { spec: { template: { metadata: {}, spec: podSpec('app') } } },
        },
      }),
    ],
    Job: [
      served('prod', 'once', {
        spec: template(podSpec('app', { automountServiceAccountToken: false }), { job: 'once' }),
      }),
    ],
    Role: [
      served('prod', 'minter', {
        rules: [
          {
            apiGroups: [''],
            resources: ['serviceaccounts/token'],
            resourceNames: ['app'],
            verbs: ['create'],
          },
          { apiGroups: ['', 'apps'], resources: ['*'], verbs: ['get', 'list'] },
        ],
      }),
    ],
    ClusterRole: [
      served(undefined, 'admin', {
        aggregationRule: {
          clusterRoleSelectors: [{ matchLabels: { 'rbac.authorization.k8s.io/aggregate-to-admin': 'true' } }],
        },
        rules: [
          { apiGroups: [''], resources: ['pods/exec'], verbs: ['create'] },
          { nonResourceURLs: ['/healthz'], verbs: ['get'] },
        ],
      }),
    ],
    RoleBinding: [
      served('prod', 'minters', {
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'minter' },
        subjects: [
          { kind: 'ServiceAccount', namespace: 'ci', name: 'deployer' },
          { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:serviceaccounts:ci' },
        ],
      }),
    ],
    ClusterRoleBinding: [
      served(undefined, 'admins', {
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'eve' }],
      }),
      served(undefined, 'nobody', {
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
      }),
    ],
  }
}

const kindAt = (path: string): Kind | undefined =>
  (Object.keys(PATHS) as Kind[]).find((kind) => PATHS[kind] === path.split('?')[0])

const ok = (body: unknown): ClusterApiAnswer => ({ status: 200, body })

const status = (code: number, reason: string, message: string): ClusterApiAnswer => ({
  status: code,
  body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code },
})

interface Server extends ClusterApi {
  readonly asked: string[]
  most: number
}

/** An API server with what is given, page by page; `answers` says otherwise for one kind. */
function server(
  objects: Partial<Record<Kind, readonly Served[]>> = cluster(),
  answers: Partial<
    Record<Kind, (query: URLSearchParams) => ClusterApiAnswer | Promise<ClusterApiAnswer> | undefined>
  > = {},
): Server {
  let open = 0
  const self: Server = {
    asked: [],
    most: 0,
    async get(path) {
      self.asked.push(path)
      self.most = Math.max(self.most, ++open)
      try {
        await new Promise((resolve) => setImmediate(resolve))
        const kind = kindAt(path)
        if (kind === undefined)
          return status(404, 'NotFound', 'the server could not find the requested resource')
        const query = new URLSearchParams(path.split('?')[1])
        return (await answers[kind]?.(query)) ?? page(kind, objects[kind] ?? [], query)
      } finally {
        open--
      }
    },
  }
  return self
}

function page(kind: Kind, items: readonly Served[], query: URLSearchParams): ClusterApiAnswer {
  const limit = Number(query.get('limit'))
  const from = Number(query.get('continue')?.split('+')[1] ?? 0)
  const isLast = from + limit >= items.length
  return ok({
    kind: `${kind}List`,
    apiVersion: 'v1',
    metadata: {
      resourceVersion: '900',
      ...(isLast
        ? {}
        : { continue: `eyJ2/+${from + limit}`, remainingItemCount: items.length - from - limit }),
    },
    items: items.slice(from, from + limit),
  })
}

const collect = (api: ClusterApi, options: object = {}): Promise<KubernetesRecord> =>
  collectCluster(api, { cluster: ARN, ...options })

/** Facts of objects, as the reader of `kubectl get … -o json` gives them, without where they stand. */
function factsOf(objects: readonly object[], options: object = {}): Facts {
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', metadata: {}, items: objects })
  return readInventory({ name: 'cluster.json', text }, options).facts
}

function unlocated(value: unknown): unknown {
  if (value instanceof Map) return new Map([...value].map(([key, one]) => [key, unlocated(one)]))
  if (Array.isArray(value)) return value.map(unlocated)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([key]) => key !== 'location' && key !== 'roleArnLocation')
  return Object.fromEntries(entries.map(([key, one]) => [key, unlocated(one)]))
}

const workload = (text: string): Workload | undefined =>
  readInventory({ name: 'w.yaml', text }, { yaml }).facts.workloads?.[0]

const named = ({ objects }: KubernetesRecord, kind: Kind): readonly string[] =>
  objects.filter((one) => one.kind === kind).map(({ metadata }) => metadata.name)

describe('a cluster that gives everything', () => {
  test('is read whole with one request a kind, four at once at most', async () => {
    const api = server()
    const record = await collect(api)
    expect(record).toMatchObject({
      cluster: ARN,
      complete: ['namespaces', 'service-accounts', 'workloads', 'rbac'],
      misses: [],
    })
    expect(api.asked.toSorted()).toEqual(
      Object.values(PATHS)
        .map((path) => `${path}?limit=500`)
        .toSorted(),
    )
    expect(api.most).toBe(4)
  })

  test('is kept without what nothing is told from, and no secret is in what is kept', async () => {
    const record = await collect(server())
    expect(JSON.stringify(record)).not.toMatch(
      /hunter2|DB_PASSWORD|API_KEY|managedFields|last-applied|example\.com|podIP|nodeName|disk/,
    )
    expect(record.objects.find(({ metadata }) => metadata.name === 'app' && metadata.annotations)).toEqual({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: {
        namespace: 'prod',
        name: 'app',
        uid: expect.any(String),
        annotations: {
          'eks.amazonaws.com/role-arn': ROLE,
          'eks.amazonaws.com/audience': 'sts.amazonaws.com',
        },
      },
      automountServiceAccountToken: false,
    })
    const kept = record.objects.find(({ metadata }) => metadata.name === 'app-5d9-aaaaa')
    expect(kept).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        namespace: 'prod',
        name: 'app-5d9-aaaaa',
        uid: expect.any(String),
        labels: { app: 'app' },
        ownerReferences: [{ kind: 'ReplicaSet', name: 'app-5d9' }],
      },
      spec: {
        serviceAccountName: 'app',
        serviceAccount: 'app',
        volumes: [{ projected: { sources: [{ serviceAccountToken: {} }] } }],
        containers: [
          { name: 'main', image: 'registry.example/app:1', env: [{ name: 'AWS_ROLE_ARN', value: ROLE }] },
        ],
      },
    })
  })

  test('gives the same facts from what is kept as from the objects themselves', async () => {
    const record = await collect(server())
    const kept = new Set(record.objects.map(({ metadata }) => metadata.uid))
    const whole = (Object.entries(cluster()) as [Kind, readonly Served[]][]).flatMap(([kind, items]) => {
      const apiVersion = PATHS[kind].split('/').slice(2, -1).join('/')
      return items.map((item) => ({ apiVersion, kind, ...item }))
    })
    const replicas = ['app-5d9-bbbbb', 'db-1']
    const same = whole.filter(({ metadata }) => !replicas.includes(metadata.name))
    expect(kept.size).toBe(same.length)
    const facts = unlocated(factsOf(record.objects)) as Facts
    expect(facts).toEqual(unlocated(factsOf(same)))
    expect(facts.strayAnnotations).toMatchObject([{ annotation: 'eks.amazon.com/role-arn', name: 'slip' }])
  })

  test('has one pod for all that an owner made alike', async () => {
    expect(named(await collect(server()), 'Pod')).toEqual(['app-5d9-aaaaa', 'far-1', 'db-0', 'alone'])
  })

  test('of ten thousand pods keeps little', async () => {
    const pods = Array.from({ length: 10_000 }, (_, index) =>
      pod('prod', `p-${index}`, podSpec('app'), ['ReplicaSet', `rs-${index % 100}`], {
        app: `${index % 100}`,
      }),
    )
    const api = server({ ...cluster(), Pod: pods })
    const record = await collect(api)
    expect(named(record, 'Pod')).toHaveLength(100)
    expect(api.asked.filter((path) => path.startsWith(PATHS.Pod))).toHaveLength(20)
    expect(JSON.stringify(record).length).toBeLessThan(100_000)
  })
})

describe('pages', () => {
  test('are asked for until none is named, with their tokens as they are', async () => {
    const api = server()
    const progress: ClusterProgress[] = []
    const record = await collect(api, {
      pageSize: 2,
      onProgress: (one: ClusterProgress) => progress.push(one),
    })
    expect(record.complete).toHaveLength(4)
    expect(named(record, 'ServiceAccount')).toHaveLength(6)
    expect(api.asked.filter((path) => path.startsWith(PATHS.Namespace))).toEqual([
      '/api/v1/namespaces?limit=2',
      '/api/v1/namespaces?limit=2&continue=eyJ2%2F%2B2',
    ])
    expect(progress.filter(({ resource }) => resource === 'namespaces')).toEqual([
      { cluster: ARN, resource: 'namespaces', objects: 2 },
      { cluster: ARN, resource: 'namespaces', objects: 4 },
    ])
  })

  const gone = status(
    410,
    'Expired',
    'The provided continue parameter is too old to display a consistent list result.',
  )

  test('of a state that is gone are asked for again from the first, once', async () => {
    let expired = 0
    const ServiceAccount = (query: URLSearchParams): ClusterApiAnswer | undefined =>
      query.has('continue') && expired++ === 0 ? gone : undefined
    const record = await collect(server(cluster(), { ServiceAccount }), { pageSize: 3 })
    expect(record.misses).toEqual([])
    expect(named(record, 'ServiceAccount')).toHaveLength(6)

    const Pod = (query: URLSearchParams): ClusterApiAnswer | undefined =>
      query.has('continue') ? gone : undefined
    const api = server(cluster(), { Pod })
    const partial = await collect(api, { pageSize: 2 })
    expect(partial.misses).toEqual([
      {
        call: 'list pods',
        outcome: 'failed',
        cluster: ARN,
        message: expect.stringContaining('answered 410: The provided continue'),
      },
    ])
    expect(partial.complete).toEqual(['namespaces', 'service-accounts', 'rbac'])
    expect(named(partial, 'Pod')).toEqual(['app-5d9-aaaaa'])
    expect(api.asked.filter((path) => path.startsWith(PATHS.Pod))).toHaveLength(4)
  })

  test.each<
    [
      what: string,
      answer: (query: URLSearchParams) => ClusterApiAnswer,
      message: string,
      names: readonly string[],
    ]
  >([
    [
      'lead in a circle',
      () => ok({ metadata: { continue: 'a' }, items: [served('x', 'one')] }),
      'its pages lead in a circle',
      ['one', 'one'],
    ],
    ['are no JSON', () => ok(undefined), 'its answer is no list of Kubernetes', []],
    [
      'are no list',
      () => ok({ kind: 'Status', status: 'Success' }),
      'its answer is no list of Kubernetes',
      [],
    ],
    [
      'have items of another kind',
      () => ok({ items: [null, 1, 'x', {}, { metadata: {} }, served('x', 'one')] }),
      '5 of its items are no objects of Kubernetes',
      ['one'],
    ],
    [
      'break off',
      (query) =>
        query.has('continue')
          ? status(500, 'InternalError', 'etcdserver: request timed out')
          : ok({ metadata: { continue: 'n' }, items: [served('x', 'one')] }),
      'the API server answered 500: etcdserver: request timed out',
      ['one'],
    ],
  ])('that %s are a miss, and what was read stays', async (_, ServiceAccount, message, names) => {
    const record = await collect(server(cluster(), { ServiceAccount }))
    expect(record.misses).toEqual([
      { call: 'list serviceaccounts', outcome: 'failed', cluster: ARN, message },
    ])
    expect(record.complete).toEqual(['namespaces', 'workloads', 'rbac'])
    expect(named(record, 'ServiceAccount')).toEqual(names)
  })

  test('without end end', async () => {
    let count = 0
    const Pod = (): ClusterApiAnswer => ok({ metadata: { continue: `${count++}` }, items: [] })
    const { misses } = await collect(server({}, { Pod }))
    expect(misses).toMatchObject([{ call: 'list pods', message: 'it has more than 10000 pages' }])
  })
})

describe('a cluster that does not give everything', () => {
  const forbidden = (resource: string): ClusterApiAnswer =>
    status(
      403,
      'Forbidden',
      `${resource} is forbidden: User "eve\u001b[2J" cannot list resource "${resource}" in API group "" at the cluster scope`,
    )

  test('has a miss for each kind that it refuses', async () => {
    const record = await collect(
      server(cluster(), {
        ServiceAccount: () => forbidden('serviceaccounts'),
        Role: () => forbidden('roles'),
      }),
    )
    expect(record.misses).toEqual([
      {
        call: 'list serviceaccounts',
        outcome: 'denied',
        cluster: ARN,
        message:
          'not allowed (403: serviceaccounts is forbidden: User "eve\\u{1b}[2J" cannot list resource "serviceaccounts" in API group "" at the cluster scope)',
      },
      {
        call: 'list roles',
        outcome: 'denied',
        cluster: ARN,
        message: expect.stringContaining('roles is forbidden'),
      },
    ])
    expect(record.complete).toEqual(['namespaces', 'workloads'])
    expect(named(record, 'ClusterRole')).toEqual(['admin'])
  })

  test('is not asked for more once it does not know who asks', async () => {
    const unauthorized = status(401, 'Unauthorized', 'Unauthorized')
    const api = server(cluster(), { Namespace: () => unauthorized })
    const record = await collect(api)
    expect(api.asked).toHaveLength(1)
    expect(record).toMatchObject({ complete: [], objects: [] })
    expect(record.misses).toEqual([
      {
        call: 'list namespaces, serviceaccounts, pods, daemonsets, deployments, statefulsets, cronjobs, jobs, roles, clusterroles, rolebindings, clusterrolebindings',
        outcome: 'denied',
        cluster: ARN,
        message:
          'the API server does not take the credentials (401: Unauthorized); the rest was not asked for',
      },
    ])

    const late = await collect(server(cluster(), { Pod: () => unauthorized }))
    expect(late.complete).toEqual(['namespaces', 'service-accounts'])
    expect(late.misses).toMatchObject([{ call: expect.stringMatching(/^list pods, /), outcome: 'denied' }])
  })

  test('out of reach is one miss, and is not tried twelve times', async () => {
    let asked = 0
    const late = new Error('10.0.0.1 did not answer within 5 seconds')
    late.name = 'TimeoutError'
    const api: ClusterApi = { get: () => (asked++, Promise.reject(late)) }
    const { misses } = await collect(api)
    expect(asked).toBe(1)
    expect(misses).toMatchObject([
      { outcome: 'timed-out', message: '10.0.0.1 did not answer within 5 seconds' },
    ])
    expect(misses).toHaveLength(1)
  })

  test('keeps the rest where one list gets no answer, or too many requests are made', async () => {
    const record = await collect(
      server(cluster(), {
        Job: () => Promise.reject(new Error('the connection was closed')),
        CronJob: () => status(429, 'TooManyRequests', 'try again later'),
        Pod: () => ({ status: 302, body: undefined }),
      }),
    )
    expect(record.misses).toEqual([
      { call: 'list pods', outcome: 'failed', cluster: ARN, message: 'the API server answered 302' },
      {
        call: 'list cronjobs',
        outcome: 'throttled',
        cluster: ARN,
        message: 'too many requests (429: try again later)',
      },
      { call: 'list jobs', outcome: 'failed', cluster: ARN, message: 'the connection was closed' },
    ])
    expect(named(record, 'Deployment')).toEqual(['app'])
  })

  test('stops when the run ends, with what it has', async () => {
    const ends = new AbortController()
    const api = server(cluster(), {
      ServiceAccount: () => {
        ends.abort()
        return undefined
      },
    })
    const record = await collect(api, { signal: ends.signal })
    expect(record.complete).toContain('service-accounts')
    expect(record.complete).not.toContain('rbac')
    expect(record.misses).toEqual([
      {
        call: expect.stringMatching(/^list .*clusterrolebindings$/),
        outcome: 'skipped',
        cluster: ARN,
        message: 'the run ended before',
      },
    ])
    expect(api.asked.length).toBeLessThan(12)
  })
})

test('the least role lists what is asked for, and nothing else', async () => {
  const api = server()
  await collect(api)
  const role = clusterRole('reader')
  expect(role).toMatchObject({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'reader' },
  })
  const allowed = role.rules.flatMap(({ apiGroups: [group], resources, verbs }) => {
    expect(verbs).toEqual(['list'])
    return resources.map((resource) => `${group === '' ? '/api' : `/apis/${group}`}/v1/${resource}?limit=500`)
  })
  expect(allowed.toSorted()).toEqual(api.asked.toSorted())
  expect(JSON.stringify(role)).not.toMatch(/secret|token|\*/)
  expect(
    yaml({ name: 'role.yaml', text: clusterRoleManifest('reader') }).documents.map(({ value }) => value),
  ).toEqual([role])
})

describe('RBAC', () => {
  test('is read from objects of a server and from manifests', async () => {
    const { objects } = await collect(server())
    const { rbacRoles = [], rbacBindings = [], holds } = factsOf(objects, { cluster: 'prod' })
    expect(unlocated(rbacRoles)).toEqual([
      {
        cluster: 'prod',
        kind: 'Role',
        namespace: 'prod',
        name: 'minter',
        rules: [
          {
            apiGroups: [''],
            resources: ['serviceaccounts/token'],
            resourceNames: ['app'],
            verbs: ['create'],
          },
          { apiGroups: ['', 'apps'], resources: ['*'], resourceNames: [], verbs: ['get', 'list'] },
        ],
      },
      {
        cluster: 'prod',
        kind: 'ClusterRole',
        name: 'admin',
        rules: [{ apiGroups: [''], resources: ['pods/exec'], resourceNames: [], verbs: ['create'] }],
      },
    ])
    expect(unlocated(rbacBindings)).toEqual([
      {
        cluster: 'prod',
        kind: 'RoleBinding',
        namespace: 'prod',
        name: 'minters',
        role: { kind: 'Role', name: 'minter' },
        subjects: [
          { kind: 'ServiceAccount', namespace: 'ci', name: 'deployer' },
          { kind: 'Group', name: 'system:serviceaccounts:ci' },
        ],
      },
      {
        cluster: 'prod',
        kind: 'ClusterRoleBinding',
        name: 'admins',
        role: { kind: 'ClusterRole', name: 'admin' },
        subjects: [{ kind: 'User', name: 'eve' }],
      },
      {
        cluster: 'prod',
        kind: 'ClusterRoleBinding',
        name: 'nobody',
        role: { kind: 'ClusterRole', name: 'admin' },
        subjects: [],
      },
    ])
    expect([...holds]).toContain('rbac')
  })

  test('what a server would not take is left out, and what stands in no namespace is said', () => {
    const text = `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: a, namespace: x}
roleRef: {kind: Group, name: b}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: a}
roleRef: {kind: Role, name: b}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: c, namespace: x}
roleRef: {kind: ClusterRole, name: b}
subjects: [{kind: Robot, name: r}, {kind: User}, {kind: ServiceAccount, name: s, namespace: y}, nothing]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: adrift}
---
apiVersion: iam.services.k8s.aws/v1alpha1
kind: Role
metadata: {name: other, namespace: x}
`
    const { facts } = readInventory({ name: 'rbac.yaml', text }, { yaml })
    expect(unlocated(facts.rbacBindings)).toEqual([
      {
        kind: 'RoleBinding',
        namespace: 'x',
        name: 'c',
        role: { kind: 'ClusterRole', name: 'b' },
        subjects: [{ kind: 'ServiceAccount', namespace: 'y', name: 's' }],
      },
    ])
    expect(facts.rbacRoles).toBeUndefined()
    expect(facts.outOfScope).toEqual(['1 Roles and RoleBindings that name no namespace'])
  })

  const made = (kind: Kind, namespace: string | undefined, name: string, isBuiltIn = true): object => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind,
    ...served(
      namespace,
      name,
      {},
      isBuiltIn ? { labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } } : {},
    ),
  })
  const builtIn = [
    made('ClusterRole', undefined, 'cluster-admin'),
    made('ClusterRoleBinding', undefined, 'cluster-admin'),
    ...['kube-public', 'kube-system'].flatMap((namespace) => [
      made('Role', namespace, 'system:controller:bootstrap-signer'),
      made('RoleBinding', namespace, 'system:controller:bootstrap-signer'),
    ]),
  ]
  const own = made('ClusterRole', undefined, 'eks:node-manager', false)

  test('of an output of kubectl is complete where all four kinds of all namespaces are in it', () => {
    const isWhole = (objects: readonly object[]): boolean =>
      factsOf(objects).complete?.some(({ kind }) => kind === 'rbac') === true
    expect(isWhole([...builtIn, own])).toBe(true)
    expect(isWhole(builtIn)).toBe(false)
    for (const missing of builtIn)
      expect(isWhole([own, ...builtIn.filter((one) => one !== missing)])).toBe(false)
  })
})

describe('where pods run', () => {
  const deployment = (spec: string, labels = '{}'): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: app, namespace: prod}
spec: {template: {metadata: {labels: ${labels}}, spec: ${spec}}}
`
  const affinity = (...terms: readonly string[]): string =>
    `{affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [${terms.join(', ')}]}}}}`
  const term = (key: string, operator: string, ...values: readonly string[]): string =>
    `{matchExpressions: [{key: ${key}, operator: ${operator}, values: [${values.join(', ')}]}]}`

  test.each([
    ['{schedulerName: fargate-scheduler}', '{}', 'fargate'],
    ['{}', '{eks.amazonaws.com/fargate-profile: fp}', 'fargate'],
    ['{nodeSelector: {eks.amazonaws.com/compute-type: fargate}}', '{}', 'fargate'],
    ['{nodeSelector: {kubernetes.io/os: windows}}', '{}', 'windows'],
    ['{nodeSelector: {beta.kubernetes.io/os: windows}}', '{}', 'windows'],
    ['{os: {name: windows}}', '{}', 'windows'],
    [affinity(term('kubernetes.io/os', 'In', 'windows')), '{}', 'windows'],
    [affinity(term('kubernetes.io/os', 'In', 'windows'), term('disk', 'In', 'ssd')), '{}', undefined],
    [affinity(term('kubernetes.io/os', 'In', 'windows', 'linux')), '{}', undefined],
    [affinity(term('kubernetes.io/os', 'NotIn', 'windows')), '{}', undefined],
    [affinity(term('eks.amazonaws.com/compute-type', 'NotIn', 'fargate')), '{}', undefined],
    [affinity(), '{}', undefined],
    ['{nodeSelector: {kubernetes.io/os: linux}, os: {name: linux}}', '{}', undefined],
    ['{}', '{app: fargate-scheduler}', undefined],
  ])('%s with the labels %s', (spec, labels, runsOn) => {
    const found = workload(deployment(spec, labels))
    expect(found?.kind).toBe('Deployment')
    expect(found?.runsOn).toBe(runsOn)
  })

  test('labels are those of the pods, and texts alone', () => {
    expect(workload(deployment('{}', '{app: web, tier: "1", count: 2}'))?.labels).toEqual(
      new Map([
        ['app', 'web'],
        ['tier', '1'],
      ]),
    )
    expect(workload(deployment('{}'))).not.toHaveProperty('labels')
    expect(
      workload('{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","labels":{"a":"b"}}}')?.labels?.get(
        'a',
      ),
    ).toBe('b')
  })
})

test.each([
  ['DaemonSet', 'eks-pod-identity-agent', 'registry.example/agent', true],
  ['DaemonSet', 'eks-pod-identity-agent-hybrid', 'registry.example/agent', true],
  [
    'DaemonSet',
    'agent',
    '602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/eks-pod-identity-agent:v0.1.29',
    true,
  ],
  ['DaemonSet', 'agent', 'mirror.example:5000/cache/eks/eks-pod-identity-agent@sha256:0123', true],
  ['DaemonSet', 'agent', 'eks/eks-pod-identity-agent', true],
  ['DaemonSet', 'agent', 'registry.example/eks/eks-pod-identity-agent-exporter:1', false],
  ['DaemonSet', 'agent', 'registry.example/notes/eks-pod-identity-agent:1', false],
  ['DaemonSet', 'my-eks-pod-identity-agent', 'registry.example/agent', false],
  ['Deployment', 'eks-pod-identity-agent', 'registry.example/eks/eks-pod-identity-agent', false],
])('%s %s with the image %s', (kind, name, image, isAgent) => {
  const text = JSON.stringify({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: 'kube-system' },
    spec: { template: { spec: { containers: [{ name: 'c', image }] } } },
  })
  expect(workload(text)?.isPodIdentityAgent).toBe(isAgent ? true : undefined)
})
