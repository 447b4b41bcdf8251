/** Objects of clusters as charts and EKS itself make them, short enough to read. */
import type { KubernetesRecord, KubernetesRecordObject } from '../src/sources/snapshot/record.js'

/** What a test says of a cluster. */
export interface ClusterObjects {
  /** `NAMESPACE/NAME`, with the role's ARN where it is annotated. */
  readonly accounts?: Readonly<Record<string, string | undefined>>
  /** `KIND NAMESPACE/NAME`, with the name of its service account. */
  readonly workloads?: Readonly<Record<string, string>>
  /** Rules by role: `ClusterRole NAME` or `Role NAMESPACE/NAME`; a rule is `GROUP RESOURCES VERBS`, each with commas. */
  readonly roles?: Readonly<Record<string, readonly string[]>>
  /** `ROLE = SUBJECT, SUBJECT` by binding, where a subject is `User NAME`, `Group NAME` or `NAMESPACE/NAME`. */
  readonly bindings?: Readonly<Record<string, string>>
  /** Besides those of what is above. */
  readonly namespaces?: readonly string[]
  readonly labels?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

const RBAC = 'rbac.authorization.k8s.io/v1'
const APIS: Readonly<Record<string, string>> = { CronJob: 'batch/v1', Job: 'batch/v1', Pod: 'v1' }

/** A cluster whose API gave everything. */
export function clusterRecord(cluster: string, ...parts: readonly ClusterObjects[]): KubernetesRecord {
  const objects = parts.flatMap((part) => [...objectsOf(part)])
  const namespaces = new Set([
    'default',
    'kube-system',
    'kube-public',
    'kube-node-lease',
    ...parts.flatMap((part) => part.namespaces ?? []),
    ...objects.flatMap(({ metadata }) => metadata.namespace ?? []),
  ])
  const defaults = [...namespaces].map((namespace) => account(`${namespace}/default`))
  return {
    cluster,
    complete: ['namespaces', 'service-accounts', 'workloads', 'rbac'],
    objects: [
      ...[...namespaces].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
      ...defaults,
      ...objects,
    ],
    misses: [],
  }
}

function* objectsOf(part: ClusterObjects): Generator<KubernetesRecordObject> {
  const { accounts = {}, workloads = {}, roles = {}, bindings = {}, labels = {} } = part
  for (const [place, roleArn] of Object.entries(accounts)) yield account(place, roleArn)
  for (const [text, serviceAccountName] of Object.entries(workloads)) {
    const [kind = '', place = ''] = text.split(' ')
    const template = {
      metadata: { labels: labels[place] ?? {} },
      spec: {
        serviceAccountName,
        containers: [{ name: 'main', image: imageOf(place) }],
        ...(place.endsWith('-windows') ? { nodeSelector: { 'kubernetes.io/os': 'windows' } } : {}),
      },
    }
    const spec =
      kind === 'CronJob'
        ? { jobTemplate: { spec: { template } } }
        : kind === 'Pod'
          ? template.spec
          : { template }
    yield { apiVersion: APIS[kind] ?? 'apps/v1', kind, metadata: placed(place), spec }
  }
  for (const [text, rules] of Object.entries(roles)) {
    const [kind = '', place = ''] = text.split(' ')
    yield { apiVersion: RBAC, kind, metadata: placed(place), rules: rules.map(ruleOf) }
  }
  for (const [text, line] of Object.entries(bindings)) {
    const [kind = '', place = ''] = text.split(' ')
    const [role = '', subjects = ''] = line.split(' = ')
    const [roleKind = '', name = ''] = role.split(' ')
    yield {
      apiVersion: RBAC,
      kind,
      metadata: placed(place),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: roleKind, name },
      subjects: subjects.split(', ').filter(Boolean).map(subjectOf),
    }
  }
}

function account(place: string, roleArn?: string): KubernetesRecordObject {
  const metadata = placed(place)
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata:
      roleArn === undefined
        ? metadata
        : { ...metadata, annotations: { 'eks.amazonaws.com/role-arn': roleArn } },
  }
}

function placed(place: string): { readonly name: string; readonly namespace?: string } {
  const [namespace = '', name] = place.split('/')
  return name === undefined ? { name: namespace } : { namespace, name }
}

function imageOf(place: string): string {
  return `602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/${place.split('/').at(-1) ?? ''}:1`
}

