import type { CauseId } from './explain-causes.js'

/** What STS, EKS Auth, the agent or an SDK says when a pod gets no credentials. */
export interface KnownError {
  readonly code: string
  /** HTTP status; 0 where no service answers. */
  readonly status: number
  /** The operation that the AWS CLI and boto3 name; absent where the text has another form. */
  readonly operation?: 'AssumeRoleWithWebIdentity' | 'AssumeRole'
  readonly message: string
  /** What it means, one sentence. */
  readonly means: string
  /** Most likely first. */
  readonly causes: readonly CauseId[]
  /** All of these must be found in the text. */
  readonly told: readonly RegExp[]
}

const WEB_IDENTITY = 'AssumeRoleWithWebIdentity' as const
const EKS_AUTH = /AssumeRoleForPodIdentity|pod.?identity|eks.?auth|container-role/i
const KEYS = `Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements`

/**
 * Errors by what tells them, the more special first. Texts of STS are as STS writes them, with its blanks. EKS Auth and the
 * agent document their codes alone: those texts are as people quoted them, or near to it, and `told` goes by the code, or
 * by words that every version had. Of errors that STS documents by code (`IDPCommunicationError`, `IDPRejectedClaim`,
 * `RegionDisabledException`) the text is that of its reference.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 * @see https://docs.aws.amazon.com/eks/latest/APIReference/API_auth_AssumeRoleForPodIdentity.html
 */
