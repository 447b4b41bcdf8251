/** Clients of the AWS SDK with the credentials and the Region that its own chain finds, or of a role in another account. */
import { EKSClient } from '@aws-sdk/client-eks'
import type { DescribeClusterCommandOutput } from '@aws-sdk/client-eks'
import { IAMClient } from '@aws-sdk/client-iam'
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers'
import { safeLine } from '@podtrust/core/sources/aws'
import { UnreachableError } from '../failure.js'

export interface SessionOptions {
  readonly profile: string | undefined
  readonly region: string | undefined
  readonly endpointUrl: string | undefined
}

export interface AwsSession {
  readonly iam: IAMClient
  readonly eks: (region: string) => EKSClient
  /** Absent where nothing configures one. */
  readonly region: string | undefined
  readonly credentials: IAMClient['config']['credentials']
  /** Base64 of PEM, by the ARN of each cluster that was described: what its API is known by. It goes into no record. */
  readonly certificateAuthorities: ReadonlyMap<string, string>
  /** The same with a role of another account. */
  assuming(role: AssumedRole): AwsSession
  close(): void
}

export interface AssumedRole {
  readonly arn: string
  readonly externalId: string | undefined
}

/** Where IAM is asked when no Region is configured: its answers are the same everywhere. */
const ANY_REGION = 'us-east-1'

/** More than the SDK's 3, which are too few for accounts that other tools read too; variables of the user win. */
const MAX_ATTEMPTS = 8
const CONNECT_TIMEOUT_MS = 5_000
const REQUEST_TIMEOUT_MS = 30_000

/**
 * @throws UnreachableError where there are no credentials
 */
export async function openSession(options: SessionOptions): Promise<AwsSession> {
  // The line that podtrust prints of its own says enough.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
  const region = await configuredRegion(options)
  const session = sessionOf(options, region, undefined)
  try {
    await session.iam.config.credentials()
  } catch (error) {
    session.close()
    const said = safeLine(error instanceof Error ? error.message : String(error))
    throw new UnreachableError(
      `no AWS credentials: ${said ?? 'they could not be loaded'}`,
      'set AWS_PROFILE or give --profile, log in with `aws sso login`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    )
  }
  return session
}

async function configuredRegion({ profile, region }: SessionOptions): Promise<string | undefined> {
  if (region !== undefined) return region
  const client = new IAMClient(profile === undefined ? {} : { profile })
  try {
    return await client.config.region()
  } catch {
    return undefined
  } finally {
    client.destroy()
  }
}

type Credentials = ReturnType<typeof fromTemporaryCredentials>

function sessionOf(
  options: SessionOptions,
  region: string | undefined,
  credentials: Credentials | undefined,
): AwsSession {
  const { profile, endpointUrl } = options
  const common = {
    ...(profile === undefined ? {} : { profile }),
    ...(endpointUrl === undefined ? {} : { endpoint: endpointUrl }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(process.env['AWS_MAX_ATTEMPTS'] === undefined ? { maxAttempts: MAX_ATTEMPTS } : {}),
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  }
  const iam = new IAMClient({ ...common, region: region ?? ANY_REGION })
  withoutLog(iam)
  const certificateAuthorities = new Map<string, string>()
  const clients = new Map<string, EKSClient>()
  return {
    iam,
    eks(of) {
      let client = clients.get(of)
      if (client === undefined) {
        client = new EKSClient({ ...common, credentials: iam.config.credentials, region: of })
        withoutLog(client)
        keepAuthorities(client, certificateAuthorities)
        clients.set(of, client)
      }
      return client
    },
    region,
    credentials: iam.config.credentials,
    certificateAuthorities,
    assuming: ({ arn, externalId }) =>
      sessionOf(
        options,
        region,
        fromTemporaryCredentials({
          masterCredentials: iam.config.credentials,
          params: {
            RoleArn: arn,
            RoleSessionName: 'podtrust',
            ...(externalId === undefined ? {} : { ExternalId: externalId }),
          },
          clientConfig: {
            region: region ?? ANY_REGION,
            ...(endpointUrl === undefined ? {} : { endpoint: endpointUrl }),
          },
        }),
      ),
    close() {
      iam.destroy()
      for (const client of clients.values()) client.destroy()
    },
  }
}

/** The SDK prepares a copy of every answer for a log that nobody keeps: of a large account that shows. */
function withoutLog({ middlewareStack }: IAMClient | EKSClient): void {
  middlewareStack.remove('loggerMiddleware')
}

function keepAuthorities(client: EKSClient, authorities: Map<string, string>): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const result = await next(args)
      if (context['commandName'] !== 'DescribeClusterCommand') return result
      const { cluster } = result.output as DescribeClusterCommandOutput
      const data = cluster?.certificateAuthority?.data
      if (cluster?.arn !== undefined && data !== undefined) authorities.set(cluster.arn, data)
      return result
    },
    { step: 'initialize', name: 'podtrustAuthorities' },
  )
}
