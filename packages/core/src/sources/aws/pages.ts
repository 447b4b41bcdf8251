import type { CollectRun, Question } from './collect-run.js'
import { type Failure, oddAnswer } from './failure.js'

/** What a page of any list of AWS tells, before any of it is believed. */
export interface RawPage {
  readonly items: unknown
  /** Where the list goes on. */
  readonly next: unknown
  /** `IsTruncated` of IAM; lists of EKS have none. */
  readonly isTruncated?: unknown
}

/** The items of one page; or, as the last of all, why the list does not go on. */
export type Page = { readonly items: readonly unknown[] } | { readonly failure: Failure }

/** An account holds 10,000 roles at most, a cluster 5,000 associations; a page may hold fewer than asked for. */
const MOST_PAGES = 100_000
const MOST_EMPTY_PAGES = 50

/**
 * A list, page by page, to its end. An empty page in the middle is legal; a list that runs in circles or does not come
 * to an end is not, and ends with a failure.
 */
export async function* pagesOf(
  run: CollectRun,
  question: Omit<Question<RawPage>, 'send' | 'turn'>,
  send: (marker: string | undefined, ...sending: Parameters<Question<RawPage>['send']>) => Promise<RawPage>,
): AsyncGenerator<Page, void, undefined> {
  const seen = new Set<string>()
  let marker: string | undefined
  let empty = 0
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer = await run.ask<RawPage>({
      ...question,
      turn: 'first',
      send: (sending) => send(marker, sending),
    })
    if (!answer.ok) return yield { failure: answer.failure }
    const { items, next, isTruncated } = answer.output
    if (!Array.isArray(items)) return yield { failure: oddAnswer('has no list in it') }
    yield { items }

    const goesOn = typeof next === 'string' && next !== '' && isTruncated !== false
    if (!goesOn) {
      if (isTruncated === true) yield { failure: oddAnswer('says that the list goes on, and not where') }
      return
    }
    if (seen.has(next)) return yield { failure: oddAnswer('repeats an earlier page marker') }
    empty = items.length === 0 ? empty + 1 : 0
    if (empty === MOST_EMPTY_PAGES)
      return yield { failure: oddAnswer(`is one of ${empty} empty pages in a row`) }
    seen.add(next)
    marker = next
  }
  yield { failure: oddAnswer(`is page ${MOST_PAGES} of a list without an end`) }
}
