/**
 * `first`: what its answer names has to be asked about next. `then`: its answer is an end. Lists go before what they
 * list, so that a long list is not still being paged when all else is done.
 */
export type Turn = 'first' | 'then'

export interface WorkQueue {
  /** Begins the work as soon as fewer than the most are under way; of two turns the first, of one the oldest. */
  run<Result>(work: () => Promise<Result>, turn: Turn): Promise<Result>
}

/** A queue of which at most `most` pieces of work are under way at any moment. */
export function workQueue(most: number): WorkQueue {
  const first = line()
  const then = line()
  let underWay = 0

  const next = (): void => {
    while (underWay < most) {
      const begin = first.take() ?? then.take()
      if (begin === undefined) return
      underWay++
      begin()
    }
  }
  return {
    run: (work, turn) =>
      new Promise((resolve, reject) => {
        const begin = (): void => {
          const end = (): void => {
            underWay--
            next()
          }
          work().then(resolve, reject).finally(end)
        }
        ;(turn === 'first' ? first : then).join(begin)
        next()
      }),
  }
}

type Begin = () => void

/** First in, first out. Thousands wait in it, so the head moves and not the rest. */
function line(): { join(begin: Begin): void; take(): Begin | undefined } {
  let waiting: Begin[] = []
  let head = 0
  return {
    join: (begin) => void waiting.push(begin),
    take() {
      const begin = waiting[head]
      if (begin === undefined) return undefined
      head++
      if (head * 2 > waiting.length) {
        waiting = waiting.slice(head)
        head = 0
      }
      return begin
    },
  }
}
