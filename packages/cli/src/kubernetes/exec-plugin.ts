/**
 * Credentials of a kubeconfig that a program gives (`exec`), as `kubectl` runs it: with its arguments and variables, without
 * a shell, and with nobody to ask.
 *
 * @see https://kubernetes.io/docs/reference/config-api/client-authentication.v1/
 */
import { spawn } from 'node:child_process'
import { dirname, resolve } from 'node:path'
import { quoted } from '@podtrust/core'
import { UsageError } from '../failure.js'
import type { ClusterCredentials } from './cluster-client.js'
import { ClusterError } from './cluster-error.js'

export interface ExecPlugin {
  readonly apiVersion: string
  /** A path, or a name to be looked for in `PATH`. */
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** What the kubeconfig tells of the cluster, where the program asks for it. */
  readonly cluster?: unknown
}

/** Credentials, and until when they are worth something. */
export interface ExecCredentials extends ClusterCredentials {
  readonly expires?: Date
}

const VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1']
const TIMEOUT_MS = 60_000
const MOST_BYTES = 1024 * 1024
const LONGEST_REASON = 300

/**
 * Reads `exec` of a user; a command with a slash in it is one beside the file.
 *
 * @throws UsageError
 */
export function execPluginOf(
  value: Readonly<Record<string, unknown>>,
  file: string,
  cluster: unknown,
): ExecPlugin {
  const { apiVersion, command, args, env, interactiveMode, provideClusterInfo } = value
  if (typeof apiVersion !== 'string' || !VERSIONS.includes(apiVersion)) {
    const found = typeof apiVersion === 'string' ? quoted(apiVersion) : 'nothing'
    throw new UsageError(
      `\`exec\` of the user has ${found} as \`apiVersion\`; podtrust knows \`${VERSIONS.join('` and `')}\``,
    )
  }
  if (typeof command !== 'string' || command === '')
    throw new UsageError('`exec` of the user names no `command`')
  if (interactiveMode === 'Always') {
    throw new UsageError(
      `${quoted(command)} of the user wants to ask somebody (\`interactiveMode: Always\`), and nobody is there`,
    )
  }
  const variables = listOf(env).flatMap((one) => {
    const { name, value: text } = one as { readonly name?: unknown; readonly value?: unknown }
    return typeof name === 'string' && typeof text === 'string' ? [[name, text] as const] : []
  })
  return {
    apiVersion,
    command: /[\\/]/.test(command) ? resolve(dirname(file), command) : command,
    args: listOf(args).map(String),
    env: Object.fromEntries(variables),
    ...(provideClusterInfo === true ? { cluster } : {}),
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.filter((item) => item !== null && item !== undefined) : []
}

/** @throws ClusterError where it gives none */
export async function runExecPlugin(
  plugin: ExecPlugin,
  timeoutMs: number = TIMEOUT_MS,
): Promise<ExecCredentials> {
  const command = quoted(plugin.command)
  const { outcome, stdout, stderr } = await run(plugin, timeoutMs)
  if (outcome === 'late')
    throw new ClusterError(`${command} gave no credentials within ${timeoutMs / 1000} seconds`)
  if (outcome === 'large') throw new ClusterError(`${command} wrote more than credentials are`)
  if (outcome === 'missing')
    throw new ClusterError(`${command}, which the kubeconfig names, cannot be run here`)
  if (outcome === 'failed') {
    const said = lastWords(stderr)
    throw new ClusterError(
      `${command} gave no credentials${said === '' ? '' : `: ${quoted(said, LONGEST_REASON)}`}`,
    )
  }
  const credentials = credentialsOf(stdout, plugin.apiVersion)
  if (credentials === undefined)
    throw new ClusterError(`what ${command} wrote are no credentials of \`${plugin.apiVersion}\``)
  return credentials
}

interface Run {
  readonly outcome: 'done' | 'failed' | 'late' | 'large' | 'missing'
  readonly stdout: string
  readonly stderr: string
}

function run({ apiVersion, command, args, env, cluster }: ExecPlugin, timeoutMs: number): Promise<Run> {
  const spec = { interactive: false, ...(cluster === undefined ? {} : { cluster }) }
  const info = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec })
  return new Promise((settle) => {
    const isGroup = process.platform !== 'win32'
    const child = spawn(command, args, {
      env: { ...process.env, ...env, KUBERNETES_EXEC_INFO: info },
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: false,
      windowsHide: true,
      // A group of its own, so that what it started ends with it.
      detached: isGroup,
    })
    const texts = { stdout: '', stderr: '' }
    const end = (outcome: Run['outcome']): void => {
      clearTimeout(timer)
      settle({ outcome, ...texts })
    }
    const kill = (): void => {
      try {
        if (isGroup && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
        else child.kill('SIGKILL')
      } catch {
        // It has ended by itself.
      }
    }
    const timer = setTimeout(() => {
      kill()
      end('late')
    }, timeoutMs)
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      texts.stdout += text
      if (texts.stdout.length <= MOST_BYTES) return
      kill()
      end('large')
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      texts.stderr = (texts.stderr + text).slice(-MOST_BYTES)
    })
    child.on('error', () => end('missing'))
    child.on('close', (code) => end(code === 0 ? 'done' : 'failed'))
  })
}

/** The end of what it wrote, on one line. What is as long as a token is none of our business. */
function lastWords(text: string): string {
  const line = text
    .trim()
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\w+/=.-]{40,}/g, '…')
  return line.length > LONGEST_REASON ? `…${line.slice(1 - LONGEST_REASON)}` : line
}

function credentialsOf(text: string, apiVersion: string): ExecCredentials | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const found = value as {
    readonly apiVersion?: unknown
    readonly kind?: unknown
    readonly status?: Readonly<Record<string, unknown>> | null
  } | null
  if (found?.kind !== 'ExecCredential' || found.apiVersion !== apiVersion) return undefined
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = found.status ?? {}
  const expires = typeof expirationTimestamp === 'string' ? new Date(expirationTimestamp) : undefined
  const credentials = {
    ...(typeof token === 'string' && token !== '' ? { token } : {}),
    ...(typeof cert === 'string' && typeof key === 'string' && cert !== ''
      ? { certificate: { cert, key } }
      : {}),
  }
  if (Object.keys(credentials).length === 0) return undefined
  return expires === undefined || Number.isNaN(expires.getTime()) ? credentials : { ...credentials, expires }
}