export const ERRORS = {
  'no-provider': {
    code: 'InvalidIdentityToken',
    status: 400,
    operation: WEB_IDENTITY,
    message: 'No OpenIDConnect provider found in your account for ISSUER',
    means:
      "the role's account has no IAM OIDC provider with the issuer of the token; the trust policy was not looked at",
    causes: ['provider-missing', 'provider-in-other-account', 'stale-issuer', 'issuer-form'],
    told: [/No OpenIDConnect provider found/i],
  },
  'wrong-audience': {
    code: 'InvalidIdentityToken',
    status: 400,
    operation: WEB_IDENTITY,
    message: 'Incorrect token audience',
    means:
      'the audience of the token is not one of the client ids of the OIDC provider; the trust policy was not looked at',
    causes: ['audience-not-registered', 'audience-annotation', 'api-server-token'],
    told: [/Incorrect token audience/i],
  },
  'several-audiences': {
    code: 'InvalidIdentityToken',
    status: 400,
    operation: WEB_IDENTITY,
    message: 'Token audience contains more than one audience while authorized party is not present',
    means: 'STS takes one audience, unless the token has an `azp` claim, which Kubernetes never writes',
    causes: ['several-audiences'],
    told: [/more than one audience/i],
  },
  'no-verification-key': {
    code: 'InvalidIdentityToken',
    status: 400,
    operation: WEB_IDENTITY,
    message: KEYS,
    means:
      'STS could not fetch the public keys of the issuer from the internet, so it could not check the signature',
    causes: ['keys-not-public', 'cluster-gone', 'keys-rotated'],
    told: [/retrieve verification key/i],
  },
  'missing-claim': {
    code: 'InvalidIdentityToken',
    status: 400,
    operation: WEB_IDENTITY,
    message: 'Missing a required claim: CLAIM',
    means: 'STS wants `iss`, `sub`, `aud`, `iat` and `exp` in a token',
    causes: ['legacy-token', 'missing-claim', 'api-server-token'],
    told: [/Missing a required claim/i],
  },
  'eks-not-permitted': {
    code: 'AccessDeniedException',
    status: 400,
    message: 'Unauthorized Exception! EKS does not have permissions to assume the associated role.',
    means: 'there is an association, and the trust policy of its role does not let EKS assume it',
    causes: [
      'missing-pod-identity-statement',
      'missing-tag-session',
      'request-tag-value',
      'principal-tag-in-trust',
      'wrong-source-arn',
      'wrong-service-principal',
      'target-role-trust',
      'host-network',
      'role-missing',
    ],
    told: [/EKS does not have permissions to assume/i],
  },
  'node-not-permitted': {
    code: 'AccessDeniedException',
    status: 400,
    message: 'not authorized to perform: eks-auth:AssumeRoleForPodIdentity',
    means: 'the agent calls EKS Auth with the role of its node, and that role must not',
    causes: ['node-role-permission'],
    told: [/not authorized to perform:?\s*eks-auth:AssumeRoleForPodIdentity/i],
  },
  'association-refused': {
    code: 'InvalidParameterException',
    status: 400,
    message: 'Trust policy of the role provided is invalid',
    means: 'EKS looked at the trust policy when the association was made, and it does not trust Pod Identity',
    causes: [
      'missing-pod-identity-statement',
      'missing-tag-session',
      'wrong-service-principal',
      'propagation',
    ],
    told: [/Trust policy of the role provided is invalid/i],
  },
  'tag-session-denied': {
    code: 'AccessDenied',
    status: 403,
    operation: 'AssumeRole',
    message: 'not authorized to perform: sts:TagSession',
    means:
      'session tags travel with the call, and the trust policy (or the identity policy of the caller) does not allow to set them',
    causes: ['chained-tag-session', 'missing-tag-session'],
    told: [/not authorized to perform:?\s*sts:TagSession/i],
  },
  'association-not-found': {
    code: 'ResourceNotFoundException',
    status: 404,
    message: 'No association found for the service account',
    means: 'EKS Auth knows no Pod Identity association for the service account of the token',
    causes: ['no-association', 'wrong-namespace', 'wrong-name', 'propagation'],
    told: [/ResourceNotFoundException/i, /pod.?identity|association|eks.?auth|container-role/i],
  },
  'pod-token-invalid': {
    code: 'InvalidTokenException',
    status: 400,
    message: 'The token included in the request is invalid',
    means: 'EKS Auth did not take the token that the pod showed to the agent',
    causes: ['wrong-token-audience', 'other-cluster-token', 'pod-gone'],
    told: [/\bInvalidToken(?:Exception)?\b/, /pod.?identity|eks.?auth|container-role|169\.254\.170\.23/i],
  },
  'pod-token-expired': {
    code: 'ExpiredTokenException',
    status: 400,
    message: 'The token included in the request is expired',
    means: 'the pod showed the agent a token that is past its time',
    causes: ['token-not-read-again', 'clock'],
    told: [
      /ExpiredToken/i,
      /pod.?identity|eks.?auth|container-role|169\.254\.170\.23|token included in the request is expired/i,
    ],
  },
  'eks-auth-throttled': {
    code: 'ThrottlingException',
    status: 429,
    message: 'The request was denied because your request rate is too high',
    means: 'EKS Auth turned the agent away because it was asked too often; a later try may pass',
    causes: ['throttled'],
    told: [/Throttl|Rate exceeded|TooManyRequests/i, EKS_AUTH],
  },
  'eks-auth-failing': {
    code: 'ServiceUnavailableException',
    status: 503,
    message: 'The service is unavailable. Back off and retry the operation',
    means: 'EKS Auth itself failed; the trust policy has no part in it, and a later try may pass',
    causes: ['eks-auth-down', 'eks-auth-endpoint'],
    told: [/ServiceUnavailable|InternalServer(?:Error|Exception)/i, EKS_AUTH],
  },
  'eks-auth-refused': {
    code: 'InvalidRequestException',
    status: 400,
    message: 'The request is not valid',
    means: 'EKS Auth did not understand what the agent sent: no such cluster, or what is no token',
    causes: ['other-cluster-token', 'malformed-token', 'wrong-token-audience'],
    told: [/Invalid(?:Request|Parameter)Exception/, EKS_AUTH],
  },
  'agent-unreachable': {
    code: 'CredentialsUnavailable',
    status: 0,
    message: 'could not connect to http://169.254.170.23/v1/credentials',
    means: 'nothing answers where the Pod Identity agent listens',
    causes: ['agent-missing', 'no-pod-identity-here', 'agent-network', 'proxy'],
    told: [
      /169\.254\.170\.23|fd00:ec2::23/i,
      /refused|timed? ?out|unreachable|deadline|no route|connect|reset|EHOSTUNREACH/i,
    ],
  },
  'agent-call-failed': {
    code: 'CredentialsUnavailable',
    status: 0,
    message: 'unable to fetch credentials from EKS Auth',
    means: 'the agent has no answer from EKS Auth: it was cut off, or the caller gave up first',
    causes: ['eks-auth-endpoint', 'sdk-timeout'],
    told: [
      /fetch credentials from EKS Auth|AssumeRoleForPodIdentity/i,
      /cancell?ed|deadline|no such host|timeout/i,
    ],
  },
  'expired-token': {
    code: 'ExpiredTokenException',
    status: 400,
    operation: WEB_IDENTITY,
    message: 'Token expired: current date/time NOW must be before the expiration date/time EXP',
    means: 'the token is past its time, with five minutes of tolerance; the trust policy was not looked at',
    causes: ['token-not-read-again', 'clock', 'token-copied'],
    told: [/ExpiredToken|Token expired|Token too old/i],
  },
  'not-authorized': {
    code: 'AccessDenied',
    status: 403,
    operation: WEB_IDENTITY,
    message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
    means:
      'provider, audience and token are good: the trust policy does not let this token in, or there is no such role',
    causes: [
      'wrong-namespace',
      'wrong-name',
      'literal-wildcard',
      'stale-issuer',
      'issuer-key-of-other-cluster',
      'malformed-issuer-key',
      'subject-under-audience-key',
      'provider-arn-of-other-account',
      'missing-statement',
      'audience-condition',
      'wrong-action',
      'explicit-deny',
      'role-missing',
      'organization-policy',
      'propagation',
    ],
    told: [/Not authorized to perform:?\s*sts:AssumeRoleWithWebIdentity/i],
  },
  'idp-communication': {
    code: 'IDPCommunicationError',
    status: 400,
    operation: WEB_IDENTITY,
    message: 'The request could not be fulfilled because the identity provider could not be reached',
    means: 'STS could not reach the issuer; a later try may pass',
    causes: ['keys-not-public', 'cluster-gone'],
    told: [/IDPCommunicationError/i],
  },
  'idp-rejected-claim': {
    code: 'IDPRejectedClaim',
    status: 403,
    operation: WEB_IDENTITY,
    message: 'The identity provider reported that authentication failed',
    means: 'the issuer says that the token is not valid',
    causes: ['keys-rotated', 'token-copied'],
    told: [/IDPRejectedClaim/i],
  },
  'region-disabled': {
    code: 'RegionDisabledException',
    status: 403,
    operation: WEB_IDENTITY,
    message: 'STS is not activated in this region for account',
    means: 'STS is switched off in that Region for the account of the role',
    causes: ['region-disabled'],
    told: [/RegionDisabled|STS is not activated in this region/i],
  },
  'packed-policy': {
    code: 'PackedPolicyTooLarge',
    status: 400,
    operation: WEB_IDENTITY,
    message: 'Packed policy consumes more than 100% of the allotted space',
    means: 'the session policy of the call is too long; the trust policy has no part in it',
    causes: ['session-policy'],
    told: [/PackedPolicyTooLarge|Packed policy/i],
  },
  'malformed-policy': {
    code: 'MalformedPolicyDocument',
    status: 400,
    operation: WEB_IDENTITY,
    message: 'The policy is not valid',
    means:
      'IAM did not take a policy: the session policy of the call, or the trust policy when it was written',
    causes: ['refused-policy', 'malformed-issuer-key', 'session-policy'],
    told: [/MalformedPolicyDocument/i],
  },
  validation: {
    code: 'ValidationError',
    status: 400,
    operation: WEB_IDENTITY,
    message: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role',
    means: 'a parameter of the call is out of bounds',
    causes: ['session-parameters'],
    told: [/ValidationError|MaxSessionDuration|RoleSessionName/],
  },
  'invalid-token': {
    code: 'InvalidIdentityToken',
    status: 400,
    operation: WEB_IDENTITY,
    message: 'The web identity token that was passed could not be validated',
    means:
      'STS could not check the token: provider, audience, keys or signature; the trust policy was not looked at',
    causes: [
      'provider-missing',
      'audience-not-registered',
      'keys-not-public',
      'keys-rotated',
      'stale-issuer',
      'malformed-token',
    ],
    told: [/InvalidIdentityToken|Invalid identity token|ID Token provided is not valid/i],
  },
  'node-role-used': {
    code: 'AccessDenied',
    status: 403,
    operation: 'AssumeRole',
    message: 'User: NODE-ROLE-SESSION is not authorized to perform: sts:AssumeRole on resource: ROLE',
    means:
      'the call comes from an instance: the SDK used the role of the node, and not that of the service account',
    causes: [
      'no-annotation',
      'pod-of-other-service-account',
      'pod-not-restarted',
      'old-sdk',
      'node-role-fallback',
    ],
    told: [/assumed-role\/[^/\s]+\/i-[0-9a-f]{8,}/i, /not authorized to perform/i],
  },
  'assume-role-denied': {
    code: 'AccessDenied',
    status: 403,
    operation: 'AssumeRole',
    message: 'User: SESSION is not authorized to perform: sts:AssumeRole on resource: ROLE',
    means: 'the pod has credentials already, and with them it may not assume the next role',
    causes: ['self-assume', 'chained-trust', 'chained-permission'],
    told: [/not authorized to perform:?\s*sts:AssumeRole\b(?!WithWebIdentity)/i],
  },
  'token-file': {
    code: 'CredentialsUnavailable',
    status: 0,
    message: 'open /var/run/secrets/eks.amazonaws.com/serviceaccount/token: no such file or directory',
    means: 'the SDK is told to read a token and cannot read the file',
    causes: ['token-file-missing', 'token-file-permission'],
    told: [/serviceaccount\/(?:token|eks-pod-identity-token)|WEB_IDENTITY_TOKEN_FILE|WebIdentityTokenFile/i],
  },
  'no-credentials': {
    code: 'CredentialsUnavailable',
    status: 0,
    message: 'Unable to locate credentials',
    means: 'no place where the SDK looks holds credentials',
    causes: [
      'no-annotation',
      'no-association',
      'pod-of-other-service-account',
      'pod-not-restarted',
      'no-pod-identity-here',
      'old-sdk',
    ],
    told: [
      /Unable to locate credentials|NoCredentialProviders|Could not load credentials|no credential|NoSigningCredentials/i,
    ],
  },
} as const satisfies Readonly<Record<string, KnownError>>

export type KnownErrorId = keyof typeof ERRORS