function ruleOf(line: string): Readonly<Record<string, readonly string[]>> {
  const [groups = '', resources = '', verbs = '', names] = line.split(' ')
  const list = (text: string): readonly string[] => text.split(',')
  return {
    apiGroups: list(groups).map((group) => (group === 'core' ? '' : group)),
    resources: list(resources),
    verbs: list(verbs),
    ...(names === undefined ? {} : { resourceNames: list(names) }),
  }
}

function subjectOf(text: string): Readonly<Record<string, string>> {
  const [kind = '', name] = text.split(' ')
  return name === undefined ? { kind: 'ServiceAccount', ...placed(kind) } : { kind, name }
}

/**
 * What a fresh cluster of EKS 1.33 holds, as far as it may start pods or mint tokens, and a few of those that do not.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/default-roles-users.html
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
 */
export const freshCluster: ClusterObjects = {
  accounts: Object.fromEntries(
    [
      'attachdetach-controller aws-cloud-provider aws-node coredns cronjob-controller daemon-set-controller',
      'deployment-controller eks-pod-identity-agent eks-vpc-resource-controller generic-garbage-collector',
      'job-controller kube-proxy legacy-service-account-token-cleaner namespace-controller',
      'persistent-volume-binder pod-garbage-collector replicaset-controller replication-controller',
      'service-account-controller service-controller statefulset-controller tagging-controller',
      'token-cleaner ttl-controller validatingadmissionpolicy-status-controller',
    ]
      .join(' ')
      .split(' ')
      .map((name) => [`kube-system/${name}`, undefined]),
  ),
  workloads: {
    'DaemonSet kube-system/aws-node': 'aws-node',
    'DaemonSet kube-system/kube-proxy': 'kube-proxy',
    'Deployment kube-system/coredns': 'coredns',
  },
  roles: {
    'ClusterRole cluster-admin': ['* * *'],
    'ClusterRole admin': [
      'core pods/attach,pods/exec,pods/portforward,pods/proxy,secrets,services/proxy get,list,watch',
      'core serviceaccounts impersonate',
      'core pods,pods/attach,pods/exec,pods/portforward,pods/proxy create,delete,deletecollection,patch,update',
      'core configmaps,replicationcontrollers,secrets,serviceaccounts create,delete,patch,update',
      'core serviceaccounts/token create',
      'apps daemonsets,deployments,deployments/scale,replicasets,statefulsets create,delete,patch,update',
      'batch cronjobs,jobs create,delete,deletecollection,patch,update',
    ],
    'ClusterRole edit': [
      'core pods,pods/attach,pods/exec,pods/portforward create,delete,deletecollection,patch,update',
      'core serviceaccounts/token create',
      'apps daemonsets,deployments,replicasets,statefulsets create,delete,patch,update',
      'batch cronjobs,jobs create,delete,patch,update',
    ],
    'ClusterRole view': ['core pods,serviceaccounts,services get,list,watch'],
    'ClusterRole system:node': [
      'core nodes create,get,list,watch',
      'core pods create,delete',
      'core pods/status patch,update',
      'core serviceaccounts/token create',
    ],
    'ClusterRole system:node-proxier': ['core endpoints,services list,watch'],
    'ClusterRole system:kube-controller-manager': [
      'core serviceaccounts create,get,update',
      'core serviceaccounts/token create',
    ],
    'ClusterRole system:controller:daemon-set-controller': ['core pods create,delete,list,patch,watch'],
    'ClusterRole system:controller:replicaset-controller': ['core pods create,delete,list,patch,watch'],
    'ClusterRole system:controller:statefulset-controller': ['core pods create,delete,get,patch,update'],
    'ClusterRole system:controller:job-controller': ['core pods create,delete,list,patch,watch'],
    'ClusterRole system:controller:cronjob-controller': [
      'batch jobs create,delete,get,list,patch,update,watch',
    ],
    'ClusterRole system:controller:deployment-controller': [
      'apps replicasets create,delete,get,list,patch,update',
    ],
    'ClusterRole system:coredns': ['core endpoints,namespaces,pods,services list,watch'],
    'ClusterRole aws-node': [
      'core namespaces list,watch,get',
      'core pods list,watch,get',
      'core nodes list,watch,get',
    ],
    'ClusterRole eks:addon-manager': [
      'core serviceaccounts create,get,patch,delete',
      'apps deployments,daemonsets create,get,patch,update,delete',
    ],
    'ClusterRole eks:node-manager': ['core pods get,list,watch,delete', 'core pods/eviction create'],
    'ClusterRole eks:fargate-manager': ['core pods list,watch'],
    'ClusterRole eks:pod-identity-mutating-webhook': [
      'core serviceaccounts get,list,watch',
      'core serviceaccounts/token create',
    ],
    'ClusterRole eks:node-bootstrapper': [
      'certificates.k8s.io certificatesigningrequests/selfnodeserver create',
    ],
    'ClusterRole eks:cluster-event-watcher': ['core events get,list,watch'],
    'ClusterRole vpc-resource-controller-role': ['core pods get,list,watch,patch,update'],
    'Role kube-system/eks:authenticator': ['core configmaps get,list,watch aws-auth'],
    'Role kube-system/eks:fargate-manager': ['core configmaps get'],
  },
  bindings: {
    'ClusterRoleBinding cluster-admin': 'ClusterRole cluster-admin = Group system:masters',
    'ClusterRoleBinding system:node': 'ClusterRole system:node = ',
    'ClusterRoleBinding eks:node-bootstrapper':
      'ClusterRole eks:node-bootstrapper = Group system:bootstrappers, Group system:nodes',
    'ClusterRoleBinding eks:kube-proxy': 'ClusterRole system:node-proxier = kube-system/kube-proxy',
    'ClusterRoleBinding system:kube-controller-manager':
      'ClusterRole system:kube-controller-manager = User system:kube-controller-manager',
    ...Object.fromEntries(
      [
        'daemon-set-controller',
        'replicaset-controller',
        'statefulset-controller',
        'job-controller',
        'cronjob-controller',
        'deployment-controller',
      ].map((name) => [
        `ClusterRoleBinding system:controller:${name}`,
        `ClusterRole system:controller:${name} = kube-system/${name}`,
      ]),
    ),
    'ClusterRoleBinding system:coredns': 'ClusterRole system:coredns = kube-system/coredns',
    'ClusterRoleBinding aws-node': 'ClusterRole aws-node = kube-system/aws-node',
    'ClusterRoleBinding eks:addon-cluster-admin': 'ClusterRole cluster-admin = User eks:addon-manager',
    'ClusterRoleBinding eks:addon-manager': 'ClusterRole eks:addon-manager = User eks:addon-manager',
    'ClusterRoleBinding eks:node-manager': 'ClusterRole eks:node-manager = User eks:node-manager',
    'ClusterRoleBinding eks:fargate-manager': 'ClusterRole eks:fargate-manager = User eks:fargate-manager',
    'ClusterRoleBinding eks:pod-identity-mutating-webhook':
      'ClusterRole eks:pod-identity-mutating-webhook = User eks:pod-identity-mutating-webhook',
    'ClusterRoleBinding vpc-resource-controller-rolebinding':
      'ClusterRole vpc-resource-controller-role = User eks:vpc-resource-controller, kube-system/eks-vpc-resource-controller',
    'RoleBinding kube-system/eks:authenticator': 'Role eks:authenticator = User eks:authenticator',
  },
}

