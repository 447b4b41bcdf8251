/** Add-ons of AWS that run in `kube-system`; the others run in namespaces of their own. */
const IN_KUBE_SYSTEM: ReadonlySet<string> = new Set([
  'aws-ebs-csi-driver',
  'aws-efs-csi-driver',
  'aws-fsx-csi-driver',
  'aws-mountpoint-s3-csi-driver',
  'coredns',
  'eks-node-monitoring-agent',
  'eks-pod-identity-agent',
  'kube-proxy',
  'snapshot-controller',
  'vpc-cni',
])

/**
 * The namespace of an add-on where nobody chooses another.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/workloads-add-ons-available-eks.html
 */
export function addonNamespace(name: string | undefined): string | undefined {
  return name !== undefined && IN_KUBE_SYSTEM.has(name) ? 'kube-system' : undefined
}
