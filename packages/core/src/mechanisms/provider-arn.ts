export interface ProviderArn {
  readonly partition: string
  readonly account: string
  readonly issuer: string
}

/** An account has few providers and many roles that name them. */
const known = new Map<string, ProviderArn | null>()
const MOST_KNOWN = 10_000

/** The parts of the ARN of an IAM OIDC provider. */
export function parseProviderArn(arn: string): ProviderArn | undefined {
  let parts = known.get(arn)
  if (parts === undefined) {
    parts = cut(arn) ?? null
    if (known.size < MOST_KNOWN) known.set(arn, parts)
  }
  return parts ?? undefined
}

function cut(arn: string): ProviderArn | undefined {
  const match = /^arn:([a-z0-9-]+):iam::(\d{12}):oidc-provider\/(.+)$/s.exec(arn)
  const [, partition, account, issuer] = match ?? []
  return partition === undefined || account === undefined || issuer === undefined
    ? undefined
    : { partition, account, issuer }
}
