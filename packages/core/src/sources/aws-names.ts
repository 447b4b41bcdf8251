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

/** The ARN that was asked about last: one role is asked about several times in a row. */
let latest: { readonly arn: string; readonly parts: ArnParts | undefined } | undefined

/** The parts of an ARN of any partition, or `undefined` for what is none. */
export function arnParts(arn: string): ArnParts | undefined {
  if (latest?.arn !== arn) latest = { arn, parts: cutArn(arn) }
  return latest.parts
}

function cutArn(arn: string): ArnParts | undefined {
  if (!arn.startsWith('arn:')) return undefined
  const afterPartition = arn.indexOf(':', 4)
  const afterService = arn.indexOf(':', afterPartition + 1)
  const afterRegion = arn.indexOf(':', afterService + 1)
  const afterAccount = arn.indexOf(':', afterRegion + 1)
  const isWhole =
    afterPartition > 4 && afterService > afterPartition + 1 && afterRegion > 0 && afterAccount > afterRegion
  if (!isWhole || afterAccount === arn.length - 1) return undefined
  const region = arn.slice(afterService + 1, afterRegion)
  const account = arn.slice(afterRegion + 1, afterAccount)
  return {
    partition: arn.slice(4, afterPartition),
    service: arn.slice(afterPartition + 1, afterService),
    ...(region === '' ? undefined : { region }),
    ...(isAccount(account) ? { account } : undefined),
    resource: arn.slice(afterAccount + 1),
  }
}

function isAccount(text: string): boolean {
  return text.length === 12 && /^[0-9]+$/.test(text)
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

/** How the subject of every service account begins; its namespace, a colon and its name follow. */
export const SUBJECT_PREFIX = 'system:serviceaccount:'
