import type { MissRecord } from '../snapshot/record.js'
import type { Failure } from './failure.js'

/** Where a call was made, and what it was about. */
export type CallPlace = Pick<MissRecord, 'call' | 'region' | 'cluster' | 'subject'>

export interface MissLog {
  add(place: CallPlace, failure: Failure): void
  /** Leaves out what was added about a cluster, which turned out to be gone. */
  forget(region: string, cluster: string): void
  /** In an order that does not depend on which answer came first. */
  records(): readonly MissRecord[]
}

interface Group {
  readonly place: CallPlace
  readonly failure: Failure
  readonly count: number
}

/**
 * What went wrong, compactly: calls about the parts of one cluster that fail in the same way are one record with their
 * count, so that 5,000 refused associations are one sentence and not a megabyte. All of them were asked: a policy can
 * deny some and allow others. Which they are is told by the items themselves, which lack what the call would have told.
 */
export function missLog(): MissLog {
  const groups = new Map<string, Group>()
  return {
    add(place, failure) {
      const { call, region = '', cluster = '', subject = '' } = place
      const key = JSON.stringify([region, cluster, call, failure.outcome, failure.kind])
      const group = groups.get(key)
      const count = (group?.count ?? 0) + 1
      // The message is that of the subject that sorts first, whichever was answered first.
      const isFirst = group === undefined || subject < (group.place.subject ?? '')
      groups.set(key, isFirst ? { place, failure, count } : { ...group, count })
    },
    forget(region, cluster) {
      for (const [key, { place }] of groups) {
        if (place.region === region && place.cluster === cluster) groups.delete(key)
      }
    },
    records: () =>
      [...groups]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, { place, failure, count }]) => {
          const { call, region, cluster, subject } = place
          return {
            call,
            outcome: failure.outcome,
            ...(region === undefined ? {} : { region }),
            ...(cluster === undefined ? {} : { cluster }),
            ...(subject === undefined || count > 1 ? {} : { subject }),
            message: count > 1 ? `${failure.message} (and ${count - 1} more like it)` : failure.message,
          }
        }),
  }
}
