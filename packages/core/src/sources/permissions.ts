/**
 * The least IAM policy that a live read needs. None of these actions changes anything, and none reads what a workload
 * stores. `iam:ListRoles` stands in for `iam:GetAccountAuthorizationDetails` where that is denied, so it is no part of it.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelastickubernetesservice.html
 */
export const awsPermissions = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'PodtrustReadsTrust',
      Effect: 'Allow',
      Action: [
        'iam:GetAccountAuthorizationDetails',
        'iam:GetAccountSummary',
        'iam:GetOpenIDConnectProvider',
        'iam:ListOpenIDConnectProviders',
      ],
      Resource: '*',
    },
    {
      Sid: 'PodtrustReadsClusters',
      Effect: 'Allow',
      Action: [
        'eks:DescribeAccessEntry',
        'eks:DescribeAddon',
        'eks:DescribeCapability',
        'eks:DescribeCluster',
        'eks:DescribeFargateProfile',
        'eks:DescribeNodegroup',
        'eks:DescribePodIdentityAssociation',
        'eks:ListAccessEntries',
        'eks:ListAddons',
        'eks:ListAssociatedAccessPolicies',
        'eks:ListCapabilities',
        'eks:ListClusters',
        'eks:ListFargateProfiles',
        'eks:ListNodegroups',
        'eks:ListPodIdentityAssociations',
      ],
      Resource: '*',
    },
  ],
} as const