/** What the add-on for Pod Identity brings. */
export const podIdentityAgent: ClusterObjects = {
  workloads: { 'DaemonSet kube-system/eks-pod-identity-agent': 'default' },
}

type Program =
  | 'ebsCsi'
  | 'karpenter'
  | 'loadBalancer'
  | 'externalDns'
  | 'certManager'
  | 'externalSecrets'
  | 'velero'
  | 'argoCd'
  | 'flux'
  | 'prometheus'
  | 'jenkins'

/** Programs of a platform team, with the rights that their charts give them; roles by the name of the service account. */
export function programs(
  roleOf: (name: string) => string | undefined,
): Readonly<Record<Program, ClusterObjects>> {
  const program = (
    namespace: string,
    name: string,
    rest: Omit<ClusterObjects, 'accounts' | 'workloads'> = {},
    kind = 'Deployment',
  ): ClusterObjects => ({
    accounts: { [`${namespace}/${name}`]: roleOf(name) },
    workloads: { [`${kind} ${namespace}/${name}`]: name },
    ...rest,
  })
  const wide = (namespace: string, name: string, rules: readonly string[]) => ({
    roles: { [`ClusterRole ${name}`]: rules },
    bindings: { [`ClusterRoleBinding ${name}`]: `ClusterRole ${name} = ${namespace}/${name}` },
  })
  return {
    ebsCsi: program(
      'kube-system',
      'ebs-csi-controller-sa',
      wide('kube-system', 'ebs-csi-controller-sa', [
        'core persistentvolumes get,list,watch,create,patch,delete',
        'storage.k8s.io volumeattachments get,list,watch,patch',
      ]),
    ),
    karpenter: program(
      'kube-system',
      'karpenter',
      wide('kube-system', 'karpenter', [
        'core pods,nodes,persistentvolumes,namespaces get,list,watch',
        'core nodes patch,delete,update',
        'core pods/eviction create',
        'core pods delete',
        'apps daemonsets,deployments,replicasets,statefulsets get,list,watch',
      ]),
    ),
    loadBalancer: program(
      'kube-system',
      'aws-load-balancer-controller',
      wide('kube-system', 'aws-load-balancer-controller', [
        'core pods,services,secrets,nodes,namespaces,endpoints get,list,watch',
        'core pods/status,services/status update,patch',
      ]),
    ),
    externalDns: program(
      'external-dns',
      'external-dns',
      wide('external-dns', 'external-dns', ['core services,endpoints,pods,nodes get,list,watch']),
    ),
    certManager: program('cert-manager', 'cert-manager', {
      roles: {
        'ClusterRole cert-manager-controller-challenges': [
          'core pods,services get,list,watch,create,delete',
          'core secrets get,list,watch',
        ],
        'Role cert-manager/cert-manager-tokenrequest': ['core serviceaccounts/token create cert-manager'],
      },
      bindings: {
        'ClusterRoleBinding cert-manager-controller-challenges':
          'ClusterRole cert-manager-controller-challenges = cert-manager/cert-manager',
        'RoleBinding cert-manager/cert-manager-tokenrequest':
          'Role cert-manager-tokenrequest = cert-manager/cert-manager',
      },
    }),
    externalSecrets: program(
      'external-secrets',
      'external-secrets',
      wide('external-secrets', 'external-secrets', [
        'core secrets get,list,watch,create,update,delete,patch',
        'core serviceaccounts get,list,watch',
        'core serviceaccounts/token create',
      ]),
    ),
    velero: program('velero', 'velero-server', {
      bindings: { 'ClusterRoleBinding velero-server': 'ClusterRole cluster-admin = velero/velero-server' },
    }),
    argoCd: program(
      'argocd',
      'argocd-application-controller',
      wide('argocd', 'argocd-application-controller', ['* * *']),
      'StatefulSet',
    ),
    flux: {
      accounts: {
        'flux-system/kustomize-controller': roleOf('kustomize-controller'),
        'flux-system/helm-controller': undefined,
      },
      workloads: {
        'Deployment flux-system/kustomize-controller': 'kustomize-controller',
        'Deployment flux-system/helm-controller': 'helm-controller',
      },
      bindings: {
        'ClusterRoleBinding cluster-reconciler-flux-system':
          'ClusterRole cluster-admin = flux-system/kustomize-controller, flux-system/helm-controller',
      },
    },
    prometheus: {
      accounts: {
        'monitoring/prometheus': roleOf('prometheus'),
        'monitoring/prometheus-operator': undefined,
      },
      workloads: {
        'StatefulSet monitoring/prometheus': 'prometheus',
        'Deployment monitoring/prometheus-operator': 'prometheus-operator',
      },
      roles: {
        'ClusterRole prometheus-operator': [
          'monitoring.coreos.com * *',
          'apps statefulsets *',
          'core configmaps,secrets *',
          'core pods list,delete',
        ],
        'ClusterRole prometheus': ['core nodes,services,endpoints,pods get,list,watch'],
      },
      bindings: {
        'ClusterRoleBinding prometheus-operator':
          'ClusterRole prometheus-operator = monitoring/prometheus-operator',
        'ClusterRoleBinding prometheus': 'ClusterRole prometheus = monitoring/prometheus',
      },
    },
    jenkins: {
      accounts: { 'jenkins/jenkins': undefined, 'jenkins/jenkins-agent': roleOf('jenkins-agent') },
      workloads: { 'StatefulSet jenkins/jenkins': 'jenkins' },
      roles: {
        'Role jenkins/jenkins-schedule-agents': [
          'core pods,pods/exec,pods/log,persistentvolumeclaims get,list,watch',
          'core pods,pods/exec,persistentvolumeclaims create,delete,deletecollection,patch,update',
        ],
      },
      bindings: {
        'RoleBinding jenkins/jenkins-schedule-agents': 'Role jenkins-schedule-agents = jenkins/jenkins',
      },
    },
  }
}
