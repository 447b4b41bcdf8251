/**
 * Whether the address of an issuer is anybody's to take. It says so only where the names of the place are handed out to
 * whoever asks and this one is not in use; all else is not known. A clause says why.
 */
import { quoted } from '@podtrust/core'
import type { IssuerNetwork, NameState } from './ask-issuer.js'

export interface AddressVerdict {
  readonly outcome: 'claimable' | 'unreachable'
  readonly reason: string
}

const REGION = '[a-z]{2,5}(?:-[a-z]+)+-\\d{1,2}'
/** The endpoints of S3 that speak https, and the bucket before them where the host names it. */
const S3_HOST = new RegExp(
  `^(?:(.+)\\.)?s3(?:[.-]${REGION}|\\.dualstack\\.${REGION})?\\.amazonaws\\.(?:com|com\\.cn|eu)$`,
)
const GCS_HOST = /^(?:(.+)\.)?storage\.googleapis\.com$/

/**
 * Names that S3 gives to nobody, or, with `-an`, to the account in the name alone.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html
 */
const S3_NAME = /^[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]$/
const S3_RESERVED =
  /^(?:xn--|sthree-|amzn-s3-demo-)|(?:-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3|-an)$|^[\d.]+$/
/**
 * A name with a dot is given to the owner of that domain.
 * @see https://cloud.google.com/storage/docs/buckets#naming
 */
const GCS_NAME = /^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$/
const GCS_RESERVED = /^goog|google|g00gle/

/**
 * What a status of 404 says. S3 and Cloud Storage tell a missing bucket from a missing object, and give the name of a
 * deleted bucket to whoever asks for it. Such an answer of any other host says nothing.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 * @see https://docs.cloud.google.com/storage/docs/deleting-buckets
 */
export function verdictOfMissing({ hostname, pathname }: URL, body: string): AddressVerdict {
  const missing = unreachable('it answers with status 404')
  const ofS3 = S3_HOST.exec(hostname)
  const form = ofS3 ?? GCS_HOST.exec(hostname)
  const bucket = form === null ? undefined : (form[1] ?? pathname.split('/')[1])
  if (bucket === undefined || !hasNoBucket(body, bucket)) return missing
  const [service, names, reserved] =
    ofS3 === null ? ['Cloud Storage', GCS_NAME, GCS_RESERVED] : ['S3', S3_NAME, S3_RESERVED]
  if (!names.test(bucket) || reserved.test(bucket))
    return unreachable(`${service} has no bucket ${quoted(bucket)}, and gives such a name not to everybody`)
  return claimable(`${service} has no bucket ${quoted(bucket)}, and anybody may create it`)
}

function hasNoBucket(body: string, bucket: string): boolean {
  if (!/^[^<]*(?:<\?xml[^>]*>\s*)?<Error>[^]*<Code>NoSuchBucket<\/Code>/.test(body)) return false
  const named = /<BucketName>([^<]*)<\/BucketName>/.exec(body)?.[1]
  return named === undefined || named === bucket
}

/**
 * Ends of domains of which anybody may have the next label, whoever and wherever they are. Others may be as open: what is
 * not here is not known, such as the ends with a second level of their own.
 * @see https://www.iana.org/domains/root/db
 */
const OPEN_ENDS: ReadonlySet<string> = new Set(
  (
    'com net org info biz xyz dev app cloud online site tech run systems network services solutions software digital ' +
    'io co ai me sh cc tv de ch nl se uk'
  ).split(' '),
)

/** What it says that the host of an issuer has no address. */
export async function verdictOfNoAddress(host: string, network: IssuerNetwork): Promise<AddressVerdict> {
  const labels = host.split('.')
  const end = labels.at(-1) ?? ''
  const domain = labels.slice(-2).join('.')
  const [own, ofDomain, ofEnd]: readonly NameState[] = await Promise.all(
    [host, domain, end].map((name) => network.stateOf(name)),
  )
  if (own === 'exists') return unreachable('its name has no address')
  // A resolver that knows neither the name nor the end of it may know nothing of the internet.
  if (own !== 'absent' || ofEnd !== 'exists') return unreachable('its name cannot be resolved')
  if (ofDomain === 'exists') return unreachable(absentName(host, domain))
  if (ofDomain !== 'absent') return unreachable('its name cannot be resolved')
  if (labels.length < 2 || !OPEN_ENDS.has(end))
    return unreachable(`no domain ${quoted(domain)} exists, and whether anybody may register it is not known`)
  return claimable(`no domain ${quoted(domain)} exists, and anybody may register it`)
}

/**
 * Of a name that is not there, below a domain that is. Azure keeps the name of a deleted storage account for its tenant
 * for a time that it does not tell; CloudFront makes up names itself.
 *
 * @see https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-storage-account-name
 * @see https://learn.microsoft.com/azure/security/fundamentals/subdomain-takeover
 */
function absentName(host: string, domain: string): string {
  if (/^[a-z0-9]{3,24}\.blob\.core\.windows\.net$/.test(host))
    return 'its storage account is gone; whether Azure gives the name to others by now is not known'
  if (host.endsWith('.cloudfront.net'))
    return 'its distribution is gone, and CloudFront lets nobody choose a name'
  return `its name does not exist, while ${quoted(domain)} does; who may make it DNS does not tell`
}

function claimable(reason: string): AddressVerdict {
  return { outcome: 'claimable', reason }
}

function unreachable(reason: string): AddressVerdict {
  return { outcome: 'unreachable', reason }
}
