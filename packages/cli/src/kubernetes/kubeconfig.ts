/**
 * What kubeconfig files say of one context: where its API server is, who vouches for it, and as whom to ask. Files are
 * found and merged as `kubectl` does it; what it could do and is not done here is refused with a sentence, never left out.
 *
 * @see https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 * @see https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 */
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { PodtrustError, quoted } from '@podtrust/core'
import { UsageError } from '../failure.js'
import { systemCode, systemReason } from '../system-reason.js'
import type { ClusterAccess } from './cluster-client.js'
import { credentialsOfUser, dataOf, type Entry, textIn } from './kubeconfig-user.js'

export interface KubeconfigOptions {
  /** A file, instead of those that the environment names. */
  readonly kubeconfig?: string | undefined
  /** Absent: `current-context`. */
  readonly context?: string | undefined
  readonly env?: Readonly<Record<string, string | undefined>>
}

export interface KubeContext {
  readonly name: string
  /** What the kubeconfig calls its cluster. */
  readonly clusterName: string
  readonly access: ClusterAccess
  /** What is allowed and should not be. */
  readonly warnings: readonly string[]
}

/**
 * Reads a context. Programs that give credentials are run when these are asked for, not here.
 *
 * @throws UsageError where there is no such file or context, or where it asks for what podtrust does not do
 */
export async function readKubeContext(options: KubeconfigOptions): Promise<KubeContext> {
  const files = await readFiles(options)
  const name = options.context ?? files.map(({ value }) => textIn(value, 'current-context')).find(isSome)
  if (name === undefined) {
    throw new UsageError('the kubeconfig has no current context; name one with --context')
  }
  const context = named(files, 'contexts', 'context', name)
  if (context === undefined) throw new UsageError(`the kubeconfig has no context ${quoted(name)}`)
  const clusterName = textIn(context.value, 'cluster')
  const cluster = clusterName === undefined ? undefined : named(files, 'clusters', 'cluster', clusterName)
  if (clusterName === undefined || cluster === undefined) {
    throw new UsageError(`the context ${quoted(name)} names no cluster that the kubeconfig has`)
  }
  const userName = textIn(context.value, 'user')
  const user = userName === undefined ? undefined : named(files, 'users', 'user', userName)
  if (userName !== undefined && user === undefined) {
    throw new UsageError(
      `the kubeconfig has no user ${quoted(userName)}, whom its context ${quoted(name)} names`,
    )
  }
  const { warnings, ...server } = serverOf(cluster, clusterName)
  const credentials = credentialsOfUser(user, infoOf(cluster, server))
  return { name, clusterName, access: { ...server, credentials }, warnings }
}

/** The files in their order, each with its root; of what two of them say the first counts. */
async function readFiles({ kubeconfig, env = process.env }: KubeconfigOptions): Promise<readonly Entry[]> {
  const { yaml } = await import('@podtrust/core/sources/yaml')
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '')
  const paths =
    kubeconfig !== undefined ? [kubeconfig] : listed.length > 0 ? listed : [join(homedir(), '.kube/config')]
  const entries = [...new Set(paths)].flatMap((file) => {
    const text = textOfFile(file, kubeconfig === undefined)
    if (text === undefined) return []
    try {
      const value = yaml({ name: file, text }).documents[0]?.value
      if (isObject(value)) return [{ file, value }]
    } catch (error) {
      if (!(error instanceof PodtrustError)) throw error
      // The message may show what stands there, and that may be a token.
      const line = error.position === undefined ? '' : `, from line ${error.position.line} on`
      throw new UsageError(`${quoted(file)} is no kubeconfig: it is not YAML${line}`)
    }
    throw new UsageError(`${quoted(file)} is no kubeconfig`)
  })
  if (entries.length > 0) return entries
  throw new UsageError(`there is no kubeconfig: no file ${paths.map((path) => quoted(path)).join(', ')}`)
}

/** As `kubectl`, a file of a list may be absent; one that somebody named may not. */
function textOfFile(file: string, isOptional: boolean): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (isOptional && systemCode(error) === 'ENOENT') return undefined
    throw new UsageError(`the kubeconfig ${quoted(file)} cannot be read: ${systemReason(error)}`)
  }
}

function named(files: readonly Entry[], list: string, member: string, name: string): Entry | undefined {
  for (const { file, value } of files) {
    const entries = value[list]
    if (!Array.isArray(entries)) continue
    const found = (entries as readonly unknown[]).find((one) => isObject(one) && one['name'] === name)
    if (!isObject(found)) continue
    const inner = found[member]
    return { file, value: isObject(inner) ? inner : {} }
  }
  return undefined
}

type Server = Omit<ClusterAccess, 'credentials'>

function serverOf(cluster: Entry, name: string): Server & { readonly warnings: readonly string[] } {
  const { value } = cluster
  const server = textIn(value, 'server')
  if (server === undefined)
    throw new UsageError(`the cluster ${quoted(name)} of the kubeconfig has no \`server\``)
  if (textIn(value, 'proxy-url') !== undefined) {
    throw new UsageError(
      `the cluster ${quoted(name)} of the kubeconfig has a \`proxy-url\`, and podtrust uses no proxies`,
    )
  }
  const authority = dataOf(cluster, 'certificate-authority')
  const serverName = textIn(value, 'tls-server-name')
  const isUnverified = value['insecure-skip-tls-verify'] === true
  if (isUnverified && authority !== undefined) {
    throw new UsageError(
      `the cluster ${quoted(name)} of the kubeconfig has a \`certificate-authority\` and \`insecure-skip-tls-verify\`; it can have one of them`,
    )
  }
  const warnings = isUnverified
    ? [
        `the certificate of the cluster ${quoted(name)} is not checked, for the kubeconfig says \`insecure-skip-tls-verify\`: whoever answers gets the credentials`,
      ]
    : []
  return {
    server,
    ...(authority === undefined ? {} : { authority }),
    ...(serverName === undefined ? {} : { serverName }),
    ...(isUnverified ? { isUnverified } : {}),
    allowsLoopback: true,
    warnings,
  }
}

/** What a program that gives credentials is told of the cluster, where it asks for it. */
function infoOf({ value }: Entry, { server, authority, serverName, isUnverified }: Server): unknown {
  const extensions = Array.isArray(value['extensions']) ? (value['extensions'] as readonly unknown[]) : []
  const own = extensions.find((one) => isObject(one) && one['name'] === 'client.authentication.k8s.io/exec')
  return {
    server,
    ...(serverName === undefined ? {} : { 'tls-server-name': serverName }),
    ...(isUnverified === true ? { 'insecure-skip-tls-verify': true } : {}),
    ...(authority === undefined
      ? {}
      : { 'certificate-authority-data': Buffer.from(authority).toString('base64') }),
    ...(isObject(own) ? { config: own['extension'] } : {}),
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isSome<Value>(value: Value | undefined): value is Value {
  return value !== undefined
}
