/**
 * The candidate that somebody most likely meant, `undefined` where none is near. One mistake in three characters is
 * forgiven; a swap of two neighbours is one mistake.
 *
 * @example didYouMean('chekc', ['check', 'who']) // 'check'
 */
export function didYouMean(typed: string, candidates: readonly string[]): string | undefined {
  const lower = typed.toLowerCase()
  let best: string | undefined
  let fewest = Math.max(1, Math.floor(lower.length / 3)) + 1
  for (const candidate of candidates) {
    const mistakes = distance(lower, candidate)
    if (mistakes >= fewest) continue
    best = candidate
    fewest = mistakes
  }
  return best ?? candidates.find((candidate) => lower.length > 2 && candidate.startsWith(lower))
}

/** ` (did you mean `check`?)`, or nothing. */
export function suggestion(typed: string, candidates: readonly string[]): string {
  const meant = didYouMean(typed, candidates)
  return meant === undefined ? '' : ` (did you mean \`${meant}\`?)`
}

/** Insertions, deletions, replacements and swaps of neighbours that make one text of another. */
function distance(from: string, to: string): number {
  // What is that much longer is another word; it also bounds the work on hostile arguments.
  if (Math.abs(from.length - to.length) > 8) return Infinity
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const isEqual = from[i - 1] === to[j - 1]
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (isEqual ? 0 : 1))
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1)
      }
      row.push(cost)
    }
    beforeLast = last
    last = row
  }
  return last[to.length] ?? Infinity
}
