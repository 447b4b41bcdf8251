/** Names that people confuse are short; longer texts are only told apart by their length. */
const LONGEST = 300

const rows = [
  new Uint16Array(LONGEST + 1),
  new Uint16Array(LONGEST + 1),
  new Uint16Array(LONGEST + 1),
] as const

/** Insertions, deletions, replacements and swaps of neighbours that make one text of the other. */
export function editDistance(from: string, to: string): number {
  if (from === to) return 0
  // What both begin and end with costs nothing.
  let start = 0
  let fromEnd = from.length
  let toEnd = to.length
  while (start < fromEnd && start < toEnd && from.charCodeAt(start) === to.charCodeAt(start)) start++
  while (fromEnd > start && toEnd > start && from.charCodeAt(fromEnd - 1) === to.charCodeAt(toEnd - 1)) {
    fromEnd--
    toEnd--
  }
  const height = fromEnd - start
  const width = toEnd - start
  if (height === 0 || width === 0 || height > LONGEST || width > LONGEST) return Math.max(height, width)
  let [beforeLast, last, row]: [Uint16Array, Uint16Array, Uint16Array] = [rows[0], rows[1], rows[2]]
  for (let j = 0; j <= width; j++) last[j] = j
  for (let i = 1; i <= height; i++) {
    row[0] = i
    const unit = from.charCodeAt(start + i - 1)
    for (let j = 1; j <= width; j++) {
      const other = to.charCodeAt(start + j - 1)
      let cost = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (unit === other ? 0 : 1),
      )
      const isSwap =
        i > 1 && j > 1 && unit === to.charCodeAt(start + j - 2) && from.charCodeAt(start + i - 2) === other
      if (isSwap) cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1)
      row[j] = cost
    }
    ;[beforeLast, last, row] = [last, row, beforeLast]
  }
  return last[width] ?? Infinity
}
