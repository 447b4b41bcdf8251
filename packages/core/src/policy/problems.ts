import type { PolicyProblem } from './ast.js'

/** The flaws found while one document is read. The first hundred are kept, the rest counted. */
export interface Problems {
  readonly list: PolicyProblem[]
  unlisted: number
}

const MOST_LISTED = 100

/** A sentence, or how to make it: a hostile document has a million flaws, and all but a hundred sentences are wasted. */
type Message = string | (() => string)

/** IAM would not store this; `iamError` is its answer where that is known. */
export function refuse(problems: Problems, pointer: string, message: Message, iamError?: string): void {
  add(problems, 'refused', pointer, message, iamError)
}

export function add(
  problems: Problems,
  kind: PolicyProblem['kind'],
  pointer: string,
  message: Message,
  iamError?: string,
): void {
  if (problems.list.length >= MOST_LISTED) {
    problems.unlisted++
    return
  }
  const problem = { kind, message: typeof message === 'string' ? message : message(), pointer }
  problems.list.push(iamError === undefined ? problem : { ...problem, iamError })
}

/** Everything found, the last entry counting what is not listed. */
export function listed({ list, unlisted }: Problems): readonly PolicyProblem[] {
  if (unlisted === 0) return list
  const message = unlisted === 1 ? 'and 1 more problem' : `and ${unlisted} more problems`
  return [...list, { kind: 'refused', message, pointer: '' }]
}
