import type { Location } from '../text/location.js'
import type { Unknown } from './unknown.js'

export interface Cluster {
  readonly name: string
  readonly arn?: string
  readonly account?: string
  readonly partition?: string
  readonly region?: string
  /** Host and path, without `https://`. */
  readonly issuer?: string | Unknown
  /** As EKS says it: `ACTIVE`. */
  readonly status?: string
  /** Whether EKS Auto Mode runs its nodes, which then hold the agent of Pod Identity; absent where the input does not tell. */
  readonly autoMode?: boolean
  /** The role of Auto Mode's nodes. */
  readonly nodeRoleArn?: string
  /** `CONFIG_MAP` has no access entries. */
  readonly authenticationMode?: string
  readonly endpoint?: ClusterEndpoint
  readonly address?: string
  readonly location: Location
}

/** Where a cluster's API is and who reaches it. */
export interface ClusterEndpoint {
  /** `https://…` */
  readonly url?: string
  readonly isPublic?: boolean
  readonly isPrivate?: boolean
}

export interface PodIdentityAssociation {
  /** The cluster's name. */
  readonly cluster: string | Unknown
  /** Names of clusters repeat in other Regions and accounts. */
  readonly clusterArn?: string
  readonly namespace: string | Unknown
  readonly serviceAccount: string | Unknown
  readonly roleArn: string | Unknown
  /** The `key` of the role where the input links the two by reference. */
  readonly roleKey?: string
  readonly targetRoleArn?: string | Unknown
  readonly disableSessionTags: boolean
  readonly arn?: string
  readonly id?: string
  /** What EKS sends as `sts:ExternalId` to the target role. */
  readonly externalId?: string
  /** A session policy, as text. It narrows what the pods may do and not who they are. */
  readonly policy?: string
  /** ARN of the add-on that owns it. */
  readonly ownerArn?: string
  readonly account?: string
  readonly address?: string
  readonly location: Location
}

/** A managed group of nodes of an EKS cluster, as far as pods can reach the credentials of its nodes. */
export interface NodeGroup {
  readonly name: string
  readonly cluster: string | Unknown
  readonly clusterArn?: string
  readonly roleArn: string | Unknown
  /** The `key` of the role where the input links the two by reference. */
  readonly roleKey?: string
  /** What the metadata service of the nodes asks for; absent where the group says nothing of its own. */
  readonly imds?: ImdsOptions | Unknown
  readonly account?: string
  readonly address?: string
  readonly location: Location
}

export interface ImdsOptions {
  /** `optional` lets version 1 in, which any forwarded request can use. Absent: the default of the machine image. */
  readonly tokens?: 'optional' | 'required'
  /** How many hops an answer may travel: pods are one hop further than the node. */
  readonly hopLimit?: number
  readonly disabled?: boolean
  /** Where the options stand. */
  readonly location?: Location
}

/** Something of one cluster that AWS knows. */
interface OfCluster {
  /** The cluster's name. */
  readonly cluster: string
  readonly clusterArn?: string
  readonly location: Location
}

/** An EKS add-on. */
export interface Addon extends OfCluster {
  readonly name: string
  readonly arn?: string
  readonly status?: string
  readonly version?: string
  /** The role of its service account by IRSA. Which service account that is, EKS does not tell. */
  readonly serviceAccountRoleArn?: string
  /** ARNs of the associations that it owns. */
  readonly associationArns: readonly string[]
}

/** Pods that EKS runs on Fargate: those of the namespace that have all the labels. */
export interface FargateProfile extends OfCluster {
  readonly name: string
  readonly podExecutionRoleArn?: string
  /** Namespaces and labels may hold `*` and `?`. */
  readonly selectors: readonly {
    readonly namespace: string
    readonly labels: ReadonlyMap<string, string>
  }[]
}

/** An EKS capability: a controller that EKS runs outside of the cluster, with a role of its own. */
export interface Capability extends OfCluster {
  readonly name: string
  /** `ACK`, `ARGOCD` or `KRO` */
  readonly type?: string
  readonly roleArn?: string
}

/** Who may use the API of a cluster by IAM. */
export interface AccessEntry extends OfCluster {
  readonly principalArn: string
  /** `STANDARD`, or what kind of nodes the principal is the role of: `EC2_LINUX`, `EC2`, `HYBRID_LINUX`. */
  readonly type?: string
  readonly groups: readonly string[]
  readonly username?: string
  /** Access policies of EKS; absent where they were not read. */
  readonly policies?: readonly {
    readonly arn: string
    /** Absent: the whole cluster. */
    readonly namespaces?: readonly string[]
  }[]
}
