/**
 * The Regions in which there is EKS, by partition, as the endpoints of the AWS SDKs name them in May 2026. An account
 * can use some of them only once they are enabled for it.
 *
 * @see https://docs.aws.amazon.com/general/latest/gr/eks.html
 */
const EKS_REGIONS: Readonly<Record<string, readonly string[]>> = {
  aws: [
    'af-south-1',
    'ap-east-1',
    'ap-east-2',
    'ap-northeast-1',
    'ap-northeast-2',
    'ap-northeast-3',
    'ap-south-1',
    'ap-south-2',
    'ap-southeast-1',
    'ap-southeast-2',
    'ap-southeast-3',
    'ap-southeast-4',
    'ap-southeast-5',
    'ap-southeast-6',
    'ap-southeast-7',
    'ca-central-1',
    'ca-west-1',
    'eu-central-1',
    'eu-central-2',
    'eu-north-1',
    'eu-south-1',
    'eu-south-2',
    'eu-west-1',
    'eu-west-2',
    'eu-west-3',
    'il-central-1',
    'me-central-1',
    'me-south-1',
    'mx-central-1',
    'sa-east-1',
    'us-east-1',
    'us-east-2',
    'us-west-1',
    'us-west-2',
  ],
  'aws-cn': ['cn-north-1', 'cn-northwest-1'],
  'aws-us-gov': ['us-gov-east-1', 'us-gov-west-1'],
  'aws-iso': ['us-iso-east-1', 'us-iso-west-1'],
  'aws-iso-b': ['us-isob-east-1', 'us-isob-west-1'],
  'aws-iso-e': ['eu-isoe-west-1'],
  'aws-iso-f': ['us-isof-east-1', 'us-isof-south-1'],
  'aws-eusc': ['eusc-de-east-1'],
}

/** The Regions of a partition in which there is EKS; none of a partition that is not known here. */
export function eksRegions(partition: string): readonly string[] {
  return EKS_REGIONS[partition] ?? []
}

/** The partition of a Region that is known here. */
export function partitionOfRegion(region: string): string | undefined {
  return Object.keys(EKS_REGIONS).find((partition) => eksRegions(partition).includes(region))
}

/**
 * The Region that the issuer of an EKS cluster names, or `undefined` for any other issuer. What follows the Region is
 * not looked at: each partition has domains of its own, and asking a Region in vain costs one call.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html for the form `oidc-eks.REGION.api.aws`
 */
export function regionOfIssuer(issuer: string): string | undefined {
  return /^oidc[.-]eks\.([a-z]{2,5}(?:-[a-z]{1,12}){1,3}-\d{1,2})\.[a-z0-9.-]+\/id\//.exec(issuer)?.[1]
}
