/** As whom to ask: the user of a kubeconfig. */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { quoted } from '@podtrust/core'
import { UsageError } from '../failure.js'
import { systemReason } from '../system-reason.js'
import type { ClusterAccess, ClusterCredentials } from './cluster-client.js'
import { ClusterError } from './cluster-error.js'
import { type ExecCredentials, execPluginOf, runExecPlugin } from './exec-plugin.js'

/** An object of a kubeconfig, and the file that it is from: paths in it are relative to that. */
export interface Entry {
  readonly file: string
  readonly value: Readonly<Record<string, unknown>>
}

/** What `kubectl` can do and podtrust does not. */
const REFUSED: Readonly<Record<string, string>> = {
  username: 'a password (`username`), which no API server takes any more',
  password: 'a password, which no API server takes any more',
  'auth-provider': 'an `auth-provider`, which `kubectl` has given up for `exec`',
  as: '`as`, and podtrust asks as nobody but the user',
  'as-uid': '`as-uid`, and podtrust asks as nobody but the user',
  'as-groups': '`as-groups`, and podtrust asks as nobody but the user',
}

/**
 * A user's credentials, each time they are needed: a file may be written anew, and those of a program run out. Without a
 * user nobody in particular asks.
 *
 * @throws UsageError where the user has credentials of a kind that podtrust does not use
 */
export function credentialsOfUser(user: Entry | undefined, cluster: unknown): ClusterAccess['credentials'] {
  if (user === undefined) return () => Promise.resolve({})
  const { file, value } = user
  for (const [member, what] of Object.entries(REFUSED)) {
    if (Object.hasOwn(value, member)) throw new UsageError(`the user of the kubeconfig has ${what}`)
  }
  const cert = dataOf(user, 'client-certificate')
  const key = dataOf(user, 'client-key')
  if ((cert === undefined) !== (key === undefined)) {
    throw new UsageError(
      'the user of the kubeconfig has a client certificate without its key, or a key without it',
    )
  }
  const own = cert === undefined || key === undefined ? {} : { certificate: { cert, key } }
  const tokenFile = textIn(value, 'tokenFile')
  if (tokenFile !== undefined) {
    const path = resolve(dirname(file), tokenFile)
    return () => tokenOf(path).then((token) => ({ ...own, token }))
  }
  const token = textIn(value, 'token')
  if (token !== undefined) return () => Promise.resolve({ ...own, token })
  const { exec } = value
  if (typeof exec !== 'object' || exec === null) return () => Promise.resolve(own)
  const plugin = execPluginOf(exec as Readonly<Record<string, unknown>>, file, cluster)
  return renewed(async () => ({ ...own, ...(await runExecPlugin(plugin)) }))
}

async function tokenOf(path: string): Promise<string> {
  try {
    const token = readFileSync(path, 'utf8').trim()
    if (token !== '') return await Promise.resolve(token)
  } catch (error) {
    throw new ClusterError(`the token file ${quoted(path)} cannot be read: ${systemReason(error)}`)
  }
  throw new ClusterError(`the token file ${quoted(path)} is empty`)
}

/** How long before their end credentials are not used any more. */
const MARGIN_MS = 30_000

/** Credentials that are made once and again when they run out; all who wait for them get the same. */
export function renewed(make: () => Promise<ExecCredentials>): () => Promise<ClusterCredentials> {
  let latest: Promise<ExecCredentials> | undefined
  return async () => {
    const current = (latest ??= make())
    const made = await current
    if (made.expires === undefined || made.expires.getTime() - MARGIN_MS > Date.now()) return made
    // Of several who find them old the first makes new ones.
    if (latest === current) latest = make()
    return latest
  }
}

/** What stands in a file, or as base64 in the kubeconfig itself, which wins. */
export function dataOf({ file, value }: Entry, member: string): string | undefined {
  const data = textIn(value, `${member}-data`)
  const path = textIn(value, member)
  if (data === undefined && path === undefined) return undefined
  const text = data === undefined ? textAt(resolve(dirname(file), path ?? ''), member) : decoded(data)
  if (text.includes('-----BEGIN ')) return text
  throw new UsageError(`\`${member}\` of the kubeconfig is not what it should be: a PEM file`)
}

function decoded(data: string): string {
  return Buffer.from(data, 'base64').toString('utf8')
}

function textAt(path: string, member: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new UsageError(
      `\`${member}\` of the kubeconfig, ${quoted(path)}, cannot be read: ${systemReason(error)}`,
    )
  }
}

/** The member where it is a text with something in it. */
export function textIn(value: Readonly<Record<string, unknown>>, member: string): string | undefined {
  const found = Object.hasOwn(value, member) ? value[member] : undefined
  return typeof found === 'string' && found !== '' ? found : undefined
}
