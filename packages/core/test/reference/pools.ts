/** What random policies and requests are made of: few values that collide, so that conditions hit about as often as they miss. */
import type { BaseOperator } from '../../src/policy/ast.js'

export const ACCOUNT = '111122223333'
export const OTHER_ACCOUNT = '444455556666'
export const ISSUER = 'oidc.eks.us-east-1.amazonaws.com/id/AAAABBBBCCCCDDDDEEEEFFFF00001111'
export const OTHER_ISSUER = 'oidc.eks.us-east-1.amazonaws.com/id/AAAABBBBCCCCDDDDEEEEFFFF00002222'
export const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}`
export const OTHER_PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/${OTHER_ISSUER}`
export const CLUSTER = `arn:aws:eks:us-east-1:${ACCOUNT}:cluster/blue`
export const POD_IDENTITY = 'pods.eks.amazonaws.com'

/** What a value is made of: the type an operator wants, or a key has. */
export type Family = 'text' | 'number' | 'date' | 'bool' | 'binary' | 'address' | 'arn' | 'presence'

const SUBJECTS = [
  'system:serviceaccount:prod:app',
  'system:serviceaccount:prod:other',
  'system:serviceaccount:dev:app',
] as const

export interface Pool {
  /** Among `values`: what IAM would not store. */
  readonly refused?: readonly string[]
  /** What a request may hold. */
  readonly requested: readonly string[]
  /** What a policy may ask for. */
  readonly values: readonly string[]
  /** Keys whose values are of this family. */
  readonly keys: readonly string[]
}

export const POOLS: Readonly<Record<Family, Pool>> = {
  text: {
    refused: ['prod${', '${}', '${a b}'],
    keys: [
      `${ISSUER}:sub`,
      `${ISSUER}:sub`,
      `${ISSUER}:aud`,
      `${OTHER_ISSUER}:sub`,
      `${ISSUER}:amr`,
      'aws:RequestTag/kubernetes-namespace',
      'aws:RequestTag/kubernetes-service-account',
      'aws:TagKeys',
      'sts:RoleSessionName',
      'aws:FederatedProvider',
    ],
    requested: [
      ...SUBJECTS,
      ...SUBJECTS,
      'prod',
      'dev',
      'app',
      'other',
      'PROD',
      'sts.amazonaws.com',
      'system:serviceaccount:prod:*',
      'prod:app',
      'p\u{1f600}d',
      '\u212ait-\u00c9',
      '\u212ait-\u00c9',
      'p*d',
      'p*d',
      'kubernetes-namespace',
    ],
    values: [
      ...SUBJECTS,
      ...SUBJECTS,
      'System:ServiceAccount:PROD:app',
      'system:serviceaccount:prod:*',
      'system:serviceaccount:prod*',
      'system:serviceaccount:*:app',
      'system:serviceaccount:?????app',
      'system:serviceaccount:d?v:**',
      'system:*:prod:*?p',
      '*:app',
      '*',
      '**?',
      '?*?',
      '',
      'prod',
      'dev',
      'app',
      'p*d',
      'p??d',
      'pro?',
      '?rod',
      'kit-\u00e9',
      'KIT-\u00e9',
      'sts.amazonaws.com',
      'kubernetes-namespace',
      '${sts:RoleSessionName}',
      '${sts:RoleSessionName}',
      '${aws:PrincipalTag/x}${aws:FederatedProvider}',
      'system:serviceaccount:${aws:RequestTag/kubernetes-namespace}:app',
      `\${${ISSUER}:SUB}`,
      "${aws:PrincipalTag/x, 'system:serviceaccount:prod:app'}",
      "${aws:RequestTag/kubernetes-namespace, 'prod'}",
      '${aws:RequestTag/kubernetes-namespace}',
      '${aws:PrincipalTag/x}',
      '${aws:TagKeys}',
      '${aws:FederatedProvider}',
      'system:serviceaccount:prod:${*}',
      'pro${?}',
      '${$}{x}',
      'prod${',
      '${}',
      '${a b}',
      'p$d',
    ],
  },
  number: {
    refused: ['many', '', '1e3'],
    keys: ['aws:MultiFactorAuthAge', 'aws:RequestTag/size', 's3:max-keys'],
    requested: ['0', '5', '7', '10', '5.5', '+5', '007', '-3', 'seven'],
    values: ['0', '5', '7', '10', '5.0', '5.5', '-3', '07', 'many', '', '1e3'],
  },
  date: {
    refused: ['2026-13-01', 'tomorrow'],
    keys: ['aws:CurrentTime', 'aws:EpochTime', 'aws:TokenIssueTime'],
    requested: ['2026-01-01T00:00:00Z', '2026-06-01T12:00:00.250Z', '1767225600', '1780315200.25', 'today'],
    values: [
      '2026-01-01T00:00:00Z',
      '2026-01-01',
      '2026',
      '2026-06',
      '2026-01-01T01:00+01:00',
      '2026-06-01T12:00:00.25Z',
      '1767225600',
      '1767225601',
      '2026-13-01',
      'tomorrow',
    ],
  },
  bool: {
    refused: ['no', '${aws:SecureTransport}'],
    keys: ['aws:SecureTransport', 'aws:MultiFactorAuthPresent', 'aws:ViaAWSService'],
    requested: ['true', 'false', 'True', 'yes'],
    values: ['true', 'false', 'TRUE', 'no', '${aws:SecureTransport}'],
  },
  binary: {
    refused: ['prod='],
    keys: ['aws:RequestTag/blob'],
    requested: ['prod', 'dev', 'app!'],
    values: ['cHJvZA==', 'ZGV2', 'YXBwIQ==', 'prod=', ''],
  },
  address: {
    refused: ['10.0.0', '10.0.0.0/33', '2001:db8::7/64'],
    keys: ['aws:SourceIp', 'aws:VpcSourceIp'],
    requested: [
      '10.0.0.1',
      '10.1.2.3',
      '192.0.2.7',
      '2001:db8::7',
      '2001:0DB8:0:0:1::7',
      '::ffff:10.0.0.1',
      'here',
    ],
    values: [
      '10.0.0.1',
      '10.0.0.0/8',
      '10.1.2.3/16',
      '192.0.2.0/24',
      '0.0.0.0/0',
      '2001:db8::/32',
      '2001:db8::7',
      '2001:db8::7/64',
      '::/0',
      '10.0.0',
      '10.0.0.0/33',
    ],
  },
  arn: {
    refused: ['role/*', '**', 'arn:aws:iam::${'],
    keys: ['aws:PrincipalArn', 'aws:SourceArn'],
    requested: [
      `arn:aws:iam::${ACCOUNT}:role/app`,
      `arn:aws:iam::${OTHER_ACCOUNT}:role/team/app`,
      CLUSTER,
      `arn:aws:eks:us-east-1:${ACCOUNT}:cluster/blue:extra`,
      'role/app',
    ],
    values: [
      `arn:aws:iam::${ACCOUNT}:role/app`,
      `arn:aws:iam::*:role/*`,
      `arn:aws:iam::${ACCOUNT}:role/*app`,
      'arn:*:eks:*:*:cluster/blu?',
      'arn:*:*:*:*:*',
      'arn:aws:eks:*:cluster/*',
      '*',
      '**',
      'arn:aws:iam::${aws:PrincipalAccount}:role/app',
      '${aws:PrincipalArn}',
      "${aws:PrincipalTag/x, 'arn:aws:iam::111122223333:role/app'}",
      'role/*',
      'arn:aws:iam::${',
    ],
  },
  presence: {
    refused: ['maybe'],
    keys: ['aws:RequestTag/kubernetes-namespace', 'aws:TagKeys', `${OTHER_ISSUER}:sub`, 'aws:PrincipalArn'],
    requested: ['prod', 'x'],
    values: ['true', 'false', 'True', 'FALSE', 'maybe'],
  },
}

