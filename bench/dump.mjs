/**
 * A dump of `aws iam get-account-authorization-details` with a realistic mix of roles, the same for the same size. Trust
 * policies are URL-encoded, as IAM sends them; those of IRSA roles are pairwise distinct.
 */
const ACCOUNT = '210987654321'
const ISSUERS = [
  'oidc.eks.eu-west-1.amazonaws.com/id/8A5F3C1E90B24D67A1C2E3F405162738',
  'oidc.eks.us-east-1.amazonaws.com/id/3D2C1B0A99887766554433221100FFEE',
  'oidc.eks.eu-central-1.amazonaws.com/id/0F1E2D3C4B5A69788796A5B4C3D2E1F0',
]
const SERVICES = [
  'lambda',
  'ec2',
  'ecs-tasks',
  'states',
  'events',
  'glue',
  'codebuild',
  'rds',
  'eks',
  'apigateway',
]

const service = (name) => ({ Effect: 'Allow', Principal: { Service: name }, Action: 'sts:AssumeRole' })

function irsa(index, condition) {
  const issuer = ISSUERS[index % ISSUERS.length]
  return {
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${issuer}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: condition(issuer),
  }
}

/** The statement of role number `index`. */
export function statementOf(index) {
  // In thousandths.
  const share = (index * 7919) % 1000
  const subject = (namespace, name) => `system:serviceaccount:${namespace}:${name}`
  if (share < 500) return service(`${SERVICES[index % SERVICES.length]}.amazonaws.com`)
  if (share < 620)
    return {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${String(100000000000 + (index % 50))}:root` },
      Action: 'sts:AssumeRole',
    }
  if (share < 920) {
    return irsa(index, (issuer) => ({
      StringEquals: {
        [`${issuer}:aud`]: 'sts.amazonaws.com',
        [`${issuer}:sub`]: subject(`team-${index % 400}`, `app-${index}`),
      },
    }))
  }
  if (share < 926)
    return irsa(index, (issuer) => ({ StringLike: { [`${issuer}:sub`]: subject(`team-${index}`, '*') } }))
  if (share < 929)
    return irsa(index, (issuer) => ({ StringLike: { [`${issuer}:sub`]: subject('*', `app-${index}`) } }))
  if (share < 932)
    return irsa(index, (issuer) => ({
      StringEquals: { [`${issuer}:aud`]: ['sts.amazonaws.com', `app-${index}`] },
    }))
  return {
    Effect: 'Allow',
    Principal: { Service: 'pods.eks.amazonaws.com' },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
    Condition: {
      StringEquals: {
        'aws:RequestTag/kubernetes-namespace': `team-${index % 400}`,
        'aws:RequestTag/kubernetes-service-account': `app-${index}`,
        'aws:RequestTag/eks-cluster-arn': `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/prod`,
      },
    },
  }
}

export function roleOf(index) {
  const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statementOf(index)] })
  return {
    Path: '/',
    RoleName: `role-${index}`,
    RoleId: `AROA${String(index).padStart(17, 'A')}`,
    Arn: `arn:aws:iam::${ACCOUNT}:role/role-${index}`,
    CreateDate: '2026-01-01T00:00:00+00:00',
    AssumeRolePolicyDocument: encodeURIComponent(policy),
    InstanceProfileList: [],
    RolePolicyList: [],
    AttachedManagedPolicies: [
      {
        PolicyName: `policy-${index % 500}`,
        PolicyArn: `arn:aws:iam::${ACCOUNT}:policy/policy-${index % 500}`,
      },
    ],
    Tags: [{ Key: 'team', Value: `team-${index % 400}` }],
  }
}

export function dumpOf(size) {
  const roles = []
  for (let index = 0; index < size; index++) roles.push(JSON.stringify(roleOf(index)))
  return `{"UserDetailList":[],"GroupDetailList":[],"RoleDetailList":[${roles.join(',')}],"Policies":[],"IsTruncated":false}`
}
