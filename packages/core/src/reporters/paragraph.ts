/** Words for people, laid out in lines. */

/**
 * The text behind a label, broken at spaces where it is longer than `width`; the lines after the first start below the
 * text. Without a width it is one line, as a file or another program wants it.
 *
 * @example paragraph('  help: ', 'name the service accounts', 24) // ['  help: name the', '        service accounts']
 */
export function paragraph(label: string, text: string, width: number | undefined): readonly string[] {
  if (width === undefined || label.length + text.length <= width) return [label + text]
  const lines: string[] = []
  let line = label
  let isFresh = true
  for (const word of text.split(' ')) {
    if (!isFresh && line.length + 1 + word.length > width) {
      lines.push(line)
      line = ' '.repeat(label.length)
      isFresh = true
    }
    line += isFresh ? word : ` ${word}`
    isFresh = false
  }
  return [...lines, line]
}

/** `1 role`, `2 roles` */
export function count(number: number, noun: string, plural: string = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`
}

/** `a`, `a and b`, `a, b and c` */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}
