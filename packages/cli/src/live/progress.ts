/** One line on standard error that says what is being read, rewritten as it changes. */
import { escaped } from '@podtrust/core'
import type { CollectProgress } from '@podtrust/core/sources/aws'

export interface Progress {
  say(text: string): void
  /** Takes the line away. */
  end(): void
}

/** As often as an eye follows. */
const INTERVAL_MS = 80

const SILENT: Progress = { say() {}, end() {} }

/** Only for people: nothing where standard error is no terminal, in CI, or with `--quiet`. */
export function openProgress(isQuiet: boolean, environment: NodeJS.ProcessEnv = process.env): Progress {
  const { CI: ci, TERM: terminal } = environment
  const isCi = ci !== undefined && ci !== '' && ci !== 'false'
  if (isQuiet || isCi || !process.stderr.isTTY || terminal === 'dumb') return SILENT
  let shown = 0
  let isShown = false
  return {
    say(text) {
      const now = Date.now()
      if (now - shown < INTERVAL_MS) return
      shown = now
      isShown = true
      const columns = Math.max(20, process.stderr.columns)
      process.stderr.write(`\r\u001b[2K${escaped(text).slice(0, columns - 1)}`)
    },
    end() {
      if (isShown) process.stderr.write('\r\u001b[2K')
      isShown = false
    },
  }
}

const PARTS: Readonly<Record<Extract<CollectProgress, { kind: 'cluster' }>['part'], string>> = {
  associations: 'associations',
  addons: 'add-ons',
  nodegroups: 'node groups',
  fargateProfiles: 'Fargate profiles',
  accessEntries: 'access entries',
  capabilities: 'capabilities',
}

/** What is being read, in words. */
export function progressText(event: CollectProgress): string {
  switch (event.kind) {
    case 'roles':
      return `${event.count} roles${event.isLast ? '' : ' so far'}`
    case 'providers':
      return `${event.count} OIDC providers`
    case 'region':
      return `${event.region}: ${event.clusters} clusters`
    case 'cluster':
      return `${event.region}: cluster ${event.cluster}, ${PARTS[event.part]} ${event.done} of ${event.of}`
    case 'throttled':
      return `${event.call}: throttled by AWS, waiting`
  }
}
