/// <reference types="node" />
import { type Answer, type Failure, failureOf, isThrottled } from './failure.js'
import type { CollectProgress } from './progress.js'
import { type Turn, workQueue } from './work-queue.js'

export interface RunOptions {
  /** Ends the run at once: what is under way is not waited for, what is left is not asked. */
  readonly signal?: AbortSignal
  /** When the run has to end, as a time of `now`. */
  readonly deadline?: Date | number
  /**
   * How long one call may take, in ms, with all attempts of the client and its waits between them: 2 minutes unless told.
   * How long one attempt may take is up to the client.
   */
  readonly requestTimeout?: number
  /**
   * How many calls are under way at most: 4 of IAM, which one account shares, and 5 of EKS in all Regions together. What
   * rates EKS allows is not published; other tools of the account ask it too.
   */
  readonly concurrency?: { readonly iam?: number; readonly eks?: number }
  /** What it throws ends the run and is thrown from it. */
  readonly onProgress?: (event: CollectProgress) => void
  /** Milliseconds since 1970; the clock unless told. */
  readonly now?: () => number
}

/** One call, as it is asked. */
export interface Question<Output> {
  /** `eks:DescribeCluster` */
  readonly call: string
  readonly region?: string
  readonly turn: Turn
  send(sending: Sending): Promise<Output>
}

/** What a call is sent with. */
export interface Sending {
  readonly options: { readonly abortSignal: AbortSignal }
  /** The command, each attempt of which is looked at. */
  watched<Command extends Watchable>(command: Command): Command
}

/** A command of any SDK client. */
interface Watchable {
  readonly middlewareStack: object
}

/** Calls within their limits: how many at once, how long each, how long all. */
export interface CollectRun {
  /** The answer, or why there is none; it never throws for what a service or the network does. */
  ask<Output>(question: Question<Output>): Promise<Answer<Output>>
  progress(event: CollectProgress): void
  /** Whether it makes no sense to ask for anything else. */
  isOver(): boolean
  /** Leaves nothing behind: no timer, no listener, no call under way. @throws what the progress callback threw */
  close(): void
}

const IAM_CALLS = 4
const EKS_CALLS = 5
const REQUEST_MS = 120_000
/** A timer takes no longer delay. */
const LONGEST_TIMER = 2 ** 31 - 1

interface Ending {
  readonly reason: string
  /** What becomes of calls that are under way; undefined lets them end by themselves. */
  readonly underWay?: Failure
}

export function collectRun({
  signal,
  deadline,
  requestTimeout = REQUEST_MS,
  concurrency: { iam = IAM_CALLS, eks = EKS_CALLS } = {},
  onProgress = () => undefined,
  now = Date.now,
}: RunOptions): CollectRun {
  const queues = { iam: workQueue(atLeastOne(iam)), eks: workQueue(atLeastOne(eks)) }
  const underWay = new Set<(failure: Failure) => void>()
  let ending: Ending | undefined
  let timer: NodeJS.Timeout | undefined

  const end = (by: Ending): void => {
    ending ??= by
    const { underWay: failure } = by
    if (failure !== undefined) for (const stop of underWay) stop(failure)
  }
  const abort = (): void => {
    const message = 'the run was ended before the answer came'
    end({ reason: 'the run was ended', underWay: { outcome: 'skipped', message, kind: message } })
  }
  const expire = (): void => {
    const message = 'no answer before the deadline of the run'
    end({
      reason: 'the deadline of the run has passed',
      underWay: { outcome: 'timed-out', message, kind: message },
    })
  }
  const watchDeadline = (): void => {
    if (deadline === undefined) return
    const left = Number(deadline) - now()
    if (left <= 0) return expire()
    if (left !== Infinity) timer = setTimeout(watchDeadline, Math.min(left, LONGEST_TIMER))
  }

  let thrown: { readonly error: unknown } | undefined
  const progress = (event: CollectProgress): void => {
    if (thrown !== undefined) return
    try {
      onProgress(event)
    } catch (error) {
      thrown = { error }
      abort()
    }
  }

  signal?.addEventListener('abort', abort, { once: true })
  if (signal?.aborted === true) abort()
  watchDeadline()

  const ask = async <Output>({ call, region, send }: Question<Output>): Promise<Answer<Output>> => {
    if (ending !== undefined) return { ok: false, failure: notAsked(ending) }
    const controller = new AbortController()
    const limit = setTimeout(
      () => stop(timedOut(requestTimeout)),
      Math.min(Math.max(requestTimeout, 0), LONGEST_TIMER),
    )
    // A client that waits before its next attempt does not hear the signal, hence the race.
    let stop: (failure: Failure) => void = () => undefined
    const stopped = new Promise<Answer<Output>>((resolve) => {
      stop = (failure) => {
        resolve({ ok: false, failure })
        controller.abort()
      }
    })
    underWay.add(stop)
    const watched = <Command extends Watchable>(command: Command): Command =>
      watchAttempts(command, (error) => {
        if (!controller.signal.aborted && isThrottled(error)) {
          progress({ kind: 'throttled', call, ...(region === undefined ? {} : { region }) })
        }
      })
    try {
      const sent = answered(() => send({ options: { abortSignal: controller.signal }, watched }))
      const answer = await Promise.race([stopped, sent])
      const reason = answer.ok ? undefined : answer.failure.endsRun
      if (reason !== undefined) end({ reason })
      return answer
    } finally {
      clearTimeout(limit)
      underWay.delete(stop)
    }
  }

  return {
    ask: (question) =>
      queues[question.call.startsWith('iam:') ? 'iam' : 'eks'].run(() => ask(question), question.turn),
    progress,
    isOver: () => ending !== undefined,
    close() {
      abort()
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      if (thrown !== undefined) throw thrown.error
    },
  }
}

async function answered<Output>(send: () => Promise<Output>): Promise<Answer<Output>> {
  try {
    return { ok: true, output: await send() }
  } catch (error) {
    return { ok: false, failure: failureOf(error) }
  }
}

function notAsked({ reason }: Ending): Failure {
  return { outcome: 'skipped', message: `not asked: ${reason}`, kind: reason }
}

function timedOut(ms: number): Failure {
  return { outcome: 'timed-out', message: `no answer within ${ms} ms`, kind: 'no answer in time' }
}

function atLeastOne(count: number): number {
  return count >= 1 ? Math.floor(count) : 1
}

type Attempt = (args: object) => Promise<object>

/** The part of a command's middleware stack that is used here: the SDK types it by the command's input and output. */
interface AttemptStack {
  add(
    middleware: (next: Attempt) => Attempt,
    options: { step: 'finalizeRequest'; priority: 'low'; name: string },
  ): void
}

/**
 * Hands every failed attempt to `onFailure`. The client retries inside of `send` and tells nobody, while the step
 * `finalizeRequest` is gone through by each attempt.
 *
 * @see https://aws.amazon.com/blogs/developer/middleware-stack-modular-aws-sdk-js/
 */
function watchAttempts<Command extends Watchable>(
  command: Command,
  onFailure: (error: unknown) => void,
): Command {
  const attempt =
    (next: Attempt): Attempt =>
    async (args) => {
      try {
        return await next(args)
      } catch (error) {
        onFailure(error)
        throw error
      }
    }
  const stack = command.middlewareStack as AttemptStack
  stack.add(attempt, { step: 'finalizeRequest', priority: 'low', name: 'podtrustAttempts' })
  return command
}
