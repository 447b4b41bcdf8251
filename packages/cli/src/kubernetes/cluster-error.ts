/** A cluster that does not answer, or whose credentials cannot be had. The message is one sentence and holds no secret. */
export class ClusterError extends Error {
  override readonly name: 'ClusterError' | 'TimeoutError'
  /** Whether no connection came about: another place in the network may have one. */
  readonly isOutOfReach: boolean

  constructor(message: string, kind: 'failed' | 'out-of-reach' | 'timed-out' = 'failed') {
    super(message)
    this.name = kind === 'timed-out' ? 'TimeoutError' : 'ClusterError'
    this.isOutOfReach = kind !== 'failed'
  }
}
