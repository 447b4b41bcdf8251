/**
 * The bearer token that EKS takes from a caller with AWS credentials: the address of an STS call that the caller has signed
 * and EKS makes, `k8s-aws-v1.` and base64url of it. The signature covers the name of one cluster, so that the token is
 * worth nothing at another.
 *
 * @see https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster
 */
import { createHash, createHmac } from 'node:crypto'
import type { Hash as NodeHash, Hmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'

export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export interface TokenOptions {
  /** The cluster's name. */
  readonly cluster: string
  /** The cluster's Region. */
  readonly region: string
  readonly credentials: AwsCredentials
  readonly now?: Date
}

const PREFIX = 'k8s-aws-v1.'
/** EKS takes no more; STS itself lets such an address live for 15 minutes. */
const SECONDS = 60

/**
 * Makes the token. Nothing is asked of AWS for it.
 *
 * @throws Error where name or Region are none that EKS has
 */
export async function presignedToken({ cluster, region, credentials, now }: TokenOptions): Promise<string> {
  if (!/^[0-9A-Za-z][\w-]*$/.test(cluster)) throw new Error('no cluster of EKS has such a name')
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)+$/.test(region)) throw new Error('no Region of AWS has such a name')
  const hostname = stsHost(region)
  const signer = new SignatureV4({ service: 'sts', region, credentials, sha256: Sha256 })
  const { query = {} } = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname,
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host: hostname, 'x-k8s-aws-id': cluster },
    },
    { expiresIn: SECONDS, ...(now === undefined ? {} : { signingDate: now }) },
  )
  const parameters = Object.entries(query).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
  )
  const address = `https://${hostname}/?${parameters.join('&')}`
  return PREFIX + Buffer.from(address).toString('base64url')
}

/** @see https://docs.aws.amazon.com/general/latest/gr/sts.html */
function stsHost(region: string): string {
  return `sts.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
}

type Data = string | ArrayBuffer | ArrayBufferView

/** SHA-256 of Node, as the signer wants it: with a key it is an HMAC. */
class Sha256 {
  readonly #key: Uint8Array | undefined
  #state: NodeHash | Hmac

  constructor(key?: Data) {
    this.#key = key === undefined ? undefined : bytesOf(key)
    this.#state = this.#fresh()
  }

  update(data: Data): void {
    this.#state.update(bytesOf(data))
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#state.digest()))
  }

  reset(): void {
    this.#state = this.#fresh()
  }

  #fresh(): NodeHash | Hmac {
    return this.#key === undefined ? createHash('sha256') : createHmac('sha256', this.#key)
  }
}

function bytesOf(data: Data): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, 'utf8')
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)
}
