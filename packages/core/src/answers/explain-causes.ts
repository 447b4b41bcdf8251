/** Every cause there is a name for, with what to say where nothing but an error is known. */
interface CauseText {
  /** One sentence, lower case, without a full stop. */
  readonly general: string
  /** What to look at. */
  readonly look: string
}

const POLICY = 'the trust policy: `aws iam get-role --role-name ROLE --query Role.AssumeRolePolicyDocument`'
const TOKEN = 'the claims of the token in the pod: `podtrust token FILE`'
const PROVIDERS = "the providers of the role's account: `aws iam list-open-id-connect-providers`"
const ISSUER = 'the issuer: `aws eks describe-cluster --name CLUSTER --query cluster.identity.oidc.issuer`'
const ACCOUNT = 'the service account: `kubectl get serviceaccount NAME -n NAMESPACE -o yaml`'
const POD =
  'the pod: `kubectl get pod POD -n NAMESPACE -o yaml`, its `serviceAccountName`, `AWS_…` variables and volumes'
const ASSOCIATIONS =
  'the associations: `aws eks list-pod-identity-associations --cluster-name CLUSTER`, then `describe-pod-identity-association`'
const AGENT =
  'the agent: `kubectl get daemonset eks-pod-identity-agent -n kube-system`, and its logs on the node of the pod'

