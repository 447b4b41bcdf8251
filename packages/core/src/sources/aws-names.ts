/**
 * What the names of AWS tell by themselves.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
 */

export interface ArnParts {
  readonly partition: string
  readonly service: string
  readonly region?: string
  /** Twelve digits. */
  readonly account?: string
  /** All that follows the account, colons included. */
  readonly resource: string
}

/** The parts of an ARN of any partition, or `undefined` for what is none. */
export function arnParts(arn: string): ArnParts | undefined {
  const [scheme, partition, service, region, account, ...rest] = arn.split(':')
  const resource = rest.join(':')
  if (
    scheme !== 'arn' ||
    !partition ||
    !service ||
    region === undefined ||
    account === undefined ||
    !resource
  ) {
    return undefined
  }
  return {
    partition,
    service,
    ...(region === '' ? {} : { region }),
    ...(isAccount(account) ? { account } : {}),
    resource,
  }
}

function isAccount(text: string): boolean {
  return /^[0-9]{12}$/.test(text)
}

/** The owner of what the ARN names, in the shape in which facts hold it. */
export function ownerOf(arn: string | undefined): { readonly account?: string; readonly partition?: string } {
  const parts = arn === undefined ? undefined : arnParts(arn)
  if (parts === undefined) return {}
  const { partition, account } = parts
  return { partition, ...(account === undefined ? {} : { account }) }
}

/** The name of the role an ARN names: what follows its path. */
export function roleNameOfArn(arn: string): string | undefined {
  const parts = arnParts(arn)
  if (parts?.service !== 'iam' || !parts.resource.startsWith('role/')) return undefined
  return parts.resource.slice(parts.resource.lastIndexOf('/') + 1) || undefined
}

const PROVIDER = 'oidc-provider/'

/** The issuer that the ARN of an OIDC provider names: IAM makes the one from the other. */
export function issuerOfProviderArn(arn: string): string | undefined {
  const parts = arnParts(arn)
  if (parts?.service !== 'iam' || !parts.resource.startsWith(PROVIDER)) return undefined
  return parts.resource.slice(PROVIDER.length) || undefined
}

/** Host and path of an issuer. EKS writes it with the scheme, IAM gives it back without. */
export function issuerOfUrl(url: string): string {
  return url.startsWith('https://') ? url.slice('https://'.length) : url
}