/** Session names the caller may choose to be taken for a wildcard (2.29). */
export const SESSION_NAMES = ['p*d', '*', 'p?od', 'prod', 'dev'] as const

export const OPERATORS: Readonly<Record<Family, readonly BaseOperator[]>> = {
  text: [
    'StringEquals',
    'StringNotEquals',
    'StringEqualsIgnoreCase',
    'StringNotEqualsIgnoreCase',
    'StringLike',
    'StringNotLike',
  ],
  number: [
    'NumericEquals',
    'NumericNotEquals',
    'NumericLessThan',
    'NumericLessThanEquals',
    'NumericGreaterThan',
    'NumericGreaterThanEquals',
  ],
  date: [
    'DateEquals',
    'DateNotEquals',
    'DateLessThan',
    'DateLessThanEquals',
    'DateGreaterThan',
    'DateGreaterThanEquals',
  ],
  bool: ['Bool'],
  binary: ['BinaryEquals'],
  address: ['IpAddress', 'NotIpAddress'],
  arn: ['ArnEquals', 'ArnNotEquals', 'ArnLike', 'ArnNotLike'],
  presence: ['Null'],
}

export const FAMILIES = Object.keys(OPERATORS) as readonly Family[]

/** Some variables name keys that no condition tests; a request has to say something about them too. */
const VARIABLE_KEYS: Readonly<Record<string, Family>> = {
  'aws:PrincipalTag/x': 'text',
  'aws:PrincipalAccount': 'number',
}

/** Later families do not take a key from earlier ones. */
const FAMILY_OF_KEY: ReadonlyMap<string, Family> = new Map(
  [
    ...Object.entries(VARIABLE_KEYS),
    ...FAMILIES.toReversed().flatMap((family) => POOLS[family].keys.map((key) => [key, family] as const)),
  ].map(([key, family]) => [key.toLowerCase(), family]),
)

export const familyOf = (key: string): Family => FAMILY_OF_KEY.get(key.toLowerCase()) ?? 'text'

export const OTHER_PRINCIPALS: Readonly<Record<string, readonly string[]>> = {
  Federated: [
    PROVIDER,
    PROVIDER.toLowerCase(),
    OTHER_PROVIDER,
    `arn:aws:iam::${OTHER_ACCOUNT}:oidc-provider/${ISSUER}`,
    'accounts.google.com',
    '*',
  ],
  AWS: [
    '*',
    ACCOUNT,
    OTHER_ACCOUNT,
    `arn:aws:iam::${ACCOUNT}:root`,
    `arn:aws:iam::${ACCOUNT}:role/app`,
    `arn:aws:iam::${ACCOUNT}:role/team/app`,
    `arn:aws:sts::${ACCOUNT}:assumed-role/app/session`,
    'AROAEXAMPLEEXAMPLE123',
  ],
  Service: [POD_IDENTITY, 'PODS.eks.amazonaws.com', 'eks.amazonaws.com', 'ec2.amazonaws.com', '*'],
  CanonicalUser: ['79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be'],
}

export const ACTION_PATTERNS = [
  'sts:AssumeRole',
  'sts:AssumeRoleWithWebIdentity',
  'sts:TagSession',
  'STS:assumerole*',
  'sts:*Session',
  'sts:AssumeRole?ith*',
  'sts:*',
  '*',
  'sts:GetCallerIdentity',
] as const