export const CAUSES = {
  // --- before the policy --------------------------------------------------------------------------------------------
  'role-missing': {
    general: 'there is no role of that name in that account',
    look: 'the ARN: `aws iam get-role --role-name ROLE`',
  },
  'provider-missing': {
    general: "the role's account has no IAM OIDC provider for the issuer of the cluster",
    look: PROVIDERS,
  },
  'provider-in-other-account': {
    general:
      "the provider exists in the cluster's account, and the role is in another one, which needs a provider of its own",
    look: PROVIDERS,
  },
  'issuer-form': {
    general:
      'a provider is registered for the same cluster under another host, with a slash at the end or in other letter case, and STS compares exactly',
    look: PROVIDERS,
  },
  'stale-issuer': {
    general:
      'the cluster was rebuilt: its issuer has a new id, and the role or the provider still has the old one',
    look: ISSUER,
  },
  'audience-not-registered': {
    general:
      'the audience of the token is not among the client ids of the provider (normally `sts.amazonaws.com`)',
    look: 'the client ids: `aws iam get-open-id-connect-provider --open-id-connect-provider-arn ARN`',
  },
  'audience-annotation': {
    general: 'the annotation `eks.amazonaws.com/audience` or the volume of the pod asks for another audience',
    look: ACCOUNT,
  },
  'api-server-token': {
    general:
      'the token of the API server was sent (`/var/run/secrets/kubernetes.io/serviceaccount/token`), not the one for AWS',
    look: TOKEN,
  },
  'several-audiences': {
    general: 'the token was asked for with several audiences',
    look: 'the TokenRequest or the projected volume that asks for the token',
  },
  'missing-claim': { general: 'the token lacks a claim that STS wants', look: TOKEN },
  'legacy-token': {
    general: 'the token is one of the old kind from a Secret, without `aud` and `exp`, which STS never takes',
    look: TOKEN,
  },
  'malformed-token': { general: 'the file does not hold one whole token', look: TOKEN },
  'not-yet-valid': { general: 'the token is not valid yet: a clock is wrong', look: TOKEN },
  'token-not-read-again': {
    general:
      'kubelet renews the file, and the program does not read it again (an old SDK, or credentials kept by hand)',
    look: 'the version of the AWS SDK, and whether the program keeps the token',
  },
  clock: {
    general: 'the clock of the node or of the issuer is more than five minutes off',
    look: 'the time on the node',
  },
  'token-copied': { general: 'the token was copied out of a pod and is used elsewhere', look: TOKEN },
  'keys-not-public': {
    general:
      'the discovery document or the keys of the issuer cannot be fetched from the internet within about five seconds',
    look: '`curl https://ISSUER/.well-known/openid-configuration` from outside of the network',
  },
  'cluster-gone': { general: 'the cluster of the token was deleted, and its keys with it', look: ISSUER },
  'keys-rotated': {
    general: 'the token is signed with a key that the issuer does not publish',
    look: 'the `kid` in the header of the token, against `jwks_uri` of the issuer',
  },
  'region-disabled': {
    general: 'STS is not activated in that Region for the account',
    look: 'the Region in the account settings of IAM, and `AWS_REGION` of the pod',
  },
  'session-policy': {
    general: 'the program passes a session policy that STS does not take',
    look: 'where the program assumes the role',
  },
  'session-parameters': {
    general:
      "the program asks for a longer session than the role's maximum, or with a session name that is not allowed",
    look: '`MaxSessionDuration` of the role, `AWS_ROLE_SESSION_NAME` of the pod',
  },
  'refused-policy': {
    general: 'the trust policy was refused when it was written, so the old one, or none, is in force',
    look: POLICY,
  },

  // --- the policy, by IRSA ------------------------------------------------------------------------------------------
  'literal-wildcard': {
    general: 'a `*` or `?` stands under `StringEquals`, which takes it literally; `StringLike` expands it',
    look: POLICY,
  },
  'wrong-namespace': { general: 'the role names the service account in another namespace', look: POLICY },
  'wrong-name': {
    general:
      'the role names another service account of the namespace, often because a chart gave it the name of the release',
    look: POLICY,
  },
  'other-subject': { general: 'the role names other service accounts', look: POLICY },
  'swapped-names': { general: 'namespace and name are swapped in the subject', look: POLICY },
  'letter-case': { general: 'the letter case differs, and values are compared exactly', look: POLICY },
  'malformed-subject': {
    general: 'the subject is not written as `system:serviceaccount:NAMESPACE:NAME`',
    look: POLICY,
  },
  'malformed-issuer-key': {
    general:
      'the condition key or the ARN of the provider is not the issuer without `https://` (scheme, ARN, slash, or a swapped host in it)',
    look: POLICY,
  },
  'issuer-key-of-other-cluster': {
    general: 'the condition key names the issuer of another cluster',
    look: POLICY,
  },
  'subject-under-audience-key': {
    general: 'the subject stands under `:aud`, and belongs under `:sub`',
    look: POLICY,
  },
  'audience-under-subject-key': {
    general: 'the audience stands under `:sub`, and belongs under `:aud`',
    look: POLICY,
  },
  'missing-claim-in-key': {
    general: 'the condition key is the issuer without `:sub` or `:aud`',
    look: POLICY,
  },
  'claim-not-in-token': {
    general: 'the condition tests a claim that tokens of Kubernetes do not have',
    look: POLICY,
  },
  'audience-condition': {
    general: 'the condition on `:aud` asks for another audience than the token has',
    look: POLICY,
  },
  'provider-arn-of-other-account': {
    general: 'the principal is the provider of another account; STS looks only into that of the role',
    look: POLICY,
  },
  'provider-arn-of-other-cluster': {
    general: 'the principal is the provider of another cluster',
    look: POLICY,
  },
  'malformed-provider-arn': { general: 'the principal is not the exact ARN of the provider', look: POLICY },
  'missing-statement': { general: 'no statement trusts the OIDC provider of the cluster', look: POLICY },
  'wrong-action': {
    general: 'the statement allows `sts:AssumeRole`, and a token needs `sts:AssumeRoleWithWebIdentity`',
    look: POLICY,
  },
  'contradictory-conditions': {
    general:
      'one statement holds the conditions of two clusters; all conditions of a statement must hold, so it wants one statement for each',
    look: POLICY,
  },
  'explicit-deny': { general: 'a Deny statement of the trust policy applies', look: POLICY },
  'excluded-by-condition': { general: 'a negated condition leaves this caller out', look: POLICY },
  'wrong-operator-type': {
    general: 'the operator compares addresses, numbers, dates or ARNs, and the value is none',
    look: POLICY,
  },
  'absent-key': { general: 'a condition tests a key that such a call does not have', look: POLICY },
  'other-condition': {
    general: 'a condition on place, time or something else of the call does not hold',
    look: POLICY,
  },
  'organization-policy': {
    general: 'a resource control policy of the organization denies it',
    look: 'resource control policies: `aws organizations list-policies --filter RESOURCE_CONTROL_POLICY`',
  },
  propagation: {
    general: 'role or provider were changed seconds ago, and IAM has not told STS yet',
    look: 'whether it works after a minute',
  },

  // --- the policy, by Pod Identity ----------------------------------------------------------------------------------
  'missing-pod-identity-statement': {
    general: 'the role does not trust `pods.eks.amazonaws.com`: it was made for IRSA or for something else',
    look: POLICY,
  },
  'wrong-service-principal': {
    general: 'the role trusts another service than `pods.eks.amazonaws.com`',
    look: POLICY,
  },
  'missing-tag-session': {
    general:
      'the trust policy allows `sts:AssumeRole` and not `sts:TagSession`, which Pod Identity needs too',
    look: POLICY,
  },
  'principal-tag-in-trust': {
    general: 'the trust policy tests `aws:PrincipalTag/…`; at this call the tags are `aws:RequestTag/…`',
    look: POLICY,
  },
  'request-tag-value': {
    general: 'a condition on `aws:RequestTag/…` names another cluster, namespace or service account',
    look: POLICY,
  },
  'wrong-source-arn': {
    general: 'the condition on `aws:SourceArn` does not take the ARN of the cluster',
    look: POLICY,
  },
  'session-tags-disabled': {
    general: 'the association has session tags disabled, and the trust policy tests them',
    look: ASSOCIATIONS,
  },
  'unqualified-multivalued-key': {
    general:
      'a plain operator stands on a key with several values, which wants `ForAllValues:` or `ForAnyValue:`',
    look: POLICY,
  },
  'oidc-key-in-pod-identity': {
    general: 'a condition on an OIDC issuer stands in the statement for Pod Identity',
    look: POLICY,
  },
  'target-role-trust': {
    general: 'the target role does not trust the role of the association',
    look: 'the trust policy of the target role',
  },
  'no-association': { general: 'no association gives the service account a role', look: ASSOCIATIONS },
  'association-of-other-role': {
    general: 'the association of the service account gives another role',
    look: ASSOCIATIONS,
  },
  'association-in-other-account': {
    general: 'role and cluster are in different accounts, which Pod Identity bridges only by a target role',
    look: ASSOCIATIONS,
  },
  'association-wins': {
    general: 'an association exists, so the annotation of the service account is not used',
    look: ASSOCIATIONS,
  },
  'wrong-token-audience': { general: 'the token is not one for `pods.eks.amazonaws.com`', look: TOKEN },
  'other-cluster-token': { general: 'the token is of another cluster than the node', look: TOKEN },
  'pod-gone': { general: 'the pod or the service account of the token was deleted', look: POD },
  'agent-missing': { general: 'the add-on `eks-pod-identity-agent` does not run on the node', look: AGENT },
  'agent-network': {
    general: 'a network policy, `hostNetwork` or a firewall keeps the pod from 169.254.170.23',
    look: AGENT,
  },
  proxy: {
    general: 'a proxy variable catches the call to 169.254.170.23, which belongs into `NO_PROXY`',
    look: POD,
  },
  'no-pod-identity-here': {
    general: 'the pod runs where Pod Identity does not work: Fargate, Windows, or no EKS node',
    look: POD,
  },
  'host-network': { general: 'the pod runs on the network of its node', look: POD },
  'node-role-permission': {
    general:
      'the role of the node lacks `eks-auth:AssumeRoleForPodIdentity` (policy `AmazonEKSWorkerNodePolicy`)',
    look: 'the policies of the node role',
  },
  'eks-auth-endpoint': {
    general:
      'the node cannot reach the endpoint of EKS Auth (in a private network it wants the VPC endpoint `eks-auth`)',
    look: AGENT,
  },
  'eks-auth-down': {
    general: 'EKS Auth had a fault; the agent and the SDK try again by themselves',
    look: 'the AWS Health Dashboard of the Region',
  },
  'sdk-timeout': { general: 'the program gives up before the agent has an answer', look: AGENT },
  throttled: { general: 'many pods ask EKS Auth at once', look: AGENT },
  'chained-tag-session': {
    general:
      'the session tags of Pod Identity are transitive: every further role needs `sts:TagSession` in its trust policy',
    look: 'the trust policy of the next role',
  },
  'chained-trust': {
    general: 'the next role does not trust the role that the pod has',
    look: 'the trust policy of the next role',
  },
  'chained-permission': {
    general: 'the role of the pod may not call `sts:AssumeRole` on the next one',
    look: 'the policies of the role',
  },
  'self-assume': {
    general: 'the program is told to assume the very role that the pod has already',
    look: 'a `role` or `assumeRole` setting of the program: leave it out',
  },

  // --- the pod ------------------------------------------------------------------------------------------------------
  'no-annotation': {
    general: 'the service account has no annotation `eks.amazonaws.com/role-arn`',
    look: ACCOUNT,
  },
  'annotation-of-other-role': { general: 'the annotation names another role', look: ACCOUNT },
  'malformed-annotation': { general: 'the annotation is not the ARN of a role', look: ACCOUNT },
  'environment-of-other-role': { general: 'the pod sets `AWS_ROLE_ARN` by hand to another role', look: POD },
  'pod-of-other-service-account': {
    general: 'the pod runs as another service account, often `default`',
    look: POD,
  },
  'pod-not-restarted': {
    general: 'the pod is older than the annotation or the association, which count for new pods alone',
    look: POD,
  },
  'old-sdk': {
    general: 'the AWS SDK of the program is too old for this kind of credentials',
    look: 'the version of the AWS SDK',
  },
  'node-role-fallback': { general: 'the SDK found nothing else and took the role of the node', look: POD },
  'token-file-missing': {
    general: 'the variables are set and the volume with the token is not mounted',
    look: POD,
  },
  'token-file-permission': {
    general: 'the user of the container may not read the token; `fsGroup` of the pod lets it',
    look: POD,
  },
} as const satisfies Readonly<Record<string, CauseText>>

export type CauseId = keyof typeof CAUSES

export interface ExplainCause {
  readonly id: CauseId
  /** `certain`: the inputs show it; `likely`: they hint at it; `possible`: they cannot rule it out. */
  readonly certainty: 'certain' | 'likely' | 'possible'
  /** One sentence, lower case, without a full stop, user text in backticks. */
  readonly summary: string
  /** JSON pointer below the policy, where one place is to blame. */
  readonly at?: string
  /** What to look at. */
  readonly look?: string
}
